//! Time that does not go back: the floor under this machine's clock (rules, *The clock*).

use keyferry_token::{Seconds, Timestamp};

use crate::Refusal;

/// How far a clock may lie behind the floor without any consequence: a day and a time zone.
pub const CLOCK_LEEWAY: Seconds = Seconds::new(26 * 3_600);

/// How much the floor rises before it is worth a write.
pub(crate) const WRITE_STEP: Seconds = Seconds::new(60);

/// One boot of a machine, as its system names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BootId(pub [u8; 16]);

/// How long the machine is on: a time that nobody sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uptime {
    /// Since which start of the machine.
    pub boot: BootId,
    /// The time since then, in which it slept included.
    pub since_boot: Seconds,
}

/// What the machine says about the time at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What its clock shows.
    pub now: Timestamp,
    /// How long it is on, where the system tells.
    pub uptime: Option<Uptime>,
}

/// The latest time that was ever seen here; the client keeps one for each vendor from one check to
/// the next. A vendor whom the user set up himself can thus mend no clock but his own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    highest: Timestamp,
    signed: Timestamp,
    mark: Option<Uptime>,
}

impl Floor {
    /// The floor at this time, of which nothing else is known.
    pub const fn at(highest: Timestamp) -> Self {
        Self {
            highest,
            signed: Timestamp::from_unix(0),
            mark: None,
        }
    }

    /// The floor as it was kept: what [`Floor::highest`], [`Floor::signed`] and [`Floor::mark`] said.
    pub const fn kept(highest: Timestamp, signed: Timestamp, mark: Option<Uptime>) -> Self {
        Self {
            highest,
            signed,
            mark,
        }
    }

    /// The time it stands at.
    pub const fn highest(self) -> Timestamp {
        self.highest
    }

    /// The latest time that the vendor signed; 1970 where there is none.
    pub const fn signed(self) -> Timestamp {
        self.signed
    }

    /// How long the machine was on when the floor stood at [`Floor::highest`].
    pub const fn mark(self) -> Option<Uptime> {
        self.mark
    }

    /// How long the machine has been on since the floor stood at [`Floor::highest`], where the system
    /// tells and it was not started anew.
    pub fn passed(self, reading: Reading) -> Seconds {
        match (reading.uptime, self.mark) {
            (Some(uptime), Some(mark)) if uptime.boot == mark.boot => Seconds::new(
                uptime
                    .since_boot
                    .get()
                    .saturating_sub(mark.since_boot.get()),
            ),
            _ => Seconds::ZERO,
        }
    }

    /// Whether it differs enough from the one that was `written` last to be written again: it rose
    /// by a minute, the machine was started anew, the vendor signed a later time, or it was mended.
    /// A change of anything else writes it as well.
    ///
    /// What rises in between is not lost: the mark that was written still tells how long ago that
    /// was, until the machine is started anew.
    pub fn is_worth_writing(self, written: Self) -> bool {
        let boot = |floor: Self| floor.mark.map(|mark| mark.boot);
        self.highest.since(written.highest) >= WRITE_STEP
            || self.highest < written.highest
            || self.signed > written.signed
            || (self.mark.is_some() && boot(self) != boot(written))
    }
}

/// What the machine's clock shows, over the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    reading: Reading,
    floor: Floor,
}

impl Clock {
    /// The machine says `reading`; `floor` is the one kept from before. The floor rises to the
    /// largest of: itself plus the time that the machine has been on since, what the clock shows, and
    /// what the vendor signed.
    pub fn read(reading: Reading, floor: Floor) -> Self {
        let highest = floor.highest.plus(floor.passed(reading));
        Self {
            reading,
            floor: Floor {
                highest: highest.max(reading.now).max(floor.signed),
                signed: floor.signed,
                mark: reading.uptime,
            },
        }
    }

    /// The same clock once a time that the vendor signed is known.
    #[must_use]
    pub fn with_signed(self, signed: Timestamp) -> Self {
        Self {
            floor: Floor {
                highest: self.floor.highest.max(signed),
                signed: self.floor.signed.max(signed),
                mark: self.floor.mark,
            },
            ..self
        }
    }

    /// The same clock once the vendor answered its time request with `time`: the only step by which a
    /// floor goes down. `held` is when the vendor signed the newest of its grants that are held here;
    /// further down than to that it does not go. What the vendor signed before and nobody holds any
    /// more no longer counts: a vendor whose own clock was ahead would strand its computers otherwise.
    ///
    /// An emergency run that was taken before ends with it, and counts as used: on the clock as it
    /// goes on from here it would begin once more.
    #[must_use]
    pub fn mended(self, time: Timestamp, held: Option<Timestamp>) -> Self {
        let signed = held.map_or(time, |held| held.max(time));
        Self {
            floor: Floor {
                highest: signed.max(self.reading.now),
                signed,
                mark: self.floor.mark,
            },
            ..self
        }
    }

    /// The same clock over another floor.
    #[must_use]
    pub fn over(self, floor: Timestamp) -> Self {
        Self {
            floor: Floor {
                highest: floor.max(self.reading.now),
                signed: Timestamp::from_unix(0),
                mark: self.floor.mark,
            },
            ..self
        }
    }

    /// The time that counts for every end: the larger of the clock and the floor.
    pub fn effective(&self) -> Timestamp {
        self.floor.highest
    }

    /// What the machine's clock shows, right or wrong.
    pub fn shows(&self) -> Timestamp {
        self.reading.now
    }

    /// The floor to keep.
    pub fn floor(&self) -> Floor {
        self.floor
    }

    /// Whether the clock is behind the floor by more than [`CLOCK_LEEWAY`]. Once it is not, a time
    /// request that waits for its answer is withdrawn.
    pub fn is_behind(&self) -> bool {
        self.floor.highest.since(self.reading.now) > CLOCK_LEEWAY
    }

    /// The time that counts, unless the clock is plainly wrong.
    ///
    /// # Errors
    /// `clock_behind` when [`Clock::is_behind`].
    pub fn checked(&self) -> Result<Timestamp, Refusal> {
        if self.is_behind() {
            return Err(Refusal::ClockBehind);
        }
        Ok(self.effective())
    }
}
