//! What was bought decides what can be given: rules A1, A2 and A8.

use keyferry_license::{
    Decision, DeviceHistory, EmergencyTerms, Entitlement, Lease, OfflineSupport, Refusal, Seating,
};
use keyferry_token::{ComponentKind::MachineId, EmergencyAllowance, SeatStatus, Seconds, Sequence};

use super::{answered, ask, entitlement, first, held_by, latest, pc, request};
use crate::samples::{NOW, days_ago, in_days, machine, product};

const RUNS: EmergencyTerms = EmergencyTerms {
    length: Seconds::days(3),
    uses: 2,
    on_wrong_device: true,
};

#[test]
fn the_first_request_gets_a_free_seat_and_a_lease_from_now() {
    let product = product();
    let decision = ask(
        &entitlement(&product, 1),
        &[],
        &DeviceHistory::default(),
        &request(1, 1, &pc(1)),
    );
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
            emergency: None,
            held_until: in_days(37),
        })
    );
}

#[test]
fn a_seat_is_held_for_the_emergency_run_that_comes_with_it() {
    let product = product();
    let entitlement = Entitlement {
        emergency: Some(RUNS),
        ..entitlement(&product, 1)
    };
    let decision = ask(
        &entitlement,
        &[],
        &DeviceHistory::default(),
        &request(1, 1, &pc(1)),
    );
    let Ok(Decision::Seat {
        emergency,
        held_until,
        ..
    }) = decision
    else {
        panic!("{decision:?}");
    };
    // Lease 30, grace 7, two runs of 3, two weeks to begin them in.
    let allowed = EmergencyAllowance {
        length: Seconds::days(3),
        uses: 2,
        ends_at: in_days(57),
        on_wrong_device: true,
    };
    assert_eq!(emergency, Some(allowed));
    assert_eq!(held_until, in_days(57));
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
            ask(
                &ending(NOW),
                seats,
                &DeviceHistory::default(),
                &request(1, 5, &looks)
            ),
            Err(Refusal::EntitlementEnded { ended: NOW })
        );
    }
    let last = ask(
        &ending(NOW.plus(Seconds::new(1))),
        &[],
        &DeviceHistory::default(),
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
        ask(
            &offline(false, Some(Seconds::DAY)),
            &[],
            &DeviceHistory::default(),
            &request
        ),
        Err(Refusal::OfflineNotEnabled {
            product: product.clone()
        })
    );
    assert_eq!(
        ask(
            &offline(true, None),
            &[],
            &DeviceHistory::default(),
            &request
        ),
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
        emergency: Some(RUNS),
        ..entitlement(&product, 1)
    };
    let decision = ask(
        &entitlement,
        &[],
        &DeviceHistory::default(),
        &request(1, 1, &pc(1)),
    );
    let Ok(Decision::Seat {
        lease,
        emergency,
        held_until,
        ..
    }) = decision
    else {
        panic!("{decision:?}");
    };
    assert_eq!(lease.expires_at, in_days(20));
    assert_eq!(lease.grace_until, in_days(20));
    assert_eq!(emergency.map(|runs| runs.ends_at), Some(in_days(20)));
    assert_eq!(held_until, in_days(20));
}

#[test]
fn a9_a_device_that_was_reported_lost_gets_nothing_new_until_it_is_allowed_again() {
    let product = product();
    let bought = entitlement(&product, 5);
    let looks = pc(1);
    let blocked = DeviceHistory {
        blocked: true,
        ..latest(4)
    };
    let asked = |history| ask(&bought, &[], history, &request(1, 5, &looks));
    assert_eq!(asked(&blocked), Err(Refusal::DeviceBlocked));
    // Nor what it got before: after a restoration its activation may go on all the same (rule A14).
    let answered_then = answered(5, 1);
    let blocked = DeviceHistory {
        blocked: true,
        ..answered_then
    };
    assert_eq!(asked(&blocked), Err(Refusal::DeviceBlocked));
    assert!(matches!(asked(&answered_then), Ok(Decision::Replay { .. })));
    let allowed_again = asked(&latest(4));
    assert!(
        matches!(
            allowed_again,
            Ok(Decision::Seat {
                seating: Seating::New,
                ..
            })
        ),
        "a newcomer: {allowed_again:?}"
    );
}

/// Every reason at once, then one less each time.
#[test]
fn what_is_refused_for_several_reasons_is_told_the_gravest() {
    let product = product();
    let looks = machine(1, &[MachineId]);
    let mut bought = Entitlement {
        status: SeatStatus::Revoked,
        ends: Some(days_ago(1)),
        offline: OfflineSupport {
            product: &product,
            enabled: false,
            lease_period: None,
        },
        ..entitlement(&product, 0)
    };
    let mut history = DeviceHistory {
        blocked: true,
        ..answered(6, 1)
    };
    let refused = |bought: &Entitlement<'_>, history: &DeviceHistory| {
        ask(bought, &[held_by(2)], history, &request(1, 5, &looks)).unwrap_err()
    };
    assert_eq!(refused(&bought, &history), Refusal::EntitlementRevoked);
    bought.status = SeatStatus::Suspended;
    assert_eq!(refused(&bought, &history), Refusal::EntitlementSuspended);
    bought.status = SeatStatus::Active;
    assert_eq!(refused(&bought, &history), Refusal::RequestSuperseded);
    history.latest = None;
    assert_eq!(refused(&bought, &history), Refusal::DeviceBlocked);
    history.blocked = false;
    let ended = Refusal::EntitlementEnded { ended: days_ago(1) };
    assert_eq!(refused(&bought, &history), ended);
    bought.ends = None;
    let not_offline = Refusal::OfflineNotEnabled {
        product: product.clone(),
    };
    assert_eq!(refused(&bought, &history), not_offline);
    bought.offline.enabled = true;
    assert_eq!(refused(&bought, &history), Refusal::OfflineLeaseMissing);
    bought.offline.lease_period = Some(Seconds::DAY);
    assert_eq!(refused(&bought, &history), Refusal::FingerprintTooSmall);
}
