//! An authority brought back from a backup: rule A14.

use std::{fs, io::Cursor, path::Path, sync::Arc};

use keyferry_authority::{
    Authority, Deactivated, EntitlementKey, OpenOptions, Origin, Restoration, RestoreFault,
    Restored, Rotation,
};
use keyferry_fixtures::{NOW, TestDatabase, TestDevice};
use keyferry_token::{ActivationId, Grant, Name, ProductCode, Seconds, Sequence};
use tempfile::TempDir;

use crate::scene::{Scene, TestClock, cad, copy_folder, given_back, url};

const ORIGIN: Origin = Origin::Local;

/// A backup as the vendor keeps it: a file, or what the server's own programs bring back.
pub(crate) struct Kept {
    dir: TempDir,
    server: Option<TestDatabase>,
}

/// The audit log as the vendor keeps it.
pub(crate) struct Log {
    pub(crate) lines: Vec<u8>,
    pub(crate) head: Vec<u8>,
}

impl Kept {
    pub(crate) async fn of(scene: &Scene) -> Self {
        let dir = tempfile::tempdir().unwrap();
        if scene.server.is_none() {
            let file = dir.path().join("backup.db");
            scene.authority.back_up(&file).await.unwrap();
        }
        let server = scene.server.as_ref().map(TestDatabase::copy);
        Self { dir, server }
    }
}

impl Log {
    pub(crate) async fn of(authority: &Authority) -> Self {
        let mut lines = Vec::new();
        authority.export_audit(&mut lines).await.unwrap();
        let head = authority.export_head().await.unwrap();
        let head = head.text.into_bytes();
        Self { lines, head }
    }
}

/// The folder of a scene as it is after its books were lost.
fn folder_without_books(scene: &Scene) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy_folder(scene.dir.path(), dir.path());
    for name in ["authority.db", "authority.db-wal", "authority.db-shm"] {
        let _ = fs::remove_file(dir.path().join(name));
    }
    dir
}

async fn restore_in(
    dir: &Path,
    clock: &TestClock,
    kept: &Kept,
    log: &[u8],
    head: Option<Vec<u8>>,
) -> Result<(Authority, Restored), RestoreFault> {
    restore_trusting(dir, clock, kept, (log, head), false).await
}

async fn restore_trusting(
    dir: &Path,
    clock: &TestClock,
    kept: &Kept,
    (log, head): (&[u8], Option<Vec<u8>>),
    unproven: bool,
) -> Result<(Authority, Restored), RestoreFault> {
    let options = OpenOptions {
        database: kept.server.as_ref().map(url),
        clock: Arc::new(clock.clone()),
        ..OpenOptions::default()
    };
    let mut log = Cursor::new(log);
    let from = Restoration {
        unproven,
        backup: kept
            .server
            .is_none()
            .then(|| kept.dir.path().join("backup.db")),
        log: &mut log,
        head,
    };
    Authority::restore(dir, options, from, &ORIGIN).await
}

/// The authority after its books were lost, brought back from a backup and a log.
pub(crate) async fn restored(scene: &Scene, kept: Kept, log: &Log) -> (Scene, Restored) {
    let head = Some(log.head.clone());
    restored_trusting(scene, kept, (&log.lines, head), false).await
}

/// The same with another head or none, and with what then nothing proves or without it.
pub(crate) async fn restored_trusting(
    scene: &Scene,
    kept: Kept,
    log: (&[u8], Option<Vec<u8>>),
    unproven: bool,
) -> (Scene, Restored) {
    let dir = folder_without_books(scene);
    let back = restore_trusting(dir.path(), &scene.clock, &kept, log, unproven).await;
    let (authority, restored) = back.unwrap();
    let scene = Scene {
        dir,
        clock: scene.clock.clone(),
        profile: authority.profile().await.unwrap(),
        authority,
        server: kept.server,
    };
    (scene, restored)
}

