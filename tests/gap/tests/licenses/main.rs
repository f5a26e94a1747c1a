//! License files between a real authority and real computers: what the one makes is what the others
//! take, from the first file to the last.

#![expect(
    clippy::unwrap_used,
    reason = "what tests share fails like the tests that it serves"
)]

use std::fs;

use keyferry_authority::{LicenseAnchor, LicenseFile, LicenseTerms, Origin};
use keyferry_catalogue::Code;
use keyferry_client::{AllowWeak, Applied};
use keyferry_fixtures::FakeKey;
use keyferry_gap::{Computer, Terms, Time, VendorSide, cad, runs, wait};
use keyferry_token::{LicenseId, LicenseTerm, Seconds, State};

/// A vendor, a computer that trusts it, and a USB key that is plugged in there.
struct Stage {
    time: Time,
    acme: VendorSide,
    computer: Computer,
    key: FakeKey,
}

impl Stage {
    fn new() -> Self {
        let time = Time::default();
        let acme = VendorSide::acme(&time);
        let computer = Computer::of(&acme, "cad-01", &time);
        let key = FakeKey::new("4C530001230412109284");
        computer.usb.plug(&key);
        Self {
            time,
            acme,
            computer,
            key,
        }
    }

    /// A license for the key, put on it.
    fn on_key(&self) -> LicenseId {
        let file = self.acme.license(for_key(&self.key));
        put(&self.computer, &self.key, &file);
        file.issued.license.id
    }
}

fn for_key(key: &FakeKey) -> LicenseAnchor {
    LicenseAnchor::UsbKey {
        id: key.id(),
        allow_weak: false,
    }
}

fn put(at: &Computer, key: &FakeKey, file: &LicenseFile) {
    let client = at.client();
    let named = client.find_key(key.root().to_str().unwrap()).unwrap();
    client
        .put_license(&file.bytes, &named, AllowWeak::No)
        .unwrap();
}

/// What is on a key, to be put back or on another one.
fn files(key: &FakeKey) -> Vec<(String, Vec<u8>)> {
    let all = fs::read_dir(key.root()).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read(entry.path()).unwrap())
    });
    all.collect()
}

fn copy(files: &[(String, Vec<u8>)], to: &FakeKey) {
    for (name, content) in files {
        to.put(name, content);
    }
}

#[test]
fn a_license_goes_with_its_key_from_computer_to_computer_and_not_with_a_copy() {
    let stage = Stage::new();
    stage.on_key();
    assert_eq!(stage.computer.state(), Some(State::Licensed));
    let other = Computer::of(&stage.acme, "cad-02", &stage.time);
    assert!(!runs(other.state()));
    let place = other.usb.plug(&stage.key);
    assert_eq!(other.state(), Some(State::Licensed));
    other.usb.pull(&place);
    assert_eq!(other.reason(), Some(Code::UsbKeyMissing));

    let copied = FakeKey::new("4C530001230412109999");
    copy(&files(&stage.key), &copied);
    let worth = |computer: &Computer| {
        let keys = computer.client().usb_keys().unwrap();
        keys[0].licenses[0].standing.reason()
    };
    // Where the license ran before, its own key is asked for.
    other.usb.plug(&copied);
    assert_eq!(other.reason(), Some(Code::UsbKeyMissing));
    assert_eq!(worth(&other), Some(Code::WrongUsbKey));
    let third = Computer::of(&stage.acme, "cad-03", &stage.time);
    third.usb.plug(&copied);
    assert_eq!(third.reason(), Some(Code::WrongUsbKey));
    assert_eq!(worth(&third), Some(Code::WrongUsbKey));
}

#[test]
fn a_revocation_counts_where_it_has_been_and_the_older_file_no_longer() {
    let stage = Stage::new();
    let id = stage.on_key();
    let before = files(&stage.key);
    let revoked = wait(stage.acme.authority.license_revoke(id, &Origin::Local));
    put(&stage.computer, &stage.key, &revoked.unwrap());
    assert_eq!(stage.computer.reason(), Some(Code::Revoked));
    copy(&before, &stage.key);
    assert_eq!(stage.computer.reason(), Some(Code::LicenseSuperseded));
    // Whoever never saw the newer file knows nothing of it.
    let other = Computer::of(&stage.acme, "cad-02", &stage.time);
    other.usb.plug(&stage.key);
    assert_eq!(other.state(), Some(State::Licensed));
}

