//! Points in time and lengths of time, in whole seconds. No clock lives here.

use core::fmt;

/// Seconds since 1970-01-01T00:00:00Z, as in a CWT `NumericDate` (RFC 8392 §2) without fractions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The last second of the year 9999: nothing later can be written as RFC 3339.
    pub const MAX: Self = Self(253_402_300_799);

    /// A time from Unix seconds, cut to [`Timestamp::MAX`].
    pub const fn from_unix(seconds: u64) -> Self {
        if seconds > Self::MAX.0 {
            Self::MAX
        } else {
            Self(seconds)
        }
    }

    /// Unix seconds.
    pub const fn unix(self) -> u64 {
        self.0
    }

    /// This time plus `length`, cut to [`Timestamp::MAX`].
    #[must_use]
    pub const fn plus(self, length: Seconds) -> Self {
        Self::from_unix(self.0.saturating_add(length.0))
    }

    /// This time minus `length`, no earlier than 1970.
    #[must_use]
    pub const fn minus(self, length: Seconds) -> Self {
        Self(self.0.saturating_sub(length.0))
    }

    /// How long after `earlier` this is; nothing when it is before.
    pub const fn since(self, earlier: Self) -> Seconds {
        Seconds(self.0.saturating_sub(earlier.0))
    }
}

/// A length of time in whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds(u64);

impl Seconds {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// One hour.
    pub const HOUR: Self = Self(3_600);
    /// One day of 24 hours.
    pub const DAY: Self = Self(86_400);

    /// A length from seconds.
    pub const fn new(seconds: u64) -> Self {
        Self(seconds)
    }

    /// A length of whole days.
    pub const fn days(days: u64) -> Self {
        Self(days.saturating_mul(Self::DAY.0))
    }

    /// The length in seconds.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Timestamp {
    /// Writes RFC 3339 in UTC: `2026-11-23T04:17:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Civil time reaches to the end of the year 9999; jiff's own timestamps end two days before.
        let epoch = jiff::civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        let since = jiff::SignedDuration::from_secs(i64::try_from(self.0).map_err(|_| fmt::Error)?);
        let time = epoch.checked_add(since).map_err(|_| fmt::Error)?;
        write!(f, "{time}Z")
    }
}

impl fmt::Display for Seconds {
    /// Writes the form that the command lines read: `30d`, `12h`, else seconds (`90s`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("0d"),
            s if s % Self::DAY.0 == 0 => write!(f, "{}d", s / Self::DAY.0),
            s if s % Self::HOUR.0 == 0 => write!(f, "{}h", s / Self::HOUR.0),
            s => write!(f, "{s}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_time_is_written_as_rfc_3339_from_the_first_second_to_the_last() {
        let written = |seconds| Timestamp::from_unix(seconds).to_string();
        assert_eq!(written(0), "1970-01-01T00:00:00Z");
        assert_eq!(written(1_795_407_420), "2026-11-23T04:17:00Z");
        assert_eq!(written(u64::MAX), "9999-12-31T23:59:59Z");
    }
}
