//! License files and a clock that was wrong: nobody can be asked for the time, and a newer file of the
//! same license is the way on (rules, *A newer license file mends its own clock*).

use keyferry_catalogue::Code;
use keyferry_client::{Action, TimeSource as _};
use keyferry_fixtures::{FakeKey, FakeUptime, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{Binding, License, ProductCode, Seconds, Sequence, TimeRequest, Timestamp};

use crate::desk::Desk;

const FILE: &str = "com.acme.cad.lic";

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn later(days: u64) -> Timestamp {
    NOW.plus(Seconds::days(days))
}

/// A computer with a license on a USB key that is plugged in, and nothing else.
fn with_key() -> (Desk, FakeKey, License) {
    let desk = Desk::with_acme("cad-07");
    let key = FakeKey::new("4C530001230412109284");
    let license = acme().license_for_key(NOW, &key.id());
    key.put(FILE, acme().sign(&license));
    desk.usb.plug(&key);
    (desk, key, license)
}

/// The clock was ten years ahead, and is put right.
fn poison(desk: &Desk) {
    let now = desk.clock.now();
    desk.clock.set(later(3650));
    desk.standing();
    desk.clock.set(now);
}

fn add(desk: &Desk, license: &License) {
    desk.apply(acme().sign(license).as_bytes()).unwrap();
}

#[test]
fn a_computer_with_license_files_only_comes_out_of_a_wrong_clock_by_a_newer_file() {
    let (desk, key, license) = with_key();
    assert_eq!(desk.state(), State::Licensed);
    desk.clock.set(later(1));
    poison(&desk);
    assert_eq!(desk.reason(), Some(Code::LicenseClockBehind));
    // The same file, and setting the clock, do not help.
    key.put("again.lic", acme().sign(&license));
    assert_eq!(desk.reason(), Some(Code::LicenseClockBehind));

    let newer = TestVendor::reissued(&license, later(1));
    key.put(FILE, acme().sign(&newer));
    let found = desk.standing();
    assert_eq!(found.standing.state, State::Licensed);
    assert_eq!((found.days_left, found.end_is_near), (Some(29), false));
    assert!(!desk.client().clock_state().unwrap().behind);
    // From here on time passes as ever.
    desk.clock.set(later(31));
    assert_eq!(desk.state(), State::Grace);
    desk.clock.set(later(20));
    assert_eq!(desk.reason(), Some(Code::LicenseClockBehind));
    desk.clock.set(later(40));
    assert_eq!(desk.reason(), Some(Code::LicenseEnded));
}

#[test]
fn for_a_license_file_no_time_request_is_offered_or_made() {
    let (desk, _, _) = with_key();
    poison(&desk);
    let found = desk.standing();
    assert_eq!(found.standing.reason(), Some(Code::LicenseClockBehind));
    assert_eq!(found.actions, [Action::Activate, Action::Help]);
    let product = TestVendor::product();
    for product in [None, Some(&product)] {
        let refused = desk.client().request_time(product).unwrap_err();
        assert_eq!(refused.code(), Code::LicenseClockBehind);
    }
    let clock = desk.client().clock_state().unwrap();
    assert_eq!((clock.behind, clock.product), (true, Some(product)));
    assert_eq!(clock.reason, Some(Code::LicenseClockBehind));
    assert_eq!(clock.latest_seen, Some(later(3650)));
}

#[test]
fn a_license_that_was_added_is_mended_by_the_one_that_takes_its_place() {
    let desk = Desk::with_acme("cad-07");
    let license = acme().license(NOW, Binding::Unbound);
    // The clock was wrong before the first file came.
    poison(&desk);
    add(&desk, &license);
    assert_eq!(desk.reason(), Some(Code::LicenseClockBehind));
    add(&desk, &TestVendor::reissued(&license, later(0)));
    assert_eq!(desk.state(), State::Licensed);
    // It was a clock that was ahead once more.
    poison(&desk);
    assert_eq!(desk.reason(), Some(Code::LicenseClockBehind));
    let third = License {
        sequence: Sequence(license.sequence.0 + 9),
        ..TestVendor::reissued(&license, later(0))
    };
    add(&desk, &third);
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn a_file_that_the_vendor_signed_with_a_clock_ahead_is_mended_by_the_next_one() {
    let (desk, key, license) = with_key();
    let ahead = License {
        not_before: NOW,
        ..TestVendor::reissued(&license, later(3650))
    };
    key.put(FILE, acme().sign(&ahead));
    assert_eq!(desk.reason(), Some(Code::LicenseClockBehind));
    let right = TestVendor::reissued(&ahead, later(1));
    desk.clock.set(later(1));
    key.put(FILE, acme().sign(&right));
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn a_newer_file_mends_the_clock_for_no_other_license() {
    let (desk, key, license) = with_key();
    let cam = License {
        product: "com.acme.cam".parse::<ProductCode>().unwrap(),
        ..acme().license(NOW, Binding::Unbound)
    };
    add(&desk, &cam);
    desk.activate();
    poison(&desk);
    key.put(FILE, acme().sign(&TestVendor::reissued(&license, NOW)));
    assert_eq!(desk.state(), State::Licensed);
    let found = desk.client().standing(&cam.product).unwrap();
    assert_eq!(found.standing.reason(), Some(Code::LicenseClockBehind));
    // The activation of the same program asks its vendor, and that mends all of them.
    let asked = desk.client().request_time(Some(&TestVendor::product()));
    let claims = acme().open_as::<TimeRequest>(&asked.unwrap().bytes);
    desk.apply(&acme().tell_time(&claims, later(0)).bytes)
        .unwrap();
    let found = desk.client().standing(&cam.product).unwrap();
    assert_eq!(found.standing.state, State::Licensed);
    assert!(!desk.client().clock_state().unwrap().behind);
}

#[test]
fn a_newer_file_that_was_kept_back_gives_no_day_awake() {
    let uptime = FakeUptime::new();
    let (mut desk, key, license) = with_key();
    desk.machine = desk.machine.with_uptime(&uptime);
    // Made on the second day, and kept back.
    let kept_back = TestVendor::reissued(&license, later(2));
    for day in 1..=40 {
        uptime.pass(Seconds::DAY);
        desk.clock.set(later(day));
        assert_eq!(desk.state().runs(), day < 37, "day {day}");
    }
    desk.clock.set(later(2));
    key.put(FILE, acme().sign(&kept_back));
    assert_eq!(desk.reason(), Some(Code::LicenseClockBehind));
    desk.clock.set(later(40));
    assert_eq!(desk.reason(), Some(Code::LicenseEnded));
}
