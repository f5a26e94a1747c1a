//! The clock over its floor (rules, *The clock*). What it adds up to is tried where standings are.

use keyferry_license::{BootId, CLOCK_LEEWAY, Clock, Floor, Reading, Refusal, Uptime};
use keyferry_token::{Seconds, Timestamp};
use proptest::{collection::vec, option, prelude::*};

use crate::samples::{NOW, any_time, clock_only, days_ago, in_days};

fn on_for(boot: u8, seconds: u64) -> Uptime {
    Uptime {
        boot: BootId([boot; 16]),
        since_boot: Seconds::new(seconds),
    }
}

/// A floor that was kept while the machine was on for so long.
fn kept(highest: Timestamp, signed: Timestamp, mark: Uptime) -> Floor {
    Floor::kept(highest, signed, Some(mark))
}

fn read(now: Timestamp, floor: Floor) -> Clock {
    Clock::read(clock_only(now), floor)
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus(Seconds::new(seconds))
}

#[test]
fn a_clock_that_goes_forward_counts_as_it_is() {
    let clock = read(later(3600), Floor::at(NOW));
    assert_eq!(clock.checked(), Ok(later(3600)));
    assert_eq!(clock.floor(), Floor::at(later(3600)));
}

#[test]
fn a_clock_a_little_behind_costs_nobody_anything_since_the_floor_counts() {
    let behind = read(NOW.minus(CLOCK_LEEWAY), Floor::at(NOW));
    assert_eq!(behind.checked(), Ok(NOW));
    assert_eq!(behind.floor(), Floor::at(NOW));
}

#[test]
fn a_clock_behind_by_more_than_a_day_and_a_time_zone_is_told() {
    assert_eq!(CLOCK_LEEWAY, Seconds::new(26 * 60 * 60));
    let one_more = Seconds::new(CLOCK_LEEWAY.get() + 1);
    let behind = read(NOW.minus(one_more), Floor::at(NOW));
    assert_eq!(behind.checked(), Err(Refusal::ClockBehind));
}

#[test]
fn it_mends_itself_when_the_clock_is_right_again() {
    let wrong = read(Timestamp::from_unix(0), Floor::at(NOW));
    assert_eq!(wrong.checked(), Err(Refusal::ClockBehind));
    let right = read(later(3600), wrong.floor());
    assert_eq!(right.checked(), Ok(later(3600)));
}

#[test]
fn a_clock_that_stands_still_is_carried_on_by_the_time_that_the_machine_is_on() {
    let reading = |uptime| Reading {
        now: NOW,
        uptime: Some(uptime),
    };
    let first = Clock::read(reading(on_for(1, 100)), Floor::default());
    let second = Clock::read(reading(on_for(1, 4_100)), first.floor());
    assert_eq!(second.checked(), Ok(later(4_000)));
    let third = Clock::read(reading(on_for(1, 4_200)), second.floor());
    assert_eq!(third.checked(), Ok(later(4_100)), "counted once");
    let too_long = on_for(1, 200 + CLOCK_LEEWAY.get());
    let stopped = Clock::read(reading(too_long), third.floor());
    assert_eq!(stopped.checked(), Err(Refusal::ClockBehind));
}

#[test]
fn the_time_of_another_boot_or_one_that_goes_back_adds_nothing() {
    let kept = kept(NOW, NOW, on_for(1, 500));
    for uptime in [Some(on_for(2, 900)), Some(on_for(1, 400)), None] {
        let clock = Clock::read(Reading { now: NOW, uptime }, kept);
        assert_eq!(clock.effective(), NOW);
        assert_eq!(clock.floor().mark(), uptime, "counted on from here");
    }
}

#[test]
fn what_the_clock_itself_goes_on_is_not_added_to_what_the_machine_is_on() {
    let kept = kept(NOW, NOW, on_for(1, 500));
    let reading = Reading {
        now: later(90),
        uptime: Some(on_for(1, 600)),
    };
    assert_eq!(Clock::read(reading, kept).effective(), later(100));
}

#[test]
fn a_time_that_the_vendor_signed_raises_the_floor_for_good() {
    let signed = later(3600);
    let clock = read(NOW, Floor::default()).with_signed(signed);
    assert_eq!(clock.checked(), Ok(signed));
    assert_eq!(clock.floor(), Floor::kept(signed, signed, None));
    let late = read(NOW, Floor::default()).with_signed(in_days(2));
    assert_eq!(late.checked(), Err(Refusal::ClockBehind));
    let older = clock.with_signed(NOW);
    assert_eq!(older, clock);
}

#[test]
fn a_floor_that_was_kept_without_its_height_stands_at_what_was_signed() {
    let lost = Floor::kept(Timestamp::from_unix(0), NOW, None);
    assert_eq!(read(days_ago(1), lost).effective(), NOW);
}

