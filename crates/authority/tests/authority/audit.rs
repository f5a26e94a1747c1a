//! The audit log: append-only and chained (rules A10, A11).

use keyferry_authority::{AuditEntry, AuditFilter, AuditSubject, Page, audit_genesis, audit_hash};
use keyferry_fixtures::TestDevice;

use crate::scene::Scene;

async fn entries(scene: &Scene) -> Vec<AuditEntry> {
    scene
        .authority
        .audit(Page::first(1000))
        .await
        .unwrap()
        .items
}

#[tokio::test]
async fn the_log_is_looked_through_from_its_end_by_what_was_done_and_to_what() {
    let scene = Scene::new().await;
    let mut sold = Vec::new();
    for _ in 0..5 {
        sold.push(scene.sell(1).await);
    }
    let mut device = TestDevice::new("north");
    let answer = scene.activate(&mut device, &sold[2].code).await;
    scene.authority.seal_audit().await.unwrap();
    // Not sealed yet, and the latest.
    sold.push(scene.sell(1).await);
    let all = entries(&scene).await;
    let look = async |action: Option<&str>, of: Option<&str>, after| {
        let filter = AuditFilter {
            action: action.map(str::to_owned),
            of: of.map(|text| AuditSubject::read(text).unwrap()),
        };
        let page = Page { after, limit: 4 };
        let found = scene.authority.audit_latest(&filter, page).await.unwrap();
        let ids: Vec<u64> = found.items.iter().map(|entry| entry.id).collect();
        (ids, found.next)
    };
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let (ids, next) = look(None, None, after).await;
        seen.extend(ids);
        after = next;
        if after.is_none() {
            break;
        }
    }
    let latest_first: Vec<u64> = all.iter().rev().map(|entry| entry.id).collect();
    assert_eq!(seen, latest_first);

    let ids_of = |entry: fn(&AuditEntry) -> bool| -> Vec<u64> {
        let ids = all.iter().rev().filter(|one| entry(one));
        ids.map(|one| one.id).collect()
    };
    let added = ids_of(|entry| entry.action == "entitlement_added");
    assert_eq!(
        look(Some("entitlement_added"), None, None).await.0,
        added[..4]
    );
    let granted = ids_of(|entry| entry.action == "activation_granted");
    for of in [
        answer.activation.to_string(),
        device.id().to_string(),
        answer.request.to_string(),
    ] {
        assert_eq!(look(None, Some(&of), None).await.0, granted, "{of}");
    }
    let entitlement = sold[2].entitlement.id.to_string();
    assert_eq!(look(None, Some(&entitlement), None).await.0.len(), 2);
    let (ids, _) = look(Some("activation_granted"), Some(&entitlement), None).await;
    assert_eq!(ids, granted);
    assert_eq!(look(None, Some("com.acme.cad"), None).await.0.len(), 4);
    assert_eq!(look(None, Some("com.acme.other"), None).await.0.len(), 0);
    let actions = scene.authority.audit_actions().await.unwrap();
    assert_eq!(
        actions,
        [
            "activation_granted",
            "authority_created",
            "entitlement_added",
            "product_added"
        ]
    );
}

#[tokio::test]
async fn the_log_is_exported_in_pieces_as_in_one() {
    let scene = Scene::new().await;
    scene.sell(1).await;
    let mut whole = Vec::new();
    scene.authority.export_audit(&mut whole).await.unwrap();
    let (mut pieces, mut next) = scene.authority.audit_lines(0).await.unwrap();
    while let Some(behind) = next {
        let (lines, more) = scene.authority.audit_lines(behind).await.unwrap();
        pieces.extend(lines);
        next = more;
    }
    assert_eq!(pieces, whole);
}

#[tokio::test]
async fn what_happened_is_in_the_log_with_whom_it_concerns() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let answer = scene.activate(&mut device, &sold.code).await;
    assert_eq!(
        scene.actions().await,
        [
            "authority_created",
            "product_added",
            "entitlement_added",
            "activation_granted"
        ]
    );
    let last = entries(&scene).await.pop().unwrap();
    assert_eq!(last.actor, "vendor");
    assert_eq!(last.entitlement, Some(sold.entitlement.id));
    assert_eq!(last.activation, Some(answer.activation));
    assert_eq!(last.device, Some(device.id()));
    assert_eq!(last.token, Some(answer.request));
}

