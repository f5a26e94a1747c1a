//! A machine put back to how it was before its seat was given back: what it can still do, how the
//! vendor sees it, and how often it can be done.

use keyferry_authority::{Deactivated, IssuedEntitlement, Received};
use keyferry_catalogue::Code;
use keyferry_gap::{Computer, Snapshot, Terms, Time, VendorSide, cad, runs};
use keyferry_token::{ActivationId, Seconds, Timestamp, TokenKind};

const HALF_A_DAY: Seconds = Seconds::new(12 * 3600);

/// A computer whose seat went to another one, and which was put back to before that.
struct PutBack {
    time: Time,
    acme: VendorSide,
    sold: IssuedEntitlement,
    computer: Computer,
    activation: ActivationId,
    before: Snapshot,
}

fn put_back() -> PutBack {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let activation = computer.standing().grant.unwrap().activation;
    let before = computer.snapshot();
    let outcome = acme.take_back(&computer.deactivate().unwrap().bytes);
    assert_eq!(outcome, Deactivated::Freed);
    Computer::of(&acme, "cad-02", &time).activate(&acme, &sold.code);
    computer.restore(&before);
    assert!(runs(computer.state()), "what nobody can stop");
    PutBack {
        time,
        acme,
        sold,
        computer,
        activation,
        before,
    }
}

#[test]
fn a_snapshot_restored_after_its_deactivation_runs_until_its_grant_is_over_and_gets_no_other() {
    let PutBack {
        time,
        acme,
        computer,
        activation,
        ..
    } = put_back();
    assert_eq!(
        acme.refuses_refresh(activation),
        Code::ActivationDeactivated
    );
    let issued = time.now();
    let last = computer.last_run(HALF_A_DAY, Seconds::days(90)).unwrap();
    assert_eq!(last.plus(HALF_A_DAY), issued.plus(Terms::MOST));
    assert_eq!(
        acme.refuses_refresh(activation),
        Code::ActivationDeactivated
    );
}

#[test]
fn a_refresh_kept_back_for_a_snapshot_counts_from_when_it_was_issued() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let activation = computer.standing().grant.unwrap().activation;
    let before = computer.snapshot();
    time.pass(Seconds::days(10));
    let (kept_back, issued) = (acme.refresh(activation).unwrap(), time.now());
    time.pass(Seconds::days(5));
    acme.take_back(&computer.deactivate().unwrap().bytes);
    computer.restore(&before);
    computer.apply(&kept_back).unwrap();
    let last = computer.last_run(HALF_A_DAY, Seconds::days(90)).unwrap();
    assert_eq!(last.plus(HALF_A_DAY), issued.plus(Terms::MOST));
}

#[test]
fn a_snapshot_restored_for_each_emergency_run_ends_with_the_time_that_runs_are_allowed_in() {
    let PutBack {
        time,
        acme,
        computer,
        activation,
        before,
        ..
    } = put_back();
    let issued = time.now();
    let mut last = issued;
    while time.now() < issued.plus(Seconds::days(90)) {
        if !runs(computer.state()) {
            computer.restore(&before);
        }
        let _ = computer.client().take_emergency(&cad());
        if runs(computer.state()) {
            last = time.now();
        }
        time.pass(HALF_A_DAY);
    }
    // The books hold a seat for as long as any grant for it can be used: that is this end.
    assert_eq!(last.plus(HALF_A_DAY), issued.plus(Terms::HELD));
    assert_eq!(
        acme.refuses_refresh(activation),
        Code::ActivationDeactivated
    );
}

#[test]
fn a_restored_snapshot_shows_in_the_audit_log_by_a_number_used_twice() {
    for kind in [
        TokenKind::Status,
        TokenKind::Deactivation,
        TokenKind::TimeRequest,
    ] {
        let PutBack {
            time,
            acme,
            computer,
            sold,
            ..
        } = put_back();
        assert_eq!(acme.logged("device_forked"), 0);
        time.pass(Seconds::HOUR);
        if kind == TokenKind::TimeRequest {
            computer.watch.set(time.now().minus(Seconds::days(3)));
        }
        acme.receive(&computer.makes(kind, &sold.code));
        assert_eq!(acme.logged("device_forked"), 1, "{}", kind.name());
        assert_eq!(acme.seats_used(&sold), 1);
    }
}

#[test]
fn a_request_of_a_restored_snapshot_shows_in_the_audit_log_by_a_number_used_twice() {
    let PutBack {
        time,
        acme,
        computer,
        sold,
        ..
    } = put_back();
    time.pass(Seconds::days(31));
    let told = acme.refuses(&computer.request(&sold.code).unwrap().bytes);
    assert_eq!(told, Code::RequestForked);
    assert_eq!(acme.logged("device_forked"), 1);
}

