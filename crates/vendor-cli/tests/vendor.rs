//! The vendor itself: what its profile says, and secrets that it replaces.

mod stage;

use std::fs;

use stage::Stage;
use stage::shown::shape;

/// A PNG of one pixel, which is enough of one.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";

#[test]
fn a_vendor_gets_its_face_and_computers_that_trust_it_take_it() {
    let stage = Stage::new();
    let customer = stage.customer("desk");
    fs::write(stage.path("acme.png"), PIXEL).unwrap();
    let logo = stage.arg("acme.png");
    let change = |more: &[&str]| stage.authority(["vendor", "change"].iter().chain(more).copied());
    change(&[
        "--support",
        "help@acme.example",
        "--colour",
        "#1A5FB4",
        "--logo",
        &logo,
    ])
    .done();
    insta::assert_snapshot!(shape(&stage.authority(["vendor", "show", "--json"]).json()), @r##"
    {
      "fingerprint": "<twelve words>",
      "ok": true,
      "profile_number": 3,
      "schema": 1,
      "vendor": {
        "colour": "#1a5fb4",
        "id": "<vendor id>",
        "logo": 29,
        "name": "Acme Tools",
        "portal": "https://acme.example",
        "support": "help@acme.example"
      }
    }
    "##);
    let file = stage.arg("acme/vendor.kfv");
    let updated = customer.run(["vendor", "add", &file, "--json"]).json();
    assert_eq!(updated["outcome"], "updated");
    assert_eq!(updated["vendor"]["support"], "help@acme.example");
    let told = change(&["--no-logo", "--no-colour"]).transcript();
    assert!(told.contains("Hand out the vendor profile again"), "{told}");
    insta::assert_snapshot!(shape(&change(&["--no-logo", "--json"]).json()), @r#"
    {
      "fingerprint": "<twelve words>",
      "ok": true,
      "outcome": "unchanged",
      "profile": null,
      "profile_number": 4,
      "schema": 1,
      "vendor": {
        "colour": null,
        "id": "<vendor id>",
        "logo": null,
        "name": "Acme Tools",
        "portal": "https://acme.example",
        "support": "help@acme.example"
      }
    }
    "#);
}

#[test]
fn a_face_that_cannot_be_shown_is_refused_and_nothing_changes() {
    let stage = Stage::new();
    let before = fs::read(stage.path("acme/vendor.kfv")).unwrap();
    fs::write(stage.path("acme.svg"), "<svg/>").unwrap();
    let picture = stage.arg("acme.svg");
    let none = stage.arg("none.png");
    for (more, exit, code) in [
        (&[][..], 2, "usage"),
        (&["--logo", &picture], 2, "logo_refused"),
        (&["--logo", &none], 8, "file_not_found"),
        (&["--colour", "blue"], 2, "colour_refused"),
        (&["--portal", "http://acme.example"], 2, "portal_refused"),
        (&["--support", "a", "--no-support"], 2, "usage"),
    ] {
        let args = ["vendor", "change", "--json"];
        let ended = stage.authority(args.into_iter().chain(more.iter().copied()));
        assert_eq!(
            (ended.exit, ended.error().as_str()),
            (exit, code),
            "{more:?}"
        );
    }
    assert_eq!(fs::read(stage.path("acme/vendor.kfv")).unwrap(), before);
}

#[test]
fn a_holder_secret_is_replaced_and_shown_once() {
    let stage = Stage::new();
    let code = stage.sell(2);
    let replaced = stage.authority(["entitlement", "holder-secret", &code, "--json"]);
    insta::assert_snapshot!(shape(&replaced.json()), @r#"
    {
      "code_hint": "<hint>",
      "created_at": "<time>",
      "entitlement_id": "<id>",
      "expires_at": null,
      "features": [],
      "holder": null,
      "holder_secret": "<secret>",
      "maintenance_ends_at": null,
      "offline_lease": "30d",
      "ok": true,
      "outcome": "replaced",
      "product": "com.acme.cad",
      "schema": 1,
      "seats": 2,
      "seats_used": 0,
      "sessions_ended": 0,
      "status": "active",
      "trial": false
    }
    "#);
    let told = stage
        .authority(["entitlement", "holder-secret", &code])
        .transcript();
    assert!(
        told.contains("! The old one does nothing any more."),
        "{told}"
    );
    stage
        .authority(["entitlement", "holder-secret", "7Q2K-9MPX-4RTW-0B3D"])
        .told(1, "KF-207");
}
