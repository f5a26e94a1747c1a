//! The rules of licensing as pure functions.
