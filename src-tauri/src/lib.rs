//! The shell of the Keyferry wizard.
