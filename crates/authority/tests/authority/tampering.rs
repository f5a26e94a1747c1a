//! Whoever can write to the database alone is not the vendor: the profile key signs nothing of it.

use std::fs;

use keyferry_authority::{Authority, KeyRecord, NewProduct, Origin, Rotation};
use keyferry_token::{Artefact, KeyId, KeyPurpose, KeyState, Name, ProductCode};

use crate::scene::{Scene, acme, cad};

/// Does something to the database beside the program.
async fn write(scene: &Scene, statement: &str) {
    sqlx::query(scene.in_its_words(statement))
        .execute(&mut scene.database().await)
        .await
        .unwrap();
}

/// A key of somebody else, entered as one of the vendor's.
async fn smuggle(scene: &Scene, key: &KeyRecord, state: &str, since_profile: i64) {
    let spki = pem::spki(&key.public_key);
    sqlx::query(
        "INSERT INTO vendor_keys (kid, purpose, state, spki, created_at, since_profile)
         VALUES ($1, $2, $3, $4, 0, $5)",
    )
    .bind(key.id.as_bytes().to_vec())
    .bind(key.purpose.name())
    .bind(state)
    .bind(spki)
    .bind(since_profile)
    .execute(&mut scene.database().await)
    .await
    .unwrap();
}

mod pem {
    /// The bytes of a public key in PEM.
    pub(super) fn spki(text: &str) -> Vec<u8> {
        let lines = text.lines().filter(|line| !line.starts_with('-'));
        let digits: String = lines.collect();
        data_encoding::BASE64.decode(digits.as_bytes()).unwrap()
    }
}

async fn stranger() -> (tempfile::TempDir, Authority) {
    let dir = tempfile::tempdir().unwrap();
    let authority = Authority::init(dir.path(), acme()).await.unwrap();
    (dir, authority)
}

async fn key_of(authority: &Authority, purpose: KeyPurpose) -> KeyRecord {
    let keys = authority.keys().await.unwrap();
    keys.into_iter().find(|key| key.purpose == purpose).unwrap()
}

fn viewer() -> NewProduct {
    NewProduct {
        code: ProductCode::new("com.acme.view").unwrap(),
        name: Name::new("Acme View").unwrap(),
        ..cad()
    }
}

/// Nothing that signs a profile does it, nothing is changed, and no other program opens it.
async fn nothing_is_signed(scene: &Scene, retire: Option<KeyId>) {
    let authority = &scene.authority;
    let number = scene.numbers().await;
    let files = [authority.profile_file(), authority.public_key_file()];
    let before = files.each_ref().map(|file| fs::read(file).unwrap());
    let added = authority.product_add(viewer(), &Origin::Local).await;
    assert_eq!(added.unwrap_err().code().as_str(), "system_failure");
    for rotation in [Rotation::Signing, Rotation::Profile] {
        let rotated = authority.rotate_key(rotation, &Origin::Local).await;
        assert_eq!(rotated.unwrap_err().code().as_str(), "system_failure");
    }
    if let Some(key) = retire {
        let retired = authority.retire_key(key, &Origin::Local).await;
        assert_eq!(retired.unwrap_err().code().as_str(), "system_failure");
    }
    assert_eq!(scene.numbers().await, number);
    let opened = scene.try_reopened().await.map(|_| "opened");
    assert_eq!(opened.unwrap_err().code().as_str(), "system_failure");
    assert_eq!(files.each_ref().map(|file| fs::read(file).unwrap()), before);
}

