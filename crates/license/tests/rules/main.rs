//! The rules, one module each; tests carry the name of what they prove.

#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod actions;
mod anchor;
mod clock;
mod deactivation;
mod fingerprint;
mod lease;
mod license_files;
mod license_time;
mod maintenance;
mod offline;
mod refresh;
mod refusal;
mod release;
mod requests;
mod samples;
mod seats;
mod status;
mod time_request;
