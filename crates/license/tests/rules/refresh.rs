//! Refreshes: what the authority gives (rule A6) and what a device takes (rule C3).

use keyferry_license::{
    Acceptance, EmergencyTerms, Ended, Entitlement, HeldSeat, Lease, OfflineSupport, Refusal,
    Renewal, decide_refresh, may_refresh,
};
use keyferry_token::{Grant, SeatStatus, Seconds, Sequence, Timestamp};
use proptest::{option, prelude::*, sample::select};

use crate::{
    samples::{NOW, any_time, days_ago, grant, in_days, product},
    seats::{entitlement, held_by},
};

fn over_for(days: u64) -> HeldSeat {
    HeldSeat {
        held_until: days_ago(days),
        ..held_by(1)
    }
}

#[test]
fn a6_a_refresh_gives_a_new_lease_from_now_and_counts_up() {
    let product = product();
    let renewal = decide_refresh(NOW, &entitlement(&product, 1), &held_by(1), None);
    let lease = Lease {
        starts: NOW,
        expires_at: in_days(30),
        grace_until: in_days(37),
    };
    assert_eq!(
        renewal,
        Ok(Renewal {
            status: SeatStatus::Active,
            sequence: Sequence(NOW.unix()),
            lease: Some(lease),
            emergency: None,
            held_until: in_days(37),
        })
    );
    let ahead = HeldSeat {
        sequence: Sequence(NOW.unix() + 500),
        ..held_by(1)
    };
    let renewal = decide_refresh(NOW, &entitlement(&product, 1), &ahead, None).unwrap();
    assert_eq!(renewal.sequence, Sequence(NOW.unix() + 501));
}

#[test]
fn a6_also_after_the_lease_as_long_as_the_activation_holds_its_seat() {
    let product = product();
    let renewal = decide_refresh(NOW, &entitlement(&product, 1), &over_for(90), None);
    assert_eq!(renewal.unwrap().held_until, in_days(37));
}

#[test]
fn a6_a_refresh_brings_the_emergency_runs_and_the_seat_is_held_for_them() {
    let product = product();
    let bought = Entitlement {
        emergency: Some(EmergencyTerms {
            length: Seconds::days(3),
            uses: 2,
            on_wrong_device: false,
        }),
        ..entitlement(&product, 1)
    };
    let renewal = decide_refresh(NOW, &bought, &held_by(1), None).unwrap();
    assert_eq!(
        renewal.emergency.map(|runs| runs.ends_at),
        Some(in_days(57))
    );
    assert_eq!(renewal.held_until, in_days(57));
}

#[test]
fn a6_a_shorter_lease_does_not_bring_the_end_of_a_longer_one_forward() {
    let product = product();
    let long = HeldSeat {
        held_until: in_days(300),
        ..held_by(1)
    };
    let renewal = decide_refresh(NOW, &entitlement(&product, 1), &long, None);
    assert_eq!(renewal.unwrap().held_until, in_days(300));
}

#[test]
fn a6_an_activation_that_has_ended_is_refused_with_the_reason() {
    let product = product();
    let bought = entitlement(&product, 1);
    for (ended, refusal) in [
        (Ended::Superseded, Refusal::ActivationSuperseded),
        (Ended::Released, Refusal::ActivationReleased),
        (Ended::Deactivated, Refusal::ActivationDeactivated),
    ] {
        let refused = decide_refresh(NOW, &bought, &held_by(1), Some(ended));
        assert_eq!(refused, Err(refusal));
    }
    let leaving = HeldSeat {
        leaving: true,
        ..held_by(1)
    };
    let refused = decide_refresh(NOW, &bought, &leaving, None);
    assert_eq!(refused, Err(Refusal::ActivationDeactivated));
}

#[test]
fn a6_a_suspended_or_revoked_entitlement_is_told_without_a_lease() {
    let product = product();
    for status in [SeatStatus::Suspended, SeatStatus::Revoked] {
        // Whatever else would speak against a new lease: the device is to learn this.
        let bought = Entitlement {
            status,
            ends: Some(days_ago(1)),
            offline: OfflineSupport {
                product: &product,
                enabled: false,
                lease_period: None,
            },
            ..entitlement(&product, 1)
        };
        let renewal = decide_refresh(NOW, &bought, &held_by(1), None).unwrap();
        assert_eq!(renewal.status, status);
        assert_eq!((renewal.lease, renewal.emergency), (None, None));
        assert!(renewal.sequence > held_by(1).sequence);
        assert_eq!(
            renewal.held_until,
            held_by(1).held_until,
            "it may not arrive"
        );
        let superseded = decide_refresh(NOW, &bought, &held_by(1), Some(Ended::Superseded));
        assert_eq!(superseded, Err(Refusal::ActivationSuperseded));
    }
}

