//! A license moves to another computer in one trip, in whatever order its two halves lie.

use keyferry_authority::{Deactivated, Received};
use keyferry_catalogue::Code;
use keyferry_gap::{Computer, Time, VendorSide, runs};
use keyferry_token::{ArtefactKind, TokenKind, armor};

fn text(kind: TokenKind, bytes: &[u8]) -> String {
    armor(ArtefactKind::Token(kind), bytes)
}

#[test]
fn a_move_takes_one_trip_in_either_order_of_its_halves() {
    for request_first in [false, true] {
        let time = Time::default();
        let acme = VendorSide::acme(&time);
        let sold = acme.sell(1);
        let [old, new] = ["cad-01", "cad-02"].map(|name| Computer::of(&acme, name, &time));
        old.activate(&acme, &sold.code);
        let request = new.request(&sold.code).unwrap();
        let brought = old
            .client()
            .read_move_request(request.armored.as_bytes())
            .unwrap();
        let moved = old
            .client()
            .move_away(&old.product, Some(&brought))
            .unwrap();
        assert!(!runs(old.state()), "final before anything leaves");
        let paste = if request_first {
            let deactivation = text(TokenKind::Deactivation, &moved.bytes);
            format!("{}\n{deactivation}", request.armored)
        } else {
            moved.armored
        };
        let received = acme.receive_all(paste.as_bytes());
        assert_eq!(received.len(), 2);
        let mut answer = None;
        for one in received {
            match one {
                Received::Deactivated(back) => assert_eq!(back.outcome, Deactivated::Freed),
                Received::Answered(given) => answer = Some(given.sealed.bytes),
                other => panic!("{other:?}"),
            }
        }
        new.apply(&answer.unwrap()).unwrap();
        assert!(runs(new.state()) && !runs(old.state()));
        assert_eq!(acme.seats_used(&sold), 1);
    }
}

#[test]
fn a_move_whose_new_computer_asks_later_is_two_trips_and_one_seat() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let [old, new] = ["cad-01", "cad-02"].map(|name| Computer::of(&acme, name, &time));
    old.activate(&acme, &sold.code);
    let moved = old.client().move_away(&old.product, None).unwrap();
    assert_eq!(acme.take_back(&moved.bytes), Deactivated::Freed);
    new.activate(&acme, &sold.code);
    assert_eq!(acme.seats_used(&sold), 1);
}

#[test]
fn a_move_from_a_computer_that_is_dead_goes_through_the_vendor() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let [old, new] = ["cad-01", "cad-02"].map(|name| Computer::of(&acme, name, &time));
    old.activate(&acme, &sold.code);
    let held = old.standing().grant.unwrap().activation;
    let request = new.request(&sold.code).unwrap();
    assert_eq!(acme.refuses(&request.bytes), Code::NoFreeSeat);
    acme.release_lost(held).unwrap();
    new.apply(&acme.answer(&request.bytes)).unwrap();
    assert!(runs(new.state()));
    assert_eq!(acme.seats_used(&sold), 1);
}

#[test]
fn a_move_whose_answer_is_lost_is_brought_again_as_it_is() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let [old, new] = ["cad-01", "cad-02"].map(|name| Computer::of(&acme, name, &time));
    old.activate(&acme, &sold.code);
    let request = new.request(&sold.code).unwrap();
    let brought = old.client().read_move_request(&request.bytes).unwrap();
    let moved = old
        .client()
        .move_away(&old.product, Some(&brought))
        .unwrap();
    acme.receive_all(moved.armored.as_bytes());
    // The stick is lost on the way home; on the old computer the same two are shown again.
    let again = old.client().deactivation(&old.product).unwrap().unwrap();
    assert_eq!(again.armored, moved.armored);
    let received = acme.receive_all(again.armored.as_bytes());
    let [Received::Deactivated(back), Received::Answered(answer)] = received.as_slice() else {
        panic!("{received:?}");
    };
    assert_eq!(back.outcome, Deactivated::Repeated);
    new.apply(&answer.sealed.bytes).unwrap();
    assert!(runs(new.state()));
    assert_eq!(acme.seats_used(&sold), 1);
}
