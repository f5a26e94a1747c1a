//! The time of one license: how a newer file of it mends a floor that a clock far ahead has raised
//! (rules, *A newer license file mends its own clock*).

use keyferry_token::{Seconds, Timestamp};

use crate::{CLOCK_LEEWAY, Clock, clock::WRITE_STEP};

/// What is remembered of one license about the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LicenseTime {
    signed: Timestamp,
    sure: Timestamp,
    floor: Option<Timestamp>,
}

impl LicenseTime {
    /// Of a license that is seen for the first time, with a file that was signed then.
    pub const fn first(signed: Timestamp) -> Self {
        Self::kept(signed, signed, None)
    }

    /// As it was kept: what [`LicenseTime::signed`], [`LicenseTime::sure`] and
    /// [`LicenseTime::floor`] said.
    pub const fn kept(signed: Timestamp, sure: Timestamp, floor: Option<Timestamp>) -> Self {
        Self {
            signed,
            sure,
            floor,
        }
    }

    /// When the newest file of it was signed.
    pub const fn signed(self) -> Timestamp {
        self.signed
    }

    /// The time that it is at least, whatever any clock showed: when it was signed, and as long as the
    /// machine has been on since it was seen.
    pub const fn sure(self) -> Timestamp {
        self.sure
    }

    /// Its own floor, where a newer file mended it, and as long as it is lower than its vendor's.
    pub const fn floor(self) -> Option<Timestamp> {
        self.floor
    }

    /// The same, `passed` later: as long as the machine has been on since it was raised last.
    #[must_use]
    pub fn raised(self, passed: Seconds, vendors: &Clock) -> Self {
        let floor = self.floor.map(|floor| floor.plus(passed));
        Self {
            sure: self.sure.plus(passed),
            floor: floor.and_then(|floor| lower(floor.max(vendors.shows()), vendors)),
            ..self
        }
    }

    /// Whether it differs enough from what was `written` last to be written again: its own floor rose by
    /// a minute, or ended. What the machine being on adds is written with the vendor's floor.
    pub fn is_worth_writing(self, written: Self) -> bool {
        match (self.floor, written.floor) {
            (Some(floor), Some(written)) => floor.since(written) >= WRITE_STEP,
            (floor, written) => floor != written,
        }
    }

    /// The clock that counts for this license: over its own floor, else over its vendor's.
    pub fn clock(self, vendors: Clock) -> Clock {
        self.floor
            .map_or(vendors, |floor| vendors.over(floor.max(self.sure)))
    }

    /// The same once a newer file of the license was seen. Where the clock is behind it mends the floor
    /// under this one license, down to the latest of: when the file was signed, the time that it is at
    /// least, what the clock shows. Whoever kept the file back does not run it for longer by that, as
    /// far as the machine was on.
    ///
    /// A file that was signed plainly earlier than the one before says that the vendor's clock was ahead
    /// then; what rested on it no longer counts.
    #[must_use]
    pub fn newer(self, signed: Timestamp, vendors: Clock) -> Self {
        let clock = self.clock(vendors);
        let sure = if signed.plus(CLOCK_LEEWAY) < self.signed {
            signed
        } else {
            self.sure.max(signed)
        };
        let floor = if clock.is_behind() {
            lower(sure.max(clock.shows()), &vendors)
        } else {
            self.floor
        };
        Self {
            signed,
            sure,
            floor,
        }
    }

    /// The same once its vendor's time mended the clock: what that says counts.
    #[must_use]
    pub const fn told(self) -> Self {
        Self {
            floor: None,
            ..self
        }
    }
}

/// A floor of one's own counts while it is lower than the vendor's.
fn lower(floor: Timestamp, vendors: &Clock) -> Option<Timestamp> {
    (floor < vendors.effective()).then_some(floor)
}
