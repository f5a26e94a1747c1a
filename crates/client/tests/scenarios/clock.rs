//! The clock: the floor under it, and the vendor's time (rules, *The clock*).

use crate::desk::Desk;
use keyferry_catalogue::{Code, Language, Phrase};
use keyferry_client::{Action, Applied, TimeSource as _};
use keyferry_fixtures::{FakeUptime, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{SeatStatus, Seconds, TimeRequest, Timestamp, TokenKind, Verified};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn later(days: u64) -> Timestamp {
    NOW.plus(Seconds::days(days))
}

fn open(bytes: &[u8]) -> Verified<TimeRequest> {
    acme().open_as(bytes)
}

/// A computer whose clock was once ten years ahead, and was put right.
fn poisoned() -> Desk {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.clock.set(later(3650));
    desk.standing();
    desk.clock.set(later(1));
    assert_eq!(desk.reason(), Some(Code::ClockBehind));
    desk
}

#[test]
fn a_floor_far_ahead_is_mended_by_the_vendors_time() {
    let desk = poisoned();
    assert!(desk.standing().actions.contains(&Action::Clock));
    let state = desk.client().clock_state().unwrap();
    assert_eq!((state.now, state.behind), (later(1), true));
    assert_eq!(state.latest_seen, Some(later(3650)));
    assert_eq!(state.product, Some(TestVendor::product()));

    let asked = desk.client().request_time(None).unwrap();
    assert_eq!(asked.kind, TokenKind::TimeRequest);
    assert_eq!(desk.standing().time_request.unwrap().id, asked.id);
    let claims = open(&asked.bytes);
    assert_eq!(
        Some(claims.activation),
        desk.standing().grant.map(|g| g.activation)
    );
    let answer = acme().tell_time(&claims, later(1)).bytes;
    let shown = desk.client().inspect(&answer).unwrap().remove(0).unwrap();
    let time = shown
        .claims
        .iter()
        .find(|c| c.name == Phrase::ClaimVendorTime);
    assert_eq!(
        time.unwrap().in_words(Language::En),
        "24 November 2026, 04:00 UTC"
    );

    match desk.apply(&answer).unwrap() {
        Applied::ClockMended(taken) => {
            assert_eq!(taken.product.standing.state, State::Licensed);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(desk.state(), State::Licensed);
    assert_eq!(desk.standing().time_request, None);
    assert!(!desk.client().clock_state().unwrap().behind);
    let before = desk.seen();
    assert!(matches!(
        desk.apply(&answer),
        Ok(Applied::AlreadyApplied(_))
    ));
    assert_eq!(desk.seen(), before);
}

#[test]
fn asked_again_it_is_the_same_bytes_and_ones_own_travels_to_the_vendor() {
    let desk = poisoned();
    let product = TestVendor::product();
    let asked = desk.client().request_time(Some(&product)).unwrap();
    let again = desk.client().request_time(Some(&product)).unwrap();
    assert_eq!((again.again, &again.bytes), (true, &asked.bytes));
    let kept = desk.client().time_request(&product).unwrap().unwrap();
    assert_eq!(kept.bytes, asked.bytes);
    let told = desk.apply(&asked.bytes).unwrap_err().problem();
    assert_eq!(told.arg("kind"), Some("time_request"));
    assert_eq!(told.code, Code::OwnToken);
}

#[test]
fn a_clock_that_is_right_again_withdraws_the_request() {
    let desk = poisoned();
    let asked = desk.client().request_time(None).unwrap();
    let answer = acme().tell_time(&open(&asked.bytes), later(1)).bytes;
    desk.clock.set(later(3650));
    assert_eq!(desk.reason(), Some(Code::LeaseEnded));
    desk.clock.set(later(1));
    assert_eq!(desk.reason(), Some(Code::ClockBehind));
    assert_eq!(desk.standing().time_request, None);
    let before = desk.seen();
    assert_eq!(desk.refused(&answer), Code::TimeNotAskedFor);
    assert_eq!(desk.seen(), before);
    let next = desk.client().request_time(None).unwrap();
    assert_ne!(open(&next.bytes).challenge, open(&asked.bytes).challenge);
}

#[test]
fn a_challenge_is_good_for_one_answer() {
    let desk = poisoned();
    let first = open(&desk.client().request_time(None).unwrap().bytes);
    let old = acme().tell_time(&first, later(1)).bytes;
    desk.apply(&old).unwrap();
    desk.clock.set(later(3650));
    desk.standing();
    desk.clock.set(later(1));
    let second = open(&desk.client().request_time(None).unwrap().bytes);
    let mut forged = second.clone().into_claims();
    forged.challenge = first.challenge;
    let before = desk.seen();
    assert!(matches!(desk.apply(&old), Ok(Applied::AlreadyApplied(_))));
    assert_eq!(
        desk.reason(),
        Some(Code::ClockBehind),
        "and mends nothing any more"
    );
    let other = acme().tell_time(&first, later(2)).bytes;
    assert_eq!(desk.refused(&other), Code::TimeNotAskedFor);
    assert_eq!(desk.seen(), before);
}

#[test]
fn a_vendor_whose_own_clock_was_ahead_mends_what_it_signed_by_a_refresh_and_its_time() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    let ahead = seat.refresh(later(100), |_| {});
    desk.apply(&ahead).unwrap();
    desk.clock.set(later(2));
    let mend = |day| {
        let asked = open(&desk.client().request_time(None).unwrap().bytes);
        desk.apply(&acme().tell_time(&asked, later(day)).bytes)
            .unwrap();
        desk.client().clock_state().unwrap()
    };
    // The grant that is held counts from when it was signed, whatever the vendor says now.
    let state = mend(2);
    assert_eq!((state.behind, state.latest_seen), (true, Some(later(100))));

    let right = seat.refresh(later(2), |_| {});
    desk.apply(&right).unwrap();
    assert_eq!(desk.reason(), Some(Code::ClockBehind));
    assert!(!mend(2).behind);
    assert_eq!(desk.state(), State::Licensed);
    assert_eq!(desk.standing().standing.until, Some(later(32)));
}

#[test]
fn another_vendors_time_does_not_touch_this_vendors_floor() {
    let desk = Desk::with_acme("cad-07");
    desk.trust(TestVendor::other());
    let vendors = [acme(), TestVendor::other()];
    for vendor in vendors {
        let request = desk.request(&vendor.code());
        desk.apply(&vendor.respond(&request.bytes, NOW).bytes)
            .unwrap();
    }
    desk.clock.set(later(3650));
    desk.standing();
    desk.clock.set(later(1));
    let blocked = || {
        let products = desk.client().products().unwrap().into_iter();
        let behind = products.filter(|p| p.standing.reason() == Some(Code::ClockBehind));
        behind.map(|p| p.vendor.id()).collect::<Vec<_>>()
    };
    assert_eq!(blocked().len(), 2);
    for left in [1, 0] {
        let asked = desk.client().request_time(None).unwrap();
        let mut all = vendors.iter();
        let vendor = all.find(|v| v.id() == asked.vendor.id()).unwrap();
        let claims = vendor.open_as::<TimeRequest>(&asked.bytes);
        desk.apply(&vendor.tell_time(&claims, later(1)).bytes)
            .unwrap();
        let blocked = blocked();
        assert_eq!(blocked.len(), left);
        assert!(!blocked.contains(&vendor.id()));
    }
}

#[test]
fn a_vendor_that_came_later_is_not_blocked_by_what_another_one_saw() {
    let desk = poisoned();
    desk.trust(TestVendor::other());
    let request = desk.request(&TestVendor::other().code());
    let answer = TestVendor::other().respond(&request.bytes, later(1)).bytes;
    desk.apply(&answer).unwrap();
    // Where two vendors use one product code, the one that runs counts.
    assert_eq!(desk.state(), State::Licensed);
    assert_eq!(desk.standing().vendor.id(), TestVendor::other().id());
    let state = desk.client().clock_state().unwrap();
    assert_eq!(state.latest_seen, Some(later(3650)), "Acme's is");
    assert!(state.behind);
}

#[test]
fn while_no_clock_is_behind_the_vendor_is_not_asked() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let product = TestVendor::product();
    for product in [None, Some(&product)] {
        let fault = desk.client().request_time(product).unwrap_err();
        assert_eq!(fault.code(), Code::ClockNotBehind);
    }
    let state = desk.client().clock_state().unwrap();
    assert!(!state.behind && state.product.is_none());
    let nobody = Desk::new("cad-08").client().clock_state().unwrap();
    assert_eq!(nobody.latest_seen, None);
}

#[test]
fn a_battery_that_died_blocks_until_the_clock_is_right() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.clock.set(Timestamp::from_unix(0));
    assert_eq!(desk.reason(), Some(Code::ClockBehind));
    let asked = open(&desk.client().request_time(None).unwrap().bytes);
    assert_eq!(
        asked.issued_at,
        Timestamp::from_unix(0),
        "what the clock shows"
    );
    desk.apply(&acme().tell_time(&asked, later(1)).bytes)
        .unwrap();
    assert_eq!(
        desk.reason(),
        Some(Code::ClockBehind),
        "the clock itself is wrong"
    );
    desk.clock.set(later(1));
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn a_frozen_clock_does_not_stop_the_lease_while_the_machine_is_on() {
    let uptime = FakeUptime::new();
    let mut desk = Desk::with_acme("cad-07");
    desk.machine = desk.machine.with_uptime(&uptime);
    desk.activate();
    for day in 1..=40 {
        uptime.pass(Seconds::DAY);
        let state = match day {
            // A leeway of 26 hours, then the clock is plainly behind.
            0..=1 => (State::Licensed, None),
            _ => (State::Blocked, Some(Code::ClockBehind)),
        };
        assert_eq!((desk.state(), desk.reason()), state, "day {day}");
    }
    desk.clock.set(later(40));
    assert_eq!(desk.reason(), Some(Code::LeaseEnded));
}

#[test]
fn a_sawtooth_clock_gives_no_more_than_lease_and_grace() {
    let uptime = FakeUptime::new();
    let mut desk = Desk::with_acme("cad-07");
    desk.machine = desk.machine.with_uptime(&uptime);
    desk.activate();
    let hours = |hours: u64| Seconds::new(hours * 3600);
    let mut ran = 0;
    for step in 1..=240 {
        uptime.pass(hours(4));
        // Put back by a day, again and again; in between it shows the right time.
        desk.clock.set(NOW.plus(hours(step % 6 * 4)));
        let behind = desk.state().runs();
        desk.clock.set(NOW.plus(hours(step * 4)));
        ran += u64::from(behind || desk.state().runs());
    }
    assert_eq!(hours(ran * 4 + 4), Seconds::days(37));
}

#[test]
fn the_floor_is_kept_over_a_restart_of_the_machine() {
    let uptime = FakeUptime::new();
    let mut desk = Desk::with_acme("cad-07");
    desk.machine = desk.machine.with_uptime(&uptime);
    desk.activate();
    uptime.pass(Seconds::days(35));
    desk.clock.set(later(34));
    assert_eq!(desk.state(), State::Grace);
    uptime.reboot();
    desk.clock.set(later(34));
    assert_eq!(desk.standing().days_left, Some(2), "day 35 was seen");
}

#[test]
fn a_suspended_license_is_not_blocked_by_the_clock_and_asks_for_no_time() {
    let desk = Desk::with_acme("cad-07");
    desk.seat(|grant| {
        grant.status = SeatStatus::Suspended;
        grant.lease_expires_at = None;
    });
    desk.clock.set(NOW.minus(Seconds::days(3)));
    let product = TestVendor::product();
    let fault = desk.client().request_time(Some(&product)).unwrap_err();
    assert_eq!(fault.code(), Code::ClockNotBehind);
    assert_eq!(desk.clock.now(), NOW.minus(Seconds::days(3)));
}
