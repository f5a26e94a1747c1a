//! The way back from a backup, as the vendor goes it.

mod stage;

use std::fs;

use stage::Stage;
use stage::shown::{mask, shape};

#[test]
fn the_books_come_back_from_a_backup_and_the_log() {
    let stage = Stage::new();
    let code = stage.sell(2);
    if stage.at_the_server("acme", "SELECT 1") {
        let backup = stage.authority(["backup", "--out", &stage.arg("acme.db"), "--json"]);
        assert_eq!(backup.error(), "backup_at_server");
        return;
    }
    let (file, log, head) = (stage.arg("acme.db"), stage.arg("log"), stage.arg("head"));
    let made = stage.authority(["backup", "--out", &file, "--json"]).json();
    insta::assert_snapshot!(shape(&made), @r#"
    {
      "entries": 3,
      "ok": true,
      "out": "<path>",
      "schema": 1
    }
    "#);
    let suspend = ["entitlement", "suspend", &code];
    stage.authority(suspend).done();
    stage
        .authority(["entitlement", "holder-secret", &code])
        .done();
    let later = stage.sell(1);
    stage
        .authority(["audit", "export", "--out", &log, "--head", &head])
        .done();

    // The books are lost, and the folder with the keys is there.
    for name in ["authority.db", "authority.db-wal", "authority.db-shm"] {
        let _ = fs::remove_file(stage.path("acme").join(name));
    }
    assert_eq!(stage.authority(["entitlement", "list"]).exit, 8);
    let restore = ["restore", &file, "--audit", &log, "--head", &head, "--json"];
    insta::assert_snapshot!(shape(&stage.authority(restore).json()), @r#"
    {
      "accounts_to_check": [],
      "devices": [],
      "entitlements_lost": [
        {
          "code_hint": "<hint>",
          "entitlement_id": "<id>",
          "product": "com.acme.cad",
          "seats": 1
        }
      ],
      "entries": 3,
      "epoch": 2,
      "holder_secrets_lost": [
        "<id>"
      ],
      "holders_renamed": [],
      "known_until": "<time>",
      "licenses_made_anew": [],
      "licenses_to_check": [],
      "not_done": [],
      "ok": true,
      "outcome": "restored",
      "products_to_check": [],
      "proven": 6,
      "schema": 1,
      "taken_away": []
    }
    "#);
    let listed = stage.authority(["entitlement", "list", "--json"]).json();
    assert_eq!(listed["entitlements"][0]["status"], "suspended");
    assert_eq!(listed["entitlements"].as_array().unwrap().len(), 1);
    let unknown = stage.authority(["entitlement", "show", &later, "--json"]);
    assert_eq!(unknown.error(), "entitlement_unknown");
    stage.authority(["audit", "--verify", &head]).done();

    // Nothing is written over books that are there; the words say what is left to do.
    assert_eq!(stage.authority(restore).error(), "file_exists");
    fs::remove_file(stage.path("acme/authority.db")).unwrap();
    let said = stage
        .authority(["restore", &file, "--audit", &log])
        .transcript();
    let told = said.lines().filter(|line| line.starts_with('!'));
    insta::assert_snapshot!(mask(&told.collect::<Vec<_>>().join("\n")), @r"
    ! The books are back, in epoch 2. The log told of 3 entries that the backup did not know.
    ! Nothing is known of what happened after 23 November 2026, 04:00 UTC.
    ! Up to entry 3 the log is proven, by the backup or the head.
    ! Holder secrets were replaced since the backup, and none of them counts any more: entitlement holder-secret CODE
    ! Nothing proves the entries that took something away, either. That was done, to be on the safe side: look at whether they are true.
    ! These entitlements were added since the backup, and their codes open nothing any more: entitlement add
    ! Export the audit log and its head now, and make a backup.
    ");
}

#[test]
fn a_restoration_needs_the_keys_and_the_log_of_the_same_books() {
    let stage = Stage::new();
    if stage.at_the_server("acme", "SELECT 1") {
        return;
    }
    let (file, log) = (stage.arg("acme.db"), stage.arg("log"));
    stage.authority(["backup", "--out", &file]).done();
    stage.authority(["audit", "export", "--out", &log]).done();
    let restore = ["restore", &file, "--audit", &log, "--json"];
    assert_eq!(stage.bare_authority(restore).error(), "authority_missing");
    fs::remove_file(stage.path("acme/authority.db")).unwrap();
    fs::write(stage.path("other"), "{}\n").unwrap();
    let other = stage.arg("other");
    let restore = ["restore", &file, "--audit", &other, "--json"];
    assert_eq!(stage.authority(restore).error(), "audit_log_refused");
    let none = stage.arg("none.db");
    let restore = ["restore", &none, "--audit", &log, "--json"];
    assert_eq!(stage.authority(restore).error(), "file_not_found");
    assert!(!stage.path("acme/authority.db").exists());
}
