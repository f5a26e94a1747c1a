//! The same request again, and older ones: rule A3, and the numbers of rule A4.

use keyferry_license::{
    Answered, Decision, DeviceHistory, Ended, Entitlement, OfflineSupport, Refusal, SeatRequest,
};
use keyferry_token::SeatStatus;

use super::{answered, ask, entitlement, held_by, latest, over_for, pc, request};
use crate::samples::{activation, days_ago, product, token};

#[test]
fn a_lost_reply_is_reissued_without_a_second_seat() {
    let product = product();
    let again = ask(
        &entitlement(&product, 5),
        &[held_by(1)],
        &answered(4, 1),
        &request(1, 4, &pc(1)),
    );
    assert_eq!(
        again,
        Ok(Decision::Replay {
            activation: activation(1)
        })
    );
}

#[test]
fn a_lost_reply_is_reissued_even_when_nothing_new_would_be_given() {
    let product = product();
    let over = Entitlement {
        ends: Some(days_ago(1)),
        ..entitlement(&product, 0)
    };
    let switched_off = Entitlement {
        offline: OfflineSupport {
            product: &product,
            enabled: false,
            lease_period: None,
        },
        ..entitlement(&product, 1)
    };
    for entitlement in [over, switched_off] {
        let again = ask(
            &entitlement,
            &[over_for(1, 3)],
            &answered(4, 1),
            &request(1, 4, &pc(2)),
        );
        assert_eq!(
            again,
            Ok(Decision::Replay {
                activation: activation(1)
            })
        );
    }
}

/// The request with this number was answered with an activation that has ended so; the latest token
/// of the device has the number `of_latest`.
fn ended(of_latest: u64, why: Ended) -> DeviceHistory {
    DeviceHistory {
        answered: Some(Answered {
            activation: activation(1),
            ended: Some(why),
        }),
        ..latest(of_latest)
    }
}

#[test]
fn a_lost_reply_is_not_reissued_once_its_activation_holds_no_seat_and_the_reason_is_told() {
    let product = product();
    for (why, told) in [
        (Ended::Superseded, Refusal::ActivationSuperseded),
        (Ended::Released, Refusal::ActivationReleased),
        (Ended::Deactivated, Refusal::ActivationDeactivated),
    ] {
        // Its own number is the latest, or that of what ended it.
        for of_latest in [4, 6] {
            let again = ask(
                &entitlement(&product, 5),
                &[held_by(2)],
                &ended(of_latest, why),
                &request(1, 4, &pc(1)),
            );
            assert_eq!(again, Err(told.clone()));
        }
    }
}

#[test]
fn a_request_older_than_a_deactivation_is_void() {
    let product = product();
    let older = ask(
        &entitlement(&product, 5),
        &[],
        &latest(6),
        &request(1, 5, &pc(1)),
    );
    assert_eq!(older, Err(Refusal::RequestSuperseded));
}

#[test]
fn a_restored_copy_that_asks_with_the_number_of_a_deactivation_is_a_fork() {
    let product = product();
    let looks = pc(1);
    let copy = SeatRequest {
        token: token(9),
        ..request(1, 6, &looks)
    };
    let decision = ask(&entitlement(&product, 5), &[], &latest(6), &copy);
    assert_eq!(decision, Err(Refusal::RequestForked));
    let next = ask(
        &entitlement(&product, 5),
        &[],
        &latest(6),
        &request(1, 7, &looks),
    );
    assert!(matches!(next, Ok(Decision::Seat { .. })), "{next:?}");
}

#[test]
fn an_answer_that_the_authority_has_lost_is_given_anew() {
    let product = product();
    let again = ask(
        &entitlement(&product, 5),
        &[held_by(1)],
        &latest(4),
        &request(1, 4, &pc(1)),
    );
    assert!(matches!(again, Ok(Decision::Seat { .. })), "{again:?}");
}

#[test]
fn nothing_is_given_while_suspended_or_revoked_not_even_a_lost_reply() {
    let product = product();
    for (status, refusal) in [
        (SeatStatus::Suspended, Refusal::EntitlementSuspended),
        (SeatStatus::Revoked, Refusal::EntitlementRevoked),
    ] {
        let entitlement = Entitlement {
            status,
            ..entitlement(&product, 5)
        };
        let seats = [held_by(1)];
        let answered = answered(4, 1);
        let again = ask(&entitlement, &seats, &answered, &request(1, 4, &pc(1)));
        assert_eq!(again, Err(refusal.clone()));
        let renewed = ask(&entitlement, &seats, &answered, &request(1, 5, &pc(1)));
        assert_eq!(renewed, Err(refusal.clone()));
        let first = ask(
            &entitlement,
            &seats,
            &DeviceHistory::default(),
            &request(2, 1, &pc(2)),
        );
        assert_eq!(first, Err(refusal));
    }
}

#[test]
fn an_older_request_is_void_once_a_later_one_was_answered() {
    let product = product();
    let older = ask(
        &entitlement(&product, 5),
        &[held_by(1)],
        &answered(4, 1),
        &request(1, 3, &pc(1)),
    );
    assert_eq!(older, Err(Refusal::RequestSuperseded));
}

#[test]
fn two_requests_with_one_number_are_a_fork() {
    let product = product();
    let looks = pc(1);
    let fork = SeatRequest {
        token: token(9),
        ..request(1, 4, &looks)
    };
    let decision = ask(
        &entitlement(&product, 5),
        &[held_by(1)],
        &answered(4, 1),
        &fork,
    );
    assert_eq!(decision, Err(Refusal::RequestForked));
}