async fn refused(scene: &Scene, kept: &Kept, log: &[u8], head: Option<Vec<u8>>) -> &'static str {
    let dir = folder_without_books(scene);
    let back = restore_in(dir.path(), &scene.clock, kept, log, head).await;
    assert!(!dir.path().join("authority.db").exists());
    back.map(|_| ()).unwrap_err().code().as_str()
}

#[tokio::test]
async fn a14_devices_that_the_backup_knows_go_on_with_higher_numbers() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let mut known = TestDevice::new("known");
    let grant = scene.granted(&mut known, &sold.code).await;
    let kept = Kept::of(&scene).await;
    scene.clock.pass(Seconds::days(3));
    let latest = scene.refresh(&known, grant.activation).await;
    let log = Log::of(&scene.authority).await;

    let (back, told) = restored(&scene, kept, &log).await;
    assert_eq!((told.epoch, told.entries), (2, 1));
    assert!(told.devices.is_empty() && told.entitlements.is_empty());
    // The seat is held by what was granted since, and nothing that the device has is newer.
    let record = back.record(grant.activation).await.activation;
    assert_eq!(Some(record.lease_expires_at), latest.lease_expires_at);
    assert_eq!(record.sequence, latest.sequence);
    let next = back.refresh(&known, grant.activation).await;
    assert!(next.sequence > latest.sequence);
    // Nor does a clock that stood still bring a number twice.
    let again = back.refresh(&known, grant.activation).await;
    assert_eq!(again.sequence, Sequence(next.sequence.0 + 1));
    assert_eq!(
        back.deactivate(&mut known, &latest).await,
        Deactivated::Freed
    );
}

#[tokio::test]
async fn a14_what_was_taken_away_since_the_backup_stays_taken_away() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let [revoked, suspended, renewed, kept_open] = [
        scene.sell(2).await,
        scene.sell(1).await,
        scene.sell(1).await,
        scene.sell(3).await,
    ];
    let mut devices = ["released", "left", "stays"].map(TestDevice::new);
    let mut grants = Vec::new();
    for device in &mut devices {
        grants.push(scene.granted(device, &kept_open.code).await);
    }
    let kept = Kept::of(&scene).await;

    let key =
        |sold: &keyferry_authority::IssuedEntitlement| EntitlementKey::Id(sold.entitlement.id);
    authority
        .entitlement_revoke(&key(&revoked), &ORIGIN)
        .await
        .unwrap();
    authority
        .entitlement_suspend(&key(&suspended), &ORIGIN)
        .await
        .unwrap();
    let renewal = keyferry_authority::EntitlementRenewal {
        ends_at: NOW.plus(Seconds::days(400)),
        offline_lease: Some(Seconds::days(9)),
        maintenance_end: None,
    };
    authority
        .entitlement_renew(&key(&renewed), renewal, &ORIGIN)
        .await
        .unwrap();
    authority
        .release_lost(grants[0].activation, &ORIGIN)
        .await
        .unwrap();
    scene.deactivate(&mut devices[1], &grants[1]).await;
    authority
        .holder_secret_replace(&key(&kept_open), &ORIGIN)
        .await
        .unwrap();
    let log = Log::of(authority).await;

    let (back, told) = restored(&scene, kept, &log).await;
    assert_eq!(told.entries, 6);
    assert_eq!(told.holder_secrets, [kept_open.entitlement.id]);
    let now = |sold: keyferry_authority::IssuedEntitlement| {
        let authority = &back.authority;
        async move {
            authority
                .entitlement(&EntitlementKey::Id(sold.entitlement.id))
                .await
                .unwrap()
        }
    };
    let stolen = kept_open.holder_secret.clone();
    assert_eq!(now(revoked).await.status.name(), "revoked");
    assert_eq!(now(suspended).await.status.name(), "suspended");
    let renewed = now(renewed).await;
    assert_eq!(renewed.ends_at, Some(renewal.ends_at));
    assert_eq!(renewed.offline_lease, renewal.offline_lease);
    assert_eq!(
        back.no_refresh(grants[0].activation).await,
        "activation_released"
    );
    let refusal = back.refuse(&mut devices[0], &kept_open.code).await;
    assert_eq!(refusal.problem.code.as_str(), "device_blocked");
    assert_eq!(
        back.no_refresh(grants[1].activation).await,
        "activation_deactivated"
    );
    back.refresh(&devices[2], grants[2].activation).await;
    assert_eq!(now(kept_open).await.seats_used, 1);
    let entered = back.authority.holder_enter(&stolen, &ORIGIN).await;
    assert_eq!(
        entered.unwrap_err().code().as_str(),
        "holder_secret_not_accepted"
    );
}

