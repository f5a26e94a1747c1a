//! Names that a stick brings are shown and never acted on by a terminal.

#![cfg(unix)]
mod stage;

use std::fs;

use keyferry_fixtures::{FakeKey, TestVendor};
use keyferry_token::TokenKind;
use stage::{Ended, PRODUCT, Stage};

/// What clears a screen, forges a line and turns the order of reading around.
const HOSTILE: &str = "a\u{1b}[2J\u{9b}31m\nDone: 9.\u{202e}b";

/// The same as it is shown.
const SHOWN: &str = r"a\u{1b}[2J\u{9b}31m\u{a}Done: 9.\u{202e}b";

/// Nothing of it reached the terminal, and who reads can see that it is there.
fn is_shown(told: &Ended) {
    is_harmless(told);
    let text = format!("{}{}", told.out, told.messages);
    assert!(text.contains(SHOWN), "{text:?}");
}

fn is_harmless(told: &Ended) {
    let text = format!("{}{}", told.out, told.messages);
    let acts = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!text.contains(acts), "{text:?}");
    assert!(
        !text.lines().any(|line| line.starts_with("Done: 9.")),
        "{text:?}"
    );
}

/// A key with a license file of a hostile name on it, and how it is mounted.
fn with_key() -> (Stage, FakeKey, String) {
    let stage = Stage::new();
    let key =
        FakeKey::new("4C530001230612114312").with(|says| says.name = Some(HOSTILE.to_owned()));
    stage.usb().plug(&key);
    let license = stage.vendor().license_for_key(stage.now(), &key.id());
    let name = format!("{HOSTILE}.lic");
    let file = key.put(&name, stage.vendor().sign(&license));
    (stage, key, file.display().to_string())
}

#[test]
fn the_names_of_a_key_and_its_files_are_shown_by_usb_and_check() {
    let (stage, key, file) = with_key();
    let root = key.root().display().to_string();
    is_shown(&stage.run(["usb", "list"]));
    is_shown(&stage.run(["usb", "check", &root]));
    let watched = stage.watching(&["usb", "watch"], 1);
    assert!(watched.contains(SHOWN), "{watched:?}");
    assert_eq!(watched.lines().count(), 1, "{watched:?}");
    is_shown(&stage.run(["check", PRODUCT]));
    is_shown(&stage.run(["check", PRODUCT, "--license", &file]));
    is_harmless(&stage.run(["usb", "put", &file, &root]));
    is_harmless(&stage.run(["status", PRODUCT]));
    is_harmless(&stage.run(["report"]));
    let report = stage.run(["report"]);
    assert!(report.out.contains("a\u{fffd}[2J"), "{report}");
    is_shown(&stage.run(["inspect", &format!("{file}.none")]));
    is_shown(&stage.run(["apply", &file, &file]));
}

#[test]
fn the_names_on_a_courier_are_shown() {
    let stage = Stage::new();
    let stick = stage.path(HOSTILE);
    fs::create_dir(&stick).unwrap();
    let place = stick.display().to_string();
    let code = stage.vendor().code().expose();
    is_shown(&stage.run(["activate", &code, "--usb", &place]));
    is_shown(&stage.run(["courier", "collect", &place]));

    let request = stage.ask();
    let grant = TestVendor::grant(&request, stage.now());
    let answer = stage.vendor().respond_with(&request, stage.now(), grant);
    let answer = stage.put_token("answer.kft", TokenKind::ActivationResponse, &answer);
    let inbox = stick.join("KEYFERRY/inbox");
    fs::create_dir_all(&inbox).unwrap();
    fs::copy(answer, inbox.join(format!("{HOSTILE}.kft"))).unwrap();
    is_shown(&stage.run(["courier", "deliver", &place]));
}

#[test]
fn json_says_the_name_as_it_is_and_acts_on_nothing() {
    let (stage, key, file) = with_key();
    let root = key.root().display().to_string();
    let told = stage.run(["usb", "check", &root, "--json"]);
    is_harmless(&told);
    assert_eq!(told.json()["licenses"][0]["file"], file);
}
