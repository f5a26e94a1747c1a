//! Tokens and computers that are lost.

use keyferry_authority::{ActivationStatus, AnswerOutcome, Received};
use keyferry_catalogue::Code;
use keyferry_client::Applied;
use keyferry_gap::{Computer, Rescue, Terms, Time, VendorSide, runs};
use keyferry_token::Seconds;

#[test]
fn a_lost_request_is_had_again_and_a_lost_answer_is_given_again() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    let lost = computer.request(&sold.code).unwrap();
    time.pass(Seconds::days(3));
    let again = computer.request(&sold.code).unwrap();
    assert_eq!(again.bytes, lost.bytes);
    let lost = acme.answer(&again.bytes);
    time.pass(Seconds::days(3));
    let Received::Answered(answer) = acme.receive(&again.bytes) else {
        panic!("not answered");
    };
    assert_eq!(answer.outcome, AnswerOutcome::Reissued);
    assert_eq!(answer.sealed.bytes, lost, "the same, byte for byte");
    computer.apply(&answer.sealed.bytes).unwrap();
    assert!(runs(computer.state()));
    assert_eq!(acme.seats_used(&sold), 1);
    // What was found later does no harm.
    let found = computer.apply(&lost);
    assert!(matches!(found, Ok(Applied::AlreadyApplied(_))));
}

#[test]
fn a_lost_refresh_is_followed_by_another() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &acme.sell(1).code);
    let held = computer.standing().grant.unwrap().activation;
    time.pass(Seconds::days(25));
    let lost = acme.refresh(held).unwrap();
    time.pass(Seconds::days(25));
    assert_eq!(
        computer.reason(),
        Some(Code::LeaseEnded),
        "no longer than it was given"
    );
    let taken = computer.apply(&acme.refresh(held).unwrap());
    assert!(matches!(taken, Ok(Applied::Refreshed { .. })), "{taken:?}");
    let until = computer.standing().standing.until;
    assert_eq!(until, Some(time.now().plus(Terms::LEASE)));
    assert_eq!(computer.refuses(&lost), Code::RefreshOlder, "found again");
}

#[test]
fn a_lost_deactivation_is_shown_again_until_the_vendor_has_it() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let lost = computer.deactivate().unwrap();
    time.pass(Seconds::days(9));
    let again = computer
        .client()
        .deactivation(&computer.product)
        .unwrap()
        .unwrap();
    assert_eq!(again.bytes, lost.bytes);
    acme.take_back(&again.bytes);
    assert_eq!(acme.seats_used(&sold), 0);
}

#[test]
fn a_dead_computers_seat_goes_to_another_one_at_once() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let dead = Computer::of(&acme, "cad-01", &time);
    dead.activate(&acme, &sold.code);
    let held = acme.activations(sold.entitlement.id)[0].id;
    drop(dead);
    let next = Computer::of(&acme, "cad-02", &time);
    let request = next.request(&sold.code).unwrap().bytes;
    let refusal = acme.refuse(&request).answer.unwrap();
    let told = next.apply(&refusal.bytes);
    let Ok(Applied::Refused { problem, .. }) = told else {
        panic!("{told:?}");
    };
    assert_eq!(problem.code, Code::NoFreeSeat);
    acme.release_lost(held).unwrap();
    next.apply(&acme.answer(&request)).unwrap();
    assert!(runs(next.state()), "with the very request that was refused");
    assert_eq!(acme.seats_used(&sold), 1);
    assert_eq!(
        acme.record(held).activation.status,
        ActivationStatus::Released
    );
}

#[test]
fn a_dead_computers_seat_can_be_taken_when_its_time_is_over_though_nobody_releases_it() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    Computer::of(&acme, "cad-01", &time).activate(&acme, &sold.code);
    let next = Computer::of(&acme, "cad-02", &time);
    let refused = acme.refuse(&next.request(&sold.code).unwrap().bytes);
    let free = refused.problem.arg("next_free").unwrap().to_owned();
    assert_eq!(free, time.now().plus(Terms::HELD).to_string());
    time.pass(Terms::HELD);
    next.activate(&acme, &sold.code);
    assert_eq!(acme.seats_used(&sold), 1);
}

#[test]
fn a_lost_computer_that_is_found_is_allowed_again_and_gets_a_free_seat() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let held = computer.standing().grant.unwrap().activation;
    acme.release_lost(held).unwrap();
    time.pass(Terms::MOST);
    let rescue = Rescue {
        vendor: &acme,
        sold: &sold,
        time: &time,
    };
    let rescued = rescue.of(&computer).unwrap();
    assert_eq!(
        rescued.told,
        [Code::LeaseEnded, Code::DeviceBlocked, Code::LeaseEnded]
    );
    assert_eq!(rescued.trips, 2);
    assert_eq!(acme.seats_used(&sold), 1);
    assert_ne!(computer.standing().grant.unwrap().activation, held);
}