#[tokio::test]
async fn a14_people_and_programs_that_were_shut_out_since_the_backup_stay_out() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let program = keyferry_authority::NewApiToken {
        name: Name::new("ERP").unwrap(),
        scopes: vec![keyferry_authority::Permission::ALL[0]],
        expires_at: None,
    };
    let own = keyferry_authority::Permission::ALL.as_slice();
    let program = authority
        .api_token_add(&program, own, &ORIGIN)
        .await
        .unwrap();
    let person = keyferry_authority::AccountName::new("robin").unwrap();
    let role = keyferry_authority::Role::Issuer;
    let person = authority.account_add(&person, role, &ORIGIN).await.unwrap();
    let person = person.account.id;
    let kept = Kept::of(&scene).await;

    let off = keyferry_authority::AccountChange {
        role: None,
        disabled: Some(true),
    };
    authority
        .account_change(person, off, &ORIGIN)
        .await
        .unwrap();
    authority
        .api_token_revoke(program.token.id, &ORIGIN)
        .await
        .unwrap();
    let log = Log::of(authority).await;
    let (back, told) = restored(&scene, kept, &log).await;
    assert_eq!(told.entries, 2);
    assert!(back.authority.account(person).await.unwrap().disabled);
    let program = back.authority.api_token(program.token.id).await.unwrap();
    assert!(program.revoked_at.is_some());
}

#[tokio::test]
async fn a14_a_device_that_the_backup_does_not_know_keeps_its_seat_and_comes_back_to_it() {
    for gives_back in [true, false] {
        let scene = Scene::new().await;
        let sold = scene.sell(1).await;
        let kept = Kept::of(&scene).await;
        let mut device = TestDevice::new("later");
        let grant = scene.granted(&mut device, &sold.code).await;
        let log = Log::of(&scene.authority).await;
        let (back, told) = restored(&scene, kept, &log).await;
        let held_until = back.record(grant.activation).await.activation.grace_until;
        assert_eq!(
            told.devices,
            [(grant.activation, sold.entitlement.id, held_until)]
        );

        // Its seat is nobody else's while it may run, and nothing can be sealed to it.
        let refusal = back
            .refuse(&mut TestDevice::new("stranger"), &sold.code)
            .await;
        assert_eq!(refusal.problem.code.as_str(), "no_free_seat");
        assert_eq!(
            back.no_refresh(grant.activation).await,
            "activation_not_in_backup"
        );
        if gives_back {
            assert_eq!(
                back.deactivate(&mut device, &grant).await,
                Deactivated::Freed
            );
        }
        let again = back.granted(&mut device, &sold.code).await;
        assert_ne!(again.activation, grant.activation);
        assert!(again.sequence >= grant.sequence);
        assert_eq!(back.seats_used(&sold).await, 1);
        back.refresh(&device, again.activation).await;
    }
}

#[tokio::test]
async fn a14_the_seat_of_a_device_that_never_comes_back_is_free_when_its_time_is_over() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let kept = Kept::of(&scene).await;
    scene
        .granted(&mut TestDevice::new("gone"), &sold.code)
        .await;
    let log = Log::of(&scene.authority).await;
    let (back, _) = restored(&scene, kept, &log).await;
    back.clock.pass(Seconds::days(30 + 7));
    back.granted(&mut TestDevice::new("stranger"), &sold.code)
        .await;
}

