//! The clock over its floor (rules, *Clock*).

use keyferry_license::{CLOCK_LEEWAY, Clock, Floor, Refusal};
use keyferry_token::{Seconds, Timestamp};
use proptest::{collection::vec, prelude::*};

use crate::samples::{NOW, any_time};

#[test]
fn a_clock_that_goes_forward_counts_as_it_is() {
    let later = NOW.plus(Seconds::HOUR);
    let clock = Clock::read(later, Floor::at(NOW));
    assert_eq!(clock.checked(), Ok(later));
    assert_eq!(clock.floor(), Floor::at(later));
}

#[test]
fn a_clock_a_little_behind_costs_nobody_anything_since_the_floor_counts() {
    let behind = Clock::read(NOW.minus(CLOCK_LEEWAY), Floor::at(NOW));
    assert_eq!(behind.checked(), Ok(NOW));
    assert_eq!(behind.floor(), Floor::at(NOW));
}

#[test]
fn a_clock_behind_by_more_than_a_day_and_a_time_zone_is_told() {
    assert_eq!(CLOCK_LEEWAY, Seconds::new(26 * 60 * 60));
    let one_more = Seconds::new(CLOCK_LEEWAY.get() + 1);
    let behind = Clock::read(NOW.minus(one_more), Floor::at(NOW));
    assert_eq!(behind.checked(), Err(Refusal::ClockBehind));
}

#[test]
fn it_mends_itself_when_the_clock_is_right_again() {
    let wrong = Clock::read(Timestamp::from_unix(0), Floor::at(NOW));
    assert_eq!(wrong.checked(), Err(Refusal::ClockBehind));
    let right = Clock::read(NOW.plus(Seconds::HOUR), wrong.floor());
    assert_eq!(right.checked(), Ok(NOW.plus(Seconds::HOUR)));
}

#[test]
fn a_time_that_the_vendor_signed_raises_the_floor() {
    let signed = NOW.plus(Seconds::HOUR);
    let clock = Clock::read(NOW, Floor::default()).with_signed(signed);
    assert_eq!(clock.checked(), Ok(signed));
    assert_eq!(clock.floor(), Floor::at(signed));
    let late = Clock::read(NOW, Floor::default()).with_signed(NOW.plus(Seconds::days(2)));
    assert_eq!(late.checked(), Err(Refusal::ClockBehind));
}

#[test]
fn the_floor_is_written_once_a_minute_at_most() {
    let written = Floor::at(NOW);
    assert!(!Floor::at(NOW.plus(Seconds::new(59))).is_worth_writing(written));
    assert!(Floor::at(NOW.plus(Seconds::new(60))).is_worth_writing(written));
    assert!(!Floor::at(NOW.minus(Seconds::DAY)).is_worth_writing(written));
}

proptest! {
    #[test]
    fn whatever_the_clock_does_effective_time_never_goes_back(
        shown in vec((any_time(), proptest::option::of(any_time())), 1..40),
    ) {
        let mut floor = Floor::default();
        for (now, signed) in shown {
            let mut clock = Clock::read(now, floor);
            if let Some(signed) = signed {
                clock = clock.with_signed(signed);
            }
            prop_assert!(clock.effective() >= floor.highest());
            prop_assert!(clock.effective() >= now);
            prop_assert!(signed.is_none_or(|signed| clock.effective() >= signed));
            prop_assert_eq!(clock.effective(), clock.floor().highest());
            floor = clock.floor();
        }
    }

    #[test]
    fn a_clock_is_behind_by_the_leeway_and_nothing_else(now in any_time(), floor in any_time()) {
        let too_far = now.plus(CLOCK_LEEWAY) < floor;
        prop_assert_eq!(Clock::read(now, Floor::at(floor)).checked().is_err(), too_far);
    }
}
