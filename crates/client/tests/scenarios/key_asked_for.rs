//! Which USB key is asked for: one from which the license ran here, and for as long as plugging it in can
//! help.

use std::fs;

use keyferry_catalogue::Code;
use keyferry_device::Machine as _;
use keyferry_fixtures::{FakeKey, FakeMachine, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{Binding, License, SeatStatus, Seconds};

use crate::desk::Desk;

const FILE: &str = "com.acme.cad.lic";

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn any_key() -> FakeKey {
    FakeKey::new("4C530001230412109284")
}

/// What is told once a key with this license was there, and is pulled.
fn after(desk: &Desk, key: &FakeKey, license: &License) -> (Option<Code>, Option<Code>) {
    key.put(FILE, acme().sign(license));
    let place = desk.usb.plug(key);
    let there = desk.reason();
    desk.usb.pull(&place);
    (there, desk.reason())
}

#[test]
fn a_key_whose_license_never_ran_here_is_not_asked_for() {
    let other = FakeMachine::new("cad-08").fingerprint(&acme().id(), &TestVendor::product());
    let not_yet = License {
        not_before: NOW.plus(Seconds::days(3)),
        ..acme().license_for_key(NOW, &any_key().id())
    };
    let stopped = |status| License {
        status,
        ..acme().license_for_key(NOW, &any_key().id())
    };
    for (license, there) in [
        (acme().license_for_device(NOW, other), Code::WrongDevice),
        (not_yet, Code::LicenseNotYet),
        (stopped(SeatStatus::Suspended), Code::Suspended),
        (stopped(SeatStatus::Revoked), Code::Revoked),
    ] {
        let desk = Desk::with_acme("cad-07");
        let told = after(&desk, &any_key(), &license);
        assert_eq!(told, (Some(there), Some(Code::NotActivated)));
        assert_eq!(desk.client().products().unwrap(), []);
    }
}

#[test]
fn a_key_whose_license_was_stopped_or_ended_is_asked_for_no_more() {
    for status in [SeatStatus::Suspended, SeatStatus::Revoked] {
        let (desk, key) = (Desk::with_acme("cad-07"), any_key());
        let license = acme().license_for_key(NOW, &key.id());
        assert_eq!(after(&desk, &key, &license).1, Some(Code::UsbKeyMissing));
        let stopped = License {
            status,
            ..TestVendor::reissued(&license, NOW)
        };
        assert_eq!(after(&desk, &key, &stopped).1, Some(Code::NotActivated));
        // Reinstated, it is again.
        let again = License {
            status: SeatStatus::Active,
            ..TestVendor::reissued(&stopped, NOW)
        };
        assert_eq!(after(&desk, &key, &again).1, Some(Code::UsbKeyMissing));
    }
    let (desk, key) = (Desk::with_acme("cad-07"), any_key());
    let license = acme().license_for_key(NOW, &key.id());
    assert_eq!(after(&desk, &key, &license).1, Some(Code::UsbKeyMissing));
    desk.clock.pass(Seconds::days(40));
    let told = after(&desk, &key, &license);
    assert_eq!(told, (Some(Code::LicenseEnded), Some(Code::NotActivated)));
}

#[test]
fn a_license_that_is_kept_here_asks_for_no_key() {
    let (desk, key) = (Desk::with_acme("cad-07"), any_key());
    let license = acme().license(NOW, Binding::Unbound);
    assert_eq!(after(&desk, &key, &license).1, Some(Code::UsbKeyMissing));
    desk.apply(acme().sign(&license).as_bytes()).unwrap();
    assert_eq!(desk.standing().key_away, None);
    let revoked = License {
        status: SeatStatus::Revoked,
        ..TestVendor::reissued(&license, NOW)
    };
    desk.apply(acme().sign(&revoked).as_bytes()).unwrap();
    assert_eq!(desk.reason(), Some(Code::Revoked));
}

#[test]
fn a_license_that_moved_to_another_key_asks_for_that_one() {
    let (desk, key) = (Desk::with_acme("cad-07"), any_key());
    let license = acme().license_for_key(NOW, &key.id());
    assert_eq!(after(&desk, &key, &license).1, Some(Code::UsbKeyMissing));
    let next = FakeKey::new("4C530001230412109999");
    let moved = License {
        binding: acme().license_for_key(NOW, &next.id()).binding,
        ..TestVendor::reissued(&license, NOW)
    };
    // Where it does not run, the former key is not the one any more.
    assert_eq!(
        after(&desk, &key, &moved),
        (Some(Code::WrongUsbKey), Some(Code::NotActivated))
    );
    assert_eq!(
        after(&desk, &next, &moved),
        (None, Some(Code::UsbKeyMissing))
    );
    assert_eq!(desk.standing().key_away, Some(next.id()));
}

#[test]
fn of_two_keys_from_which_it_runs_the_one_that_was_first_stays_and_nothing_is_written_anew() {
    let (desk, key) = (Desk::with_acme("cad-07"), any_key());
    let license = acme().license(NOW, Binding::Unbound);
    let other = FakeKey::new("4C530001230412109999");
    for key in [&key, &other] {
        key.put(FILE, acme().sign(&license));
        desk.usb.plug(key);
        assert_eq!(desk.state(), State::Licensed);
    }
    let written = || fs::read(desk.home().join("state")).unwrap();
    let before = written();
    assert_eq!(desk.state(), State::Licensed);
    assert_eq!(written(), before);
}

#[test]
fn a_key_that_is_plugged_in_and_not_mounted_is_to_be_opened() {
    let (desk, key) = (Desk::with_acme("cad-07"), any_key());
    let license = acme().license_for_key(NOW, &key.id());
    assert_eq!(after(&desk, &key, &license).1, Some(Code::UsbKeyMissing));
    let place = desk.usb.plug(&key);
    desk.usb
        .change(&place, |says| says.volumes[0].mount_points.clear());
    let found = desk.standing();
    assert_eq!(found.standing.state, State::Blocked);
    assert_eq!(found.standing.reason(), Some(Code::UsbVolumeMissing));
    assert_eq!((found.by_license, found.key_away), (true, None));
    let none = desk.client().check_license(&TestVendor::product(), None);
    assert_eq!(none.unwrap_err().code(), Code::UsbVolumeMissing);
    desk.usb.change(&place, |says| says.volumes.clear());
    assert_eq!(desk.reason(), Some(Code::UsbVolumeMissing));
    // Open, and without the file, there is nothing to be opened.
    fs::remove_file(key.path(FILE)).unwrap();
    desk.usb.pull(&place);
    desk.usb.plug(&key);
    assert_eq!(desk.reason(), Some(Code::NotActivated));
}