#[tokio::test]
async fn a14_a_device_that_got_its_seat_anew_since_the_backup_has_one_seat() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let mut device = TestDevice::new("pc");
    let first = scene.granted(&mut device, &sold.code).await;
    let kept = Kept::of(&scene).await;
    let late = device.deactivate(&scene.vendor(), &first);
    // The deactivation is on its way when the device asks again.
    let second = scene.granted(&mut device, &sold.code).await;
    let mut anew = TestDevice::new("pc");
    let third = scene.granted(&mut anew, &sold.code).await;
    assert_ne!(third.activation, second.activation);
    let log = Log::of(&scene.authority).await;

    let (back, _) = restored(&scene, kept, &log).await;
    assert_eq!(back.seats_used(&sold).await, 1);
    assert_eq!(
        back.no_refresh(second.activation).await,
        "activation_superseded"
    );
    // What comes late is late after the restoration as well.
    let outcome = given_back(back.receive(&late).await).outcome;
    assert_eq!(outcome, Deactivated::Outdated);
    back.granted(&mut anew, &sold.code).await;
    assert_eq!(back.seats_used(&sold).await, 1);
}

#[tokio::test]
async fn a14_what_only_the_log_knows_of_is_told() {
    let scene = Scene::new().await;
    let kept = Kept::of(&scene).await;
    let sold = scene.sell(4).await;
    scene.granted(&mut TestDevice::new("pc"), &sold.code).await;
    let log = Log::of(&scene.authority).await;
    let (back, told) = restored(&scene, kept, &log).await;
    let [lost] = told.entitlements.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((lost.id, lost.seats), (sold.entitlement.id, Some(4)));
    assert_eq!(lost.hint, sold.entitlement.hint);
    assert_eq!(told.known_until, Some(NOW));
    let refusal = back.refuse(&mut TestDevice::new("pc"), &sold.code).await;
    assert_eq!(
        refusal.problem.code.as_str(),
        "activation_code_not_accepted"
    );
}

#[tokio::test]
async fn a14_the_log_goes_on_in_a_new_epoch_and_tells_what_an_older_head_is() {
    let scene = Scene::new().await;
    let sold = scene.sell(3).await;
    let kept = Kept::of(&scene).await;
    let before = scene.authority.export_head().await.unwrap().head;
    scene.clock.pass(Seconds::new(10));
    scene.granted(&mut TestDevice::new("one"), &sold.code).await;
    let log = Log::of(&scene.authority).await;
    scene.clock.pass(Seconds::new(10));
    scene.granted(&mut TestDevice::new("two"), &sold.code).await;
    let lost = scene.authority.export_head().await.unwrap().head;
    scene.clock.pass(Seconds::new(10));

    let (back, _) = restored(&scene, kept, &log).await;
    let reached = back.authority.read_audit_head(&log.head).await.unwrap();
    for head in [None, Some(&before), Some(&reached)] {
        back.authority.verify_audit(head).await.unwrap();
    }
    // The place of the entry that was lost is that of the restoration now.
    for more in 0..2 {
        let fault = back.authority.verify_audit(Some(&lost)).await.unwrap_err();
        assert_eq!(fault.code().as_str(), "audit_lost");
        let position = (reached.position() + 1).to_string();
        assert_eq!(fault.problem().arg("position"), Some(position.as_str()));
        let mut device = TestDevice::new(&format!("more {more}"));
        back.granted(&mut device, &sold.code).await;
    }
    let page = keyferry_authority::Page::first(100);
    let entries = back.authority.audit(page).await.unwrap().items;
    let epochs: Vec<_> = entries.iter().map(|entry| entry.epoch).collect();
    let old = usize::try_from(reached.position()).unwrap();
    assert!(epochs[..old].iter().all(Option::is_none));
    assert!(epochs[old..].iter().all(|epoch| *epoch == Some(2)));
    assert_eq!(entries[old].action, "authority_restored");

    // The export of the second epoch is as good as that of the first one.
    let kept = Kept::of(&back).await;
    let log = Log::of(&back.authority).await;
    let (third, told) = restored(&back, kept, &log).await;
    assert_eq!((told.epoch, told.entries), (3, 0));
    third.authority.verify_audit(Some(&reached)).await.unwrap();
}

