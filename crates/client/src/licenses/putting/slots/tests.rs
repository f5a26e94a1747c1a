//! The key is pulled out, or fails, before every step of writing.

use keyferry_catalogue::Code;
use keyferry_fixtures::{FakeKey, NOW, TestVendor};
use keyferry_token::{Binding, ParseFault, Seconds, VendorKeys};

use super::*;
use crate::disk::simulated::{SimulatedDisk, Trouble};

const SERIAL: &str = "4C530001230412109284";

fn root() -> &'static Path {
    Path::new("/")
}

fn read_license(text: &str) -> SignedLicense {
    license_in(text.as_bytes()).unwrap()
}

fn put(disk: &SimulatedDisk, license: &License) -> Result<Written, PutFault> {
    let vendor = TestVendor::acme();
    put_as(vendor, disk, license, &vendor.keys())
}

fn put_as(
    vendor: &TestVendor,
    disk: &SimulatedDisk,
    license: &License,
    keys: &VendorKeys,
) -> Result<Written, PutFault> {
    let text = vendor.sign(license);
    let believed = |signed: &SignedLicense| signed.verify(keys);
    Slots::new(disk, root(), license, believed).write(&read_license(&text), text.as_bytes())
}

/// The numbers of the whole files in both slots.
fn whole(disk: &SimulatedDisk) -> Vec<Sequence> {
    let keys = TestVendor::acme().keys();
    let names = ["com.acme.cad.lic", "com.acme.cad.b.lic"];
    names
        .into_iter()
        .filter_map(|name| {
            let there = Medium::read(disk, &root().join(name), MAX_LICENSE_FILE).unwrap()?;
            Some(license_in(&there).ok()?.verify(&keys).ok()?.sequence)
        })
        .collect()
}

fn license() -> License {
    let key = FakeKey::new(SERIAL).id();
    TestVendor::acme().license_for_key(NOW, &key)
}

fn next(license: &License) -> License {
    TestVendor::reissued(license, NOW.plus(Seconds::days(1)))
}

fn damaged(disk: &SimulatedDisk, name: &str) {
    disk.tamper(&root().join(name), |bytes| bytes.truncate(300));
}

#[test]
fn a_key_pulled_at_any_step_of_an_update_has_a_whole_license_file() {
    let old = license();
    let new = next(&old);
    let start = SimulatedDisk::default();
    put(&start, &old).unwrap();
    let half = start.settled();
    damaged(&half, "com.acme.cad.lic");
    let other_half = start.settled();
    damaged(&other_half, "com.acme.cad.b.lic");

    for start in [start.settled(), half, other_half] {
        let done = start.settled();
        put(&done, &new).unwrap();
        let steps = done.steps();
        assert!(steps >= 6, "{steps} steps to pull it out between");
        let mut kept = 0;
        for step in 0..steps {
            let disk = start.settled().with_trouble(step, Trouble::PowerCut);
            assert!(put(&disk, &new).is_err(), "step {step}");
            for left in disk.after_power_cut() {
                let newest = whole(&left).into_iter().max();
                assert!(
                    newest == Some(old.sequence) || newest == Some(new.sequence),
                    "step {step} left {newest:?}"
                );
                kept += usize::from(newest == Some(old.sequence));
                put(&left, &new).unwrap();
                assert_eq!(
                    whole(&left),
                    [new.sequence; 2],
                    "step {step}: then it works"
                );
            }
        }
        assert!(kept > 0);
        for left in done.after_power_cut() {
            assert_eq!(
                whole(&left),
                [new.sequence; 2],
                "what was acknowledged stays"
            );
        }
    }
}

#[test]
fn a_step_that_fails_is_told_and_leaves_a_whole_license_file() {
    let old = license();
    let new = next(&old);
    let start = SimulatedDisk::default();
    put(&start, &old).unwrap();
    let done = start.settled();
    put(&done, &new).unwrap();
    for step in 0..done.steps() {
        for (kind, code) in [
            (io::ErrorKind::StorageFull, Code::DiskFull),
            (io::ErrorKind::ReadOnlyFilesystem, Code::UsbVolumeReadOnly),
            (io::ErrorKind::NotFound, Code::UsbKeyPulled),
        ] {
            let disk = start.settled().with_trouble(step, Trouble::Fails(kind));
            assert_eq!(put(&disk, &new).unwrap_err().code(), code, "step {step}");
            assert!(!whole(&disk).is_empty(), "step {step}");
        }
    }
}