#[test]
fn a_lost_keys_license_is_moved_to_another_key() {
    let stage = Stage::new();
    let id = stage.on_key();
    let next = FakeKey::new("4C530001230412109999");
    stage.computer.usb.plug(&next);
    let terms = LicenseTerms {
        anchor: Some(for_key(&next)),
        ..LicenseTerms::default()
    };
    put(&stage.computer, &next, &stage.acme.reissue(id, &terms));
    assert_eq!(stage.computer.state(), Some(State::Licensed));
    // The lost one turns up again, elsewhere than where its successor was seen.
    let found = Computer::of(&stage.acme, "cad-02", &stage.time);
    found.usb.plug(&stage.key);
    assert!(runs(found.state()));
    found.usb.plug(&next);
    let old = found.client().usb_keys().unwrap();
    let worth: Vec<Option<Code>> = old
        .iter()
        .map(|key| key.licenses[0].standing.reason())
        .collect();
    assert_eq!(worth, [Some(Code::LicenseSuperseded), None]);
}

#[test]
fn a_license_for_a_computer_is_what_its_request_told_and_is_suspended_and_reinstated() {
    let stage = Stage::new();
    let (acme, computer) = (&stage.acme, &stage.computer);
    let sold = acme.sell(1);
    let request = computer.request(&sold.code).unwrap().bytes;
    let file = acme.license(LicenseAnchor::Device { request });
    let id = file.issued.license.id;
    let taken = computer.apply(&file.bytes);
    assert!(matches!(taken, Ok(Applied::LicenseAdded(_))), "{taken:?}");
    assert_eq!(computer.state(), Some(State::Licensed));
    let other = Computer::of(acme, "cad-02", &stage.time);
    assert_eq!(other.refuses(&file.bytes), Code::WrongDevice);

    let suspended = wait(acme.authority.license_suspend(id, &Origin::Local)).unwrap();
    computer.apply(&suspended.bytes).unwrap();
    let worth = computer.client().check_license(&cad(), None).unwrap();
    assert_eq!(worth.standing.reason(), Some(Code::Suspended));
    assert!(!runs(computer.state()));
    assert_eq!(computer.refuses(&file.bytes), Code::LicenseSuperseded);
    let reinstated = wait(acme.authority.license_reinstate(id, &Origin::Local)).unwrap();
    computer.apply(&reinstated.bytes).unwrap();
    assert_eq!(computer.state(), Some(State::Licensed));
}

#[test]
fn a_computer_with_license_files_only_is_not_stranded_by_a_clock_that_was_ahead() {
    let stage = Stage::new();
    let id = stage.on_key();
    let computer = &stage.computer;
    let term = Some(LicenseTerm::Until(stage.time.now().plus(Seconds::days(30))));
    let terms = LicenseTerms {
        term,
        ..LicenseTerms::default()
    };
    put(computer, &stage.key, &stage.acme.reissue(id, &terms));
    computer
        .watch
        .set(stage.time.now().plus(Seconds::days(3650)));
    assert_eq!(computer.reason(), Some(Code::LicenseEnded));
    computer.watch.set_right();
    assert_eq!(computer.reason(), Some(Code::LicenseClockBehind));
    let asked = computer.client().request_time(Some(&cad())).unwrap_err();
    assert_eq!(asked.code(), Code::LicenseClockBehind);

    stage.time.pass(Seconds::days(1));
    let anew = stage.acme.reissue(id, &LicenseTerms::default());
    put(computer, &stage.key, &anew);
    assert_eq!(computer.state(), Some(State::Licensed));
    stage.time.pass(Seconds::days(29));
    assert_eq!(computer.state(), Some(State::Grace), "and ends as sold");
}

#[test]
fn a_license_ends_after_its_grace_and_a_reissue_brings_it_back() {
    let stage = Stage::new();
    let id = stage.on_key();
    let until = |end| LicenseTerms {
        term: Some(LicenseTerm::Until(end)),
        ..LicenseTerms::default()
    };
    let end = stage.time.now().plus(Seconds::days(30));
    put(
        &stage.computer,
        &stage.key,
        &stage.acme.reissue(id, &until(end)),
    );
    stage.time.pass(Seconds::days(30));
    assert_eq!(stage.computer.state(), Some(State::Grace));
    stage.time.pass(Terms::GRACE);
    assert_eq!(stage.computer.reason(), Some(Code::LicenseEnded));
    assert!(!runs(stage.computer.state()));
    let later = stage.time.now().plus(Seconds::days(30));
    let renewed = stage.acme.reissue(id, &until(later));
    put(&stage.computer, &stage.key, &renewed);
    assert_eq!(stage.computer.state(), Some(State::Licensed));
}
