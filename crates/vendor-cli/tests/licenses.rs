//! License files from the command line: what is printed, what is written, what is refused.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

mod stage;

use std::fs;

use keyferry_token::{Artefact, License, Seconds};
use serde_json::Value;
use stage::{KEY, PRODUCT, Stage};

impl Stage {
    /// Makes one that is bound to nothing; gives its id.
    fn licensed(&self) -> String {
        let made = self.license(["--unbound", "--json"]).done().json();
        id_of(&made["license"])
    }

    /// Every license in the books.
    fn books(&self) -> Vec<Value> {
        let listed = self.authority(["license", "list", "--json"]).done().json();
        listed["licenses"].as_array().unwrap().clone()
    }

    /// What whoever trusts the vendor reads in a file.
    fn reads(&self, file: &str) -> License {
        let read = |path| {
            let bytes = fs::read(path).unwrap();
            Artefact::read(&bytes).unwrap().remove(0).unwrap()
        };
        let Artefact::Profile(profile) = read(self.path("acme/vendor.kfv")) else {
            panic!("no profile");
        };
        let Artefact::License(license) = read(self.path(file)) else {
            panic!("{file} is no license");
        };
        let keys = profile.verify_whole().unwrap().signing_keys();
        license.verify(&keys).unwrap().into_claims()
    }
}

fn id_of(license: &Value) -> String {
    license["license_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_file_is_what_the_vendor_signed_and_what_was_printed() {
    let stage = Stage::new();
    let file = stage.arg("cad.lic");
    let starts = ["--starts", "2026-12-01", "--expires", "2027-12-31"];
    let made = ["--usb", KEY, "--out", &file, "--json"].into_iter();
    let made = stage.license(made.chain(starts)).done().json();
    let license = &made["license"];
    assert_eq!(license["starts_at"], "2026-12-01T00:00:00Z");
    assert_eq!(license["expires_at"], "2027-12-31T23:59:59Z");
    let read = stage.reads("cad.lic");
    assert_eq!(read.id.to_string(), id_of(license));
    assert_eq!(read.not_before.to_string(), "2026-12-01T00:00:00Z");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text, made["text"].as_str().unwrap());
    let printed = ["license", "suspend", &id_of(license)];
    let printed = stage.authority(printed).done();
    fs::write(&file, &printed.out).unwrap();
    assert_eq!(stage.reads("cad.lic").status.name(), "suspended");
}

#[test]
fn licenses_are_listed_by_product_the_newest_first() {
    let stage = Stage::new();
    let mut made = vec![stage.licensed()];
    stage.pass(Seconds::HOUR);
    made.insert(0, stage.licensed());
    let listed: Vec<String> = stage.books().iter().map(id_of).collect();
    assert_eq!(listed, made);
    stage.offer("com.acme.lab", []);
    let of_lab = ["license", "list", "--product", "com.acme.lab", "--json"];
    let of_lab = stage.authority(of_lab).done().json();
    assert_eq!(of_lab["licenses"], Value::Array(vec![]));
}

#[test]
fn a_license_for_a_computer_is_made_of_a_request_in_any_form() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let (request, picture) = (stage.arg("request.kft"), stage.arg("request.png"));
    let code = stage.sell(1);
    cad.run(["activate", &code, "--out", &request, "--qr", &picture])
        .done();
    let made = stage.license(["--device", &request, "--json"]).done();
    insta::assert_snapshot!(made.json()["license"]["binding"], @r#"{"components":["machine_id","firmware_uuid","board_serial","cpu","system_disk","network_adapter"],"kind":"device","tolerance":60}"#);
    let expected = made.json()["license"]["binding"].clone();
    let of_picture = stage.license(["--device", &picture, "--json"]).done();
    assert_eq!(of_picture.json()["license"]["binding"], expected);
    let make = ["license", "--product", PRODUCT, "--device", "-", "--json"];
    let of_stream = stage.authority_reading(&fs::read(&request).unwrap(), make);
    assert_eq!(of_stream.json()["license"]["binding"], expected);
}

