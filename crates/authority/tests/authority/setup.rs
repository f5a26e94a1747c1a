//! Setting up and opening.

use std::{fs, path::Path, sync::Arc};

use keyferry_authority::{Authority, OpenOptions, Passphrase, PortalAddress, SetupFault, Warning};
use keyferry_token::{Artefact, Colour, KeyPurpose, Name, VendorId};

use crate::scene::{Scene, TestClock, acme, copy_folder};

fn code(result: Result<Authority, SetupFault>) -> &'static str {
    result.map_or_else(|fault| fault.code().as_str(), |_| "opened")
}

async fn open(dir: &Path, passphrase: Option<&str>) -> Result<Authority, SetupFault> {
    let options = OpenOptions {
        passphrase: passphrase.map(|text| Passphrase::new(text).unwrap()),
        profile_key: None,
        pin: None,
        clock: Arc::new(TestClock::new()),
        ..OpenOptions::default()
    };
    Authority::open(dir, options).await
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[tokio::test]
async fn private_files_are_for_their_owner_alone() {
    let fresh = tempfile::tempdir().unwrap();
    let made = fresh.path().join("authority");
    fs::create_dir(&made).unwrap();
    Authority::init(&made, acme()).await.unwrap();
    assert_eq!(mode(&made), 0o700);
    assert_eq!(mode(&made.join("keys")), 0o700);
    assert_eq!(mode(&made.join("authority.db")), 0o600);
    let keys: Vec<_> = fs::read_dir(made.join("keys"))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(keys.len(), 4);
    for key in keys {
        assert_eq!(mode(&key.path()), 0o600, "{key:?}");
    }
}

#[tokio::test]
async fn a_new_authority_has_a_profile_that_customers_can_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = acme();
    options.portal = Some(PortalAddress::new("https://license.acme.example/").unwrap());
    options.support = Some(Name::new("help@acme.example").unwrap());
    options.colour = Some(Colour([1, 2, 3]));
    let authority = Authority::init(dir.path(), options).await.unwrap();

    let file = fs::read(authority.profile_file()).unwrap();
    let Ok(Artefact::Profile(signed)) = Artefact::read(&file).unwrap().remove(0) else {
        panic!("not a profile")
    };
    let profile = signed.verify_whole().unwrap();
    assert_eq!(profile.name.as_str(), "Acme Engineering");
    assert_eq!(
        profile.portal.as_deref(),
        Some("https://license.acme.example")
    );
    assert_eq!(profile.colour, Some(Colour([1, 2, 3])));
    assert_eq!(profile.number, 1);
    assert_eq!(profile.keys.len(), 3);
    let first = profile
        .keys
        .iter()
        .find(|key| key.purpose() == KeyPurpose::Profile)
        .unwrap();
    assert_eq!(profile.vendor, VendorId::of_first_profile_key(first.spki()));
    assert_eq!(profile.vendor, authority.vendor());

    let public = fs::read_to_string(authority.public_key_file()).unwrap();
    let body: String = public
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let spki = data_encoding::BASE64.decode(body.as_bytes()).unwrap();
    let signing = profile
        .keys
        .iter()
        .find(|key| key.purpose() == KeyPurpose::Signing)
        .unwrap();
    assert_eq!(spki, signing.spki());
}

#[tokio::test]
async fn setting_up_twice_changes_nothing() {
    let scene = Scene::new().await;
    let profile = fs::read(scene.authority.profile_file()).unwrap();
    assert_eq!(
        code(Authority::init(scene.dir.path(), acme()).await),
        "authority_exists"
    );
    assert_eq!(fs::read(scene.authority.profile_file()).unwrap(), profile);

    // Neither does it take over what only looks like a part of an authority.
    let dir = tempfile::tempdir().unwrap();
    copy_folder(&scene.dir.path().join("keys"), &dir.path().join("keys"));
    assert_eq!(
        code(Authority::init(dir.path(), acme()).await),
        "authority_exists"
    );
    assert_eq!(fs::read_dir(dir.path().join("keys")).unwrap().count(), 4);
}

#[tokio::test]
async fn an_interrupted_setup_is_no_authority_and_can_be_run_again() {
    let scene = Scene::new().await;
    let dir = tempfile::tempdir().unwrap();
    copy_folder(scene.dir.path(), dir.path());
    fs::write(dir.path().join("setup-unfinished"), "").unwrap();
    assert_eq!(code(open(dir.path(), None).await), "authority_missing");

    let again = Authority::init(dir.path(), acme()).await.unwrap();
    assert_ne!(again.vendor(), scene.authority.vendor());
    again.close().await.unwrap();
    assert_eq!(code(open(dir.path(), None).await), "opened");
}

#[tokio::test]
async fn two_programs_do_not_set_up_the_same_folder_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let lock = fs::File::create(dir.path().join("lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(
        code(Authority::init(dir.path(), acme()).await),
        "database_busy"
    );
    drop(lock);
    assert_eq!(code(Authority::init(dir.path(), acme()).await), "opened");
}

