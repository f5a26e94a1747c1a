//! Another passphrase for the private keys, or their first one.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use keyferry_authority::{
    Authority, InitOptions, LockedKeys, OpenOptions, Origin, Passphrase, Rotation, SetupFault,
    lock_keys,
};
use tempfile::TempDir;

use crate::scene::acme;

const OLD: Option<&str> = Some("correct horse");
const NEW: &str = "seven swans a-swimming";

fn with(passphrase: Option<&str>, profile_key: Option<&Path>) -> OpenOptions {
    OpenOptions {
        passphrase: passphrase.map(|text| Passphrase::new(text).unwrap()),
        profile_key: profile_key.map(Path::to_owned),
        ..OpenOptions::default()
    }
}

async fn set_up(passphrase: Option<&str>) -> (TempDir, Authority) {
    let dir = tempfile::tempdir().unwrap();
    let options = InitOptions {
        passphrase: with(passphrase, None).passphrase,
        ..acme()
    };
    let authority = Authority::init(dir.path(), options).await.unwrap();
    (dir, authority)
}

fn lock(dir: &TempDir, before: Option<&str>) -> Result<LockedKeys, SetupFault> {
    let new = Passphrase::new(NEW).unwrap();
    lock_keys(dir.path(), &with(before, None), &new)
}

async fn opened(dir: &TempDir, passphrase: Option<&str>) -> Result<Authority, &'static str> {
    let opened = Authority::open(dir.path(), with(passphrase, None)).await;
    opened.map_err(|fault| fault.code().as_str())
}

/// Opens it with the new passphrase, and has each key work.
async fn works(dir: &TempDir) {
    let authority = opened(dir, Some(NEW)).await.unwrap();
    assert_eq!(authority.warnings(), []);
    let rotated = authority.rotate_key(Rotation::Signing, &Origin::Local);
    rotated.await.unwrap();
    authority.close().await.unwrap();
}

/// The key files, by name.
fn files(dir: &TempDir) -> BTreeMap<PathBuf, Vec<u8>> {
    let keys = fs::read_dir(dir.path().join("keys")).unwrap();
    let paths = keys.map(|entry| entry.unwrap().path());
    paths
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

#[tokio::test]
async fn keys_that_lay_open_are_locked_with_their_first_passphrase() {
    let (dir, authority) = set_up(None).await;
    authority.close().await.unwrap();
    let locked = lock(&dir, None).unwrap();
    assert_eq!((locked.sealed.len(), locked.unchanged), (4, 0));
    for (path, content) in files(&dir) {
        let text = String::from_utf8(content).unwrap();
        assert!(text.contains("KEYFERRY SEALED KEY"), "{}", path.display());
    }
    assert_eq!(opened(&dir, None).await.err(), Some("passphrase_missing"));
    works(&dir).await;
}

#[tokio::test]
async fn keys_are_locked_with_another_passphrase_and_no_longer_with_the_one_before() {
    let (dir, authority) = set_up(OLD).await;
    authority.close().await.unwrap();
    let before = files(&dir);
    for (given, code) in [
        (None, "passphrase_missing"),
        (Some("wrong"), "passphrase_wrong"),
    ] {
        assert_eq!(lock(&dir, given).unwrap_err().code().as_str(), code);
        assert_eq!(files(&dir), before);
    }
    assert_eq!(lock(&dir, OLD).unwrap().sealed.len(), 4);
    assert_eq!(opened(&dir, OLD).await.err(), Some("passphrase_wrong"));
    works(&dir).await;
}

#[tokio::test]
async fn locking_that_was_cut_off_goes_on_and_takes_in_what_came_between() {
    let (dir, authority) = set_up(OLD).await;
    authority.close().await.unwrap();
    let before = files(&dir);
    lock(&dir, OLD).unwrap();
    // Two files as they were before the first one was written: neither passphrase opens all of them.
    for (path, content) in before.iter().take(2) {
        fs::write(path, content).unwrap();
    }
    for passphrase in [OLD, Some(NEW)] {
        assert_eq!(
            opened(&dir, passphrase).await.err(),
            Some("passphrase_wrong")
        );
    }
    let locked = lock(&dir, OLD).unwrap();
    assert_eq!((locked.sealed.len(), locked.unchanged), (2, 2));
    let again = lock(&dir, None).unwrap();
    assert_eq!((again.sealed.len(), again.unchanged), (0, 4));
    works(&dir).await;
}

#[tokio::test]
async fn a_profile_key_that_was_taken_out_is_locked_anew_where_it_is() {
    let (dir, authority) = set_up(OLD).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let out = elsewhere.path().join("on paper.key");
    let exported = authority.export_profile_key(&out, &Origin::Local).await;
    exported.unwrap();
    authority.close().await.unwrap();
    let new = Passphrase::new(NEW).unwrap();
    let locked = lock_keys(dir.path(), &with(OLD, Some(&out)), &new).unwrap();
    assert_eq!((locked.sealed.len(), locked.sealed.last()), (4, Some(&out)));
    let again = lock_keys(dir.path(), &with(None, Some(&out)), &new).unwrap();
    assert_eq!((again.sealed.len(), again.unchanged), (0, 4));
    let authority = Authority::open(dir.path(), with(Some(NEW), Some(&out)));
    let authority = authority.await.unwrap();
    let rotated = authority.rotate_key(Rotation::Signing, &Origin::Local);
    rotated.await.unwrap();
}

#[tokio::test]
async fn a_file_is_no_profile_key_where_none_was_taken_out() {
    let (dir, authority) = set_up(OLD).await;
    authority.close().await.unwrap();
    let before = files(&dir);
    let (path, new) = (dir.path().join("public.pem"), Passphrase::new(NEW).unwrap());
    let fault = lock_keys(dir.path(), &with(OLD, Some(&path)), &new).unwrap_err();
    assert_eq!(fault.code().as_str(), "file_unreadable");
    assert_eq!(files(&dir), before);
}

#[tokio::test]
async fn there_is_nothing_to_lock_where_there_is_no_authority() {
    let dir = tempfile::tempdir().unwrap();
    let fault = lock(&dir, None).unwrap_err();
    assert_eq!(fault.code().as_str(), "authority_missing");
}
