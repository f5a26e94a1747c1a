//! The program itself, as the system starts it: streams, exit codes, and what is linked in.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

use std::process::{Command, Stdio};

use assert_cmd::assert::OutputAssertExt as _;

/// The program with a store of its own, far from the user's.
fn keyferry(home: &tempfile::TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyferry"));
    command
        .arg("--home")
        .arg(home.path().join("store"))
        .stdin(Stdio::null());
    command
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn data_goes_to_standard_output_and_messages_to_standard_error() {
    let home = home();
    let listed = keyferry(&home).args(["status", "--json"]).output().unwrap();
    assert_eq!(
        listed.stdout,
        b"{\"schema\":1,\"ok\":true,\"products\":[]}\n"
    );
    assert_eq!(listed.stderr, b"");
    let said = keyferry(&home).arg("status").output().unwrap();
    assert_eq!(said.stdout, b"");
    assert!(!said.stderr.is_empty());
}

#[test]
fn the_process_ends_with_the_code_of_the_catalogue() {
    let home = home();
    keyferry(&home)
        .args(["status", "com.acme.cad"])
        .assert()
        .code(3);
    for command in [
        ["deactivate", "com.acme.cad", "--yes"].as_slice(),
        &["move", "com.acme.cad", "--yes"],
        &["emergency", "com.acme.cad", "--yes"],
        &["deactivation", "show", "com.acme.cad"],
        &["status-code", "com.acme.cad"],
        &["clock", "request", "com.acme.cad"],
    ] {
        keyferry(&home).args(command).assert().code(3);
    }
    keyferry(&home).args(["clock", "request"]).assert().code(1);
    keyferry(&home).args(["apply", "none.kft"]).assert().code(8);
    keyferry(&home).args(["apply", "-"]).assert().code(1);
    keyferry(&home).arg("nonsense").assert().code(2);
    keyferry(&home).arg("--version").assert().success();
    keyferry(&home)
        .args(["activate", "--help"])
        .assert()
        .success();
}

#[test]
fn looking_around_leaves_nothing_behind() {
    let home = home();
    for args in [
        ["status"].as_slice(),
        &["vendor", "list"],
        &["device"],
        &["paths"],
        &["clock"],
        &["status-code"],
        &["report"],
        &["reset", "--before-imaging", "--yes"],
    ] {
        keyferry(&home).args(args).assert().success();
    }
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn shells_complete_every_command() {
    let home = home();
    let script = keyferry(&home)
        .args(["completions", "bash"])
        .output()
        .unwrap();
    let script = String::from_utf8(script.stdout).unwrap();
    for word in [
        "deactivate",
        "delivered",
        "--dry-run",
        "not-needed",
        "emergency",
        "--before-imaging",
        "status-code",
        "report",
    ] {
        assert!(script.contains(word), "{word}");
    }
}

#[cfg(unix)]
#[test]
fn output_that_cannot_be_written_is_no_success() {
    let home = home();
    let full = std::fs::File::options().write(true).open("/dev/full");
    let Ok(full) = full else {
        eprintln!("skipped: this system has no /dev/full");
        return;
    };
    let ended = keyferry(&home).arg("paths").stdout(full).output().unwrap();
    assert_eq!(ended.status.code(), Some(8));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("KF-604"));
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_panic() {
    let home = home();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended = keyferry(&home)
        .args(["completions", "bash"])
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(8));
    assert_eq!(ended.stderr, b"");
}

#[test]
fn there_is_no_colour_where_no_terminal_is() {
    let home = home();
    let help = keyferry(&home).arg("--help").output().unwrap();
    assert!(!help.stdout.contains(&0x1b));
    let wrong = keyferry(&home).arg("nonsense").output().unwrap();
    assert!(!wrong.stderr.contains(&0x1b));
}

/// A machine without a network gets a program without a browser, a server or a second crypto
/// library.
#[test]
fn no_webview_no_database_and_no_network_is_linked_in() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--package",
            "keyferry-cli",
            "--edges",
            "normal",
        ])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    assert!(tree.lines().count() > 50, "{tree}");
    let names = || tree.lines().filter_map(|line| line.split(' ').next());
    for banned in [
        "tauri",
        "wry",
        "webkit",
        "gtk",
        "sqlx",
        "libsqlite3",
        "aws-lc",
        "tokio",
        "hyper",
        "reqwest",
        "rustls",
        "openssl",
        "axum",
    ] {
        let found: Vec<&str> = names().filter(|name| name.starts_with(banned)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}