#[tokio::test]
async fn keys_sealed_with_a_passphrase_open_with_it_only() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = acme();
    options.passphrase = Some(Passphrase::new("  seven swans ").unwrap());
    let authority = Authority::init(dir.path(), options).await.unwrap();
    assert_eq!(authority.warnings(), []);
    authority.close().await.unwrap();

    assert_eq!(code(open(dir.path(), None).await), "passphrase_missing");
    assert_eq!(
        code(open(dir.path(), Some("seven swans")).await),
        "passphrase_wrong"
    );
    let opened = open(dir.path(), Some("  seven swans ")).await.unwrap();
    assert_eq!(opened.warnings(), []);
    for key in fs::read_dir(dir.path().join("keys")).unwrap() {
        let text = fs::read_to_string(key.unwrap().path()).unwrap();
        assert!(
            text.starts_with("-----BEGIN KEYFERRY SEALED KEY-----"),
            "{text}"
        );
    }
}

#[test]
fn a_passphrase_is_the_first_line_of_its_file_with_its_spaces() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("passphrase");
    assert_eq!(
        Passphrase::read_file(&file).unwrap_err().code().as_str(),
        "file_not_found"
    );
    fs::write(&file, "\n").unwrap();
    assert_eq!(
        Passphrase::read_file(&file).unwrap_err().code().as_str(),
        "passphrase_missing"
    );
    fs::write(&file, "seven swans\r\nsecond line").unwrap();
    #[cfg(unix)]
    assert_eq!(
        Passphrase::read_file(Path::new("/dev/zero"))
            .unwrap_err()
            .code()
            .as_str(),
        "file_unreadable"
    );
    let passphrase = Passphrase::read_file(&file).unwrap();
    assert_eq!(format!("{passphrase:?}"), "Passphrase(…)");
}

#[tokio::test]
async fn keys_without_a_passphrase_are_warned_about_each_time() {
    let scene = Scene::new().await;
    assert_eq!(scene.authority.warnings(), [Warning::KeysWithoutPassphrase]);
}

#[cfg(unix)]
#[tokio::test]
async fn keys_that_others_can_read_are_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new().await;
    let key = scene.dir.path().join("keys/lookup.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o604)).unwrap();
    assert_eq!(code(scene.try_reopened().await), "key_file_exposed");
}

#[tokio::test]
async fn a_key_under_another_keys_name_is_not_used() {
    let scene = Scene::new().await;
    let key = |purpose: &str| {
        fs::read_dir(scene.dir.path().join("keys"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| {
                path.file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with(purpose)
            })
            .unwrap()
    };
    fs::copy(key("profile"), key("signing")).unwrap();
    assert_eq!(code(scene.try_reopened().await), "file_unreadable");
}

#[tokio::test]
async fn what_is_missing_or_damaged_is_named() {
    let whole = tempfile::tempdir().unwrap();
    let made = Authority::init(whole.path(), acme()).await.unwrap();
    made.close().await.unwrap();
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(code(open(empty.path(), None).await), "authority_missing");
    assert_eq!(
        code(open(&empty.path().join("none"), None).await),
        "authority_missing"
    );

    let damaged = |name: &str, content: Option<&[u8]>| {
        let dir = tempfile::tempdir().unwrap();
        copy_folder(whole.path(), dir.path());
        let path = if name == "key" {
            dir.path().join("keys/lookup.key")
        } else {
            dir.path().join(name)
        };
        for rest in ["-wal", "-shm"] {
            let _ = fs::remove_file(dir.path().join(format!("{name}{rest}")));
        }
        match content {
            Some(content) => fs::write(path, content).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        dir
    };
    for (name, content, expected) in [
        ("authority.db", None, "file_not_found"),
        (
            "authority.db",
            Some(b"not a database, by any means".as_slice()),
            "file_unreadable",
        ),
        ("authority.db", Some(b""), "file_unreadable"),
        ("key", None, "file_not_found"),
        ("key", Some(b"no key"), "file_unreadable"),
    ] {
        let dir = damaged(name, content);
        assert_eq!(
            code(open(dir.path(), None).await),
            expected,
            "{name} {content:?}"
        );
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let scene = Scene::new().await;
    sqlx::query(scene.in_its_words(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', TRUE, x'00', 0)",
    ))
    .execute(&mut scene.database().await)
    .await
    .unwrap();
    assert_eq!(code(scene.try_reopened().await), "database_newer");
}

#[tokio::test]
async fn a_lost_profile_file_is_written_again_on_opening() {
    let scene = Scene::new().await;
    let file = scene.authority.profile_file();
    let content = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    scene.reopened().await;
    assert_eq!(fs::read(&file).unwrap(), content);
}
