//! The JSON objects that scripts rely on: every field of every command, and what kind of value it
//! has (`docs/spec/cli.md`).

#![expect(clippy::too_many_lines, reason = "they are mostly snapshots")]

mod stage;

use stage::shown::shape;
use stage::{PRODUCT, Stage};

#[test]
fn the_authority_sets_up_and_sells() {
    let stage = Stage::bare();
    let init = [
        "init",
        "--vendor",
        "Acme Tools",
        "--portal",
        "https://acme.example",
        "--json",
    ];
    insta::assert_snapshot!(shape(&stage.authority(init).json()), @r#"
    {
      "admin": null,
      "fingerprint": "<twelve words>",
      "ok": true,
      "profile": "<path>",
      "public_key": "<path>",
      "schema": 1,
      "vendor": {
        "id": "<vendor id>",
        "name": "Acme Tools",
        "portal": "https://acme.example"
      }
    }
    "#);
    let add = [
        "product",
        "add",
        PRODUCT,
        "--name",
        "Acme CAD",
        "--features",
        "export,render",
    ];
    let add = add
        .into_iter()
        .chain(["--offline", "--grace", "7d", "--json"]);
    insta::assert_snapshot!(shape(&stage.authority(add).json()), @r#"
    {
      "emergency": null,
      "features": [
        "export",
        "render"
      ],
      "grace": "7d",
      "lost_per_year": 2,
      "moves_per_year": 6,
      "offline": true,
      "ok": true,
      "product": "com.acme.cad",
      "product_name": "Acme CAD",
      "profile": "<path>",
      "rebinds_per_year": 3,
      "schema": 1,
      "tag": "<tag>"
    }
    "#);
    insta::assert_snapshot!(shape(&stage.authority(["product", "list", "--json"]).json()), @r#"
    {
      "ok": true,
      "products": [
        {
          "emergency": null,
          "features": [
            "export",
            "render"
          ],
          "grace": "7d",
          "lost_per_year": 2,
          "moves_per_year": 6,
          "offline": true,
          "product": "com.acme.cad",
          "product_name": "Acme CAD",
          "rebinds_per_year": 3,
          "tag": "<tag>"
        }
      ],
      "schema": 1
    }
    "#);
    let add = [
        "entitlement",
        "add",
        "--product",
        PRODUCT,
        "--seats",
        "3",
        "--offline-lease",
        "12h",
    ];
    let more = [
        "--ends",
        "2027-03-31",
        "--features",
        "export",
        "--holder",
        "Example Works",
        "--json",
    ];
    let add = add.into_iter().chain(more);
    insta::assert_snapshot!(shape(&stage.authority(add).json()), @r#"
    {
      "activation_code": "<code>",
      "code_hint": "<hint>",
      "created_at": "<time>",
      "entitlement_id": "<id>",
      "expires_at": "<time>",
      "features": [
        "export"
      ],
      "holder": "Example Works",
      "holder_secret": "<secret>",
      "maintenance_ends_at": null,
      "offline_lease": "12h",
      "ok": true,
      "product": "com.acme.cad",
      "schema": 1,
      "seats": 3,
      "seats_used": 0,
      "status": "active",
      "trial": false
    }
    "#);
    insta::assert_snapshot!(shape(&stage.authority(["entitlement", "list", "--json"]).json()), @r#"
    {
      "entitlements": [
        {
          "code_hint": "<hint>",
          "created_at": "<time>",
          "entitlement_id": "<id>",
          "expires_at": "<time>",
          "features": [
            "export"
          ],
          "holder": "Example Works",
          "maintenance_ends_at": null,
          "offline_lease": "12h",
          "product": "com.acme.cad",
          "seats": 3,
          "seats_used": 0,
          "status": "active",
          "trial": false
        }
      ],
      "ok": true,
      "schema": 1
    }
    "#);
}

#[test]
fn a_seat_is_taken() {
    let stage = Stage::new();
    let cad = stage.computer("cad-07");
    let profile = stage.arg("acme/vendor.kfv");
    insta::assert_snapshot!(shape(&cad.run(["vendor", "add", &profile, "--json"]).json()), @r#"
    {
      "error": {
        "args": {
          "vendor": "Acme Tools"
        },
        "code": "vendor_not_confirmed",
        "message": "The vendor Acme Tools is not confirmed on this computer yet.",
        "next_step": "Compare the twelve words with those that the vendor publishes, then confirm the vendor.",
        "reference": "KF-120"
      },
      "fingerprint": "<twelve words>",
      "ok": false,
      "products": [
        {
          "product": "com.acme.cad",
          "product_name": "Acme CAD"
        }
      ],
      "schema": 1,
      "vendor": {
        "id": "<vendor id>",
        "name": "Acme Tools",
        "portal": "https://acme.example",
        "support": null
      }
    }
    "#);
    let added = cad.run(["vendor", "add", &profile, "--trust", "--json"]);
    insta::assert_snapshot!(shape(&added.json()), @r#"
    {
      "fingerprint": "<twelve words>",
      "ok": true,
      "outcome": "added",
      "products": [
        {
          "product": "com.acme.cad",
          "product_name": "Acme CAD"
        }
      ],
      "schema": 1,
      "vendor": {
        "id": "<vendor id>",
        "name": "Acme Tools",
        "portal": "https://acme.example",
        "support": null
      }
    }
    "#);
    insta::assert_snapshot!(shape(&cad.run(["vendor", "list", "--json"]).json()), @r#"
    {
      "ok": true,
      "schema": 1,
      "vendors": [
        {
          "fingerprint": "<twelve words>",
          "id": "<vendor id>",
          "name": "Acme Tools",
          "portal": "https://acme.example",
          "products": [
            {
              "product": "com.acme.cad",
              "product_name": "Acme CAD"
            }
          ],
          "support": null
        }
      ]
    }
    "#);
    insta::assert_snapshot!(shape(&cad.run(["status", "--json"]).json()), @r#"
    {
      "ok": true,
      "products": [],
      "schema": 1
    }
    "#);

    let (request, picture) = (stage.arg("request.kft"), stage.arg("request.png"));
    let code = stage.sell(2);
    let activate = [
        "activate", &code, "--out", &request, "--qr", &picture, "--json",
    ];
    insta::assert_snapshot!(shape(&cad.run(activate).json()), @r#"
    {
      "label": "cad-07",
      "made_at": "<time>",
      "ok": true,
      "out": "<path>",
      "product": "com.acme.cad",
      "product_name": "Acme CAD",
      "qr": {
        "file": "<path>",
        "version": 16
      },
      "schema": 1,
      "token": {
        "id": "<token id>",
        "kind": "activation_request",
        "reference": "<reference>",
        "text": "<armored>"
      },
      "url": "<url>",
      "usb": null,
      "vendor": {
        "id": "<vendor id>",
        "name": "Acme Tools",
        "portal": "https://acme.example",
        "support": null
      }
    }
    "#);
    insta::assert_snapshot!(shape(&cad.run(["status", PRODUCT, "--json"]).json()), @r#"
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
      "grace_until": null,
      "lease_expires_at": null,
      "license": null,
      "maintenance_ends_at": null,
      "ok": true,
      "product": "com.acme.cad",
      "product_name": "Acme CAD",
      "request": {
        "id": "<token id>",
        "label": "cad-07",
        "made_at": "<time>",
        "reference": "<reference>",
        "refused": null
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
      "trial": false,
      "usb_key_away": null,
      "vendor": {
        "id": "<vendor id>",
        "name": "Acme Tools",
        "portal": "https://acme.example",
        "support": null
      }
    }
    "#);
    let answer = stage.arg("answer.kft");
    let receive = stage.authority(["receive", &request, "--out", &answer, "--json"]);
    insta::assert_snapshot!(shape(&receive.json()), @r#"
    {
      "activation_id": "<id>",
      "answers": "<token id>",
      "device_id": "<device id>",
      "emergency_runs": [],
      "kind": "activation_request",
      "label": "cad-07",
      "lease_expires_at": "<time>",
      "ok": true,
      "out": "<path>",
      "outcome": "activated",
      "product": "com.acme.cad",
      "schema": 1,
      "token": {
        "id": "<token id>",
        "kind": "activation_response",
        "reference": "<reference>",
        "text": "<armored>"
      }
    }
    "#);
    insta::assert_snapshot!(shape(&cad.run(["apply", &answer, "--json"]).json()), @r#"
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
      "emergency": null,
      "end_near": false,
      "grace_until": "<time>",
      "lease_expires_at": "<time>",
      "license": null,
      "maintenance_ends_at": null,
      "ok": true,
      "outcome": "activated",
      "product": "com.acme.cad",
      "product_name": "Acme CAD",
      "request": null,
      "schema": 1,
      "standing": {
        "changed": [],
        "features": [],
        "message": "Works until 23 December 2026, 04:00 UTC. Bound to this computer.",
        "next_step": null,
        "reason": null,
        "state": "licensed",
        "until": "<time>"
      },
      "time_request": null,
      "token": {
        "id": "<token id>",
        "kind": "activation_response",
        "reference": "<reference>"
      },
      "trial": false,
      "usb_key_away": null,
      "vendor": {
        "id": "<vendor id>",
        "name": "Acme Tools",
        "portal": "https://acme.example",
        "support": null
      }
    }
    "#);
    insta::assert_snapshot!(shape(&cad.run(["status", "--json"]).json()), @r#"
    {
      "ok": true,
      "products": [
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
          "emergency": null,
          "end_near": false,
          "grace_until": "<time>",
          "lease_expires_at": "<time>",
          "license": null,
          "maintenance_ends_at": null,
          "product": "com.acme.cad",
          "product_name": "Acme CAD",
          "request": null,
          "standing": {
            "changed": [],
            "features": [],
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
            "name": "Acme Tools",
            "portal": "https://acme.example",
            "support": null
          }
        }
      ],
      "schema": 1
    }
    "#);
    let shown = stage.authority(["entitlement", "show", &code, "--json"]);
    insta::assert_snapshot!(shape(&shown.json()), @r#"
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
      "code_hint": "<hint>",
      "created_at": "<time>",
      "entitlement_id": "<id>",
      "expires_at": null,
      "features": [],
      "holder": null,
      "maintenance_ends_at": null,
      "offline_lease": "30d",
      "ok": true,
      "product": "com.acme.cad",
      "schema": 1,
      "seats": 2,
      "seats_used": 1,
      "status": "active",
      "trial": false
    }
    "#);
    let id = receive.json()["activation_id"].as_str().unwrap().to_owned();
    let shown = stage.authority(["activation", "show", &id, "--json"]);
    insta::assert_snapshot!(shape(&shown.json()), @r#"
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
      "grants": [
        {
          "issued_at": "<time>",
          "lease_expires_at": "<time>",
          "request_id": "<token id>",
          "sequence": 1795406400,
          "status": "active",
          "token_id": "<token id>"
        }
      ],
      "history": [],
      "label": "cad-07",
      "lease_expires_at": "<time>",
      "moves_within_year": 0,
      "ok": true,
      "platform": "Debian GNU/Linux 12, x86_64",
      "product": "com.acme.cad",
      "rebinds_within_year": 0,
      "schema": 1,
      "seat": 1,
      "status": "active",
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
fn this_computer_is_shown() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    cad.activate(&stage.sell(1));
    insta::assert_snapshot!(shape(&cad.run(["device", "--json"]).json()), @r#"
    {
      "components": [
        {
          "found": true,
          "name": "machine_id"
        },
        {
          "found": true,
          "name": "firmware_uuid"
        },
        {
          "found": true,
          "name": "board_serial"
        },
        {
          "found": true,
          "name": "cpu"
        },
        {
          "found": true,
          "name": "system_disk"
        },
        {
          "found": true,
          "name": "network_adapter"
        }
      ],
      "devices": [
        {
          "device_id": "<device id>",
          "vendor": {
            "id": "<vendor id>",
            "name": "Acme Tools",
            "portal": "https://acme.example",
            "support": null
          }
        }
      ],
      "label": "cad-07",
      "ok": true,
      "platform": "Debian GNU/Linux 12, x86_64",
      "schema": 1
    }
    "#);
    insta::assert_snapshot!(shape(&cad.run(["paths", "--json"]).json()), @r#"
    {
      "home": "<path>",
      "installed_vendors": "<path>",
      "key": "<path>",
      "ok": true,
      "schema": 1,
      "state": "<path>"
    }
    "#);
    let inspect = |name: &str| {
        let mut json = cad.run(["inspect", &stage.arg(name), "--json"]).json();
        // A profile lists its keys in the order of their ids, which are random.
        let claims = json["claims"].as_array_mut().unwrap();
        claims.sort_by_key(|claim| claim["name"] == "vendor_keys");
        let keys = claims
            .iter()
            .filter(|claim| claim["name"] == "vendor_keys")
            .count();
        claims.truncate(claims.len() - keys.saturating_sub(1));
        for claim in claims
            .iter_mut()
            .filter(|claim| claim["name"] == "vendor_keys")
        {
            claim["value"] = format!("one of {keys}").into();
        }
        shape(&json)
    };
    insta::assert_snapshot!(inspect("request.kft"), @r#"
    {
      "claims": [
        {
          "detail": null,
          "name": "kind",
          "value": "activation_request"
        },
        {
          "detail": "<token id>",
          "name": "reference",
          "value": "<reference>"
        },
        {
          "detail": "com.acme.cad",
          "name": "product",
          "value": "Acme CAD"
        },
        {
          "detail": "<vendor id>",
          "name": "vendor",
          "value": "Acme Tools"
        },
        {
          "detail": null,
          "name": "activation_code",
          "value": "<hint>"
        },
        {
          "detail": null,
          "name": "computer_name",
          "value": "cad-07"
        },
        {
          "detail": "<version>",
          "name": "platform",
          "value": "Debian GNU/Linux 12, x86_64"
        },
        {
          "detail": null,
          "name": "fingerprint",
          "value": "machine_id,firmware_uuid,board_serial,cpu,system_disk,network_adapter"
        },
        {
          "detail": null,
          "name": "device_keys",
          "value": "<device id>"
        },
        {
          "detail": null,
          "name": "request_number",
          "value": "1"
        },
        {
          "detail": null,
          "name": "made_at",
          "value": "<time>"
        },
        {
          "detail": "<key id>",
          "name": "recipient",
          "value": "Acme Tools"
        }
      ],
      "kind": "activation_request",
      "ok": true,
      "problem": null,
      "reference": "<reference>",
      "schema": 1,
      "signer": {
        "id": "<device id>",
        "kind": "this_device",
        "name": null
      },
      "token": {
        "kind": "activation_request"
      },
      "trusted": true,
      "vendor_id": "<vendor id>"
    }
    "#);
    insta::assert_snapshot!(inspect("acme/vendor.kfv"), @r#"
    {
      "claims": [
        {
          "detail": null,
          "name": "kind",
          "value": "vendor_profile"
        },
        {
          "detail": "<vendor id>",
          "name": "vendor",
          "value": "Acme Tools"
        },
        {
          "detail": null,
          "name": "vendor_fingerprint",
          "value": "<twelve words>"
        },
        {
          "detail": null,
          "name": "profile_number",
          "value": "2"
        },
        {
          "detail": null,
          "name": "made_at",
          "value": "<time>"
        },
        {
          "detail": null,
          "name": "portal",
          "value": "https://acme.example"
        },
        {
          "detail": "com.acme.cad",
          "name": "products",
          "value": "Acme CAD"
        },
        {
          "detail": "<key id>",
          "name": "vendor_keys",
          "value": "one of 3"
        }
      ],
      "kind": "vendor_profile",
      "ok": true,
      "problem": null,
      "reference": "<reference>",
      "schema": 1,
      "signer": {
        "id": "<key id>",
        "kind": "vendor_key",
        "name": "Acme Tools"
      },
      "token": null,
      "trusted": true,
      "vendor_id": "<vendor id>"
    }
    "#);
    let removed = stage
        .customer("other")
        .run(["vendor", "remove", "acme tools", "--json"]);
    insta::assert_snapshot!(shape(&removed.json()), @r#"
    {
      "ok": true,
      "schema": 1,
      "vendor": {
        "id": "<vendor id>",
        "name": "Acme Tools",
        "portal": "https://acme.example",
        "support": null
      }
    }
    "#);
}

#[test]
fn completions_are_one_text() {
    let stage = Stage::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let json = stage
            .computer("cad-07")
            .run(["completions", shell, "--json"])
            .done()
            .json();
        assert_eq!(json["shell"], shell);
        assert!(json["text"].as_str().unwrap().contains("activate"));
        let text = stage.without_data(["completions", shell]).done();
        assert!(text.text().contains("entitlement"));
    }
}