#[test]
fn a_clock_once_far_ahead_is_mended_by_the_vendors_time() {
    let ahead = read(in_days(3_650), Floor::kept(NOW, NOW, None));
    let corrected = Clock::read(
        Reading {
            now: in_days(1),
            uptime: Some(on_for(1, 500)),
        },
        ahead.floor(),
    );
    assert!(corrected.is_behind());
    let mended = corrected.mended(in_days(1).minus(Seconds::HOUR), Some(NOW));
    assert_eq!(mended.checked(), Ok(in_days(1)));
    let signed = in_days(1).minus(Seconds::HOUR);
    assert_eq!(mended.floor(), kept(in_days(1), signed, on_for(1, 500)));
}

#[test]
fn the_vendors_time_never_puts_the_floor_below_the_grant_that_is_held() {
    let kept = Floor::kept(in_days(3_650), in_days(3), None);
    let mended = read(in_days(2), kept).mended(in_days(1), Some(in_days(3)));
    assert_eq!(mended.effective(), in_days(3));
    assert_eq!(mended.floor().signed(), in_days(3));
}

#[test]
fn what_a_vendor_signed_while_its_own_clock_was_ahead_counts_no_longer_than_it_is_held() {
    let kept = Floor::kept(in_days(46), in_days(46), None);
    for held in [None, Some(in_days(1))] {
        let mended = read(in_days(2), kept).mended(in_days(2), held);
        assert_eq!(mended.checked(), Ok(in_days(2)), "{held:?}");
        assert_eq!(mended.floor().signed(), in_days(2));
    }
}

#[test]
fn the_vendors_time_does_not_put_a_clock_right_that_is_behind_it() {
    let dead_battery = read(Timestamp::from_unix(0), Floor::at(NOW));
    assert!(dead_battery.mended(in_days(1), None).is_behind());
    assert_eq!(dead_battery.shows(), Timestamp::from_unix(0));
}

#[test]
fn the_floor_is_written_once_a_minute_at_most() {
    let written = Floor::at(NOW);
    assert!(!Floor::at(later(59)).is_worth_writing(written));
    assert!(Floor::at(later(60)).is_worth_writing(written));
    assert!(!written.is_worth_writing(written));
    let running = kept(NOW, NOW, on_for(1, 10));
    let goes_on = kept(later(59), NOW, on_for(1, 69));
    assert!(!goes_on.is_worth_writing(running));
}

#[test]
fn the_floor_is_written_with_a_new_boot_a_new_signed_time_and_once_it_is_mended() {
    let written = kept(NOW, days_ago(1), on_for(1, 10));
    let new_boot = kept(NOW, days_ago(1), on_for(2, 10));
    assert!(new_boot.is_worth_writing(written));
    let signed = kept(NOW, NOW, on_for(1, 10));
    assert!(signed.is_worth_writing(written));
    let mended = kept(days_ago(1), days_ago(1), on_for(1, 10));
    assert!(mended.is_worth_writing(written));
    // Nothing is written to forget how long the machine is on.
    let unknown = Floor::kept(NOW, days_ago(1), None);
    assert!(!unknown.is_worth_writing(written));
    assert!(written.is_worth_writing(unknown));
}

fn any_uptime() -> impl Strategy<Value = Option<Uptime>> {
    let uptime = (0..3_u8, 0..1_000_000_u64).prop_map(|(boot, seconds)| on_for(boot, seconds));
    option::of(uptime)
}

proptest! {
    #[test]
    fn whatever_the_clock_does_effective_time_never_goes_back(
        shown in vec((any_time(), any_uptime(), option::of(any_time())), 1..40),
    ) {
        let mut floor = Floor::default();
        for (now, uptime, signed) in shown {
            let mut clock = Clock::read(Reading { now, uptime }, floor);
            if let Some(signed) = signed {
                clock = clock.with_signed(signed);
            }
            prop_assert!(clock.effective() >= floor.highest());
            prop_assert!(clock.effective() >= now);
            prop_assert!(signed.is_none_or(|signed| clock.effective() >= signed));
            prop_assert_eq!(clock.effective(), clock.floor().highest());
            prop_assert!(clock.floor().signed() <= clock.effective());
            floor = clock.floor();
        }
    }

    #[test]
    fn a_clock_is_behind_by_the_leeway_and_nothing_else(now in any_time(), floor in any_time()) {
        let too_far = now.plus(CLOCK_LEEWAY) < floor;
        let clock = read(now, Floor::at(floor));
        prop_assert_eq!(clock.checked().is_err(), too_far);
        prop_assert_eq!(clock.is_behind(), too_far);
    }
}