#[tokio::test]
async fn a14_a_log_that_was_changed_or_is_of_others_restores_nothing() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let kept = Kept::of(&scene).await;
    scene.granted(&mut TestDevice::new("one"), &sold.code).await;
    let short = Log::of(&scene.authority).await;
    scene.granted(&mut TestDevice::new("two"), &sold.code).await;
    let log = Log::of(&scene.authority).await;
    let text = String::from_utf8(log.lines.clone()).unwrap();
    let without = |what: &str| {
        text.lines()
            .filter(|line| !line.contains(what))
            .fold(String::new(), |all, line| all + line + "\n")
    };
    let cases = [
        (
            text.replace("activation_granted", "activation_renewed"),
            "audit_broken",
        ),
        (without("\"position\":3,"), "audit_broken"),
        (
            text.replace("\"hash\"", "\"more\":1,\"hash\""),
            "audit_broken",
        ),
        (text.trim_end().to_owned(), "audit_log_refused"),
        (without("keyferry_audit"), "audit_log_refused"),
        (String::new(), "audit_log_refused"),
        (String::from_utf8(short.lines).unwrap(), "audit_truncated"),
    ];
    for (lines, code) in cases {
        let head = Some(log.head.clone());
        assert_eq!(refused(&scene, &kept, lines.as_bytes(), head).await, code);
    }
    // A log of the same vendor that is not the one of this backup.
    let other = Scene::new().await;
    other.sell(1).await;
    other.sell(1).await;
    other.sell(1).await;
    let lines = Log::of(&other.authority).await.lines;
    assert_eq!(
        refused(&scene, &kept, &lines, None).await,
        "audit_log_refused"
    );
    // Nor is anything written over books that are there.
    if scene.server.is_none() {
        let back = restore_in(scene.dir.path(), &scene.clock, &kept, &log.lines, None).await;
        assert_eq!(back.map(|_| ()).unwrap_err().code().as_str(), "file_exists");
    }
}

#[tokio::test]
async fn a14_profiles_and_keys_that_customers_have_are_taken_up() {
    let scene = Scene::new().await;
    let kept = Kept::of(&scene).await;
    scene.clock.pass(Seconds::new(1));
    for rotation in [Rotation::Signing, Rotation::Profile] {
        scene.authority.rotate_key(rotation, &ORIGIN).await.unwrap();
    }
    let mut viewer = cad();
    viewer.code = ProductCode::new("com.acme.view").unwrap();
    viewer.name = Name::new("Acme View").unwrap();
    scene
        .authority
        .product_add(viewer.clone(), &ORIGIN)
        .await
        .unwrap();
    let profile = scene.authority.profile().await.unwrap();
    let log = Log::of(&scene.authority).await;

    // Without the profile that was handed out nobody would believe the next one.
    let dir = folder_without_books(&scene);
    for gone in ["last-profile", "vendor.kfv"] {
        fs::remove_file(dir.path().join(gone)).unwrap();
    }
    let back = restore_in(dir.path(), &scene.clock, &kept, &log.lines, None).await;
    let code = back.map(|_| ()).unwrap_err().code().as_str();
    // At a server the keys of the backup are gone with the profile that names them.
    assert!(
        ["restore_profile_missing", "file_not_found"].contains(&code),
        "{code}"
    );

    let (back, told) = restored(&scene, kept, &log).await;
    assert_eq!(back.profile, profile);
    assert_eq!(told.products, [viewer.code.clone()]);
    let products = back.authority.products().await.unwrap();
    let product = products.iter().find(|product| product.code == viewer.code);
    assert!(product.unwrap().offline);
    let mut more = viewer;
    more.code = ProductCode::new("com.acme.more").unwrap();
    back.authority.product_add(more, &ORIGIN).await.unwrap();
    let next = back.authority.profile().await.unwrap();
    assert_eq!(next.number, profile.number + 1);
    let sold = back.sell(1).await;
    let mut scene = back;
    scene.profile = next;
    scene.granted(&mut TestDevice::new("pc"), &sold.code).await;
}

