//! Rules C1 and C2.

use keyferry_catalogue::Code;
use keyferry_license::{
    Acceptance, Ask, Outstanding, Refusal, Standing, State, can_be_brought_again, may_accept,
    may_request, speaks_against_the_number,
};
use keyferry_token::ProductCode;
use proptest::{collection::vec, prelude::*, sample::select};

use crate::samples::{NOW, standing, token};

fn product(name: &str) -> ProductCode {
    ProductCode::new(name).unwrap()
}

fn outstanding(request: u8) -> Outstanding {
    Outstanding {
        request: token(request),
        product: product("com.acme.cad"),
    }
}

#[test]
fn while_the_license_is_active_no_request_is_made() {
    let active = Standing {
        until: Some(NOW),
        ..standing(State::Licensed, None)
    };
    for waiting in [None, Some(token(1))] {
        for anew in [false, true] {
            assert_eq!(
                may_request(&active, waiting, anew),
                Err(Refusal::AlreadyActive { until: Some(NOW) })
            );
        }
    }
}

#[test]
fn a_request_can_be_made_whenever_the_license_is_not_active() {
    for (state, reason) in [
        (State::Unlicensed, Code::NotActivated),
        (State::Unlicensed, Code::Deactivated),
        (State::Grace, Code::LeaseEnded),
        (State::Expired, Code::LeaseEnded),
        (State::Expired, Code::SubscriptionEnded),
        (State::Blocked, Code::WrongDevice),
        (State::Blocked, Code::StoreDamaged),
        (State::Blocked, Code::UntrustedKey),
        (State::Blocked, Code::Tampered),
        (State::Stopped, Code::Suspended),
        (State::Emergency, Code::LeaseEnded),
    ] {
        let standing = standing(state, Some(reason));
        assert_eq!(
            may_request(&standing, None, false),
            Ok(Ask::New),
            "{reason}"
        );
    }
}

#[test]
fn asked_again_it_is_the_same_request() {
    let waiting = standing(State::Unlicensed, Some(Code::AwaitingAnswer));
    assert_eq!(
        may_request(&waiting, Some(token(1)), false),
        Ok(Ask::Again(token(1)))
    );
}

#[test]
fn another_request_is_made_when_it_is_wanted() {
    let waiting = standing(State::Unlicensed, Some(Code::AwaitingAnswer));
    assert_eq!(may_request(&waiting, Some(token(1)), true), Ok(Ask::New));
}

#[test]
fn a_wrong_clock_is_put_right_before_a_request_is_made() {
    let behind = standing(State::Blocked, Some(Code::ClockBehind));
    assert_eq!(
        may_request(&behind, Some(token(1)), false),
        Err(Refusal::ClockBehind)
    );
}

#[test]
fn a_number_is_spoken_against_by_what_a_copy_or_a_backup_leads_to() {
    let against: Vec<Code> = Code::ALL
        .iter()
        .copied()
        .filter(|code| speaks_against_the_number(*code))
        .collect();
    assert_eq!(against, [Code::RequestSuperseded, Code::RequestForked]);
    assert!(against.into_iter().all(|code| !can_be_brought_again(code)));
}

#[test]
fn an_answer_to_an_outstanding_request_is_applied() {
    let waiting = [outstanding(1), outstanding(2)];
    let accepted = may_accept(token(9), token(2), &product("com.acme.cad"), &waiting, &[]);
    assert_eq!(accepted, Ok(Acceptance::Apply));
}

#[test]
fn an_answer_to_a_withdrawn_request_is_not_applied() {
    let waiting = [outstanding(1)];
    let accepted = may_accept(token(9), token(2), &product("com.acme.cad"), &waiting, &[]);
    assert_eq!(accepted, Err(Refusal::AnswersNothingOutstanding));
}

#[test]
fn an_answer_brought_twice_is_a_friendly_no_op() {
    for waiting in [&[][..], &[outstanding(2)][..]] {
        let accepted = may_accept(
            token(9),
            token(1),
            &product("com.acme.cad"),
            waiting,
            &[token(8), token(9)],
        );
        assert_eq!(accepted, Ok(Acceptance::AlreadyApplied));
    }
}

#[test]
fn another_answer_to_an_answered_request_is_not_applied() {
    let accepted = may_accept(
        token(9),
        token(1),
        &product("com.acme.cad"),
        &[],
        &[token(8)],
    );
    assert_eq!(accepted, Err(Refusal::AnswersNothingOutstanding));
}

#[test]
fn an_answer_for_another_product_than_asked_is_not_applied() {
    let accepted = may_accept(
        token(9),
        token(1),
        &product("com.acme.cam"),
        &[outstanding(1)],
        &[],
    );
    assert_eq!(accepted, Err(Refusal::AnswerForOtherProduct));
}

proptest! {
    #[test]
    fn only_what_answers_an_outstanding_request_is_applied(
        response in 0..6_u8,
        answers in 0..6_u8,
        waiting in vec(0..6_u8, 0..4),
        applied in vec(0..6_u8, 0..4),
    ) {
        let requests: Vec<_> = waiting.iter().copied().map(outstanding).collect();
        let before: Vec<_> = applied.iter().copied().map(token).collect();
        let product = product("com.acme.cad");
        let outcome = may_accept(token(response), token(answers), &product, &requests, &before);
        prop_assert_eq!(
            outcome == Ok(Acceptance::Apply),
            waiting.contains(&answers) && !applied.contains(&response)
        );
        prop_assert_eq!(
            outcome == Ok(Acceptance::AlreadyApplied),
            applied.contains(&response)
        );
    }

    #[test]
    fn a_request_is_new_or_the_outstanding_one(
        state in select(&State::ALL[..]),
        reason in select(Code::ALL),
        waiting in proptest::option::of(0..9_u8),
        anew: bool,
    ) {
        let waiting = waiting.map(token);
        let standing = standing(state, Some(reason));
        match may_request(&standing, waiting, anew) {
            Ok(Ask::Again(request)) => prop_assert!(waiting == Some(request) && !anew),
            Ok(Ask::New) => prop_assert!(waiting.is_none() || anew),
            Err(refusal) => prop_assert!(
                refusal.code() == Code::AlreadyActive && state == State::Licensed
                    || refusal.code() == Code::ClockBehind && reason == Code::ClockBehind
            ),
        }
    }
}
