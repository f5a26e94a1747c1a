//! What people are asked and told, and what nobody is told: questions, secrets, warnings.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

mod stage;

use stage::{Ended, PRODUCT, Stage};

#[test]
fn a_person_compares_the_words_and_says_yes() {
    let stage = Stage::new();
    let cad = stage.computer("cad-07");
    let profile = stage.arg("acme/vendor.kfv");
    let asked = cad.typing("yes\n", ["vendor", "add", &profile]).done();
    let question = "Do these words match the ones that Acme Tools publishes? yes/no";
    assert!(asked.messages.contains(question), "{asked}");
    assert_eq!(vendors(&cad.run(["vendor", "list", "--json"])), 1);
    // There is nothing left to ask.
    let again = cad.typing("", ["vendor", "add", &profile]).done();
    assert!(!again.messages.contains("yes/no"), "{again}");
}

#[test]
fn any_other_answer_trusts_nobody() {
    let stage = Stage::new();
    let cad = stage.computer("cad-07");
    let profile = stage.arg("acme/vendor.kfv");
    for typed in ["no\n", "\n", "", "yes please\n", "maybe"] {
        cad.typing(typed, ["vendor", "add", &profile])
            .told(6, "KF-120");
    }
    assert_eq!(vendors(&cad.run(["vendor", "list", "--json"])), 0);
}

#[test]
fn nobody_is_asked_who_does_not_want_to_be() {
    let stage = Stage::new();
    let cad = stage.computer("cad-07");
    let profile = stage.arg("acme/vendor.kfv");
    for flag in ["--no-input", "--json"] {
        let ended = cad
            .typing("yes\n", ["vendor", "add", &profile, flag])
            .told(6, "KF-120");
        assert!(!ended.messages.contains("yes/no"), "{ended}");
    }
    // Without a terminal there is nobody, whatever stands on standard input.
    cad.reading(b"yes\n", ["vendor", "add", &profile])
        .told(6, "KF-120");
}

fn vendors(listed: &Ended) -> usize {
    listed.json()["vendors"].as_array().unwrap().len()
}

#[test]
fn an_activation_code_is_never_written_back() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let code = stage.sell(1);
    let secret = &code[6..23];
    let shorter = &code[..code.len() - 1];
    let ended = [
        cad.run(["activate", &code]),
        cad.run(["activate", &code, "--json"]),
        cad.run(["activate", shorter, "--json"]),
        cad.run([
            "activate",
            &code.replace(secret, &secret.chars().rev().collect::<String>()),
        ]),
        cad.run(["status", &code]),
        cad.run(["status", &code, "--json"]),
        cad.run(["vendor", &code]),
        cad.run(["vendor", &code, "--json"]),
        cad.run(["apply", &code, "--nonsense"]),
        cad.run(["device", &code]),
        cad.reading(code.as_bytes(), ["apply", "-", "--json"]),
        stage.authority(["entitlement", "show", &code, "--json"]),
        stage.authority(["entitlement", "list"]),
        stage.authority(["entitlement", &code]),
        stage
            .computer("stranger")
            .run(["activate", &code, "--json"]),
    ];
    for ended in ended {
        assert!(!ended.text().contains(secret), "{ended}");
        assert!(!ended.messages.contains(secret), "{ended}");
    }
    for (name, content) in cad.store() {
        let found = content
            .windows(secret.len())
            .any(|part| part == secret.as_bytes());
        assert!(!found, "{}", name.display());
    }
}

#[test]
fn the_holder_secret_activates_nothing() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let add = [
        "entitlement",
        "add",
        "--product",
        PRODUCT,
        "--seats",
        "1",
        "--json",
    ];
    let secret = stage.authority(add).json()["holder_secret"]
        .as_str()
        .unwrap()
        .to_owned();
    let ended = cad.run(["activate", &secret, "--json"]);
    assert_eq!(
        (ended.exit, ended.error().as_str()),
        (2, "holder_secret_given")
    );
    assert!(!ended.text().contains(&secret[6..20]));
}

#[test]
fn keys_without_a_passphrase_are_mentioned_each_time() {
    let stage = Stage::new();
    for ended in [
        stage.authority(["product", "list"]),
        stage.authority(["activation", "list", "--json"]),
    ] {
        assert!(ended.messages.contains("without a passphrase"), "{ended}");
    }
}

#[test]
fn a_standing_is_a_sentence_with_what_changed_and_what_next() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    let code = stage.sell(1);
    insta::assert_snapshot!(cad.run(["status", PRODUCT]).text(), @r"
    Acme CAD (com.acme.cad)
      This program is not activated on this computer.
      Next: Activate the program with your activation code.
      What can be done now:
        keyferry activate CODE             Activate the program with its activation code
        keyferry status-code com.acme.cad  Get a code that tells support how it stands
    ");
    cad.activate(&code);
    cad.changes(keyferry_token::ComponentKind::NetworkAdapter, "another one");
    let said = cad.run(["status"]).done();
    let said: Vec<&str> = said.text().lines().take(2).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    Acme CAD (com.acme.cad)
      Works until 23 December 2026, 04:00 UTC. Bound to this computer. The network adapter changed; still within tolerance.
    ");
    stage.pass(keyferry_token::Seconds::days(31));
    let said = cad.run(["status"]).done();
    let said: Vec<&str> = said.text().lines().take(4).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    Acme CAD (com.acme.cad)
      The lease is over; the program still runs until 30 December 2026, 04:00 UTC. Bound to this computer. The network adapter changed; still within tolerance.
      Ends on 30 December 2026, 04:00 UTC (days left: 6).
      Next: Activate this computer again with your activation code.
    ");
}

#[test]
fn lists_without_entries_say_what_comes_next() {
    let stage = Stage::new();
    let cad = stage.computer("cad-07");
    insta::assert_snapshot!(cad.run(["status"]).done().messages, @r"
    Nothing is licensed on this computer yet.
    Next: keyferry vendor add FILE.kfv
    ");
    insta::assert_snapshot!(cad.run(["vendor", "list"]).done().messages, @r"
    This computer trusts no vendor yet.
    Next: keyferry vendor add FILE.kfv
    ");
    assert_eq!(cad.run(["status"]).text(), "");
}

#[test]
fn a_problem_is_a_sentence_a_next_step_and_a_reference() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    insta::assert_snapshot!(cad.run(["activate", "AB3D9-7Q2K9"]).messages, @r"
    The activation code has 10 of 25 characters.
    Enter the whole code as you were given it.
    Reference KF-102
    ");
}
