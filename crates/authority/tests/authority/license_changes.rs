//! What becomes of licenses, and what is known of it (rules A8, A10, A11).

use std::sync::Arc;

use keyferry_authority::{
    AuditEntry, LicenseAnchor, LicenseFault, LicenseTerms, NewLicense, NewProduct, Origin, Page,
};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{LicenseId, LicenseTerm, ProductCode, SeatStatus, Seconds, Sequence};

use crate::{
    licenses::{ORIGIN, days, for_computer, key, plain, until},
    scene::{Scene, cad, product},
};

impl Scene {
    async fn entries(&self) -> Vec<AuditEntry> {
        self.authority.audit(Page::first(1000)).await.unwrap().items
    }
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
    let after = scene.in_its_words(
        "INSERT INTO license_files SELECT license, sequence + 1, x'00', 'active', issued_at,
             starts_at, ends_at, features, edition, holder, grace, binding, usb_id, volume,
             components, tolerance, bytes FROM license_files WHERE status = 'revoked'",
    );
    let fault = sqlx::query(after)
        .execute(&mut scene.database().await)
        .await;
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
    scene.clock.set(days(2));
    scene.authority.seal_audit().await.unwrap();
    let backup = scene.backup();
    assert_eq!(reissue(&scene.authority).await.0, days(2).unix());
    scene.clock.set(days(1));
    let lost = reissue(&scene.authority).await;
    assert_eq!(lost.0, days(2).unix() + 1);

    // The backup knows of none of them, and its next file counts all the same.
    scene.clock.set(days(3));
    let restored = backup.opened(&scene.clock).await;
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
    let no_room = if scene.server.is_some() {
        "ALTER TABLE audit ADD CHECK (id < 0) NOT VALID"
    } else {
        "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no room'); END"
    };
    sqlx::query(no_room)
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
    let fault = sqlx::query(scene.in_its_words(change))
        .execute(&mut database)
        .await;
    assert!(fault.unwrap_err().to_string().contains("append-only"));
    scene.authority.verify_audit(None).await.unwrap();
    let mut lines = Vec::new();
    scene.authority.export_audit(&mut lines).await.unwrap();
    let hex = data_encoding::HEXLOWER.encode(id.as_bytes());
    let lines = String::from_utf8(lines).unwrap();
    assert!(lines.contains(&format!(r#""license":"{hex}""#)), "{lines}");

    for trick in ["DROP TRIGGER audit_is_not_changed", change] {
        sqlx::query(scene.in_its_words(trick))
            .execute(&mut database)
            .await
            .unwrap();
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
    scene
        .authority
        .product_add(cam.clone(), &Origin::Local)
        .await
        .unwrap();
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