#[test]
fn what_becomes_of_a_license_is_its_next_file() {
    let stage = Stage::new();
    let id = stage.licensed();
    let file = stage.arg("cad.lic");
    let mut seq = 0;
    for (step, more, outcome, status) in [
        ("reissue", Some("--perpetual"), "reissued", "active"),
        ("suspend", None, "suspended", "suspended"),
        ("suspend", None, "unchanged", "suspended"),
        ("reinstate", None, "reinstated", "active"),
        ("revoke", None, "revoked", "revoked"),
        ("revoke", None, "unchanged", "revoked"),
    ] {
        let args = ["license", step, &id, "--out", &file, "--json"];
        let ended = stage.authority(args.into_iter().chain(more)).done().json();
        assert_eq!(ended["outcome"], outcome, "{step}");
        assert_eq!(ended["license"]["status"], status);
        assert_eq!(ended["out"], file.as_str());
        let read = stage.reads("cad.lic");
        assert_eq!(ended["license"]["seq"], read.sequence.0);
        assert_eq!(read.status.name(), status);
        assert!(read.sequence.0 > seq || outcome == "unchanged");
        seq = read.sequence.0;
    }
    let books = stage.books();
    assert_eq!((books.len(), &books[0]["files"]), (1, &Value::from(5)));
}

#[test]
fn every_refusal_has_its_code_and_leaves_the_books_as_they_were() {
    let stage = Stage::new();
    let add = ["product", "add", "com.acme.web", "--name", "Acme Web"];
    stage.authority(add).done();
    stage.offer("com.acme.lab", ["--features", "export"]);
    let cad = stage.customer("cad-07");
    let request = cad.ask(&stage.sell(1), "request.kft");
    let (none, profile) = (stage.arg("none.kft"), stage.arg("acme/vendor.kfv"));
    let with = |product: &str, args: &[&str], exit, code: &str| {
        let make = ["license", "--product", product, "--json"];
        let ended = stage.authority(make.into_iter().chain(args.iter().copied()));
        assert_eq!(
            (ended.exit, ended.error().as_str()),
            (exit, code),
            "{ended}"
        );
    };
    let made = |args: &[&str], exit, code: &str| with(PRODUCT, args, exit, code);
    with("com.acme.none", &["--unbound"], 1, "product_unknown");
    with("com.acme.web", &["--unbound"], 1, "offline_not_enabled");
    with(
        "com.acme.lab",
        &["--unbound", "--features", "exprot"],
        1,
        "feature_unknown",
    );
    with(
        "com.acme.lab",
        &["--device", &request],
        2,
        "license_needs_computer",
    );
    made(&["--device", &profile], 2, "license_needs_computer");
    made(&["--device", &none], 8, "file_not_found");
    made(&["--usb", "0781:5581"], 2, "usb_id_refused");
    let weak = "0781:5581:00000000:8000000";
    made(&["--usb", weak], 1, "usb_key_weak");
    let weak = ["license", "--product", PRODUCT, "--usb", weak, "--json"];
    let json = stage.authority(weak).json();
    assert_eq!(
        (&json["rating"], &json["rating_reason"]),
        (&"weak".into(), &"filler_serial".into())
    );
    assert!(json["rating_message"].as_str().unwrap().contains("filler"));
    made(
        &["--usb", "0781:5581:4C530013706:0", "--allow-weak"],
        1,
        "usb_key_unusable",
    );
    made(
        &["--unbound", "--expires", "2020-01-01"],
        2,
        "license_end_refused",
    );
    made(&["--unbound", "--expires", "soon"], 2, "date_refused");
    made(&["--unbound", "--holder", ""], 2, "text_refused");
    for usage in [
        &["--usb", KEY, "--unbound"][..],
        &["--unbound", "--allow-weak"],
        &["--unbound", "--grace", "3d"],
        &["--unbound", "list"],
        &[],
    ] {
        made(usage, 2, "usage");
    }
    assert_eq!(stage.books(), Vec::<Value>::new());

    let id = stage.licensed();
    let refused = |args: &[&str], exit, code: &str| {
        let ended = stage.authority(["license"].iter().chain(args).chain(&["--json"]).copied());
        assert_eq!(
            (ended.exit, ended.error().as_str()),
            (exit, code),
            "{ended}"
        );
    };
    let other = "0000-0000-0000-0000";
    for args in [
        &["show", other][..],
        &["reissue", other],
        &["suspend", other],
        &["reinstate", other],
        &["revoke", other],
    ] {
        refused(args, 1, "license_unknown");
    }
    refused(
        &["reissue", &id, "--expires", "2027-01-01", "--perpetual"],
        2,
        "usage",
    );
    refused(
        &["reissue", &id, "--device", &profile],
        2,
        "license_needs_computer",
    );
    stage.authority(["license", "revoke", &id]).done();
    let before = stage.books();
    for step in ["reissue", "suspend", "reinstate"] {
        refused(&[step, &id], 11, "license_revoked");
    }
    assert_eq!(stage.books(), before);
}

