//! Databases of earlier versions.

use std::{fs, future::poll_fn, path::Path};

use keyferry_authority::{Origin, Page};
use keyferry_fixtures::{TestDatabase, TestDevice};
use sqlx::{Connection as _, PgConnection, SqliteConnection, migrate::Migrator};
use tempfile::TempDir;

use crate::{
    licenses::plain,
    scene::{Scene, answered, one},
};

/// The first version's tables, and no others.
async fn first_version() -> (TempDir, Migrator) {
    let migrations = tempfile::tempdir().unwrap();
    let engine = if TestDatabase::new().is_some() {
        "postgres"
    } else {
        "sqlite"
    };
    let all = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(engine);
    let first = "0001_foundation.sql";
    fs::copy(all.join(first), migrations.path().join(first)).unwrap();
    let migrator = Migrator::new(migrations.path()).await.unwrap();
    (migrations, migrator)
}

const TABLES: [&str; 8] = [
    "vendor",
    "vendor_keys",
    "profiles",
    "products",
    "entitlements",
    "activations",
    "grants",
    "device_tokens",
];

/// Makes the folder's database one as the first version made it, with what is in it now. The seals of
/// the audit log are those that the first version gave.
async fn as_the_first_version_made_it(dir: &Path) {
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
    let (_folder, migrator) = first_version().await;
    migrator
        .run_direct(None, &mut database, false)
        .await
        .unwrap();
    sqlx::query("ATTACH $1 AS newer")
        .bind(newer.to_str().unwrap())
        .execute(&mut database)
        .await
        .unwrap();
    // Later versions added columns.
    for table in TABLES {
        let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
            .bind(table)
            .fetch_all(&mut database)
            .await
            .unwrap();
        let columns = columns.join(", ");
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}");
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

/// The same of a database at a server, into another one.
async fn in_the_first_version_at_the_server(newer: &TestDatabase) -> TestDatabase {
    let older = TestDatabase::new().unwrap();
    let mut from = PgConnection::connect(&newer.own_url()).await.unwrap();
    let mut to = PgConnection::connect(&older.own_url()).await.unwrap();
    let (_folder, mut migrator) = first_version().await;
    let migrator = migrator.set_locking(false);
    migrator.run_direct(None, &mut to, false).await.unwrap();
    // The log's triggers would not let sealed entries in.
    sqlx::query("SET session_replication_role = replica")
        .execute(&mut to)
        .await
        .unwrap();
    for table in TABLES.into_iter().chain(["audit"]) {
        let columns: Vec<String> = sqlx::query_scalar(
            "SELECT column_name::TEXT FROM information_schema.columns WHERE table_name = $1
             ORDER BY ordinal_position",
        )
        .bind(table)
        .fetch_all(&mut to)
        .await
        .unwrap();
        let columns = columns.join(", ");
        let copy = format!("COPY {table} ({columns}) TO STDOUT");
        let mut rows = from.copy_out_raw(&copy).await.unwrap();
        let mut content = Vec::new();
        while let Some(part) = poll_fn(|cx| rows.as_mut().poll_next(cx)).await {
            content.extend(part.unwrap());
        }
        drop(rows);
        let copy = format!("COPY {table} ({columns}) FROM STDIN");
        let mut rows = to.copy_in_raw(&copy).await.unwrap();
        rows.send(content).await.unwrap();
        rows.finish().await.unwrap();
    }
    let next = "SELECT setval('audit_id_seq', (SELECT MAX(id) FROM audit))";
    sqlx::query(next).execute(&mut to).await.unwrap();
    older
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

    scene.reopened().await.close().await.unwrap();
    let mut old = scene.backup();
    match &old.server {
        Some(newer) => old.server = Some(in_the_first_version_at_the_server(newer).await),
        None => as_the_first_version_made_it(old.dir.path()).await,
    }
    let authority = old.opened(&scene.clock).await;

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
