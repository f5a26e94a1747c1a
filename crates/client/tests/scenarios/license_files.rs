//! License files on USB keys and on the computer: what runs, where, and what does not.

use std::{fs, time::Duration};

use keyferry_catalogue::Code;
use keyferry_client::{Action, Applied, LicensePlace, VendorFault};
use keyferry_device::{Machine as _, usb::UsbEvent};
use keyferry_fixtures::{FakeKey, FakeMachine, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{Binding, ComponentKind, License, LicenseTerm, SeatStatus, Seconds};

use crate::desk::{Desk, copy_store};

const SERIAL: &str = "4C530001230412109284";
const OTHER: &str = "4C530001230412109999";

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn for_key(key: &FakeKey) -> License {
    acme().license_for_key(NOW, &key.id())
}

/// A computer that trusts Acme, and a key with a license for it, not plugged in.
fn with_key() -> (Desk, FakeKey, License) {
    let key = FakeKey::new(SERIAL);
    let license = for_key(&key);
    key.put("com.acme.cad.lic", acme().sign(&license));
    (Desk::with_acme("cad-07"), key, license)
}

fn added(desk: &Desk, license: &License) -> bool {
    let text = acme().sign(license);
    match desk.apply(text.as_bytes()).unwrap() {
        Applied::LicenseAdded(added) => !added.already_there,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_license_on_its_usb_key_runs_the_program() {
    let (desk, key, license) = with_key();
    assert_eq!(desk.reason(), Some(Code::NotActivated));
    let place = desk.usb.plug(&key);
    let found = desk.standing();
    assert_eq!(found.standing.state, State::Licensed);
    assert_eq!(found.standing.until, Some(NOW.plus(Seconds::days(30))));
    assert!(found.by_license);
    assert_eq!(found.actions, [Action::Help]);
    let held = found.license.unwrap();
    assert_eq!(held.read.license, license);
    let file = key.path("com.acme.cad.lic");
    assert_eq!(held.place, LicensePlace::Key { place, file });
    assert_eq!(desk.client().products().unwrap().len(), 1);
    assert_eq!(desk.client().usb_keys().unwrap()[0].licenses.len(), 1);
}

#[test]
fn a_key_that_is_pulled_while_the_program_runs_stops_it_and_put_back_it_runs_again() {
    let (desk, key, _) = with_key();
    let place = desk.usb.plug(&key);
    let client = desk.client();
    let mut watch = client.watch_usb().unwrap();
    assert_eq!(watch.present().len(), 1);
    assert_eq!(desk.state(), State::Licensed);

    desk.usb.pull(&place);
    let events = watch.next(Duration::from_secs(5)).unwrap();
    assert!(matches!(&events[..], [UsbEvent::Pulled(pulled)] if pulled.place == place));
    let found = client.standing(&TestVendor::product()).unwrap();
    assert_eq!(found.standing.reason(), Some(Code::UsbKeyMissing));
    assert_eq!((found.key_away, found.license), (Some(key.id()), None));
    assert_eq!(client.products().unwrap().len(), 1, "it is asked for");
    // What a stale mount still gives to whoever reads it is no key.
    let file = key.path("com.acme.cad.lic");
    assert!(fs::read(&file).is_ok());
    let read = client.check_license(&TestVendor::product(), Some(&file));
    assert_eq!(read.unwrap().standing.reason(), Some(Code::UsbKeyMissing));
    let none = client.check_license(&TestVendor::product(), None);
    assert_eq!(none.unwrap_err().code(), Code::UsbKeyMissing);

    desk.usb.plug(&key);
    assert_eq!(watch.next(Duration::from_secs(5)).unwrap().len(), 1);
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn a_copy_of_the_file_on_another_key_or_on_the_computer_does_not_count() {
    let (desk, key, license) = with_key();
    let other = FakeKey::new(OTHER);
    let copy = other.put("com.acme.cad.lic", acme().sign(&license));
    let place = desk.usb.plug(&other);
    assert_eq!(desk.reason(), Some(Code::WrongUsbKey));
    assert_eq!(desk.client().products().unwrap().len(), 1);
    desk.usb.pull(&place);
    assert_eq!(
        desk.reason(),
        Some(Code::NotActivated),
        "not asked for later"
    );
    assert_eq!(desk.client().products().unwrap(), []);
    desk.usb.plug(&other);
    // Beside its own key the copy is still one.
    desk.usb.plug(&key);
    let product = TestVendor::product();
    let check = |file| desk.client().check_license(&product, Some(file)).unwrap();
    assert_eq!(check(&copy).standing.reason(), Some(Code::WrongUsbKey));
    let on_disk = desk.path("copy.lic");
    fs::write(&on_disk, acme().sign(&license)).unwrap();
    let found = check(&on_disk);
    assert_eq!(found.standing.reason(), Some(Code::LicenseBelongsOnKey));
    assert_eq!(found.place, LicensePlace::File(on_disk));
    assert_eq!(desk.state(), State::Licensed, "its own key is there");
}

#[test]
fn a_whole_key_copied_to_another_one_does_not_count() {
    let (desk, key, license) = with_key();
    // The same files, label and volume UUID; the device is another one.
    let clone = FakeKey::new(OTHER);
    clone.put("com.acme.cad.lic", acme().sign(&license));
    clone.put("com.acme.cad.b.lic", acme().sign(&license));
    desk.usb.plug(&clone);
    let found = desk.client().usb_keys().unwrap().remove(0);
    assert_eq!(found.key.volumes[0].uuid.as_deref(), Some("CAFE-1234"));
    assert_eq!(desk.reason(), Some(Code::WrongUsbKey));
    assert_eq!(found.licenses[0].standing.reason(), Some(Code::WrongUsbKey));
    // Nor does a key of the same model and number, and another size.
    let larger = FakeKey::new(SERIAL).with(|says| says.capacity = Some(64_000_000_000));
    larger.put("com.acme.cad.lic", acme().sign(&license));
    desk.usb.plug(&larger);
    assert_eq!(desk.reason(), Some(Code::WrongUsbKey));
    desk.usb.plug(&key);
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn a_system_that_reads_the_serial_number_in_small_letters_sees_the_same_key() {
    let (desk, key, _) = with_key();
    let lower = format!(" {} ", SERIAL.to_lowercase());
    desk.usb.plug(&key.with(|says| says.serial = Some(lower)));
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn of_two_keys_with_one_serial_number_the_one_with_the_file_counts_and_both_are_rated_weak() {
    let (desk, key, _) = with_key();
    let twin = FakeKey::new(SERIAL);
    desk.usb.plug(&twin);
    assert_eq!(desk.reason(), Some(Code::NotActivated));
    let place = desk.usb.plug(&key);
    assert_eq!(desk.state(), State::Licensed);
    let keys = desk.client().usb_keys().unwrap();
    assert!(
        keys.iter()
            .all(|key| key.rating.reason.name() == "shared_serial")
    );
    assert_eq!(keys.iter().map(|key| key.licenses.len()).sum::<usize>(), 1);
    let named = desk.client().find_key(&key.id().to_string());
    assert_eq!(named.unwrap_err().code(), Code::UsbKeyAmbiguous);
    // The other one is taken for it, and has no license file.
    desk.usb.pull(&place);
    assert_eq!(desk.reason(), Some(Code::NotActivated));
}

#[test]
fn several_licenses_on_several_keys_count_each_for_itself() {
    let (desk, key, _) = with_key();
    let cam = License {
        product: "com.acme.cam".parse().unwrap(),
        ..for_key(&key)
    };
    key.put("com.acme.cam.lic", acme().sign(&cam));
    let longer = FakeKey::new(OTHER);
    let license = License {
        term: LicenseTerm::Perpetual,
        ..for_key(&longer)
    };
    longer.put("mine.LIC", acme().sign(&license));
    desk.usb.plug(&key);
    let place = desk.usb.plug(&longer);
    let products = desk.client().products().unwrap();
    let codes: Vec<String> = products.iter().map(|p| p.product.to_string()).collect();
    assert_eq!(codes, ["com.acme.cad", "com.acme.cam"]);
    assert!(products.iter().all(|found| found.standing.state.runs()));
    assert_eq!(
        desk.standing().standing.until,
        None,
        "the one that lasts longest"
    );
    desk.usb.pull(&place);
    assert_eq!(
        desk.standing().standing.until,
        Some(NOW.plus(Seconds::days(30)))
    );
}

#[test]
fn of_several_keys_the_one_that_is_away_is_asked_for_and_one_that_is_there_is_not() {
    let (desk, key, _) = with_key();
    let other = FakeKey::new(OTHER);
    let longer = License {
        term: LicenseTerm::Perpetual,
        ..for_key(&other)
    };
    other.put("com.acme.cad.lic", acme().sign(&longer));
    desk.usb.plug(&key);
    let place = desk.usb.plug(&other);
    assert_eq!(desk.standing().key_away, None);
    desk.clock.pass(Seconds::days(50));
    assert_eq!(desk.state(), State::Licensed);
    desk.usb.pull(&place);
    let found = desk.standing();
    assert_eq!(found.standing.reason(), Some(Code::UsbKeyMissing));
    assert_eq!(found.key_away, Some(other.id()));
    let ended = found.license.unwrap().standing;
    assert_eq!(ended.reason(), Some(Code::LicenseEnded));

    // Plugged in without its file, it is not a key that is missing.
    fs::remove_file(other.path("com.acme.cad.lic")).unwrap();
    desk.usb.plug(&other);
    assert_eq!(desk.reason(), Some(Code::LicenseEnded));
    fs::remove_file(key.path("com.acme.cad.lic")).unwrap();
    assert_eq!(desk.reason(), Some(Code::NotActivated));
    let none = desk.client().check_license(&TestVendor::product(), None);
    assert_eq!(none.unwrap_err().code(), Code::LicenseNotFound);
}

#[test]
fn a_portable_license_runs_on_one_machine_after_another() {
    let (_, key, _) = with_key();
    let unbound = FakeKey::new(OTHER);
    let license = acme().license(NOW, Binding::Unbound);
    unbound.put("com.acme.cad.lic", acme().sign(&license));
    for portable in [key, unbound] {
        for machine in ["cad-01", "cad-02", "cad-01"] {
            let desk = Desk::with_acme(machine);
            let place = desk.usb.plug(&portable);
            assert_eq!(desk.state(), State::Licensed, "{machine}");
            desk.usb.pull(&place);
            assert_eq!(desk.reason(), Some(Code::UsbKeyMissing), "{machine}");
        }
    }
}

#[test]
fn its_end_and_grace_are_told_from_the_file() {
    let (desk, key, _) = with_key();
    desk.usb.plug(&key);
    desk.clock.pass(Seconds::days(20));
    let found = desk.standing();
    assert!(found.end_is_near);
    assert_eq!(found.days_left, Some(10));
    desk.clock.pass(Seconds::days(10));
    assert_eq!(desk.state(), State::Grace);
    desk.clock.pass(Seconds::days(7));
    assert_eq!(desk.state(), State::Expired);
    assert_eq!(desk.reason(), Some(Code::LicenseEnded));
    // The clock was seen that late: set back it gives no time.
    desk.clock.set(NOW.plus(Seconds::days(2)));
    assert_eq!(desk.reason(), Some(Code::LicenseClockBehind));
}

#[test]
fn a_license_that_was_stopped_by_a_newer_file_does_not_come_back_with_an_older_one() {
    for (status, code) in [
        (SeatStatus::Suspended, Code::Suspended),
        (SeatStatus::Revoked, Code::Revoked),
    ] {
        let (desk, key, license) = with_key();
        let place = desk.usb.plug(&key);
        assert_eq!(desk.state(), State::Licensed);
        let stopped = License {
            status,
            ..TestVendor::reissued(&license, NOW.plus(Seconds::new(5)))
        };
        // Only one of the two slots was brought up to date: the higher number counts.
        key.put("com.acme.cad.b.lic", acme().sign(&stopped));
        assert_eq!(desk.reason(), Some(code));
        fs::remove_file(key.path("com.acme.cad.b.lic")).unwrap();
        assert_eq!(desk.reason(), Some(Code::LicenseSuperseded));
        desk.usb.pull(&place);
        desk.usb.plug(&key);
        assert_eq!(desk.reason(), Some(Code::LicenseSuperseded));
        // Another computer has not seen it.
        let other = Desk::with_acme("cad-08");
        other.usb.plug(&key);
        assert_eq!(other.state(), State::Licensed);
    }
}

#[test]
fn a_newer_file_that_was_checked_replaces_the_older_one_too() {
    let (desk, key, license) = with_key();
    desk.usb.plug(&key);
    assert_eq!(desk.state(), State::Licensed);
    let revoked = License {
        status: SeatStatus::Revoked,
        ..TestVendor::reissued(&license, NOW)
    };
    let file = desk.path("revoked.lic");
    fs::write(&file, acme().sign(&revoked)).unwrap();
    let product = TestVendor::product();
    let found = desk.client().check_license(&product, Some(&file)).unwrap();
    assert_eq!(found.standing.reason(), Some(Code::Revoked));
    assert_eq!(desk.reason(), Some(Code::LicenseSuperseded));
}

#[test]
fn an_older_file_on_one_key_is_superseded_by_a_newer_one_on_another() {
    let (desk, key, license) = with_key();
    let other = FakeKey::new(SERIAL);
    let newer = TestVendor::reissued(&license, NOW.plus(Seconds::days(1)));
    other.put("com.acme.cad.lic", acme().sign(&newer));
    desk.usb.plug(&key);
    desk.usb.plug(&other);
    assert_eq!(desk.state(), State::Licensed);
    let keys = desk.client().usb_keys().unwrap();
    let reasons: Vec<_> = keys
        .iter()
        .map(|key| key.licenses[0].standing.reason())
        .collect();
    assert_eq!(reasons, [Some(Code::LicenseSuperseded), None]);
}

#[test]
fn a_damaged_slot_is_nobodys_concern_while_the_other_one_is_whole() {
    let (desk, key, license) = with_key();
    let text = acme().sign(&license);
    key.put("com.acme.cad.b.lic", &text[..text.len() / 2]);
    desk.usb.plug(&key);
    assert_eq!(desk.state(), State::Licensed);
    assert_eq!(desk.client().usb_keys().unwrap()[0].licenses.len(), 1);
    key.put("com.acme.cad.lic", b"");
    let found = desk.client().usb_keys().unwrap().remove(0).licenses;
    assert_eq!(found.len(), 1);
    assert!(found[0].license.is_err());
    assert!(!found[0].standing.state.runs());
}

#[test]
fn one_flipped_bit_or_another_vendors_key_runs_nothing() {
    let (desk, key, license) = with_key();
    desk.usb.plug(&key);
    let theirs = TestVendor::other();
    let forged = License {
        vendor: theirs.id(),
        ..license
    };
    let mut damaged = acme().sign(&forged).into_bytes();
    let middle = damaged.len() / 2;
    damaged[middle] = if damaged[middle] == b'A' { b'B' } else { b'A' };
    for content in [
        theirs.sign(&forged).into_bytes(),
        // Acme's key in another vendor's name.
        acme().sign(&forged).into_bytes(),
        damaged,
    ] {
        key.put("com.acme.cad.lic", content);
        assert_eq!(desk.reason(), Some(Code::NotActivated));
        let found = desk.client().usb_keys().unwrap().remove(0).licenses;
        assert_eq!(found[0].standing.state, State::Blocked);
        assert!(found[0].license.is_err(), "what it says is not shown");
    }
}

#[test]
fn a_file_may_be_a_license_for_this_computer_or_for_none_in_particular() {
    let desk = Desk::with_acme("cad-07");
    let present = desk
        .machine
        .fingerprint(&acme().id(), &TestVendor::product());
    for license in [
        acme().license_for_device(NOW, present),
        acme().license(NOW, Binding::Unbound),
    ] {
        let desk = Desk::with_acme("cad-07");
        assert!(added(&desk, &license));
        let seen = desk.seen();
        assert!(!added(&desk, &license), "twice is a friendly no-op");
        assert_eq!(desk.seen(), seen);
        let found = desk.standing();
        assert_eq!(found.standing.state, State::Licensed);
        let held = found.license.unwrap();
        assert_eq!(held.place, LicensePlace::Kept { added_at: NOW });
        assert_eq!(desk.client().products().unwrap().len(), 1);

        let older = desk.refused(acme().sign(&older_than(&license)).as_bytes());
        assert_eq!(older, Code::LicenseSuperseded);
        let revoked = License {
            status: SeatStatus::Revoked,
            ..TestVendor::reissued(&license, NOW)
        };
        assert!(added(&desk, &revoked));
        assert_eq!(desk.reason(), Some(Code::Revoked));
        let back = desk.refused(acme().sign(&license).as_bytes());
        assert_eq!(back, Code::LicenseSuperseded);
    }
}

fn older_than(license: &License) -> License {
    let mut older = license.clone();
    older.sequence.0 -= 1;
    older
}

#[test]
fn a_license_of_another_computer_a_stranger_or_a_key_is_not_added() {
    let desk = Desk::with_acme("cad-07");
    let seen = desk.seen();
    let other = FakeMachine::new("cad-08").fingerprint(&acme().id(), &TestVendor::product());
    let refused =
        |license: &License, vendor: &TestVendor| desk.refused(vendor.sign(license).as_bytes());
    assert_eq!(
        refused(&acme().license_for_device(NOW, other), acme()),
        Code::WrongDevice
    );
    let stranger = TestVendor::other();
    assert_eq!(
        refused(&stranger.license(NOW, Binding::Unbound), stranger),
        Code::UntrustedKey
    );
    assert_eq!(
        refused(&for_key(&FakeKey::new(SERIAL)), acme()),
        Code::LicenseBelongsOnKey
    );
    assert_eq!(desk.seen(), seen);
    let (desk, key, license) = with_key();
    desk.usb.plug(&key);
    assert!(!added(&desk, &license), "that key's own file");
}

#[test]
fn a_device_license_names_what_changed() {
    let mut desk = Desk::with_acme("cad-07");
    let present = desk
        .machine
        .fingerprint(&acme().id(), &TestVendor::product());
    assert!(added(&desk, &acme().license_for_device(NOW, present)));
    desk.machine = desk.machine.with(ComponentKind::Cpu, "another");
    let found = desk.standing();
    assert_eq!(found.standing.state, State::Licensed);
    assert_eq!(found.standing.changed, [ComponentKind::Cpu]);
    desk.machine = FakeMachine::new("cad-08");
    assert_eq!(desk.reason(), Some(Code::WrongDevice));
}

#[test]
fn an_activation_and_a_license_add_up_to_the_better_of_the_two() {
    let (desk, key, _) = with_key();
    desk.activate();
    let place = desk.usb.plug(&key);
    let found = desk.standing();
    assert!(
        !found.by_license,
        "both last as long; the activation is first"
    );
    assert!(found.grant.is_some() && found.license.is_some());
    let longer = License {
        term: LicenseTerm::Perpetual,
        ..for_key(&key)
    };
    key.put("longer.lic", acme().sign(&longer));
    let found = desk.standing();
    assert!(found.by_license);
    assert!(found.actions.contains(&Action::Deactivate));
    assert!(!found.actions.contains(&Action::Activate));
    // The seat can be given back while the license file runs the program.
    desk.deactivate();
    assert_eq!(desk.state(), State::Licensed);
    desk.usb.pull(&place);
    assert_eq!(desk.reason(), Some(Code::UsbKeyMissing));
}

#[test]
fn while_a_license_runs_no_emergency_run_is_wasted() {
    let (desk, key, _) = with_key();
    desk.seat(|grant| grant.emergency = Some(crate::desk::two_runs(NOW)));
    desk.clock.pass(Seconds::days(40));
    let license = License {
        term: LicenseTerm::Perpetual,
        ..for_key(&key)
    };
    key.put("com.acme.cad.lic", acme().sign(&license));
    let place = desk.usb.plug(&key);
    assert!(!desk.standing().actions.contains(&Action::Emergency));
    let take = || desk.client().take_emergency(&TestVendor::product());
    assert_eq!(take().unwrap_err().code(), Code::EmergencyNotNeeded);
    desk.usb.pull(&place);
    assert!(take().is_ok());
}

#[test]
fn a_vendor_whose_license_was_added_is_in_use_until_it_is_over() {
    let desk = Desk::with_acme("cad-07");
    assert!(added(&desk, &acme().license(NOW, Binding::Unbound)));
    let remove = || desk.client().remove_vendor(&acme().id());
    assert_eq!(remove(), Err(VendorFault::InUse));
    desk.clock.pass(Seconds::days(60));
    assert_eq!(remove(), Ok(()));
    desk.trust(acme());
    assert_eq!(desk.client().products().unwrap(), []);
}

#[test]
fn what_was_seen_outlasts_the_vendor_that_is_trusted_again() {
    let (desk, key, license) = with_key();
    let newer = TestVendor::reissued(&license, NOW.plus(Seconds::new(9)));
    key.put("com.acme.cad.lic", acme().sign(&newer));
    let place = desk.usb.plug(&key);
    assert_eq!(desk.state(), State::Licensed);
    desk.usb.pull(&place);
    desk.client().remove_vendor(&acme().id()).unwrap();
    desk.trust(acme());
    assert_eq!(desk.client().products().unwrap(), []);
    key.put("com.acme.cad.lic", acme().sign(&license));
    desk.usb.plug(&key);
    assert_eq!(desk.reason(), Some(Code::LicenseSuperseded));
}

#[test]
fn with_a_part_of_the_store_put_back_a_replaced_license_does_not_run_again() {
    let desk = Desk::with_acme("cad-07");
    let license = acme().license(NOW, Binding::Unbound);
    assert!(added(&desk, &license));
    let before = desk.path("before");
    copy_store(&desk.home(), &before);
    let revoked = License {
        status: SeatStatus::Revoked,
        ..TestVendor::reissued(&license, NOW)
    };
    assert!(added(&desk, &revoked));
    for put_back in ["state", "state.previous"] {
        let home = desk.path(&format!("with {put_back}"));
        copy_store(&desk.home(), &home);
        fs::copy(before.join(put_back), home.join(put_back)).unwrap();
        let found = desk.client_at(&home).standing(&TestVendor::product());
        assert!(!found.unwrap().standing.state.runs(), "{put_back}");
    }
    // A damaged store runs nothing, not from a key either.
    let key = FakeKey::new(SERIAL);
    key.put("com.acme.cad.lic", acme().sign(&for_key(&key)));
    desk.usb.plug(&key);
    assert_eq!(desk.state(), State::Licensed);
    fs::write(desk.home().join("state"), b"damaged").unwrap();
    assert_eq!(desk.reason(), Some(Code::StoreDamaged));
}

#[test]
fn where_nothing_is_licensed_looking_at_a_key_makes_no_store() {
    let desk = Desk::new("cad-07");
    let (_, key, _) = with_key();
    desk.usb.plug(&key);
    let keys = desk.client().usb_keys().unwrap();
    assert_eq!(
        keys[0].licenses[0].standing.reason(),
        Some(Code::UntrustedKey)
    );
    assert!(!desk.home().exists());
}

#[test]
fn a_system_that_does_not_tell_of_usb_keys_says_so_and_runs_what_needs_none() {
    let (desk, key, _) = with_key();
    desk.usb.plug(&key);
    assert_eq!(desk.state(), State::Licensed);
    desk.usb.silence(true);
    assert_eq!(desk.reason(), Some(Code::UsbKeyMissing));
    let keys = desk.client().usb_keys();
    assert_eq!(keys.unwrap_err().code(), Code::UsbUnavailable);
    assert!(added(&desk, &acme().license(NOW, Binding::Unbound)));
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn support_is_told_of_a_license_too() {
    let (desk, key, license) = with_key();
    desk.usb.plug(&key);
    let report = desk.client().report(keyferry_catalogue::Language::En).text;
    assert!(report.contains(&license.id.to_string()), "{report}");
    assert!(report.contains(&key.id().to_string()), "{report}");
    let product = TestVendor::product();
    let code = desk.client().status_code(Some(&product)).unwrap().code;
    let spoken = keyferry_token::StatusCode::read(&code.to_string());
    assert!(spoken.is_ok());
    let told = desk.client().inspect(acme().sign(&license).as_bytes());
    let told = told.unwrap().remove(0).unwrap();
    assert!(told.trusted);
    assert!(
        told.claims
            .iter()
            .any(|claim| claim.value == key.id().to_string())
    );
}

#[test]
fn a_golden_image_keeps_no_license_that_names_its_computer() {
    let desk = Desk::with_acme("cad-07");
    let present = desk
        .machine
        .fingerprint(&acme().id(), &TestVendor::product());
    assert!(added(&desk, &acme().license_for_device(NOW, present)));
    let portable = License {
        product: "com.acme.cam".parse().unwrap(),
        ..acme().license(NOW, Binding::Unbound)
    };
    assert!(added(&desk, &portable));
    desk.client().reset_before_imaging().unwrap();
    let left = desk.client().products().unwrap();
    let left: Vec<String> = left.iter().map(|found| found.product.to_string()).collect();
    assert_eq!(left, ["com.acme.cam"]);
}

#[test]
fn a_license_that_was_added_can_be_forgotten_and_added_again_but_none_that_is_older() {
    let desk = Desk::with_acme("cad-07");
    let license = acme().license(NOW, Binding::Unbound);
    let newer = TestVendor::reissued(&license, NOW);
    assert!(added(&desk, &license));
    assert!(added(&desk, &newer));
    assert_eq!(
        desk.client().remove_vendor(&acme().id()),
        Err(VendorFault::InUse)
    );
    let forgotten = desk.client().forget_license(&license.id).unwrap();
    assert_eq!(
        (forgotten.license, forgotten.product),
        (license.id, TestVendor::product())
    );
    assert_eq!(desk.client().products().unwrap(), []);
    let seen = desk.seen();
    let again = desk.client().forget_license(&license.id).unwrap_err();
    assert_eq!(again.code(), Code::LicenseNotKept);
    assert_eq!(desk.seen(), seen);

    let older = desk.refused(acme().sign(&license).as_bytes());
    assert_eq!(older, Code::LicenseSuperseded);
    assert!(added(&desk, &newer));
    assert_eq!(desk.state(), State::Licensed);
    desk.client().forget_license(&license.id).unwrap();
    assert_eq!(desk.client().remove_vendor(&acme().id()), Ok(()));
}

#[test]
fn a_license_that_fits_this_computer_no_more_keeps_no_vendor() {
    let mut desk = Desk::with_acme("cad-07");
    let present = desk
        .machine
        .fingerprint(&acme().id(), &TestVendor::product());
    assert!(added(&desk, &acme().license_for_device(NOW, present)));
    let remove = |desk: &Desk| desk.client().remove_vendor(&acme().id());
    assert_eq!(remove(&desk), Err(VendorFault::InUse));
    desk.machine = FakeMachine::new("cad-08");
    assert_eq!(desk.reason(), Some(Code::WrongDevice));
    assert_eq!(remove(&desk), Ok(()));
}
