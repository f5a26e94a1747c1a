//! License files: what they say, and what becomes of them (rules A1, A8, A10, A11).

use std::sync::Arc;

use keyferry_authority::{
    AuditEntry, IssuedLicense, LicenseAnchor, LicenseFault, LicenseFile, LicenseTerms, NewLicense,
    NewProduct, Origin, Page, ProductTerms,
};
use keyferry_fixtures::{NOW, TestDevice, TestVendor};
use keyferry_license::compare;
use keyferry_token::{
    ArtefactKind, Binding, ComponentKind, License, LicenseId, LicenseTerm, Name, ProductCode,
    SeatStatus, Seconds, Sequence, SignedLicense, Timestamp, TokenKind, UsbId, VendorKeys,
    VendorPublicKey, armor,
};

use crate::scene::{Scene, cad, copy_folder, features, open, product};

const ORIGIN: Origin = Origin::Local;

fn key() -> UsbId {
    "0781:5581:4C531001370609117062:30752000000"
        .parse()
        .unwrap()
}

fn days(count: u64) -> Timestamp {
    NOW.plus(Seconds::days(count))
}

/// A license for the product, unbound and perpetual.
fn plain() -> NewLicense {
    NewLicense {
        product: product(),
        anchor: LicenseAnchor::Unbound,
        starts_at: None,
        term: LicenseTerm::Perpetual,
        features: Vec::new(),
        edition: None,
        holder: None,
        grace: None,
    }
}

fn for_computer(request: &[u8]) -> NewLicense {
    NewLicense {
        anchor: LicenseAnchor::Device {
            request: request.to_vec(),
        },
        ..plain()
    }
}

fn until(end: Timestamp) -> LicenseTerms {
    LicenseTerms {
        term: Some(LicenseTerm::Until(end)),
        ..LicenseTerms::default()
    }
}

impl Scene {
    async fn make(&self, new: NewLicense) -> LicenseFile {
        self.authority.license_make(&new, &ORIGIN).await.unwrap()
    }

    async fn made_of(&self, id: LicenseId) -> IssuedLicense {
        self.authority.license(id).await.unwrap().issued
    }

    /// What whoever trusts the vendor reads in a file.
    fn reads(&self, file: &LicenseFile) -> License {
        let signed = SignedLicense::parse(&file.bytes).unwrap();
        let keys = self.profile.signing_keys();
        signed.verify(&keys).unwrap().into_claims()
    }

    /// Why no license is made, after a look at the books: nothing was entered.
    async fn no_license(&self, new: NewLicense) -> &'static str {
        let before = self.actions().await;
        let fault = self.authority.license_make(&new, &ORIGIN).await;
        let licenses = self.authority.licenses(None, Page::first(10)).await;
        assert_eq!(licenses.unwrap().items, []);
        assert_eq!(self.actions().await, before);
        fault.unwrap_err().problem().code.as_str()
    }

    async fn entries(&self) -> Vec<AuditEntry> {
        self.authority.audit(Page::first(1000)).await.unwrap().items
    }
}

#[tokio::test]
async fn a_license_says_what_was_asked_and_is_signed_with_the_published_key() {
    let scene = Scene::new().await;
    let file = scene
        .make(NewLicense {
            anchor: LicenseAnchor::UsbKey {
                id: key(),
                allow_weak: false,
            },
            starts_at: Some(days(1)),
            term: LicenseTerm::Until(days(365)),
            features: features(&["render"]),
            edition: Some(Name::new("Professional").unwrap()),
            holder: Some(Name::new("Example Works").unwrap()),
            grace: Some(Seconds::days(3)),
            ..plain()
        })
        .await;
    let License {
        id,
        vendor,
        product: code,
        issued_at,
        not_before,
        term,
        file_id: _,
        sequence,
        status,
        features: granted,
        edition,
        holder,
        grace,
        binding,
    } = scene.reads(&file);
    assert_eq!((vendor, code), (scene.authority.vendor(), product()));
    assert_eq!((issued_at, not_before), (NOW, days(1)));
    assert_eq!(term, LicenseTerm::Until(days(365)));
    assert_eq!((sequence.0, status), (NOW.unix(), SeatStatus::Active));
    assert_eq!(granted, features(&["render"]));
    assert_eq!(edition.unwrap().as_str(), "Professional");
    assert_eq!(holder.unwrap().as_str(), "Example Works");
    assert_eq!(grace, Seconds::days(3));
    let bound = Binding::Usb {
        key: key(),
        volume: None,
    };
    assert_eq!(binding, bound);

    let pem = std::fs::read_to_string(scene.authority.public_key_file()).unwrap();
    let base64: String = pem.lines().filter(|line| !line.contains("--")).collect();
    let spki = data_encoding::BASE64.decode(base64.as_bytes()).unwrap();
    let public = VendorPublicKey::from_spki(&spki).unwrap();
    let keys = VendorKeys::new(vendor, vec![public]);
    let signed = SignedLicense::parse(&file.bytes).unwrap();
    assert_eq!(signed.verify(&keys).unwrap().id, id);
}

