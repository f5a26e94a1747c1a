//! What people are asked before it is final, and what nobody is told.

mod stage;

use keyferry_fixtures::TestVendor;
use keyferry_token::Seconds;
use stage::{Ended, PRODUCT, Stage, emergency};

/// What cannot be undone, as an activated computer whose lease is over would type it.
const FINAL: [&[&str]; 4] = [
    &["deactivate", PRODUCT],
    &["move", PRODUCT],
    &["emergency", PRODUCT],
    &["reset", "--before-imaging"],
];

fn stage() -> Stage {
    let (stage, _) = Stage::activated_with(emergency);
    stage.pass(Seconds::days(38));
    stage
}

#[test]
fn what_is_final_is_asked_once_and_a_yes_does_it() {
    for (command, question) in [
        (
            FINAL[0],
            "Deactivate this computer for Acme CAD? That is final. yes/no",
        ),
        (
            FINAL[1],
            "Deactivate this computer for Acme CAD? That is final. yes/no",
        ),
        (
            FINAL[2],
            "Take an emergency run for Acme CAD (left: 2)? yes/no",
        ),
    ] {
        let asked = stage().typing("yes\n", command.iter().copied()).done();
        assert!(asked.messages.contains(question), "{asked}");
    }
    let bare = Stage::new();
    let asked = bare.typing("y\n", FINAL[3].iter().copied()).done();
    assert!(asked.messages.contains("yes/no"), "{asked}");
}

#[test]
fn any_other_answer_and_nobody_to_ask_change_nothing() {
    let stage = stage();
    let before = stage.run(["status", "--json"]).json();
    for command in FINAL {
        let with = |flag| command.iter().copied().chain([flag]);
        let ended: [Ended; 6] = [
            stage.typing("no\n", command.iter().copied()),
            stage.typing("", command.iter().copied()),
            stage.typing("yes\n", with("--no-input")),
            stage.typing("yes\n", with("--json")),
            stage.reading(b"yes\n", command.iter().copied()),
            stage.run(with("--json")),
        ];
        for ended in ended {
            let ended = ended.told(2, "KF-703");
            assert!(!ended.out.contains("-----BEGIN"), "{ended}");
        }
    }
    assert_eq!(stage.run(["status", "--json"]).json(), before);
}

#[test]
fn nobody_is_asked_where_there_is_nothing_to_decide() {
    let stage = Stage::new();
    stage.ask();
    let nothing = stage
        .typing("yes\n", ["deactivate", PRODUCT])
        .told(3, "KF-312");
    assert!(!nothing.messages.contains("yes/no"), "{nothing}");
    let (stage, _) = Stage::activated();
    let runs = stage
        .typing("yes\n", ["emergency", PRODUCT])
        .told(1, "KF-317");
    assert!(!runs.messages.contains("yes/no"), "{runs}");
}

#[test]
fn help_for_the_phone_holds_no_name_and_nothing_secret() {
    let stage = stage();
    let code = stage.run(["status-code"]).done();
    assert_eq!(code.out.trim().len(), 14, "{code}");
    assert_eq!(stage.run(["status-code", "Acme CAD"]).out, code.out);
    let report = stage.run(["report"]).done();
    assert!(report.out.contains("com.acme.cad"), "{report}");
    // What the pretended machine is made of, and how an activation code of Acme begins.
    for secret in ["7Q2K9M", "ACPE"] {
        assert!(!report.out.contains(secret), "{report}");
    }
}

#[test]
fn a_report_and_its_token_go_where_they_are_to_go() {
    let stage = stage();
    let (report, status) = (stage.arg("report.txt"), stage.arg("status.kft"));
    let token = stage
        .run(["report", "--out", &report, "--token", "-"])
        .done();
    assert!(
        token.out.starts_with("-----BEGIN KEYFERRY STATUS"),
        "{token}"
    );
    let text = stage.run(["report", "--token", &status, PRODUCT]).done();
    assert!(text.out.starts_with("Keyferry "), "{text}");
    // Written once more to the same place.
    stage.run(["report", "--out", &report]).done();
    stage.run(["report", "--token", "-"]).told(2, "KF-701");
    assert_eq!(
        stage.run(["report", PRODUCT]).exit,
        2,
        "a product is for a token"
    );
    Stage::new()
        .run(["report", "--token", &status])
        .told(2, "KF-702");
}

#[test]
fn a_status_report_is_about_one_product() {
    let stage = stage();
    let other = TestVendor::other();
    let profile = stage.put("other.kfv", &other.signed_profile());
    stage.run(["vendor", "add", &profile, "--trust"]).done();
    stage.run(["activate", &other.code().expose()]).done();
    let status = stage.arg("status.kft");
    stage.run(["report", "--token", &status]).told(2, "KF-702");
    assert!(!stage.path("status.kft").exists());
    stage.run(["report", "--token", &status, PRODUCT]).done();
}

#[test]
fn a_product_may_be_named_as_people_name_it() {
    let stage = stage();
    for command in [
        ["status", "acme cad"].as_slice(),
        &["deactivate", "Acme CAD", "--dry-run"],
        &["move", "Acme CAD", "--dry-run"],
        &["status-code", "ACME CAD"],
    ] {
        let ended = stage.run(command.iter().copied());
        assert!(ended.exit == 0 || command[0] == "status", "{ended}");
    }
    stage.run(["deactivate", "com.acme.cam"]).told(3, "KF-309");
    let code = stage.vendor().code().expose();
    let mistaken = stage.run(["deactivate", &code, "--yes"]).told(2, "KF-419");
    assert!(!mistaken.messages.contains(&code[6..]), "{mistaken}");
}
