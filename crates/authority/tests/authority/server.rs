//! A database at a server: what can be wrong with it, and several programs that begin at once.
//!
//! `tests/postgres/run` runs these at a server of its own.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use keyferry_authority::{Authority, DatabaseUrl, InitOptions, OpenOptions, Origin, SetupFault};
use keyferry_fixtures::{TestDatabase, TestDevice};
use sqlx::Row as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::scene::{Scene, TestClock, acme, answered, copy_folder, url};

const PASSWORD: &str = "s3cret";

fn code(result: Result<Authority, SetupFault>) -> &'static str {
    match result {
        Ok(_) => "opened",
        Err(fault) => {
            let told = format!("{fault} {fault:?} {:?}", fault.problem());
            assert!(
                !told.contains(PASSWORD) && !told.contains("postgres:"),
                "{told}"
            );
            fault.code().as_str()
        }
    }
}

async fn init(dir: &Path, server: &TestDatabase) -> Result<Authority, SetupFault> {
    let options = InitOptions {
        database: Some(url(server)),
        clock: Arc::new(TestClock::new()),
        ..acme()
    };
    Authority::init(dir, options).await
}

async fn open(dir: &Path, url: &str) -> Result<Authority, SetupFault> {
    let options = OpenOptions {
        database: Some(DatabaseUrl::new(url).unwrap()),
        clock: Arc::new(TestClock::new()),
        ..OpenOptions::default()
    };
    Authority::open(dir, options).await
}

async fn shown(scene: &Scene, setting: &'static str) -> String {
    let mut database = scene.database().await;
    let row = sqlx::query(setting).fetch_one(&mut database).await;
    row.unwrap().get(0)
}

/// The URL of a scene's database over the network, for a user who may read and write it, and what
/// follows the question mark.
async fn over_the_network(scene: &Scene, password: &str, how: &str) -> String {
    let server = scene.server.as_ref().unwrap();
    let name = shown(scene, "SELECT current_database()::TEXT").await;
    let user = format!("u{name}");
    server.run(&format!(
        "DO $$ BEGIN
             IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{user}') THEN
                 CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}';
                 GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user};
             END IF;
         END $$"
    ));
    let port = shown(scene, "SHOW port").await;
    format!("postgres://{user}:{password}@127.0.0.1:{port}/{name}?{how}")
}

#[tokio::test]
#[ignore = "needs a server: tests/postgres/run"]
async fn a_server_that_does_not_let_in_is_told_apart_from_one_that_does_not_answer() {
    let scene = Scene::new().await;
    let dir = scene.dir.path();
    let good = over_the_network(&scene, PASSWORD, "").await;
    assert_eq!(code(open(dir, &good).await), "opened");

    let wrong = over_the_network(&scene, "other", "").await;
    assert_eq!(code(open(dir, &wrong).await), "database_refused");
    let nowhere = good.replace("/keyferry_test", "/no_such");
    assert_eq!(code(open(dir, &nowhere).await), "database_refused");
    // A port at which nobody listens, and a name that nobody has.
    let closed = "postgres://keyferry:s3cret@127.0.0.1:1/keyferry";
    assert_eq!(code(open(dir, closed).await), "database_unreachable");
    let unknown = "postgres://keyferry:s3cret@nowhere.invalid/keyferry";
    assert_eq!(code(open(dir, unknown).await), "database_unreachable");
}

#[tokio::test]
#[ignore = "needs a server: tests/postgres/run"]
async fn a_connection_is_as_safe_as_its_url_asks_or_there_is_none() {
    let scene = Scene::new().await;
    let dir = scene.dir.path();
    let folder = shown(&scene, "SHOW data_directory").await;
    let trusted = format!("sslmode=verify-full&sslrootcert={folder}/ca.crt");
    let verified = over_the_network(&scene, PASSWORD, &trusted).await;
    assert_eq!(code(open(dir, &verified).await), "opened");

    // Nobody vouches for the certificate, or it is another machine's.
    let unknown = over_the_network(&scene, PASSWORD, "sslmode=verify-full").await;
    assert_eq!(code(open(dir, &unknown).await), "database_not_secured");
    let other = verified.replace("127.0.0.1", "localhost");
    assert_eq!(code(open(dir, &other).await), "database_not_secured");
}