#[tokio::test]
async fn what_is_not_said_is_the_products() {
    let scene = Scene::new().await;
    let license = scene.reads(&scene.make(plain()).await);
    assert_eq!(license.features, features(&["export", "render"]));
    assert_eq!(license.grace, Seconds::days(7));
    assert_eq!(license.not_before, NOW);
    assert_eq!(license.binding, Binding::Unbound);
    assert_eq!((license.edition, license.holder), (None, None));
}

#[tokio::test]
async fn the_books_say_of_every_file_what_the_file_says() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let request = scene.request(&mut TestDevice::new("north"), &sold.code);
    let file = scene.make(for_computer(&request.bytes)).await;
    let id = file.issued.license.id;
    let mut said = vec![scene.reads(&file)];
    for terms in [
        LicenseTerms {
            anchor: Some(LicenseAnchor::UsbKey {
                id: key(),
                allow_weak: false,
            }),
            ..until(days(9))
        },
        LicenseTerms {
            anchor: Some(LicenseAnchor::Unbound),
            term: Some(LicenseTerm::Perpetual),
            features: features(&["export"]),
        },
    ] {
        scene.clock.pass(Seconds::DAY);
        let file = scene.authority.license_reissue(id, &terms, &ORIGIN).await;
        said.push(scene.reads(&file.unwrap()));
    }
    said.reverse();
    let record = scene.authority.license(id).await.unwrap();
    assert_eq!(record.history, said);
    assert_eq!(record.issued.license, said[0]);
    assert_eq!(record.issued.created_at, NOW);
    assert_eq!(record.issued.files, 3);
}

#[tokio::test]
async fn a_license_for_a_computer_fits_that_computer_for_that_product() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let request = scene.request(&mut north, &sold.code);
    let kind = ArtefactKind::Token(TokenKind::ActivationRequest);
    let mailed = format!("See below.\n{}", armor(kind, &request.bytes));
    let license = scene.reads(&scene.make(for_computer(mailed.as_bytes())).await);
    let Binding::Device {
        components,
        tolerance,
    } = license.binding
    else {
        panic!("{license:?}");
    };
    let fits = |device: &mut TestDevice| {
        let (vendor, key) = (scene.profile.vendor, scene.exchange_key());
        let present = device.next_claims(vendor, key, product(), &sold.code);
        compare(&components, &present.fingerprint, tolerance).within
    };
    assert!(fits(&mut north));
    north.machine = north.machine.with(ComponentKind::NetworkAdapter, "another");
    assert!(fits(&mut north));
    assert!(!fits(&mut TestDevice::new("south")));
    // It takes no seat.
    assert_eq!(scene.seats_used(&sold).await, 0);
}

#[tokio::test]
async fn a_usb_key_that_others_can_be_taken_for_is_bound_to_only_if_that_is_accepted() {
    let scene = Scene::new().await;
    let bound_to = |id: &str, allow_weak| NewLicense {
        anchor: LicenseAnchor::UsbKey {
            id: id.parse().unwrap(),
            allow_weak,
        },
        ..plain()
    };
    let (zeros, empty) = ("058f:6387:00000000:8000000", "0781:5581:4C531001370609:0");
    for (id, allow_weak, expected) in [
        (zeros, false, "usb_key_weak"),
        (empty, false, "usb_key_unusable"),
        (empty, true, "usb_key_unusable"),
    ] {
        assert_eq!(scene.no_license(bound_to(id, allow_weak)).await, expected);
    }
    let made = scene.make(bound_to(zeros, true)).await.issued.license;
    // What a license is bound to already is not weighed again; what it is to be bound to is.
    let authority = &scene.authority;
    let terms = until(days(9));
    let again = authority.license_reissue(made.id, &terms, &ORIGIN).await;
    assert_eq!(again.unwrap().issued.license.binding, made.binding);
    let terms = LicenseTerms {
        anchor: Some(bound_to(zeros, false).anchor),
        ..LicenseTerms::default()
    };
    let again = authority.license_reissue(made.id, &terms, &ORIGIN).await;
    assert_eq!(again.unwrap_err().code().as_str(), "usb_key_weak");
}

