//! A store whose files were deleted, put back or copied: never again after a final step, and no
//! longer than the vendor signed.

use std::{fs, path::Path};

use crate::desk::{Desk, copy_store, label, two_runs};
use keyferry_catalogue::Code;
use keyferry_client::{Fresh, TimeSource as _};
use keyferry_fixtures::{FakeMachine, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{SeatStatus, Seconds, Timestamp};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

/// What happens to a file behind everyone's back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Kept,
    Deleted,
    Emptied,
    PutBack,
}

const FATES: [Fate; 4] = [Fate::Kept, Fate::Deleted, Fate::Emptied, Fate::PutBack];
const FILES: [&str; 3] = ["state", "state.previous", "key"];

fn befall(fate: Fate, file: &Path, before: &Path) {
    match fate {
        Fate::Kept => {}
        Fate::Deleted => fs::remove_file(file).unwrap(),
        Fate::Emptied => fs::write(file, b"").unwrap(),
        Fate::PutBack => {
            fs::copy(before, file).unwrap();
        }
    }
}

/// Lets every fate befall every file after a step that ends a license, and looks whether it runs.
fn every_subset(desk: &Desk, before: &Path) {
    let after = desk.path("after");
    copy_store(&desk.home(), &after);
    let mut ran = Vec::new();
    for fates in (0..64).map(|n| [FATES[n % 4], FATES[n / 4 % 4], FATES[n / 16]]) {
        copy_store(&after, &desk.home());
        for (name, fate) in FILES.iter().zip(fates) {
            befall(fate, &desk.home().join(name), &before.join(name));
        }
        let client = desk.client();
        let standing = client.standing(&TestVendor::product());
        let runs = standing
            .as_ref()
            .is_ok_and(|found| found.standing.state.runs());
        if runs {
            ran.push(fates);
            continue;
        }
        // There is a way on: asking anew, after trusting the vendor again where that went, too.
        if client.vendors().unwrap().is_empty() {
            desk.trust(acme());
        }
        let asked = client.request_activation(&acme().code(), &label(), Fresh::Yes);
        let asked = asked.unwrap_or_else(|fault| panic!("{fates:?}: {fault}"));
        let answer = acme().respond(&asked.bytes, desk.clock.now()).bytes;
        desk.apply(&answer).unwrap();
        assert!(desk.state().runs(), "{fates:?}");
    }
    // The key does not change, so putting it back does nothing. What is left is the whole store as
    // it was, or what amounts to it: both generations away from what they became.
    for [state, previous, key] in &ran {
        assert_eq!(*state, Fate::PutBack, "{previous:?} {key:?}");
        assert!(matches!(previous, Fate::PutBack | Fate::Emptied));
        assert!(matches!(key, Fate::Kept | Fate::PutBack));
    }
    assert_eq!(ran.len(), 4, "{ran:?}");
}

#[test]
fn c4_after_a_deactivation_no_part_of_an_older_store_runs_again() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let before = desk.path("before");
    copy_store(&desk.home(), &before);
    desk.deactivate();
    every_subset(&desk, &before);
}

#[test]
fn c3_after_a_revocation_no_part_of_an_older_store_runs_again() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    let before = desk.path("before");
    copy_store(&desk.home(), &before);
    let revoked = seat.refresh(NOW, |grant| {
        grant.status = SeatStatus::Revoked;
        grant.lease_expires_at = None;
    });
    desk.apply(&revoked).unwrap();
    every_subset(&desk, &before);
}

#[test]
fn an_older_state_beneath_a_newer_one_is_noticed() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let aside = desk.path("aside");
    fs::copy(desk.home().join("state"), &aside).unwrap();
    for days in 1..=3 {
        desk.clock.set(NOW.plus(Seconds::days(days)));
        desk.standing();
    }
    fs::copy(&aside, desk.home().join("state")).unwrap();
    assert_eq!(desk.reason(), Some(Code::StoreDamaged));
    let request = desk.request(&acme().code());
    let opened = acme().open(&request.bytes);
    assert!(opened.number.0 > 1000, "past any number that was used");
}

#[test]
fn a_snapshot_from_before_a_deactivation_runs_no_longer_than_the_vendor_signed() {
    let desk = Desk::with_acme("cad-07");
    desk.seat(|grant| grant.emergency = Some(two_runs(NOW)));
    let snapshot = desk.path("snapshot");
    copy_store(&desk.home(), &snapshot);
    let made = desk.deactivate();
    copy_store(&snapshot, &desk.home());
    assert_eq!(desk.state(), State::Licensed, "what cannot be stopped here");

    let end = NOW.plus(Seconds::days(60));
    let mut last: Timestamp = NOW;
    let step = Seconds::new(12 * 3600);
    for half_days in 0..2 * 90 {
        desk.clock
            .set(NOW.plus(Seconds::new(half_days * step.get())));
        let _ = desk.client().take_emergency(&TestVendor::product());
        if desk.state().runs() {
            last = desk.clock.now();
        }
    }
    // Lease, grace, and two runs of three days taken one after the other.
    assert_eq!(last.plus(step), NOW.plus(Seconds::days(43)));
    assert!(last < end);
    // At the next contact its number tells the vendor that the store was put back.
    let request = acme().open(&desk.request(&acme().code()).bytes);
    let deactivation = acme().open_as::<keyferry_token::Deactivation>(&made.bytes);
    assert_eq!(request.number, deactivation.number);
    assert_ne!(request.id(), deactivation.id());
}

#[test]
fn a_store_on_another_machine_runs_nothing_and_gives_nothing_back() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    let mut thief = Desk::new("cad-99");
    copy_store(&desk.home(), &thief.home());
    assert_eq!(thief.reason(), Some(Code::WrongDevice));
    let plan = thief.client().deactivation_plan(&TestVendor::product());
    assert_eq!(plan.unwrap_err().code(), Code::WrongDevice);
    let refresh = seat.refresh(NOW, |_| {});
    thief.apply(&refresh).unwrap();
    assert_eq!(
        thief.reason(),
        Some(Code::WrongDevice),
        "nor does a refresh help"
    );
    thief.machine = FakeMachine::new("cad-07");
    assert!(thief.state().runs(), "the machine itself is what counts");
}

#[test]
fn another_machines_files_among_ones_own_are_damage() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let neighbour = Desk::with_acme("cad-08");
    neighbour.activate();
    for name in ["state", "key"] {
        let own = desk.path("own");
        copy_store(&desk.home(), &own);
        fs::copy(neighbour.home().join(name), desk.home().join(name)).unwrap();
        let told = match desk.client().standing(&TestVendor::product()) {
            Ok(found) => found.standing.reason(),
            Err(fault) => Some(fault.code()),
        };
        assert_eq!(told, Some(Code::StoreDamaged), "{name}");
        copy_store(&own, &desk.home());
    }
    let own = desk.home().join("state.previous");
    fs::copy(neighbour.home().join("state.previous"), own).unwrap();
    assert!(desk.state().runs(), "it is for damage only");
}
