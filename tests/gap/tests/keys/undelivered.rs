//! What was sealed to an exchange key that was replaced or retired since.

use keyferry_authority::{Deactivated, Rotation};
use keyferry_catalogue::Code;
use keyferry_client::Confirmation;
use keyferry_gap::{Computer, Time, VendorSide};
use keyferry_token::Seconds;

use crate::{EXCHANGE, trusted};

#[test]
fn a_replaced_exchange_key_opens_until_its_date_and_no_longer() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    let request = computer.request(&sold.code).unwrap();
    let opens_for = Seconds::days(10);
    let rotated = acme.rotate(Rotation::Exchange { opens_for });
    assert_eq!(rotated.opens_until, Some(time.now().plus(opens_for)));
    time.pass(opens_for);
    acme.answer(&request.bytes);
    time.pass(Seconds::new(1));
    assert_eq!(acme.refuses(&request.bytes), Code::ExchangeKeyOver);
}

#[test]
fn a_seat_given_back_for_a_key_that_is_gone_is_given_back_once_more() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let given_back = computer.deactivate().unwrap();
    let rotated = acme.rotate(EXCHANGE);
    acme.retire(rotated.replaces);
    assert_eq!(acme.refuses(&given_back.bytes), Code::ExchangeKeyOver);
    assert_eq!(acme.seats_used(&sold), 1);

    // Its user opens the newest profile: what the seat is given back with is made again for the new key.
    let client = computer.client();
    let pending = client.read_profile(&acme.profile()).unwrap();
    client.trust(&pending, Confirmation::Nothing).unwrap();
    let again = computer
        .client()
        .deactivation(&computer.product)
        .unwrap()
        .unwrap();
    assert_ne!(again.id, given_back.id);
    assert_eq!(acme.take_back(&again.bytes), Deactivated::Freed);
    assert_eq!(acme.seats_used(&sold), 0);
    assert!(computer.deactivate().unwrap().again);
}

#[test]
fn both_forms_of_a_seat_given_back_free_it_once() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let first = computer.deactivate().unwrap();
    acme.rotate(EXCHANGE);
    let client = computer.client();
    let pending = client.read_profile(&acme.profile()).unwrap();
    client.trust(&pending, Confirmation::Nothing).unwrap();
    let second = computer
        .client()
        .deactivation(&computer.product)
        .unwrap()
        .unwrap();
    assert_eq!(acme.take_back(&first.bytes), Deactivated::Freed);
    assert!(matches!(
        acme.take_back(&second.bytes),
        Deactivated::Recorded { .. }
    ));
    assert_eq!(acme.seats_used(&sold), 0);
    assert_eq!(acme.logged("device_forked"), 0);
}

#[test]
fn a_request_for_a_key_that_is_gone_is_made_anew_once_the_profile_is_there() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    let request = computer.request(&sold.code).unwrap();
    let rotated = acme.rotate(EXCHANGE);
    acme.retire(rotated.replaces);
    assert_eq!(acme.refuses(&request.bytes), Code::ExchangeKeyOver);
    let before = trusted(&computer);
    let client = computer.client();
    let pending = client.read_profile(&acme.profile()).unwrap();
    client.trust(&pending, Confirmation::Nothing).unwrap();
    assert!(trusted(&computer) > before);
    // Asked for as before, without a word about a new one.
    computer.activate(&acme, &sold.code);
}