#[tokio::test]
#[ignore = "needs a server: tests/postgres/run"]
async fn a_user_who_may_not_write_is_refused_and_changes_nothing() {
    let scene = Scene::new().await;
    let good = over_the_network(&scene, PASSWORD, "").await;
    let authority = open(scene.dir.path(), &good).await.unwrap();
    scene.server.as_ref().unwrap().run(
        "DO $$ BEGIN EXECUTE format('REVOKE INSERT ON audit FROM u%s', current_database()); END $$",
    );
    let before = scene
        .authority
        .entitlements(keyferry_authority::Page::first(9));
    let before = before.await.unwrap().items;
    let fault = authority
        .entitlement_add(crate::scene::bought(1), &Origin::Local)
        .await;
    assert_eq!(fault.unwrap_err().code().as_str(), "database_refused");
    let after = scene
        .authority
        .entitlements(keyferry_authority::Page::first(9));
    assert_eq!(after.await.unwrap().items, before);
}

/// Stands between an authority and its server, and once told cuts the line when the server has answered the next commit.
async fn on_the_way_to(port: u16, cut: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            tokio::spawn(passed_on(near, far, Arc::clone(&cut)));
        }
    });
    own
}

async fn passed_on(mut near: TcpStream, mut far: TcpStream, cut: Arc<AtomicBool>) {
    let (mut asked, mut told) = (vec![0; 65_536], vec![0; 65_536]);
    let mut committing = false;
    loop {
        tokio::select! {
            read = near.read(&mut asked) => match read {
                Ok(1..) if cut.load(Ordering::SeqCst) => {
                    let read = read.unwrap();
                    committing |= asked[..read].windows(6).any(|text| text == b"COMMIT");
                    far.write_all(&asked[..read]).await.unwrap();
                }
                Ok(read @ 1..) => far.write_all(&asked[..read]).await.unwrap(),
                _ => return,
            },
            read = far.read(&mut told) => match read {
                Ok(1..) if committing => return,
                Ok(read @ 1..) => near.write_all(&told[..read]).await.unwrap(),
                _ => return,
            },
        }
    }
}

#[tokio::test]
#[ignore = "needs a server: tests/postgres/run"]
async fn a_change_whose_commit_got_no_answer_is_not_told_as_undone() {
    let scene = Scene::new().await;
    let good = over_the_network(&scene, PASSWORD, "sslmode=disable").await;
    let port: u16 = shown(&scene, "SHOW port").await.parse().unwrap();
    let cut = Arc::new(AtomicBool::new(false));
    let own = on_the_way_to(port, Arc::clone(&cut)).await;
    let url = good.replace(&format!(":{port}/"), &format!(":{own}/"));
    let authority = open(scene.dir.path(), &url).await.unwrap();
    let sold = async || {
        let first = keyferry_authority::Page::first(9);
        scene.authority.entitlements(first).await.unwrap().items
    };
    let before = sold().await.len();

    cut.store(true, Ordering::SeqCst);
    let fault = authority
        .entitlement_add(crate::scene::bought(1), &Origin::Local)
        .await;
    assert_eq!(fault.unwrap_err().code().as_str(), "change_uncertain");
    assert_eq!(sold().await.len(), before + 1);
}

#[tokio::test]
#[ignore = "needs a server: tests/postgres/run"]
async fn a_database_that_takes_no_changes_or_has_no_room_says_so() {
    let scene = Scene::new().await;
    let server = scene.server.as_ref().unwrap();
    // What the server says when its disk is full.
    server.run(
        "CREATE FUNCTION full_disk() RETURNS TRIGGER LANGUAGE plpgsql AS $$
         BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
         CREATE TRIGGER full_disk BEFORE INSERT ON audit
         FOR EACH ROW EXECUTE FUNCTION full_disk()",
    );
    let sold = scene
        .authority
        .entitlement_add(crate::scene::bought(1), &Origin::Local);
    assert_eq!(sold.await.unwrap_err().code().as_str(), "disk_full");

    server.run("DROP TRIGGER full_disk ON audit");
    scene.sell(1).await;
    server.run(
        "DO $$ BEGIN EXECUTE format(
             'ALTER DATABASE %s SET default_transaction_read_only = on', current_database()
         ); END $$",
    );
    assert_eq!(code(scene.try_reopened().await), "database_replica");
}

#[tokio::test]
#[ignore = "needs a server: tests/postgres/run"]
async fn a_replica_is_told_from_the_server_that_it_follows() {
    let scene = Scene::new().await;
    scene.sell(1).await;
    let replica = std::env::var("KEYFERRY_TEST_REPLICA").unwrap();
    let server = std::env::var("KEYFERRY_TEST_SERVER").unwrap();
    let (_, parameters) = replica.split_once('?').unwrap();
    let (_, own) = server.split_once('?').unwrap();
    let there = scene
        .server
        .as_ref()
        .unwrap()
        .url()
        .replace(own, parameters);
    // Until what was made here has arrived there, the replica does not know the database.
    let arrived = async {
        while matches!(
            code(open(scene.dir.path(), &there).await),
            "database_refused" | "authority_missing"
        ) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), arrived)
        .await
        .unwrap();
    assert_eq!(
        code(open(scene.dir.path(), &there).await),
        "database_replica"
    );
}

