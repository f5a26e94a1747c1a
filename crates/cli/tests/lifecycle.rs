//! A license lives: what a person types and reads, from the first lease to the last word.

mod stage;

use keyferry_catalogue::{Code, Problem};
use keyferry_fixtures::TestVendor;
use keyferry_token::{
    ComponentKind, SeatStatus, Seconds,
    qr::{Density, Frame},
};
use stage::{PRODUCT, Stage, artefacts, emergency};

#[test]
fn status_says_what_stands_and_what_can_be_done() {
    let (stage, _) = Stage::activated();
    insta::assert_snapshot!(stage.run(["status"]).transcript(), @r"
    $ keyferry status
    Acme CAD (com.acme.cad)
      Works until 23 December 2026, 04:00 UTC. Bound to this computer.
      Activation <id>
      What can be done now:
        keyferry apply FILE                              Bring a refresh that the vendor has made
        keyferry move com.acme.cad --request FILE --yes  Move the license to another computer
        keyferry deactivate com.acme.cad --yes           Deactivate this computer
        keyferry status-code com.acme.cad                Get a code that tells support how it stands
    = 0
    ");
}

#[test]
fn the_end_is_announced_from_fourteen_days_before() {
    let (stage, _) = Stage::activated();
    stage.pass(Seconds::new(16 * Seconds::DAY.get() - 1));
    assert!(!stage.run(["status", PRODUCT]).out.contains("days left"));
    stage.pass(Seconds::new(1));
    let status = stage.run(["status", PRODUCT]).done();
    assert!(status.out.contains("(days left: 14)."), "{status}");
    let step = "Next: Ask Acme for a refresh before that day, and nothing stops.";
    assert!(status.out.contains(step), "{status}");
    let json = stage.run(["status", PRODUCT, "--json"]).json();
    assert_eq!(
        (&json["end_near"], &json["days_left"]),
        (&true.into(), &14.into())
    );
    stage.pass(Seconds::days(13));
    let status = stage.run(["status", PRODUCT]);
    assert!(status.out.contains("(days left: 1)."), "{status}");
}

#[test]
fn what_changed_on_the_computer_is_said_by_name() {
    let (stage, _) = Stage::activated();
    stage.changes(ComponentKind::NetworkAdapter);
    let status = stage.run(["status", PRODUCT]).done();
    let sentence = "The network adapter changed; still within tolerance.";
    assert!(status.out.contains(sentence), "{status}");
    stage.moves_into("lab-3");
    let status = stage.run(["status", PRODUCT]);
    assert_eq!(status.exit, 5, "{status}");
    assert!(!status.out.contains("keyferry deactivate"), "{status}");
}

#[test]
fn a_refresh_says_what_it_changed() {
    let (stage, granted) = Stage::activated();
    stage.pass(Seconds::days(20));
    let mut grant = TestVendor::renewed(&granted.grant, stage.now());
    grant.features.pop();
    grant.grace = Seconds::days(3);
    let refresh = stage.refresh(&granted, grant);
    insta::assert_snapshot!(stage.run(["apply", &refresh]).transcript(), @r"
    $ keyferry apply /dir/refresh.kft
    Acme CAD (com.acme.cad)
      Works until 12 January 2027, 04:00 UTC. Bound to this computer.
      Activation <id>
    ! The refresh <reference> is in place.
    ! Changed      before                       now
    ! Works until  23 December 2026, 04:00 UTC  12 January 2027, 04:00 UTC
    ! Grace until  30 December 2026, 04:00 UTC  15 January 2027, 04:00 UTC
    ! Features     cam, export                  cam
    = 0
    ");
    let again = stage.run(["apply", &refresh, "--json"]).done();
    assert_eq!(again.json()["outcome"], "already_applied");
}

#[test]
fn a_refresh_that_stops_the_program_is_applied_and_status_tells() {
    let (stage, granted) = Stage::activated();
    stage.pass(Seconds::days(1));
    let mut grant = TestVendor::renewed(&granted.grant, stage.now());
    grant.status = SeatStatus::Suspended;
    grant.lease_expires_at = None;
    let refresh = stage.refresh(&granted, grant);
    let applied = stage.run(["apply", &refresh, "--json"]).done().json();
    assert_eq!(applied["outcome"], "refreshed");
    assert_eq!(applied["standing"]["reason"], "suspended");
    assert_eq!(stage.run(["status", PRODUCT]).exit, 11);
    // Nothing older brings the program back.
    let older = stage.refresh(&granted, granted.grant.clone());
    stage.run(["apply", &older]).told(1, "KF-310");
}

#[test]
fn there_is_one_next_step_at_a_time() {
    let (stage, granted) = Stage::activated();
    stage.pass(Seconds::days(31));
    let request = stage.ask();
    let waiting = stage.run(["status", PRODUCT]).done();
    let bring = "When the answer is here: keyferry apply FILE";
    assert!(waiting.out.contains(bring), "{waiting}");
    let problem = Problem::new(Code::ActivationCodeNotAccepted);
    let refusal = stage.refusal(&request, &problem);
    stage.run(["apply", &refusal]).told(1, "KF-106");
    // In grace the step is that of the refusal: asking again is what was just refused.
    let refused = stage.run(["status", PRODUCT]).done();
    let steps = refused.out.matches("Next: ").count();
    assert_eq!(steps, 1, "{refused}");
    assert!(refused.out.contains("Next: Ask whoever"), "{refused}");
    // A refresh needs no request; the old no stays on record, and asks for nothing.
    let grant = TestVendor::renewed(&granted.grant, stage.now());
    let refresh = stage.refresh(&granted, grant);
    stage.run(["apply", &refresh]).done();
    let licensed = stage.run(["status", PRODUCT]).done();
    assert!(licensed.out.contains("Refused by"), "{licensed}");
    assert!(!licensed.out.contains("Next: "), "{licensed}");
}

#[test]
fn a_refusal_ends_with_what_the_vendor_refused_for() {
    let stage = Stage::new();
    let request = stage.ask();
    let problem = Problem::new(Code::NoFreeSeat)
        .with("seats", 3)
        .with("next_free", "2027-03-03T14:05:00Z");
    let refusal = stage.refusal(&request, &problem);
    insta::assert_snapshot!(stage.run(["apply", &refusal]).transcript(), @r"
    $ keyferry apply /dir/refusal.kft
    ! The vendor has refused request <reference> for Acme CAD.
    ! All seats of this activation code are taken (seats: 3).
    ! Ask the vendor for another seat.
    ! Reference KF-203
    = 1
    ");
    // It says the same again, and status keeps saying it.
    stage.run(["apply", &refusal]).told(1, "KF-203");
    insta::assert_snapshot!(stage.run(["status", PRODUCT]).transcript(), @r"
    $ keyferry status com.acme.cad
    Acme CAD (com.acme.cad)
      Refused by the vendor: activation request <reference>
      All seats of this activation code are taken (seats: 3).
      Next: Ask the vendor for another seat.
      What can be done now:
        keyferry activate CODE             Activate the program with its activation code
        keyferry status-code com.acme.cad  Get a code that tells support how it stands
    = 7
    ");
    // Once the reason is gone the same request can be answered.
    let answer = stage
        .vendor()
        .respond(&stage.sent("request.kft"), stage.now());
    let answer = stage.put_token(
        "answer.kft",
        keyferry_token::TokenKind::ActivationResponse,
        &answer,
    );
    stage.run(["apply", &answer]).done();
}

#[test]
fn the_exit_code_of_a_refusal_is_that_of_its_code() {
    let stage = Stage::new();
    let request = stage.ask();
    stage.pass(Seconds::new(1));
    let suspended = stage.refusal(&request, &Problem::new(Code::EntitlementSuspended));
    stage.run(["apply", &suspended]).told(11, "KF-204");
    stage.pass(Seconds::new(1));
    let ended = Problem::new(Code::EntitlementEnded).with("ended", "2026-03-31T23:59:59Z");
    let ended = stage.refusal(&request, &ended);
    stage.run(["apply", &ended]).told(4, "KF-206");
    // Of several files it is that of the first that says no, and each is told.
    let both = stage.run(["apply", &ended, &suspended, "--json"]);
    assert_eq!((both.exit, both.error().as_str()), (4, "entitlement_ended"));
    assert_eq!(both.json()["results"][1]["outcome"], "refused");
    // A no never ends like a yes.
    stage.pass(Seconds::new(1));
    let odd = stage.refusal(&request, &Problem::new(Code::AlreadyApplied));
    let odd = stage.run(["apply", &odd, "--json"]);
    assert_eq!((odd.exit, odd.error().as_str()), (1, "refused_by_vendor"));
    assert_eq!(odd.json()["error"]["args"]["reason"], "already_applied");
}

#[test]
fn parts_of_a_moving_code_in_several_files_are_one_answer() {
    let stage = Stage::new();
    stage.ask();
    let answer = stage
        .vendor()
        .respond(&stage.sent("request.kft"), stage.now());
    let frames = Frame::all(&answer.bytes, Density::Low);
    let files: Vec<String> = frames
        .iter()
        .map(|frame| stage.put(&format!("{}.txt", frame.number()), frame.text().as_bytes()))
        .collect();
    let some = ["apply", &files[2], &files[0]];
    let missing = stage.run(some.into_iter().chain(["--json"]));
    assert_eq!(missing.error(), "frames_missing");
    let missing = missing.json();
    assert_eq!(missing["results"].as_array().unwrap().len(), 1);
    let told = &missing["results"][0]["error"]["args"];
    assert_eq!(told["have"], "2");
    assert!(told["parts"].as_str().unwrap().starts_with("2, 4"));
    stage.run(some).told(1, "KF-423");

    let all = files.iter().map(String::as_str).rev();
    let applied = stage.run(["apply", "--json"].into_iter().chain(all)).done();
    assert_eq!(applied.json()["results"][0]["outcome"], "activated");
}

#[test]
fn a_seat_is_given_up_shown_again_and_delivered() {
    let (stage, _) = Stage::activated();
    let plan = stage.run(["deactivate", PRODUCT, "--dry-run"]);
    insta::assert_snapshot!(plan.transcript(), @r"
    $ keyferry deactivate com.acme.cad --dry-run
    - Acme CAD stops running on this computer for good.
    - Without this it would run until 23 December 2026, 04:00 UTC.
    - A deactivation is made and kept here; it can be shown again until you confirm that it was delivered.
    - You take it to Acme, and the seat becomes free for another computer.
    What the deactivation will say:
      Kind              deactivation
      Program           Acme CAD (com.acme.cad)
      Vendor            Acme (<vendor id>)
      Activation        <id>
      Sequence number   1795406400
      Computer name     cad-07
      Device key        <device id>
      Only readable by  Acme (<key id>)
      Reason            Another reason.
    ! Nothing has been changed yet.
    ! To do it: keyferry deactivate com.acme.cad --yes
    = 0
    ");
    assert_eq!(
        stage.run(["status", PRODUCT]).exit,
        0,
        "a dry run changes nothing"
    );
    let file = stage.arg("deactivation.kft");
    let given_up = stage.run([
        "deactivate",
        PRODUCT,
        "--yes",
        "--reason",
        "not-needed",
        "--out",
        &file,
    ]);
    insta::assert_snapshot!(given_up.transcript(), @r"
    $ keyferry deactivate com.acme.cad --yes --reason not-needed --out /dir/deactivation.kft
    ! Acme CAD no longer runs on this computer.
    ! Ready: deactivation <reference> for Acme CAD on “cad-07”.
    ! It is in /dir/deactivation.kft.
    ! Next: take it to Acme, at https://license.acme.example or by hand.
    ! When Acme has it: keyferry deactivation delivered com.acme.cad
    = 0
    ");
    insta::assert_snapshot!(stage.run(["status", PRODUCT]).transcript(), @r"
    $ keyferry status com.acme.cad
    Acme CAD (com.acme.cad)
      This program was deactivated on this computer.
      Next: Take the deactivation to the vendor, then confirm its delivery.
      Not delivered yet: deactivation <reference>
      What can be done now:
        keyferry deactivation show com.acme.cad --out FILE  Show the deactivation again, to take it to the vendor
        keyferry deactivation delivered com.acme.cad        Confirm that the vendor has the deactivation
        keyferry activate CODE                              Activate the program with its activation code
        keyferry status-code com.acme.cad                   Get a code that tells support how it stands
    = 3
    ");
    // The same bytes, as often as they are asked for.
    let first = std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        stage.run(["deactivation", "show", PRODUCT]).done().out,
        first
    );
    let again = stage.run(["deactivate", PRODUCT]).done();
    assert_eq!(again.out, first, "nothing is left to confirm");
    insta::assert_snapshot!(
        stage
            .run(["deactivation", "delivered", PRODUCT])
            .transcript(), @r"
    $ keyferry deactivation delivered com.acme.cad
    ! The delivery of deactivation <reference> is confirmed.
    = 0
    ");
    let again = stage
        .run(["deactivation", "delivered", PRODUCT, "--json"])
        .done();
    assert_eq!(again.json()["outcome"], "already_delivered");
    stage
        .run(["deactivate", PRODUCT, "--yes"])
        .told(3, "KF-312");
}

#[test]
fn a_place_that_cannot_be_written_costs_nobody_the_deactivation() {
    let (stage, _) = Stage::activated();
    let nowhere = stage.arg("no such folder/deactivation.kft");
    stage
        .run(["deactivate", PRODUCT, "--yes", "--out", &nowhere])
        .told(8, "KF-603");
    let shown = stage.run(["deactivation", "show", PRODUCT]).done();
    assert_eq!(artefacts(shown.out.as_bytes())[0].0, "deactivation");
}

#[test]
fn two_computers_share_one_trip() {
    let (stage, _) = Stage::activated();
    let profile = stage.arg("acme.kfv");
    stage
        .elsewhere("new", ["vendor", "add", &profile, "--trust"])
        .done();
    let code = stage.vendor().code().expose();
    let new = stage.arg("new.kft");
    stage
        .elsewhere("new", ["activate", &code, "--out", &new])
        .done();
    let plan = stage.run(["move", PRODUCT, "--request", &new, "--dry-run"]);
    insta::assert_snapshot!(plan.transcript(), @r"
    $ keyferry move com.acme.cad --request /dir/new.kft --dry-run
    - Acme CAD stops running on this computer for good.
    - Without this it would run until 23 December 2026, 04:00 UTC.
    - A deactivation is made and kept here; it can be shown again until you confirm that it was delivered.
    - The new computer's request goes into the same file, behind the deactivation.
    - You take the file to Acme, where the seat becomes free and the request gets it.
    - You take the answer to the new computer and apply it there.
    - If the old computer does not start any more, activate the new one; where no seat is free, have Acme release the lost computer.
    What the deactivation will say:
      Kind              deactivation
      Program           Acme CAD (com.acme.cad)
      Vendor            Acme (<vendor id>)
      Activation        <id>
      Sequence number   1795406400
      Computer name     cad-07
      Device key        <device id>
      Only readable by  Acme (<key id>)
      Reason            The license moves to another computer.
    ! Nothing has been changed yet.
    ! To do it: keyferry move com.acme.cad --request /dir/new.kft --yes
    = 0
    ");
    let both = stage.arg("both.kft");
    let moved = stage.run(["move", PRODUCT, "--request", &new, "--yes", "--out", &both]);
    insta::assert_snapshot!(moved.transcript(), @r"
    $ keyferry move com.acme.cad --request /dir/new.kft --yes --out /dir/both.kft
    ! Acme CAD no longer runs on this computer.
    ! Ready: deactivation <reference> for Acme CAD on “cad-07”.
    ! It is in /dir/both.kft.
    ! The new computer's request is in it, too.
    ! Next: take it to Acme, at https://license.acme.example or by hand.
    ! When Acme has it: keyferry deactivation delivered com.acme.cad
    = 0
    ");
    let found = artefacts(&std::fs::read(&both).unwrap());
    let kinds: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["deactivation", "activation_request"]);
    assert_eq!(found[1].1, stage.sent("new.kft"));
    // Typed again: the same file.
    let before = std::fs::read(&both).unwrap();
    stage
        .run(["move", PRODUCT, "--request", &new, "--out", &both])
        .done();
    assert_eq!(std::fs::read(&both).unwrap(), before);
}

#[test]
fn what_is_no_request_of_the_new_computer_is_found_before_anything_is_given_up() {
    let (stage, _) = Stage::activated();
    let own = stage.arg("request.kft");
    let profile = stage.arg("acme.kfv");
    stage
        .run(["move", PRODUCT, "--request", &own, "--yes"])
        .told(1, "KF-326");
    stage
        .run(["move", PRODUCT, "--request", &profile, "--yes"])
        .told(1, "KF-325");
    stage
        .reading(
            b"not a request",
            ["move", PRODUCT, "--request", "-", "--yes"],
        )
        .told(1, "KF-402");
    stage
        .run(["move", PRODUCT, "--request", "none.kft", "--yes"])
        .told(8, "KF-601");
    assert_eq!(stage.run(["status", PRODUCT]).exit, 0);
}

#[test]
fn an_emergency_run_is_taken_and_counted() {
    let (stage, _) = Stage::activated_with(emergency);
    stage.run(["emergency", PRODUCT, "--yes"]).told(1, "KF-317");
    stage.pass(Seconds::days(37));
    assert_eq!(stage.run(["status", PRODUCT]).exit, 4);
    insta::assert_snapshot!(stage.run(["emergency", PRODUCT, "--yes"]).transcript(), @r"
    $ keyferry emergency com.acme.cad --yes
    Acme CAD (com.acme.cad)
      Emergency run until 2 January 2027, 04:00 UTC. Bound to this computer.
      Ends on 2 January 2027, 04:00 UTC (days left: 3).
      Next: Activate this computer again with your activation code.
      Activation <id>
    ! An emergency run of Acme CAD has begun (left: 1).
    = 0
    ");
    assert_eq!(stage.run(["status", PRODUCT]).exit, 0);
    stage.run(["emergency", PRODUCT, "--yes"]).told(1, "KF-317");
    stage.pass(Seconds::days(3));
    stage.run(["emergency", PRODUCT, "--yes"]).done();
    stage.pass(Seconds::days(3));
    stage.run(["emergency", PRODUCT, "--yes"]).told(4, "KF-318");
}

#[test]
fn an_emergency_run_that_nobody_allowed_is_refused() {
    let (stage, _) = Stage::activated();
    stage.pass(Seconds::days(37));
    stage.run(["emergency", PRODUCT, "--yes"]).told(1, "KF-316");
}

#[test]
fn a_clock_that_ran_ahead_is_mended_by_the_vendors_time() {
    let (stage, _) = Stage::activated();
    insta::assert_snapshot!(stage.run(["clock"]).transcript(), @r"
    $ keyferry clock
    The clock shows 23 November 2026, 04:00 UTC.
    The latest time seen here is 23 November 2026, 04:00 UTC.
    The clock is not behind.
    = 0
    ");
    stage.run(["clock", "request"]).told(1, "KF-320");
    stage.pass(Seconds::days(3650));
    assert_eq!(stage.run(["status", PRODUCT]).exit, 4);
    stage.turn_back(Seconds::days(3649));
    assert_eq!(stage.run(["status", PRODUCT]).exit, 9);
    insta::assert_snapshot!(stage.run(["clock"]).transcript(), @r"
    $ keyferry clock
    The clock shows 24 November 2026, 04:00 UTC.
    The latest time seen here is 20 November 2036, 04:00 UTC.
    The clock of this computer is behind.
    ! Next: Set the date and time of this computer.
    ! If it shows the right time already: keyferry clock request com.acme.cad
    = 9
    ");
    let file = stage.arg("time-request.kft");
    let asked = stage.run(["clock", "request", "--out", &file]);
    insta::assert_snapshot!(asked.transcript(), @r"
    $ keyferry clock request --out /dir/time-request.kft
    ! Ready: time request <reference> for Acme CAD on “cad-07”.
    ! It is in /dir/time-request.kft.
    ! Next: take it to Acme, at https://license.acme.example or by hand.
    ! When the answer is here: keyferry apply FILE
    = 0
    ");
    let first = std::fs::read(&file).unwrap();
    stage
        .run(["clock", "request", PRODUCT, "--out", &file])
        .done();
    assert_eq!(
        std::fs::read(&file).unwrap(),
        first,
        "asked again it is the same"
    );
    let time = stage.time("time-request.kft");
    let mended = stage.run(["apply", &time]);
    insta::assert_snapshot!(mended.transcript(), @r"
    $ keyferry apply /dir/time.kft
    Acme CAD (com.acme.cad)
      Works until 23 December 2026, 04:00 UTC. Bound to this computer.
      Activation <id>
    ! The vendor's time <reference> is in place.
    = 0
    ");
    assert_eq!(stage.run(["status", PRODUCT]).exit, 0);
    assert_eq!(stage.run(["clock"]).exit, 0);
}

#[test]
fn a_clock_that_is_set_right_mends_itself() {
    let (stage, _) = Stage::activated();
    stage.turn_back(Seconds::days(365));
    assert_eq!(stage.run(["clock"]).exit, 9);
    stage.pass(Seconds::days(365));
    assert_eq!(stage.run(["clock"]).exit, 0);
    assert_eq!(stage.run(["status", PRODUCT]).exit, 0);
}

#[test]
fn an_image_is_taken_of_a_computer_that_gave_everything_back() {
    let (stage, _) = Stage::activated();
    stage
        .run(["reset", "--before-imaging", "--yes"])
        .told(1, "KF-314");
    stage.run(["deactivate", PRODUCT, "--yes"]).done();
    stage
        .run(["reset", "--before-imaging", "--yes"])
        .told(1, "KF-315");
    stage.run(["deactivation", "delivered", PRODUCT]).done();
    insta::assert_snapshot!(
        stage
            .run(["reset", "--before-imaging", "--yes"])
            .transcript(), @r"
    $ keyferry reset --before-imaging --yes
    ! This computer can be imaged now; each computer made from the image gets keys of its own.
    = 0
    ");
    let again = stage
        .run(["reset", "--before-imaging", "--yes", "--json"])
        .done();
    assert_eq!(again.json()["outcome"], "unchanged");
    assert_eq!(
        stage.run(["reset", "--yes"]).exit,
        2,
        "it has to be said what for"
    );
    let devices = stage.run(["device", "--json"]).json();
    assert_eq!(devices["devices"], serde_json::json!([]));
}

#[test]
fn own_tokens_are_told_where_they_go() {
    let (stage, _) = Stage::activated();
    let (report, status) = (stage.arg("report.txt"), stage.arg("status.kft"));
    stage
        .run(["report", "--out", &report, "--token", &status])
        .done();
    stage.run(["apply", &status]).told(1, "KF-322");
    let file = stage.arg("deactivation.kft");
    stage
        .run(["deactivate", PRODUCT, "--yes", "--out", &file])
        .done();
    stage.run(["apply", &file]).told(1, "KF-322");
    insta::assert_snapshot!(stage.run(["inspect", &file]).transcript(), @r"
    $ keyferry inspect /dir/deactivation.kft
    Kind              deactivation
    Reference         <reference> (<token id>)
    Program           Acme CAD (com.acme.cad)
    Vendor            Acme (<vendor id>)
    Activation        <id>
    Sequence number   1795406400
    Reason            Another reason.
    Computer name     cad-07
    Device key        <device id>
    Request number    3
    Made at           23 November 2026, 04:00 UTC
    Only readable by  Acme (<key id>)
    Signed by         this computer (<device id>)
    = 0
    ");
    assert_eq!(stage.run(["inspect", &status]).exit, 0);
}