#[test]
fn a_file_takes_the_place_of_a_license_only() {
    let stage = Stage::new();
    let file = stage.arg("cad.lic");
    stage.license(["--unbound", "--out", &file]).done();
    let first = stage.reads("cad.lic");
    stage.license(["--unbound", "--out", &file]).done();
    assert_ne!(stage.reads("cad.lic").id, first.id);

    let books = stage.books();
    let id = id_of(&books[0]);
    let taken = stage.arg("letter.txt");
    let nowhere = stage.arg("none/cad.lic");
    fs::write(&taken, "Dear customer").unwrap();
    for (out, code) in [(&taken, "file_exists"), (&nowhere, "file_unwritable")] {
        let ended = [
            stage.license(["--unbound", "--out", out, "--json"]),
            stage.authority(["license", "reissue", &id, "--out", out, "--json"]),
            stage.authority(["license", "revoke", &id, "--out", out, "--json"]),
        ];
        for ended in ended {
            assert_eq!((ended.exit, ended.error().as_str()), (8, code), "{ended}");
        }
    }
    // What could not be written was not made.
    assert_eq!(stage.books(), books);
    assert_eq!(fs::read_to_string(&taken).unwrap(), "Dear customer");
}

#[test]
fn in_a_folder_a_license_is_named_by_its_id() {
    let stage = Stage::new();
    let folder = stage.arg("licenses");
    fs::create_dir(&folder).unwrap();
    let made = stage
        .license(["--unbound", "--out", &folder, "--json"])
        .done()
        .json();
    let id = id_of(&made["license"]);
    let name = format!("licenses/keyferry-license-{id}.lic");
    assert_eq!(made["out"], stage.arg(&name).as_str());
    let first = stage.reads(&name);
    let reissue = ["license", "reissue", &id, "--out", &folder];
    stage.authority(reissue).done();
    assert!(stage.reads(&name).sequence > first.sequence);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_license_that_cannot_be_written_after_all_is_not_lost() {
    let stage = Stage::new();
    let full = stage.license(["--unbound", "--out", "/dev/full", "--json"]);
    assert_eq!((full.exit, full.error().as_str()), (8, "disk_full"));
    let json = full.json();
    let id = id_of(&json["license"]);
    assert_eq!(json["out"], Value::Null);
    fs::write(stage.path("saved.lic"), json["text"].as_str().unwrap()).unwrap();
    assert_eq!(stage.reads("saved.lic").id.to_string(), id);
    let full = stage.authority(["license", "suspend", &id, "--out", "/dev/full"]);
    let told = format!("That license {id} is suspended is in the books");
    assert!(full.messages.contains(&told), "{full}");
    // Asked again it is the same file.
    let file = stage.arg("cad.lic");
    let again = stage.authority(["license", "suspend", &id, "--out", &file, "--json"]);
    assert_eq!(again.done().json()["outcome"], "unchanged");
    assert_eq!(stage.reads("cad.lic").status.name(), "suspended");
}

#[test]
fn a_license_that_is_received_goes_the_wrong_way() {
    let stage = Stage::new();
    let file = stage.arg("cad.lic");
    stage.license(["--usb", KEY, "--out", &file]).done();
    let ended = stage.authority(["receive", &file, "--json"]);
    assert_eq!((ended.exit, ended.error().as_str()), (1, "wrong_kind"));
    assert_eq!(ended.json()["error"]["args"]["found"], "license");
}
