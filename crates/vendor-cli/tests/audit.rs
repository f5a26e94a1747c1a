//! The audit log from the command line: listed, proven, exported, and tampered with in vain.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

mod stage;

use std::fs;

use keyferry_token::Seconds;
use serde_json::Value;
use stage::{PRODUCT, Stage};

/// A stage on which something has happened.
fn busy() -> Stage {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    let activation = cad.activate(&code);
    stage.pass(Seconds::days(1));
    stage.authority(["refresh", &activation]).done();
    stage
        .authority(["receive", &cad.leave("given-up.kft")])
        .done();
    stage.authority(["entitlement", "suspend", &code]).done();
    stage
}

fn actions(stage: &Stage) -> Vec<String> {
    let log = stage.authority(["audit", "--json"]).done().json();
    let entries = log["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn everything_that_happened_is_listed_oldest_first() {
    let stage = busy();
    assert_eq!(
        actions(&stage),
        [
            "authority_created",
            "product_added",
            "entitlement_added",
            "activation_granted",
            "activation_refreshed",
            "activation_deactivated",
            "entitlement_suspended",
        ]
    );
    let listed = stage.authority(["audit"]).done();
    assert_eq!(listed.text().lines().count(), 8);
}

#[test]
fn a_log_is_verified_with_and_without_a_head() {
    let stage = busy();
    let verified = stage.authority(["audit", "--verify", "--json"]).done();
    assert_eq!(verified.json()["outcome"], "verified");
    assert_eq!(verified.json()["entries"], 7);
    assert_eq!(verified.json()["head"], Value::Null);
    let head = stage.arg("audit.head");
    stage.authority(["audit", "export", "--head", &head]).done();
    stage.pass(Seconds::HOUR);
    stage.sell(1);
    let verified = stage
        .authority(["audit", "--verify", &head, "--json"])
        .done()
        .json();
    assert_eq!(verified["entries"], 8);
    assert_eq!(verified["head"]["position"], 7);
    assert_eq!(verified["head"]["time"], "2026-11-24T04:00:00Z");
}

#[test]
fn a_tampered_copy_is_found() {
    let stage = busy();
    stage.copy_authority("copy");
    stage.copied_authority("copy", ["audit", "--verify"]).done();
    // What is written in the entry of the sale: one seat.
    let unlocked = "DROP TRIGGER audit_is_not_changed ON audit";
    let nine = r#"UPDATE audit SET detail = replace(detail, '"seats":1', '"seats":9')"#;
    if stage.at_the_server("copy", unlocked) {
        stage.at_the_server("copy", nine);
    } else {
        let database = stage.path("copy/authority.db");
        let mut bytes = fs::read(&database).unwrap();
        let sold = b"\"seats\":1";
        let at = bytes
            .windows(sold.len())
            .position(|part| part == sold)
            .unwrap();
        bytes[at + sold.len() - 1] = b'9';
        fs::write(&database, bytes).unwrap();
    }
    let broken = stage.copied_authority("copy", ["audit", "--verify", "--json"]);
    assert_eq!((broken.exit, broken.error().as_str()), (6, "audit_broken"));
    assert_eq!(broken.json()["error"]["args"]["position"], "3");
    stage.authority(["audit", "--verify"]).done();
}

#[test]
fn a_log_that_was_put_back_is_found_with_a_head() {
    let stage = busy();
    stage.copy_authority("backup");
    stage.sell(1);
    let head = stage.arg("audit.head");
    stage.authority(["audit", "export", "--head", &head]).done();
    stage
        .copied_authority("backup", ["audit", "--verify"])
        .done();
    stage
        .copied_authority("backup", ["audit", "--verify", &head])
        .told(6, "KF-247");
}

#[test]
fn a_log_that_went_another_way_is_found_with_a_head() {
    let stage = busy();
    stage.copy_authority("other");
    stage.sell(1);
    let head = stage.arg("audit.head");
    stage.authority(["audit", "export", "--head", &head]).done();
    let add = ["product", "add", "com.acme.other", "--name", "Other"];
    stage.copied_authority("other", add).done();
    stage
        .copied_authority("other", ["audit", "--verify", &head])
        .told(6, "KF-246");
}

#[test]
fn what_is_no_head_of_this_authority_is_refused() {
    let stage = busy();
    let head = stage.arg("audit.head");
    stage.authority(["audit", "export", "--head", &head]).done();
    let other = Stage::bare();
    other.authority(["init", "--vendor", "Other"]).done();
    other
        .authority(["audit", "--verify", &head])
        .told(6, "KF-248");
    for file in ["acme/vendor.kfv", "given-up.kft"] {
        let file = stage.arg(file);
        stage
            .authority(["audit", "--verify", &file])
            .told(6, "KF-248");
    }
    stage
        .authority(["audit", "--verify", &stage.arg("none.head")])
        .told(8, "KF-601");
}

#[test]
fn an_export_is_lines_of_json_and_replaces_an_export() {
    let stage = busy();
    let (log, head) = (stage.arg("audit.jsonl"), stage.arg("audit.head"));
    let export = ["audit", "export", "--out", &log, "--head", &head, "--json"];
    let exported = stage.authority(export).done().json();
    assert_eq!(exported["entries"], 7);
    assert_eq!(exported["head"]["position"], 7);
    stage.sell(1);
    assert_eq!(stage.authority(export).done().json()["entries"], 8);
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 9);
    assert_eq!(lines[0]["keyferry_audit"], 1);
    assert_eq!(lines[8]["position"], 8);
    assert!(
        fs::read_to_string(&head)
            .unwrap()
            .starts_with("-----BEGIN KEYFERRY AUDIT HEAD-----\n")
    );

    // Without --out the lines go to standard output, the same ones.
    assert_eq!(stage.authority(["audit", "export"]).done().text(), text);
    let json = stage.authority(["audit", "export", "--json"]).done().json();
    assert_eq!(json["text"], text.as_str());
    // Nothing else of anyone's is written over.
    fs::write(stage.path("thesis.txt"), "years of work").unwrap();
    for option in ["--out", "--head"] {
        stage
            .authority(["audit", "export", option, &stage.arg("thesis.txt")])
            .told(8, "KF-605");
    }
    assert_eq!(
        fs::read(stage.path("thesis.txt")).unwrap(),
        b"years of work"
    );
}

#[test]
fn log_and_head_do_not_share_a_stream() {
    let stage = busy();
    stage
        .authority(["audit", "export", "--head", "-"])
        .told(2, "KF-701");
    let log = stage.arg("audit.jsonl");
    let head = stage
        .authority(["audit", "export", "--out", &log, "--head", "-"])
        .done();
    assert!(
        head.text()
            .starts_with("-----BEGIN KEYFERRY AUDIT HEAD-----\n")
    );
}

#[test]
fn the_log_holds_no_secret() {
    let stage = Stage::new();
    let code = stage.sell(1);
    stage.customer("cad-07").activate(&code);
    stage.authority(["entitlement", "suspend", &code]).done();
    let secret = code.replace('-', "");
    let secret = &secret[6..18];
    for command in [
        vec!["audit"],
        vec!["audit", "--json"],
        vec!["audit", "export"],
    ] {
        let printed = stage.authority(command).done();
        assert!(
            !printed.text().replace('-', "").contains(secret),
            "{printed}"
        );
        assert!(printed.text().contains(PRODUCT));
    }
}
