//! Products, once they are sold: what the vendor changes about them.

mod stage;

use stage::shown::shape;
use stage::{PRODUCT, Stage};

#[test]
fn a_product_is_changed_and_only_in_what_is_named() {
    let stage = Stage::new();
    let change = |more: &[&str]| {
        let args = ["product", "change", PRODUCT];
        stage.authority(args.into_iter().chain(more.iter().copied()))
    };
    insta::assert_snapshot!(change(&["--moves", "8", "--lost", "3"]).transcript(), @r"
    $ keyferry-authority product change com.acme.cad --moves 8 --lost 3
    ! Acme CAD is changed.
    = 0
    ");
    insta::assert_snapshot!(change(&["--moves", "8"]).transcript(), @r"
    $ keyferry-authority product change com.acme.cad --moves 8
    ! It was so before; nothing was changed.
    = 0
    ");
    let more = ["--name", "Acme CAD 2", "--no-offline", "--grace", "0d"];
    insta::assert_snapshot!(change(&more).transcript(), @r"
    $ keyferry-authority product change com.acme.cad --name Acme CAD 2 --no-offline --grace 0d
    ! Acme CAD 2 is changed.
    ! Computers learn of it with their next lease: refresh ACTIVATION
    ! Hand out the vendor profile again: /dir/acme/vendor.kfv
    = 0
    ");
    change(&["--emergency", "3d", "--emergency-uses", "2"]).done();
    change(&["--offline", "--rebinds", "0"]).done();
    insta::assert_snapshot!(stage.authority(["product", "list"]).transcript(), @r"
    $ keyferry-authority product list
    CODE          NAME        OFFLINE  GRACE  EMERGENCY  REBINDS/MOVES/LOST  FEATURES
    com.acme.cad  Acme CAD 2  yes      0d     2 × 3d     0/8/3
    = 0
    ");
    change(&["--no-emergency"]).done();
    let listed = stage.authority(["product", "list", "--json"]).json();
    assert!(listed["products"][0]["emergency"].is_null());
}

#[test]
fn the_object_says_what_the_product_is_now() {
    let stage = Stage::new();
    let change = ["product", "change", PRODUCT, "--name", "CAD", "--json"];
    let changed = stage.authority(change).done().json();
    insta::assert_snapshot!(shape(&changed), @r#"
    {
      "emergency": null,
      "features": [],
      "grace": "7d",
      "lost_per_year": 2,
      "moves_per_year": 6,
      "offline": true,
      "ok": true,
      "outcome": "changed",
      "product": "com.acme.cad",
      "product_name": "CAD",
      "profile": "<path>",
      "rebinds_per_year": 3,
      "schema": 1,
      "tag": "<tag>"
    }
    "#);
    let unchanged = stage.authority(change).done().json();
    assert_eq!(unchanged["outcome"], "unchanged");
    assert!(unchanged["profile"].is_null());
}

#[test]
fn a_change_of_nothing_or_of_two_minds_is_not_understood() {
    let stage = Stage::new();
    for more in [
        &[][..],
        &["--offline", "--no-offline"],
        &["--emergency", "3d", "--no-emergency"],
        &["--emergency-uses", "2"],
        &["--moves", "2", "--emergency-on-other-device"],
    ] {
        let args = ["product", "change", PRODUCT, "--json"];
        let ended = stage.authority(args.into_iter().chain(more.iter().copied()));
        assert_eq!(
            (ended.exit, ended.error().as_str()),
            (2, "usage"),
            "{more:?}"
        );
    }
    let unknown = ["product", "change", "com.acme.lab", "--moves", "2"];
    stage.authority(unknown).told(1, "KF-230");
}
