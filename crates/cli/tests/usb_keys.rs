//! License files, USB keys and couriers on the command line (`docs/spec/cli.md`).

mod stage;

use keyferry_catalogue::Code;
use keyferry_device::usb::UsbBus as _;
use keyferry_fixtures::{FakeKey, TestVendor};
use keyferry_token::{Binding, License, Seconds, StatusReport, TokenKind, Verified};
use serde_json::Value;
use stage::{PRODUCT, Stage};

const SERIAL: &str = "4C530001230612114312";

/// A computer, a key that is plugged in, and a license file for that key.
fn with_license() -> (Stage, FakeKey, License, String) {
    let stage = Stage::new();
    let key = FakeKey::new(SERIAL);
    stage.usb().plug(&key);
    let license = stage.vendor().license_for_key(stage.now(), &key.id());
    let file = stage.put("cad.lic", stage.vendor().sign(&license).as_bytes());
    (stage, key, license, file)
}

fn root(key: &FakeKey) -> String {
    key.root().display().to_string()
}

#[test]
fn every_usb_key_is_listed_with_what_it_is_worth() {
    let stage = Stage::new();
    let none = stage.run(["usb", "list"]).done();
    assert!(
        none.messages.contains("No USB key is plugged in."),
        "{none}"
    );
    let keys = [
        FakeKey::new(SERIAL),
        FakeKey::new("0000000000000000"),
        FakeKey::new("x").with(|says| says.serial = None),
    ];
    for key in &keys {
        stage.usb().plug(key);
    }
    let json = stage.run(["usb", "list", "--json"]).done().json();
    let told = |field: &str| -> Vec<Value> {
        let keys = json["usb_keys"].as_array().unwrap().iter();
        keys.map(|key| key[field].clone()).collect()
    };
    assert_eq!(told("rating"), ["strong", "weak", "unusable"]);
    assert_eq!(
        told("rating_reason"),
        ["own_serial", "filler_serial", "no_serial"]
    );
    assert_eq!(told("id")[0], keys[0].id().to_string());
    assert_eq!(told("id")[2], Value::Null);
    assert_eq!(told("vendor_id")[0], "0781");
    assert_eq!(told("mount_points")[0][0], root(&keys[0]));
    assert_eq!(told("licenses")[0], Value::Array(Vec::new()));
    assert_eq!(told("courier")[0], Value::Null);
}

#[test]
fn where_the_system_does_not_tell_of_usb_that_is_said() {
    let stage = Stage::new();
    stage.usb().silence(true);
    for call in [
        &["usb", "list"][..],
        &["usb", "watch"],
        &["usb", "id", "0781:5581:4C530001:8"],
    ] {
        stage
            .run(call.iter().copied())
            .told(8, Code::UsbUnavailable.reference());
    }
}

