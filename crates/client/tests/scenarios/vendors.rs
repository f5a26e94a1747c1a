//! Whom this computer talks to: confirmation, chains, and what an administrator installed.

use std::fs;

use crate::desk::Desk;
use keyferry_catalogue::{Code, Language};
use keyferry_client::{Confirmation, Origin, Relation};
use keyferry_fixtures::{NOW, SigningPair, TestVendor};
use keyferry_token::{
    ArtefactKind, KeyPurpose, KeyState, ProfileKey, Seconds, VendorProfile, armor, sign_profile,
};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

/// Acme's profile with this number and one more profile key, signed by the first one.
fn newer(number: u64, next: &SigningPair) -> VendorProfile {
    let mut profile = acme().profile.clone();
    profile.number = number;
    profile
        .keys
        .push(ProfileKey::new(KeyPurpose::Profile, KeyState::Active, next.spki()).unwrap());
    profile
}

#[test]
fn the_words_confirm_a_vendor_however_they_are_typed() {
    let desk = Desk::new("cad-07");
    let client = desk.client();
    let pending = client.read_profile(&acme().signed_profile()).unwrap();
    assert!(pending.needs_confirmation());
    let words = pending.fingerprint().words();
    let wrong = [&words[1..], &words[..1]].concat().join(" ");
    for (confirmation, code) in [
        (Confirmation::Nothing, Code::VendorNotConfirmed),
        (Confirmation::Words(""), Code::VendorFingerprintMismatch),
        (Confirmation::Words(&wrong), Code::VendorFingerprintMismatch),
    ] {
        assert_eq!(
            client.trust(&pending, confirmation).unwrap_err().code(),
            code
        );
    }
    assert!(client.vendors().unwrap().is_empty());
    let typed = words.join(",\n ").to_uppercase();
    let vendor = client.trust(&pending, Confirmation::Words(&typed)).unwrap();
    assert_eq!(vendor.origin, Origin::Confirmed(NOW));
    assert_eq!(desk.client().vendors().unwrap(), [vendor]);
}

#[test]
fn trusting_a_vendor_twice_changes_nothing() {
    let desk = Desk::with_acme("cad-07");
    let before = desk.seen();
    let client = desk.client();
    let text = armor(ArtefactKind::Profile, &acme().signed_profile());
    let pending = client.read_profile(text.as_bytes()).unwrap();
    assert_eq!(pending.relation(), Relation::Known);
    client.trust(&pending, Confirmation::Nothing).unwrap();
    assert_eq!(desk.seen(), before);
}

#[test]
fn a_newer_profile_replaces_an_older_one_only_when_a_trusted_key_signed_it() {
    let desk = Desk::with_acme("cad-07");
    let client = desk.client();
    let next = SigningPair::make();
    let stranger = sign_profile(&newer(2, &next), &next).unwrap();
    let pending = client.read_profile(&stranger).unwrap();
    assert_eq!(pending.relation(), Relation::NotChained);
    let fault = client.trust(&pending, Confirmation::ByHand).unwrap_err();
    assert_eq!(fault.code(), Code::ProfileNotChained);

    let second = sign_profile(&newer(2, &next), &acme().profile_pair).unwrap();
    let pending = client.read_profile(&second).unwrap();
    assert_eq!(pending.relation(), Relation::Successor);
    client.trust(&pending, Confirmation::Nothing).unwrap();
    assert_eq!(client.vendors().unwrap()[0].profile.number, 2);

    let pending = client.read_profile(&acme().signed_profile()).unwrap();
    let fault = client.trust(&pending, Confirmation::ByHand).unwrap_err();
    assert_eq!(fault.code(), Code::ProfileOlder);
}

