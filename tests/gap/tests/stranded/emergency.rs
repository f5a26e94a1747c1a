//! A run that the vendor allowed in advance, for when nobody can be asked.

use keyferry_catalogue::Code;
use keyferry_client::Action;
use keyferry_gap::{Computer, Terms, Time, VendorSide, runs};
use keyferry_token::{Seconds, State, TokenKind};

#[test]
fn an_emergency_run_bridges_the_time_and_is_told_with_whatever_comes_next() {
    for kind in [
        TokenKind::ActivationRequest,
        TokenKind::Deactivation,
        TokenKind::Status,
    ] {
        let time = Time::default();
        let acme = VendorSide::acme(&time);
        let sold = acme.sell(1);
        let computer = Computer::of(&acme, "cad-01", &time);
        computer.activate(&acme, &sold.code);
        let held = computer.standing().grant.unwrap().activation;
        time.pass(Seconds::days(40));
        assert_eq!(computer.reason(), Some(Code::LeaseEnded));
        assert!(computer.standing().actions.contains(&Action::Emergency));
        let taken = computer.client().take_emergency(&computer.product).unwrap();
        assert_eq!(taken.standing.state, State::Emergency);
        let begun = time.now();
        time.pass(Seconds::days(2));
        assert!(runs(computer.state()));
        acme.receive(&computer.makes(kind, &sold.code));
        assert_eq!(acme.logged("emergency_told"), 1, "{}", kind.name());
        let told = acme.log().pop().unwrap();
        let entries = acme.log();
        let told = entries
            .iter()
            .find(|e| e.action == "emergency_told")
            .unwrap_or(&told);
        assert!(
            told.detail.contains(&begun.unix().to_string()),
            "{}",
            told.detail
        );
        assert_eq!(acme.record(held).activation.emergency_runs, [begun]);
    }
}

#[test]
fn an_emergency_run_is_told_once_and_the_next_grant_brings_its_own() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    time.pass(Seconds::days(38));
    computer.client().take_emergency(&computer.product).unwrap();
    computer.activate_again(&acme, &sold.code);
    assert_eq!(acme.logged("emergency_told"), 1);
    time.pass(Terms::MOST);
    let facts = computer.standing().emergency.unwrap();
    assert_eq!(facts.uses_left, Terms::RUNS);
    computer.activate_again(&acme, &sold.code);
    assert_eq!(acme.logged("emergency_told"), 1, "nothing new to tell");
}
