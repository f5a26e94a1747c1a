//! What the vendor decides arrives, with its reason, and can be taken back.

use keyferry_catalogue::{Code, Language};
use keyferry_client::{Action, Applied};
use keyferry_gap::{Computer, Terms, Time, VendorSide, runs};
use keyferry_token::Seconds;

#[test]
fn a_refused_request_says_why_on_the_computer_and_works_once_that_is_gone() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let [first, computer] = ["cad-01", "cad-02"].map(|name| Computer::of(&acme, name, &time));
    first.activate(&acme, &sold.code);
    let request = computer.request(&sold.code).unwrap();
    let refusal = acme.refuse(&request.bytes).answer.unwrap();
    assert!(matches!(
        computer.apply(&refusal.bytes),
        Ok(Applied::Refused { .. })
    ));
    let kept = computer.standing().request.unwrap().refused.unwrap();
    assert_eq!(kept.problem.code, Code::NoFreeSeat);
    assert!(!kept.problem.next_step(Language::En).is_empty());
    acme.take_back(&first.deactivate().unwrap().bytes);
    let again = computer.request(&sold.code).unwrap();
    assert_eq!(again.bytes, request.bytes, "the same request");
    computer.apply(&acme.answer(&again.bytes)).unwrap();
    assert!(runs(computer.state()));
    assert_eq!(computer.standing().request, None);
}

#[test]
fn what_was_suspended_by_a_refresh_is_reinstated_by_a_refresh() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let held = computer.standing().grant.unwrap().activation;
    acme.suspend(&sold);
    computer.apply(&acme.refresh(held).unwrap()).unwrap();
    assert_eq!(computer.reason(), Some(Code::Suspended));
    assert!(computer.standing().actions.contains(&Action::Refresh));
    // Asking does not help, and the computer is told so in words that say nothing of the code.
    let refused = acme.refuse(&computer.request(&sold.code).unwrap().bytes);
    assert_eq!(refused.problem.code, Code::ActivationCodeNotAccepted);
    acme.reinstate(&sold);
    computer.apply(&acme.refresh(held).unwrap()).unwrap();
    assert!(runs(computer.state()));
    assert_eq!(acme.seats_used(&sold), 1);
}

#[test]
fn a_request_that_came_while_it_was_suspended_is_answered_when_it_is_reinstated() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    acme.suspend(&sold);
    let request = computer.request(&sold.code).unwrap();
    computer
        .apply(&acme.refuse(&request.bytes).answer.unwrap().bytes)
        .unwrap();
    acme.reinstate(&sold);
    computer
        .apply(&acme.answer(&computer.request(&sold.code).unwrap().bytes))
        .unwrap();
    assert!(runs(computer.state()));
}

#[test]
fn a_renewed_entitlement_goes_on_by_a_refresh_also_after_its_end() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell_until(1, Some(time.now().plus(Seconds::days(20))));
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let held = computer.standing().grant.unwrap().activation;
    time.pass(Seconds::days(20));
    assert_eq!(computer.reason(), Some(Code::SubscriptionEnded));
    assert_eq!(acme.refuses_refresh(held), Code::EntitlementEnded);
    acme.renew(&sold, time.now().plus(Seconds::days(365)));
    computer.apply(&acme.refresh(held).unwrap()).unwrap();
    let until = computer.standing().standing.until;
    assert_eq!(until, Some(time.now().plus(Terms::LEASE)));
}

#[test]
fn a_damaged_store_is_repaired_by_asking_and_the_vendor_counts_no_rebind() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    computer.damage("state");
    assert_eq!(computer.reason(), Some(Code::StoreDamaged));
    assert!(computer.standing().actions.contains(&Action::Activate));
    computer.activate(&acme, &sold.code);
    assert_eq!(acme.logged("activation_rebound"), 0);
    assert_eq!(acme.logged("activation_renewed"), 1);
    assert_eq!(acme.seats_used(&sold), 1);
}
