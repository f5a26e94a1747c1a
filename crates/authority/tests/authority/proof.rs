//! Proving the audit log: rule A11. Whoever can write to the database can drop its triggers; here
//! somebody does.

use keyferry_authority::{AuditFault, AuditHead, AuditProof, Authority, audit_genesis, audit_hash};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{Artefact, VendorId, VendorProfile, VendorPublicKey};
use tempfile::TempDir;

use crate::scene::{Scene, acme};

/// A scene with a dozen entries in its log, sealed.
async fn with_history() -> Scene {
    let scene = Scene::new().await;
    let sold = scene.sell(8).await;
    for number in 0..8 {
        let mut device = TestDevice::new(&format!("device {number}"));
        scene.activate(&mut device, &sold.code).await;
    }
    scene.authority.seal_audit().await.unwrap();
    scene
}

/// Does something to the log that its triggers would not let pass.
async fn tamper(scene: &Scene, statements: &[&'static str]) {
    let mut database = scene.database().await;
    let unlocked = [
        "DROP TRIGGER audit_is_not_deleted",
        "DROP TRIGGER audit_is_not_changed",
        "DROP TRIGGER audit_is_not_replaced",
    ];
    for statement in unlocked.iter().chain(statements) {
        sqlx::query(scene.in_its_words(statement))
            .execute(&mut database)
            .await
            .unwrap();
    }
}

async fn verify(scene: &Scene, head: Option<&AuditHead>) -> Result<AuditProof, AuditFault> {
    scene.authority.verify_audit(head).await
}

/// The code and the position of what is wrong.
fn found(fault: &AuditFault) -> (&'static str, String) {
    let position = fault.problem().arg("position").unwrap_or("").to_owned();
    (fault.code().as_str(), position)
}

#[tokio::test]
async fn a11_a_log_that_nobody_touched_is_proven_with_and_without_a_head() {
    let scene = with_history().await;
    let head = scene.authority.export_head().await.unwrap();
    let sold = scene.sell(1).await;
    scene
        .activate(&mut TestDevice::new("later"), &sold.code)
        .await;
    let proof = verify(&scene, None).await.unwrap();
    assert_eq!(proof.entries, 13);
    let head = scene
        .authority
        .read_audit_head(head.text.as_bytes())
        .await
        .unwrap();
    assert_eq!((head.position(), head.taken_at()), (11, NOW));
    let against = verify(&scene, Some(&head)).await.unwrap();
    assert_eq!((against.hash, against.against), (proof.hash, Some(head)));
}

#[tokio::test]
async fn a11_an_edited_deleted_added_or_reordered_row_is_found_where_it_is() {
    for (statements, position) in [
        (&["UPDATE audit SET actor = 'nobody' WHERE position = 5"][..], 5),
        (&["UPDATE audit SET at = at + 1 WHERE position = 1"], 1),
        (&["UPDATE audit SET detail = '{}' WHERE position = 4"], 4),
        (&["UPDATE audit SET device = x'00' WHERE position = 6"], 6),
        (&["UPDATE audit SET hash = x'00' WHERE position = 7"], 7),
        (&["DELETE FROM audit WHERE position = 6"], 6),
        (&["DELETE FROM audit WHERE position = 1"], 1),
        // Two rows change places, with their hashes and without.
        (
            &[
                "UPDATE audit SET position = 99 WHERE position = 5",
                "UPDATE audit SET position = 5 WHERE position = 6",
                "UPDATE audit SET position = 6 WHERE position = 99",
            ],
            5,
        ),
        (
            &[
                "CREATE TEMP TABLE swap AS SELECT * FROM audit WHERE position IN (5, 6)",
                "UPDATE audit SET detail = (SELECT s.detail FROM swap s WHERE s.position = 11 - audit.position),
                     device = (SELECT s.device FROM swap s WHERE s.position = 11 - audit.position)
                 WHERE position IN (5, 6)",
            ],
            5,
        ),
        // One is put in, before the first or between two.
        (
            &["INSERT INTO audit (at, actor, action, detail, position, hash)
               VALUES (1, 'vendor', 'nothing', '{}', -3, x'0000000000000000000000000000000000000000000000000000000000000000')"],
            1,
        ),
        (
            &[
                "UPDATE audit SET position = position + 1000 WHERE position > 4",
                "UPDATE audit SET position = position - 999 WHERE position > 1000",
                "INSERT INTO audit (at, actor, action, detail, position, hash)
                 VALUES (1, 'vendor', 'nothing', '{}', 5, x'0000000000000000000000000000000000000000000000000000000000000000')",
            ],
            5,
        ),
        // A row is taken out of the chain to be sealed anew.
        (&["UPDATE audit SET position = NULL, hash = NULL WHERE position = 8"], 8),
    ] {
        let scene = with_history().await;
        tamper(&scene, statements).await;
        let fault = verify(&scene, None).await.unwrap_err();
        assert_eq!(found(&fault), ("audit_broken", position.to_string()), "{statements:?}");
    }
}

#[tokio::test]
async fn a11_a_log_that_was_cut_off_is_found_with_a_head() {
    let scene = with_history().await;
    let head = scene.authority.export_head().await.unwrap().head;
    tamper(&scene, &["DELETE FROM audit WHERE position > 8"]).await;
    // On its own it is whole.
    assert_eq!(verify(&scene, None).await.unwrap().entries, 8);
    let fault = verify(&scene, Some(&head)).await.unwrap_err();
    assert_eq!(found(&fault), ("audit_truncated", "9".to_owned()));
    // Nor do new entries in the place of those that are gone hide it.
    for _ in 0..5 {
        scene.sell(1).await;
    }
    let fault = verify(&scene, Some(&head)).await.unwrap_err();
    assert_eq!(found(&fault), ("audit_broken", "11".to_owned()));
}

#[tokio::test]
async fn a11_a_chain_that_was_made_anew_is_found_with_a_head() {
    let scene = with_history().await;
    let head = scene.authority.export_head().await.unwrap().head;
    let forget = [
        "UPDATE audit SET detail = '{\"seats\":9}' WHERE position = 3",
        "UPDATE audit SET position = NULL, hash = NULL",
    ];
    tamper(&scene, &forget).await;
    let proof = verify(&scene, None).await.unwrap();
    assert_eq!(proof.entries, head.position());
    let fault = verify(&scene, Some(&head)).await.unwrap_err();
    assert_eq!(found(&fault), ("audit_broken", "11".to_owned()));
}

#[tokio::test]
async fn a11_a_head_that_was_changed_or_is_another_vendors_is_refused() {
    let scene = with_history().await;
    let text = scene.authority.export_head().await.unwrap().text;
    let binary = binary(&text);
    let read = async |bytes: Vec<u8>| scene.authority.read_audit_head(&bytes).await;
    let whole = read(text.clone().into_bytes()).await.unwrap();
    assert_eq!(read(binary.clone()).await.unwrap(), whole);
    for at in 0..binary.len() {
        let mut changed = binary.clone();
        changed[at] ^= 1;
        let fault = AuditHead::read(&changed, &scene.profile).unwrap_err();
        assert_eq!(fault.code().as_str(), "audit_head_refused", "byte {at}");
    }
    let longer = [binary.as_slice(), b"\0"].concat();
    let public = std::fs::read(scene.authority.public_key_file()).unwrap();
    for bytes in [
        longer,
        public,
        vec![0x20; 5000],
        Vec::new(),
        binary[..300].to_vec(),
    ] {
        let fault = read(bytes).await.unwrap_err();
        assert_eq!(fault.code().as_str(), "audit_head_refused");
    }

    let other = TempDir::new().unwrap();
    let stranger = Authority::init(other.path(), acme()).await.unwrap();
    let fault = stranger.read_audit_head(text.as_bytes()).await.unwrap_err();
    assert_eq!(fault.code().as_str(), "audit_head_refused");
    let theirs = stranger.export_head().await.unwrap().text;
    let fault = read(theirs.clone().into_bytes()).await.unwrap_err();
    assert_eq!(fault.code().as_str(), "audit_head_refused");

    // The same keys in another vendor's name.
    let mut renamed = scene.profile.clone();
    renamed.vendor = VendorId::new([1; 16]);
    let fault = AuditHead::read(text.as_bytes(), &renamed).unwrap_err();
    assert_eq!(fault.code().as_str(), "audit_head_refused");

    // Someone puts another vendor's profile, and so its keys, into the database.
    let profile = profile_bytes(&stranger);
    sqlx::query("INSERT INTO profiles (number, bytes, issued_at) VALUES (99, $1, 0)")
        .bind(profile)
        .execute(&mut scene.database().await)
        .await
        .unwrap();
    let fault = read(theirs.into_bytes()).await.unwrap_err();
    assert_eq!(fault.code().as_str(), "audit_head_refused");
}

fn profile_bytes(authority: &Authority) -> Vec<u8> {
    let file = std::fs::read(authority.profile_file()).unwrap();
    match Artefact::read(&file).unwrap().remove(0).unwrap() {
        Artefact::Profile(profile) => profile.bytes().to_vec(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a11_a_head_and_an_export_are_checked_without_the_authority() {
    let scene = with_history().await;
    let mut lines = Vec::new();
    let last = scene.authority.export_audit(&mut lines).await.unwrap();
    let head = scene.authority.export_head().await.unwrap();
    let trusted: VendorProfile = scene.profile.clone();
    let head = AuditHead::read(head.text.as_bytes(), &trusted).unwrap();
    assert_eq!((head.position(), head.hash()), (last.position, last.hash));

    let text = String::from_utf8(lines).unwrap();
    let mut lines = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let first = lines.next().unwrap();
    assert_eq!(first["keyferry_audit"], 1);
    let vendor = data_encoding::HEXLOWER.encode(head.vendor().as_bytes());
    assert_eq!(first["vendor"], vendor.as_str());
    let mut hash = audit_genesis(&head.vendor());
    let mut position = 0;
    for line in lines {
        position += 1;
        assert_eq!(line["position"], position);
        hash = audit_hash(&hash, &hashed_form(&line));
        assert_eq!(line["hash"], data_encoding::HEXLOWER.encode(&hash).as_str());
    }
    assert_eq!((position, hash), (last.position, last.hash));
}

#[tokio::test]
async fn a_head_is_a_cose_sign1_that_anyone_can_check_by_the_specification() {
    use ciborium::Value;
    let scene = with_history().await;
    let head = scene.authority.export_head().await.unwrap();
    let binary = binary(&head.text);
    let Value::Tag(18, fields) = ciborium::from_reader(binary.as_slice()).unwrap() else {
        panic!("no COSE_Sign1");
    };
    let Ok([protected, unprotected, payload, signature]) =
        <[Value; 4]>::try_from(fields.into_array().unwrap())
    else {
        panic!("not four fields");
    };
    assert_eq!(unprotected, Value::Map(Vec::new()));
    let pem = std::fs::read_to_string(scene.authority.public_key_file()).unwrap();
    let key = VendorPublicKey::from_spki(&self::binary(&pem)).unwrap();
    let map = |bytes: &Value| -> Value {
        ciborium::from_reader(bytes.as_bytes().unwrap().as_slice()).unwrap()
    };
    let pair = |key: i64, value: Value| (Value::from(key), value);
    let typ = "application/keyferry-audit-head";
    let expected = vec![
        pair(1, Value::from(-37)),
        pair(4, Value::Bytes(key.id().as_bytes().to_vec())),
        pair(16, Value::from(typ)),
    ];
    assert_eq!(map(&protected), Value::Map(expected));
    let (vendor, hash) = (scene.profile.vendor, head.head.hash());
    let expected = vec![
        pair(1, Value::from(1)),
        pair(2, Value::Bytes(vendor.as_bytes().to_vec())),
        pair(3, Value::from(11)),
        pair(4, Value::Bytes(hash.to_vec())),
        pair(5, Value::from(NOW.unix())),
    ];
    assert_eq!(map(&payload), Value::Map(expected));
    let signed = Value::Array(vec![
        Value::from("Signature1"),
        protected,
        Value::Bytes(Vec::new()),
        payload,
    ]);
    let mut message = Vec::new();
    ciborium::into_writer(&signed, &mut message).unwrap();
    assert!(key.verifies(&message, signature.as_bytes().unwrap()));
}

/// What lies between the BEGIN and END lines.
fn binary(text: &str) -> Vec<u8> {
    let body: String = text
        .lines()
        .filter(|line| !line.starts_with("---"))
        .collect();
    data_encoding::BASE64.decode(body.as_bytes()).unwrap()
}

/// The form of an entry that is hashed, as somebody else makes it from a line by the specification.
fn hashed_form(line: &serde_json::Value) -> Vec<u8> {
    use ciborium::Value;
    let text = |name: &str| line[name].as_str().map(Value::from);
    let hex = |name: &str| {
        line[name]
            .as_str()
            .map(|hex| Value::Bytes(data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap()))
    };
    let number = |name: &str| line[name].as_u64().map(Value::from);
    let detail = text("detail").filter(|detail| *detail != Value::from("{}"));
    let fields = [
        number("position"),
        number("at"),
        text("actor"),
        text("action"),
        text("product"),
        hex("entitlement"),
        hex("activation"),
        hex("device"),
        hex("token"),
        detail,
    ];
    let pairs = fields
        .into_iter()
        .zip(1_u8..)
        .filter_map(|(value, key)| value.map(|value| (Value::from(key), value)));
    let mut out = Vec::new();
    ciborium::into_writer(&Value::Map(pairs.collect()), &mut out).unwrap();
    out
}

#[tokio::test]
async fn a11_an_export_stops_at_what_cannot_be_read_any_more() {
    let scene = with_history().await;
    tamper(
        &scene,
        &["UPDATE audit SET device = x'00' WHERE position = 6"],
    )
    .await;
    let fault = scene
        .authority
        .export_audit(&mut Vec::new())
        .await
        .unwrap_err();
    assert_eq!(found(&fault), ("audit_broken", "6".to_owned()));
}

#[tokio::test]
async fn the_log_is_listed_in_the_order_of_the_chain_whatever_the_numbers_say() {
    let scene = with_history().await;
    let before = scene.actions().await;
    scene.authority.verify_audit(None).await.unwrap();
    let swap = [
        "UPDATE audit SET id = 1000 WHERE position = 2",
        "UPDATE audit SET id = 2 WHERE position = 9",
    ];
    tamper(&scene, &swap).await;
    assert_eq!(scene.actions().await, before);
    // A page at a time, too.
    let mut page = keyferry_authority::Page::first(3);
    let mut paged = Vec::new();
    loop {
        let part = scene.authority.audit(page).await.unwrap();
        paged.extend(part.items.into_iter().map(|entry| entry.action));
        page.after = part.next;
        if page.after.is_none() {
            break;
        }
    }
    assert_eq!(paged, before);
}
