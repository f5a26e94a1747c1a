//! Every exit code that a command can end with in this version, and what is said with it.

mod stage;

use std::fs;

use keyferry_token::Seconds;
use stage::{PRODUCT, Stage};

#[test]
fn exit_1_where_no_other_code_says_more() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let code = stage.sell(1);
    cad.activate(&code);
    cad.run(["activate", &code]).told(1, "KF-301");
    cad.run(["vendor", "remove", "Acme Tools"])
        .told(1, "KF-126");
    cad.run(["vendor", "remove", "Nobody"]).told(1, "KF-125");
    let late = stage.customer("late");
    let request = late.ask(&code, "late.kft");
    stage.authority(["receive", &request]).told(1, "KF-203");
    stage
        .authority(["init", "--vendor", "Acme Tools"])
        .told(1, "KF-240");
    stage.bare_authority(["product", "list"]).told(1, "KF-241");
}

#[test]
fn exit_2_when_the_command_line_is_not_understood() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    assert_eq!(cad.run([]).exit, 2);
    assert_eq!(cad.run(["activate"]).exit, 2);
    assert_eq!(
        cad.run(["vendor", "add", "x.kfv", "--trust", "--fingerprint", "a"])
            .exit,
        2
    );
    cad.run(["activate", "AB3D9-7Q2K9"]).told(2, "KF-102");
    cad.run(["activate", &mistyped(&stage.sell(1))])
        .told(2, "KF-101");
    let json = cad.run(["status", "--nonsense", "--json"]);
    assert_eq!((json.exit, json.error().as_str()), (2, "usage"));

    let sell = |more: [&str; 2]| {
        let [flag, value] = more;
        stage.authority([
            "entitlement",
            "add",
            "--product",
            PRODUCT,
            "--seats",
            "1",
            flag,
            value,
        ])
    };
    sell(["--ends", "31.03.2027"]).told(2, "KF-704");
    sell(["--offline-lease", "30"]).told(2, "KF-705");
    sell(["--offline-lease", "0d"]).told(2, "KF-705");
    sell(["--holder", ""]).told(2, "KF-417");
    assert_eq!(sell(["--seats", "0"]).exit, 2);
    stage
        .authority(["product", "add", "CAD", "--name", "CAD"])
        .told(2, "KF-419");
    stage.without_data(["product", "list"]).told(2, "KF-702");
    let offer = |more: [&str; 2]| {
        let add = ["product", "add", "com.acme.lab", "--name", "Acme Lab"];
        stage.authority(add.into_iter().chain(more))
    };
    offer(["--emergency", "0d"]).told(2, "KF-705");
    assert_eq!(offer(["--emergency-uses", "2"]).exit, 2);
    assert_eq!(offer(["--moves", "-1"]).exit, 2);
    let code = stage.sell(1);
    assert_eq!(stage.authority(["entitlement", "renew", &code]).exit, 2);
    let activation = cad.activate(&code);
    let release = ["activation", "release-lost", &activation];
    stage.authority(release).told(2, "KF-703");
    let json = stage.authority(release.into_iter().chain(["--json"]));
    assert_eq!(json.error(), "confirmation_needed");
    assert_eq!(stage.authority(["refresh", "AB3D-9KX2"]).exit, 2);
    stage
        .authority(["status-code", "AB3D-9KX2-7QR"])
        .told(2, "KF-109");
}

/// One symbol other than it was.
fn mistyped(code: &str) -> String {
    let last = if code.ends_with('7') { "8" } else { "7" };
    format!("{}{last}", &code[..code.len() - 1])
}

#[test]
fn exit_3_when_nothing_is_licensed() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    assert_eq!(cad.run(["status", PRODUCT]).exit, 3);
    let json = cad.run(["status", PRODUCT, "--json"]).json();
    assert_eq!(json["ok"], true, "the question was answered");
    assert_eq!(json["standing"]["reason"], "not_activated");
    cad.run(["status", "com.unknown.thing"]).told(3, "KF-309");
    assert_eq!(cad.run(["status"]).exit, 0, "a list is a list");
}

