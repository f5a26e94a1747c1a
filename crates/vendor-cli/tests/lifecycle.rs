//! The life of a license between the two programs: moved, refused, suspended, lost, out of time, in an
//! emergency.

mod stage;

use keyferry_token::Seconds;
use serde_json::Value;
use stage::{Ended, PRODUCT, Stage};

fn stands(state: &str, reason: &str, exit: u8) -> (String, String, u8) {
    (state.to_owned(), reason.to_owned(), exit)
}

/// The outcomes of several, in their order.
#[track_caller]
fn outcomes(ended: &Ended) -> Vec<String> {
    let json = ended.json();
    let outcome = |one: &Value| {
        let word = &one["outcome"];
        word.as_str().unwrap_or("refused").to_owned()
    };
    let results = json["results"].as_array();
    results.map_or_else(Vec::new, |all| all.iter().map(outcome).collect())
}

#[test]
fn a_seat_goes_from_one_computer_to_another() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let (old, new) = (stage.customer("cad-07"), stage.customer("cad-08"));
    let activation = old.activate(&code);
    stage.pass(Seconds::days(20));

    let refreshed = old.refresh(&activation).done().json();
    assert_eq!(refreshed["outcome"], "refreshed");
    assert_eq!(refreshed["lease_expires_at"], "2027-01-12T04:00:00Z");

    let given_up = old.leave("deactivation.kft");
    assert_eq!(old.stands(PRODUCT), stands("unlicensed", "deactivated", 3));
    // Until the vendor has it the seat is taken.
    let request = new.ask(&code, "new.kft");
    stage.authority(["receive", &request]).told(1, "KF-203");
    let received = stage.authority(["receive", &given_up, "--json"]).done();
    assert_eq!(received.json()["outcome"], "deactivated");
    assert_eq!(received.json()["activation_id"], activation.as_str());
    old.run(["deactivation", "delivered", PRODUCT]).done();

    let answer = stage.authority(["receive", &request]).done();
    new.reading(&answer.out, ["apply", "-"]).done();
    assert_eq!(new.stands(PRODUCT), stands("licensed", "-", 0));
}

#[test]
fn a_move_takes_one_trip() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let (old, new) = (stage.customer("cad-07"), stage.customer("cad-08"));
    old.activate(&code);
    let request = new.ask(&code, "new.kft");
    let both = stage.arg("both.kft");
    let moving = [
        "move",
        PRODUCT,
        "--request",
        &request,
        "--yes",
        "--out",
        &both,
    ];
    old.run(moving).done();

    let answer = stage.arg("back.kft");
    let received = stage
        .authority(["receive", &both, "--out", &answer, "--json"])
        .done();
    assert_eq!(outcomes(&received), ["deactivated", "activated"]);
    assert_eq!(received.json()["results"][0]["reason"], "moving");
    new.run(["apply", &answer]).done();
    assert_eq!(new.stands(PRODUCT), stands("licensed", "-", 0));
    assert_eq!(old.stands(PRODUCT), stands("unlicensed", "deactivated", 3));
}

#[test]
fn deactivations_come_first_and_results_in_the_order_given() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let (old, new) = (stage.customer("cad-07"), stage.customer("cad-08"));
    old.activate(&code);
    let request = new.ask(&code, "a-new.kft");
    let given_up = old.leave("b-old.kft");
    let missing = stage.arg("missing.kft");
    let out = stage.arg("answers");
    let received = stage.authority([
        "receive", &request, &missing, &given_up, "--out", &out, "--json",
    ]);
    assert_eq!(outcomes(&received), ["activated", "refused", "deactivated"]);
    assert_eq!(
        (received.exit, received.error().as_str()),
        (8, "file_not_found")
    );
    let files = std::fs::read_dir(stage.path("answers"))
        .into_iter()
        .flatten();
    assert_eq!(files.count(), 1, "a deactivation is not answered");
}