#[test]
fn both_slots_are_brought_up_to_date_and_a_second_time_nothing_is_written() {
    let disk = SimulatedDisk::default();
    let old = license();
    assert!(matches!(put(&disk, &old).unwrap(), Written::Put(_)));
    let disk = disk.settled();
    assert!(matches!(put(&disk, &old).unwrap(), Written::Unchanged(_)));
    assert_eq!(disk.steps(), 0);

    damaged(&disk, "com.acme.cad.b.lic");
    assert!(matches!(put(&disk, &old).unwrap(), Written::Put(_)));
    assert_eq!(whole(&disk), [old.sequence; 2]);
}

#[test]
fn an_older_file_takes_no_newer_ones_place() {
    let disk = SimulatedDisk::default();
    let old = license();
    put(&disk, &next(&old)).unwrap();
    for name in ["com.acme.cad.lic", "com.acme.cad.b.lic"] {
        let disk = disk.settled();
        damaged(&disk, name);
        assert_eq!(put(&disk, &old).unwrap_err(), PutFault::Superseded);
        assert_eq!(whole(&disk), [next(&old).sequence]);
    }
}

#[test]
fn another_license_under_the_same_name_is_left_alone() {
    let disk = SimulatedDisk::default();
    let (one, other) = (license(), license());
    let vendor = TestVendor::other();
    let license_of_other = vendor.license(NOW, Binding::Unbound);
    put_as(vendor, &disk, &license_of_other, &vendor.keys()).unwrap();
    let theirs = || Medium::read(&disk, &root().join("com.acme.cad.lic"), MAX_LICENSE_FILE);
    let before = theirs().unwrap().unwrap();
    for license in [&one, &other] {
        let files = put(&disk, license).unwrap().files();
        let id = license.id.to_string().to_lowercase().replace('-', "");
        let name = format!("com.acme.cad-{id}.lic");
        assert_eq!(files[0], root().join(name));
    }
    assert_eq!(theirs().unwrap().unwrap(), before);
}

#[test]
fn what_is_no_remains_of_a_license_file_is_left_alone() {
    let license = license();
    let (id, vendor) = (license.id.to_string(), TestVendor::acme());
    let id = id.to_lowercase().replace('-', "");
    let believed = |signed: &SignedLicense| signed.verify(&vendor.keys());
    let text = vendor.sign(&license);
    let later = VerifyFault::Content(ParseFault::NewerFormat);
    let damaged = VerifyFault::Content(ParseFault::Malformed { what: "license" });
    let read: [(&[u8], Option<VerifyFault>); 5] = [
        (b"[license]\nkey = 1234\n", None),
        (b"-----BEGIN KEYFERRY LICENSE LIST-----\n", None),
        (text.as_bytes(), Some(later)),
        (text.as_bytes(), Some(damaged)),
        (text.as_bytes(), Some(VerifyFault::OtherVendor)),
    ];
    let new = vendor.sign(&next(&license));
    for (there, fault) in read {
        for name in ["com.acme.cad.lic", "com.acme.cad.b.lic"] {
            let disk = SimulatedDisk::default();
            let path = root().join(name);
            Medium::write(&disk, &path, there).unwrap();
            let judged = |signed: &SignedLicense| match &fault {
                Some(fault) if signed.bytes() == read_license(&text).bytes() => Err(fault.clone()),
                _ => believed(signed),
            };
            let slots_of = next(&license);
            let slots = Slots::new(&disk, root(), &slots_of, judged);
            let files = slots
                .write(&read_license(&new), new.as_bytes())
                .unwrap()
                .files();
            assert_eq!(files[0], root().join(format!("com.acme.cad-{id}.lic")));
            let left = Medium::read(&disk, &path, MAX_LICENSE_FILE).unwrap();
            assert_eq!(left.as_deref(), Some(there), "{name}");
        }
    }
}

#[test]
fn where_both_names_are_others_nothing_is_written() {
    let disk = SimulatedDisk::default();
    let license = license();
    let id = license.id.to_string().to_lowercase().replace('-', "");
    for name in ["com.acme.cad.lic", &format!("com.acme.cad-{id}.lic")] {
        Medium::write(&disk, &root().join(name), b"not ours").unwrap();
    }
    let disk = disk.settled();
    assert_eq!(put(&disk, &license).unwrap_err().code(), Code::FileExists);
    assert_eq!(disk.steps(), 0);
}

#[test]
fn a_product_code_makes_a_name_that_every_system_takes() {
    assert_eq!(plain("com.acme.cad"), "com.acme.cad");
    assert_eq!(plain("com1.acme.cad"), "license-com1.acme.cad");
    assert_eq!(plain("aux.acme"), "license-aux.acme");
}
