//! The JSON objects that scripts rely on: every field of every command of a license's life, and what
//! kind of value it has (`docs/spec/cli.md`).

#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "helpers fail like the tests that they serve, which are mostly snapshots"
)]

mod stage;

use keyferry_catalogue::{Code, Problem};
use keyferry_fixtures::TestVendor;
use keyferry_token::Seconds;
use serde_json::Value;
use stage::{PRODUCT, Stage, emergency};

/// The product fields of `docs/spec/cli.md`.
const PRODUCT_FIELDS: [&str; 18] = [
    "product",
    "product_name",
    "vendor",
    "standing",
    "end_near",
    "days_left",
    "activation_id",
    "lease_expires_at",
    "grace_until",
    "trial",
    "maintenance_ends_at",
    "request",
    "time_request",
    "deactivation",
    "emergency",
    "license",
    "usb_key_away",
    "actions",
];

/// The token fields.
const TOKEN_FIELDS: [&str; 9] = [
    "product",
    "product_name",
    "vendor",
    "label",
    "made_at",
    "token",
    "url",
    "out",
    "qr",
];

/// That an object has these fields beside `schema` and `ok`, and no other.
#[track_caller]
fn has(json: &Value, fields: &[&[&str]]) {
    let mut expected: Vec<&str> = fields.concat();
    expected.extend(["schema", "ok"]);
    expected.sort_unstable();
    let mut found: Vec<&str> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_product_says_all_that_is_known_of_it() {
    let (stage, _) = Stage::activated_with(emergency);
    let json = stage.run(["status", PRODUCT, "--json"]);
    has(&json.json(), &[&PRODUCT_FIELDS]);
    insta::assert_snapshot!(json.shape(), @r#"
    {
      "actions": [
        "refresh",
        "move",
        "deactivate",
        "help"
      ],
      "activation_id": "<id>",
      "days_left": 30,
      "deactivation": null,
      "emergency": {
        "available": false,
        "ends_at": "<time>",
        "length": "3d",
        "until": null,
        "uses_left": 2
      },
      "end_near": false,
      "grace_until": "<time>",
      "lease_expires_at": "<time>",
      "license": null,
      "maintenance_ends_at": null,
      "ok": true,
      "product": "com.acme.cad",
      "product_name": "Acme CAD",
      "request": null,
      "schema": 1,
      "standing": {
        "changed": [],
        "features": [
          "cam",
          "export"
        ],
        "message": "Works until 23 December 2026, 04:00 UTC. Bound to this computer.",
        "next_step": null,
        "reason": null,
        "state": "licensed",
        "until": "<time>"
      },
      "time_request": null,
      "trial": false,
      "usb_key_away": null,
      "vendor": {
        "id": "<vendor id>",
        "name": "Acme",
        "portal": "https://license.acme.example",
        "support": "support@acme.example"
      }
    }
    "#);
    let listed = stage.run(["status", "--json"]).json();
    assert_eq!(listed["products"][0]["actions"], json.json()["actions"]);
}

#[test]
fn what_waits_stands_beside_the_standing() {
    let stage = Stage::new();
    let request = stage.ask();
    let none = Problem::new(Code::EntitlementSuspended);
    let refusal = stage.refusal(&request, &none);
    let refused = stage.run(["apply", &refusal, "--json"]);
    let fields: [&str; 5] = ["error", "outcome", "token", "refused", "refused_at"];
    has(&refused.json(), &[&fields, &PRODUCT_FIELDS]);
    insta::assert_snapshot!(refused.shape(), @r#"
    {
      "actions": [
        "activate",
        "help"
      ],
      "activation_id": null,
      "days_left": null,
      "deactivation": null,
      "emergency": null,
      "end_near": false,
      "error": {
        "args": {},
        "code": "entitlement_suspended",
        "message": "The vendor has suspended what was bought with this activation code.",
        "next_step": "Ask the vendor why it is suspended.",
        "reference": "KF-204"
      },
      "grace_until": null,
      "lease_expires_at": null,
      "license": null,
      "maintenance_ends_at": null,
      "ok": false,
      "outcome": "refused",
      "product": "com.acme.cad",
      "product_name": "Acme CAD",
      "refused": {
        "id": "<token id>",
        "label": "cad-07",
        "made_at": "<time>",
        "reference": "<reference>",
        "refused": {
          "at": "<time>",
          "code": "entitlement_suspended",
          "message": "The vendor has suspended what was bought with this activation code.",
          "next_step": "Ask the vendor why it is suspended.",
          "reference": "KF-204"
        }
      },
      "refused_at": "<time>",
      "request": {
        "id": "<token id>",
        "label": "cad-07",
        "made_at": "<time>",
        "reference": "<reference>",
        "refused": {
          "at": "<time>",
          "code": "entitlement_suspended",
          "message": "The vendor has suspended what was bought with this activation code.",
          "next_step": "Ask the vendor why it is suspended.",
          "reference": "KF-204"
        }
      },
      "schema": 1,
      "standing": {
        "changed": [],
        "features": [],
        "message": "The request is made; the answer of the vendor is not here yet.",
        "next_step": "Bring the answer of the vendor to this computer.",
        "reason": "awaiting_answer",
        "state": "unlicensed",
        "until": null
      },
      "time_request": null,
      "token": {
        "id": "<token id>",
        "kind": "refusal",
        "reference": "<reference>"
      },
      "trial": false,
      "usb_key_away": null,
      "vendor": {
        "id": "<vendor id>",
        "name": "Acme",
        "portal": "https://license.acme.example",
        "support": "support@acme.example"
      }
    }
    "#);
}

#[test]
fn a_refresh_says_what_it_changed() {
    let (stage, granted) = Stage::activated();
    stage.pass(Seconds::days(20));
    let mut grant = TestVendor::renewed(&granted.grant, stage.now());
    grant.subscription_end = Some(stage.now().plus(Seconds::days(300)));
    let refresh = stage.refresh(&granted, grant);
    let json = stage.run(["apply", &refresh, "--json"]).done();
    has(
        &json.json(),
        &[&["outcome", "token", "changes"], &PRODUCT_FIELDS],
    );
    let changes = &json.json()["changes"];
    assert_eq!(changes[0]["name"], "works_until");
    assert_eq!(changes[0]["before"], "2026-12-23T04:00:00Z");
    assert_eq!(changes[0]["after"], "2027-01-12T04:00:00Z");
    assert_eq!(changes[2]["name"], "subscription_until");
    assert_eq!(changes[2]["before"], Value::Null);
    assert_eq!(json.json()["token"]["kind"], "refresh");
}

#[test]
fn giving_a_seat_up_is_looked_at_done_shown_and_delivered() {
    let (stage, _) = Stage::activated();
    let plan = stage
        .run(["deactivate", PRODUCT, "--dry-run", "--json"])
        .done();
    insta::assert_snapshot!(plan.shape(), @r#"
    {
      "activation_id": "<id>",
      "claims": [
        {
          "detail": null,
          "name": "kind",
          "value": "deactivation"
        },
        {
          "detail": "com.acme.cad",
          "name": "product",
          "value": "Acme CAD"
        },
        {
          "detail": "<vendor id>",
          "name": "vendor",
          "value": "Acme"
        },
        {
          "detail": null,
          "name": "activation_id",
          "value": "<id>"
        },
        {
          "detail": null,
          "name": "sequence",
          "value": "1795406400"
        },
        {
          "detail": null,
          "name": "computer_name",
          "value": "cad-07"
        },
        {
          "detail": null,
          "name": "device_key",
          "value": "<device id>"
        },
        {
          "detail": "<key id>",
          "name": "recipient",
          "value": "Acme"
        }
      ],
      "label": "cad-07",
      "ok": true,
      "outcome": "dry_run",
      "product": "com.acme.cad",
      "product_name": "Acme CAD",
      "reason": "other",
      "schema": 1,
      "steps": [
        "Acme CAD stops running on this computer for good.",
        "Without this it would run until 23 December 2026, 04:00 UTC.",
        "A deactivation is made and kept here; it can be shown again until you confirm that it was delivered.",
        "You take it to Acme, and the seat becomes free for another computer."
      ],
      "vendor": {
        "id": "<vendor id>",
        "name": "Acme",
        "portal": "https://license.acme.example",
        "support": "support@acme.example"
      },
      "works_until": "<time>"
    }
    "#);
    let (file, picture) = (stage.arg("deactivation.kft"), stage.arg("deactivation.png"));
    let done = stage.run([
        "deactivate",
        PRODUCT,
        "--yes",
        "--reason",
        "moving",
        "--out",
        &file,
        "--qr",
        &picture,
        "--json",
    ]);
    has(&done.json(), &[&["outcome", "reason"], &TOKEN_FIELDS]);
    insta::assert_snapshot!(done.shape(), @r#"
    {
      "label": "cad-07",
      "made_at": "<time>",
      "ok": true,
      "out": "<path>",
      "outcome": "deactivated",
      "product": "com.acme.cad",
      "product_name": "Acme CAD",
      "qr": {
        "file": "<path>",
        "version": 13
      },
      "reason": "moving",
      "schema": 1,
      "token": {
        "id": "<token id>",
        "kind": "deactivation",
        "reference": "<reference>",
        "text": "<armored>"
      },
      "url": "<url>",
      "vendor": {
        "id": "<vendor id>",
        "name": "Acme",
        "portal": "https://license.acme.example",
        "support": "support@acme.example"
      }
    }
    "#);
    let shown = stage
        .run(["deactivation", "show", PRODUCT, "--json"])
        .done();
    has(&shown.json(), &[&["reason", "delivered_at"], &TOKEN_FIELDS]);
    assert_eq!(shown.json()["out"], Value::Null);
    assert_eq!(shown.json()["token"], done.json()["token"]);
    let again = stage.run(["deactivate", PRODUCT, "--json"]).done().json();
    assert_eq!(again["outcome"], "already_deactivated");
    assert_eq!(again["reason"], "moving");
    let delivered = stage.run(["deactivation", "delivered", PRODUCT, "--json"]);
    insta::assert_snapshot!(delivered.shape(), @r#"
    {
      "delivered_at": "<time>",
      "id": "<token id>",
      "ok": true,
      "outcome": "delivered",
      "product": "com.acme.cad",
      "product_name": "Acme CAD",
      "reference": "<reference>",
      "schema": 1
    }
    "#);
    let status = stage.run(["status", PRODUCT, "--json"]).json();
    assert_eq!(
        status["deactivation"]["delivered_at"],
        delivered.json()["delivered_at"]
    );
}

#[test]
fn a_move_holds_two_and_names_the_deactivation() {
    let (stage, _) = Stage::activated();
    let (profile, new) = (stage.arg("acme.kfv"), stage.arg("new.kft"));
    stage
        .elsewhere("new", ["vendor", "add", &profile, "--trust"])
        .done();
    let code = stage.vendor().code().expose();
    stage
        .elsewhere("new", ["activate", &code, "--out", &new])
        .done();
    let moved = stage.run(["move", PRODUCT, "--request", &new, "--yes", "--json"]);
    let fields = ["outcome", "reason", "text", "request"];
    has(&moved.json(), &[&fields, &TOKEN_FIELDS]);
    let json = moved.json();
    let (both, one) = (
        json["text"].as_str().unwrap(),
        json["token"]["text"].as_str().unwrap(),
    );
    assert!(both.starts_with(one) && both.len() > one.len());
    assert_eq!(json["request"]["vendor"], json["vendor"]);
    assert_eq!(json["reason"], "moving");
}

#[test]
fn the_clock_and_the_time_that_is_asked_for() {
    let (stage, _) = Stage::activated();
    stage.turn_back(Seconds::days(365));
    let clock = stage.run(["clock", "--json"]);
    assert_eq!((clock.exit, &clock.json()["ok"]), (9, &true.into()));
    insta::assert_snapshot!(clock.shape(), @r#"
    {
      "behind": true,
      "latest_seen": "<time>",
      "now": "<time>",
      "ok": true,
      "product": "com.acme.cad",
      "schema": 1,
      "time_request": null
    }
    "#);
    let asked = stage.run(["clock", "request", "--json"]).done();
    has(&asked.json(), &[&TOKEN_FIELDS]);
    assert_eq!(asked.json()["token"]["kind"], "time_request");
    let waiting = &stage.run(["clock", "--json"]).json()["time_request"];
    assert_eq!(waiting["id"], asked.json()["token"]["id"]);
    let file = stage.arg("time-request.kft");
    stage.run(["clock", "request", "--out", &file]).done();
    stage.pass(Seconds::days(365));
    let time = stage.time("time-request.kft");
    // The clock is right again: the request is withdrawn, and its answer comes too late.
    let late = stage.run(["apply", &time, "--json"]);
    assert_eq!(
        (late.exit, late.error().as_str()),
        (1, "time_not_asked_for")
    );
}

#[test]
fn an_emergency_run_a_reset_and_help() {
    let (stage, _) = Stage::activated_with(emergency);
    stage.pass(Seconds::days(38));
    let taken = stage.run(["emergency", PRODUCT, "--yes", "--json"]).done();
    has(&taken.json(), &[&["outcome"], &PRODUCT_FIELDS]);
    insta::assert_snapshot!(
        serde_json::to_string(&taken.json()["emergency"]).unwrap(),
        @r#"{"available":false,"ends_at":"2027-02-21T04:00:00Z","length":"3d","until":"2027-01-03T04:00:00Z","uses_left":1}"#
    );
    insta::assert_snapshot!(stage.run(["status-code", "--json"]).shape(), @r#"
    {
      "ok": true,
      "product": "com.acme.cad",
      "product_name": "Acme CAD",
      "schema": 1,
      "status_code": "<status code>"
    }
    "#);
    let (report, status) = (stage.arg("report.txt"), stage.arg("status.kft"));
    let both = ["report", "--out", &report, "--token", &status, "--json"];
    insta::assert_snapshot!(stage.run(both).shape(), @r#"
    {
      "ok": true,
      "out": "<path>",
      "schema": 1,
      "text": "<text>",
      "token": {
        "id": "<token id>",
        "kind": "status",
        "reference": "<reference>",
        "text": "<armored>"
      },
      "token_out": "<path>"
    }
    "#);
    let bare = Stage::new();
    insta::assert_snapshot!(bare.run(["reset", "--before-imaging", "--yes", "--json"]).shape(), @r#"
    {
      "ok": true,
      "outcome": "unchanged",
      "schema": 1,
      "vendors": [
        {
          "id": "<vendor id>",
          "name": "Acme",
          "portal": "https://license.acme.example",
          "support": "support@acme.example"
        }
      ]
    }
    "#);
}
