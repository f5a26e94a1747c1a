//! Giving a seat back: rules A7 and C4.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::{
    Deactivated, Departure, DepartureFacts, Ended, HeldSeat, Policy, Refusal, Standing, State,
    decide_deactivation, may_deactivate,
};
use keyferry_token::{ComponentKind::Cpu, RequestNumber};

use crate::{
    samples::{NOW, device, in_days, product, standing, token},
    seats::held_by,
};

/// The device of this name brings a deactivation with this number.
fn departure(name: u8, number: u64) -> Departure {
    Departure {
        device: device(name),
        number: RequestNumber(number),
        token: token(100 + u8::try_from(number).unwrap()),
    }
}

/// The latest token about the activation, a request, has the number 4.
fn facts(seat: &HeldSeat) -> DepartureFacts<'_> {
    DepartureFacts {
        seat,
        ended: None,
        latest: Some(RequestNumber(4)),
        same_number: None,
        policy: Policy::default(),
    }
}

fn decided(facts: &DepartureFacts<'_>, departure: &Departure) -> Result<Deactivated, Refusal> {
    decide_deactivation(NOW, facts, departure)
}

#[test]
fn a7_a_deactivation_frees_the_seat_at_once() {
    let seat = held_by(1);
    assert_eq!(
        decided(&facts(&seat), &departure(1, 5)),
        Ok(Deactivated::Freed)
    );
}

#[test]
fn a7_only_the_device_that_holds_the_activation_can_give_it_back() {
    let seat = held_by(1);
    let refused = Err(Refusal::DeactivationOfOther);
    assert_eq!(decided(&facts(&seat), &departure(2, 5)), refused);
    let known = DepartureFacts {
        same_number: Some(token(105)),
        ended: Some(Ended::Released),
        ..facts(&seat)
    };
    assert_eq!(decided(&known, &departure(2, 5)), refused);
}

#[test]
fn a7_the_second_time_is_a_no_op() {
    let seat = held_by(1);
    for ended in [None, Some(Ended::Deactivated), Some(Ended::Released)] {
        let again = DepartureFacts {
            ended,
            latest: Some(RequestNumber(9)),
            same_number: Some(token(105)),
            ..facts(&seat)
        };
        let outcome = decided(&again, &departure(1, 5));
        assert_eq!(outcome, Ok(Deactivated::Repeated));
    }
}

#[test]
fn a7_one_that_comes_after_a_later_answer_about_the_same_activation_changes_nothing() {
    let seat = held_by(1);
    for ended in [None, Some(Ended::Deactivated)] {
        let renewed = DepartureFacts {
            ended,
            ..facts(&seat)
        };
        let outcome = decided(&renewed, &departure(1, 3));
        assert_eq!(outcome, Ok(Deactivated::Outdated));
    }
}

#[test]
fn a7_without_an_answer_about_the_activation_no_number_is_too_late() {
    let seat = held_by(1);
    let unanswered = DepartureFacts {
        latest: None,
        ..facts(&seat)
    };
    let outcome = decided(&unanswered, &departure(1, 1));
    assert_eq!(outcome, Ok(Deactivated::Freed));
}

#[test]
fn a7_the_number_of_another_token_is_a_fork() {
    let seat = held_by(1);
    // Whichever activation the other one is about, and whatever came after it.
    for latest in [None, Some(4), Some(5), Some(6)] {
        let taken = DepartureFacts {
            latest: latest.map(RequestNumber),
            same_number: Some(token(5)),
            ..facts(&seat)
        };
        let forked = decided(&taken, &departure(1, 5));
        assert_eq!(forked, Err(Refusal::DeactivationForked), "{latest:?}");
    }
}

#[test]
fn a7_of_an_activation_that_has_ended_it_is_recorded_and_frees_nothing() {
    let seat = held_by(1);
    for ended in [Ended::Superseded, Ended::Released, Ended::Deactivated] {
        let late = DepartureFacts {
            ended: Some(ended),
            ..facts(&seat)
        };
        let outcome = decided(&late, &departure(1, 5));
        assert_eq!(outcome, Ok(Deactivated::Recorded { ended }));
    }
    let leaving = HeldSeat {
        leaving: true,
        ..held_by(1)
    };
    let outcome = decided(&facts(&leaving), &departure(1, 5));
    let ended = Ended::Deactivated;
    assert_eq!(outcome, Ok(Deactivated::Recorded { ended }));
}

