//! The time of one license: how a newer file of it mends a floor that is far ahead, and what that is
//! worth to whoever keeps one back.

use keyferry_license::{BootId, Clock, Floor, LicenseTime, Reading, Uptime};
use keyferry_token::{Seconds, Timestamp};
use proptest::{collection::vec, prelude::*};

use crate::samples::{NOW, clock_only, in_days};

/// The clock shows `now`, and the vendor's floor stands at `seen`.
fn clock(now: Timestamp, seen: Timestamp) -> Clock {
    Clock::read(clock_only(now), Floor::at(seen))
}

#[test]
fn a_newer_file_mends_the_floor_down_to_when_it_was_signed_or_what_the_clock_shows() {
    let ahead = clock(in_days(3), in_days(3650));
    let time = LicenseTime::first(NOW);
    assert!(time.clock(ahead).is_behind());
    let mended = time.newer(in_days(2), ahead);
    assert_eq!(mended.clock(ahead).checked(), Ok(in_days(3)));
    // A clock that is behind the file itself is wrong.
    let mended = time.newer(in_days(9), ahead);
    assert_eq!(mended.clock(ahead).effective(), in_days(9));
    assert!(mended.clock(ahead).is_behind());
}

#[test]
fn where_the_clock_is_right_a_newer_file_changes_no_floor() {
    let right = clock(in_days(3), in_days(4));
    let newer = LicenseTime::first(NOW).newer(in_days(2), right);
    assert_eq!(newer.floor(), None);
    assert_eq!(newer.clock(right), right);
}

#[test]
fn a_floor_of_its_own_rises_and_ends_where_the_vendors_is_reached() {
    let ahead = clock(in_days(3), in_days(100));
    let mended = LicenseTime::first(NOW).newer(in_days(2), ahead);
    let later = mended.raised(Seconds::days(5), &ahead);
    assert_eq!(later.floor(), Some(in_days(8)));
    assert!(later.clock(ahead).is_behind());
    let shown = mended.raised(Seconds::ZERO, &clock(in_days(50), in_days(100)));
    assert_eq!(shown.floor(), Some(in_days(50)));
    assert!(shown.is_worth_writing(mended));
    assert!(!mended.is_worth_writing(mended));
    let reached = mended.raised(Seconds::ZERO, &clock(in_days(100), in_days(100)));
    assert_eq!(reached.floor(), None);
    assert!(reached.is_worth_writing(mended));
    assert_eq!(mended.told().floor(), None);
}

#[test]
fn what_rested_on_a_vendors_clock_that_was_ahead_no_longer_counts() {
    let signed_ahead = LicenseTime::first(in_days(3650));
    let clock = clock(in_days(1), in_days(3650));
    let right = signed_ahead.newer(in_days(1), clock);
    assert_eq!(right.clock(clock).checked(), Ok(in_days(1)));
    // A little is no clock that was ahead.
    let seen = LicenseTime::first(in_days(2)).raised(Seconds::days(9), &clock);
    assert_eq!(seen.newer(in_days(1), clock).sure(), in_days(11));
}

proptest! {
    /// Files that were kept back, clocks set at will: the machine is on for no longer than from the
    /// first file to the end, whichever of them mends the clock.
    #[test]
    fn a_file_that_was_kept_back_gives_no_hour_awake(
        steps in vec((1_u64..60, 0_u64..3, any::<bool>()), 1..40),
        term in 100_u64..300,
    ) {
        let hours = |hours: u64| Seconds::new(hours * 3_600);
        let end = NOW.plus(hours(term));
        let reading = |now, on| Reading {
            now,
            uptime: Some(Uptime { boot: BootId([1; 16]), since_boot: hours(on) }),
        };
        let (mut on, mut ran, mut files) = (0, 0, 0);
        let mut floor = Clock::read(reading(NOW, 0), Floor::default()).with_signed(NOW).floor();
        let mut time = LicenseTime::first(NOW);
        for (passes, shown, brings) in steps {
            let runs = |time: LicenseTime, now, on, floor| {
                let clock = time.clock(Clock::read(reading(now, on), floor));
                clock.checked().is_ok_and(|now| now < end)
            };
            files += u64::from(brings);
            // When the newest file was made, the right time, or far ahead.
            let now = NOW.plus(hours([files, on, 9_000][usize::try_from(shown).unwrap()]));
            if brings {
                // Each was signed soon after the one before, and is brought when it pleases.
                time = time.newer(NOW.plus(hours(files)), Clock::read(reading(now, on), floor));
            }
            let before = runs(time, now, on, floor);
            on += passes;
            let next = reading(now, on);
            let clock = Clock::read(next, floor);
            time = time.raised(floor.passed(next), &clock);
            floor = clock.floor();
            if before && runs(time, now, on, floor) {
                ran += passes;
            }
        }
        prop_assert!(ran <= term, "{ran} of {term} hours");
    }
}
