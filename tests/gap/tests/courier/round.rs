//! What may happen on the way (`docs/spec/courier.md`, the last table).

use std::fs;

use keyferry_authority::{AnswerOutcome, Received};
use keyferry_catalogue::Code;
use keyferry_client::Applied;
use keyferry_gap::{Computer, Time, VendorSide, runs};
use keyferry_token::{Seconds, State};

use crate::stick::{Stick, counted, served};

/// A vendor with some seats sold, and a computer that asked for one and left it on a courier.
struct Scene {
    time: Time,
    vendor: VendorSide,
    sold: keyferry_authority::IssuedEntitlement,
    computer: Computer,
    stick: Stick,
}

impl Scene {
    fn new(seats: u32) -> Self {
        let time = Time::default();
        let vendor = VendorSide::acme(&time);
        let sold = vendor.sell(seats);
        let computer = Computer::of(&vendor, "pc-1", &time);
        computer.request(&sold.code).unwrap();
        let stick = Stick::new();
        stick.collect(&computer);
        Self {
            time,
            vendor,
            sold,
            computer,
            stick,
        }
    }

    fn another(&self, name: &str) -> Computer {
        let computer = Computer::of(&self.vendor, name, &self.time);
        computer.request(&self.sold.code).unwrap();
        self.stick.collect(&computer);
        computer
    }

    fn pass(&self) {
        self.time.pass(Seconds::new(3600));
    }
}

#[test]
fn run_again_the_courier_is_the_same_to_the_byte() {
    let scene = Scene::new(2);
    let leaving = Computer::of(&scene.vendor, "pc-2", &scene.time);
    leaving.activate(&scene.vendor, &scene.sold.code);
    leaving.deactivate().unwrap();
    scene.stick.collect(&leaving);
    let first = scene.stick.answer(&scene.vendor);
    let (inbox, outbox) = (scene.stick.files("inbox"), scene.stick.files("outbox"));
    scene.pass();
    let again = scene.stick.answer(&scene.vendor);
    assert_eq!(counted(&again), counted(&first));
    assert_eq!(scene.stick.files("inbox"), inbox);
    assert_eq!(
        scene.stick.files("outbox"),
        outbox,
        "the outbox is as it was"
    );
    assert_eq!(scene.vendor.seats_used(&scene.sold), 1);
}

#[test]
fn the_outbox_is_as_it_was() {
    let scene = Scene::new(1);
    scene.another("pc-2");
    let outbox = scene.stick.files("outbox");
    scene.stick.answer(&scene.vendor);
    scene.pass();
    scene.stick.answer(&scene.vendor);
    assert_eq!(scene.stick.files("outbox"), outbox);
}

#[test]
fn two_couriers_with_one_request_bring_one_answer() {
    let scene = Scene::new(3);
    let second = Stick::new();
    scene.stick.collect(&scene.computer);
    second.collect(&scene.computer);
    scene.stick.answer(&scene.vendor);
    scene.pass();
    let round = second.answer(&scene.vendor);
    let Received::Answered(answer) = &round.brought[0].received else {
        panic!("not answered");
    };
    assert_eq!(answer.outcome, AnswerOutcome::Reissued);
    assert_eq!(second.files("inbox"), scene.stick.files("inbox"));
    scene.stick.activates(&scene.computer);
    let late = second.deliver(&scene.computer);
    assert!(late[0].removed, "{late:?}");
    assert_eq!((second.count("inbox"), second.count("outbox")), (0, 0));
    assert_eq!(scene.vendor.seats_used(&scene.sold), 1);
}

#[test]
fn a_lost_courier_is_replaced_by_another_with_the_same_on_it() {
    let scene = Scene::new(1);
    scene.stick.answer(&scene.vendor);
    let (outbox, inbox) = (scene.stick.files("outbox"), scene.stick.files("inbox"));
    drop(scene.stick);
    let stick = Stick::new();
    stick.collect(&scene.computer);
    assert_eq!(stick.files("outbox"), outbox);
    stick.answer(&scene.vendor);
    assert_eq!(stick.files("inbox"), inbox);
    stick.activates(&scene.computer);
}

#[test]
fn a_newer_answer_takes_the_place_of_an_older_refusal() {
    let scene = Scene::new(1);
    let late = scene.another("pc-2");
    let round = scene.stick.answer(&scene.vendor);
    assert_eq!(counted(&round), (1, 1, 0));
    let first = served(&round);
    let (winner, loser) = if first == ["pc-1"] {
        (&scene.computer, &late)
    } else {
        (&late, &scene.computer)
    };
    let refusals = scene.stick.files("inbox");
    scene.pass();
    scene.stick.answer(&scene.vendor);
    let newer = scene.stick.files("inbox");
    assert_eq!(newer.len(), 2, "one answer for each, whatever came before");
    assert_ne!(newer, refusals);

    // The winner leaves; nobody has been at the loser meanwhile.
    scene.stick.activates(winner);
    winner.deactivate().unwrap();
    scene.stick.collect(winner);
    scene.pass();
    scene.stick.answer(&scene.vendor);
    assert_eq!(scene.stick.count("inbox"), 1);
    scene.stick.activates(loser);
}