#[tokio::test]
async fn a14_a_license_that_was_revoked_since_the_backup_is_revoked_by_a_newer_file() {
    let scene = Scene::new().await;
    let new = keyferry_authority::NewLicense {
        product: crate::scene::product(),
        anchor: keyferry_authority::LicenseAnchor::Unbound,
        starts_at: None,
        term: keyferry_token::LicenseTerm::Perpetual,
        features: Vec::new(),
        edition: None,
        holder: None,
        grace: None,
    };
    let authority = &scene.authority;
    let known = authority
        .license_make(&new, &ORIGIN)
        .await
        .unwrap()
        .issued
        .license
        .id;
    let kept = Kept::of(&scene).await;
    scene.clock.pass(Seconds::new(5));
    let revoked = authority.license_revoke(known, &ORIGIN).await.unwrap();
    let later = authority
        .license_make(&new, &ORIGIN)
        .await
        .unwrap()
        .issued
        .license
        .id;
    let log = Log::of(authority).await;
    scene.clock.pass(Seconds::new(5));

    let (back, told) = restored(&scene, kept, &log).await;
    assert_eq!(
        (told.licenses_made_anew, told.licenses),
        (vec![known], vec![later])
    );
    let latest = back.authority.license(known).await.unwrap();
    let latest = latest.issued.license;
    assert_eq!(latest.status.name(), "revoked");
    assert!(latest.sequence > revoked.issued.license.sequence);
}

#[cfg(unix)]
#[tokio::test]
async fn a_backup_is_its_owners_alone_whole_and_never_over_another_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("backup.db");
    let made = scene.authority.back_up(&file).await;
    if scene.server.is_some() {
        assert_eq!(made.unwrap_err().code().as_str(), "backup_at_server");
        return;
    }
    made.unwrap();
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    let again = scene.authority.back_up(&file).await;
    assert_eq!(again.unwrap_err().code().as_str(), "file_exists");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_made_while_devices_are_answered_holds_each_answer_whole_or_not_at_all() {
    let scene = Arc::new(Scene::new().await);
    if scene.server.is_some() {
        return;
    }
    let sold = scene.sell(40).await;
    let busy = {
        let (scene, code) = (Arc::clone(&scene), sold.code.clone());
        tokio::spawn(async move {
            for number in 0..40 {
                let mut device = TestDevice::new(&format!("device {number}"));
                scene.activate(&mut device, &code).await;
            }
        })
    };
    let mut kept = Vec::new();
    while !busy.is_finished() {
        kept.push(Kept::of(&scene).await);
    }
    busy.await.unwrap();
    let log = Log::of(&scene.authority).await;
    assert!(!kept.is_empty());
    for kept in kept {
        let (back, told) = restored(&scene, kept, &log).await;
        assert_eq!(back.seats_used(&sold).await, 40);
        assert_eq!(u64::try_from(told.devices.len()).unwrap(), told.entries);
    }
}

/// What a device believes to have.
struct Player {
    device: TestDevice,
    grant: Option<Grant>,
}

/// Small numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

const SEATS: u32 = 2;

/// Whatever happened around the backup and the last export: no seat is given twice beyond what leases
/// allow, and every device with a lease that runs comes to its seat again.
#[tokio::test]
async fn a14_no_seat_is_given_twice_beyond_its_leases_and_nobody_is_stranded() {
    for seed in 1..=12 {
        play(seed).await;
    }
}

