//! Personal data: the vendor's commands.

mod stage;

use stage::Stage;
use stage::shown::shape;

#[test]
fn addresses_are_kept_for_as_long_as_the_vendor_says() {
    let stage = Stage::new();
    insta::assert_snapshot!(stage.authority(["retention"]).transcript(), @r"
    $ keyferry-authority retention
    Network addresses are kept for 90d.
    = 0
    ");
    let set = |length| stage.authority(["retention", "--addresses", length, "--json"]);
    insta::assert_snapshot!(shape(&set("30d").json()), @r#"
    {
      "addresses": "30d",
      "ok": true,
      "outcome": "changed",
      "schema": 1
    }
    "#);
    assert_eq!(set("30d").json()["outcome"], "unchanged");
    assert!(set("forever").json()["addresses"].is_null());
    assert_eq!(set("soon").error(), "duration_refused");
}

#[test]
fn what_a_person_asks_to_be_removed_is_removed() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let computer = stage.customer("desk");
    let request = stage.arg("request");
    computer
        .run(["activate", &code, "--label", "Robins-PC", "--out", &request])
        .done();
    let answered = stage
        .authority(["receive", &request, "--json"])
        .done()
        .json();
    let activation = answered["results"][0]["activation_id"].as_str();
    let activation = activation
        .or(answered["activation_id"].as_str())
        .unwrap()
        .to_owned();
    let erase = ["erase", "activation", &activation, "--json"];
    assert_eq!(stage.authority(erase).error(), "confirmation_needed");
    let erase = ["erase", "activation", &activation, "--yes", "--json"];
    insta::assert_snapshot!(shape(&stage.authority(erase).json()), @r#"
    {
      "addresses": 0,
      "holder": false,
      "labels": 1,
      "ok": true,
      "outcome": "erased",
      "schema": 1
    }
    "#);
    let listed = stage
        .authority(["activation", "list", "--json"])
        .text()
        .to_owned();
    assert!(
        listed.contains("(erased)") && !listed.contains("Robins-PC"),
        "{listed}"
    );
    insta::assert_snapshot!(stage.authority(["erase", "entitlement", &code, "--yes"]).transcript().replace(&code, "CODE"), @r"
    $ keyferry-authority erase entitlement CODE --yes
    ! There was nothing to remove.
    = 0
    ");
    stage.authority(["audit", "--verify"]).done();
}
