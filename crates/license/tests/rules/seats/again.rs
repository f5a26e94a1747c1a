//! The same request again, and older ones: rule A3, and the numbers of rule A4.

use keyferry_license::{Decision, Entitlement, OfflineSupport, Refusal, SeatRequest};
use keyferry_token::SeatStatus;

use super::{answered, ask, days_ago, entitlement, held_by, over_for, pc, product, request};
use crate::samples::{activation, token};

#[test]
fn a_lost_reply_is_reissued_without_a_second_seat() {
    let product = product();
    let again = ask(
        &entitlement(&product, 5),
        &[held_by(1)],
        Some(&answered(4, 1)),
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
            Some(&answered(4, 1)),
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

#[test]
fn a_lost_reply_is_not_reissued_once_another_device_holds_the_seat() {
    let product = product();
    let again = ask(
        &entitlement(&product, 5),
        &[held_by(2)],
        Some(&answered(4, 1)),
        &request(1, 4, &pc(1)),
    );
    assert_eq!(again, Err(Refusal::ActivationSuperseded));
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
        let again = ask(
            &entitlement,
            &seats,
            Some(&answered),
            &request(1, 4, &pc(1)),
        );
        assert_eq!(again, Err(refusal.clone()));
        let renewed = ask(
            &entitlement,
            &seats,
            Some(&answered),
            &request(1, 5, &pc(1)),
        );
        assert_eq!(renewed, Err(refusal.clone()));
        let first = ask(&entitlement, &seats, None, &request(2, 1, &pc(2)));
        assert_eq!(first, Err(refusal));
    }
}

#[test]
fn an_older_request_is_void_once_a_later_one_was_answered() {
    let product = product();
    let older = ask(
        &entitlement(&product, 5),
        &[held_by(1)],
        Some(&answered(4, 1)),
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
        Some(&answered(4, 1)),
        &fork,
    );
    assert_eq!(decision, Err(Refusal::RequestForked));
}
