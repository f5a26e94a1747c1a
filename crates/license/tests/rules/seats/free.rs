//! Free seats, and those whose time is over: rule A5.

use keyferry_license::{Decision, HeldSeat, Refusal, Seating};
use keyferry_token::Seconds;

use super::{ask, entitlement, first, held_by, latest, over_for, pc, request};
use crate::samples::{NOW, activation, in_days, product};

#[test]
fn a_shorter_lease_does_not_free_a_seat_before_the_longer_one_is_over() {
    let product = product();
    let long = HeldSeat {
        held_until: in_days(300),
        ..held_by(1)
    };
    let decision = ask(
        &entitlement(&product, 1),
        &[long],
        &latest(4),
        &request(1, 5, &pc(1)),
    );
    let Ok(Decision::Seat {
        held_until, lease, ..
    }) = decision
    else {
        panic!("{decision:?}");
    };
    assert_eq!(lease.grace_until, in_days(37));
    assert_eq!(held_until, in_days(300));
}

#[test]
fn no_free_seat_says_when_the_next_one_is_free() {
    let seats = [
        HeldSeat {
            held_until: in_days(20),
            ..held_by(1)
        },
        HeldSeat {
            held_until: in_days(4),
            ..held_by(2)
        },
    ];
    assert_eq!(
        first(2, &seats, 7, &pc(7)),
        Err(Refusal::NoFreeSeat {
            seats: 2,
            next_free: Some(in_days(4)),
        })
    );
}

#[test]
fn an_entitlement_without_seats_never_frees_one() {
    assert_eq!(
        first(0, &[], 7, &pc(7)),
        Err(Refusal::NoFreeSeat {
            seats: 0,
            next_free: None,
        })
    );
    assert_eq!(
        first(0, &[held_by(1)], 7, &pc(7)),
        Err(Refusal::NoFreeSeat {
            seats: 0,
            next_free: None,
        })
    );
}

#[test]
fn a_seat_can_be_taken_from_the_moment_its_time_is_over() {
    let a_second_left = HeldSeat {
        held_until: NOW.plus(Seconds::new(1)),
        ..held_by(1)
    };
    assert!(matches!(
        first(1, &[a_second_left], 7, &pc(7)),
        Err(Refusal::NoFreeSeat { .. })
    ));
    let taken = Seating::Taken {
        supersedes: activation(1),
    };
    assert_eq!(first(1, &[over_for(1, 0)], 7, &pc(7)), Ok(taken));
}

#[test]
fn a_free_seat_is_given_before_one_is_taken() {
    assert_eq!(first(2, &[over_for(1, 90)], 7, &pc(7)), Ok(Seating::New));
}

#[test]
fn the_seat_that_is_over_for_longest_is_taken_first() {
    let taken = Seating::Taken {
        supersedes: activation(2),
    };
    let seats = [over_for(1, 3), over_for(2, 9), held_by(3)];
    assert_eq!(first(3, &seats, 7, &pc(7)), Ok(taken));
}

#[test]
fn when_the_vendor_lowers_the_seats_as_many_have_to_end_first() {
    let seat = |name, days| HeldSeat {
        held_until: in_days(days),
        ..held_by(name)
    };
    let seats = [seat(1, 30), seat(2, 20), seat(3, 10), over_for(4, 5)];
    assert_eq!(
        first(2, &seats, 7, &pc(7)),
        Err(Refusal::NoFreeSeat {
            seats: 2,
            next_free: Some(in_days(20)),
        })
    );
    let taken = Seating::Taken {
        supersedes: activation(4),
    };
    assert_eq!(first(4, &seats, 7, &pc(7)), Ok(taken));
}

#[test]
fn a_device_whose_seat_was_taken_can_have_a_free_one() {
    let product = product();
    let decision = ask(
        &entitlement(&product, 2),
        &[held_by(2)],
        &latest(4),
        &request(1, 5, &pc(1)),
    );
    assert!(matches!(
        decision,
        Ok(Decision::Seat {
            seating: Seating::New,
            ..
        })
    ));
}
