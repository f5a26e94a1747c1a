//! What was bought decides what can be given: rules A1, A2 and A8.

use keyferry_license::{Decision, Entitlement, Lease, OfflineSupport, Refusal, Seating};
use keyferry_token::{ComponentKind::MachineId, EmergencyAllowance, Seconds, Sequence};

use super::{ask, entitlement, first, held_by, in_days, pc, product, request};
use crate::samples::{NOW, machine};

#[test]
fn the_first_request_gets_a_free_seat_and_a_lease_from_now() {
    let product = product();
    let decision = ask(&entitlement(&product, 1), &[], None, &request(1, 1, &pc(1)));
    assert_eq!(
        decision,
        Ok(Decision::Seat {
            seating: Seating::New,
            sequence: Sequence(NOW.unix()),
            lease: Lease {
                starts: NOW,
                expires_at: in_days(30),
                grace_until: in_days(37),
            },
            held_until: in_days(37),
        })
    );
}

#[test]
fn a_seat_is_held_for_the_emergency_run_that_comes_with_it() {
    let product = product();
    let entitlement = Entitlement {
        emergency: Some(EmergencyAllowance {
            length: Seconds::days(3),
            uses: 1,
            ends_at: in_days(60),
            on_wrong_device: false,
        }),
        ..entitlement(&product, 1)
    };
    let decision = ask(&entitlement, &[], None, &request(1, 1, &pc(1)));
    let Ok(Decision::Seat { held_until, .. }) = decision else {
        panic!("{decision:?}");
    };
    assert_eq!(held_until, in_days(60));
}

#[test]
fn nothing_new_is_given_from_the_end_of_the_subscription_on() {
    let product = product();
    let ending = |ends| Entitlement {
        ends: Some(ends),
        ..entitlement(&product, 5)
    };
    let looks = pc(1);
    for seats in [&[][..], &[held_by(1)][..]] {
        assert_eq!(
            ask(&ending(NOW), seats, None, &request(1, 5, &looks)),
            Err(Refusal::EntitlementEnded { ended: NOW })
        );
    }
    let last = ask(
        &ending(NOW.plus(Seconds::new(1))),
        &[],
        None,
        &request(1, 1, &pc(1)),
    );
    assert!(last.is_ok());
}

#[test]
fn without_offline_support_no_seat_is_given() {
    let product = product();
    let offline = |enabled, lease_period| Entitlement {
        offline: OfflineSupport {
            product: &product,
            enabled,
            lease_period,
        },
        ..entitlement(&product, 5)
    };
    let looks = pc(1);
    let request = request(1, 1, &looks);
    assert_eq!(
        ask(&offline(false, Some(Seconds::DAY)), &[], None, &request),
        Err(Refusal::OfflineNotEnabled {
            product: product.clone()
        })
    );
    assert_eq!(
        ask(&offline(true, None), &[], None, &request),
        Err(Refusal::OfflineLeaseMissing)
    );
}

#[test]
fn a_device_that_shows_too_little_gets_no_seat() {
    let one = machine(7, &[MachineId]);
    let refused = Err(Refusal::FingerprintTooSmall);
    assert_eq!(first(5, &[], 7, &one), refused);
    assert_eq!(first(1, &[held_by(7)], 7, &one), refused);
    assert_eq!(first(1, &[held_by(1)], 7, &one), refused);
}

#[test]
fn nothing_that_is_given_reaches_beyond_the_subscription() {
    let product = product();
    let entitlement = Entitlement {
        ends: Some(in_days(20)),
        emergency: Some(EmergencyAllowance {
            length: Seconds::days(3),
            uses: 1,
            ends_at: in_days(60),
            on_wrong_device: false,
        }),
        ..entitlement(&product, 1)
    };
    let decision = ask(&entitlement, &[], None, &request(1, 1, &pc(1)));
    let Ok(Decision::Seat {
        lease, held_until, ..
    }) = decision
    else {
        panic!("{decision:?}");
    };
    assert_eq!(lease.expires_at, in_days(20));
    assert_eq!(lease.grace_until, in_days(20));
    assert_eq!(held_until, in_days(20));
}
