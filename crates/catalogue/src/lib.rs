//! Every code of Keyferry with its words in every language.
