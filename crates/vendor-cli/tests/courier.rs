//! `keyferry-authority courier`: a folder of requests in, answers and a sheet out.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share is outside of test functions"
)]

mod stage;

use std::{fs, path::Path};

use keyferry_token::Seconds;
use stage::{Computer, PRODUCT, Stage};

const STICK: &str = "stick";

/// Leaves what a computer sends on the courier, as `keyferry courier collect` does.
fn leave(stage: &Stage, computer: &Computer<'_>, code: &str, name: &str) {
    let outbox = stage.path(STICK).join("KEYFERRY/outbox");
    fs::create_dir_all(&outbox).unwrap();
    let request = computer.ask(code, &format!("{name}.kft"));
    fs::copy(request, outbox.join(format!("{name}.kft"))).unwrap();
}

fn answers(stage: &Stage) -> Vec<String> {
    let inbox = stage.path(STICK).join("KEYFERRY/inbox");
    let names = fs::read_dir(inbox).unwrap();
    let mut names: Vec<String> = names
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    names.sort();
    names
}

/// One seat and two computers that ask for it, and a file that nobody can read.
fn brought() -> Stage {
    let stage = Stage::new();
    let code = stage.sell(1);
    for name in ["a", "b"] {
        leave(&stage, &stage.customer(name), &code, name);
    }
    let damaged = stage.path(STICK).join("KEYFERRY/outbox/c.kft");
    fs::write(damaged, "-----BEGIN KEYFERRY ACTIVATION REQUEST-----\n2GC").unwrap();
    stage
}

#[test]
fn everything_is_answered_in_one_go_and_again_alike() {
    let stage = brought();
    let stick = stage.arg(STICK);
    for round in 1..3 {
        let ended = stage.authority(["courier", &stick, "--json"]);
        let told = ended.json();
        assert_eq!(told["ok"], false, "round {round}");
        let counts = ["answered", "refused", "damaged", "for_others"];
        let counts = counts.map(|name| told[name].as_u64().unwrap());
        assert_eq!(counts, [1, 1, 1, 0], "round {round}");
        let results = told["results"].as_array().unwrap();
        assert_eq!(results.len(), 3);
        let outcome = ["activated", "reissued"][round - 1];
        assert_eq!(results[0]["outcome"], outcome);
        assert_eq!(results[1]["error"]["code"], "no_free_seat");
        assert_eq!(results[2]["error"]["code"], "armor_unfinished");
        assert_eq!(results[2]["answer"], serde_json::Value::Null);
        assert_eq!(told["error"]["code"], "no_free_seat", "the first of them");
        let mut named: Vec<&str> = (0..2)
            .map(|at| results[at]["answer"].as_str().unwrap())
            .collect();
        named.sort_unstable();
        assert_eq!(answers(&stage), named);
        let sheet = told["sheet"].as_str().unwrap();
        assert!(fs::read_to_string(sheet).unwrap().contains("1</b> done"));
        stage.pass(Seconds::new(3600));
    }
    let answer = &answers(&stage)[0];
    assert!(Path::new(answer).is_file());
}

#[test]
fn an_answer_from_the_courier_activates_its_computer() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    leave(&stage, &cad, &code, "cad-07");
    stage.authority(["courier", &stage.arg(STICK)]).done();
    let answer = &answers(&stage)[0];
    cad.run(["apply", answer]).done();
    assert_eq!(cad.stands(PRODUCT).0, "licensed");
}

#[test]
fn the_sheet_goes_to_a_file_too_and_takes_nothing_elses_place() {
    let stage = brought();
    let (stick, sheet) = (stage.arg(STICK), stage.arg("sheet.html"));
    let args = ["courier", &stick, "--sheet", &sheet];
    stage.authority(args);
    let on_stick = stage.path(STICK).join("KEYFERRY/results.html");
    let written = fs::read(&sheet).unwrap();
    assert_eq!(written, fs::read(&on_stick).unwrap());
    stage.pass(Seconds::new(3600));
    stage.authority(args);
    assert_ne!(fs::read(&sheet).unwrap(), written, "by its like");

    fs::write(&sheet, "<!DOCTYPE html>\n<p>a page of my own").unwrap();
    let ended = stage.authority(["courier", &stick, "--sheet", &sheet, "--json"]);
    assert_eq!(ended.json()["error"]["code"], "file_exists");
    assert_eq!(ended.json()["answered"], 1, "what was done is told");
    assert!(fs::read_to_string(&sheet).unwrap().ends_with("my own"));

    let printed = stage.authority(["courier", &stick, "--sheet", "-"]);
    assert_eq!(printed.out, fs::read(&on_stick).unwrap());
    let json = stage.authority(["courier", &stick, "--sheet", "-", "--json"]);
    let text = fs::read_to_string(&on_stick).unwrap();
    assert_eq!(json.json()["sheet_text"], text);
}