#[test]
fn a6_nothing_new_is_given_after_the_end_or_without_offline_support() {
    let product = product();
    let refused =
        |bought: &Entitlement<'_>| decide_refresh(NOW, bought, &held_by(1), None).unwrap_err();
    let mut bought = Entitlement {
        ends: Some(NOW),
        ..entitlement(&product, 1)
    };
    bought.offline.enabled = false;
    bought.offline.lease_period = None;
    assert_eq!(refused(&bought), Refusal::EntitlementEnded { ended: NOW });
    bought.ends = None;
    let not_enabled = Refusal::OfflineNotEnabled {
        product: product.clone(),
    };
    assert_eq!(refused(&bought), not_enabled);
    bought.offline.enabled = true;
    assert_eq!(refused(&bought), Refusal::OfflineLeaseMissing);
}

fn with_sequence(sequence: u64) -> Grant {
    Grant {
        sequence: Sequence(sequence),
        ..grant(1)
    }
}

#[test]
fn c3_a_refresh_with_a_higher_number_is_applied() {
    let accepted = may_refresh(Some(&with_sequence(5)), &with_sequence(6));
    assert_eq!(accepted, Ok(Acceptance::Apply));
}

#[test]
fn c3_what_stops_the_license_is_applied_as_well() {
    let suspended = Grant {
        status: SeatStatus::Suspended,
        lease_expires_at: None,
        ..with_sequence(6)
    };
    let accepted = may_refresh(Some(&with_sequence(5)), &suspended);
    assert_eq!(accepted, Ok(Acceptance::Apply));
}

#[test]
fn c3_twice_is_a_friendly_no_op() {
    let accepted = may_refresh(Some(&with_sequence(6)), &with_sequence(6));
    assert_eq!(accepted, Ok(Acceptance::AlreadyApplied));
}

#[test]
fn c3_an_older_refresh_after_a_newer_one_is_refused() {
    let held = with_sequence(6);
    let older = may_refresh(Some(&held), &with_sequence(5));
    assert_eq!(older, Err(Refusal::RefreshOlder));
    let other_content = Grant {
        lease_expires_at: Some(in_days(300)),
        ..with_sequence(6)
    };
    let same_number = may_refresh(Some(&held), &other_content);
    assert_eq!(same_number, Err(Refusal::RefreshOlder));
}

#[test]
fn c3_a_refresh_of_another_activation_or_of_one_that_was_given_back_is_refused() {
    let refused = Err(Refusal::RefreshForOtherActivation);
    assert_eq!(may_refresh(Some(&grant(2)), &with_sequence(6)), refused);
    assert_eq!(may_refresh(None, &with_sequence(6)), refused);
    let higher = Grant {
        sequence: Sequence(u64::MAX),
        ..grant(1)
    };
    assert_eq!(may_refresh(Some(&grant(2)), &higher), refused);
}

proptest! {
    #[test]
    fn a6_no_refresh_reaches_beyond_what_was_bought_or_gives_back_time(
        now in any_time(),
        held_until in any_time(),
        sequence in 0..4_000_000_000_u64,
        ends in option::of(any_time()),
        status in select(vec![SeatStatus::Active, SeatStatus::Suspended, SeatStatus::Revoked]),
        runs in option::of((0..5_u64, 0..3_u8)),
    ) {
        let product = product();
        let bought = Entitlement {
            ends,
            status,
            emergency: runs.map(|(days, uses)| EmergencyTerms {
                length: Seconds::days(days),
                uses,
                on_wrong_device: true,
            }),
            ..entitlement(&product, 1)
        };
        let seat = HeldSeat { held_until, sequence: Sequence(sequence), ..held_by(1) };
        let Ok(renewal) = decide_refresh(now, &bought, &seat, None) else {
            prop_assert!(status == SeatStatus::Active && ends.is_some_and(|end| end <= now));
            return Ok(());
        };
        prop_assert_eq!(renewal.lease.is_some(), status == SeatStatus::Active);
        prop_assert!(renewal.sequence > seat.sequence);
        prop_assert!(renewal.held_until >= held_until);
        let last = ends.unwrap_or(Timestamp::MAX);
        if let Some(lease) = renewal.lease {
            prop_assert!(lease.expires_at <= last && lease.grace_until <= last);
            prop_assert!(renewal.held_until >= lease.grace_until);
        }
        if let Some(runs) = renewal.emergency {
            prop_assert!(runs.uses > 0 && runs.length > Seconds::ZERO && runs.ends_at <= last);
            prop_assert!(renewal.held_until >= runs.ends_at);
        }
    }

    #[test]
    fn c3_the_number_of_the_grant_that_is_held_only_rises(
        held in option::of((0..3_u8, 0..9_u64)),
        brought in (0..3_u8, 0..9_u64),
    ) {
        let made = |(name, sequence)| Grant { sequence: Sequence(sequence), ..grant(name) };
        let (held, brought) = (held.map(made), made(brought));
        let outcome = may_refresh(held.as_ref(), &brought);
        let same = held.as_ref().filter(|held| held.activation == brought.activation);
        let rises = same.is_some_and(|held| brought.sequence > held.sequence);
        prop_assert_eq!(outcome == Ok(Acceptance::Apply), rises);
        prop_assert_eq!(outcome == Ok(Acceptance::AlreadyApplied), same == Some(&brought));
    }
}
