//! Keys that take another's place, are retired, and are taken out.

use std::{fs, path::Path, sync::Arc};

use keyferry_authority::{
    AuditHead, Authority, InitOptions, KeyHome, KeyRecord, OpenOptions, Origin, Passphrase,
    Rotation, SetupFault,
};
use keyferry_token::{AccountId, Artefact, KeyId, KeyPurpose, KeyState, Seconds, VendorProfile};

use keyferry_authority::Clock as _;
use keyferry_fixtures::TestDevice;

use crate::scene::{Scene, TestClock, acme, try_open};

const EXCHANGE: Rotation = Rotation::Exchange {
    opens_for: Seconds::days(100),
};

async fn rotate(authority: &Authority, rotation: Rotation) -> keyferry_authority::Rotated {
    authority
        .rotate_key(rotation, &Origin::Local)
        .await
        .unwrap()
}

async fn of(authority: &Authority, purpose: KeyPurpose) -> Vec<KeyRecord> {
    let mut keys = authority.keys().await.unwrap();
    keys.retain(|key| key.purpose == purpose);
    keys
}

/// The profiles in a file, oldest first.
fn published(path: &Path) -> Vec<VendorProfile> {
    let text = fs::read(path).unwrap();
    let read = Artefact::read(&text).unwrap().into_iter();
    read.map(|artefact| match artefact {
        Ok(Artefact::Profile(signed)) => signed.verify_whole().unwrap().into_claims(),
        other => panic!("{other:?}"),
    })
    .collect()
}

fn states(profile: &VendorProfile, purpose: KeyPurpose) -> Vec<KeyState> {
    let keys = profile.keys.iter();
    keys.filter(|key| key.purpose() == purpose)
        .map(keyferry_token::ProfileKey::state)
        .collect()
}

#[tokio::test]
async fn a_new_signing_key_is_published_and_the_old_one_still_counts() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let before = authority.profile().await.unwrap();
    let pem = fs::read(authority.public_key_file()).unwrap();
    let rotated = rotate(authority, Rotation::Signing).await;
    assert_eq!(rotated.profile, before.number + 1);

    let keys = of(authority, KeyPurpose::Signing).await;
    assert_eq!(
        keys.iter()
            .map(|key| (key.id, key.state))
            .collect::<Vec<_>>(),
        [
            (rotated.replaces, KeyState::Retired),
            (rotated.key, KeyState::Active)
        ]
    );
    let profile = published(&authority.profile_file()).pop().unwrap();
    assert_eq!(profile.number, rotated.profile);
    assert_eq!(
        states(&profile, KeyPurpose::Signing),
        [KeyState::Retired, KeyState::Active]
    );
    let renewed = fs::read_to_string(authority.public_key_file()).unwrap();
    assert_ne!(renewed.as_bytes(), pem);
    assert_eq!(renewed, keys[1].public_key);
    assert!(matches!(&keys[1].home, KeyHome::PlainFile(path) if path.exists()));
    assert_eq!(scene.actions().await.pop().unwrap(), "key_rotated");
    let entries = authority.audit(keyferry_authority::Page::first(1000)).await;
    let last = entries.unwrap().items.pop().unwrap();
    assert_eq!(last.key, Some(rotated.key));
    assert!(last.detail.contains(&rotated.replaces.to_string()));

    // A head that the old key signed is still the vendor's.
    let old = authority.export_head().await.unwrap();
    rotate(authority, Rotation::Signing).await;
    let head: AuditHead = authority
        .read_audit_head(old.text.as_bytes())
        .await
        .unwrap();
    authority.verify_audit(Some(&head)).await.unwrap();
}

