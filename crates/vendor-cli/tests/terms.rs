//! Trials and the end of maintenance, from the vendor's command to the computer's standing.

mod stage;

use stage::{PRODUCT, Stage};

#[test]
fn a_computer_knows_that_it_has_a_trial_and_which_versions_are_covered() {
    let stage = Stage::new();
    let code = |ended: &stage::Ended| {
        let code = ended.json()["activation_code"].as_str().map(str::to_owned);
        code.unwrap()
    };
    let add = ["entitlement", "add", "--product", PRODUCT, "--seats", "1"];
    let add = add.into_iter().chain(["--offline-lease", "30d", "--json"]);
    let terms = [
        "--ends",
        "2027-01-31",
        "--trial",
        "--maintenance-end",
        "2026-12-31",
    ];
    let sold = code(&stage.authority(add.clone().chain(terms)).done());
    let computer = stage.customer("desk");
    computer
        .run(["activate", &sold, "--out", &stage.arg("request")])
        .done();
    let receive = [
        "receive",
        &stage.arg("request"),
        "--out",
        &stage.arg("answer"),
    ];
    stage.authority(receive).done();
    computer.run(["apply", &stage.arg("answer")]).done();

    let status = computer.run(["status", PRODUCT, "--json"]).done().json();
    assert_eq!(status["trial"], true);
    assert_eq!(status["maintenance_ends_at"], "2026-12-31T23:59:59Z");
    let released = |day| computer.run(["status", PRODUCT, "--released", day, "--json"]);
    assert_eq!(released("2026-12-31").exit, 0);
    let over = released("2027-01-01");
    assert_eq!(over.exit, 4);
    assert_eq!(over.json()["standing"]["reason"], "maintenance_over");
    // The question is about that version alone.
    assert_eq!(computer.run(["status", PRODUCT]).exit, 0);

    // Another trial is not for this computer.
    let another = code(
        &stage
            .authority(add.chain(["--ends", "2027-02-28", "--trial"]))
            .done(),
    );
    computer
        .run(["deactivate", PRODUCT, "--yes", "--out", &stage.arg("gone")])
        .done();
    computer
        .run(["activate", &another, "--out", &stage.arg("again")])
        .done();
    let refused = stage.authority(["receive", &stage.arg("again"), "--json"]);
    assert_eq!(refused.error(), "trial_used");
}

#[test]
fn a_trial_without_an_end_is_not_made_by_command_nor_by_list() {
    let stage = Stage::new();
    let add = [
        "entitlement",
        "add",
        "--product",
        PRODUCT,
        "--seats",
        "1",
        "--trial",
        "--json",
    ];
    assert_eq!(stage.authority(add).exit, 2);
    std::fs::write(
        stage.path("list.csv"),
        format!("reference,product,seats,trial,ends,maintenance_end\na,{PRODUCT},1,yes,,\nb,{PRODUCT},1,yes,2027-01-31,2027-06-30\n"),
    )
    .unwrap();
    let (list, out) = (stage.arg("list.csv"), stage.arg("out.csv"));
    stage.authority(["entitlement", "import", &list, "--out", &out]);
    let results = std::fs::read_to_string(stage.path("out.csv")).unwrap();
    assert!(results.contains("refused,trial_end_missing"), "{results}");
    let listed = stage.authority(["entitlement", "list", "--json"]).json();
    let [made] = listed["entitlements"].as_array().unwrap().as_slice() else {
        panic!("{listed}")
    };
    assert_eq!(made["trial"], true);
    assert_eq!(made["maintenance_ends_at"], "2027-06-30T23:59:59Z");
}
