//! What an attacker, a courier or a broken disk can do to artefacts: none of it passes, none of it
//! panics, and each is refused for the right reason.

#![expect(
    clippy::unwrap_used,
    reason = "what a test needs is there, or the test fails"
)]

mod addressing;
mod algorithms;
mod bits;
mod claims;
mod encoding;
mod headers;
mod keys;
mod kinds;
mod limits;
mod scene;
mod signatures;
mod splices;
mod terms;
