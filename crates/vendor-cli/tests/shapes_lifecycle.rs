//! The JSON objects of the lifecycle: every field of every command, and what kind of value it has
//! (`docs/spec/cli.md`).

#![expect(clippy::too_many_lines, reason = "they are mostly snapshots")]

mod stage;

use keyferry_token::{ComponentKind, Seconds};
use stage::Stage;
use stage::shown::shape;

const LAB: &str = "com.acme.lab";

#[test]
fn a_product_with_emergency_runs() {
    let stage = Stage::new();
    let add = [
        "product",
        "add",
        LAB,
        "--name",
        "Acme Lab",
        "--emergency",
        "12h",
        "--moves",
        "1",
        "--json",
    ];
    insta::assert_snapshot!(stage.authority(add).shape(), @r#"
    {
      "emergency": {
        "length": "12h",
        "on_other_device": false,
        "uses": 1
      },
      "features": [],
      "grace": "0d",
      "lost_per_year": 2,
      "moves_per_year": 1,
      "offline": false,
      "ok": true,
      "product": "com.acme.lab",
      "product_name": "Acme Lab",
      "profile": "<path>",
      "rebinds_per_year": 3,
      "schema": 1,
      "tag": "<tag>"
    }
    "#);
}

#[test]
fn an_entitlement_changes() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let suspend = ["entitlement", "suspend", &code, "--json"];
    insta::assert_snapshot!(stage.authority(suspend).shape(), @r#"
    {
      "code_hint": "<hint>",
      "created_at": "<time>",
      "entitlement_id": "<id>",
      "expires_at": null,
      "features": [],
      "holder": null,
      "maintenance_ends_at": null,
      "offline_lease": "30d",
      "ok": true,
      "outcome": "suspended",
      "product": "com.acme.cad",
      "schema": 1,
      "seats": 1,
      "seats_used": 0,
      "status": "suspended",
      "trial": false
    }
    "#);
    let renew = [
        "entitlement",
        "renew",
        &code,
        "--ends",
        "2028-03-31T12:00:00Z",
        "--json",
    ];
    let renewed = stage.authority(renew).done();
    assert_eq!(renewed.json()["outcome"], "renewed");
    assert_eq!(renewed.json()["status"], "suspended");
    assert_eq!(renewed.json()["expires_at"], "2028-03-31T12:00:00Z");
}

#[test]
fn a_refresh() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let activation = stage.customer("cad-07").activate(&code);
    let refresh = ["refresh", &activation, "--json"];
    insta::assert_snapshot!(stage.authority(refresh).shape(), @r#"
    {
      "activation_id": "<id>",
      "device_id": "<device id>",
      "label": "cad-07",
      "lease_expires_at": "<time>",
      "ok": true,
      "out": null,
      "outcome": "refreshed",
      "product": "com.acme.cad",
      "schema": 1,
      "status": "active",
      "token": {
        "id": "<token id>",
        "kind": "refresh",
        "reference": "<reference>",
        "text": "<armored>"
      }
    }
    "#);
    stage.authority(["entitlement", "revoke", &code]).done();
    let revoked = stage.authority(refresh).json();
    assert_eq!(revoked["status"], "revoked");
    assert_eq!(revoked["lease_expires_at"], serde_json::Value::Null);
    stage
        .authority(["activation", "release-lost", &activation, "--yes"])
        .done();
    insta::assert_snapshot!(stage.authority(refresh).shape(), @r#"
    {
      "error": {
        "args": {},
        "code": "activation_released",
        "message": "This activation has ended: its computer was reported lost.",
        "next_step": "Ask the vendor to allow this computer again.",
        "reference": "KF-211"
      },
      "ok": false,
      "schema": 1
    }
    "#);
}

#[test]
fn a_deactivation_is_received() {
    let stage = Stage::new();
    stage.offer(LAB, ["--moves", "1"]);
    let code = stage.sell_of(LAB, 1);
    let lab = stage.customer("lab-3");
    let leave = || {
        lab.activate(&code);
        let file = stage.arg("given-up.kft");
        lab.run([
            "deactivate",
            LAB,
            "--yes",
            "--reason",
            "not-needed",
            "--out",
            &file,
        ])
        .done();
        stage.authority(["receive", &file, "--json"])
    };
    insta::assert_snapshot!(leave().shape(), @r#"
    {
      "activation_id": "<id>",
      "answers": "<token id>",
      "device_id": "<device id>",
      "emergency_runs": [],
      "kind": "deactivation",
      "label": "lab-3",
      "ok": true,
      "outcome": "deactivated",
      "product": "com.acme.lab",
      "reason": "not_needed",
      "schema": 1
    }
    "#);
    // The second one within a year is more than this product allows.
    insta::assert_snapshot!(leave().shape(), @r#"
    {
      "activation_id": "<id>",
      "answers": "<token id>",
      "device_id": "<device id>",
      "emergency_runs": [],
      "frees_at": "<time>",
      "kind": "deactivation",
      "label": "lab-3",
      "note": {
        "code": "seat_frees_later",
        "message": "The computer is deactivated; its seat becomes free on 23 December 2026, 04:00 UTC.",
        "next_step": "Give the seat to another computer after that.",
        "reference": "KF-226"
      },
      "ok": true,
      "outcome": "leaving",
      "product": "com.acme.lab",
      "reason": "not_needed",
      "schema": 1
    }
    "#);
}

#[test]
fn a_time_request_is_received() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    cad.activate(&stage.sell(1));
    stage.pass(Seconds::days(10));
    cad.run(["status"]).done();
    stage.turn_back(Seconds::days(10));
    let request = stage.arg("time-request.kft");
    cad.run(["clock", "request", "--out", &request]).done();
    insta::assert_snapshot!(stage.authority(["receive", &request, "--json"]).shape(), @r#"
    {
      "activation_id": "<id>",
      "answers": "<token id>",
      "device_id": "<device id>",
      "emergency_runs": [],
      "kind": "time_request",
      "label": "cad-07",
      "ok": true,
      "out": null,
      "outcome": "time_given",
      "product": "com.acme.cad",
      "schema": 1,
      "time": "<time>",
      "token": {
        "id": "<token id>",
        "kind": "time",
        "reference": "<reference>",
        "text": "<armored>"
      }
    }
    "#);
}

#[test]
fn a_status_report_is_received() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    cad.activate(&code);
    cad.changes(ComponentKind::NetworkAdapter, "another one");
    stage.authority(["entitlement", "suspend", &code]).done();
    stage.pass(Seconds::days(31));
    let (text, file) = (stage.arg("report.txt"), stage.arg("status.kft"));
    cad.run(["report", "--out", &text, "--token", &file]).done();
    insta::assert_snapshot!(stage.authority(["receive", &file, "--json"]).shape(), @r#"
    {
      "activation_id": "<id>",
      "answers": "<token id>",
      "books": {
        "activated_at": "<time>",
        "activation_id": "<id>",
        "device_blocked": false,
        "device_id": "<device id>",
        "emergency_runs": [],
        "ended_at": null,
        "ended_why": null,
        "entitlement_id": "<id>",
        "entitlement_status": "suspended",
        "frees_at": null,
        "grace_until": "<time>",
        "label": "cad-07",
        "lease_expires_at": "<time>",
        "platform": "Debian GNU/Linux 12, x86_64",
        "product": "com.acme.cad",
        "seat": 1,
        "sequence": 1795406400,
        "status": "active",
        "superseded_at": null
      },
      "device_id": "<device id>",
      "differences": [
        {
          "message": "It does not know that its entitlement is suspended: it learns of it with a refresh.",
          "name": "entitlement"
        }
      ],
      "emergency_runs": [],
      "kind": "status",
      "label": "cad-07",
      "note": {
        "code": "lease_ended",
        "message": "The lease of this computer ended on 23 December 2026, 04:00 UTC.",
        "next_step": "Activate this computer again with your activation code.",
        "reference": "KF-503"
      },
      "ok": true,
      "outcome": "status_read",
      "product": "com.acme.cad",
      "report": {
        "changed": [
          "network_adapter"
        ],
        "client": "0.1.0",
        "clock": "<time>",
        "lease_expires_at": "<time>",
        "platform": "Debian GNU/Linux 12, x86_64",
        "reason": "lease_ended",
        "sequence": 1795406400,
        "state": "grace",
        "store_repaired": false,
        "until": "<time>"
      },
      "schema": 1
    }
    "#);
}

#[test]
fn a_refusal_is_signed() {
    let stage = Stage::new();
    let code = stage.sell(1);
    stage.customer("cad-07").activate(&code);
    let late = stage.customer("cad-08").ask(&code, "late.kft");
    insta::assert_snapshot!(stage.authority(["receive", &late, "--json"]).shape(), @r#"
    {
      "customer_is_told": "no_free_seat",
      "error": {
        "args": {
          "next_free": "<time>",
          "seats": "1"
        },
        "code": "no_free_seat",
        "message": "All seats of this activation code are taken (seats: 1).",
        "next_step": "Ask the vendor for another seat.",
        "reference": "KF-203"
      },
      "kind": "activation_request",
      "label": "cad-08",
      "ok": false,
      "out": null,
      "refusal": {
        "id": "<token id>",
        "kind": "refusal",
        "reference": "<reference>",
        "text": "<armored>"
      },
      "schema": 1,
      "token_id": "<token id>"
    }
    "#);
}

#[test]
fn what_cannot_be_opened_has_no_refusal() {
    let stage = Stage::new();
    let sealed = stage
        .customer("cad-07")
        .run(["activate", &stage.sell(1)])
        .done();
    let forged = stage::with_a_changed_byte(&sealed.out);
    let refused = stage.authority_reading(&forged, ["receive", "-", "--json"]);
    let json = refused.json();
    assert_eq!(json["kind"], "activation_request");
    for field in ["token_id", "label", "refusal", "out"] {
        assert_eq!(json[field], serde_json::Value::Null, "{field}: {refused}");
    }
}

#[test]
fn an_activation_is_shown_and_released() {
    let stage = Stage::new();
    stage.offer(LAB, ["--emergency", "3d"]);
    let code = stage.sell_of(LAB, 1);
    let lab = stage.customer("lab-3");
    lab.activate(&code);
    stage.pass(Seconds::days(31));
    lab.run(["emergency", LAB, "--yes"]).done();
    stage.pass(Seconds::DAY);
    lab.activate(&code);
    let anew = stage.customer("set up anew");
    anew.moves_into("lab-3");
    let activation = anew.activate(&code);
    let release = ["activation", "release-lost", &activation, "--yes", "--json"];
    insta::assert_snapshot!(stage.authority(release).shape(), @r#"
    {
      "activated_at": "<time>",
      "activation_id": "<id>",
      "device_blocked": true,
      "device_id": "<device id>",
      "emergency_runs": [],
      "ended_at": "<time>",
      "ended_why": "lost",
      "entitlement_id": "<id>",
      "frees_at": null,
      "grace_until": "<time>",
      "label": "lab-3",
      "lease_expires_at": "<time>",
      "ok": true,
      "outcome": "released",
      "platform": "Debian GNU/Linux 12, x86_64",
      "product": "com.acme.lab",
      "schema": 1,
      "seat": 1,
      "status": "released",
      "superseded_at": null
    }
    "#);
    let show = ["activation", "show", &activation, "--json"];
    insta::assert_snapshot!(stage.authority(show).shape(), @r#"
    {
      "activated_at": "<time>",
      "activation_id": "<id>",
      "device_blocked": true,
      "device_id": "<device id>",
      "emergency_runs": [],
      "ended_at": "<time>",
      "ended_why": "lost",
      "entitlement_id": "<id>",
      "frees_at": null,
      "grace_until": "<time>",
      "grants": [
        {
          "issued_at": "<time>",
          "lease_expires_at": "<time>",
          "request_id": "<token id>",
          "sequence": 1798171200,
          "status": "active",
          "token_id": "<token id>"
        }
      ],
      "history": [
        {
          "activated_at": "<time>",
          "activation_id": "<id>",
          "device_blocked": false,
          "device_id": "<device id>",
          "emergency_runs": [
            "<time>"
          ],
          "ended_at": null,
          "ended_why": null,
          "entitlement_id": "<id>",
          "frees_at": null,
          "grace_until": "<time>",
          "label": "lab-3",
          "lease_expires_at": "<time>",
          "platform": "Debian GNU/Linux 12, x86_64",
          "product": "com.acme.lab",
          "seat": 1,
          "status": "superseded",
          "superseded_at": "<time>"
        }
      ],
      "label": "lab-3",
      "lease_expires_at": "<time>",
      "moves_within_year": 0,
      "ok": true,
      "platform": "Debian GNU/Linux 12, x86_64",
      "product": "com.acme.lab",
      "rebinds_within_year": 1,
      "schema": 1,
      "seat": 1,
      "status": "released",
      "superseded_at": null,
      "tokens": [
        {
          "kind": "activation_request",
          "made_at": "<time>",
          "number": 1,
          "received_at": "<time>",
          "token_id": "<token id>"
        }
      ]
    }
    "#);
}

#[test]
fn a_status_code_is_explained() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    cad.activate(&stage.sell(1));
    stage.pass(Seconds::days(31));
    let read_out = cad.run(["status-code"]).done();
    let explain = ["status-code", read_out.text().trim(), "--json"];
    insta::assert_snapshot!(stage.authority(explain).shape(), @r#"
    {
      "activations": [
        {
          "activated_at": "<time>",
          "activation_id": "<id>",
          "device_blocked": false,
          "device_id": "<device id>",
          "emergency_runs": [],
          "ended_at": null,
          "ended_why": null,
          "entitlement_id": "<id>",
          "frees_at": null,
          "grace_until": "<time>",
          "label": "cad-07",
          "lease_expires_at": "<time>",
          "platform": "Debian GNU/Linux 12, x86_64",
          "product": "com.acme.cad",
          "seat": 1,
          "status": "active",
          "superseded_at": null
        }
      ],
      "changed": [],
      "day": "2026-12-24",
      "ends_in": -1,
      "message": "Grace period. The lease of this computer ended on 23 December 2026.",
      "next_step": "Activate this computer again with your activation code.",
      "ok": true,
      "reason": "lease_ended",
      "schema": 1,
      "state": "grace",
      "status_code": "<status code>"
    }
    "#);
}

#[test]
fn the_log_is_listed_proven_and_exported() {
    let stage = Stage::new();
    stage.customer("cad-07").activate(&stage.sell(1));
    let mut listed = stage.authority(["audit", "--json"]).json();
    let entries = listed["entries"].as_array_mut().unwrap();
    entries.drain(..3);
    insta::assert_snapshot!(shape(&listed), @r#"
    {
      "entries": [
        {
          "action": "activation_granted",
          "activation_id": "<id>",
          "actor": "vendor",
          "detail": {
            "lease_expires_at": 1797998400,
            "number": 1,
            "sequence": 1795406400
          },
          "device_id": "<device id>",
          "entitlement_id": "<id>",
          "epoch": null,
          "key_id": null,
          "license_id": null,
          "position": 4,
          "product": "com.acme.cad",
          "time": "<time>",
          "token_id": "<token id>"
        }
      ],
      "ok": true,
      "schema": 1
    }
    "#);
    let head = stage.arg("audit.head");
    let export = ["audit", "export", "--head", &head, "--json"];
    insta::assert_snapshot!(stage.authority(export).shape(), @r#"
    {
      "entries": 4,
      "head": {
        "file": "<path>",
        "position": 4,
        "text": "<armored>",
        "time": "<time>"
      },
      "ok": true,
      "out": null,
      "schema": 1,
      "text": "<lines>"
    }
    "#);
    let verify = ["audit", "--verify", &head, "--json"];
    insta::assert_snapshot!(stage.authority(verify).shape(), @r#"
    {
      "entries": 4,
      "head": {
        "position": 4,
        "time": "<time>"
      },
      "ok": true,
      "outcome": "verified",
      "schema": 1
    }
    "#);
}
