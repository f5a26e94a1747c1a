//! Times and durations as people and scripts write them. How they are written back is theirs.

use jiff::civil::{Date, DateTime, Time, time};
use keyferry_catalogue::Code;
use keyferry_token::{Seconds, Timestamp};

/// The longest duration that is taken: a hundred years of 365 days.
const LONGEST: Seconds = Seconds::days(36_500);

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A date that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date like 2027-03-31")]
pub struct DateFault;

impl DateFault {
    /// The catalogue code: `date_refused`.
    pub fn code(self) -> Code {
        Code::DateRefused
    }
}

/// A duration that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a duration like 30d or 12h")]
pub struct DurationFault;

impl DurationFault {
    /// The catalogue code: `duration_refused`.
    pub fn code(self) -> Code {
        Code::DurationRefused
    }
}

/// Reads `2027-03-31`, which means the end of that day in UTC, or an RFC 3339 time.
///
/// # Errors
/// `date_refused`.
pub fn read_date(text: &str) -> Result<Timestamp, DateFault> {
    read(text, time(23, 59, 59, 0))
}

/// The same for what begins on a day: a date means the beginning of that day in UTC.
///
/// # Errors
/// `date_refused`.
pub fn read_first_day(text: &str) -> Result<Timestamp, DateFault> {
    read(text, Time::midnight())
}

fn read(text: &str, of_day: Time) -> Result<Timestamp, DateFault> {
    let text = text.trim();
    // jiff reads more spellings than this page of the specification promises.
    let dashes = text
        .bytes()
        .enumerate()
        .filter(|&(at, b)| b == b'-' && (at == 4 || at == 7));
    if dashes.count() != 2 {
        return Err(DateFault);
    }
    let seconds = if text.len() == 10 {
        let day: Date = text.parse().map_err(|_| DateFault)?;
        EPOCH.duration_until(day.to_datetime(of_day)).as_secs()
    } else {
        text.parse::<jiff::Timestamp>()
            .map_err(|_| DateFault)?
            .as_second()
    };
    u64::try_from(seconds)
        .map(Timestamp::from_unix)
        .map_err(|_| DateFault)
}

/// Reads `30d` or `12h`; `0d` as well.
///
/// # Errors
/// `duration_refused` for anything else, and for more than 36500 days.
pub fn read_duration(text: &str) -> Result<Seconds, DurationFault> {
    let text = text.trim();
    let (number, unit) = match (text.strip_suffix('d'), text.strip_suffix('h')) {
        (Some(days), _) => (days, Seconds::DAY),
        (_, Some(hours)) => (hours, Seconds::HOUR),
        _ => return Err(DurationFault),
    };
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DurationFault);
    }
    let count: u64 = number.parse().map_err(|_| DurationFault)?;
    let length = Seconds::new(count.checked_mul(unit.get()).ok_or(DurationFault)?);
    if length > LONGEST {
        Err(DurationFault)
    } else {
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_without_a_time_means_the_end_of_that_day() {
        let end = read_date("2027-03-31").unwrap();
        assert_eq!(end.to_string(), "2027-03-31T23:59:59Z");
    }

    #[test]
    fn what_begins_on_a_day_begins_with_it() {
        let start = read_first_day("2027-03-31").unwrap();
        assert_eq!(start.to_string(), "2027-03-31T00:00:00Z");
        let noon = "2027-03-31T12:00:00Z";
        assert_eq!(read_first_day(noon), read_date(noon));
    }

    #[test]
    fn a_time_is_taken_with_its_offset() {
        let at = read_date("2027-03-31T14:00:00+02:00").unwrap();
        assert_eq!(at.to_string(), "2027-03-31T12:00:00Z");
        assert_eq!(read_date("2027-03-31T12:00:00Z").unwrap(), at);
    }

    #[test]
    fn other_dates_are_refused() {
        for text in [
            "",
            "31.03.2027",
            "2027-3-31",
            "20270331",
            "2027-02-30",
            "2027-13-01",
            "2027-03-31T12:00:00",
            "1969-12-31",
            "tomorrow",
            "2027-03-31x",
            "ａ027-03-31",
        ] {
            assert_eq!(read_date(text), Err(DateFault), "{text}");
        }
    }

    #[test]
    fn durations_are_days_or_hours() {
        assert_eq!(read_duration("30d"), Ok(Seconds::days(30)));
        assert_eq!(read_duration("12h"), Ok(Seconds::new(12 * 3600)));
        assert_eq!(read_duration("0d"), Ok(Seconds::ZERO));
        for text in [
            "",
            "d",
            "30",
            "30 d",
            "-1d",
            "+1d",
            "1.5d",
            "30m",
            "36501d",
            "9999999999999999999h",
        ] {
            assert_eq!(read_duration(text), Err(DurationFault), "{text}");
        }
    }

    #[test]
    fn the_last_day_of_the_calendar_can_be_given() {
        assert_eq!(read_date("9999-12-31"), Ok(Timestamp::MAX));
    }
}
