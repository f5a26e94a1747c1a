//! What was good once is brought again: at once, too late, in another order, somewhere else.

use keyferry_authority::Deactivated;
use keyferry_catalogue::Code;
use keyferry_client::Applied;
use keyferry_gap::{Computer, Terms, Time, VendorSide, runs};
use keyferry_token::{ActivationCode, Seconds};

/// A computer that is activated, and the answer by which it is.
fn activated(acme: &VendorSide, time: &Time) -> (Computer, ActivationCode, Vec<u8>) {
    let sold = acme.sell(2);
    let computer = Computer::of(acme, "cad-01", time);
    let answer = acme.answer(&computer.request(&sold.code).unwrap().bytes);
    computer.apply(&answer).unwrap();
    (computer, sold.code, answer)
}

#[test]
fn a_response_replayed_at_once_changes_nothing() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let (computer, _, answer) = activated(&acme, &time);
    let before = computer.snapshot();
    let again = computer.apply(&answer);
    assert!(matches!(again, Ok(Applied::AlreadyApplied(_))), "{again:?}");
    assert_eq!(computer.snapshot(), before);
}

#[test]
fn a_response_replayed_after_deactivation_brings_nothing_back() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let (computer, code, answer) = activated(&acme, &time);
    computer.deactivate().unwrap();
    assert_eq!(computer.refuses(&answer), Code::AnswersNothingOutstanding);
    // A request that waits makes another key, and is not what the old answer answers.
    computer.request(&code).unwrap();
    assert_eq!(computer.refuses(&answer), Code::AnswersNothingOutstanding);
    assert!(!runs(computer.state()));
}

#[test]
fn a_response_replayed_after_a_re_activation_does_not_take_its_place() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let (computer, code, answer) = activated(&acme, &time);
    acme.take_back(&computer.deactivate().unwrap().bytes);
    computer.activate(&acme, &code);
    let before = computer.snapshot();
    assert_eq!(computer.refuses(&answer), Code::AnswersNothingOutstanding);
    assert_eq!(computer.snapshot(), before);
}

#[test]
fn a_response_replayed_on_another_device_is_refused_there() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let (_, code, answer) = activated(&acme, &time);
    let other = Computer::of(&acme, "cad-02", &time);
    assert_eq!(other.refuses(&answer), Code::AnswerForOtherDevice);
    other.request(&code).unwrap();
    assert_eq!(other.refuses(&answer), Code::AnswerForOtherDevice);
    assert!(!runs(other.state()));
}

#[test]
fn a_refresh_replayed_at_once_after_deactivation_after_re_activation_and_elsewhere_does_nothing() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let (computer, code, _) = activated(&acme, &time);
    let other = Computer::of(&acme, "cad-02", &time);
    other.activate(&acme, &code);
    let held = computer.standing().grant.unwrap().activation;
    let refresh = acme.refresh(held).unwrap();
    computer.apply(&refresh).unwrap();
    let before = computer.snapshot();
    let again = computer.apply(&refresh);
    assert!(matches!(again, Ok(Applied::AlreadyApplied(_))), "{again:?}");
    assert_eq!(computer.snapshot(), before);
    assert_eq!(other.refuses(&refresh), Code::AnswerForOtherDevice);

    let kept_back = acme.refresh(held).unwrap();
    acme.take_back(&computer.deactivate().unwrap().bytes);
    for refresh in [&refresh, &kept_back] {
        assert_eq!(computer.refuses(refresh), Code::RefreshForOtherActivation);
        assert!(!runs(computer.state()));
    }
    computer.activate(&acme, &code);
    let before = computer.snapshot();
    for refresh in [&refresh, &kept_back] {
        assert_eq!(computer.refuses(refresh), Code::RefreshForOtherActivation);
    }
    assert_eq!(computer.snapshot(), before);
}

#[test]
fn an_old_refresh_after_a_newer_one_is_refused() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let (computer, _, _) = activated(&acme, &time);
    let held = computer.standing().grant.unwrap().activation;
    let older = acme.refresh(held).unwrap();
    time.pass(Seconds::days(5));
    let newer = acme.refresh(held).unwrap();
    computer.apply(&newer).unwrap();
    let before = computer.standing().standing.until;
    assert_eq!(computer.refuses(&older), Code::RefreshOlder);
    assert_eq!(computer.standing().standing.until, before);
}

#[test]
fn an_old_refresh_does_not_lift_a_suspension() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let held = computer.standing().grant.unwrap().activation;
    let older = acme.refresh(held).unwrap();
    acme.suspend(&sold);
    computer.apply(&acme.refresh(held).unwrap()).unwrap();
    assert_eq!(computer.reason(), Some(Code::Suspended));
    assert_eq!(computer.refuses(&older), Code::RefreshOlder);
    assert_eq!(computer.reason(), Some(Code::Suspended));
}