#[test]
fn a_client_that_slept_through_a_change_of_keys_is_given_the_chain() {
    let desk = Desk::with_acme("cad-07");
    let client = desk.client();
    let next = SigningPair::make();
    let second = sign_profile(&newer(2, &next), &acme().profile_pair).unwrap();
    let third = sign_profile(&newer(3, &next), &next).unwrap();
    let alone = client.read_profile(&third).unwrap();
    assert_eq!(alone.relation(), Relation::NotChained);
    let text = |bytes: &[u8]| armor(ArtefactKind::Profile, bytes);
    let chain = [text(&third), text(&second)].concat();
    let pending = client.read_profile(chain.as_bytes()).unwrap();
    assert_eq!(pending.relation(), Relation::Successor);
    client.trust(&pending, Confirmation::Nothing).unwrap();
    assert_eq!(client.vendors().unwrap()[0].profile.number, 3);
}

#[test]
fn what_was_not_signed_by_its_own_key_or_lacks_an_exchange_key_is_no_profile() {
    let desk = Desk::new("cad-07");
    let read = |bytes: &[u8]| desk.client().read_profile(bytes).unwrap_err().code();
    let stranger = sign_profile(&acme().profile, &SigningPair::make()).unwrap();
    assert_eq!(read(&stranger), Code::UntrustedKey);
    let mut bare = acme().profile.clone();
    bare.keys
        .retain(|key| key.purpose() != KeyPurpose::Exchange);
    assert_eq!(
        read(&sign_profile(&bare, &acme().profile_pair).unwrap()),
        Code::Malformed
    );
    let mut flipped = acme().signed_profile();
    let at = flipped.len() / 2;
    flipped[at] ^= 1;
    assert!(desk.client().read_profile(&flipped).is_err());
    assert_eq!(read(b"words"), Code::Unrecognised);
    let other = Desk::with_acme("cad-08").request(&acme().code());
    assert_eq!(read(&other.bytes), Code::WrongKind);
}

#[test]
fn a_vendor_in_use_stays_until_its_licenses_are_over() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let device = desk.client().device().unwrap().ids[0].1;
    let remove = || desk.client().remove_vendor(&acme().id());
    assert_eq!(remove().unwrap_err().code(), Code::VendorInUse);
    desk.clock.set(NOW.plus(Seconds::days(60)));
    remove().unwrap();
    assert!(desk.client().products().unwrap().is_empty());
    assert_eq!(remove().unwrap_err().code(), Code::VendorUnknown);

    desk.trust(acme());
    desk.request(&acme().code());
    assert_eq!(
        desk.client().device().unwrap().ids[0].1,
        device,
        "the same device as before"
    );
}

/// The folder of installed profiles, as an administrator would fill it, or why this user cannot.
#[cfg(unix)]
fn install(desk: &Desk, profile: &[u8]) -> Result<std::path::PathBuf, &'static str> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let folder = desk.path("installed");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let file = folder.join("acme.kfv");
    fs::write(&file, profile).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    if fs::metadata(&file).unwrap().uid() == 0 {
        Ok(file)
    } else {
        Err("needs root")
    }
}

#[cfg(unix)]
#[test]
fn what_an_administrator_installed_needs_no_confirmation() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let desk = Desk::new("cad-07");
    let file = match install(&desk, &acme().signed_profile()) {
        Ok(file) => file,
        Err(why) => {
            let vendors = desk.client().vendors().unwrap();
            assert!(
                vendors.is_empty(),
                "what this user can write decides nothing"
            );
            println!("skipped the rest: {why}");
            return;
        }
    };
    let vendors = desk.client().vendors().unwrap();
    assert_eq!(vendors[0].origin, Origin::Installed);
    desk.activate();
    let fault = desk.client().remove_vendor(&acme().id()).unwrap_err();
    assert_eq!(fault.code(), Code::VendorInUse);
    desk.clock.set(NOW.plus(Seconds::days(60)));
    let fault = desk.client().remove_vendor(&acme().id()).unwrap_err();
    assert_eq!(fault.code(), Code::VendorInstalled);
    desk.clock.set(NOW);

    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(
        desk.client().vendors().unwrap().is_empty(),
        "a file that anyone can write"
    );
    let elsewhere = desk.path("elsewhere.kfv");
    fs::rename(&file, &elsewhere).unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o644)).unwrap();
    symlink(&elsewhere, &file).unwrap();
    assert!(desk.client().vendors().unwrap().is_empty(), "a link");
    fs::remove_file(&file).unwrap();
    fs::rename(&elsewhere, &file).unwrap();
    assert_eq!(desk.client().vendors().unwrap().len(), 1);
    let folder = desk.path("installed");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(
        desk.client().vendors().unwrap().is_empty(),
        "a folder that anyone can write"
    );
}

