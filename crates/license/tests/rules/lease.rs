//! Rule A2, and how long a seat stays held (rule A5).

use keyferry_license::{Lease, Phase, Terms, lease};
use keyferry_token::{
    EmergencyAllowance, Feature, Fingerprint, Grant, SeatStatus, Seconds, Sequence, Timestamp,
};
use proptest::{option, prelude::*};

use crate::samples::{NOW, activation, any_length, any_time};

fn terms(days: u64, grace: u64, subscription_end: Option<Timestamp>) -> Terms {
    Terms {
        offline_lease_period: Seconds::days(days),
        grace: Seconds::days(grace),
        subscription_end,
    }
}

fn in_days(days: u64) -> Timestamp {
    NOW.plus(Seconds::days(days))
}

fn allowance(ends_at: Timestamp) -> EmergencyAllowance {
    EmergencyAllowance {
        length: Seconds::days(2),
        uses: 1,
        ends_at,
        on_wrong_device: false,
    }
}

fn grant(lease_expires_at: Option<Timestamp>, subscription_end: Option<Timestamp>) -> Grant {
    Grant {
        activation: activation(1),
        sequence: Sequence(1),
        status: if lease_expires_at.is_some() {
            SeatStatus::Active
        } else {
            SeatStatus::Suspended
        },
        lease_expires_at,
        grace: Seconds::days(7),
        subscription_end,
        features: vec![Feature::new("draw").unwrap()],
        edition: None,
        holder: None,
        enrolled: Fingerprint::default(),
        tolerance: 60,
        emergency: None,
        trial: false,
        maintenance_end: None,
    }
}

#[test]
fn without_a_subscription_end_the_lease_lasts_its_period() {
    let given = lease(NOW, &terms(30, 7, None));
    assert_eq!(given.starts, NOW);
    assert_eq!(given.expires_at, in_days(30));
    assert_eq!(given.grace_until, in_days(37));
}

#[test]
fn a_subscription_that_ends_first_ends_the_lease_and_leaves_no_grace() {
    let given = lease(NOW, &terms(30, 7, Some(in_days(10))));
    assert_eq!(given.expires_at, in_days(10));
    assert_eq!(given.grace_until, in_days(10));
}

#[test]
fn grace_is_cut_at_the_subscriptions_end() {
    let given = lease(NOW, &terms(30, 7, Some(in_days(33))));
    assert_eq!(given.expires_at, in_days(30));
    assert_eq!(given.grace_until, in_days(33));
}

#[test]
fn at_its_end_a_lease_is_over() {
    let given = lease(NOW, &terms(30, 7, None));
    let second = Seconds::new(1);
    assert_eq!(given.phase(in_days(30).minus(second)), Phase::Running);
    assert_eq!(given.phase(in_days(30)), Phase::Grace);
    assert_eq!(given.phase(in_days(37).minus(second)), Phase::Grace);
    assert_eq!(given.phase(in_days(37)), Phase::Over);
}

#[test]
fn without_grace_the_end_of_the_lease_is_the_end() {
    let given = lease(NOW, &terms(30, 0, None));
    assert_eq!(given.phase(in_days(30)), Phase::Over);
}

#[test]
fn a_grant_gives_the_lease_that_it_names() {
    let given = Lease::of(&grant(Some(in_days(30)), None), NOW).unwrap();
    assert_eq!(given, lease(NOW, &terms(30, 7, None)));
}

#[test]
fn a_grant_cannot_reach_beyond_its_own_subscription() {
    let given = Lease::of(&grant(Some(in_days(30)), Some(in_days(20))), NOW).unwrap();
    assert_eq!(given.expires_at, in_days(20));
    assert_eq!(given.grace_until, in_days(20));
}

#[test]
fn a_suspended_seat_has_no_lease() {
    assert_eq!(Lease::of(&grant(None, None), NOW), None);
}

#[test]
fn a_seat_is_held_until_the_emergency_run_granted_with_it_is_over() {
    let given = lease(NOW, &terms(30, 7, None));
    assert_eq!(given.held_until(None, None), in_days(37));
    assert_eq!(
        given.held_until(Some(&allowance(in_days(50))), None),
        in_days(50)
    );
    assert_eq!(
        given.held_until(Some(&allowance(in_days(20))), None),
        in_days(37)
    );
}

#[test]
fn an_emergency_run_holds_no_seat_beyond_the_subscription() {
    let end = Some(in_days(40));
    let given = lease(NOW, &terms(30, 7, end));
    assert_eq!(
        given.held_until(Some(&allowance(in_days(50))), end),
        in_days(40)
    );
}

#[test]
fn an_allowance_without_uses_or_length_holds_nothing() {
    let given = lease(NOW, &terms(30, 7, None));
    let unused = EmergencyAllowance {
        uses: 0,
        ..allowance(in_days(50))
    };
    let empty = EmergencyAllowance {
        length: Seconds::ZERO,
        ..allowance(in_days(50))
    };
    assert_eq!(given.held_until(Some(&unused), None), in_days(37));
    assert_eq!(given.held_until(Some(&empty), None), in_days(37));
}

proptest! {
    #[test]
    fn a_lease_ends_with_its_period_or_the_subscription_whichever_is_first(
        now in any_time(),
        period in any_length(),
        grace in any_length(),
        end in option::of(any_time()),
    ) {
        let terms = Terms { offline_lease_period: period, grace, subscription_end: end };
        let given = lease(now, &terms);
        let by_period = now.plus(period);
        prop_assert!(given.expires_at <= by_period);
        prop_assert!(given.expires_at == by_period || Some(given.expires_at) == end);
        prop_assert!(end.is_none_or(|end| given.expires_at <= end));
    }

    #[test]
    fn grace_follows_the_lease_and_never_passes_the_subscription(
        now in any_time(),
        period in any_length(),
        grace in any_length(),
        end in option::of(any_time()),
    ) {
        let terms = Terms { offline_lease_period: period, grace, subscription_end: end };
        let given = lease(now, &terms);
        prop_assert!(given.grace_until >= given.expires_at);
        prop_assert!(end.is_none_or(|end| given.grace_until <= end));
        let in_full = given.expires_at.plus(grace);
        prop_assert!(given.grace_until == in_full || Some(given.grace_until) == end);
    }

    #[test]
    fn the_phases_of_a_lease_follow_each_other(
        period in any_length(),
        grace in any_length(),
        earlier in any_time(),
        later in any_time(),
    ) {
        let terms = Terms { offline_lease_period: period, grace, subscription_end: None };
        let given = lease(NOW, &terms);
        let (earlier, later) = (earlier.min(later), earlier.max(later));
        prop_assert!(given.phase(earlier) <= given.phase(later));
    }
}