#[test]
fn a_refusal_travels_back_and_the_same_request_goes_again() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let (first, second) = (stage.customer("cad-07"), stage.customer("cad-08"));
    first.activate(&code);
    let request = second.ask(&code, "second.kft");
    let refusal = stage.arg("refusal.kft");
    let refused = stage.authority(["receive", &request, "--out", &refusal, "--json"]);
    assert_eq!(
        (refused.exit, refused.error().as_str()),
        (1, "no_free_seat")
    );
    assert_eq!(refused.json()["out"], refusal.as_str());
    assert_eq!(refused.json()["refusal"]["kind"], "refusal");

    let told = second.run(["apply", &refusal, "--json"]);
    assert_eq!((told.exit, told.error().as_str()), (1, "no_free_seat"));
    let status = second.run(["status", PRODUCT, "--json"]).json();
    assert_eq!(status["request"]["refused"]["code"], "no_free_seat");

    let given_up = first.leave("given-up.kft");
    stage.authority(["receive", &given_up]).done();
    let answer = stage.authority(["receive", &request]).done();
    second.reading(&answer.out, ["apply", "-"]).done();
    assert_eq!(second.stands(PRODUCT), stands("licensed", "-", 0));
}

#[test]
fn without_out_a_refusal_goes_where_an_answer_would() {
    let stage = Stage::new();
    let code = stage.sell(1);
    stage.customer("cad-07").activate(&code);
    let second = stage.customer("cad-08");
    let request = second.ask(&code, "second.kft");
    let refused = stage.authority(["receive", &request]).told(1, "KF-203");
    assert!(
        refused
            .text()
            .starts_with("-----BEGIN KEYFERRY REFUSAL-----\n")
    );
    second
        .reading(&refused.out, ["apply", "-"])
        .told(1, "KF-203");
}

#[test]
fn what_is_suspended_stops_with_a_refresh_and_runs_again_with_another() {
    let stage = Stage::new();
    let code = stage.sell(2);
    let cad = stage.customer("cad-07");
    let activation = cad.activate(&code);
    let entitlement = |verb: &str| {
        let ended = stage.authority(["entitlement", verb, &code, "--json"]);
        ended.done().json()
    };
    let suspended = entitlement("suspend");
    assert_eq!(
        (&suspended["outcome"], &suspended["status"]),
        (&"suspended".into(), &"suspended".into())
    );
    assert_eq!(entitlement("suspend")["outcome"], "unchanged");
    // Nobody new is activated; a stranger hears no more than that the code is not accepted.
    let late = stage.customer("cad-08");
    let request = late.ask(&code, "late.kft");
    let refused = stage.authority(["receive", &request]).told(11, "KF-204");
    late.reading(&refused.out, ["apply", "-"]).told(1, "KF-106");

    assert_eq!(cad.stands(PRODUCT), stands("licensed", "-", 0));
    cad.refresh(&activation).done();
    assert_eq!(cad.stands(PRODUCT), stands("stopped", "suspended", 11));
    assert_eq!(entitlement("reinstate")["outcome"], "reinstated");
    assert_eq!(entitlement("reinstate")["outcome"], "unchanged");
    cad.refresh(&activation).done();
    assert_eq!(cad.stands(PRODUCT), stands("licensed", "-", 0));
}

#[test]
fn what_is_revoked_stays_revoked() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    let activation = cad.activate(&code);
    let revoke = ["entitlement", "revoke", &code, "--json"];
    assert_eq!(stage.authority(revoke).done().json()["outcome"], "revoked");
    assert_eq!(
        stage.authority(revoke).done().json()["outcome"],
        "unchanged"
    );
    for verb in ["suspend", "reinstate"] {
        stage
            .authority(["entitlement", verb, &code])
            .told(11, "KF-205");
    }
    stage
        .authority(["entitlement", "renew", &code, "--ends", "2030-01-01"])
        .told(11, "KF-205");
    cad.refresh(&activation).done();
    assert_eq!(cad.stands(PRODUCT), stands("stopped", "revoked", 11));
}

