//! License files as they are printed: every field, and every line for people (`docs/spec/cli.md`).

#![expect(clippy::too_many_lines, reason = "they are mostly snapshots")]

mod stage;

use keyferry_token::Seconds;
use stage::{KEY, Stage};

impl Stage {
    /// The id of the license that was made last.
    fn newest(&self) -> String {
        let listed = self.authority(["license", "list", "--json"]).done().json();
        let id = listed["licenses"][0]["license_id"].as_str();
        id.unwrap_or_default().to_owned()
    }
}

#[test]
fn a_license_for_a_usb_key_is_made() {
    let stage = Stage::new();
    let file = stage.arg("cad.lic");
    let made = stage.license([
        "--usb",
        KEY,
        "--expires",
        "2027-12-31",
        "--starts",
        "2026-12-01",
        "--features",
        "export,render",
        "--edition",
        "Professional",
        "--holder",
        "Example Works",
        "--grace",
        "3d",
        "--out",
        &file,
        "--json",
    ]);
    insta::assert_snapshot!(made.shape(), @r#"
    {
      "license": {
        "binding": {
          "id": "0781:5581:4C53%3A001370609:30752000000",
          "kind": "usb",
          "volume": null
        },
        "created_at": "<time>",
        "edition": "Professional",
        "expires_at": "<time>",
        "features": [
          "export",
          "render"
        ],
        "files": 1,
        "grace": "3d",
        "holder": "Example Works",
        "issued_at": "<time>",
        "license_id": "<id>",
        "product": "com.acme.cad",
        "seq": 1795406400,
        "starts_at": "<time>",
        "status": "active"
      },
      "ok": true,
      "out": "<path>",
      "outcome": "made",
      "schema": 1,
      "text": "<armored>"
    }
    "#);
    let license = &made.json()["license"];
    assert_eq!(license["starts_at"], "2026-12-01T00:00:00Z");
    assert_eq!(license["expires_at"], "2027-12-31T23:59:59Z");
}

#[test]
fn licenses_are_listed_and_shown() {
    let stage = Stage::new();
    stage.license(["--unbound"]).done();
    let id = stage.newest();
    stage.pass(Seconds::HOUR);
    stage.license(["--usb", KEY]).done();
    let listed = stage.authority(["license", "list", "--json"]);
    insta::assert_snapshot!(listed.shape(), @r#"
    {
      "licenses": [
        {
          "binding": {
            "id": "0781:5581:4C53%3A001370609:30752000000",
            "kind": "usb",
            "volume": null
          },
          "created_at": "<time>",
          "edition": null,
          "expires_at": null,
          "features": [],
          "files": 1,
          "grace": "7d",
          "holder": null,
          "issued_at": "<time>",
          "license_id": "<id>",
          "product": "com.acme.cad",
          "seq": 1795410000,
          "starts_at": "<time>",
          "status": "active"
        },
        {
          "binding": {
            "kind": "unbound"
          },
          "created_at": "<time>",
          "edition": null,
          "expires_at": null,
          "features": [],
          "files": 1,
          "grace": "7d",
          "holder": null,
          "issued_at": "<time>",
          "license_id": "<id>",
          "product": "com.acme.cad",
          "seq": 1795406400,
          "starts_at": "<time>",
          "status": "active"
        }
      ],
      "ok": true,
      "schema": 1
    }
    "#);
    let reissue = [
        "license",
        "reissue",
        &id,
        "--expires",
        "2027-12-31",
        "--usb",
        KEY,
    ];
    stage.authority(reissue).done();
    insta::assert_snapshot!(stage.authority(["license", "show", &id, "--json"]).shape(), @r#"
    {
      "binding": {
        "id": "0781:5581:4C53%3A001370609:30752000000",
        "kind": "usb",
        "volume": null
      },
      "created_at": "<time>",
      "edition": null,
      "expires_at": "<time>",
      "features": [],
      "files": 2,
      "grace": "7d",
      "history": [
        {
          "binding": {
            "id": "0781:5581:4C53%3A001370609:30752000000",
            "kind": "usb",
            "volume": null
          },
          "expires_at": "<time>",
          "issued_at": "<time>",
          "seq": 1795410000,
          "status": "active"
        },
        {
          "binding": {
            "kind": "unbound"
          },
          "expires_at": null,
          "issued_at": "<time>",
          "seq": 1795406400,
          "status": "active"
        }
      ],
      "holder": null,
      "issued_at": "<time>",
      "license_id": "<id>",
      "ok": true,
      "product": "com.acme.cad",
      "schema": 1,
      "seq": 1795410000,
      "starts_at": "<time>",
      "status": "active"
    }
    "#);
}

#[test]
fn people_read_what_became_of_a_license() {
    let stage = Stage::new();
    let file = stage.arg("cad.lic");
    let none = stage.authority(["license", "list"]);
    insta::assert_snapshot!(none.transcript(), @r"
    $ keyferry-authority license list
    ! No license was made yet. Next: license --product CODE --usb ID --out FILE
    = 0
    ");
    let made = stage.license(["--usb", KEY, "--expires", "2027-12-31", "--out", &file]);
    insta::assert_snapshot!(made.transcript(), @r"
    $ keyferry-authority license --product com.acme.cad --usb 0781:5581:4C53%3A001370609:30752000000 --expires 2027-12-31 --out /dir/cad.lic
    ! License <id> is ready: /dir/cad.lic
    ! It is for com.acme.cad, ends on 31 December 2027, and is bound to the USB key 0781:5581:4C53%3A001370609:30752000000.
    ! Next: put it on that key: keyferry usb put /dir/cad.lic KEY
    = 0
    ");
    let id = stage.newest();
    stage.pass(Seconds::HOUR);
    insta::assert_snapshot!(stage.license(["--unbound"]).transcript(), @r"
    $ keyferry-authority license --product com.acme.cad --unbound
    -----BEGIN KEYFERRY LICENSE-----
    -----END KEYFERRY LICENSE-----
    ! License <id> is ready
    ! It is for com.acme.cad, does not end, and is bound to nothing: whoever has a copy can use it.
    ! Next: take it to the computers: keyferry apply FILE
    = 0
    ");
    let weak = stage.license(["--usb", "058f:6387:00000000:8000000"]);
    insta::assert_snapshot!(weak.transcript(), @r"
    $ keyferry-authority license --product com.acme.cad --usb 058f:6387:00000000:8000000
    ! Its serial number is only a filler, such as zeros, that other USB keys have as well.
    ! To bind a license to it all the same: --allow-weak
    ! This USB key is a weak anchor for a license.
    ! Use another USB key, or accept the weaker binding.
    ! Reference KF-653
    = 1
    ");
    let step = |step| stage.authority(["license", step, &id, "--out", &file]);
    insta::assert_snapshot!(step("reissue").transcript(), @r"
    $ keyferry-authority license reissue <id> --out /dir/cad.lic
    ! License <id> is ready: /dir/cad.lic
    ! It is for com.acme.cad, ends on 31 December 2027, and is bound to the USB key 0781:5581:4C53%3A001370609:30752000000.
    ! Wherever it has been seen, the earlier files count no longer.
    ! Next: put it on that key: keyferry usb put /dir/cad.lic KEY
    = 0
    ");
    insta::assert_snapshot!(step("suspend").transcript(), @r"
    $ keyferry-authority license suspend <id> --out /dir/cad.lic
    ! License <id> is ready: /dir/cad.lic
    ! The license is suspended: programs stop where this file arrives.
    ! A copy that never sees it runs until 7 January 2028.
    ! Next: put it on that key: keyferry usb put /dir/cad.lic KEY
    = 0
    ");
    insta::assert_snapshot!(step("suspend").transcript(), @r"
    $ keyferry-authority license suspend <id> --out /dir/cad.lic
    ! License <id> is ready: /dir/cad.lic
    ! It was suspended before; this is its latest file once more.
    ! A copy that never sees it runs until 7 January 2028.
    ! Next: put it on that key: keyferry usb put /dir/cad.lic KEY
    = 0
    ");
    insta::assert_snapshot!(step("reinstate").transcript(), @r"
    $ keyferry-authority license reinstate <id> --out /dir/cad.lic
    ! License <id> is ready: /dir/cad.lic
    ! The license is in force again: programs run where this file arrives.
    ! Next: put it on that key: keyferry usb put /dir/cad.lic KEY
    = 0
    ");
    insta::assert_snapshot!(step("revoke").transcript(), @r"
    $ keyferry-authority license revoke <id> --out /dir/cad.lic
    ! License <id> is ready: /dir/cad.lic
    ! The license is revoked for good: programs stop where this file arrives.
    ! A copy that never sees it runs until 7 January 2028.
    ! Next: put it on that key: keyferry usb put /dir/cad.lic KEY
    = 0
    ");
    insta::assert_snapshot!(stage.authority(["license", "show", &id]).transcript(), @r"
    $ keyferry-authority license show <id>
    License       <id>
    Product       com.acme.cad
    Bound to      the USB key 0781:5581:4C53%3A001370609:30752000000
    Status        revoked
    Counts from   23 November 2026, 04:00 UTC
    Counts until  31 December 2027
    Grace         7d
    Made          23 November 2026, 04:00 UTC

    Its files, the latest first:
    NUMBER      MADE                  STATUS     ENDS                  BOUND TO
    1795410003  <time>  revoked    <time>  key 0781:5581:4C53%3A001370609:30752000000
    1795410002  <time>  active     <time>  key 0781:5581:4C53%3A001370609:30752000000
    1795410001  <time>  suspended  <time>  key 0781:5581:4C53%3A001370609:30752000000
    1795410000  <time>  active     <time>  key 0781:5581:4C53%3A001370609:30752000000
    1795406400  <time>  active     <time>  key 0781:5581:4C53%3A001370609:30752000000
    = 0
    ");
    insta::assert_snapshot!(stage.authority(["license", "list"]).transcript(), @r"
    $ keyferry-authority license list
    LICENSE              PRODUCT       BOUND TO                                    STATUS   ENDS                  HOLDER  FILES
    <id>  com.acme.cad  nothing                                     active   never                 -       1
    <id>  com.acme.cad  key 0781:5581:4C53%3A001370609:30752000000  revoked  <time>  -       5
    = 0
    ");
}