#[cfg(unix)]
#[test]
fn a_confirmed_profile_counts_beside_an_installed_one_only_when_that_one_leads_to_it() {
    let next = SigningPair::make();
    let second = sign_profile(&newer(2, &next), &acme().profile_pair).unwrap();
    let desk = Desk::with_acme("cad-07");
    if let Err(why) = install(&desk, &second) {
        println!("skipped: {why}");
        return;
    }
    let number = || desk.client().vendors().unwrap()[0].profile.number;
    assert_eq!(number(), 2, "the installed one is newer");
    let third = sign_profile(&newer(3, &next), &next).unwrap();
    let client = desk.client();
    let pending = client.read_profile(&third).unwrap();
    client.trust(&pending, Confirmation::Nothing).unwrap();
    assert_eq!(number(), 3);
    // Confirmed in the vendor's name before the administrator came, with keys of its own.
    let mut taken_over = newer(9, &next);
    taken_over.keys.remove(0);
    let taken_over = sign_profile(&taken_over, &next).unwrap();
    let desk = Desk::new("cad-08");
    let pending = desk.client().read_profile(&taken_over).unwrap();
    let trusted = desk.client().trust(&pending, Confirmation::ByHand);
    assert_eq!(trusted.unwrap().profile.number, 9);
    install(&desk, &acme().signed_profile()).unwrap();
    assert_eq!(desk.client().vendors().unwrap()[0].profile.number, 1);
}

/// A profile in Acme's name with this number, by whoever has this key and none of Acme's.
fn stranger(number: u64, pair: &SigningPair) -> Vec<u8> {
    let mut profile = newer(number, pair);
    profile.keys.remove(0);
    sign_profile(&profile, pair).unwrap()
}

#[test]
fn a_strangers_profile_among_the_vendors_own_is_passed_over() {
    let desk = Desk::with_acme("cad-07");
    let client = desk.client();
    let (next, strange) = (SigningPair::make(), SigningPair::make());
    let second = sign_profile(&newer(2, &next), &acme().profile_pair).unwrap();
    let third = sign_profile(&newer(3, &next), &next).unwrap();
    let text = |bytes: &[u8]| armor(ArtefactKind::Profile, bytes);
    let strangers = [2, 3, u64::MAX].map(|number| text(&stranger(number, &strange)));
    let chain = [strangers.concat(), text(&second), text(&third)].concat();
    let pending = client.read_profile(chain.as_bytes()).unwrap();
    assert_eq!(pending.relation(), Relation::Successor);
    assert_eq!(pending.profile().number, 3);
    client.trust(&pending, Confirmation::Nothing).unwrap();
    assert_eq!(client.vendors().unwrap()[0].profile.number, 3);
    let again = client.read_profile(chain.as_bytes()).unwrap();
    assert_eq!(again.relation(), Relation::Known);
    // By itself it is told as what it is.
    let alone = client.read_profile(strangers[2].as_bytes()).unwrap();
    assert_eq!(alone.relation(), Relation::NotChained);
}