#[test]
fn a_renewal_gives_a_new_end_that_a_refresh_brings() {
    let stage = Stage::new();
    let add = [
        "entitlement",
        "add",
        "--product",
        PRODUCT,
        "--seats",
        "1",
        "--offline-lease",
        "30d",
    ];
    let sold = stage
        .authority(add.into_iter().chain(["--ends", "2026-12-01", "--json"]))
        .json();
    let code = sold["activation_code"].as_str().unwrap_or_default();
    let id = sold["entitlement_id"].as_str().unwrap_or_default();
    let cad = stage.customer("cad-07");
    let activation = cad.activate(code);
    stage.pass(Seconds::days(20));
    assert_eq!(
        cad.stands(PRODUCT),
        stands("expired", "subscription_ended", 4)
    );
    stage.authority(["refresh", &activation]).told(4, "KF-206");

    let renew = [
        "entitlement",
        "renew",
        id,
        "--ends",
        "2027-12-01",
        "--offline-lease",
        "60d",
        "--json",
    ];
    let renewed = stage.authority(renew).done().json();
    assert_eq!(renewed["outcome"], "renewed");
    assert_eq!(renewed["expires_at"], "2027-12-01T23:59:59Z");
    assert_eq!(renewed["offline_lease"], "60d");
    assert_eq!(stage.authority(renew).done().json()["outcome"], "unchanged");
    let refreshed = cad.refresh(&activation).done().json();
    assert_eq!(refreshed["lease_expires_at"], "2027-02-11T04:00:00Z");
    assert_eq!(cad.stands(PRODUCT), stands("licensed", "-", 0));
}

#[test]
fn a_lost_computer_is_released_blocked_and_allowed_again() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let (lost, next) = (stage.customer("cad-07"), stage.customer("cad-08"));
    let activation = lost.activate(&code);
    let release = ["activation", "release-lost", &activation, "--yes", "--json"];
    let released = stage.authority(release).done().json();
    assert_eq!(released["outcome"], "released");
    assert_eq!(released["status"], "released");
    assert_eq!(released["device_blocked"], true);
    assert_eq!(
        stage.authority(release).done().json()["outcome"],
        "unchanged"
    );
    stage.authority(["refresh", &activation]).told(1, "KF-211");
    let holder = next.activate(&code);

    // It turns up: what it gives back is recorded, and frees nothing.
    let given_up = lost.leave("late.kft");
    let received = stage
        .authority(["receive", &given_up, "--json"])
        .done()
        .json();
    assert_eq!(received["outcome"], "recorded");
    assert_eq!(received["note"]["code"], "deactivation_recorded");
    let shown = stage
        .authority(["activation", "show", &holder, "--json"])
        .json();
    assert_eq!(shown["status"], "active");

    let request = lost.ask(&code, "found.kft");
    let refused = stage.authority(["receive", &request]).told(1, "KF-213");
    lost.reading(&refused.out, ["apply", "-"]).told(1, "KF-213");
    let allow = ["activation", "allow-again", &activation, "--json"];
    let allowed = stage.authority(allow).done().json();
    assert_eq!(
        (&allowed["outcome"], &allowed["device_blocked"]),
        (&"allowed".into(), &false.into())
    );
    assert_eq!(stage.authority(allow).done().json()["outcome"], "unchanged");
    // There is no free seat until the one who has it gives it back.
    stage.authority(["receive", &request]).told(1, "KF-203");
    stage.authority(["receive", &next.leave("next.kft")]).done();
    stage.authority(["receive", &request]).done();
}

#[test]
fn releases_are_capped_by_the_product() {
    let stage = Stage::new();
    stage.offer("com.acme.lab", ["--lost", "0"]);
    let code = stage.sell_of("com.acme.lab", 1);
    let activation = stage.customer("lab-3").activate(&code);
    stage
        .authority(["activation", "release-lost", &activation, "--yes"])
        .told(1, "KF-214");
}

