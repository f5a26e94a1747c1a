//! The whole exchange between the two programs, over every carrier of this version.

mod stage;

use std::fs;

use keyferry_token::Seconds;
use stage::{PRODUCT, Stage};

#[test]
fn a_request_goes_out_as_a_file_and_the_answer_comes_back_as_one() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.computer("cad-07");
    let words = cad
        .run(["vendor", "add", &stage.arg("acme/vendor.kfv"), "--json"])
        .json();
    let words = words["fingerprint"].as_str().unwrap().to_owned();

    cad.run([
        "vendor",
        "add",
        &stage.arg("acme/vendor.kfv"),
        "--fingerprint",
        &words,
    ])
    .done();
    let request = cad.ask(&code, "request.kft");
    assert_eq!(cad.run(["status", PRODUCT]).exit, 7);
    let answer = stage.arg("answer.kft");
    stage
        .authority(["receive", &request, "--out", &answer])
        .done();
    cad.run(["apply", &answer]).done();

    let status = cad.run(["status", PRODUCT, "--json"]).done().json();
    assert_eq!(status["standing"]["state"], "licensed");
    assert_eq!(status["lease_expires_at"], "2026-12-23T04:00:00Z");
    assert_eq!(status["standing"]["until"], "2026-12-23T04:00:00Z");
    let listed = stage.authority(["activation", "list", "--json"]).json();
    assert_eq!(
        listed["activations"][0]["activation_id"],
        status["activation_id"]
    );
    assert_eq!(listed["activations"][0]["label"], "cad-07");
}

#[test]
fn everything_goes_through_pipes_without_a_file() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.computer("cad-07");
    let profile = fs::read(stage.path("acme/vendor.kfv")).unwrap();
    cad.reading(&profile, ["vendor", "add", "-", "--trust", "--no-input"])
        .done();

    let request = cad
        .reading(code.as_bytes(), ["activate", "-", "--no-input"])
        .done();
    assert!(
        request
            .text()
            .starts_with("-----BEGIN KEYFERRY ACTIVATION REQUEST-----\n")
    );
    assert!(
        request
            .text()
            .ends_with("-----END KEYFERRY ACTIVATION REQUEST-----\n")
    );
    let answer = stage
        .authority_reading(&request.out, ["receive", "-"])
        .done();
    let applied = cad.reading(&answer.out, ["apply", "-"]).done();
    assert!(
        applied.text().contains("Works until 23 December 2026"),
        "{applied}"
    );
}

#[test]
fn text_that_went_through_a_mail_program_is_read() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let request = cad.run(["activate", &stage.sell(1)]).done();
    let quoted: Vec<String> = request
        .text()
        .lines()
        .map(|line| format!("> {line}\r\n"))
        .collect();
    let mail = format!("Dear vendor,\r\n\r\n{}\r\nRegards\r\n", quoted.concat());
    stage
        .authority_reading(mail.as_bytes(), ["receive", "-"])
        .done();
}

#[test]
fn a_lost_answer_is_given_again_without_a_second_seat() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let request = cad.ask(&stage.sell(1), "request.kft");
    let first = stage.authority(["receive", &request]).done();
    stage.pass(Seconds::HOUR);
    let second = stage.authority(["receive", &request]).done();
    assert_eq!(first.out, second.out);
    let entitlements = stage.authority(["entitlement", "list", "--json"]).json();
    assert_eq!(entitlements["entitlements"][0]["seats_used"], 1);
}

#[test]
fn asked_again_it_is_the_same_request_unless_a_new_one_is_wanted() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    let first = cad.run(["activate", &code]).done();
    assert_eq!(
        cad.run(["activate", &code.to_lowercase().replace('-', " ")])
            .done()
            .out,
        first.out
    );
    let groups: Vec<&str> = code.split('-').collect();
    let in_words = [
        "activate", groups[0], groups[1], groups[2], groups[3], groups[4],
    ];
    assert_eq!(cad.run(in_words).done().out, first.out);
    assert_ne!(cad.run(["activate", &code, "--new"]).done().out, first.out);
}

