//! One USB key for many computers (`docs/spec/courier.md`): real clients, a real authority, and a folder
//! between them.

#![expect(
    clippy::unwrap_used,
    reason = "what tests share fails like the tests that it serves"
)]

mod fleet;
mod hostile;
mod pulled;
mod round;
mod stick;