impl Scene {
    /// The numbers of the profiles in the database.
    async fn numbers(&self) -> Vec<i64> {
        sqlx::query_scalar("SELECT number FROM profiles ORDER BY number")
            .fetch_all(&mut self.database().await)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_key_that_someone_wrote_into_the_database_is_signed_into_no_profile() {
    let (_dir, other) = stranger().await;
    for (purpose, state) in [
        (KeyPurpose::Signing, "retired"),
        // Before the vendor's own, which stays the one in use.
        (KeyPurpose::Signing, "active"),
        (KeyPurpose::Profile, "active"),
        (KeyPurpose::Exchange, "revoked"),
    ] {
        let scene = Scene::new().await;
        smuggle(&scene, &key_of(&other, purpose).await, state, 0).await;
        nothing_is_signed(&scene, None).await;
    }
}

#[tokio::test]
async fn a_signing_key_that_someone_wrote_into_the_database_is_handed_out_in_no_file() {
    let (_dir, other) = stranger().await;
    let scene = Scene::new().await;
    let public = fs::read(scene.authority.public_key_file()).unwrap();
    smuggle(
        &scene,
        &key_of(&other, KeyPurpose::Signing).await,
        "active",
        9,
    )
    .await;
    let opened = scene.try_reopened().await.map(|_| "opened");
    assert_eq!(opened.unwrap_err().code().as_str(), "system_failure");
    assert_eq!(fs::read(scene.authority.public_key_file()).unwrap(), public);
}

#[tokio::test]
async fn what_the_database_says_of_the_vendor_is_signed_as_it_was_only() {
    for statement in [
        "UPDATE vendor SET portal = 'https://evil.example'",
        "UPDATE vendor SET name = 'Someone else'",
        "UPDATE products SET name = 'Something else'",
        "UPDATE profiles SET number = 1000 WHERE number = 2",
    ] {
        let scene = Scene::new().await;
        write(&scene, statement).await;
        let added = scene.authority.product_add(viewer(), &Origin::Local).await;
        let code = added.unwrap_err().code();
        assert_eq!(code.as_str(), "system_failure", "{statement}");
    }
}

#[tokio::test]
async fn a_key_that_was_revoked_comes_back_by_no_change_of_the_database() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let rotated = authority
        .rotate_key(Rotation::Signing, &Origin::Local)
        .await
        .unwrap();
    let before = scene.numbers().await;
    authority
        .retire_key(rotated.replaces, &Origin::Local)
        .await
        .unwrap();
    write(
        &scene,
        "UPDATE vendor_keys SET state = 'retired' WHERE state = 'revoked'",
    )
    .await;
    nothing_is_signed(&scene, None).await;
    // Nor with the profiles that say so taken away.
    let last = before.last().unwrap();
    write(
        &scene,
        &format!("DELETE FROM profiles WHERE number > {last}"),
    )
    .await;
    nothing_is_signed(&scene, Some(rotated.replaces)).await;
}

#[tokio::test]
async fn a_profile_that_someone_else_signed_leads_to_no_other() {
    let (_dir, other) = stranger().await;
    let scene = Scene::new().await;
    let text = fs::read(other.profile_file()).unwrap();
    let Ok(Artefact::Profile(forged)) = Artefact::read(&text).unwrap().remove(0) else {
        panic!("no profile")
    };
    sqlx::query("INSERT INTO profiles (number, bytes, issued_at) VALUES (3, $1, 0)")
        .bind(forged.bytes().to_vec())
        .execute(&mut scene.database().await)
        .await
        .unwrap();
    nothing_is_signed(&scene, None).await;
    let read = scene.authority.profile().await;
    assert_eq!(read.unwrap_err().code().as_str(), "system_failure");
}

#[tokio::test]
async fn what_is_asked_for_is_signed_all_the_same() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    authority
        .product_add(viewer(), &Origin::Local)
        .await
        .unwrap();
    for rotation in [Rotation::Profile, Rotation::Signing] {
        authority
            .rotate_key(rotation, &Origin::Local)
            .await
            .unwrap();
    }
    let mark = scene.dir.path().join("last-profile");
    // A folder of an earlier version has none.
    fs::remove_file(&mark).unwrap();
    let again = scene.reopened().await;
    assert!(mark.exists());
    let keys = again.keys().await.unwrap();
    let replaced = keys
        .iter()
        .find(|key| key.purpose == KeyPurpose::Signing && key.state == KeyState::Retired);
    again
        .retire_key(replaced.unwrap().id, &Origin::Local)
        .await
        .unwrap();
}