#[tokio::test]
async fn a_profile_key_is_replaced_by_a_chain_that_ends_with_the_new_key() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let before = authority.profile().await.unwrap();
    let head = authority.export_head().await.unwrap();
    let rotated = rotate(authority, Rotation::Profile).await;
    let chain = published(&authority.profile_file());
    assert_eq!(
        chain.iter().map(|one| one.number).collect::<Vec<_>>(),
        [before.number + 1, before.number + 2]
    );
    assert_eq!(rotated.profile, before.number + 2);
    assert!(chain.iter().all(|one| one.vendor == before.vendor));
    // Whoever is led on by it ends at a profile that the new key signed alone.
    let text = fs::read(authority.profile_file()).unwrap();
    let signed = Artefact::read(&text).unwrap();
    let signers: Vec<Option<KeyId>> = signed
        .into_iter()
        .map(|one| match one {
            Ok(Artefact::Profile(signed)) => signed.verify_whole().unwrap().key(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(signers, [Some(rotated.replaces), Some(rotated.key)]);
    authority
        .read_audit_head(head.text.as_bytes())
        .await
        .unwrap();
}

#[tokio::test]
async fn interrupted_before_the_database_names_it_everything_is_as_it_was() {
    let scene = Scene::new().await;
    let before = scene.authority.keys().await.unwrap();
    // The key file was written, and then the power went.
    let keys = scene.dir.path().join("keys");
    let signing = format!(
        "signing-{}.key",
        of(&scene.authority, KeyPurpose::Signing).await[0].id
    );
    fs::copy(
        keys.join(signing),
        keys.join("signing-0123456789abcdef.key"),
    )
    .unwrap();
    let again = scene.reopened().await;
    assert_eq!(again.keys().await.unwrap(), before);
    rotate(&again, Rotation::Signing).await;
}

#[tokio::test]
async fn interrupted_before_it_is_published_the_next_opening_publishes_it() {
    let scene = Scene::new().await;
    let files = [
        scene.authority.profile_file(),
        scene.authority.public_key_file(),
    ];
    let before = files.each_ref().map(|file| fs::read(file).unwrap());
    rotate(&scene.authority, Rotation::Signing).await;
    let after = files.each_ref().map(|file| fs::read(file).unwrap());
    for (file, content) in files.iter().zip(&before) {
        fs::write(file, content).unwrap();
    }
    scene.reopened().await;
    assert_eq!(files.each_ref().map(|file| fs::read(file).unwrap()), after);
    assert_ne!(before, after);
}

#[tokio::test]
async fn only_a_key_that_was_replaced_is_retired_and_says_what_that_strands() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("cad-01");
    scene.activate(&mut device, &sold.code).await;
    let authority = &scene.authority;
    let [key] = &of(authority, KeyPurpose::Exchange).await[..] else {
        panic!("one key")
    };
    let fault = authority.retire_key(key.id, &Origin::Local).await;
    assert_eq!(fault.unwrap_err().code().as_str(), "key_in_use");
    let unknown = authority
        .retire_key(KeyId::new([7; 8]), &Origin::Local)
        .await;
    assert_eq!(unknown.unwrap_err().code().as_str(), "key_unknown");

    let now = scene.clock.now();
    let rotated = rotate(authority, EXCHANGE).await;
    assert_eq!(rotated.opens_until, Some(now.plus(Seconds::days(100))));
    let stranded = authority.key_retirement(rotated.replaces).await.unwrap();
    assert_eq!(stranded.unheard, 1);
    let retired = authority
        .retire_key(rotated.replaces, &Origin::Local)
        .await
        .unwrap();
    assert!(retired.changed);
    let [old, _] = &of(authority, KeyPurpose::Exchange).await[..] else {
        panic!("two keys")
    };
    assert!(old.opens_until < Some(now));
    assert_eq!(old.home, KeyHome::Gone);
    let again = authority.retire_key(rotated.replaces, &Origin::Local).await;
    assert!(!again.unwrap().changed);
    assert_eq!(scene.actions().await.pop().unwrap(), "key_retired");
    scene.reopened().await;

    let rotated = rotate(authority, Rotation::Signing).await;
    let stranded = authority.key_retirement(rotated.replaces).await.unwrap();
    assert_eq!((stranded.activations, stranded.licenses), (1, 0));
    authority
        .retire_key(rotated.replaces, &Origin::Local)
        .await
        .unwrap();
    let profile = authority.profile().await.unwrap();
    assert_eq!(
        states(&profile, KeyPurpose::Signing),
        [KeyState::Revoked, KeyState::Active]
    );
}

/// Opens an authority whose keys are sealed.
async fn unlock(dir: &Path, profile_key: Option<&Path>) -> Result<Authority, SetupFault> {
    let options = OpenOptions {
        passphrase: Some(Passphrase::new("correct horse").unwrap()),
        database: None,
        profile_key: profile_key.map(Path::to_owned),
        pin: None,
        clock: Arc::new(TestClock::new()),
    };
    Authority::open(dir, options).await
}

#[tokio::test]
async fn a_profile_key_that_was_taken_out_is_asked_for_where_it_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let options = InitOptions {
        passphrase: Some(Passphrase::new("correct horse").unwrap()),
        ..acme()
    };
    let authority = Authority::init(dir.path(), options).await.unwrap();
    let [key] = &of(&authority, KeyPurpose::Profile).await[..] else {
        panic!("one key")
    };
    let (elsewhere, out) = (tempfile::tempdir().unwrap(), "any name.key");
    let out = elsewhere.path().join(out);
    let exported = authority.export_profile_key(&out, &Origin::Local).await;
    assert_eq!(exported.unwrap().key, key.id);
    let again = authority.export_profile_key(&out, &Origin::Local).await;
    assert_eq!(again.unwrap_err().code().as_str(), "profile_key_away");
    let away = async |authority: &Authority| {
        let fault = authority
            .rotate_key(Rotation::Signing, &Origin::Local)
            .await;
        assert_eq!(fault.unwrap_err().code().as_str(), "profile_key_away");
        assert_eq!(
            of(authority, KeyPurpose::Profile).await[0].home,
            KeyHome::Elsewhere
        );
    };
    away(&authority).await;
    authority.close().await.unwrap();

    // Everything else works on, and the key works from where it is now.
    let without = unlock(dir.path(), None).await.unwrap();
    away(&without).await;
    assert_eq!(fs::read_dir(dir.path().join("keys")).unwrap().count(), 4);
    let head = without.export_head().await.unwrap();
    without.read_audit_head(head.text.as_bytes()).await.unwrap();
    without.close().await.unwrap();
    let with = unlock(dir.path(), Some(&out)).await.unwrap();
    rotate(&with, Rotation::Signing).await;
    // Whoever is not at the machine does not bring it back there.
    let afar = Origin::Account(AccountId::new([7; 10]));
    let fault = with.rotate_key(Rotation::Profile, &afar).await;
    assert_eq!(fault.unwrap_err().code().as_str(), "key_kept_elsewhere");
    with.rotate_key(Rotation::Signing, &afar).await.unwrap();
    // A new profile key lies in the folder again.
    let rotated = rotate(&with, Rotation::Profile).await;
    let keys = of(&with, KeyPurpose::Profile).await;
    assert_eq!(keys[1].id, rotated.key);
    assert!(matches!(keys[1].home, KeyHome::SealedFile(_)));
    with.close().await.unwrap();
    let after = unlock(dir.path(), None).await.unwrap();
    rotate(&after, Rotation::Signing).await;
}