#[test]
fn a_deactivation_replayed_at_once_and_after_a_re_activation_frees_one_seat_once() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(2);
    let [computer, other] = ["cad-01", "cad-02"].map(|name| Computer::of(&acme, name, &time));
    computer.activate(&acme, &sold.code);
    other.activate(&acme, &sold.code);
    let deactivation = computer.deactivate().unwrap().bytes;
    assert_eq!(acme.take_back(&deactivation), Deactivated::Freed);
    assert_eq!(acme.take_back(&deactivation), Deactivated::Repeated);
    assert_eq!(acme.seats_used(&sold), 1);
    computer.activate(&acme, &sold.code);
    assert_eq!(acme.take_back(&deactivation), Deactivated::Repeated);
    assert_eq!(acme.seats_used(&sold), 2);
}

#[test]
fn a_late_deactivation_does_not_end_the_activation_that_came_after_it() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let late = computer.deactivate().unwrap().bytes;
    computer.activate(&acme, &sold.code);
    assert_eq!(acme.take_back(&late), Deactivated::Outdated);
    assert_eq!(acme.seats_used(&sold), 1);
    let held = computer.standing().grant.unwrap().activation;
    computer.apply(&acme.refresh(held).unwrap()).unwrap();
    assert!(runs(computer.state()), "its activation goes on");
}

#[test]
fn of_two_requests_answered_one_applied_and_deactivated_the_other_answer_is_worth_nothing() {
    for first_applied in [0, 1] {
        let time = Time::default();
        let acme = VendorSide::acme(&time);
        let sold = acme.sell(2);
        let computer = Computer::of(&acme, "cad-01", &time);
        let requests = [
            computer.request(&sold.code).unwrap().bytes,
            computer.request_anew(&sold.code).unwrap().bytes,
        ];
        let answers = requests.each_ref().map(|request| acme.answer(request));
        assert_eq!(acme.seats_used(&sold), 1, "one device, one seat");
        computer.apply(&answers[first_applied]).unwrap();
        let other = &answers[1 - first_applied];
        assert_eq!(computer.refuses(other), Code::AnswersNothingOutstanding);
        let deactivation = computer.deactivate().unwrap().bytes;
        assert_eq!(computer.refuses(other), Code::AnswersNothingOutstanding);
        assert_eq!(acme.take_back(&deactivation), Deactivated::Freed);
        assert_eq!(computer.refuses(other), Code::AnswersNothingOutstanding);
        assert!(!runs(computer.state()));
        // Nor do the requests get anything more from the vendor.
        for request in &requests {
            let told = acme.refuses(request);
            let ended = [Code::ActivationDeactivated, Code::RequestSuperseded];
            assert!(ended.contains(&told), "{told:?}");
        }
        assert_eq!(acme.seats_used(&sold), 0);
    }
}

#[test]
fn a_deactivation_withheld_ends_the_program_and_frees_nothing() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let held = computer.standing().grant.unwrap().activation;
    let made = computer.deactivate().unwrap();
    assert_eq!(computer.reason(), Some(Code::Deactivated));
    assert!(!runs(computer.state()));
    assert_eq!(
        computer.deactivate().unwrap().bytes,
        made.bytes,
        "shown again"
    );
    // The vendor does not know, so the seat is taken, and may even be refreshed: for nobody.
    let other = Computer::of(&acme, "cad-02", &time);
    let told = acme.refuses(&other.request(&sold.code).unwrap().bytes);
    assert_eq!(told, Code::NoFreeSeat);
    let refresh = acme.refresh(held).unwrap();
    assert_eq!(computer.refuses(&refresh), Code::RefreshForOtherActivation);
    assert!(!runs(computer.state()));
    // It goes on with the seat that is its own only by asking, and then as one that holds it.
    computer.activate(&acme, &sold.code);
    assert_eq!(acme.seats_used(&sold), 1);
    assert_eq!(acme.take_back(&made.bytes), Deactivated::Outdated);
}

#[test]
fn a_deactivation_after_the_lease_is_over_frees_no_second_seat() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let [computer, other] = ["cad-01", "cad-02"].map(|name| Computer::of(&acme, name, &time));
    computer.activate(&acme, &sold.code);
    time.pass(Terms::HELD);
    other.activate(&acme, &sold.code);
    let late = acme.take_back(&computer.deactivate().unwrap().bytes);
    assert!(matches!(late, Deactivated::Recorded { .. }), "{late:?}");
    assert_eq!(acme.seats_used(&sold), 1);
    let third = Computer::of(&acme, "cad-03", &time);
    let told = acme.refuses(&third.request(&sold.code).unwrap().bytes);
    assert_eq!(told, Code::NoFreeSeat);
}
