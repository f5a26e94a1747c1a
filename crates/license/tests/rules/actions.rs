//! What a person can do about a product now.

use keyferry_catalogue::Code;
use keyferry_license::{
    Action::{self, Activate, Clock, Deactivate, Deliver, Emergency, Help, Move, Refresh},
    EmergencyFacts, Standing, State, actions, may_deactivate, may_request,
};
use keyferry_token::Seconds;
use proptest::{option, prelude::*, sample::select};

use crate::samples::{in_days, product, standing};

fn offered(state: State, reason: Option<Code>) -> Vec<Action> {
    actions(&standing(state, reason), &product(), None, false)
}

fn runs(available: bool) -> EmergencyFacts {
    EmergencyFacts {
        length: Seconds::days(3),
        uses_left: 1,
        ends_at: in_days(60),
        available,
        running_until: None,
    }
}

#[test]
fn what_runs_is_refreshed_given_back_or_moved() {
    assert_eq!(
        offered(State::Licensed, None),
        [Refresh, Move, Deactivate, Help]
    );
    for (state, reason) in [
        (State::Grace, Code::LeaseEnded),
        (State::Emergency, Code::LeaseEnded),
        (State::Stopped, Code::Suspended),
    ] {
        assert_eq!(
            offered(state, Some(reason)),
            [Refresh, Activate, Move, Deactivate, Help],
            "{reason}"
        );
    }
}

#[test]
fn what_is_over_is_activated_before_it_is_refreshed() {
    for reason in [Code::LeaseEnded, Code::SubscriptionEnded] {
        assert_eq!(
            offered(State::Expired, Some(reason)),
            [Activate, Refresh, Move, Deactivate, Help],
            "{reason}"
        );
    }
}

#[test]
fn what_is_not_here_is_activated() {
    for reason in [Code::NotActivated, Code::AwaitingAnswer, Code::Deactivated] {
        assert_eq!(
            offered(State::Unlicensed, Some(reason)),
            [Activate, Help],
            "{reason}"
        );
    }
}

#[test]
fn what_a_new_activation_repairs_is_activated() {
    for reason in [
        Code::WrongDevice,
        Code::Tampered,
        Code::UntrustedKey,
        Code::StoreDamaged,
    ] {
        let found = Standing {
            other_device: reason == Code::WrongDevice,
            ..standing(State::Blocked, Some(reason))
        };
        assert_eq!(
            actions(&found, &product(), None, false),
            [Activate, Help],
            "{reason}"
        );
    }
}

#[test]
fn a_clock_that_is_behind_is_put_right_first() {
    assert_eq!(
        offered(State::Blocked, Some(Code::ClockBehind)),
        [Clock, Move, Deactivate, Help]
    );
}

#[test]
fn a_copy_on_another_device_is_neither_refreshed_nor_given_back() {
    let copy = Standing {
        other_device: true,
        ..standing(State::Stopped, Some(Code::Suspended))
    };
    assert_eq!(actions(&copy, &product(), None, false), [Activate, Help]);
}

#[test]
fn an_emergency_run_is_offered_when_it_can_be_taken() {
    let expired = standing(State::Expired, Some(Code::LeaseEnded));
    let offered = |available| actions(&expired, &product(), Some(&runs(available)), false);
    assert!(offered(true).contains(&Emergency));
    assert!(!offered(false).contains(&Emergency));
}

#[test]
fn a_deactivation_that_was_not_delivered_is_offered_until_it_is() {
    let deactivated = standing(State::Unlicensed, Some(Code::Deactivated));
    assert_eq!(
        actions(&deactivated, &product(), None, true),
        [Deliver, Activate, Help]
    );
}

#[test]
fn actions_have_the_names_that_others_rely_on() {
    assert_eq!(
        Action::ALL.map(Action::name),
        [
            "clock",
            "deliver",
            "refresh",
            "activate",
            "emergency",
            "move",
            "deactivate",
            "help"
        ]
    );
}

proptest! {
    #[test]
    fn nothing_is_offered_that_would_be_refused(
        state in select(&State::ALL[..]),
        reason in option::of(select(Code::ALL)),
        other_device: bool,
        available in option::of(any::<bool>()),
        undelivered: bool,
    ) {
        let found = Standing { other_device, ..standing(state, reason) };
        let emergency = available.map(runs);
        let offered = actions(&found, &product(), emergency.as_ref(), undelivered);
        prop_assert!(state == State::Expired || offered.is_sorted());
        prop_assert_eq!(offered.last(), Some(&Help));
        prop_assert_eq!(
            offered.contains(&Activate),
            may_request(&found, None, false).is_ok()
        );
        prop_assert_eq!(
            offered.contains(&Deactivate),
            may_deactivate(&found, &product()).is_ok()
        );
        prop_assert_eq!(offered.contains(&Move), offered.contains(&Deactivate));
        prop_assert_eq!(offered.contains(&Emergency), available == Some(true));
        prop_assert_eq!(offered.contains(&Deliver), undelivered);
    }
}
