//! A client that slept through changes of keys is reached by its answers, whatever carries them.

use keyferry_authority::{Origin, RealMedium, Received, Rotation};
use keyferry_catalogue::Code;
use keyferry_client::{Applied, Confirmation, Relation};
use keyferry_gap::{Computer, Time, VendorSide, cad, folder, runs, wait};
use keyferry_token::Seconds;

use crate::{EXCHANGE, latest, trusted};

#[test]
fn who_slept_through_two_changes_of_both_keys_is_answered_and_works_on() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(2);
    let computer = Computer::of(&acme, "cad-01", &time);
    let before = trusted(&computer);
    let request = computer.request(&sold.code).unwrap();
    for rotation in [Rotation::Signing, EXCHANGE, Rotation::Signing, EXCHANGE] {
        time.pass(Seconds::days(30));
        acme.rotate(rotation);
    }
    let answer = acme.answer_with_profiles(&request.bytes);
    // By itself the answer is signed by a key that this computer does not know.
    assert_eq!(
        computer.refuses(&acme.answer(&request.bytes)),
        Code::UntrustedKey
    );
    assert_eq!(trusted(&computer), before);
    let taken = computer.apply(&answer);
    assert!(matches!(taken, Ok(Applied::Activated(_))), "{taken:?}");
    assert!(runs(computer.state()));
    assert_eq!(trusted(&computer), before + 4);

    let activation = computer.standing().grant.unwrap().activation;
    time.pass(Seconds::days(1));
    let refresh = acme.refresh(activation).unwrap();
    assert!(matches!(
        computer.apply(&refresh),
        Ok(Applied::Refreshed { .. })
    ));
    acme.take_back(&computer.deactivate().unwrap().bytes);
    assert_eq!(acme.seats_used(&sold), 0);
    // What it makes now is for the new key, and needs no profiles with its answer.
    let again = computer.request(&sold.code).unwrap();
    match acme.receive(&again.bytes) {
        Received::Answered(answer) => assert_eq!(answer.sealed.profiles, Vec::<Vec<u8>>::new()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refresh_a_time_and_a_refusal_reach_who_slept_through_a_change() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.activate(&acme, &sold.code);
    let late = Computer::of(&acme, "cad-02", &time);
    let request = late.request(&sold.code).unwrap();
    acme.rotate(Rotation::Signing);
    let activation = computer.standing().grant.unwrap().activation;
    time.pass(Seconds::days(1));
    let refreshed = wait(acme.authority.refresh(activation, &Origin::Local)).unwrap();
    let taken = computer.apply(refreshed.sealed.armored().as_bytes());
    assert!(matches!(taken, Ok(Applied::Refreshed { .. })), "{taken:?}");
    assert_eq!(trusted(&computer), latest(&acme));

    let refused = acme.refuse(&request.bytes);
    let taken = late.apply(refused.answer.unwrap().armored().as_bytes());
    assert!(matches!(taken, Ok(Applied::Refused { .. })), "{taken:?}");
    assert_eq!(trusted(&late), latest(&acme));
}

#[test]
fn who_slept_through_changes_of_the_profile_key_is_led_on() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(2);
    let computer = Computer::of(&acme, "cad-01", &time);
    let request = computer.request(&sold.code).unwrap();
    for rotation in [Rotation::Profile, Rotation::Signing, Rotation::Profile] {
        time.pass(Seconds::days(30));
        let rotated = acme.rotate(rotation);
        if rotation == Rotation::Profile {
            acme.retire(rotated.replaces);
        }
    }
    // What customers get has the whole way in it.
    let pending = computer.client().read_profile(&acme.profile()).unwrap();
    assert_eq!(pending.relation(), Relation::Successor);
    computer
        .apply(&acme.answer_with_profiles(&request.bytes))
        .unwrap();
    assert!(runs(computer.state()));
    assert_eq!(trusted(&computer), latest(&acme));

    let newcomer = Computer::new("cad-02", &time);
    newcomer.trust(&acme);
    newcomer.activate(&acme, &sold.code);
}

#[test]
fn a_newer_profile_by_itself_is_shown_and_not_trusted() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let computer = Computer::of(&acme, "cad-01", &time);
    acme.rotate(Rotation::Signing);
    let before = trusted(&computer);
    match computer.apply(&acme.profile()) {
        Ok(Applied::VendorFound(found)) => {
            assert_eq!(found.relation(), Relation::Successor);
            assert_eq!(trusted(&computer), before);
            computer
                .client()
                .trust(&found, Confirmation::Nothing)
                .unwrap();
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(trusted(&computer), before + 1);
}

#[test]
fn a_courier_brings_the_profiles_with_the_answers() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    computer.request(&sold.code).unwrap();
    let stick = folder();
    computer.client().courier_collect(stick.path()).unwrap();
    acme.rotate(Rotation::Signing);
    acme.rotate(EXCHANGE);
    let round = wait(acme.authority.answer_courier(&RealMedium, stick.path())).unwrap();
    assert_eq!(round.trouble, None);
    let seen = computer
        .client()
        .courier_look(stick.path())
        .unwrap()
        .unwrap();
    assert_eq!(seen.answers, 1);
    let delivered = computer.client().courier_deliver(stick.path()).unwrap();
    assert_eq!(delivered.len(), 1, "{delivered:?}");
    assert!(delivered[0].removed && delivered[0].result.is_ok());
    assert!(runs(computer.state()));
    assert_eq!(trusted(&computer), latest(&acme));
}

#[test]
fn a_program_that_runs_on_takes_up_the_keys_that_another_one_made() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let portal = acme.another_program(&time);
    acme.rotate(EXCHANGE);
    acme.rotate(Rotation::Signing);
    let computer = Computer::of(&acme, "cad-01", &time);
    let request = computer.request(&sold.code).unwrap();
    let mut received = wait(portal.receive(&request.bytes, &Origin::Local));
    match received.remove(0) {
        Received::Answered(answer) => computer.apply(answer.sealed.armored().as_bytes()).unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(computer.standing().product, cad());
    assert!(runs(computer.state()));
}
