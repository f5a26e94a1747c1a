//! The programs themselves, as the system starts them.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn run<S: AsRef<OsStr>>(program: &Path, args: impl IntoIterator<Item = S>) -> Output {
    Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn authority() -> PathBuf {
    env!("CARGO_BIN_EXE_keyferry-authority").into()
}

#[track_caller]
fn json(output: &Output) -> Value {
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[cfg(unix)]
#[test]
fn keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("acme");
    let data_arg = data.display().to_string();
    json(&run(
        &authority(),
        [
            "--data",
            &data_arg,
            "init",
            "--vendor",
            "Acme Tools",
            "--json",
        ],
    ));
    let mut looked_at = 0;
    for entry in std::fs::read_dir(data.join("keys")).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
        looked_at += 1;
    }
    assert_eq!(looked_at, 4);
}

#[test]
fn the_process_ends_with_the_code_of_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("none").display().to_string();
    for (args, exit) in [
        (vec!["--data", &data, "product", "list"], 1),
        (vec!["product", "list"], 2),
        (vec!["nonsense"], 2),
        (vec!["--version"], 0),
        (
            vec!["--data", "/dev/null/acme", "init", "--vendor", "Acme"],
            8,
        ),
    ] {
        let ended = run(&authority(), &args);
        assert_eq!(ended.status.code(), Some(exit), "{args:?}: {ended:?}");
    }
}

/// On this machine as it is, between the two programs as they are.
#[test]
fn the_two_programs_exchange_a_license() {
    let authority = authority();
    let keyferry = authority.with_file_name(format!("keyferry{}", std::env::consts::EXE_SUFFIX));
    if !keyferry.exists() {
        eprintln!(
            "skipped: {} was not built; `cargo build -p keyferry-cli`",
            keyferry.display()
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (data, home) = (path("acme"), path("home"));
    let vendor = |args: &[&str]| run(&authority, ["--data", &data, "--json"].iter().chain(args));
    let client = |args: &[&str]| run(&keyferry, ["--home", &home, "--json"].iter().chain(args));

    let init = json(&vendor(&["init", "--vendor", "Acme Tools"]));
    json(&vendor(&[
        "product",
        "add",
        "com.acme.cad",
        "--name",
        "Acme CAD",
        "--offline",
    ]));
    let sold = json(&vendor(&[
        "entitlement",
        "add",
        "--product",
        "com.acme.cad",
        "--seats",
        "1",
        "--offline-lease",
        "30d",
    ]));
    let words = init["fingerprint"].as_str().unwrap();
    let profile = init["profile"].as_str().unwrap();
    json(&client(&["vendor", "add", profile, "--fingerprint", words]));

    let code = sold["activation_code"].as_str().unwrap();
    let (request, answer) = (path("request.kft"), path("answer.kft"));
    let asked = client(&["activate", code, "--out", &request]);
    if String::from_utf8_lossy(&asked.stdout).contains("fingerprint_too_small") {
        eprintln!("skipped: this machine shows too little of itself to hold a license");
        return;
    }
    json(&asked);
    json(&vendor(&["receive", &request, "--out", &answer]));
    json(&client(&["apply", &answer]));
    let status = json(&client(&["status", "com.acme.cad"]));
    assert_eq!(status["standing"]["state"], "licensed");
}

#[test]
fn a_service_is_handed_its_passphrase_by_the_system() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = folder.path().join("credentials");
    std::fs::create_dir(&credentials).unwrap();
    let (pass, data) = (folder.path().join("pass.txt"), folder.path().join("acme"));
    std::fs::write(&pass, "correct horse\n").unwrap();
    let (pass, data) = (pass.display().to_string(), data.display().to_string());
    let with = |args: &[&str]| {
        Command::new(authority())
            .args(["--data", &data, "--json"])
            .args(args)
            .env("CREDENTIALS_DIRECTORY", &credentials)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    json(&with(&[
        "--passphrase-file",
        &pass,
        "init",
        "--vendor",
        "Acme Tools",
    ]));
    let without = with(&["product", "list"]);
    let error: Value = serde_json::from_slice(&without.stdout).unwrap();
    assert_eq!(error["error"]["code"], "passphrase_missing");
    std::fs::copy(&pass, credentials.join("keyferry-passphrase")).unwrap();
    json(&with(&["product", "list"]));
    // What is named on the command line goes first.
    std::fs::write(credentials.join("keyferry-passphrase"), "wrong").unwrap();
    json(&with(&["--passphrase-file", &pass, "product", "list"]));
    let wrong = with(&["product", "list"]);
    let error: Value = serde_json::from_slice(&wrong.stdout).unwrap();
    assert_eq!(error["error"]["code"], "passphrase_wrong");
}
