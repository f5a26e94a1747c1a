//! Emergency runs: allowed in advance, taken here, told with the next token.

use crate::desk::{Desk, two_runs};
use keyferry_catalogue::Code;
use keyferry_client::{Action, TimeSource as _};
use keyferry_fixtures::{FakeMachine, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{Deactivation, Seconds, StatusReport, TimeRequest, Timestamp};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn later(days: u64) -> Timestamp {
    NOW.plus(Seconds::days(days))
}

fn take(desk: &Desk) -> Result<Timestamp, Code> {
    let taken = desk.client().take_emergency(&TestVendor::product());
    taken
        .map(|product| product.emergency.unwrap().running_until.unwrap())
        .map_err(|fault| fault.code())
}

/// A computer with two runs of three days, until day 60, and its lease over.
fn expired() -> Desk {
    let desk = Desk::with_acme("cad-07");
    desk.seat(|grant| grant.emergency = Some(two_runs(NOW)));
    desk.clock.set(later(40));
    assert_eq!(desk.state(), State::Expired);
    desk
}

#[test]
fn a_run_that_the_grant_allows_is_taken_without_the_vendor() {
    let desk = expired();
    assert!(desk.standing().actions.contains(&Action::Emergency));
    assert_eq!(take(&desk), Ok(later(43)));
    let standing = desk.standing();
    assert_eq!(standing.standing.state, State::Emergency);
    assert_eq!(standing.standing.until, Some(later(43)));
    assert_eq!(standing.emergency.unwrap().uses_left, 1);
    assert_eq!(take(&desk), Err(Code::EmergencyNotNeeded));
    desk.clock.set(later(43));
    assert_eq!(desk.state(), State::Expired);
    assert_eq!(take(&desk), Ok(later(46)));
    desk.clock.set(later(46));
    assert_eq!(take(&desk), Err(Code::EmergencyUsedUp));
}

#[test]
fn no_run_is_taken_where_none_is_allowed_or_needed_or_its_time_is_over() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    assert_eq!(take(&desk), Err(Code::EmergencyNotNeeded));
    desk.clock.set(later(40));
    let before = desk.seen();
    assert_eq!(take(&desk), Err(Code::EmergencyNotAllowed));
    assert_eq!(desk.seen(), before);
    let late = expired();
    late.clock.set(later(60));
    assert_eq!(take(&late), Err(Code::EmergencyOver));
    late.clock.set(later(1));
    assert_eq!(take(&late), Err(Code::ClockBehind));
    late.clock.set(later(60));
    late.deactivate();
    assert_eq!(take(&late), Err(Code::Deactivated));
    let nobody = Desk::new("cad-09");
    assert_eq!(take(&nobody), Err(Code::ProductNotHere));
}

#[test]
fn on_another_machine_only_where_the_grant_says_so() {
    for allowed in [true, false] {
        let mut desk = Desk::with_acme("cad-07");
        desk.seat(|grant| {
            let mut runs = two_runs(NOW);
            runs.on_wrong_device = allowed;
            grant.emergency = Some(runs);
        });
        desk.machine = FakeMachine::new("cad-99");
        assert_eq!(desk.reason(), Some(Code::WrongDevice));
        let taken = take(&desk);
        assert_eq!(taken.is_ok(), allowed, "{taken:?}");
        assert_eq!(desk.state().runs(), allowed);
    }
}

#[test]
fn a_run_is_told_with_every_token_until_an_answer_comes_to_one_that_told_it() {
    let desk = expired();
    take(&desk).unwrap();
    let first = later(40);
    let status = desk.client().status_report(&TestVendor::product()).unwrap();
    let told = acme()
        .open_as::<StatusReport>(&status.bytes)
        .emergency_runs
        .clone();
    assert_eq!(told, [first]);
    let unanswered = desk.request(&acme().code());
    assert_eq!(acme().open(&unanswered.bytes).emergency_runs, [first]);

    desk.clock.set(later(44));
    take(&desk).unwrap();
    let second = later(44);
    let request = desk.request(&acme().code());
    assert_eq!(acme().open(&request.bytes).emergency_runs, [first, second]);
    // The answer to the older request tells that the first run is known, and no more.
    let answer = acme().respond(&unanswered.bytes, later(44)).bytes;
    desk.apply(&answer).unwrap();
    let made = desk.deactivate();
    let claims = acme().open_as::<Deactivation>(&made.bytes);
    assert_eq!(claims.emergency_runs, [second]);

    // Nothing answers a deactivation, so the next request tells it once more.
    let next = desk.request(&acme().code());
    assert_eq!(acme().open(&next.bytes).emergency_runs, [second]);
    desk.apply(&acme().respond(&next.bytes, desk.clock.now()).bytes)
        .unwrap();
    let status = desk.client().status_report(&TestVendor::product()).unwrap();
    let claims = acme().open_as::<StatusReport>(&status.bytes);
    assert!(claims.emergency_runs.is_empty());
}

#[test]
fn a_refresh_brings_its_own_runs_and_confirms_none() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|grant| grant.emergency = Some(two_runs(NOW)));
    desk.clock.set(later(40));
    take(&desk).unwrap();
    desk.clock.set(later(44));
    take(&desk).unwrap();
    let refresh = seat.refresh(later(45), |grant| {
        grant.emergency = Some(two_runs(later(45)));
    });
    desk.clock.set(later(45));
    desk.apply(&refresh).unwrap();
    assert_eq!(desk.standing().emergency.unwrap().uses_left, 2);
    let status = desk.client().status_report(&TestVendor::product()).unwrap();
    let claims = acme().open_as::<StatusReport>(&status.bytes);
    assert_eq!(claims.emergency_runs, [later(40), later(44)]);
}

#[test]
fn the_vendors_time_ends_a_run_for_good_and_confirms_it() {
    let desk = expired();
    take(&desk).unwrap();
    // The clock had been ahead: day 10 it is, and the run lies in the future.
    desk.clock.set(later(10));
    let asked = desk.client().request_time(None).unwrap();
    let asked = acme().open_as::<TimeRequest>(&asked.bytes);
    assert_eq!(asked.emergency_runs, [later(40)]);
    desk.apply(&acme().tell_time(&asked, later(10)).bytes)
        .unwrap();
    assert_eq!(desk.state(), State::Licensed);
    let facts = desk.standing().emergency.unwrap();
    assert_eq!(facts.uses_left, 1, "it counts as used");
    desk.clock.set(later(41));
    assert_eq!(desk.state(), State::Expired, "and does not begin once more");
    let made = desk.deactivate();
    let claims = acme().open_as::<Deactivation>(&made.bytes);
    assert!(claims.emergency_runs.is_empty());
}

#[test]
fn a_run_is_not_won_back_by_putting_the_older_state_in_its_place() {
    let desk = expired();
    let aside = desk.path("aside");
    std::fs::copy(desk.home().join("state"), &aside).unwrap();
    take(&desk).unwrap();
    desk.clock.set(later(43));
    std::fs::copy(&aside, desk.home().join("state")).unwrap();
    assert_eq!(desk.standing().emergency.unwrap().uses_left, 1);
}