async fn play(seed: u64) {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let scene = Scene::new().await;
    let sold = scene.sell(SEATS).await;
    let code = &sold.code;
    let mut players: Vec<Player> = (0..4)
        .map(|number| Player {
            device: TestDevice::new(&format!("player {number}")),
            grant: None,
        })
        .collect();
    for _ in 0..chance.below(6) {
        step(&scene, code, &mut players, &mut chance).await;
    }
    let kept = Kept::of(&scene).await;
    for _ in 0..chance.below(8) {
        step(&scene, code, &mut players, &mut chance).await;
    }
    let log = Log::of(&scene.authority).await;
    let (back, _) = restored(&scene, kept, &log).await;
    drop(scene);

    // Those who hold a lease are known to hold it: no stranger gets their seats.
    let running = players
        .iter()
        .filter(|player| player.grant.is_some())
        .count();
    let mut strangers = 0;
    let mut newcomer = TestDevice::new("newcomer");
    while let keyferry_authority::Received::Answered(_) =
        back.receive(&back.request(&mut newcomer, code)).await
    {
        strangers += 1;
        newcomer = TestDevice::new(&format!("newcomer {strangers}"));
        assert!(running + strangers <= SEATS as usize, "seed {seed}");
    }
    // Each of them gets on: by a refresh, or by leaving and coming back.
    for player in &mut players {
        let Some(grant) = player.grant.take() else {
            continue;
        };
        let refreshed = back.authority.refresh(grant.activation, &ORIGIN).await;
        if let Err(fault) = refreshed {
            assert_eq!(
                fault.code().as_str(),
                "activation_not_in_backup",
                "seed {seed}"
            );
            back.deactivate(&mut player.device, &grant).await;
            back.granted(&mut player.device, code).await;
        }
    }
}

async fn step(
    scene: &Scene,
    code: &keyferry_token::ActivationCode,
    players: &mut [Player],
    chance: &mut Chance,
) {
    scene.clock.pass(Seconds::new(chance.below(3) * 3600));
    let count = players.len() as u64;
    let player = &mut players[usize::try_from(chance.below(count)).unwrap()];
    match (chance.below(3), player.grant.take()) {
        (0, Some(grant)) => {
            scene.deactivate(&mut player.device, &grant).await;
        }
        (1, Some(grant)) => {
            let held: ActivationId = grant.activation;
            player.grant = Some(scene.refresh(&player.device, held).await);
        }
        (_, grant) => {
            let request = scene.request(&mut player.device, code);
            player.grant = match scene.receive(&request).await {
                keyferry_authority::Received::Answered(answer) => {
                    Some(scene.read(&player.device, &answer).grant.clone())
                }
                _ => grant,
            };
        }
    }
}

/// The server's own programs, as the guide has them.
#[tokio::test]
async fn a14_books_at_a_server_come_back_by_the_programs_of_the_server() {
    let scene = Scene::new().await;
    let Some(server) = &scene.server else {
        return;
    };
    let sold = scene.sell(2).await;
    let mut known = TestDevice::new("known");
    let grant = scene.granted(&mut known, &sold.code).await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("backup.dump");
    run(
        "pg_dump",
        &["--format=custom", "--file", path(&file), &server.own_url()],
    );
    scene
        .authority
        .entitlement_suspend(&EntitlementKey::Id(sold.entitlement.id), &ORIGIN)
        .await
        .unwrap();
    let log = Log::of(&scene.authority).await;

    let empty = TestDatabase::new().unwrap();
    run(
        "pg_restore",
        &[
            "--no-owner",
            "--exit-on-error",
            "--dbname",
            &empty.own_url(),
            path(&file),
        ],
    );
    let server = Some(empty);
    let (back, told) = restored(&scene, Kept { dir, server }, &log).await;
    assert_eq!((told.epoch, told.entries), (2, 1));
    let refreshed = back.refresh(&known, grant.activation).await;
    assert_eq!(refreshed.status.name(), "suspended");
    back.authority.verify_audit(None).await.unwrap();
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs one of PostgreSQL's programs, from the path or from where Debian has them.
fn run(program: &str, args: &[&str]) {
    let mut found = vec![program.into()];
    if let Ok(versions) = fs::read_dir("/usr/lib/postgresql") {
        found.extend(versions.map(|version| version.unwrap().path().join("bin").join(program)));
    }
    found.retain(|file: &std::path::PathBuf| file.components().count() == 1 || file.exists());
    let program = found.last().unwrap();
    let done = std::process::Command::new(program)
        .args(args)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}