#[test]
fn the_id_of_a_key_is_had_by_its_place_and_by_itself() {
    let stage = Stage::new();
    let key = FakeKey::new(SERIAL);
    stage.usb().plug(&key);
    let id = key.id().to_string();
    assert_eq!(
        stage.run(["usb", "id", &root(&key)]).done().out,
        format!("{id}\n")
    );
    let (file, qr) = (stage.arg("key.txt"), stage.arg("key.png"));
    let told = stage.run(["usb", "id", &id, "--out", &file, "--qr", &qr, "--json"]);
    let json = told.done().json();
    assert_eq!(
        (&json["id"], &json["out"]),
        (&id.clone().into(), &file.clone().into())
    );
    assert_eq!(std::fs::read_to_string(file).unwrap(), format!("{id}\n"));
    assert!(std::fs::read(qr).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn a_key_that_is_named_wrongly_is_told_of_by_what_is_wrong() {
    let stage = Stage::new();
    let (one, twin) = (FakeKey::new(SERIAL), FakeKey::new(SERIAL));
    let id = one.id().to_string();
    let ends = |named: &str, exit, code: Code| {
        stage.run(["usb", "id", named]).told(exit, code.reference());
    };
    ends(&id, 10, Code::UsbKeyNotFound);
    ends("/media/nothing", 10, Code::UsbKeyNotFound);
    ends("0781:5581:x", 2, Code::UsbIdRefused);
    stage.usb().plug(&one);
    stage.usb().plug(&twin);
    ends(&id, 2, Code::UsbKeyAmbiguous);
}

#[test]
fn a_weak_key_needs_to_be_allowed_and_one_without_a_serial_number_is_refused() {
    let stage = Stage::new();
    let weak = FakeKey::new("0000000000000000");
    let mute = FakeKey::new("x").with(|says| says.serial = None);
    stage.usb().plug(&weak);
    stage.usb().plug(&mute);
    let refused = stage.run(["usb", "id", &root(&weak)]);
    assert!(refused.messages.contains("filler"), "{refused}");
    assert!(refused.messages.contains("--allow-weak"), "{refused}");
    refused.told(1, Code::UsbKeyWeak.reference());
    let allowed = stage
        .run(["usb", "id", &root(&weak), "--allow-weak"])
        .done();
    assert_eq!(allowed.out.trim(), weak.id().to_string());
    stage
        .run(["usb", "id", &root(&mute), "--allow-weak"])
        .told(1, Code::UsbKeyUnusable.reference());

    let license = stage.vendor().license_for_key(stage.now(), &weak.id());
    let file = stage.put("cad.lic", stage.vendor().sign(&license).as_bytes());
    stage
        .run(["usb", "put", &file, &root(&weak)])
        .told(1, Code::UsbKeyWeak.reference());
    stage
        .run(["usb", "put", &file, &root(&weak), "--allow-weak"])
        .done();
}

#[test]
fn a_license_is_put_on_its_key_checked_there_and_runs() {
    let (stage, key, license, file) = with_license();
    let put = stage.run(["usb", "put", &file, &root(&key), "--json"]);
    let json = put.done().json();
    assert_eq!(json["outcome"], "put");
    assert_eq!(json["license"]["license_id"], license.id.to_string());
    assert_eq!(json["files"].as_array().unwrap().len(), 2);
    assert_eq!(json["standing"]["state"], "licensed");
    let again = stage.run(["usb", "put", &file, &root(&key), "--json"]);
    assert_eq!(again.done().json()["outcome"], "unchanged");

    let checked = stage.run(["check", PRODUCT, "--json"]).done().json();
    assert_eq!(checked["standing"]["state"], "licensed");
    assert_eq!(checked["license"]["binding"]["id"], key.id().to_string());
    assert_eq!(checked["license"]["signed_by"]["vendor"]["name"], "Acme");
    assert!(
        checked["license"]["file"]
            .as_str()
            .unwrap()
            .starts_with(&root(&key))
    );
    let by_name = stage.run(["check", "Acme CAD"]).done();
    assert!(by_name.out.contains("Bound to a USB key"), "{by_name}");
    let signer = checked["license"]["signed_by"]["key_id"].as_str().unwrap();
    let said = [
        license.id.to_string(),
        key.id().to_string(),
        format!("Acme ({signer})"),
    ];
    for fact in said {
        assert!(by_name.out.contains(&fact), "{by_name}");
    }

    let status = stage.run(["status", PRODUCT, "--json"]).done().json();
    assert_eq!(status["license"]["license_id"], license.id.to_string());
    let there = stage.run(["usb", "check", &root(&key), "--json"]).done();
    assert_eq!(there.json()["licenses"][0]["standing"]["state"], "licensed");
    let list = stage.run(["usb", "list"]).done();
    assert!(list.out.contains(".lic: "), "{list}");
    assert!(!list.out.contains("this computer"), "{list}");
}

#[test]
fn a_key_that_was_pulled_is_missing_with_an_exit_code_of_its_own() {
    let (stage, key, _, file) = with_license();
    stage.run(["usb", "put", &file, &root(&key)]).done();
    stage.run(["status", PRODUCT]).done();
    let place = stage.usb().keys().unwrap()[0].place.clone();
    stage.usb().pull(&place);
    let status = stage.run(["status", PRODUCT, "--json"]);
    assert_eq!(status.exit, 10, "{status}");
    let json = status.json();
    assert_eq!(json["standing"]["reason"], "usb_key_missing");
    assert_eq!(json["usb_key_away"], key.id().to_string());
    stage
        .run(["check", PRODUCT])
        .told(10, Code::UsbKeyMissing.reference());
    stage.usb().plug(&key);
    stage.run(["check", PRODUCT]).done();
}

#[test]
fn a_license_for_another_key_is_neither_put_nor_worth_anything() {
    let (stage, key, _, file) = with_license();
    let other = FakeKey::new("AA530001230612119999");
    stage.usb().plug(&other);
    stage
        .run(["usb", "put", &file, &root(&other)])
        .told(5, Code::LicenseForOtherKey.reference());
    let copy = other.put("cad.lic", std::fs::read(&file).unwrap());
    let checked = stage.run([
        "check",
        PRODUCT,
        "--license",
        &copy.display().to_string(),
        "--json",
    ]);
    assert_eq!(checked.exit, 5, "{checked}");
    assert_eq!(checked.json()["standing"]["reason"], "wrong_usb_key");
    let there = stage.run(["usb", "check", &root(&other)]);
    assert_eq!(there.exit, 5, "{there}");
    stage
        .run(["usb", "check", &root(&key)])
        .told(3, Code::UsbKeyWithoutLicense.reference());
}

#[test]
fn more_license_files_than_are_read_are_told_of() {
    let (stage, key, _, file) = with_license();
    for number in 0..65 {
        key.put(&format!("{number:03}.lic"), b"");
    }
    let code = Code::UsbKeyTooManyLicenses;
    let list = stage.run(["usb", "list", "--json"]).done().json();
    assert_eq!(list["usb_keys"][0]["problem"]["code"], code.as_str());
    for command in ["list", "check"] {
        let root = root(&key);
        let key = (command == "check").then_some(root.as_str());
        let told = stage.run(["usb", command].into_iter().chain(key));
        assert!(told.out.contains("more license files"), "{told}");
    }
    stage
        .run(["usb", "put", &file, &root(&key)])
        .told(1, code.reference());
}

#[test]
fn a_license_that_is_bound_to_no_key_is_not_put_on_one() {
    let (stage, key, _, _) = with_license();
    let unbound = stage.vendor().license(stage.now(), Binding::Unbound);
    let file = stage.put("unbound.lic", stage.vendor().sign(&unbound).as_bytes());
    stage
        .run(["usb", "put", &file, &root(&key)])
        .told(1, Code::LicenseNotForKey.reference());
    let added = stage.run(["apply", &file, "--json"]).done().json();
    assert_eq!(added["outcome"], "license_added");
    let status = stage.run(["status", PRODUCT]).done();
    assert!(status.out.contains("Not bound to a computer."), "{status}");
}

#[test]
fn whether_a_key_signed_a_license_is_answered_without_a_standing() {
    let (stage, _, license, file) = with_license();
    let key = stage.put(
        "public.pem",
        TestVendor::acme().signing_pair.public_pem().as_bytes(),
    );
    let call = [
        "check",
        PRODUCT,
        "--license",
        &file,
        "--public-key",
        &key,
        "--json",
    ];
    let json = stage.run(call).done().json();
    assert_eq!(json["standing"], Value::Null);
    assert_eq!(json["license"]["license_id"], license.id.to_string());
    let told = stage.run(call[..6].iter().copied()).done();
    let signer = json["license"]["signed_by"]["key_id"].as_str().unwrap();
    for fact in [signer, json["license"]["license_id"].as_str().unwrap()] {
        assert!(told.out.contains(fact), "{told}");
    }
    let other = stage.put(
        "other.pem",
        TestVendor::other().signing_pair.public_pem().as_bytes(),
    );
    let call = ["check", PRODUCT, "--license", &file, "--public-key", &other];
    stage.run(call).told(6, Code::UntrustedKey.reference());
    let call = [
        "check",
        "com.acme.cam",
        "--license",
        &file,
        "--public-key",
        &key,
    ];
    stage
        .run(call)
        .told(1, Code::LicenseForOtherProduct.reference());
}

#[test]
fn a_public_key_on_a_removable_medium_is_refused() {
    let (stage, key, _, file) = with_license();
    let pem = key.put("public.pem", TestVendor::acme().signing_pair.public_pem());
    let call = [
        "check",
        PRODUCT,
        "--license",
        &file,
        "--public-key",
        &pem.display().to_string(),
    ];
    stage
        .run(call)
        .told(6, Code::TrustAnchorOnRemovableMedia.reference());
}

#[test]
fn watching_tells_each_key_that_is_there_in_a_line_of_its_own() {
    let (stage, _, _, _) = with_license();
    stage.usb().plug(&FakeKey::new("AA530001230612119999"));
    let lines = stage.watched(2);
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!(
            (&line["event"], &line["schema"]),
            (&"present".into(), &1.into())
        );
        assert!(line["usb_key"]["id"].is_string(), "{line}");
        assert!(line["at"].as_str().unwrap().ends_with('Z'), "{line}");
    }
}

#[test]
fn a_request_is_left_on_a_key_and_its_answer_taken_from_it() {
    let stage = Stage::new();
    let key = FakeKey::new(SERIAL);
    stage.usb().plug(&key);
    let code = stage.vendor().code().expose();
    let made = stage.run(["activate", &code, "--usb", &key.id().to_string(), "--json"]);
    let json = made.done().json();
    let left = json["usb"].as_str().unwrap().to_owned();
    assert!(left.starts_with(&root(&key)), "{left}");
    let collected = stage
        .run(["courier", "collect", &root(&key), "--json"])
        .done();
    let json = collected.json();
    assert_eq!(json["results"][0]["outcome"], "already_there");
    assert_eq!(json["results"][0]["file"], left);
    assert_eq!(json["courier"]["waiting"], 1);

    let request = stage
        .vendor()
        .open(&stage::artefacts(&std::fs::read(&left).unwrap())[0].1);
    let grant = TestVendor::grant(&request, stage.now());
    let answer = stage.vendor().respond_with(&request, stage.now(), grant);
    let answer = stage.put_token("answer.kft", TokenKind::ActivationResponse, &answer);
    key.put("answer.kft", std::fs::read(answer).unwrap());
    let list = stage.run(["usb", "list", "--json"]).done().json();
    assert_eq!(list["usb_keys"][0]["courier"]["answers"], 1);
    let delivered = stage
        .run(["courier", "deliver", &root(&key), "--json"])
        .done();
    assert_eq!(delivered.json()["results"][0]["outcome"], "activated");
    stage.run(["status", PRODUCT]).done();
}

#[test]
fn a_courier_that_has_nothing_for_this_computer_says_so() {
    let stage = Stage::new();
    let folder = stage.path("stick");
    std::fs::create_dir(&folder).unwrap();
    let folder = folder.display().to_string();
    stage
        .run(["courier", "deliver", &folder])
        .told(1, Code::CourierNotFound.reference());
    let nothing = stage.run(["courier", "collect", &folder]).done();
    assert!(nothing.messages.contains("Nothing here waits"), "{nothing}");
    stage.ask();
    let planned = stage
        .run(["courier", "collect", &folder, "--dry-run"])
        .done();
    assert!(
        planned.messages.contains("Would be taken along"),
        "{planned}"
    );
    let json = |call: &[&str]| stage.run(call.iter().copied()).done().json();
    let planned = json(&["courier", "collect", &folder, "--dry-run", "--json"]);
    assert_eq!(
        (&planned["dry_run"], &planned["results"][0]["outcome"]),
        (&true.into(), &"would_collect".into())
    );
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    let taken = stage.run(["courier", "collect", &folder]).done();
    assert!(
        taken.messages.contains("keyferry courier deliver"),
        "{taken}"
    );
    let again = json(&["courier", "collect", &folder, "--dry-run", "--json"]);
    assert_eq!(again["results"][0]["outcome"], "already_there");
    let again = json(&["courier", "collect", &folder, "--json"]);
    assert_eq!(again["dry_run"], false);
    let empty = stage.run(["courier", "deliver", &folder]).done();
    assert!(
        empty
            .messages
            .contains("Nothing on it is for this computer"),
        "{empty}"
    );
    assert!(!empty.messages.contains("Done:"), "{empty}");
}

#[test]
fn a_license_that_is_over_ends_with_the_exit_code_of_that() {
    let (stage, key, _, file) = with_license();
    stage.run(["usb", "put", &file, &root(&key)]).done();
    stage.pass(Seconds::days(40));
    let ended = stage.run(["check", PRODUCT, "--json"]);
    assert_eq!(ended.exit, 4, "{ended}");
    assert_eq!(ended.json()["standing"]["reason"], "license_ended");
}

#[test]
fn a_request_that_is_left_on_a_key_says_how_its_answer_is_taken_from_there() {
    let stage = Stage::new();
    let folder = stage.path("my stick");
    std::fs::create_dir(&folder).unwrap();
    let folder = folder.display().to_string();
    let code = stage.vendor().code().expose();
    let quiet = stage.run(["activate", &code, "--usb", &folder]).done();
    assert_eq!(quiet.out, "");
    let next = format!("keyferry courier deliver '{folder}'");
    if cfg!(unix) {
        assert!(quiet.messages.contains(&next), "{quiet}");
    }
    assert!(!quiet.messages.contains("keyferry apply"), "{quiet}");
    let both = ["activate", &code, "--usb", &folder, "--out", "-"];
    let printed = stage.run(both).done();
    assert!(printed.out.starts_with("-----BEGIN KEYFERRY"), "{printed}");
}

#[test]
fn a_folder_that_no_key_is_mounted_at_is_taken_and_told_as_a_folder() {
    let stage = Stage::new();
    let key = FakeKey::new(SERIAL);
    let place = stage.usb().plug(&key);
    let says = "This is a folder, not a USB key that is plugged in.";
    let code = stage.vendor().code().expose();
    let calls = |told: bool| {
        let root = root(&key);
        for call in [
            &["activate", &code, "--usb", &root][..],
            &["courier", "collect", &root, "--dry-run"],
            &["courier", "collect", &root],
            &["courier", "deliver", &root],
            &["courier", "deliver", &root, "--json"],
        ] {
            let ended = stage.run(call.iter().copied()).done();
            assert_eq!(ended.messages.contains(says), told, "{ended}");
        }
    };
    calls(false);
    stage.usb().pull(&place);
    calls(true);
    stage.usb().silence(true);
    calls(false);
}

#[test]
fn a_license_file_that_was_added_can_be_forgotten() {
    let stage = Stage::new();
    let license = stage.vendor().license(stage.now(), Binding::Unbound);
    let file = stage.put("cad.lic", stage.vendor().sign(&license).as_bytes());
    stage.run(["apply", &file]).done();
    let id = license.id.to_string();
    let json = stage.run(["forget", &id, "--json"]).done().json();
    assert_eq!(json["outcome"], "forgotten");
    assert_eq!(json["license_id"], id);
    assert_eq!(json["product"], PRODUCT);
    stage
        .run(["forget", &id])
        .told(3, Code::LicenseNotKept.reference());
    assert_eq!(stage.run(["status", PRODUCT]).exit, 3);
    stage.run(["apply", &file]).done();
    stage.run(["status", PRODUCT]).done();
}

#[test]
fn for_a_license_file_the_clock_leads_to_a_newer_file_and_not_to_a_request() {
    let (stage, key, license, _) = with_license();
    key.put("com.acme.cad.lic", stage.vendor().sign(&license));
    stage.pass(Seconds::days(3650));
    assert_eq!(stage.run(["status", PRODUCT]).exit, 4);
    stage.turn_back(Seconds::days(3650));
    let told = stage.run(["clock"]);
    assert_eq!(told.exit, 9);
    assert!(told.messages.contains("a newer file"), "{told}");
    assert!(!told.messages.contains("clock request"), "{told}");
    stage
        .run(["clock", "request", PRODUCT])
        .told(9, Code::LicenseClockBehind.reference());
}

#[test]
fn the_lease_is_that_of_the_activation_and_never_of_a_license_file() {
    let (stage, key, _, file) = with_license();
    stage.run(["usb", "put", &file, &root(&key)]).done();
    let json = stage.run(["status", PRODUCT, "--json"]).done().json();
    assert!(json["standing"]["until"].is_string(), "{json}");
    assert_eq!(json["lease_expires_at"], Value::Null);
    assert_eq!(json["grace_until"], Value::Null);

    let (stage, granted) = Stage::activated();
    stage.usb().plug(&key);
    stage.pass(Seconds::days(40));
    let license = stage.vendor().license_for_key(stage.now(), &key.id());
    let file = stage.put("cad.lic", stage.vendor().sign(&license).as_bytes());
    stage.run(["usb", "put", &file, &root(&key)]).done();
    let json = stage.run(["status", PRODUCT, "--json"]).done().json();
    assert_eq!(json["license"]["license_id"], license.id.to_string());
    let lease = granted.grant.lease_expires_at.unwrap().to_string();
    assert_eq!(json["lease_expires_at"], lease);
    let token = stage.arg("status.kft");
    stage.run(["report", "--token", &token, PRODUCT]).done();
    let told: Verified<StatusReport> = stage.vendor().open_as(&stage.sent("status.kft"));
    assert_eq!(told.lease_expires_at.unwrap().to_string(), lease);
}

#[test]
fn a_license_file_that_is_not_believed_is_told_of_where_there_is_no_other() {
    let (stage, key, license, good) = with_license();
    let bad = key.put("x.lic", "-----BEGIN KEYFERRY LICENSE-----\n2GC");
    let ended = stage.run(["check", PRODUCT]);
    assert!(ended.messages.contains("x.lic"), "{ended}");
    assert!(!ended.messages.contains("Plug in"), "{ended}");
    ended.told(1, Code::ArmorUnfinished.reference());
    key.put("x.lic", TestVendor::other().sign(&license));
    let json = stage.run(["check", PRODUCT, "--json"]).json();
    assert_eq!(json["error"]["code"], "untrusted_key");
    assert_eq!(json["file"], bad.display().to_string());
    stage
        .run(["check", PRODUCT])
        .told(6, Code::UntrustedKey.reference());
    stage.run(["usb", "put", &good, &root(&key)]).done();
    stage.run(["check", PRODUCT]).done();
}

#[test]
fn a_license_that_is_checked_lies_somewhere() {
    let (stage, ..) = with_license();
    stage
        .run(["check", PRODUCT, "--license", "-"])
        .told(2, Code::Usage.reference());
}