#[test]
fn a_refusal_comes_home_and_the_request_is_asked_for_again() {
    let scene = Scene::new(1);
    scene.vendor.suspend(&scene.sold);
    scene.stick.answer(&scene.vendor);
    let delivered = scene.stick.deliver(&scene.computer);
    let Ok(Applied::Refused { problem, .. }) = &delivered[0].result else {
        panic!("{delivered:?}");
    };
    let told = problem.code;
    let kept = scene.computer.standing().request.unwrap().refused.unwrap();
    assert_eq!(kept.problem.code, told);
    assert_eq!(scene.stick.count("outbox"), 1, "it travels on");
    scene.vendor.reinstate(&scene.sold);
    scene.stick.answer(&scene.vendor);
    scene.stick.activates(&scene.computer);
}

#[test]
fn the_sheet_says_what_a_customer_may_know() {
    let scene = Scene::new(1);
    scene.vendor.revoke(&scene.sold);
    let round = scene.stick.answer(&scene.vendor);
    let Received::Refused(refused) = &round.brought[0].received else {
        panic!("not refused");
    };
    assert_eq!(
        refused.problem.code,
        Code::ActivationCodeNotAccepted,
        "unknown and refused read alike"
    );
    let cause = refused.cause.as_ref().unwrap();
    assert_eq!(cause.code, Code::EntitlementRevoked);
    let language = keyferry_catalogue::Language::En;
    let told = refused.problem.message(language);
    let sheet = fs::read_to_string(scene.stick.path("results.html")).unwrap();
    assert_eq!(sheet, round.sheet);
    let told = told.replace('\'', "&#39;");
    assert!(sheet.contains(&told), "{told}");
    assert!(!sheet.contains(&cause.message(language)));
}

#[test]
fn whatever_computers_call_themselves_the_sheet_shows_it_as_text() {
    let time = Time::default();
    let vendor = VendorSide::acme(&time);
    let sold = vendor.sell(1);
    let computer = Computer::of(&vendor, "pc-1", &time);
    let label = "</td><script>alert(1)</script>&\"'";
    let label = keyferry_token::Label::new(label).unwrap();
    computer
        .client()
        .request_activation(&sold.code, &label, keyferry_client::Fresh::No)
        .unwrap();
    let stick = Stick::new();
    stick.collect(&computer);
    fs::write(
        stick.path("outbox").join("<img src=x>.kft"),
        b"-----BEGIN KEYFERRY",
    )
    .unwrap();
    let sheet = stick.answer(&vendor).sheet;
    assert!(!sheet.contains("<script"));
    assert!(!sheet.contains("<img"));
    assert!(sheet.contains("alert(1)"));
    assert_eq!(sheet.matches("<tr>").count(), 2 + 2, "{sheet}");
}

#[test]
fn a_clock_is_mended_over_a_courier() {
    let scene = Scene::new(1);
    scene.stick.answer(&scene.vendor);
    scene.stick.activates(&scene.computer);
    let right = scene.computer.watch.shows();
    scene.computer.watch.set(right.plus(Seconds::days(300)));
    scene.computer.standing();
    scene.computer.watch.set_right();
    assert_eq!(scene.computer.reason(), Some(Code::ClockBehind));
    scene
        .computer
        .client()
        .request_time(Some(&scene.computer.product))
        .unwrap();
    assert_eq!(scene.stick.collect(&scene.computer), 1);
    scene.stick.answer(&scene.vendor);
    let delivered = scene.stick.deliver(&scene.computer);
    assert!(
        matches!(delivered[0].result, Ok(Applied::ClockMended(_))),
        "{delivered:?}"
    );
    assert_eq!(
        (scene.stick.count("inbox"), scene.stick.count("outbox")),
        (0, 0)
    );
    assert_eq!(scene.computer.state(), Some(State::Licensed));
}

#[test]
fn another_vendors_tokens_are_passed_over() {
    let scene = Scene::new(1);
    let other = VendorSide::impostor(&scene.time);
    let both = &scene.computer;
    both.trust(&other);
    let sold = other.sell(1);
    // The same computer has products of two vendors, and one key carries for both.
    let stranger = Computer::of(&other, "pc-9", &scene.time);
    stranger.request(&sold.code).unwrap();
    scene.stick.collect(&stranger);
    let round = scene.stick.answer(&other);
    assert_eq!((counted(&round), round.for_others), ((1, 0, 0), 1));
    let round = scene.stick.answer(&scene.vendor);
    assert_eq!((counted(&round), round.for_others), ((1, 0, 0), 1));
    scene.stick.activates(&stranger);
    scene.stick.activates(both);
    assert!(runs(both.state()) && runs(stranger.state()));
}

#[test]
fn a_license_moves_over_one_courier_with_the_request_of_the_new_computer() {
    let scene = Scene::new(1);
    scene.stick.answer(&scene.vendor);
    scene.stick.activates(&scene.computer);
    let new = Computer::of(&scene.vendor, "pc-2", &scene.time);
    let request = new.request(&scene.sold.code).unwrap();
    let old = scene.computer.client();
    let plan = old.read_move_request(&request.bytes).unwrap();
    old.move_away(&scene.computer.product, Some(&plan)).unwrap();
    scene.stick.collect(&scene.computer);
    assert_eq!(scene.stick.count("outbox"), 2);
    let round = scene.stick.answer(&scene.vendor);
    assert_eq!(counted(&round), (2, 0, 0));
    scene.stick.activates(&new);
    old.deactivation_delivered(&scene.computer.product).unwrap();
    scene.stick.deliver(&scene.computer);
    assert_eq!(
        scene.stick.count("outbox"),
        0,
        "both go with the word of a person"
    );
}