#[tokio::test]
async fn a_profile_key_is_taken_out_under_a_passphrase_only_and_never_over_a_file() {
    let scene = Scene::new().await;
    let out = scene.dir.path().join("out.key");
    let plain = scene
        .authority
        .export_profile_key(&out, &Origin::Local)
        .await;
    assert_eq!(plain.unwrap_err().code().as_str(), "passphrase_missing");
    assert!(!out.exists());
}

#[tokio::test]
async fn a_public_half_that_is_not_the_databases_opens_nothing() {
    let scene = Scene::new().await;
    let [key] = &of(&scene.authority, KeyPurpose::Profile).await[..] else {
        panic!("one key")
    };
    let keys = scene.dir.path().join("keys");
    let name = format!("profile-{}", key.id);
    fs::remove_file(keys.join(format!("{name}.key"))).unwrap();
    let opened = async |scene: &Scene| {
        try_open(scene.dir.path(), &scene.clock, scene.server.as_ref())
            .await
            .map_or_else(|fault| fault.code().as_str(), |_| "opened")
    };
    assert_eq!(opened(&scene).await, "file_not_found");
    let signing = fs::read(scene.authority.public_key_file()).unwrap();
    fs::write(keys.join(format!("{name}.pem")), signing).unwrap();
    assert_eq!(opened(&scene).await, "file_unreadable");
}
