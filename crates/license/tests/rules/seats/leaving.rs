//! Seats of computers that were deactivated beyond the cap on moves (rule A7): occupied until the
//! end of their grants, for everybody but their own computer.

use keyferry_license::{Decision, HeldSeat, Rebinding, Refusal, Seating};
use keyferry_token::ComponentKind::{
    BoardSerial, FirmwareUuid, MachineId, NetworkAdapter, SystemDisk,
};

use super::{ask, entitlement, first, held_by, latest, over_for, pc, request};
use crate::samples::{activation, days_ago, device, in_days, machine, product, replaced};

fn leaving(seat: HeldSeat) -> HeldSeat {
    HeldSeat {
        leaving: true,
        ..seat
    }
}

fn returned(changed: &[keyferry_token::ComponentKind]) -> Seating {
    Seating::Returned {
        supersedes: activation(1),
        changed: changed.to_vec(),
    }
}

#[test]
fn a7_a_seat_that_is_leaving_is_not_free_for_others() {
    let refused = Refusal::NoFreeSeat {
        seats: 1,
        next_free: Some(in_days(10)),
    };
    assert_eq!(first(1, &[leaving(held_by(1))], 7, &pc(7)), Err(refused));
}

#[test]
fn a7_its_own_computer_gets_it_back_as_a_new_activation() {
    let product = product();
    let long = HeldSeat {
        held_until: in_days(300),
        ..leaving(held_by(1))
    };
    let back = ask(
        &entitlement(&product, 1),
        &[long],
        &latest(4),
        &request(1, 5, &replaced(&pc(1), &[NetworkAdapter])),
    );
    let Ok(Decision::Seat {
        seating,
        held_until,
        ..
    }) = back
    else {
        panic!("{back:?}");
    };
    assert_eq!(seating, returned(&[NetworkAdapter]));
    // A copy of it may not know that it was deactivated.
    assert_eq!(held_until, in_days(300));
}

#[test]
fn a7_its_own_computer_set_up_anew_gets_it_back_uncounted() {
    let rebound_often = HeldSeat {
        rebinds: 3,
        ..leaving(held_by(1))
    };
    let looks = replaced(&pc(1), &[MachineId]);
    assert_eq!(
        first(1, &[rebound_often], 7, &looks),
        Ok(returned(&[MachineId]))
    );
}

#[test]
fn a7_its_own_key_in_other_hardware_counts_as_a_rebind() {
    let other = replaced(
        &pc(1),
        &[FirmwareUuid, BoardSerial, SystemDisk, NetworkAdapter],
    );
    let rebound = first(1, &[leaving(held_by(1))], 1, &other);
    assert!(
        matches!(
            &rebound,
            Ok(Seating::Rebound {
                cause: Rebinding::DeviceChanged { .. },
                ..
            })
        ),
        "{rebound:?}"
    );
    let often = HeldSeat {
        rebinds: 3,
        ..leaving(held_by(1))
    };
    assert_eq!(
        first(1, &[often], 1, &other),
        Err(Refusal::ReactivationCapReached { cap: 3 })
    );
}

#[test]
fn a7_once_its_time_is_over_anybody_can_have_it() {
    let taken = Seating::Taken {
        supersedes: activation(1),
    };
    assert_eq!(first(1, &[leaving(over_for(1, 0))], 7, &pc(7)), Ok(taken));
}

#[test]
fn a_seat_that_was_given_back_is_taken_before_one_that_its_computer_may_come_back_for() {
    let taken = Seating::Taken {
        supersedes: activation(2),
    };
    let seats = [over_for(1, 90), leaving(over_for(2, 3)), held_by(3)];
    assert_eq!(first(3, &seats, 7, &pc(7)), Ok(taken));
}

#[test]
fn of_two_computers_that_look_the_same_the_one_that_left_gives_its_seat() {
    let left = HeldSeat {
        enrolled: pc(1),
        ..leaving(held_by(2))
    };
    let back = Seating::Returned {
        supersedes: activation(2),
        changed: Vec::new(),
    };
    for seats in [[held_by(1), left.clone()], [left, held_by(1)]] {
        assert_eq!(first(2, &seats, 7, &pc(1)), Ok(back.clone()));
    }
}

#[test]
fn a_computer_with_a_live_seat_keeps_that_one() {
    let left = HeldSeat {
        device: device(1),
        enrolled: pc(1),
        activated_at: days_ago(300),
        ..leaving(held_by(2))
    };
    let renewed = Seating::Renewed {
        activation: activation(1),
    };
    for seats in [[held_by(1), left.clone()], [left, held_by(1)]] {
        assert_eq!(first(2, &seats, 1, &pc(1)), Ok(renewed.clone()));
    }
}

#[test]
fn a_computer_that_shows_too_little_does_not_get_its_seat_back() {
    let looks = machine(1, &[MachineId]);
    let refused = Err(Refusal::FingerprintTooSmall);
    assert_eq!(first(1, &[leaving(held_by(1))], 1, &looks), refused);
}
