//! The authority from outside: real keys, a real SQLite file, real tokens.

#![expect(
    clippy::unwrap_used,
    reason = "what tests share fails like the tests that it serves"
)]

mod audit;
mod codes;
mod concurrency;
mod door;
mod entitlements;
mod scene;
mod seats;
mod setup;