#[test]
fn exit_4_when_lease_and_grace_are_over() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    cad.activate(&stage.sell(1));
    stage.pass(Seconds::days(30));
    assert_eq!(
        cad.run(["status", PRODUCT, "--json"]).done().json()["standing"]["state"],
        "grace"
    );
    stage.pass(Seconds::days(7));
    let json = cad.run(["status", PRODUCT, "--json"]);
    assert_eq!(json.exit, 4);
    assert_eq!(json.json()["standing"]["reason"], "lease_ended");
    assert_eq!(json.json()["standing"]["state"], "expired");
    assert_eq!(cad.run(["status"]).exit, 0);
}

#[test]
fn exit_5_on_another_computer() {
    let stage = Stage::new();
    let code = stage.sell(2);
    let cad = stage.customer("cad-07");
    cad.activate(&code);
    let other = stage.customer("lab-3");
    other.ask(&code, "other.kft");
    other
        .run(["apply", &stage.arg("answer.kft")])
        .told(5, "KF-305");
    cad.moves_into("something else");
    let json = cad.run(["status", PRODUCT, "--json"]);
    assert_eq!(
        (json.exit, json.json()["standing"]["reason"].as_str()),
        (5, Some("wrong_device"))
    );
}

#[test]
fn exit_6_when_it_is_not_whole_or_nobody_trusts_it() {
    let stage = Stage::new();
    let cad = stage.computer("cad-07");
    let profile = stage.arg("acme/vendor.kfv");
    let json = cad.run(["vendor", "add", &profile, "--json"]);
    assert_eq!(
        (json.exit, json.error().as_str()),
        (6, "vendor_not_confirmed")
    );
    let words = json.json()["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(words.split(' ').count(), 12);
    let mut others: Vec<&str> = words.split(' ').collect();
    others.swap(0, 11);
    others[5] = "zoo";
    let others = others.join(" ");
    cad.run(["vendor", "add", &profile, "--fingerprint", &others])
        .told(6, "KF-121");
    cad.run(["apply", &profile]).told(6, "KF-120");
    assert_eq!(
        cad.run(["vendor", "list", "--json"]).json()["vendors"],
        serde_json::json!([])
    );

    let cad = stage.customer("cad-08");
    let request = cad.run(["activate", &stage.sell(1)]).done();
    let answer = stage
        .authority_reading(&request.out, ["receive", "-"])
        .done();
    let forged = stage::with_a_changed_byte(&answer.out);
    cad.reading(&forged, ["apply", "-"]).told(6, "KF-412");
    cad.reading(&forged, ["inspect", "-"]);
    cad.reading(&answer.out, ["apply", "-"]).done();
}

#[test]
fn exit_7_while_the_answer_is_awaited() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let asked = cad
        .run(["activate", &stage.sell(1), "--json"])
        .done()
        .json();
    let json = cad.run(["status", PRODUCT, "--json"]);
    assert_eq!(
        (json.exit, json.json()["standing"]["reason"].as_str()),
        (7, Some("awaiting_answer"))
    );
    assert_eq!(
        json.json()["request"]["reference"],
        asked["token"]["reference"]
    );
}

#[test]
fn exit_8_when_files_fail_and_the_request_is_kept() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let code = stage.sell(1);
    cad.run(["apply", &stage.arg("none.kft")]).told(8, "KF-601");
    cad.run(["apply", &stage.arg("")]).told(8, "KF-602");
    cad.run(["activate", &code, "--out", &stage.arg("none/request.kft")])
        .told(8, "KF-603");
    cad.run(["activate", &code, "--qr", &stage.arg("none/request.png")])
        .told(8, "KF-603");
    assert_eq!(
        cad.run(["status", PRODUCT]).exit,
        7,
        "the request is here all the same"
    );
    fs::write(stage.path("thesis.txt"), "years of work").unwrap();
    cad.run(["activate", &code, "--out", &stage.arg("thesis.txt")])
        .told(8, "KF-605");
    assert_eq!(
        fs::read(stage.path("thesis.txt")).unwrap(),
        b"years of work"
    );
    if cfg!(target_os = "linux") {
        cad.run(["activate", &code, "--out", "/dev/full"])
            .told(8, "KF-604");
    }
    // A file stands where the folder of another scope would be.
    fs::write(stage.path("home of blocked"), "").unwrap();
    stage
        .computer("blocked")
        .run(["vendor", "add", &stage.arg("acme/vendor.kfv"), "--trust"])
        .told(8, "KF-613");
}