#[test]
fn what_is_for_another_vendor_is_passed_over_and_no_failure() {
    let stage = Stage::new();
    let code = stage.sell(1);
    leave(&stage, &stage.customer("a"), &code, "a");
    let other = Stage::bare();
    let init = ["init", "--vendor", "Other Tools"];
    other.authority(init).done();
    let ended = other
        .authority(["courier", &stage.arg(STICK), "--json"])
        .done();
    assert_eq!(ended.json()["for_others"], 1);
    assert_eq!(ended.json()["results"], serde_json::json!([]));
    assert!(answers(&stage).is_empty());

    let told = other.authority(["courier", &stage.arg(STICK)]).done();
    let messages = &told.messages;
    assert!(!messages.contains("Done: 0."), "{messages}");
    assert!(messages.contains("Nothing on it is for this"), "{messages}");
    assert!(!messages.contains("Next:"), "{messages}");
}

#[test]
fn a_medium_without_a_courier_is_told_as_that() {
    let stage = Stage::new();
    fs::create_dir(stage.path(STICK)).unwrap();
    let ended = stage.authority(["courier", &stage.arg(STICK), "--json"]);
    assert_eq!(
        (ended.exit, &ended.json()["error"]["code"]),
        (1, &"courier_not_found".into())
    );
    let ended = stage.authority(["courier", &stage.arg("nowhere"), "--json"]);
    assert_eq!(
        (ended.exit, &ended.json()["error"]["code"]),
        (8, &"file_not_found".into())
    );
}

#[test]
fn people_read_a_line_for_each_computer_and_what_to_do() {
    let stage = brought();
    let ended = stage.authority(["courier", &stage.arg(STICK)]);
    let refusal = answers(&stage)
        .into_iter()
        .find(|file| ended.messages.contains(file.as_str()))
        .unwrap();
    let refusal = Path::new(&refusal).file_name().unwrap().to_str().unwrap();
    let transcript = ended.transcript().replace(refusal, "<refusal>.kft");
    insta::assert_snapshot!(transcript, @r"
    $ keyferry-authority courier /dir/stick
    ! /dir/stick/KEYFERRY/outbox/a.kft:
    ! “a” may run com.acme.cad.
    ! /dir/stick/KEYFERRY/outbox/b.kft:
    ! “b” was not activated.
    ! Refusal <reference> is ready: /dir/stick/KEYFERRY/inbox/<refusal>.kft; taken back to the computer, it says why.
    ! All seats of this activation code are taken (seats: 1).
    ! Reference KF-203
    ! /dir/stick/KEYFERRY/outbox/c.kft:
    ! The end of the text is missing.
    ! Copy the text up to and including its last line.
    ! Reference KF-407
    ! Done: 1. Not done: 2.
    ! A sheet to print is at /dir/stick/KEYFERRY/results.html
    ! Next: plug the courier into each computer again; each takes its own answer.
    = 1
    ");
}

#[test]
fn its_object_has_this_shape() {
    let stage = Stage::new();
    let code = stage.sell(1);
    leave(&stage, &stage.customer("cad-07"), &code, "cad-07");
    let ended = stage.authority(["courier", &stage.arg(STICK), "--json"]);
    insta::assert_snapshot!(ended.shape(), @r#"
    {
      "answered": 1,
      "damaged": 0,
      "for_others": 0,
      "ok": true,
      "refused": 0,
      "results": [
        {
          "activation_id": "<id>",
          "answer": "<path>",
          "answers": "<token id>",
          "device_id": "<device id>",
          "emergency_runs": [],
          "file": "<path>",
          "kind": "activation_request",
          "label": "cad-07",
          "lease_expires_at": "<time>",
          "ok": true,
          "out": "<path>",
          "outcome": "activated",
          "product": "com.acme.cad",
          "token": {
            "id": "<token id>",
            "kind": "activation_response",
            "reference": "<reference>",
            "text": "<armored>"
          }
        }
      ],
      "schema": 1,
      "sheet": "<path>",
      "sheet_text": null
    }
    "#);
}

#[cfg(unix)]
#[test]
fn a_name_on_the_courier_is_shown_and_does_nothing_to_the_terminal() {
    let stage = brought();
    let outbox = stage.path(STICK).join("KEYFERRY/outbox");
    let name = "x\u{1b}[2J\u{9b}31m\nDone: 9.\u{202e}y.kft";
    fs::rename(outbox.join("c.kft"), outbox.join(name)).unwrap();
    let told = stage.authority(["courier", &stage.arg(STICK)]);
    let messages = &told.messages;
    assert!(
        messages.contains(r"x\u{1b}[2J\u{9b}31m\u{a}Done: 9.\u{202e}y.kft"),
        "{messages:?}"
    );
    let acts = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!messages.contains(acts), "{messages:?}");
}
