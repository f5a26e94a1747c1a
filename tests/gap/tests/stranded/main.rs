//! Nobody is stranded: whatever is lost, breaks or is wrong, there is a way on, and it ends with the
//! seats that were bought.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share is outside of test functions"
)]

mod accidents;
mod clocks;
mod emergency;
mod lost;
mod moving;
mod vendor;
