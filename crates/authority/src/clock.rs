//! Where the authority's time comes from.

use std::time::{SystemTime, UNIX_EPOCH};

use keyferry_token::Timestamp;

/// Tells the authority the time. It is given when an authority is opened, so that tests can set it.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A clock before 1970 reads as 1970; leases made then are over when it is right again.
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Timestamp::from_unix(since.map_or(0, |since| since.as_secs()))
    }
}
