//! Who may sign in at the portal, as the vendor's own hands say.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

mod stage;

use serde_json::Value;
use stage::{Ended, Stage};

fn account<'a>(stage: &Stage, args: impl IntoIterator<Item = &'a str>) -> Ended {
    let args = ["account"].into_iter().chain(args).chain(["--json"]);
    stage.authority(args)
}

fn names(value: &Value) -> Vec<&str> {
    let accounts = value["accounts"].as_array().unwrap();
    accounts
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect()
}

#[test]
fn the_first_admin_is_made_with_the_authority_and_begins_with_a_link() {
    let stage = Stage::bare();
    let made = stage.authority([
        "init",
        "--vendor",
        "Acme Tools",
        "--portal",
        "https://acme.example",
        "--admin",
        "Ada",
        "--json",
    ]);
    let made = made.json();
    let code = made["admin"]["code"].as_str().unwrap();
    assert_eq!(code.len(), 35);
    let link = format!("https://acme.example/welcome#{code}");
    assert_eq!(made["admin"]["link"], link.as_str());
    let listed = account(&stage, ["list"]).json();
    assert_eq!(names(&listed), ["ada"]);
    let ada = &listed["accounts"][0];
    assert_eq!(
        (&ada["role"], &ada["password"]),
        (&"admin".into(), &false.into())
    );
    assert!(!listed.to_string().contains(code));
}

#[test]
fn a_name_that_is_none_sets_no_authority_up() {
    let stage = Stage::bare();
    let args = ["init", "--vendor", "Acme Tools", "--admin", "Ada Lovelace"];
    stage.authority(args).told(2, "KF-821");
    assert!(!stage.path("acme").exists());
}

#[test]
fn somebody_is_added_and_given_another_role_and_shut_out_and_let_in() {
    let stage = Stage::new();
    let added = account(&stage, ["add", "bob", "--role", "issuer"]).json();
    assert_eq!(added["outcome"], "added");
    account(&stage, ["add", "BOB", "--role", "issuer"]).told(1, "KF-820");
    for (args, outcome, role, disabled) in [
        (
            ["role", "bob", "auditor"].as_slice(),
            "changed",
            "auditor",
            false,
        ),
        (&["role", "bob", "auditor"], "unchanged", "auditor", false),
        (&["disable", "bob"], "changed", "auditor", true),
        (&["enable", "bob"], "changed", "auditor", false),
    ] {
        let done = account(&stage, args.iter().copied()).json();
        assert_eq!(done["outcome"], outcome, "{args:?}");
        assert_eq!(done["role"], role, "{args:?}");
        assert_eq!(done["disabled"], disabled, "{args:?}");
    }
    let again = account(&stage, ["invite", "bob"]).json();
    assert_eq!(again["outcome"], "invited");
    assert_ne!(again["code"], added["code"]);
    account(&stage, ["invite", "eve"]).told(1, "KF-819");
    account(&stage, ["disable", "not a name"]).told(1, "KF-819");
}

#[test]
fn the_link_is_said_to_people_once() {
    let stage = Stage::bare();
    stage.authority(["init", "--vendor", "Acme Tools"]).done();
    let added = stage
        .authority(["account", "add", "ada", "--role", "admin"])
        .done();
    assert!(
        added.messages.contains("shown now and never again"),
        "{added}"
    );
    assert!(added.messages.contains("entered at /welcome"), "{added}");
    let listed = stage.authority(["account", "list"]).done();
    let text = listed.text();
    assert!(text.contains("ada") && text.contains("invited"), "{text}");
}
