//! Time that does not go back: the floor under this machine's clock (rules, *Clock*).

use keyferry_token::{Seconds, Timestamp};

use crate::Refusal;

/// How far a clock may lie behind the floor without any consequence: a day and a time zone.
pub const CLOCK_LEEWAY: Seconds = Seconds::new(26 * 3_600);

/// How much the floor rises before it is worth a write.
const WRITE_STEP: Seconds = Seconds::new(60);

/// Which boot of a machine: the same number as long as it was not started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BootId(pub [u8; 16]);

/// How long a machine has run, as told apart from its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uptime {
    /// The boot that is running. Uptimes of two boots tell nothing about each other.
    pub boot: BootId,
    /// The time since it began, time asleep included.
    pub since_boot: Seconds,
}

/// The latest time that was ever seen here; the client keeps it from one check to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Floor {
    highest: Timestamp,
}

impl Floor {
    /// The floor at this time.
    pub const fn at(highest: Timestamp) -> Self {
        Self { highest }
    }

    /// The time it stands at.
    pub const fn highest(self) -> Timestamp {
        self.highest
    }

    /// The floor after a time was seen: the clock's, or one that the vendor signed.
    #[must_use]
    pub fn raised_to(self, seen: Timestamp) -> Self {
        Self {
            highest: self.highest.max(seen),
        }
    }

    /// Whether it rose enough above the one that was `written` last to be written again: by a
    /// minute. A change of anything else writes it as well.
    pub fn is_worth_writing(self, written: Self) -> bool {
        self.highest.since(written.highest) >= WRITE_STEP
    }
}

/// What the machine's clock shows, over the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    now: Timestamp,
    floor: Floor,
}

impl Clock {
    /// The clock shows `now`; `floor` is the one kept from before.
    pub fn read(now: Timestamp, floor: Floor) -> Self {
        Self {
            now,
            floor: floor.raised_to(now),
        }
    }

    /// The same clock once a time that the vendor signed is known.
    #[must_use]
    pub fn with_signed(self, signed: Timestamp) -> Self {
        Self {
            now: self.now,
            floor: self.floor.raised_to(signed),
        }
    }

    /// The time that counts for every end: the larger of the clock and the floor.
    pub fn effective(&self) -> Timestamp {
        self.floor.highest
    }

    /// The floor to keep.
    pub fn floor(&self) -> Floor {
        self.floor
    }

    /// The time that counts, unless the clock is plainly wrong.
    ///
    /// # Errors
    /// `clock_behind` when the clock is behind the floor by more than [`CLOCK_LEEWAY`].
    pub fn checked(&self) -> Result<Timestamp, Refusal> {
        if self.floor.highest.since(self.now) > CLOCK_LEEWAY {
            return Err(Refusal::ClockBehind);
        }
        Ok(self.effective())
    }
}
