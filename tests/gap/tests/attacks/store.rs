//! The files of a store, deleted, put back, or brought from elsewhere.

use std::path::Path;

use keyferry_authority::Received;
use keyferry_catalogue::Code;
use keyferry_fixtures::FakeMachine;
use keyferry_gap::{Computer, Snapshot, Time, VendorSide, runs};
use keyferry_token::Seconds;

/// What happens to a file behind everyone's back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    Deleted,
    PutBack,
}

const FATES: [Fate; 3] = [Fate::Kept, Fate::Deleted, Fate::PutBack];
const FILES: [&str; 3] = ["state", "state.previous", "key"];

fn befall(fate: Fate, computer: &Computer, file: &str, before: &Snapshot) {
    match fate {
        Fate::Kept => {}
        Fate::Deleted => Snapshot::default().restore_file(&computer.home(), Path::new(file)),
        Fate::PutBack => before.restore_file(&computer.home(), Path::new(file)),
    }
}

/// A computer with another one's store and machine: whatever is tried on it, the first stays as it is.
fn twin(of: &Computer) -> Computer {
    of.copied_to(of.machine.clone())
}

/// Lets every fate befall every file after a step that ends a license. What still runs is the whole
/// store as it was, and nothing else.
fn every_subset(computer: &Computer, before: &Snapshot, mut then: impl FnMut(&Computer, bool)) {
    let mut ran = Vec::new();
    for fates in (0..27).map(|n| [FATES[n % 3], FATES[n / 3 % 3], FATES[n / 9]]) {
        let tried = twin(computer);
        for (file, fate) in FILES.iter().zip(fates) {
            befall(fate, &tried, file, before);
        }
        let whole = fates[0] == Fate::PutBack && fates[1] == Fate::PutBack;
        let runs = runs(tried.state());
        assert_eq!(runs, whole && fates[2] != Fate::Deleted, "{fates:?}");
        if runs {
            ran.push(fates);
        }
        then(&tried, runs);
    }
    assert_eq!(ran.len(), 2, "the key never changes: {ran:?}");
}

#[test]
fn store_files_deleted_or_put_back_in_any_combination_after_a_deactivation_run_nothing() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let held = computer.standing().grant.unwrap().activation;
    let before = computer.snapshot();
    acme.take_back(&computer.deactivate().unwrap().bytes);
    // The seat is sold on: whoever gets anything from here on would be one too many.
    Computer::of(&acme, "cad-02", &time).activate(&acme, &sold.code);

    every_subset(&computer, &before, |tried, runs| {
        assert_eq!(acme.refuses_refresh(held), Code::ActivationDeactivated);
        if runs {
            // A whole store that was put back is a snapshot: see there for how long it runs.
            return;
        }
        if tried.client().vendors().unwrap().is_empty() {
            tried.trust(&acme);
        }
        let asked = tried.request_anew(&sold.code).unwrap();
        let told = acme.refuses(&asked.bytes);
        assert!(
            [Code::NoFreeSeat, Code::RequestForked].contains(&told),
            "{told:?}"
        );
        assert_eq!(acme.seats_used(&sold), 1);
    });
}

#[test]
fn store_files_deleted_or_put_back_in_any_combination_after_a_revocation_run_nothing() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let held = computer.standing().grant.unwrap().activation;
    let before = computer.snapshot();
    acme.revoke(&sold);
    computer.apply(&acme.refresh(held).unwrap()).unwrap();
    assert_eq!(computer.reason(), Some(Code::Revoked));

    every_subset(&computer, &before, |tried, runs| {
        // The vendor looks at one code a few times an hour.
        time.pass(Seconds::HOUR);
        if runs {
            // What the vendor says next ends it again.
            tried.apply(&acme.refresh(held).unwrap()).unwrap();
            assert_eq!(tried.reason(), Some(Code::Revoked));
        }
        if tried.client().vendors().unwrap().is_empty() {
            tried.trust(&acme);
        }
        let asked = tried.request_anew(&sold.code).unwrap();
        assert_eq!(acme.refuses(&asked.bytes), Code::EntitlementRevoked);
    });
}

