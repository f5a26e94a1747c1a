//! USB keys: naming them, putting license files on them, and what hostile ones carry.

use std::fs;

use keyferry_catalogue::Code;
use keyferry_client::{AllowWeak, PutFault, PutLicense, UsbKeyFault};
use keyferry_fixtures::{FakeKey, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{Binding, License, Seconds};

use crate::desk::Desk;

const SERIAL: &str = "4C530001230412109284";

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn for_key(key: &FakeKey) -> License {
    acme().license_for_key(NOW, &key.id())
}

/// A computer that trusts Acme, with a key plugged in.
fn with_key() -> (Desk, FakeKey) {
    let (desk, key) = (Desk::with_acme("cad-07"), FakeKey::new(SERIAL));
    desk.usb.plug(&key);
    (desk, key)
}

fn put(desk: &Desk, key: &FakeKey, license: &License) -> Result<PutLicense, PutFault> {
    put_as(desk, key, license, AllowWeak::No)
}

fn put_as(
    desk: &Desk,
    key: &FakeKey,
    license: &License,
    weak: AllowWeak,
) -> Result<PutLicense, PutFault> {
    let client = desk.client();
    let named = client.find_key(key.root().to_str().unwrap()).unwrap();
    client.put_license(acme().sign(license).as_bytes(), &named, weak)
}

#[test]
fn a_key_is_named_by_its_id_or_by_where_it_is_mounted() {
    let (desk, key) = with_key();
    let client = desk.client();
    let by_id = client.find_key(&format!(" {} ", key.id())).unwrap();
    assert_eq!(
        (by_id.mount_point.as_deref(), by_id.root()),
        (None, Some(key.root()))
    );
    assert_eq!(by_id.id, Some(key.id()));
    let place = format!("{}/", key.root().display());
    let by_place = client.find_key(&place).unwrap();
    assert_eq!(by_place.mount_point.as_deref(), Some(key.root()));
    assert_eq!(by_place.key, by_id.key);
    let refused = |named: &str| client.find_key(named).unwrap_err();
    assert_eq!(refused("0781:5581:X:1"), UsbKeyFault::NotFound);
    assert_eq!(refused("0781:5581:X"), UsbKeyFault::IdRefused);
    assert_eq!(refused("/nowhere"), UsbKeyFault::NotFound);
    assert_eq!(
        refused(desk.home().to_str().unwrap()),
        UsbKeyFault::NotFound
    );
}

#[test]
fn a_license_is_put_in_two_slots_and_runs_from_there() {
    let (desk, key) = with_key();
    let license = for_key(&key);
    let done = put(&desk, &key, &license).unwrap();
    assert!(!done.unchanged);
    let names = ["com.acme.cad.lic", "com.acme.cad.b.lic"];
    assert_eq!(done.files, names.map(|name| key.path(name)));
    assert_eq!(done.license.standing.state, State::Licensed);
    assert!(put(&desk, &key, &license).unwrap().unchanged);
    assert_eq!(desk.state(), State::Licensed);

    let newer = TestVendor::reissued(&license, NOW.plus(Seconds::new(1)));
    assert!(!put(&desk, &key, &newer).unwrap().unchanged);
    assert_eq!(
        put(&desk, &key, &license).unwrap_err(),
        PutFault::Superseded
    );
    // Of either slot alone it is the newer one.
    for gone in names {
        let content = fs::read(key.path(gone)).unwrap();
        fs::remove_file(key.path(gone)).unwrap();
        assert_eq!(desk.standing().license.unwrap().read.license, newer);
        key.put(gone, content);
    }
}

#[test]
fn other_license_files_on_the_key_are_left_alone() {
    let (desk, key) = with_key();
    let cam = License {
        product: "com.acme.cam".parse().unwrap(),
        ..for_key(&key)
    };
    let others = [
        ("com.acme.cam.lic", acme().sign(&cam)),
        ("com.acme.cad.lic", acme().sign(&for_key(&key))),
        ("notes.txt", "mine".into()),
    ];
    for (name, content) in &others {
        key.put(name, content);
    }
    let done = put(&desk, &key, &for_key(&key)).unwrap();
    assert_ne!(done.files[0], key.path("com.acme.cad.lic"));
    for (name, content) in &others {
        assert_eq!(fs::read(key.path(name)).unwrap(), content.as_bytes());
    }
}

#[test]
fn what_is_not_for_this_key_is_not_written_to_it() {
    let (desk, key) = with_key();
    let refused = |license: &License| put(&desk, &key, license).unwrap_err().code();
    let other = FakeKey::new("4C530001230412109999");
    assert_eq!(refused(&for_key(&other)), Code::LicenseForOtherKey);
    assert_eq!(
        refused(&acme().license(NOW, Binding::Unbound)),
        Code::LicenseNotForKey
    );
    let named = desk.client().find_key(&key.id().to_string()).unwrap();
    let theirs = TestVendor::other();
    let stranger = theirs.sign(&theirs.license_for_key(NOW, &key.id()));
    let put = |file: &[u8]| desk.client().put_license(file, &named, AllowWeak::No);
    assert_eq!(
        put(stranger.as_bytes()).unwrap_err().code(),
        Code::UntrustedKey
    );
    assert_eq!(put(b"").unwrap_err().code(), Code::NothingRead);
    assert_eq!(fs::read_dir(key.root()).unwrap().count(), 0);
}

#[test]
fn a_weak_key_takes_a_license_only_where_that_is_accepted() {
    let desk = Desk::with_acme("cad-07");
    let key = FakeKey::new("000000000000");
    desk.usb.plug(&key);
    let license = for_key(&key);
    let refused = put(&desk, &key, &license).unwrap_err();
    assert_eq!(refused.code(), Code::UsbKeyWeak);
    assert!(put_as(&desk, &key, &license, AllowWeak::Yes).is_ok());
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn a_key_without_a_volume_or_write_protected_or_pulled_is_told() {
    let (desk, key) = with_key();
    let license = acme().sign(&for_key(&key));
    let client = desk.client();
    let refused = |named| {
        let told = client.put_license(license.as_bytes(), &named, AllowWeak::No);
        told.unwrap_err().code()
    };
    let place = client.usb_keys().unwrap()[0].key.place.clone();
    let id = key.id().to_string();
    desk.usb
        .change(&place, |says| says.volumes[0].read_only = true);
    assert_eq!(
        refused(client.find_key(&id).unwrap()),
        Code::UsbVolumeReadOnly
    );
    desk.usb.change(&place, |says| says.volumes.clear());
    assert_eq!(
        refused(client.find_key(&id).unwrap()),
        Code::UsbVolumeMissing
    );
    let named = client.find_key(&id).unwrap();
    desk.usb.pull(&place);
    assert_eq!(refused(named), Code::UsbKeyPulled);
    assert_eq!(fs::read_dir(key.root()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn links_pipes_folders_and_huge_files_on_a_key_are_passed_over() {
    use std::os::unix::fs::symlink;
    let (desk, key) = with_key();
    let elsewhere = desk.path("elsewhere.lic");
    fs::write(&elsewhere, acme().sign(&for_key(&key))).unwrap();
    symlink(&elsewhere, key.path("link.lic")).unwrap();
    symlink("/dev/zero", key.path("endless.lic")).unwrap();
    symlink("link.lic", key.path("again.lic")).unwrap();
    fs::create_dir(key.path("folder.lic")).unwrap();
    let pipe = std::process::Command::new("mkfifo")
        .arg(key.path("pipe.lic"))
        .status();
    assert!(pipe.unwrap().success());
    let huge = fs::File::create(key.path("huge.lic")).unwrap();
    huge.set_len(40_000_000_000).unwrap();
    for name in ["\u{1b}[2J.lic", " .lic", "a\nb.lic", "\u{202e}cil.lic"] {
        key.put(name, b"\0\xff not a license");
    }
    assert_eq!(desk.reason(), Some(Code::NotActivated));
    let found = desk.client().usb_keys().unwrap().remove(0).licenses;
    assert_eq!(found.len(), 5, "the regular files");
    assert!(found.iter().all(|found| found.license.is_err()));
    let too_large = found.iter().find(|found| {
        let file = found.place.file();
        file.is_some_and(|file| file.ends_with("huge.lic"))
    });
    assert_eq!(too_large.unwrap().standing.reason(), Some(Code::TooLarge));

    // In the place of a slot they are not written to either.
    symlink(&elsewhere, key.path("com.acme.cad.lic")).unwrap();
    let before = fs::read(&elsewhere).unwrap();
    let done = put(&desk, &key, &for_key(&key)).unwrap();
    assert_ne!(done.files[0], key.path("com.acme.cad.lic"));
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn of_very_many_license_files_a_bounded_number_is_read() {
    let (desk, key) = with_key();
    for number in 0..200 {
        key.put(&format!("{number:03}.lic"), b"");
    }
    let found = desk.client().usb_keys().unwrap().remove(0);
    assert_eq!(found.licenses.len(), 64);
    let problem = found.problem.unwrap();
    assert_eq!(problem.code, Code::UsbKeyTooManyLicenses);
    assert_eq!(problem.args, [("most", "64".to_owned())]);

    // Nor is one put there that nobody would read, or that would take another one's place.
    let fault = put(&desk, &key, &for_key(&key)).unwrap_err();
    assert_eq!(fault, PutFault::TooMany);
    assert!(!key.path("com.acme.cad.lic").exists());
}

#[test]
fn on_a_key_with_as_many_license_files_as_are_read_one_of_them_is_replaced() {
    let (desk, key) = with_key();
    let license = for_key(&key);
    put(&desk, &key, &license).unwrap();
    for number in 0..62 {
        key.put(&format!("{number:03}.lic"), b"");
    }
    assert_eq!(desk.client().usb_keys().unwrap()[0].problem, None);
    let next = TestVendor::reissued(&license, NOW.plus(Seconds::days(1)));
    put(&desk, &key, &next).unwrap();
    // One more is before them, and the last of them is read no more.
    key.put("062.lic", b"");
    assert!(desk.client().usb_keys().unwrap()[0].problem.is_some());
    assert_eq!(
        put(&desk, &key, &license).unwrap_err(),
        PutFault::Superseded
    );
    let newer = TestVendor::reissued(&next, NOW.plus(Seconds::days(2)));
    assert_eq!(put(&desk, &key, &newer).unwrap_err(), PutFault::TooMany);
}

#[test]
fn what_macos_puts_beside_each_file_is_no_license_file() {
    let (desk, key) = with_key();
    put(&desk, &key, &for_key(&key)).unwrap();
    for number in 0..200 {
        key.put(&format!("._{number:03}.lic"), b"\0\x05\x16\x07");
    }
    let found = desk.client().usb_keys().unwrap().remove(0);
    assert_eq!((found.licenses.len(), found.problem), (1, None));
    assert_eq!(desk.state(), State::Licensed);
    put(&desk, &key, &for_key(&key)).unwrap();
}

#[test]
fn a_volume_that_is_mounted_where_this_user_may_not_look_is_read_where_they_may() {
    let (desk, key) = with_key();
    key.put("com.acme.cad.lic", acme().sign(&for_key(&key)));
    let place = desk.client().usb_keys().unwrap()[0].key.place.clone();
    let elsewhere = desk.path("another user's");
    desk.usb.change(&place, |says| {
        says.volumes[0].mount_points.insert(0, elsewhere);
    });
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn what_a_courier_carries_is_told_with_its_key() {
    let (desk, key) = with_key();
    let courier = || desk.client().usb_keys().unwrap().remove(0).courier;
    assert_eq!(courier(), None);
    desk.request(&acme().code());
    desk.client().courier_collect(key.root()).unwrap();
    assert_eq!(courier().map(|seen| (seen.waiting, seen.own)), Some((1, 1)));
}

#[test]
fn of_several_volumes_the_one_that_is_a_courier_goes_on_being_it() {
    let (desk, key) = with_key();
    let (second, client) = (desk.path("second"), desk.client());
    fs::create_dir(&second).unwrap();
    let place = client.usb_keys().unwrap()[0].key.place.clone();
    desk.usb.change(&place, |says| {
        let mut volume = says.volumes[0].clone();
        volume.mount_points = vec![second.clone()];
        says.volumes.push(volume);
    });
    let roots = || {
        let by_id = client.find_key(&key.id().to_string()).unwrap();
        let found = client.usb_keys().unwrap().remove(0).courier_root;
        (client.courier_root(&by_id), found)
    };
    let both = |root: &std::path::Path| (Some(root.to_owned()), Some(root.to_owned()));
    assert_eq!(roots(), both(key.root()));
    desk.request(&acme().code());
    client.courier_collect(&second).unwrap();
    assert_eq!(roots(), both(&second));
    let named = client.find_key(key.root().to_str().unwrap()).unwrap();
    assert_eq!(client.courier_root(&named).as_deref(), Some(key.root()));
}

#[test]
fn a_file_in_a_folder_of_the_key_is_not_looked_for() {
    let (desk, key) = with_key();
    fs::create_dir(key.path("licenses")).unwrap();
    key.put("licenses/com.acme.cad.lic", acme().sign(&for_key(&key)));
    assert_eq!(desk.reason(), Some(Code::NotActivated));
}

#[test]
fn whether_a_key_signed_a_license_takes_no_trust_and_no_key_from_a_removable_medium() {
    let (desk, key) = with_key();
    let license = for_key(&key);
    let file = key.put("com.acme.cad.lic", acme().sign(&license));
    let pem = acme().signing_pair.public_pem();
    let here = desk.path("public.pem");
    fs::write(&here, &pem).unwrap();
    let client = Desk::new("cad-08").client();
    let signed = client.signed_by(&file, &here).unwrap();
    assert_eq!(signed.license, license);

    let there = key.put("public.pem", &pem);
    let refused = |key: &std::path::Path| desk.client().signed_by(&file, key).unwrap_err().code();
    assert_eq!(refused(&there), Code::TrustAnchorOnRemovableMedia);
    #[cfg(unix)]
    {
        let link = desk.path("link.pem");
        std::os::unix::fs::symlink(&there, &link).unwrap();
        assert_eq!(refused(&link), Code::TrustAnchorOnRemovableMedia);
    }
    fs::write(&here, TestVendor::other().signing_pair.public_pem()).unwrap();
    assert_eq!(refused(&here), Code::UntrustedKey);
    fs::write(&here, b"no key").unwrap();
    assert_eq!(refused(&here), Code::KeyRefused);
    assert_eq!(refused(&desk.path("nothing.pem")), Code::FileNotFound);
}

#[test]
fn a_license_file_of_another_product_and_none_at_all_are_told_apart() {
    let (desk, key) = with_key();
    let check = |product: &str, file: Option<&std::path::Path>| {
        let checked = desk.client().check_license(&product.parse().unwrap(), file);
        checked.unwrap_err().code()
    };
    assert_eq!(check("com.acme.cad", None), Code::LicenseNotFound);
    let file = key.put("com.acme.cad.lic", acme().sign(&for_key(&key)));
    assert_eq!(check("com.acme.cam", None), Code::LicenseNotFound);
    assert_eq!(
        check("com.acme.cam", Some(&file)),
        Code::LicenseForOtherProduct
    );
    let profile = key.put("acme.kfv", acme().signed_profile());
    assert_eq!(check("com.acme.cad", Some(&profile)), Code::WrongKind);
}