#[test]
fn a_restored_snapshot_shows_in_the_audit_log_though_it_skips_the_number_used_before() {
    for kind in [
        TokenKind::Status,
        TokenKind::Deactivation,
        TokenKind::TimeRequest,
    ] {
        let PutBack {
            time,
            acme,
            computer,
            sold,
            ..
        } = put_back();
        time.pass(Seconds::HOUR);
        // A token that nobody ever brings takes the number that would give it away.
        computer.makes(TokenKind::Status, &sold.code);
        if kind == TokenKind::TimeRequest {
            computer.watch.set(time.now().minus(Seconds::days(3)));
        }
        let token = computer.makes(kind, &sold.code);
        for _ in 0..2 {
            let received = acme.receive(&token);
            assert!(!matches!(
                received,
                Received::Answered(_) | Received::TimeTold(_)
            ));
            assert_eq!(acme.logged("device_state_restored"), 1, "{}", kind.name());
        }
        assert_eq!(acme.seats_used(&sold), 1);
    }
}

#[test]
fn a_restored_snapshot_that_asks_with_a_higher_number_gets_what_any_newcomer_gets() {
    let PutBack {
        time,
        acme,
        computer,
        sold,
        ..
    } = put_back();
    computer.makes(TokenKind::Status, &sold.code);
    time.pass(Seconds::days(31));
    let told = acme.refuses(&computer.request(&sold.code).unwrap().bytes);
    assert_eq!(told, Code::NoFreeSeat);
    assert_eq!(acme.seats_used(&sold), 1);
}

#[test]
fn restored_again_and_again_a_seat_gives_no_more_computers_than_the_cap_of_moves() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let mut pretenders: Vec<Computer> = Vec::new();
    let mut held: Option<Timestamp> = None;
    for number in 0..8 {
        let computer = Computer::of(&acme, &format!("cad-{number:02}"), &time);
        let asked = computer.request(&sold.code).unwrap().bytes;
        if number == 7 {
            assert_eq!(acme.refuses(&asked), Code::NoFreeSeat);
            break;
        }
        computer.apply(&acme.answer(&asked)).unwrap();
        let before = computer.snapshot();
        let outcome = acme.take_back(&computer.deactivate().unwrap().bytes);
        match outcome {
            Deactivated::Freed => assert!(number < 6, "{number}"),
            Deactivated::FreesLater { frees_at } => {
                assert_eq!(number, 6);
                held = Some(frees_at);
            }
            other => panic!("{other:?}"),
        }
        computer.restore(&before);
        pretenders.push(computer);
        time.pass(Seconds::HOUR);
    }
    let run = |all: &[Computer]| all.iter().filter(|c| runs(c.state())).count();
    assert_eq!(run(&pretenders), 1 + 6, "one seat and the moves of a year");

    // The seat is free when the last of them is over, and by then all are.
    let frees_at = held.unwrap();
    time.pass(frees_at.since(time.now()));
    for pretender in &pretenders {
        let _ = pretender.client().take_emergency(&cad());
    }
    assert_eq!(run(&pretenders), 0);
    let next = Computer::of(&acme, "cad-07", &time);
    next.activate(&acme, &sold.code);
    let before = next.snapshot();
    let outcome = acme.take_back(&next.deactivate().unwrap().bytes);
    assert!(
        matches!(outcome, Deactivated::FreesLater { .. }),
        "a year has not passed"
    );
    next.restore(&before);
    let told = acme.refuses(
        &Computer::of(&acme, "cad-08", &time)
            .request(&sold.code)
            .unwrap()
            .bytes,
    );
    assert_eq!(told, Code::NoFreeSeat);
}

#[test]
fn a_computer_reported_lost_runs_until_its_grant_is_over_and_its_key_is_blocked() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let lost = Computer::of(&acme, "cad-01", &time);
    lost.activate(&acme, &sold.code);
    let activation = lost.standing().grant.unwrap().activation;
    acme.release_lost(activation).unwrap();
    Computer::of(&acme, "cad-02", &time).activate(&acme, &sold.code);
    assert_eq!(acme.refuses_refresh(activation), Code::ActivationReleased);
    let issued = time.now();
    let last = lost.last_run(HALF_A_DAY, Seconds::days(60)).unwrap();
    assert_eq!(last.plus(HALF_A_DAY), issued.plus(Terms::MOST));
    let told = acme.refuses(&lost.request(&sold.code).unwrap().bytes);
    assert_eq!(told, Code::DeviceBlocked);
    let late = acme.take_back(&lost.deactivate().unwrap().bytes);
    assert!(matches!(late, Deactivated::Recorded { .. }), "{late:?}");
}

#[test]
fn computers_are_reported_lost_twice_a_year_at_most() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    for number in 0..3 {
        let computer = Computer::of(&acme, &format!("cad-{number:02}"), &time);
        computer.activate(&acme, &sold.code);
        let activation = computer.standing().grant.unwrap().activation;
        let released = acme.release_lost(activation);
        match number {
            0 | 1 => released.unwrap(),
            _ => assert_eq!(released.unwrap_err().code(), Code::ReleaseCapReached),
        }
    }
}
