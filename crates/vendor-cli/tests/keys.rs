//! The vendor's keys from the command line: listed, replaced, retired, taken out; and the runbooks of
//! `docs/guides/keys.md`.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

mod stage;

use clap::Parser as _;
use keyferry_vendor_cli::Call;
use serde_json::Value;
use stage::{PRODUCT, Stage};

const GUIDE: &str = include_str!("../../../docs/guides/keys.md");

/// The vendor's keys of one purpose: id and state, the oldest first.
fn keys(stage: &Stage, purpose: &str) -> Vec<(String, String)> {
    let listed = stage.authority(["key", "list", "--json"]).done().json();
    let word = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
    let keys = listed["keys"].as_array().unwrap().iter();
    keys.filter(|key| key["purpose"] == purpose)
        .map(|key| (word(key, "key_id"), word(key, "state")))
        .collect()
}

/// The words of a command as a shell sees them.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for symbol in line.trim().chars() {
        match symbol {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            symbol => words.last_mut().unwrap().push(symbol),
        }
    }
    words
}

#[test]
fn every_command_of_the_guide_is_one() {
    let commands: Vec<Vec<String>> = GUIDE
        .lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with("keyferry-authority "))
        .map(words)
        .collect();
    assert!(commands.len() > 20);
    for command in commands {
        if let Err(fault) = Call::try_parse_from(&command) {
            panic!("{command:?}: {fault}");
        }
    }
}

#[test]
fn the_runbook_for_a_stolen_signing_key_ends_what_the_thief_signed_and_nobody_else() {
    let stage = Stage::new();
    let code = stage.sell(2);
    let (cad, late) = (stage.customer("cad-07"), stage.customer("cad-09"));
    cad.activate(&code);
    late.activate(&code);
    let file = stage.arg("cad.lic");
    stage.license(["--unbound", "--out", &file]).done();
    // 1. Other keys.
    let (stolen, _) = keys(&stage, "signing").remove(0);
    stage.authority(["key", "rotate", "signing"]).done();
    stage.authority(["key", "rotate", "exchange"]).done();
    // 2. What rests on the stolen key is told; nothing is done.
    let asked = stage.authority(["key", "retire", &stolen, "--json"]);
    assert_eq!(
        (asked.exit, asked.error().as_str()),
        (2, "confirmation_needed")
    );
    assert_eq!(asked.json()["strands"]["activations"], 2);
    assert_eq!(asked.json()["strands"]["licenses"], 1);
    assert_eq!(keys(&stage, "signing")[0].1, "retired");
    // 3. What honest customers need.
    let answers = stage.arg("answers");
    stage
        .authority(["refresh", "--entitlement", &code, "--out", &answers])
        .done();
    let licenses = stage.authority(["license", "list", "--json"]).done().json();
    let license = licenses["licenses"][0]["license_id"].as_str().unwrap();
    let newer = stage.arg("newer.lic");
    stage
        .authority(["license", "reissue", license, "--out", &newer])
        .done();
    // 4. The stolen key counts nowhere any more.
    stage.authority(["key", "retire", &stolen, "--yes"]).done();
    assert_eq!(keys(&stage, "signing")[0].1, "revoked");
    let again = stage.authority(["key", "retire", &stolen, "--yes", "--json"]);
    assert_eq!(again.done().json()["outcome"], "unchanged");
    // 5. First what was made instead, then the newest profile: nobody stops working.
    let refreshes = std::fs::read_dir(&answers).unwrap();
    for refresh in refreshes.map(|entry| entry.unwrap().path()) {
        if refresh.extension().is_some_and(|ending| ending == "kft") {
            // Each takes its own; the other one's is refused.
            cad.run(["apply", &refresh.display().to_string()]);
        }
    }
    let profile = stage.arg("acme/vendor.kfv");
    for computer in [&cad, &late] {
        computer.run(["vendor", "add", &profile, "--trust"]).done();
    }
    assert_eq!(cad.stands(PRODUCT).0, "licensed");
    // Who got the profile first holds nothing that counts, and asks again for the same seat.
    assert_eq!(late.stands(PRODUCT).1, "untrusted_key");
    late.activate(&code);
    assert_eq!(late.stands(PRODUCT).0, "licensed");
    let other = stage.customer("cad-08");
    assert_eq!(other.run(["apply", &file]).exit, 6);
    other.run(["apply", &newer]).done();
    assert_eq!(other.stands(PRODUCT).0, "licensed");
    // 6. The log has it all, and a new head stands for it.
    let head = stage.arg("audit.head");
    stage.authority(["audit", "export", "--head", &head]).done();
    stage.authority(["audit", "--verify", &head]).done();
}