#[test]
fn a_store_that_starts_anew_holds_nothing_and_takes_no_second_seat() {
    // On Linux a deleted store leaves no trace, so the computer looks like a new one.
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(3);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    for counted in 1..=3 {
        computer.wipe();
        assert_eq!(computer.reason(), Some(Code::ProductNotHere));
        computer.trust(&acme);
        computer.activate(&acme, &sold.code);
        assert_eq!(
            acme.seats_used(&sold),
            1,
            "the same hardware, the same seat"
        );
        assert_eq!(acme.logged("activation_rebound"), counted);
    }
    computer.wipe();
    computer.trust(&acme);
    let told = acme.refuses(&computer.request(&sold.code).unwrap().bytes);
    assert_eq!(told, Code::ReactivationCapReached);
}

#[test]
fn the_stores_folder_copied_to_another_computer_runs_nothing_there() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(2);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let held = computer.standing().grant.unwrap().activation;
    let thief = computer.copied_to(FakeMachine::new("cad-66"));
    assert_eq!(thief.reason(), Some(Code::WrongDevice));
    assert_eq!(thief.deactivate().unwrap_err().code(), Code::WrongDevice);
    // It has the original's key, so it can read the original's refresh; it is no use to it.
    thief.apply(&acme.refresh(held).unwrap()).unwrap();
    assert_eq!(thief.reason(), Some(Code::WrongDevice));
    assert!(runs(computer.state()));

    // Activated there, it takes the original's seat along, and the vendor sees it.
    let answer = acme.receive(&thief.request(&sold.code).unwrap().bytes);
    let Received::Answered(answer) = answer else {
        panic!("{answer:?}");
    };
    thief.apply(&answer.sealed.bytes).unwrap();
    assert_eq!(acme.seats_used(&sold), 1);
    assert_eq!(acme.logged("activation_rebound"), 1);
    assert_eq!(acme.refuses_refresh(held), Code::ActivationSuperseded);
}

#[test]
fn files_of_another_computer_are_damage_or_no_answer_here() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(2);
    let [computer, neighbour] = ["cad-01", "cad-02"].map(|name| Computer::of(&acme, name, &time));
    computer.activate(&acme, &sold.code);
    let answer = acme.answer(&neighbour.request(&sold.code).unwrap().bytes);
    assert_eq!(computer.refuses(&answer), Code::AnswerForOtherDevice);
    neighbour.apply(&answer).unwrap();

    let (own, others) = (computer.snapshot(), neighbour.snapshot());
    for file in ["state", "key"] {
        others.restore_file(&computer.home(), Path::new(file));
        assert_eq!(computer.reason(), Some(Code::StoreDamaged), "{file}");
        own.restore(&computer.home());
        assert!(runs(computer.state()));
    }
    // All of them at once are the neighbour's store, which does not fit this machine.
    others.restore(&computer.home());
    assert_eq!(computer.reason(), Some(Code::WrongDevice));
}

#[test]
fn an_older_state_beneath_a_refresh_gives_way_to_it() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &acme.sell(1).code);
    let (older, held) = (computer.snapshot(), computer.standing().grant.unwrap());
    time.pass(Seconds::days(1));
    computer
        .apply(&acme.refresh(held.activation).unwrap())
        .unwrap();
    let newer = computer.standing().grant.unwrap();
    older.restore_file(&computer.home(), Path::new("state"));
    assert_eq!(
        computer.standing().grant.unwrap(),
        newer,
        "it is in both generations"
    );
    assert!(newer.sequence > held.sequence);
}

#[test]
fn an_older_state_beneath_a_newer_one_is_damage_and_its_repair_takes_no_second_seat() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(2);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let older = computer.snapshot();
    for _ in 0..3 {
        time.pass(Seconds::days(1));
        computer.state();
    }
    older.restore_file(&computer.home(), Path::new("state"));
    assert_eq!(computer.reason(), Some(Code::StoreDamaged));
    computer.activate(&acme, &sold.code);
    assert_eq!(acme.seats_used(&sold), 1);
    assert_eq!(acme.logged("activation_renewed"), 1);
}
