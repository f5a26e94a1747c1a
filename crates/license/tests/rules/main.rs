//! The rules, one module each; tests carry the name of what they prove.

#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod clock;
mod fingerprint;
mod lease;
mod offline;
mod refusal;
mod requests;
mod samples;
mod seats;
