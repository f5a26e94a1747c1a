//! The attacks of `docs/threat-model.md`, each tried for real: a test is named after its attack.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share is outside of test functions"
)]

mod addressing;
mod clocks;
mod codes;
mod copies;
mod doors;
mod impostor;
mod limits;
mod replays;
mod seats;
mod snapshots;
mod store;
