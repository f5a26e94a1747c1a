//! Asking the vendor for the time (rules, *The clock*).

use keyferry_catalogue::Code;
use keyferry_license::{
    Acceptance, Ask, AskedTime, Clock, Floor, Refusal, State, ToldTime, may_accept_time,
    may_request_time,
};
use keyferry_token::{Challenge, ProductCode};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::samples::{NOW, clock_only, in_days, standing, token};

fn product(name: &str) -> ProductCode {
    ProductCode::new(name).unwrap()
}

fn asked(name: u8) -> AskedTime {
    AskedTime {
        request: token(name),
        product: product("com.acme.cad"),
        challenge: Challenge::new([name; 16]),
    }
}

/// What answers the time request of this name.
fn told(asked: &AskedTime) -> ToldTime<'_> {
    ToldTime {
        token: token(99),
        answers: asked.request,
        product: &asked.product,
        challenge: asked.challenge,
    }
}

fn behind() -> Clock {
    Clock::read(clock_only(NOW), Floor::at(in_days(3_650)))
}

fn right() -> Clock {
    Clock::read(clock_only(NOW), Floor::at(NOW))
}

#[test]
fn the_time_is_asked_for_while_the_clock_is_behind() {
    let wrong = standing(State::Blocked, Some(Code::ClockBehind));
    assert_eq!(may_request_time(&wrong, None, false), Ok(Ask::New));
    let waiting = Some(token(1));
    assert_eq!(
        may_request_time(&wrong, waiting, false),
        Ok(Ask::Again(token(1)))
    );
    assert_eq!(may_request_time(&wrong, waiting, true), Ok(Ask::New));
}

#[test]
fn a_request_for_the_time_is_not_kept_for_later() {
    for (state, reason) in [
        (State::Licensed, None),
        (State::Expired, Some(Code::LeaseEnded)),
        (State::Unlicensed, Some(Code::NotActivated)),
        (State::Blocked, Some(Code::WrongDevice)),
    ] {
        let outcome = may_request_time(&standing(state, reason), Some(token(1)), false);
        assert_eq!(outcome, Err(Refusal::ClockNotBehind), "{state:?}");
    }
}

#[test]
fn the_vendors_time_is_taken_if_it_repeats_the_challenge() {
    let waiting = [asked(1), asked(2)];
    let outcome = may_accept_time(&told(&asked(2)), &waiting, &[], &behind());
    assert_eq!(outcome, Ok(Acceptance::Apply));
}

#[test]
fn a_time_that_was_not_asked_for_is_refused() {
    let (one, two) = (asked(1), asked(2));
    let other_product = product("com.acme.cam");
    let refused = Err(Refusal::TimeNotAskedFor);
    for stranger in [
        told(&two),
        ToldTime {
            challenge: two.challenge,
            ..told(&one)
        },
        ToldTime {
            answers: two.request,
            ..told(&one)
        },
        ToldTime {
            product: &other_product,
            ..told(&one)
        },
    ] {
        let waiting = std::slice::from_ref(&one);
        let outcome = may_accept_time(&stranger, waiting, &[], &behind());
        assert_eq!(outcome, refused, "{stranger:?}");
    }
}

#[test]
fn once_the_clock_is_right_again_no_time_is_taken() {
    let outcome = may_accept_time(&told(&asked(1)), &[asked(1)], &[], &right());
    assert_eq!(outcome, Err(Refusal::TimeNotAskedFor));
}

#[test]
fn the_vendors_time_brought_twice_is_a_friendly_no_op() {
    let outcome = may_accept_time(&told(&asked(1)), &[], &[token(99)], &right());
    assert_eq!(outcome, Ok(Acceptance::AlreadyApplied));
}

proptest! {
    #[test]
    fn only_the_answer_to_what_waits_mends_a_clock(
        waiting in vec(0..4_u8, 0..3),
        answers in 0..4_u8,
        challenge in 0..4_u8,
        clock in select(vec![behind(), right()]),
    ) {
        let waiting: Vec<_> = waiting.into_iter().map(asked).collect();
        let (answered, challenged) = (asked(answers), asked(challenge));
        let told = ToldTime { challenge: challenged.challenge, ..told(&answered) };
        let outcome = may_accept_time(&told, &waiting, &[], &clock);
        let fits = answers == challenge && waiting.contains(&answered);
        prop_assert_eq!(outcome.is_ok(), fits && clock.is_behind());
    }
}