#[tokio::test]
async fn what_does_not_tell_the_computer_makes_no_license() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let request = scene.request(&mut north, &sold.code).bytes;
    let mut south = TestDevice::new("south");
    let answer = scene.activate(&mut south, &sold.code).await.sealed.bytes;
    let kind = ArtefactKind::Token(TokenKind::ActivationRequest);
    let twice = armor(kind, &request).repeat(2);
    let profile = std::fs::read(scene.authority.profile_file()).unwrap();
    let mut changed = request.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let cam = ProductCode::new("com.acme.cam").unwrap();
    let other_product = north
        .request(scene.profile.vendor, scene.exchange_key(), cam, &sold.code)
        .bytes;
    let other = TestVendor::make("Other", scene.profile.products[0].tag);
    let other_vendor = north.request_to(&other, &sold.code).bytes;
    for kind in [
        ComponentKind::MachineId,
        ComponentKind::FirmwareUuid,
        ComponentKind::BoardSerial,
        ComponentKind::Cpu,
        ComponentKind::SystemDisk,
    ] {
        north.machine = north.machine.without(kind);
    }
    let container = scene.request(&mut north, &sold.code).bytes;
    for (given, expected) in [
        (&answer[..], "license_needs_computer"),
        (twice.as_bytes(), "license_needs_computer"),
        (&profile, "license_needs_computer"),
        (&other_product, "license_needs_computer"),
        (&other_vendor, "token_for_other_vendor"),
        (&changed, "signature_mismatch"),
        (&container, "fingerprint_too_small"),
        (b"", "nothing_read"),
        (b"not a request", "unrecognised"),
    ] {
        assert_eq!(scene.no_license(for_computer(given)).await, expected);
    }
}