#[test]
fn exit_8_while_another_program_holds_the_store() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let code = stage.sell(1);
    let lock = fs::File::options()
        .write(true)
        .open(cad.home.join("lock"))
        .unwrap();
    lock.lock().unwrap();
    cad.run(["activate", &code]).told(8, "KF-610");
    cad.run(["status"]).told(8, "KF-610");
    drop(lock);
    cad.run(["activate", &code]).done();
}

#[test]
fn exit_8_when_the_store_is_damaged_and_activating_mends_it() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let code = stage.sell(1);
    cad.activate(&code);
    let spoil = |name: &str| fs::write(cad.home.join(name), b"not what was written").unwrap();
    spoil("state");
    let json = cad.run(["status", PRODUCT, "--json"]);
    assert_eq!(json.exit, 8);
    assert_eq!(json.json()["standing"]["reason"], "store_damaged");
    assert_eq!(cad.run(["status"]).exit, 0, "a list is a list");
    spoil("state.previous");
    cad.run(["status"]).told(8, "KF-611");
    cad.run(["vendor", "add", &stage.arg("acme/vendor.kfv"), "--trust"])
        .done();
    cad.activate(&code);
    assert_eq!(cad.run(["status", PRODUCT]).exit, 0);
}

#[test]
fn exit_9_when_the_clock_is_behind() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    cad.activate(&stage.sell(1));
    stage.turn_back(Seconds::days(3));
    let json = cad.run(["status", PRODUCT, "--json"]);
    assert_eq!(
        (json.exit, json.json()["standing"]["reason"].as_str()),
        (9, Some("clock_behind"))
    );
}

#[test]
fn exit_11_when_the_vendor_has_stopped_it() {
    let stage = Stage::new();
    let code = stage.sell(2);
    let cad = stage.customer("cad-07");
    let activation = cad.activate(&code);
    stage.authority(["entitlement", "revoke", &code]).done();
    let request = stage.customer("lab-3").ask(&code, "lab.kft");
    stage.authority(["receive", &request]).told(11, "KF-205");
    stage
        .authority(["entitlement", "suspend", &code])
        .told(11, "KF-205");
    // The refresh that says so is applied; the standing tells.
    assert_eq!(cad.refresh(&activation).exit, 0);
    assert_eq!(cad.run(["status", PRODUCT]).exit, 11);
}

#[test]
fn applying_an_answer_twice_is_friendly() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    cad.activate(&stage.sell(1));
    let before = cad.store();
    let again = cad
        .run(["apply", &stage.arg("answer.kft"), "--json"])
        .done()
        .json();
    assert_eq!(again["outcome"], "already_applied");
    assert_eq!(again["standing"]["state"], "licensed");
    assert_eq!(cad.store(), before);
}

#[test]
fn a_passphrase_locks_the_keys() {
    let stage = Stage::bare();
    fs::write(stage.path("pass"), "correct horse\nbattery\n").unwrap();
    fs::write(stage.path("other"), "correct house\n").unwrap();
    let pass = stage.arg("pass");
    let init = stage
        .authority(["init", "--vendor", "Acme", "--passphrase-file", &pass])
        .done();
    assert!(!init.messages.contains("without a passphrase"), "{init}");
    stage.authority(["product", "list"]).told(2, "KF-242");
    stage
        .authority(["product", "list", "--passphrase-file", &stage.arg("other")])
        .told(8, "KF-243");
    stage
        .authority(["product", "list", "--passphrase-file", &pass])
        .done();
    stage
        .authority_reading(
            b"correct horse\n",
            ["product", "list", "--passphrase-file", "-"],
        )
        .done();
}