#[test]
fn beyond_the_moves_of_a_year_a_seat_frees_later() {
    let stage = Stage::new();
    stage.offer("com.acme.lab", ["--moves", "0"]);
    let code = stage.sell_of("com.acme.lab", 1);
    let (old, new) = (stage.customer("lab-3"), stage.customer("lab-4"));
    let activation = old.activate(&code);
    let file = stage.arg("given-up.kft");
    old.run(["deactivate", "com.acme.lab", "--yes", "--out", &file])
        .done();
    let received = stage.authority(["receive", &file, "--json"]).done().json();
    assert_eq!(received["outcome"], "leaving");
    assert_eq!(received["frees_at"], "2026-12-23T04:00:00Z");
    assert_eq!(received["note"]["code"], "seat_frees_later");
    let shown = stage
        .authority(["activation", "show", &activation, "--json"])
        .json();
    assert_eq!(shown["status"], "leaving");
    assert_eq!(shown["frees_at"], received["frees_at"]);

    let request = new.ask(&code, "new.kft");
    let refused = stage.authority(["receive", &request, "--json"]);
    assert_eq!(refused.error(), "no_free_seat");
    stage.pass(Seconds::days(31));
    stage.authority(["receive", &request]).done();
}

#[test]
fn a_deactivation_counts_once_and_not_after_a_newer_answer() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    cad.activate(&code);
    let given_up = cad.leave("first.kft");
    let receive = || {
        let received = stage.authority(["receive", &given_up, "--json"]).done();
        received.json()["outcome"].clone()
    };
    assert_eq!(receive(), "deactivated");
    assert_eq!(receive(), "repeated");

    let activation = cad.activate(&code);
    let late = cad.leave("late.kft");
    cad.activate(&code);
    let received = stage.authority(["receive", &late, "--json"]).done().json();
    assert_eq!(received["outcome"], "outdated");
    assert_eq!(received["note"]["code"], "deactivation_outdated");
    let shown = stage
        .authority(["activation", "show", &activation, "--json"])
        .json();
    assert_eq!(shown["status"], "active");
}

#[test]
fn a_clock_that_was_far_ahead_is_mended() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let activation = cad.activate(&stage.sell(1));
    stage.pass(Seconds::days(10));
    cad.run(["status"]).done();
    stage.turn_back(Seconds::days(10));
    assert_eq!(cad.stands(PRODUCT), stands("blocked", "clock_behind", 9));

    let request = stage.arg("time-request.kft");
    cad.run(["clock", "request", "--out", &request]).done();
    let time = stage.arg("time.kft");
    let received = stage
        .authority(["receive", &request, "--out", &time, "--json"])
        .done()
        .json();
    assert_eq!(received["outcome"], "time_given");
    assert_eq!(received["time"], stage.now().to_string());
    assert_eq!(received["activation_id"], activation.as_str());
    stage.pass(Seconds::HOUR);
    let again = stage
        .authority(["receive", &request, "--json"])
        .done()
        .json();
    assert_eq!(again["outcome"], "reissued");
    assert_eq!(again["token"]["id"], received["token"]["id"]);

    let applied = cad.run(["apply", &time, "--json"]).done().json();
    assert_eq!(applied["outcome"], "clock_mended");
    assert_eq!(cad.stands(PRODUCT), stands("licensed", "-", 0));
}

#[test]
fn the_time_is_told_to_nobody_who_holds_no_seat() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let activation = cad.activate(&stage.sell(1));
    stage.pass(Seconds::days(10));
    cad.run(["status"]).done();
    stage.turn_back(Seconds::days(10));
    let request = stage.arg("time-request.kft");
    cad.run(["clock", "request", "--out", &request]).done();
    stage
        .authority(["activation", "release-lost", &activation, "--yes"])
        .done();
    let refused = stage.authority(["receive", &request]).told(1, "KF-211");
    cad.reading(&refused.out, ["apply", "-"]).told(1, "KF-211");
}