#[tokio::test]
#[ignore = "needs a server: tests/postgres/run"]
async fn a_connection_that_was_cut_is_made_anew_and_the_answer_is_the_same() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let request = scene.request(&mut device, &sold.code);
    let first = answered(scene.receive(&request).await);
    scene.server.as_ref().unwrap().run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    let again = scene
        .authority
        .receive(&request.bytes, &Origin::Local)
        .await;
    let again = answered(crate::scene::one(again));
    assert_eq!(again.sealed.bytes, first.sealed.bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a server: tests/postgres/run"]
async fn a_caller_who_goes_away_while_a_transaction_begins_leaves_none_open() {
    let scene = Scene::new().await;
    for step in 0..200 {
        // Gone a little later each time: before it is asked for, while it begins, after it.
        let patience = Duration::from_micros(step % 50 * 20);
        let _ = tokio::time::timeout(patience, scene.authority.ready()).await;
        // Within a transaction that reads, this would be refused.
        scene.sell(1).await;
    }
}

#[tokio::test]
#[ignore = "needs a server: tests/postgres/run"]
async fn an_authority_moves_into_nobody_elses_database() {
    let scene = Scene::new().await;
    let server = scene.server.as_ref().unwrap();
    let other = tempfile::tempdir().unwrap();
    let entries = scene.actions().await;
    assert_eq!(code(init(other.path(), server).await), "database_of_other");
    assert!(!other.path().join("keys").exists());
    assert_eq!(scene.actions().await, entries);
    assert_eq!(
        code(init(scene.dir.path(), server).await),
        "authority_exists"
    );

    // Nor does one open another's books, or make tables where there are none.
    let (own, empty) = (TestDatabase::new().unwrap(), TestDatabase::new().unwrap());
    init(other.path(), &own).await.unwrap();
    assert_eq!(
        code(open(other.path(), &server.url()).await),
        "database_of_other"
    );
    assert_eq!(
        code(open(other.path(), &empty.url()).await),
        "authority_missing"
    );
    assert_eq!(code(open(other.path(), &own.url()).await), "opened");
}

#[tokio::test]
#[ignore = "needs a server: tests/postgres/run"]
async fn a_setup_that_was_interrupted_after_the_database_was_filled_is_taken_up() {
    let scene = Scene::new().await;
    let server = scene.server.as_ref().unwrap();
    let (dir, entries) = (scene.dir.path(), scene.actions().await);
    fs::write(dir.join("setup-unfinished"), "").unwrap();
    fs::remove_file(dir.join("vendor.kfv")).unwrap();
    assert_eq!(code(scene.try_reopened().await), "authority_missing");

    let taken_up = init(dir, server).await.unwrap();
    assert_eq!(taken_up.vendor(), scene.authority.vendor());
    assert!(taken_up.profile_file().exists());
    assert!(!dir.join("setup-unfinished").exists());
    assert_eq!(scene.actions().await, entries);

    // Not by a folder with other keys.
    let other = tempfile::tempdir().unwrap();
    copy_folder(dir, other.path());
    fs::remove_dir_all(other.path().join("keys")).unwrap();
    fs::write(other.path().join("setup-unfinished"), "").unwrap();
    let foreign = tempfile::tempdir().unwrap();
    Authority::init(foreign.path(), acme()).await.unwrap();
    copy_folder(&foreign.path().join("keys"), &other.path().join("keys"));
    assert_eq!(code(init(other.path(), server).await), "database_of_other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs a server: tests/postgres/run"]
async fn of_several_setups_at_once_in_an_empty_database_one_wins() {
    let server = Arc::new(TestDatabase::new().unwrap());
    let begun: Vec<_> = (0..4)
        .map(|_| {
            let server = Arc::clone(&server);
            tokio::spawn(async move {
                let dir = tempfile::tempdir().unwrap();
                let made = init(dir.path(), &server).await;
                (dir, code(made))
            })
        })
        .collect();
    let mut outcomes = Vec::new();
    let mut winner = None;
    for task in begun {
        let (dir, outcome) = task.await.unwrap();
        outcomes.push(outcome);
        if outcome == "opened" {
            winner = Some(dir);
        }
    }
    outcomes.sort_unstable();
    let lost = "database_of_other";
    assert_eq!(outcomes, [lost, lost, lost, "opened"]);
    let opened = open(winner.unwrap().path(), &server.url()).await;
    opened.unwrap().verify_audit(None).await.unwrap();
}