#[test]
fn a7_beyond_the_cap_the_seat_frees_when_its_grants_are_over() {
    let moved = |moves| HeldSeat {
        moves,
        ..held_by(1)
    };
    assert_eq!(
        decided(&facts(&moved(5)), &departure(1, 5)),
        Ok(Deactivated::Freed)
    );
    assert_eq!(
        decided(&facts(&moved(6)), &departure(1, 5)),
        Ok(Deactivated::FreesLater {
            frees_at: in_days(10)
        })
    );
    let over = HeldSeat {
        held_until: NOW,
        ..moved(6)
    };
    assert_eq!(
        decided(&facts(&over), &departure(1, 5)),
        Ok(Deactivated::Freed)
    );
}

#[test]
fn a7_what_becomes_of_it_is_told_with_what_its_text_names() {
    let told = |outcome: Deactivated| {
        let problem = outcome.problem()?;
        let takes: Vec<_> = problem.code.placeholders().iter().map(|p| p.name).collect();
        let brings: Vec<_> = problem.args.iter().map(|(name, _)| *name).collect();
        assert_eq!(brings, takes);
        Some(problem.code)
    };
    let ended = Ended::Released;
    assert_eq!(told(Deactivated::Freed), None);
    assert_eq!(
        told(Deactivated::FreesLater { frees_at: NOW }),
        Some(Code::SeatFreesLater)
    );
    assert_eq!(
        told(Deactivated::Recorded { ended }),
        Some(Code::DeactivationRecorded)
    );
    assert_eq!(
        told(Deactivated::Repeated),
        Some(Code::DeactivationRepeated)
    );
    assert_eq!(
        told(Deactivated::Outdated),
        Some(Code::DeactivationOutdated)
    );
}

#[test]
fn c4_whoever_holds_a_trusted_grant_can_give_it_back_whether_it_runs_or_not() {
    for (state, reason) in [
        (State::Licensed, None),
        (State::Grace, Some(Code::LeaseEnded)),
        (State::Emergency, Some(Code::LeaseEnded)),
        (State::Expired, Some(Code::LeaseEnded)),
        (State::Expired, Some(Code::SubscriptionEnded)),
        (State::Stopped, Some(Code::Suspended)),
        (State::Stopped, Some(Code::Revoked)),
        (State::Blocked, Some(Code::ClockBehind)),
    ] {
        let outcome = may_deactivate(&standing(state, reason), &product());
        assert_eq!(outcome, Ok(()), "{state:?} {reason:?}");
    }
}

#[test]
fn c4_without_a_grant_there_is_nothing_to_give_back() {
    for reason in [Code::NotActivated, Code::AwaitingAnswer, Code::Deactivated] {
        let nothing = standing(State::Unlicensed, Some(reason));
        let refused = Refusal::NothingToDeactivate { product: product() };
        assert_eq!(may_deactivate(&nothing, &product()), Err(refused));
    }
}

#[test]
fn c4_what_does_not_stand_up_to_the_check_is_not_given_back() {
    for reason in [Code::Tampered, Code::UntrustedKey, Code::StoreDamaged] {
        let blocked = standing(State::Blocked, Some(reason));
        let refused = Refusal::Standing {
            problem: Problem::new(reason),
        };
        assert_eq!(may_deactivate(&blocked, &product()), Err(refused));
    }
}

#[test]
fn c4_a_copy_on_another_device_gives_nothing_back_whatever_hides_that_it_is_one() {
    let wrong = Problem::new(Code::WrongDevice).with("changed", "cpu");
    for (state, reason) in [
        (State::Blocked, Code::WrongDevice),
        (State::Blocked, Code::ClockBehind),
        (State::Stopped, Code::Suspended),
        (State::Emergency, Code::WrongDevice),
    ] {
        let copy = Standing {
            changed: vec![Cpu],
            other_device: true,
            ..standing(state, Some(reason))
        };
        let refused = Refusal::Standing {
            problem: wrong.clone(),
        };
        assert_eq!(may_deactivate(&copy, &product()), Err(refused), "{reason}");
    }
}
