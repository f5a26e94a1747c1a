//! Somebody else's seat.

use keyferry_authority::Deactivated;
use keyferry_catalogue::Code;
use keyferry_fixtures::{Addressee, NOW, TestDevice};
use keyferry_gap::{Computer, Time, VendorSide, cad, runs};
use keyferry_token::{Deactivation, DeactivationReason, RequestNumber};

#[test]
fn a_stranger_who_signs_a_deactivation_of_somebodys_seat_frees_nothing() {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let victim = Computer::of(&acme, "cad-01", &time);
    victim.activate(&acme, &sold.code);
    let held = victim.standing().grant.unwrap();

    // He knows all that can be known: the activation, its number, even the machine.
    let stranger = TestDevice::new("cad-01");
    let to = Addressee {
        vendor: acme.authority.vendor(),
        key: acme.exchange_secret().public(),
        product: cad(),
    };
    let claims = Deactivation {
        issued_at: NOW,
        vendor: to.vendor,
        recipient: to.key.id(),
        product: cad(),
        number: RequestNumber(1_000),
        signing_key: stranger.signing.public(),
        activation: held.activation,
        sequence: held.sequence,
        reason: DeactivationReason::Moving,
        label: held.label,
        emergency_runs: Vec::new(),
    };
    let forged = stranger.seal(&claims, &to);
    assert_eq!(acme.refuses(&forged.bytes), Code::DeactivationOfOther);
    assert_eq!(acme.logged("deactivation_refused"), 1);
    assert_eq!(acme.seats_used(&sold), 1);
    victim
        .apply(&acme.refresh(held.activation).unwrap())
        .unwrap();
    assert!(runs(victim.state()));
    let own = acme.take_back(&victim.deactivate().unwrap().bytes);
    assert_eq!(own, Deactivated::Freed);
}