#[test]
fn an_emergency_run_is_told_with_the_next_request() {
    let stage = Stage::new();
    stage.offer(
        "com.acme.lab",
        ["--emergency", "3d", "--emergency-uses", "2"],
    );
    let code = stage.sell_of("com.acme.lab", 1);
    let lab = stage.customer("lab-3");
    let activation = lab.activate(&code);
    stage.pass(Seconds::days(31));
    assert_eq!(
        lab.stands("com.acme.lab"),
        stands("expired", "lease_ended", 4)
    );
    let taken = stage.now().to_string();
    lab.run(["emergency", "com.acme.lab", "--yes"]).done();
    assert_eq!(lab.stands("com.acme.lab").0, "emergency");

    stage.pass(Seconds::DAY);
    let request = lab.ask(&code, "again.kft");
    let received = stage
        .authority(["receive", &request, "--json"])
        .done()
        .json();
    assert_eq!(received["emergency_runs"], serde_json::json!([taken]));
    assert_eq!(received["activation_id"], activation.as_str());
    let shown = stage
        .authority(["activation", "show", &activation, "--json"])
        .json();
    assert_eq!(shown["emergency_runs"], serde_json::json!([taken]));
}

#[test]
fn a_status_code_read_out_on_the_phone_is_explained() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let activation = cad.activate(&stage.sell(1));
    let explain = |code: &str| {
        let ended = stage.authority(["status-code", code, "--json"]);
        ended.done().json()
    };
    let read_out = || {
        let code = cad.run(["status-code", PRODUCT]).done();
        code.text().trim_end().to_owned()
    };
    let running = explain(&read_out());
    assert_eq!(running["state"], "licensed");
    assert_eq!(running["day"], "2026-11-23");
    assert_eq!(running["ends_in"], 30);
    assert_eq!(
        running["activations"][0]["activation_id"],
        activation.as_str()
    );

    stage.pass(Seconds::days(40));
    let over = explain(&read_out().to_lowercase().replace('-', " "));
    assert_eq!(over["state"], "expired");
    assert_eq!(over["reason"], "lease_ended");
    assert_eq!(over["ends_in"], -10);
    assert_eq!(over["activations"][0]["activation_id"], activation.as_str());
    let words: Vec<String> = read_out().split('-').map(str::to_owned).collect();
    stage
        .authority(["status-code", &words[0], &words[1], &words[2]])
        .done();
}

#[test]
fn a_status_report_is_held_against_the_books() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    let activation = cad.activate(&code);
    let report = || {
        let file = stage.arg("status.kft");
        cad.run([
            "report",
            "--out",
            &stage.arg("report.txt"),
            "--token",
            &file,
        ])
        .done();
        stage.authority(["receive", &file, "--json"]).done().json()
    };
    let in_order = report();
    assert_eq!(in_order["outcome"], "status_read");
    assert_eq!(in_order["report"]["state"], "licensed");
    assert_eq!(in_order["note"], Value::Null);
    assert_eq!(in_order["books"]["activation_id"], activation.as_str());
    assert_eq!(in_order["differences"], serde_json::json!([]));

    stage.authority(["refresh", &activation]).done();
    stage.authority(["entitlement", "suspend", &code]).done();
    stage.pass(Seconds::days(40));
    let late = report();
    assert_eq!(late["report"]["state"], "expired");
    assert_eq!(late["note"]["code"], "lease_ended");
    assert_eq!(late["books"]["entitlement_status"], "suspended");
    let names: Vec<&str> = late["differences"]
        .as_array()
        .map(|all| all.iter().filter_map(|one| one["name"].as_str()).collect())
        .unwrap_or_default();
    assert_eq!(names, ["entitlement", "older_grant"]);
}

#[test]
fn a_status_report_and_a_deactivation_get_no_answer() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    cad.activate(&stage.sell(1));
    let status = stage.arg("status.kft");
    cad.run([
        "report",
        "--out",
        &stage.arg("report.txt"),
        "--token",
        &status,
    ])
    .done();
    let given_up = cad.leave("given-up.kft");
    for file in [status, given_up] {
        let received = stage.authority(["receive", &file]).done();
        assert_eq!(received.text(), "", "{received}");
    }
}
