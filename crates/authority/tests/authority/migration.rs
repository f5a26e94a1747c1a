//! Databases of earlier versions.

use std::{fs, path::Path};

use keyferry_authority::{Origin, Page};
use keyferry_fixtures::TestDevice;
use sqlx::{Connection as _, SqliteConnection, migrate::Migrator};

use crate::{
    licenses::plain,
    scene::{Scene, answered, copy_folder, one, open},
};

/// Makes the folder's database one as the first version made it, with what is in it now. The seals of
/// the audit log are those that the first version gave.
async fn as_the_first_version_made_it(dir: &Path) {
    let migrations = tempfile::tempdir().unwrap();
    let first = "0001_foundation.sql";
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    fs::copy(all.join(first), migrations.path().join(first)).unwrap();
    let (newer, older) = (dir.join("newer.db"), dir.join("authority.db"));
    let path = older.to_str().unwrap();
    let mut database = SqliteConnection::connect(path).await.unwrap();
    sqlx::query("VACUUM INTO $1")
        .bind(newer.to_str().unwrap())
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
    for rest in ["-wal", "-shm"] {
        let _ = fs::remove_file(dir.join(format!("authority.db{rest}")));
    }
    fs::write(&older, b"").unwrap();

    let mut database = SqliteConnection::connect(path).await.unwrap();
    let migrator = Migrator::new(migrations.path()).await.unwrap();
    migrator
        .run_direct(None, &mut database, false)
        .await
        .unwrap();
    sqlx::query("ATTACH $1 AS newer")
        .bind(newer.to_str().unwrap())
        .execute(&mut database)
        .await
        .unwrap();
    for table in [
        "vendor",
        "vendor_keys",
        "profiles",
        "products",
        "entitlements",
        "activations",
        "grants",
        "device_tokens",
    ] {
        let copy = format!("INSERT INTO {table} SELECT * FROM newer.{table}");
        sqlx::query(sqlx::AssertSqlSafe(copy))
            .execute(&mut database)
            .await
            .unwrap();
    }
    for step in [
        "INSERT INTO audit (id, at, actor, action, product, entitlement, activation, device, token,
             detail)
         SELECT id, at, actor, action, product, entitlement, activation, device, token, detail
         FROM newer.audit",
        "UPDATE audit SET position = n.position, hash = n.hash
         FROM newer.audit n WHERE n.id = audit.id",
        "DETACH newer",
    ] {
        sqlx::query(step).execute(&mut database).await.unwrap();
    }
    database.close().await.unwrap();
    fs::remove_file(newer).unwrap();
}

#[tokio::test]
async fn a_database_of_the_first_version_opens_with_all_that_is_in_it() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let mut device = TestDevice::new("north");
    let request = scene.request(&mut device, &sold.code);
    let answer = answered(scene.receive(&request).await);
    scene.authority.seal_audit().await.unwrap();
    let (head, entries) = (
        scene.authority.export_head().await.unwrap(),
        scene.actions(),
    );
    let entries = entries.await;

    let old = tempfile::tempdir().unwrap();
    scene.reopened().await.close().await.unwrap();
    copy_folder(scene.dir.path(), old.path());
    as_the_first_version_made_it(old.path()).await;
    let authority = open(old.path(), &scene.clock).await;

    let head = authority.read_audit_head(head.text.as_bytes()).await;
    let proof = authority.verify_audit(Some(&head.unwrap())).await.unwrap();
    assert_eq!(proof.entries, entries.len() as u64);
    let again = authority.receive(&request.bytes, &Origin::Local).await;
    assert_eq!(answered(one(again)).sealed.bytes, answer.sealed.bytes);
    // And what came with this version works on it.
    let made = authority
        .license_make(&plain(), &Origin::Local)
        .await
        .unwrap();
    let licenses = authority.licenses(None, Page::first(9)).await.unwrap();
    assert_eq!(licenses.items, [made.issued]);
    authority.verify_audit(None).await.unwrap();
}
