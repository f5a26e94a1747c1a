//! Disk images: a computer that is made ready for one, and computers made from one that was not.

use std::{collections::BTreeSet, fs};

use crate::desk::{Desk, copy_store};
use keyferry_catalogue::Code;
use keyferry_client::Reset;
use keyferry_fixtures::{FakeMachine, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::Seconds;

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn reset(desk: &Desk) -> Result<Reset, Code> {
    desk.client()
        .reset_before_imaging()
        .map_err(|fault| fault.code())
}

/// Five computers with a copy of a store on each.
fn made_from(image: &Desk) -> Vec<Desk> {
    (1..=5)
        .map(|number| {
            let desk = Desk::new(&format!("clone-{number}"));
            copy_store(&image.home(), &desk.home());
            desk
        })
        .collect()
}

#[test]
fn while_something_is_activated_or_undelivered_nothing_is_forgotten() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let before = desk.seen();
    let fault = desk.client().reset_before_imaging().unwrap_err().problem();
    assert_eq!(fault.code, Code::StillActivated);
    assert_eq!(fault.arg("product"), Some("Acme CAD"));
    assert_eq!(desk.seen(), before);
    desk.deactivate();
    let before = desk.seen();
    assert_eq!(reset(&desk), Err(Code::DeactivationUndelivered));
    assert_eq!(desk.seen(), before);
    desk.client()
        .deactivation_delivered(&TestVendor::product())
        .unwrap();
    assert_eq!(reset(&desk), Ok(Reset::Done));
    assert_eq!(reset(&desk), Ok(Reset::Unchanged));
}

#[test]
fn an_expired_activation_is_still_one() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.clock.pass(Seconds::days(300));
    assert_eq!(reset(&desk), Err(Code::StillActivated));
}

#[test]
fn keys_and_requests_are_forgotten_vendors_and_the_floor_stay() {
    let desk = Desk::with_acme("cad-07");
    let before = acme().open(&desk.request(&acme().code()).bytes);
    desk.clock.pass(Seconds::days(100));
    desk.standing();
    fs::write(desk.home().join("state.damaged"), b"from a repair").unwrap();
    assert_eq!(reset(&desk), Ok(Reset::Done));
    assert!(!desk.home().join("state.damaged").exists());
    let client = desk.client();
    assert!(client.outstanding_all().unwrap().is_empty());
    assert!(client.device().unwrap().ids.is_empty());
    assert_eq!(client.vendors().unwrap().len(), 1);
    desk.clock.set(NOW);
    assert_eq!(
        client.clock_state().unwrap().latest_seen,
        Some(NOW.plus(Seconds::days(100)))
    );
    let after = acme().open(&desk.request(&acme().code()).bytes);
    assert_ne!(after.signing_key, before.signing_key);
    assert_eq!(after.number.0, 1);
}

#[test]
fn where_nothing_was_ever_done_a_reset_makes_nothing() {
    let desk = Desk::new("cad-07");
    assert_eq!(reset(&desk), Ok(Reset::Unchanged));
    assert!(!desk.home().exists());
}

#[test]
fn a_golden_image_that_was_reset_gives_each_computer_keys_of_its_own() {
    let image = Desk::with_acme("golden");
    image.request(&acme().code());
    reset(&image).unwrap();
    let code = acme().code();
    let devices: BTreeSet<String> = made_from(&image)
        .iter()
        .map(|desk| {
            let request = acme().open(&desk.request(&code).bytes);
            assert_eq!(request.number.0, 1);
            request.signing_key.device_id().to_string()
        })
        .collect();
    assert_eq!(devices.len(), 5);
}

#[test]
fn a_golden_image_that_was_activated_runs_on_the_original_only() {
    let image = Desk::with_acme("golden");
    image.activate();
    for desk in made_from(&image) {
        assert_eq!(desk.reason(), Some(Code::WrongDevice));
        assert_eq!(
            reset(&desk),
            Ok(Reset::Done),
            "it is the original's activation"
        );
        assert_eq!(desk.reason(), Some(Code::NotActivated));
    }
    assert_eq!(image.state(), State::Licensed);
}

#[test]
fn a_container_that_is_made_anew_each_time_is_one_device_for_as_long_as_its_store_is_kept() {
    // The store lies on a volume, the container around it comes and goes.
    let mut desk = Desk::with_acme("host");
    desk.activate();
    let volume = desk.path("volume");
    copy_store(&desk.home(), &volume);
    for _ in 0..3 {
        copy_store(&volume, &desk.home());
        assert_eq!(desk.state(), State::Licensed);
        copy_store(&desk.home(), &volume);
    }
    desk.machine = FakeMachine::new("another host");
    assert_eq!(desk.reason(), Some(Code::WrongDevice));
}
