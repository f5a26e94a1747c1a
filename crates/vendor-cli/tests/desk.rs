//! What the vendor's people type and read, command by command.

mod stage;

use keyferry_token::{ComponentKind, Seconds};
use stage::{PRODUCT, Stage};

#[test]
fn a_product_says_what_its_leases_allow() {
    let stage = Stage::new();
    let more = [
        "--emergency",
        "3d",
        "--emergency-uses",
        "2",
        "--emergency-on-other-device",
        "--rebinds",
        "1",
        "--moves",
        "2",
        "--lost",
        "0",
    ];
    stage.offer("com.acme.lab", more);
    insta::assert_snapshot!(stage.authority(["product", "list"]).transcript(), @r"
    $ keyferry-authority product list
    CODE          NAME      OFFLINE  GRACE  EMERGENCY                            REBINDS/MOVES/LOST  FEATURES
    com.acme.cad  Acme CAD  yes      7d     -                                    3/6/2
    com.acme.lab  Acme Lab  yes      0d     2 × 3d (also on a changed computer)  1/2/0
    = 0
    ");
}

#[test]
fn an_entitlement_is_suspended_and_brought_back() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let run = |verb| {
        stage
            .authority(["entitlement", verb, &code])
            .transcript()
            .replace(&code, "<code>")
    };
    insta::assert_snapshot!(run("suspend"), @r"
    $ keyferry-authority entitlement suspend <code>
    ! <id> <hint>
    ! The entitlement is suspended: no computer is activated with it.
    ! Its computers run on until their leases end, or until they take a refresh: refresh ACTIVATION
    = 0
    ");
    insta::assert_snapshot!(run("suspend"), @r"
    $ keyferry-authority entitlement suspend <code>
    ! <id> <hint>
    ! It was suspended before; nothing was changed.
    ! Its computers run on until their leases end, or until they take a refresh: refresh ACTIVATION
    = 0
    ");
    insta::assert_snapshot!(run("reinstate"), @r"
    $ keyferry-authority entitlement reinstate <code>
    ! <id> <hint>
    ! The entitlement is in force again.
    ! Computers that have stopped run again with a refresh: refresh ACTIVATION
    = 0
    ");
    insta::assert_snapshot!(run("reinstate"), @r"
    $ keyferry-authority entitlement reinstate <code>
    ! <id> <hint>
    ! It was not suspended; nothing was changed.
    = 0
    ");
    insta::assert_snapshot!(run("revoke"), @r"
    $ keyferry-authority entitlement revoke <code>
    ! <id> <hint>
    ! The entitlement is revoked for good: no computer is activated with it any more.
    ! Its computers run on until their leases end, or until they take a refresh: refresh ACTIVATION
    = 0
    ");
    insta::assert_snapshot!(run("reinstate"), @r"
    $ keyferry-authority entitlement reinstate <code>
    ! The vendor has revoked what was bought with this activation code.
    ! Ask the vendor for a new activation code.
    ! Reference KF-205
    = 11
    ");
}

#[test]
fn an_entitlement_gets_a_new_end() {
    let stage = Stage::new();
    let code = stage.sell(1);
    stage.authority(["entitlement", "suspend", &code]).done();
    let listed = stage.authority(["entitlement", "list", "--json"]).json();
    let id = listed["entitlements"][0]["entitlement_id"]
        .as_str()
        .unwrap();
    let renew = ["entitlement", "renew", id, "--ends", "2028-03-31"];
    insta::assert_snapshot!(stage.authority(renew).transcript(), @r"
    $ keyferry-authority entitlement renew <id> --ends 2028-03-31
    ! <id> <hint>
    ! The entitlement now ends on 31 March 2028.
    ! It is still suspended.
    ! Its computers get the new end with a refresh: refresh ACTIVATION
    = 0
    ");
    stage
        .authority(["entitlement", "renew", id, "--ends", "2026-01-01"])
        .told(4, "KF-206");
    // A code is read from a stream as well, where nobody sees it in the list of programs.
    stage
        .authority_reading(code.as_bytes(), ["entitlement", "reinstate", "-"])
        .done();
}

#[test]
fn a_refresh_says_what_it_does() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let activation = stage.customer("cad-07").activate(&code);
    let out = stage.arg("refresh.kft");
    let refresh = ["refresh", &activation, "--out", &out];
    insta::assert_snapshot!(stage.authority(refresh).transcript(), @r"
    $ keyferry-authority refresh <id> --out /dir/refresh.kft
    ! “cad-07” may run com.acme.cad until 23 December 2026, 04:00 UTC.
    ! Refresh <reference> is ready: /dir/refresh.kft
    ! Next: take it to the computer.
    = 0
    ");
    stage.authority(["entitlement", "suspend", &code]).done();
    insta::assert_snapshot!(stage.authority(["refresh", &activation]).transcript(), @r"
    $ keyferry-authority refresh <id>
    -----BEGIN KEYFERRY REFRESH-----
    -----END KEYFERRY REFRESH-----
    ! The entitlement is suspended: com.acme.cad stops on “cad-07” when it takes this refresh.
    ! Refresh <reference> is ready
    ! Next: take it to the computer.
    = 0
    ");
    stage.authority(["entitlement", "revoke", &code]).done();
    insta::assert_snapshot!(stage.authority(refresh).transcript(), @r"
    $ keyferry-authority refresh <id> --out /dir/refresh.kft
    ! The entitlement is revoked: com.acme.cad stops on “cad-07” for good when it takes this refresh.
    ! Refresh <reference> is ready: /dir/refresh.kft
    ! Next: take it to the computer.
    = 0
    ");
}

#[test]
fn a_folder_takes_each_token_under_a_name_of_its_own() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    let activation = cad.activate(&code);
    let late = stage.customer("cad-08").ask(&code, "late.kft");
    std::fs::create_dir(stage.path("stick")).unwrap();
    let stick = stage.arg("stick");
    for command in [
        vec!["refresh", &activation, "--out", &stick],
        vec!["receive", &late, "--out", &stick],
        vec!["receive", &stage.arg("request.kft"), "--out", &stick],
    ] {
        stage.authority(command);
    }
    let mut names: Vec<String> = std::fs::read_dir(stage.path("stick"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.split('-').take(2).collect::<Vec<_>>().join("-"))
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["keyferry-refresh", "keyferry-refusal", "keyferry-response"]
    );
}

#[test]
fn a_lost_computer_is_released_after_a_question() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let activation = stage.customer("cad-07").activate(&code);
    let release = ["activation", "release-lost", &activation];
    insta::assert_snapshot!(stage.authority(release).transcript(), @r"
    $ keyferry-authority activation release-lost <id>
    ! This has to be confirmed.
    ! Repeat the command with --yes.
    ! Reference KF-703
    = 2
    ");
    insta::assert_snapshot!(stage.authority_typing("no\n", release).transcript(), @r"
    $ keyferry-authority activation release-lost <id>
    ! Free the seat of “cad-07” for com.acme.cad, and block that computer until it is allowed again? yes/no This has to be confirmed.
    ! Repeat the command with --yes.
    ! Reference KF-703
    = 2
    ");
    let shown = stage
        .authority(["activation", "show", &activation, "--json"])
        .json();
    assert_eq!(shown["status"], "active", "nothing was changed");
    insta::assert_snapshot!(stage.authority_typing("yes\n", release).transcript(), @r"
    $ keyferry-authority activation release-lost <id>
    ! Free the seat of “cad-07” for com.acme.cad, and block that computer until it is allowed again? yes/no The seat of “cad-07” is free, and that computer is blocked for this entitlement.
    ! If it still starts, the program may run there until 30 December 2026, 04:00 UTC, and through an emergency run where one was allowed; it gets no refresh.
    ! Should it be found: keyferry-authority --data DIR activation allow-again <id>
    = 0
    ");
    let yes = ["activation", "release-lost", &activation, "--yes"];
    insta::assert_snapshot!(stage.authority(yes).transcript(), @r"
    $ keyferry-authority activation release-lost <id> --yes
    ! The seat of “cad-07” was released before; nothing was changed.
    = 0
    ");
    insta::assert_snapshot!(stage.authority(["activation", "list"]).transcript(), @r"
    $ keyferry-authority activation list
    ACTIVATION           COMPUTER  PRODUCT       SEAT  STATUS             LEASE ENDS            PLATFORM
    <id>  cad-07    com.acme.cad  1     released, blocked  <time>  Debian GNU/Linux 12, x86_64
    = 0
    ");
    let allow = ["activation", "allow-again", &activation];
    insta::assert_snapshot!(stage.authority(allow).transcript(), @r"
    $ keyferry-authority activation allow-again <id>
    ! “cad-07” may be activated again.
    ! Next: have it activated with the activation code; it needs a seat that is free.
    = 0
    ");
    insta::assert_snapshot!(stage.authority(allow).transcript(), @r"
    $ keyferry-authority activation allow-again <id>
    ! “cad-07” was not blocked; nothing was changed.
    = 0
    ");
}

#[test]
fn an_activation_is_shown_with_all_that_support_needs() {
    let stage = Stage::new();
    stage.offer(
        "com.acme.lab",
        [
            "--grace",
            "7d",
            "--emergency",
            "3d",
            "--emergency-uses",
            "2",
        ],
    );
    let code = stage.sell_of("com.acme.lab", 1);
    let lab = stage.customer("lab-3");
    lab.activate(&code);
    stage.pass(Seconds::days(38));
    lab.run(["emergency", "com.acme.lab", "--yes"]).done();
    stage.pass(Seconds::DAY);
    let first = lab.activate(&code);
    lab.refresh(&first).done();
    insta::assert_snapshot!(stage.authority(["activation", "show", &first]).transcript(), @r"
    $ keyferry-authority activation show <id>
    Activation      <id>
    Computer        lab-3 (Debian GNU/Linux 12, x86_64)
    Product         com.acme.lab
    Entitlement     <id>, seat 1
    Status          active: holds its seat
    Activated       23 November 2026, 04:00 UTC
    Lease until     31 January 2027, 04:00 UTC
    Grace until     7 February 2027, 04:00 UTC
    Within a year   seat bound anew: 0, moved: 0
    Emergency runs  31 December 2026, 04:00 UTC
    Device          <device id>

    Grants, the latest first:
    NUMBER      MADE                  BY       STATUS  LEASE ENDS
    1798776001  <time>  refresh  active  <time>
    1798776000  <time>  request  active  <time>
    1795406400  <time>  request  active  <time>

    What its computer sent, the latest first:
    NUMBER  KIND                REFERENCE  MADE                  RECEIVED
    2       activation_request  <reference>  <time>  <time>
    1       activation_request  <reference>  <time>  <time>
    = 0
    ");

    // Set up anew: the same computer with another key gets its seat back.
    let anew = stage.customer("set up anew");
    anew.moves_into("lab-3");
    let second = anew.activate(&code);
    stage
        .authority(["activation", "release-lost", &second, "--yes"])
        .done();
    insta::assert_snapshot!(stage.authority(["activation", "show", &second]).transcript(), @r"
    $ keyferry-authority activation show <id>
    Activation     <id>
    Computer       lab-3 (Debian GNU/Linux 12, x86_64)
    Product        com.acme.lab
    Entitlement    <id>, seat 1
    Status         released on 1 January 2027, 04:00 UTC: its computer is lost
    Activated      1 January 2027, 04:00 UTC
    Lease until    31 January 2027, 04:00 UTC
    Grace until    7 February 2027, 04:00 UTC
    Blocked        its computer gets no seat until it is allowed again
    Within a year  seat bound anew: 1, moved: 0
    Device         <device id>

    Grants, the latest first:
    NUMBER      MADE                  BY       STATUS  LEASE ENDS
    1798776000  <time>  request  active  <time>

    What its computer sent, the latest first:
    NUMBER  KIND                REFERENCE  MADE                  RECEIVED
    1       activation_request  <reference>  <time>  <time>

    Who held the seat before, the latest first:
    ACTIVATION           COMPUTER  PRODUCT       SEAT  STATUS      LEASE ENDS            PLATFORM
    <id>  lab-3     com.acme.lab  1     superseded  <time>  Debian GNU/Linux 12, x86_64
    = 0
    ");
    let listed = stage.authority(["activation", "list"]).done();
    insta::assert_snapshot!(listed.transcript(), @r"
    $ keyferry-authority activation list
    ACTIVATION           COMPUTER  PRODUCT       SEAT  STATUS             LEASE ENDS            PLATFORM
    <id>  lab-3     com.acme.lab  1     superseded         <time>  Debian GNU/Linux 12, x86_64
    <id>  lab-3     com.acme.lab  1     released, blocked  <time>  Debian GNU/Linux 12, x86_64
    = 0
    ");
}

#[test]
fn what_is_given_back_is_told_with_what_it_frees() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    cad.activate(&code);
    let file = stage.arg("given-up.kft");
    cad.run([
        "deactivate",
        PRODUCT,
        "--yes",
        "--reason",
        "repair",
        "--out",
        &file,
    ])
    .done();
    insta::assert_snapshot!(stage.authority(["receive", &file]).transcript(), @r"
    $ keyferry-authority receive /dir/given-up.kft
    ! “cad-07” gives up its seat for com.acme.cad.
    ! The computer is going to be repaired or replaced.
    ! Activation <id>
    ! The seat is free for another computer.
    ! Next: have it confirmed on “cad-07”: keyferry deactivation delivered com.acme.cad
    = 0
    ");
    insta::assert_snapshot!(stage.authority(["receive", &file]).transcript(), @r"
    $ keyferry-authority receive /dir/given-up.kft
    ! “cad-07” sent a deactivation of com.acme.cad.
    ! The computer is going to be repaired or replaced.
    ! Activation <id>
    ! This deactivation has been brought before.
    ! Confirm the delivery on the computer that was deactivated.
    = 0
    ");
}

#[test]
fn a_request_for_the_time_is_answered() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    cad.activate(&stage.sell(1));
    stage.pass(Seconds::days(10));
    cad.run(["status"]).done();
    stage.turn_back(Seconds::days(10));
    let request = stage.arg("time-request.kft");
    cad.run(["clock", "request", "--out", &request]).done();
    let receive = ["receive", &request, "--out", &stage.arg("time.kft")];
    insta::assert_snapshot!(stage.authority(receive).transcript(), @r"
    $ keyferry-authority receive /dir/time-request.kft --out /dir/time.kft
    ! “cad-07” is told that it is 23 November 2026, 04:00 UTC; its own clock showed 23 November 2026, 04:00 UTC.
    ! Activation <id>
    ! Time <reference> is ready: /dir/time.kft
    ! Next: take it back to the computer.
    = 0
    ");
}

#[test]
fn a_refusal_is_ready_to_be_taken_back() {
    let stage = Stage::new();
    let code = stage.sell(1);
    stage.customer("cad-07").activate(&code);
    let late = stage.customer("cad-08").ask(&code, "late.kft");
    let receive = ["receive", &late, "--out", &stage.arg("refusal.kft")];
    insta::assert_snapshot!(stage.authority(receive).transcript(), @r"
    $ keyferry-authority receive /dir/late.kft --out /dir/refusal.kft
    ! “cad-08” was not activated.
    ! Refusal <reference> is ready: /dir/refusal.kft; taken back to the computer, it says why.
    ! All seats of this activation code are taken (seats: 1).
    ! Reference KF-203
    = 1
    ");
    insta::assert_snapshot!(stage.authority(["receive", &late]).transcript(), @r"
    $ keyferry-authority receive /dir/late.kft
    -----BEGIN KEYFERRY REFUSAL-----
    -----END KEYFERRY REFUSAL-----
    ! “cad-08” was not activated.
    ! Refusal <reference> is ready; taken back to the computer, it says why.
    ! All seats of this activation code are taken (seats: 1).
    ! Reference KF-203
    = 1
    ");
    stage.authority(["entitlement", "suspend", &code]).done();
    insta::assert_snapshot!(stage.authority(receive).transcript(), @r"
    $ keyferry-authority receive /dir/late.kft --out /dir/refusal.kft
    ! “cad-08” was not activated.
    ! The customer may be told: The vendor does not accept this activation code.
    ! Refusal <reference> is ready: /dir/refusal.kft; taken back to the computer, it says why.
    ! The vendor has suspended what was bought with this activation code.
    ! Reference KF-204
    = 11
    ");
}

#[test]
fn a_deactivation_of_somebody_unknown_gets_nothing_back() {
    let stage = Stage::new();
    let cad = stage.customer("cad-07");
    stage.copy_authority("backup");
    cad.activate(&stage.sell(1));
    let given_up = cad.leave("given-up.kft");
    // The authority was put back to where it did not know this computer.
    let refused = stage.copied_authority("backup", ["receive", &given_up, "--json"]);
    assert_eq!(refused.error(), "activation_unknown");
    assert_eq!(refused.json()["refusal"], serde_json::Value::Null);
    assert_eq!(refused.json()["kind"], "deactivation");
    assert_eq!(refused.json()["label"], "cad-07");
}

#[test]
fn status_codes_are_explained_in_words_to_read_out() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    let explain = || {
        let read_out = cad.run(["status-code", PRODUCT]).done();
        let ended = stage.authority(["status-code", read_out.text().trim_end()]);
        ended.transcript()
    };
    insta::assert_snapshot!(explain(), @r"
    $ keyferry-authority status-code <status code>
    This program is not activated on this computer.
      Likely fix  Activate the program with your activation code.
      State       Not licensed
      Its date    23 November 2026

    The computer holds no activation.
    = 0
    ");
    cad.activate(&code);
    cad.changes(ComponentKind::NetworkAdapter, "another one");
    insta::assert_snapshot!(explain(), @r"
    $ keyferry-authority status-code <status code>
    Works until 23 December 2026.
      State          Licensed
      Its date       23 November 2026
      Lease          ends 30 days later
      Changed there  network adapter

    Activations that it may be about, the most likely first:
    ACTIVATION           COMPUTER  PRODUCT       SEAT  STATUS  LEASE ENDS            PLATFORM
    <id>  cad-07    com.acme.cad  1     active  <time>  Debian GNU/Linux 12, x86_64
    = 0
    ");
    stage.pass(Seconds::days(31));
    insta::assert_snapshot!(explain(), @r"
    $ keyferry-authority status-code <status code>
    Grace period. The lease of this computer ended on 23 December 2026.
      Likely fix     Activate this computer again with your activation code.
      At your side   Make a new lease and send it; nothing has to come from the computer: refresh ACTIVATION
      State          Grace period
      Its date       24 December 2026
      Lease          ended 1 day before
      Changed there  network adapter

    Activations that it may be about, the most likely first:
    ACTIVATION           COMPUTER  PRODUCT       SEAT  STATUS  LEASE ENDS            PLATFORM
    <id>  cad-07    com.acme.cad  1     active  <time>  Debian GNU/Linux 12, x86_64
    = 0
    ");
    stage.pass(Seconds::days(10));
    insta::assert_snapshot!(explain(), @r"
    $ keyferry-authority status-code <status code>
    The lease of this computer ended on 23 December 2026.
      Likely fix     Activate this computer again with your activation code.
      At your side   Make a new lease and send it; nothing has to come from the computer: refresh ACTIVATION
      State          Over
      Its date       3 January 2027
      Lease          ended 11 days before
      Changed there  network adapter

    Activations that it may be about, the most likely first:
    ACTIVATION           COMPUTER  PRODUCT       SEAT  STATUS  LEASE ENDS            PLATFORM
    <id>  cad-07    com.acme.cad  1     active  <time>  Debian GNU/Linux 12, x86_64
    = 0
    ");
}

#[test]
fn what_keeps_a_program_from_running_is_explained_with_a_fix_on_both_sides() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    let activation = cad.activate(&code);
    let explain = || {
        let read_out = cad.run(["status-code", PRODUCT]).done();
        let ended = stage.authority(["status-code", read_out.text().trim_end()]);
        ended.transcript()
    };
    stage.authority(["entitlement", "suspend", &code]).done();
    cad.refresh(&activation).done();
    insta::assert_snapshot!(explain(), @r"
    $ keyferry-authority status-code <status code>
    The vendor has suspended this license.
      Likely fix    Ask the vendor why it is suspended.
      At your side  Where it is to run again: entitlement reinstate CODE, then refresh ACTIVATION
      State         Stopped
      Its date      23 November 2026

    Activations that it may be about, the most likely first:
    ACTIVATION           COMPUTER  PRODUCT       SEAT  STATUS  LEASE ENDS            PLATFORM
    <id>  cad-07    com.acme.cad  1     active  <time>  Debian GNU/Linux 12, x86_64
    = 0
    ");
    stage.authority(["entitlement", "reinstate", &code]).done();
    cad.refresh(&activation).done();
    cad.moves_into("other hardware");
    insta::assert_snapshot!(explain(), @r"
    $ keyferry-authority status-code <status code>
    The license does not fit this computer.
      Likely fix     Activate this computer with your activation code.
      At your side   Have it activated again with the same activation code: it gets its own seat back
      State          Blocked
      Its date       23 November 2026
      Lease          ends 30 days later
      Changed there  operating system installation, firmware, mainboard, processor, system disk and network adapter

    Activations that it may be about, the most likely first:
    ACTIVATION           COMPUTER  PRODUCT       SEAT  STATUS  LEASE ENDS            PLATFORM
    <id>  cad-07    com.acme.cad  1     active  <time>  Debian GNU/Linux 12, x86_64
    = 0
    ");
    cad.moves_into("cad-07");
    stage.turn_back(Seconds::days(2));
    insta::assert_snapshot!(explain(), @r"
    $ keyferry-authority status-code <status code>
    The clock of this computer is behind.
      Likely fix    Set the date and time of this computer.
      At your side  Have the clock of the computer set. Where it shows the right time, have a request for the time made and receive it
      State         Blocked
      Its date      21 November 2026
      Lease         ends 32 days later

    Activations that it may be about, the most likely first:
    ACTIVATION           COMPUTER  PRODUCT       SEAT  STATUS  LEASE ENDS            PLATFORM
    <id>  cad-07    com.acme.cad  1     active  <time>  Debian GNU/Linux 12, x86_64
    = 0
    ");
}

#[test]
fn a_status_code_of_nobody_here_says_so() {
    let stage = Stage::new();
    let other = Stage::new();
    let cad = other.customer("cad-07");
    cad.activate(&other.sell(1));
    let read_out = cad.run(["status-code"]).done();
    let explained = stage
        .authority(["status-code", read_out.text().trim()])
        .done();
    assert!(
        explained
            .text()
            .contains("No activation in the books fits it."),
        "{explained}"
    );
}

#[test]
fn a_status_code_that_is_none_is_refused() {
    let stage = Stage::new();
    stage
        .authority(["status-code", "AB3D-9KX2"])
        .told(2, "KF-109");
    stage
        .authority(["status-code", "AB3D-9KX2-7QRA"])
        .told(2, "KF-108");
    stage.authority(["status-code", "-"]).told(1, "KF-401");
    // An activation code read out by mistake is not written back.
    let code = stage.sell(1);
    let given = stage.authority(["status-code", &code]).told(2, "KF-109");
    assert!(!given.messages.contains(&code[6..]), "{given}");
}

#[test]
fn a_status_report_is_told_with_what_differs() {
    let stage = Stage::new();
    let code = stage.sell(1);
    let cad = stage.customer("cad-07");
    let activation = cad.activate(&code);
    let file = stage.arg("status.kft");
    let report = [
        "report",
        "--out",
        &stage.arg("report.txt"),
        "--token",
        &file,
    ];
    cad.run(report).done();
    insta::assert_snapshot!(stage.authority(["receive", &file]).transcript(), @r"
    $ keyferry-authority receive /dir/status.kft
    ! “cad-07” (Debian GNU/Linux 12, x86_64, Keyferry 0.1.0) says of com.acme.cad, on 23 November 2026, 04:00 UTC: licensed.
    ! It runs until 23 December 2026, 04:00 UTC.
    ! In the books: activation <id> is active, lease until 23 December 2026, 04:00 UTC, entitlement <id> active.
    = 0
    ");
    stage.authority(["refresh", &activation]).done();
    stage.authority(["entitlement", "suspend", &code]).done();
    cad.changes(ComponentKind::NetworkAdapter, "another one");
    stage.pass(Seconds::days(40));
    cad.run(report).done();
    insta::assert_snapshot!(stage.authority(["receive", &file]).transcript(), @r"
    $ keyferry-authority receive /dir/status.kft
    ! “cad-07” (Debian GNU/Linux 12, x86_64, Keyferry 0.1.0) says of com.acme.cad, on 2 January 2027, 04:00 UTC: over.
    ! The lease of this computer ended on 23 December 2026, 04:00 UTC.
    ! Likely fix: Activate this computer again with your activation code.
    ! Changed there: network adapter.
    ! In the books: activation <id> is active, lease until 23 December 2026, 04:00 UTC, entitlement <id> suspended.
    ! It does not know that its entitlement is suspended: it learns of it with a refresh.
    ! It has grant 1795406400; the latest is 1795406401: an answer or refresh did not arrive. A new one mends it: refresh ACTIVATION
    ! At your side: Where it is to run again: entitlement reinstate CODE, then refresh ACTIVATION
    = 0
    ");
}

#[test]
fn the_log_is_read_line_by_line() {
    let stage = Stage::new();
    let code = stage.sell(1);
    stage.customer("cad-07").activate(&code);
    insta::assert_snapshot!(stage.authority(["audit"]).transcript(), @r"
    $ keyferry-authority audit
    POSITION  TIME                  BY      ACTION              PRODUCT       OF                   DETAIL
    1         <time>  vendor  authority_created   -             -                    signing_key=<key id> vendor=Acme Tools
    2         <time>  vendor  product_added       com.acme.cad  -                    offline=true tag=<tag>
    3         <time>  vendor  entitlement_added   com.acme.cad  <id>  hint=<hint> seats=1
    4         <time>  vendor  activation_granted  com.acme.cad  <id>  lease_expires_at=1797998400 number=1 sequence=1795406400
    = 0
    ");
    insta::assert_snapshot!(stage.authority(["audit", "--verify"]).transcript(), @r"
    $ keyferry-authority audit --verify
    ! The audit log is whole (entries: 4).
    ! Whether its end was cut off, or all of it made anew, only a head shows: audit --verify HEAD
    = 0
    ");
    let (log, head) = (stage.arg("audit.jsonl"), stage.arg("audit.head"));
    let export = ["audit", "export", "--out", &log, "--head", &head];
    insta::assert_snapshot!(stage.authority(export).transcript(), @r"
    $ keyferry-authority audit export --out /dir/audit.jsonl --head /dir/audit.head
    ! The audit log has 4 entries.
    ! Written: /dir/audit.jsonl
    ! Its head: /dir/audit.head
    ! Keep the head where nobody changes it; it shows later whether the log was: audit --verify HEAD
    = 0
    ");
    let alone = ["audit", "export", "--out", &log];
    insta::assert_snapshot!(stage.authority(alone).transcript(), @r"
    $ keyferry-authority audit export --out /dir/audit.jsonl
    ! The audit log has 4 entries.
    ! Written: /dir/audit.jsonl
    ! --head FILE writes its signed head, which shows later whether the log was changed.
    = 0
    ");
    insta::assert_snapshot!(stage.authority(["audit", "--verify", &head]).transcript(), @r"
    $ keyferry-authority audit --verify /dir/audit.head
    ! The audit log is whole (entries: 4).
    ! It is the one whose head was taken on 23 November 2026, 04:00 UTC at entry 4.
    = 0
    ");
}