#[tokio::test]
async fn every_sealed_entry_follows_from_the_one_before() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    scene
        .activate(&mut TestDevice::new("north"), &sold.code)
        .await;
    assert!(entries(&scene).await.last().unwrap().seal.is_none());
    scene.authority.seal_audit().await.unwrap();
    scene
        .activate(&mut TestDevice::new("north"), &sold.code)
        .await;
    scene.reopened().await;

    let mut hash = audit_genesis(&scene.authority.vendor());
    for (entry, position) in entries(&scene).await.iter().zip(1..) {
        let seal = entry.seal.unwrap();
        assert_eq!(seal.position, position);
        hash = audit_hash(&hash, &entry.encoded(position));
        assert_eq!(seal.hash, hash);
    }
}

#[tokio::test]
async fn entries_can_be_neither_changed_nor_deleted_nor_sealed_twice() {
    let scene = Scene::new().await;
    scene.sell(1).await;
    let before = entries(&scene).await;
    let mut database = scene.database().await;
    for attempt in [
        "DELETE FROM audit",
        "UPDATE audit SET at = at + 1",
        "UPDATE audit SET actor = 'nobody'",
        "UPDATE audit SET detail = '{}'",
        "UPDATE audit SET product = NULL WHERE product IS NOT NULL",
        "UPDATE audit SET id = id + 100",
        "UPDATE audit SET position = 90 + id, hash = x'00', action = 'y' WHERE position IS NULL",
        "UPDATE audit SET position = NULL, hash = NULL",
        "UPDATE audit SET hash = x'00' WHERE position IS NOT NULL",
        // Where SQLite is told to replace, others have no word for it.
        if scene.server.is_some() {
            "TRUNCATE audit"
        } else {
            "REPLACE INTO audit (id, at, actor, action, detail) VALUES (1, 1, 'a', 'a', '{}')"
        },
        "INSERT INTO audit (at, actor, action, detail, position, hash)
         VALUES (1, 'a', 'a', '{}', 50, x'00')",
    ] {
        let fault = sqlx::query(scene.in_its_words(attempt))
            .execute(&mut database)
            .await
            .unwrap_err();
        assert!(
            fault.to_string().contains("append-only"),
            "{attempt}: {fault}"
        );
    }
    assert_eq!(entries(&scene).await, before);
}

#[test]
fn an_entry_is_encoded_as_the_specification_says() {
    let entry = AuditEntry {
        address: None,
        epoch: None,
        id: 99,
        at: keyferry_token::Timestamp::from_unix(1_795_406_400),
        actor: "vendor".to_owned(),
        action: "product_added".to_owned(),
        product: Some(keyferry_token::ProductCode::new("com.acme.cad").unwrap()),
        entitlement: None,
        activation: None,
        device: Some(keyferry_token::DeviceId::new([7; 16])),
        token: None,
        license: None,
        key: None,
        detail: r#"{"offline":true}"#.to_owned(),
        seal: None,
    };
    let encoded = entry.encoded(300);
    assert_eq!(
        data_encoding::HEXLOWER.encode(&encoded),
        "a7\
         0119012c\
         021a6b03ba40\
         036676656e646f72\
         046d70726f647563745f6164646564\
         056c636f6d2e61636d652e636164\
         085007070707070707070707070707070707\
         0a707b226f66666c696e65223a747275657d"
    );
    // Of a later epoch it is one pair more, and hashes otherwise.
    let later = AuditEntry {
        epoch: Some(2),
        ..entry
    };
    let mut expected = encoded;
    expected[0] += 1;
    expected.extend([0x0d, 0x02]);
    assert_eq!(later.encoded(300), expected);
    // And so it is with the digest of an address.
    let from = AuditEntry {
        address: Some(keyferry_authority::AuditAddress {
            digest: [9; 32],
            text: Some("203.0.113.9".to_owned()),
        }),
        ..later
    };
    expected[0] += 1;
    expected.extend([0x0e, 0x58, 0x20]);
    expected.extend([9; 32]);
    assert_eq!(from.encoded(300), expected);
}