#[test]
fn a_key_in_use_is_not_retired_and_one_that_is_none_is_told() {
    let stage = Stage::new();
    let (signing, _) = keys(&stage, "signing").remove(0);
    let refused = stage.authority(["key", "retire", &signing, "--yes", "--json"]);
    assert_eq!(refused.error(), "key_in_use");
    let unknown = stage.authority(["key", "retire", "0123456789abcdef", "--yes", "--json"]);
    assert_eq!(unknown.error(), "key_unknown");
    let none = stage.authority(["key", "retire", "0123", "--yes", "--json"]);
    assert_eq!(none.exit, 2);
}

#[test]
fn a_profile_key_that_was_taken_out_is_named_where_a_profile_is_signed() {
    let stage = Stage::bare();
    let pass = stage.arg("pass.txt");
    std::fs::write(&pass, "correct horse\n").unwrap();
    let locked = |args: &[&str]| {
        let all = ["--passphrase-file", &pass, "--json"];
        stage.authority(args.iter().copied().chain(all))
    };
    locked(&["init", "--vendor", "Acme Tools"]).done();
    let file = stage.arg("profile.key");
    locked(&["key", "export-profile-key", "--out", &file]).done();
    let add = ["product", "add", PRODUCT, "--name", "Acme CAD", "--offline"];
    let away = locked(&add);
    assert_eq!((away.exit, away.error().as_str()), (8, "profile_key_away"));
    let with: Vec<&str> = add
        .iter()
        .copied()
        .chain(["--profile-key", &file])
        .collect();
    locked(&with).done();
    locked(&["key", "rotate", "profile", "--profile-key", &file]).done();
    // The new one lies in the folder, and is taken out in turn; no file is overwritten.
    let refused = locked(&["key", "export-profile-key", "--out", &file]);
    assert_eq!(refused.error(), "file_exists");
    let next = stage.arg("next.key");
    locked(&["key", "export-profile-key", "--out", &next]).done();
    // The passphrase is in none of it.
    for path in [&file, &next] {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.starts_with("-----BEGIN KEYFERRY SEALED KEY-----"));
    }
}

#[test]
fn keys_that_were_set_up_without_a_passphrase_get_one_and_then_another() {
    let stage = Stage::new();
    let file = |name: &str, passphrase: &str| {
        let path = stage.arg(name);
        std::fs::write(&path, passphrase).unwrap();
        path
    };
    let first = file("first.txt", "correct horse\n");
    let second = file("second.txt", "battery staple\n");
    let locked = stage.authority(["key", "lock", "--new-passphrase-file", &first, "--json"]);
    let told = locked.done().json();
    assert_eq!(
        (&told["outcome"], &told["unchanged"]),
        (&"locked".into(), &0.into())
    );
    assert_eq!(told["sealed"].as_array().unwrap().len(), 4);
    let refused = stage.authority(["product", "list", "--json"]);
    assert_eq!(refused.error(), "passphrase_missing");

    let with = |passphrase: &str, args: &[&str]| {
        let all = ["--passphrase-file", passphrase];
        stage.authority(args.iter().copied().chain(all))
    };
    let lock = ["key", "lock", "--new-passphrase-file", &second];
    let done = with(&first, &lock);
    insta::assert_snapshot!(done.done().messages, @"
    Locked with the new passphrase: 4 key files.
    Start serve anew with it, everywhere, and give it to systemd where that has the passphrase. Copies of the keys, in backups and at other portals, open with what they were locked with before.
    ");
    insta::assert_snapshot!(with(&first, &lock).done().messages, @"The keys were locked with this passphrase before; nothing was changed.");
    assert_eq!(
        with(&first, &["product", "list", "--json"]).error(),
        "passphrase_wrong"
    );
    let listed = with(&second, &["key", "list"]).done();
    assert!(!listed.to_string().contains("not locked"), "{listed}");
}

#[test]
fn keys_are_replaced_where_they_were_lost() {
    for purpose in ["signing", "exchange"] {
        let stage = Stage::new();
        let (lost, _) = keys(&stage, purpose).remove(0);
        let file = stage.path(&format!("acme/keys/{purpose}-{lost}.key"));
        std::fs::remove_file(&file).unwrap();
        stage.authority(["key", "rotate", purpose]).done();
        let cad = stage.customer("cad-07");
        cad.activate(&stage.sell(1));
        assert_eq!(cad.stands(PRODUCT).0, "licensed");
    }
}