#[tokio::test]
async fn what_would_never_count_or_is_not_sold_is_not_made() {
    let scene = Scene::new().await;
    let ending = |end, starts_at| NewLicense {
        term: LicenseTerm::Until(end),
        starts_at,
        ..plain()
    };
    let other = ProductCode::new("com.acme.cam").unwrap();
    let many: Vec<String> = (0..65).map(|number| format!("f{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (new, expected) in [
        (ending(NOW, None), "license_end_refused"),
        (ending(days(3), Some(days(3))), "license_end_refused"),
        (
            NewLicense {
                product: other,
                ..plain()
            },
            "product_unknown",
        ),
        (
            NewLicense {
                features: features(&["export", "exprot"]),
                ..plain()
            },
            "feature_unknown",
        ),
        (
            NewLicense {
                features: features(&many),
                ..plain()
            },
            "text_refused",
        ),
    ] {
        assert_eq!(scene.no_license(new).await, expected);
    }
    scene.make(ending(days(4), Some(days(3)))).await;
}

#[tokio::test]
async fn a1_licenses_are_made_only_with_offline_support() {
    let scene = Scene::new().await;
    let kept = scene.make(plain()).await.issued.license.id;
    let suspended = scene.make(plain()).await.issued.license.id;
    let authority = &scene.authority;
    authority.license_suspend(suspended, &ORIGIN).await.unwrap();
    let off = ProductTerms {
        offline: Some(false),
        ..ProductTerms::default()
    };
    authority
        .product_change(&product(), off, &ORIGIN)
        .await
        .unwrap();
    let before = scene.actions().await;
    let terms = LicenseTerms::default();
    for refused in [
        authority.license_make(&plain(), &ORIGIN).await,
        authority.license_reissue(kept, &terms, &ORIGIN).await,
        authority.license_reinstate(suspended, &ORIGIN).await,
    ] {
        assert_eq!(refused.unwrap_err().code().as_str(), "offline_not_enabled");
    }
    assert_eq!(scene.actions().await, before);
    // What takes away needs no leave.
    authority.license_suspend(kept, &ORIGIN).await.unwrap();
    authority.license_revoke(kept, &ORIGIN).await.unwrap();
}

#[tokio::test]
async fn a8_the_next_file_carries_the_state_with_a_higher_number() {
    use SeatStatus::{Active, Revoked, Suspended};
    let scene = Scene::new().await;
    let first = scene.make(plain()).await;
    let id = first.issued.license.id;
    let authority = &scene.authority;
    let suspended = authority.license_suspend(id, &ORIGIN).await.unwrap();
    // Reissued it stays suspended.
    let terms = until(days(9));
    let reissued = authority.license_reissue(id, &terms, &ORIGIN).await;
    let reissued = reissued.unwrap();
    let reinstated = authority.license_reinstate(id, &ORIGIN).await.unwrap();
    let revoked = authority.license_revoke(id, &ORIGIN).await.unwrap();
    let files = [&first, &suspended, &reissued, &reinstated, &revoked].map(|f| scene.reads(f));
    let said = files.each_ref().map(|license| license.status);
    assert_eq!(said, [Active, Suspended, Suspended, Active, Revoked]);
    for pair in files.windows(2) {
        assert!(pair[0].sequence < pair[1].sequence);
        assert_ne!(pair[0].file_id, pair[1].file_id);
        assert_eq!(pair[0].id, pair[1].id);
    }
    // What is not named stays.
    assert_eq!(files[4].term, LicenseTerm::Until(days(9)));
    assert_eq!(files[4].features, files[0].features);
    assert_eq!(files[4].not_before, files[0].not_before);
}

#[tokio::test]
async fn a8_what_is_so_already_gives_the_same_file_and_is_not_written_down_again() {
    let scene = Scene::new().await;
    let first = scene.make(plain()).await;
    let id = first.issued.license.id;
    let authority = &scene.authority;
    let again = authority.license_reinstate(id, &ORIGIN).await.unwrap();
    assert_eq!((again.changed, &again.bytes), (false, &first.bytes));
    let suspended = authority.license_suspend(id, &ORIGIN).await.unwrap();
    let before = scene.actions().await;
    let again = authority.license_suspend(id, &ORIGIN).await.unwrap();
    assert!(suspended.changed && !again.changed);
    assert_eq!(again.bytes, suspended.bytes);
    assert_eq!(again.issued, suspended.issued);
    assert_eq!(scene.actions().await, before);
    let revoked = authority.license_revoke(id, &ORIGIN).await.unwrap();
    let again = authority.license_revoke(id, &ORIGIN).await.unwrap();
    assert_eq!((again.changed, again.bytes), (false, revoked.bytes));
}

#[tokio::test]
async fn a8_revoked_is_final() {
    let scene = Scene::new().await;
    let id = scene.make(plain()).await.issued.license.id;
    let authority = &scene.authority;
    authority.license_revoke(id, &ORIGIN).await.unwrap();
    let before = scene.made_of(id).await;
    let terms = LicenseTerms::default();
    for refused in [
        authority.license_reissue(id, &terms, &ORIGIN).await,
        authority.license_suspend(id, &ORIGIN).await,
        authority.license_reinstate(id, &ORIGIN).await,
    ] {
        assert_eq!(refused.unwrap_err().code().as_str(), "license_revoked");
    }
    assert_eq!(scene.made_of(id).await, before);
    // Whatever the program does, the database takes no file after it.
    let after = sqlx::query(
        "INSERT INTO license_files SELECT license, sequence + 1, x'00', 'active', issued_at,
             starts_at, ends_at, features, edition, holder, grace, binding, usb_id, volume,
             components, tolerance, bytes FROM license_files WHERE status = 'revoked'",
    );
    let fault = after.execute(&mut scene.database().await).await;
    assert!(fault.unwrap_err().to_string().contains("none follows"));
}

#[tokio::test]
async fn a8_a_reissue_brings_back_what_has_ended() {
    let scene = Scene::new().await;
    let id = {
        let new = NewLicense {
            term: LicenseTerm::Until(days(5)),
            ..plain()
        };
        scene.make(new).await.issued.license.id
    };
    scene.clock.set(days(6));
    let authority = &scene.authority;
    let reissue = async |end| authority.license_reissue(id, &until(end), &ORIGIN).await;
    let refused = reissue(days(6)).await.unwrap_err();
    assert_eq!(refused.code().as_str(), "license_end_refused");
    let renewed = scene.reads(&reissue(days(60)).await.unwrap());
    assert_eq!(renewed.term, LicenseTerm::Until(days(60)));
    assert_eq!(renewed.sequence.0, days(6).unix());
}

#[tokio::test]
async fn a8_a_license_that_is_not_there_is_not_changed() {
    let scene = Scene::new().await;
    let id = LicenseId::new([5; 10]);
    let authority = &scene.authority;
    let terms = LicenseTerms::default();
    let unknown = |fault: LicenseFault| assert_eq!(fault.code().as_str(), "license_unknown");
    unknown(authority.license(id).await.unwrap_err());
    for refused in [
        authority.license_reissue(id, &terms, &ORIGIN).await,
        authority.license_suspend(id, &ORIGIN).await,
        authority.license_reinstate(id, &ORIGIN).await,
        authority.license_revoke(id, &ORIGIN).await,
    ] {
        unknown(refused.unwrap_err());
    }
}

#[tokio::test]
async fn the_number_rises_whatever_the_clock_and_a_backup_do() {
    let scene = Scene::new().await;
    let id = scene.make(plain()).await.issued.license.id;
    let terms = LicenseTerms::default();
    let reissue = async |authority: &keyferry_authority::Authority| {
        let file = authority.license_reissue(id, &terms, &ORIGIN).await;
        file.unwrap().issued.license.sequence
    };
    let backup = tempfile::tempdir().unwrap();
    scene.clock.set(days(2));
    scene.authority.seal_audit().await.unwrap();
    copy_folder(scene.dir.path(), backup.path());
    assert_eq!(reissue(&scene.authority).await.0, days(2).unix());
    scene.clock.set(days(1));
    let lost = reissue(&scene.authority).await;
    assert_eq!(lost.0, days(2).unix() + 1);

    // The backup knows of none of them, and its next file counts all the same.
    scene.clock.set(days(3));
    let restored = open(backup.path(), &scene.clock).await;
    assert_eq!(restored.license(id).await.unwrap().issued.files, 1);
    assert!(reissue(&restored).await > lost);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a10_reissues_at_once_never_have_the_same_number() {
    let scene = Scene::new().await;
    let first = scene.make(plain()).await.issued.license;
    let authorities = [
        Arc::new(scene.reopened().await),
        Arc::new(scene.reopened().await),
    ];
    let asked: Vec<_> = (0..12)
        .map(|number| {
            let (authority, id) = (Arc::clone(&authorities[number % 2]), first.id);
            tokio::spawn(async move {
                let terms = LicenseTerms::default();
                authority.license_reissue(id, &terms, &ORIGIN).await
            })
        })
        .collect();
    let mut sequences = vec![first.sequence];
    for task in asked {
        let file = task.await.unwrap().unwrap();
        let said = scene.reads(&file);
        assert_eq!(said, file.issued.license);
        sequences.push(said.sequence);
    }
    sequences.sort_unstable();
    let start = first.sequence.0;
    let expected: Vec<_> = (start..start + 13).map(Sequence).collect();
    assert_eq!(sequences, expected);
    assert_eq!(scene.made_of(first.id).await.files, 13);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a10_a_revocation_and_a_reissue_at_once_end_revoked() {
    for round in 0..6 {
        let scene = Scene::new().await;
        let id = scene.make(plain()).await.issued.license.id;
        let other = scene.reopened().await;
        let terms = LicenseTerms::default();
        let revoking = scene.authority.license_revoke(id, &ORIGIN);
        let reissuing = other.license_reissue(id, &terms, &ORIGIN);
        let (revoked, reissued) = if round % 2 == 0 {
            tokio::join!(revoking, reissuing)
        } else {
            let (reissued, revoked) = tokio::join!(reissuing, revoking);
            (revoked, reissued)
        };
        let last = scene.made_of(id).await.license;
        assert_eq!(last, revoked.unwrap().issued.license);
        assert_eq!(last.status, SeatStatus::Revoked);
        match reissued {
            Ok(file) => assert!(file.issued.license.sequence < last.sequence),
            Err(fault) => assert_eq!(fault.code().as_str(), "license_revoked"),
        }
    }
}

#[tokio::test]
async fn a10_a_license_whose_entry_is_not_written_is_not_made() {
    let scene = Scene::new().await;
    let id = scene.make(plain()).await.issued.license.id;
    let before = scene.made_of(id).await;
    sqlx::query(
        "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END",
    )
    .execute(&mut scene.database().await)
    .await
    .unwrap();
    let terms = LicenseTerms::default();
    for failed in [
        scene.authority.license_make(&plain(), &ORIGIN).await,
        scene.authority.license_reissue(id, &terms, &ORIGIN).await,
        scene.authority.license_revoke(id, &ORIGIN).await,
    ] {
        assert_eq!(failed.unwrap_err().code().as_str(), "system_failure");
    }
    let licenses = scene.authority.licenses(None, Page::first(10)).await;
    assert_eq!(licenses.unwrap().items, [before]);
}

#[tokio::test]
async fn a11_what_becomes_of_a_license_is_in_the_log() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let request = scene.request(&mut north, &sold.code);
    let id = {
        let file = scene.make(for_computer(&request.bytes)).await;
        file.issued.license.id
    };
    let authority = &scene.authority;
    let terms = LicenseTerms {
        anchor: Some(LicenseAnchor::UsbKey {
            id: key(),
            allow_weak: false,
        }),
        ..until(days(9))
    };
    authority
        .license_reissue(id, &terms, &ORIGIN)
        .await
        .unwrap();
    authority.license_suspend(id, &ORIGIN).await.unwrap();
    authority.license_reinstate(id, &ORIGIN).await.unwrap();
    authority.license_revoke(id, &ORIGIN).await.unwrap();
    let entries: Vec<AuditEntry> = scene.entries().await.split_off(3);
    let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "license_made",
            "license_reissued",
            "license_suspended",
            "license_reinstated",
            "license_revoked"
        ]
    );
    for entry in &entries {
        assert_eq!(entry.license, Some(id));
        assert_eq!(entry.product, Some(product()));
    }
    assert_eq!(entries[0].device, Some(north.id()));
    assert_eq!(entries[0].token, Some(request.id));
    assert_eq!((entries[1].device, entries[1].token), (None, None));
    let start = NOW.unix();
    assert_eq!(
        entries[0].detail,
        format!(r#"{{"binding":"device","sequence":{start}}}"#)
    );
    assert_eq!(
        entries[1].detail,
        format!(
            r#"{{"binding":"usb","expires_at":{},"sequence":{},"usb_id":"{}"}}"#,
            days(9).unix(),
            start + 1,
            key()
        )
    );
}

#[tokio::test]
async fn a11_the_chain_covers_which_license_it_was() {
    let scene = Scene::new().await;
    let id = scene.make(plain()).await.issued.license.id;
    let mut database = scene.database().await;
    let change = "UPDATE audit SET license = x'00000000000000000000' WHERE license IS NOT NULL";
    let fault = sqlx::query(change).execute(&mut database).await;
    assert!(fault.unwrap_err().to_string().contains("append-only"));
    scene.authority.verify_audit(None).await.unwrap();
    let mut lines = Vec::new();
    scene.authority.export_audit(&mut lines).await.unwrap();
    let hex = data_encoding::HEXLOWER.encode(id.as_bytes());
    let lines = String::from_utf8(lines).unwrap();
    assert!(lines.contains(&format!(r#""license":"{hex}""#)), "{lines}");

    for trick in ["DROP TRIGGER audit_is_not_changed", change] {
        sqlx::query(trick).execute(&mut database).await.unwrap();
    }
    let fault = scene.authority.verify_audit(None).await.unwrap_err();
    assert_eq!(fault.code().as_str(), "audit_broken");
}

#[tokio::test]
async fn licenses_are_listed_the_newest_first() {
    let scene = Scene::new().await;
    let cam = NewProduct {
        code: ProductCode::new("com.acme.cam").unwrap(),
        ..cad()
    };
    scene.authority.product_add(cam.clone()).await.unwrap();
    let mut made = Vec::new();
    for number in 0..5 {
        scene.clock.pass(Seconds::DAY);
        let product = if number % 2 == 0 {
            product()
        } else {
            cam.code.clone()
        };
        let new = NewLicense { product, ..plain() };
        made.insert(0, scene.make(new).await.issued);
    }
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let page = Page { after, limit: 2 };
        let page = scene.authority.licenses(None, page).await.unwrap();
        listed.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed, made);
    let of_cam = scene.authority.licenses(Some(&cam.code), Page::first(9));
    let of_cam = of_cam.await.unwrap().items;
    assert_eq!(of_cam, [made[1].clone(), made[3].clone()]);
}