#[cfg(unix)]
#[test]
fn a_strangers_profile_takes_no_place_on_the_way_from_an_installed_one() {
    let desk = Desk::new("cad-07");
    if let Err(why) = install(&desk, &acme().signed_profile()) {
        println!("skipped: {why}");
        return;
    }
    let client = desk.client();
    let (next, strange) = (SigningPair::make(), SigningPair::make());
    let second = sign_profile(&newer(2, &next), &acme().profile_pair).unwrap();
    let third = sign_profile(&newer(3, &next), &next).unwrap();
    let text = |bytes: &[u8]| armor(ArtefactKind::Profile, bytes);
    let chain = [
        text(&stranger(2, &strange)),
        text(&second),
        text(&stranger(3, &strange)),
        text(&third),
    ];
    let pending = client.read_profile(chain.concat().as_bytes()).unwrap();
    client.trust(&pending, Confirmation::Nothing).unwrap();
    assert_eq!(desk.client().vendors().unwrap()[0].profile.number, 3);
}

#[test]
fn following_a_vendor_is_not_confirming_it_again() {
    let desk = Desk::with_acme("cad-07");
    let next = SigningPair::make();
    let second = sign_profile(&newer(2, &next), &acme().profile_pair).unwrap();
    desk.clock.set(NOW.plus(Seconds::days(30)));
    let client = desk.client();
    let pending = client.read_profile(&second).unwrap();
    let vendor = client.trust(&pending, Confirmation::Nothing).unwrap();
    assert_eq!(vendor.origin, Origin::Confirmed(NOW));
    assert_eq!(desk.client().vendors().unwrap(), [vendor]);
    desk.client().remove_vendor(&acme().id()).unwrap();
}

#[cfg(unix)]
#[test]
fn what_an_installed_profile_led_to_stays_installed_and_cannot_be_taken_back() {
    let desk = Desk::new("cad-07");
    let file = match install(&desk, &acme().signed_profile()) {
        Ok(file) => file,
        Err(why) => return println!("skipped: {why}"),
    };
    let next = SigningPair::make();
    let second = sign_profile(&newer(2, &next), &acme().profile_pair).unwrap();
    let client = desk.client();
    let pending = client.read_profile(&second).unwrap();
    let vendor = client.trust(&pending, Confirmation::Nothing).unwrap();
    assert_eq!(vendor.origin, Origin::Installed);
    assert_eq!(desk.client().vendors().unwrap(), [vendor]);
    let fault = desk.client().remove_vendor(&acme().id()).unwrap_err();
    assert_eq!(fault.code(), Code::VendorInstalled);
    assert_eq!(desk.client().vendors().unwrap()[0].profile.number, 2);
    // Nobody here confirmed it: it goes with the administrator's.
    fs::remove_file(file).unwrap();
    assert!(desk.client().vendors().unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn an_installed_chain_counts_however_long_and_one_that_cannot_be_read_is_reported() {
    let desk = Desk::new("cad-07");
    let next = SigningPair::make();
    let mut chain = armor(ArtefactKind::Profile, &acme().signed_profile());
    let mut number = 1;
    // As after years of changes, each profile with a logo.
    while chain.len() < 600_000 {
        number += 1;
        let mut profile = newer(number, &next);
        profile.logo = Some([&b"\x89PNG\r\n\x1a\n"[..], &vec![7; 30_000]].concat());
        let signed = sign_profile(&profile, &acme().profile_pair).unwrap();
        chain.push_str(&armor(ArtefactKind::Profile, &signed));
    }
    let file = match install(&desk, chain.as_bytes()) {
        Ok(file) => file,
        Err(why) => return println!("skipped: {why}"),
    };
    let vendors = desk.client().vendors().unwrap();
    assert_eq!(vendors[0].profile.number, number);
    let report = || desk.client().report(Language::En).text;
    assert!(!report().contains("acme.kfv"));
    fs::write(&file, chain.repeat(2)).unwrap();
    assert!(desk.client().vendors().unwrap().is_empty());
    assert!(report().contains("acme.kfv"), "{}", report());
}