#[test]
fn many_requests_are_answered_in_one_go_and_what_fails_holds_up_none() {
    let stage = Stage::new();
    let code = stage.sell(2);
    let computers = ["one", "two", "three"].map(|name| stage.customer(name));
    let names = ["1.kft", "2.kft", "3.kft"];
    let requests: Vec<String> = computers
        .iter()
        .zip(names)
        .map(|(computer, name)| computer.ask(&code, name))
        .collect();
    let out = stage.arg("answers");
    let line = [
        "receive",
        &requests[0],
        &requests[1],
        &requests[2],
        "--out",
        &out,
        "--json",
    ];
    let ended = stage.authority(line);

    assert_eq!(ended.exit, 1);
    assert_eq!(ended.error(), "no_free_seat");
    let json = ended.json();
    let oks: Vec<_> = json["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["ok"])
        .collect();
    assert_eq!(oks, [true, true, false]);
    assert_eq!(json["results"][2]["file"], requests[2].as_str());
    assert_eq!(json["results"][2]["error"]["code"], "no_free_seat");

    let (answers, refusals): (Vec<String>, Vec<String>) = fs::read_dir(stage.path("answers"))
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .partition(|path| path.contains("keyferry-response-"));
    assert_eq!((answers.len(), refusals.len()), (2, 1));
    computers[2].run(["apply", &refusals[0]]).told(1, "KF-203");
    let applied = computers[0].run(["apply", &answers[0], &answers[1], "--json"]);
    assert_eq!(
        (applied.exit, applied.error().as_str()),
        (5, "answer_for_other_device")
    );
    assert_eq!(
        computers[0].run(["status", PRODUCT]).exit,
        0,
        "its own answer was applied"
    );
}

#[test]
fn several_artefacts_in_one_text_are_answered_each_on_its_own() {
    let stage = Stage::new();
    let code = stage.sell(2);
    let mut mail = Vec::new();
    for name in ["one", "two"] {
        mail.extend(stage.customer(name).run(["activate", &code]).done().out);
    }
    let answers = stage
        .authority_reading(&mail, ["receive", "-", "--json"])
        .done()
        .json();
    assert_eq!(answers["results"].as_array().unwrap().len(), 2);
    // All in one file, as they came.
    let file = stage.arg("answers.kft");
    stage
        .authority_reading(&mail, ["receive", "-", "--out", &file])
        .done();
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("-----BEGIN").count(), 2);
}

#[test]
fn a_picture_of_the_qr_code_is_as_good_as_the_file() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let picture = stage.arg("request.png");
    let code = stage.sell(1);
    let request = cad.run(["activate", &code, "--qr", &picture]).done();
    let inspected = cad.run(["inspect", &picture, "--json"]).done().json();
    assert_eq!(inspected["kind"], "activation_request");
    let by_text = stage
        .authority_reading(&request.out, ["receive", "-"])
        .done();
    let by_picture = stage.authority(["receive", &picture]).done();
    assert_eq!(by_text.out, by_picture.out);
}

#[test]
fn a_folder_takes_the_request_under_a_name_of_its_own() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    fs::create_dir(stage.path("stick")).unwrap();
    let json = cad
        .run([
            "activate",
            &stage.sell(1),
            "--out",
            &stage.arg("stick"),
            "--json",
        ])
        .json();
    let name = format!(
        "keyferry-request-{}.kft",
        json["token"]["reference"].as_str().unwrap()
    );
    assert_eq!(
        json["out"],
        stage.path("stick").join(&name).display().to_string()
    );
    let text = fs::read_to_string(stage.path("stick").join(name)).unwrap();
    assert_eq!(json["token"]["text"], text);
}

#[test]
fn a_refusal_does_not_tell_the_vendor_what_its_customer_can_do() {
    let stage = Stage::new();
    let code = stage.sell(1);
    for name in ["a", "b"] {
        let computer = stage.customer(name);
        let request = computer.ask(&code, &format!("{name}.kft"));
        let told = stage.authority(["receive", &request]);
        if name == "b" {
            let json = stage.authority(["receive", &request, "--json"]).json();
            let step = json["error"]["next_step"].as_str().unwrap();
            assert!(!told.messages.contains(step), "{}", told.messages);
            assert!(told.messages.contains("Reference KF-"), "{}", told.messages);
        }
    }
}
