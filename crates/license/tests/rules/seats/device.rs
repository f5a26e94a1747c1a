//! One device, one seat, and the cap on rebinds: rules A4 and A9.

use keyferry_license::{Decision, DeviceHistory, HeldSeat, Rebinding, Refusal, Seating};
use keyferry_token::{
    ComponentKind::{BoardSerial, Cpu, FirmwareUuid, MachineId, NetworkAdapter, SystemDisk},
    Sequence,
};

use super::{ask, entitlement, first, held_by, latest, over_for, pc, request};
use crate::samples::{NOW, activation, days_ago, device, in_days, machine, product, replaced};

#[test]
fn the_same_device_keeps_its_seat_and_activation() {
    let product = product();
    let looks = replaced(&pc(1), &[NetworkAdapter]);
    let decision = ask(
        &entitlement(&product, 5),
        &[held_by(2), held_by(1)],
        &latest(4),
        &request(1, 5, &looks),
    );
    let Ok(Decision::Seat {
        seating,
        sequence,
        lease,
        held_until,
        ..
    }) = decision
    else {
        panic!("{decision:?}");
    };
    assert_eq!(
        seating,
        Seating::Renewed {
            activation: activation(1)
        }
    );
    assert!(sequence > held_by(1).sequence);
    assert_eq!(lease.expires_at, in_days(30));
    assert_eq!(held_until, in_days(37));
}

#[test]
fn a_renewed_grant_counts_up_even_when_the_authoritys_clock_went_back() {
    let product = product();
    let ahead = HeldSeat {
        sequence: Sequence(NOW.unix() + 500),
        ..held_by(1)
    };
    let decision = ask(
        &entitlement(&product, 1),
        &[ahead],
        &latest(4),
        &request(1, 5, &pc(1)),
    );
    let Ok(Decision::Seat { sequence, .. }) = decision else {
        panic!("{decision:?}");
    };
    assert_eq!(sequence, Sequence(NOW.unix() + 501));
}

#[test]
fn a_seat_that_is_over_is_still_the_devices_own_until_another_takes_it() {
    let renewed = Seating::Renewed {
        activation: activation(1),
    };
    assert_eq!(first(1, &[over_for(1, 90)], 1, &pc(1)), Ok(renewed));
}

#[test]
fn the_same_key_in_other_hardware_gets_the_same_seat_with_the_old_activation_superseded() {
    let looks = replaced(
        &pc(1),
        &[FirmwareUuid, BoardSerial, SystemDisk, NetworkAdapter],
    );
    let rebound = Seating::Rebound {
        supersedes: activation(1),
        cause: Rebinding::DeviceChanged {
            changed: vec![FirmwareUuid, BoardSerial, SystemDisk, NetworkAdapter],
        },
    };
    assert_eq!(first(5, &[held_by(1), held_by(2)], 1, &looks), Ok(rebound));
}

#[test]
fn a_computer_set_up_anew_gets_its_old_seat_back() {
    let looks = replaced(&pc(1), &[MachineId]);
    let rebound = Seating::Rebound {
        supersedes: activation(1),
        cause: Rebinding::NewDeviceKey {
            changed: vec![MachineId],
        },
    };
    assert_eq!(first(2, &[held_by(2), held_by(1)], 7, &looks), Ok(rebound));
}

#[test]
fn a_rebind_begins_a_new_activation_with_a_hold_of_its_own() {
    let product = product();
    let long = HeldSeat {
        held_until: in_days(300),
        sequence: Sequence(NOW.unix() + 500),
        ..held_by(1)
    };
    let decision = ask(
        &entitlement(&product, 1),
        &[long],
        &DeviceHistory::default(),
        &request(7, 1, &pc(1)),
    );
    let Ok(Decision::Seat {
        sequence,
        held_until,
        ..
    }) = decision
    else {
        panic!("{decision:?}");
    };
    assert_eq!(sequence, Sequence(NOW.unix()));
    assert_eq!(held_until, in_days(37));
}

#[test]
fn a_seat_is_rebound_only_as_often_as_the_vendor_allows() {
    let moved = |rebinds| HeldSeat {
        rebinds,
        ..held_by(1)
    };
    let refused = Err(Refusal::ReactivationCapReached { cap: 3 });
    assert!(matches!(
        first(5, &[moved(2)], 7, &pc(1)),
        Ok(Seating::Rebound { .. })
    ));
    assert_eq!(first(5, &[moved(3)], 7, &pc(1)), refused);
    assert_eq!(first(5, &[moved(3)], 1, &pc(9)), refused);
}

#[test]
fn the_cap_does_not_touch_a_device_that_is_still_the_same() {
    let moved = HeldSeat {
        rebinds: 3,
        ..held_by(1)
    };
    let renewed = Seating::Renewed {
        activation: activation(1),
    };
    assert_eq!(first(5, &[moved], 1, &pc(1)), Ok(renewed));
}

#[test]
fn the_cap_is_counted_for_each_seat_on_its_own() {
    let moved = HeldSeat {
        rebinds: 3,
        ..held_by(2)
    };
    assert!(matches!(
        first(2, &[moved, held_by(1)], 7, &pc(1)),
        Ok(Seating::Rebound { .. })
    ));
}

#[test]
fn beyond_the_cap_a_known_computer_can_still_take_its_seat_once_it_is_over() {
    let moved = HeldSeat {
        rebinds: 3,
        ..over_for(1, 0)
    };
    let taken = Seating::Taken {
        supersedes: activation(1),
    };
    assert_eq!(first(1, &[moved], 7, &pc(1)), Ok(taken));
}

#[test]
fn the_same_key_goes_before_a_fingerprint_that_fits() {
    let mine_by_key = HeldSeat {
        device: device(7),
        ..held_by(1)
    };
    let mine_by_looks = held_by(2);
    let rebound = first(2, &[mine_by_looks, mine_by_key], 7, &pc(2));
    assert!(matches!(
        rebound,
        Ok(Seating::Rebound { supersedes, cause: Rebinding::DeviceChanged { .. } })
            if supersedes == activation(1)
    ));
}

#[test]
fn of_several_that_fit_the_best_counts() {
    let good = HeldSeat {
        enrolled: replaced(&pc(5), &[Cpu]),
        activated_at: days_ago(300),
        ..held_by(1)
    };
    let better = HeldSeat {
        enrolled: pc(5),
        activated_at: days_ago(1),
        ..held_by(2)
    };
    for seats in [[good.clone(), better.clone()], [better, good]] {
        assert!(matches!(
            first(2, &seats, 7, &pc(5)),
            Ok(Seating::Rebound { supersedes, .. }) if supersedes == activation(2)
        ));
    }
}

#[test]
fn of_several_that_fit_equally_well_the_oldest_counts() {
    let seat = |name, days| HeldSeat {
        enrolled: pc(5),
        activated_at: days_ago(days),
        ..held_by(name)
    };
    for seats in [[seat(1, 3), seat(2, 4)], [seat(2, 4), seat(1, 3)]] {
        assert!(matches!(
            first(2, &seats, 7, &pc(5)),
            Ok(Seating::Rebound { supersedes, .. }) if supersedes == activation(2)
        ));
    }
}

#[test]
fn a_device_that_has_only_a_part_or_two_in_common_is_another_device() {
    let looks = replaced(&pc(1), &[FirmwareUuid, SystemDisk, NetworkAdapter]);
    assert_eq!(first(2, &[held_by(1)], 7, &looks), Ok(Seating::New));
}

#[test]
fn the_share_that_fits_tells_which_is_best() {
    let few_but_all = HeldSeat {
        enrolled: machine(5, &[MachineId, Cpu, SystemDisk]),
        ..held_by(1)
    };
    let more_but_not_all = HeldSeat {
        enrolled: replaced(&pc(5), &[FirmwareUuid, BoardSerial]),
        activated_at: days_ago(300),
        ..held_by(2)
    };
    assert!(matches!(
        first(2, &[more_but_not_all, few_but_all], 7, &pc(5)),
        Ok(Seating::Rebound { supersedes, .. }) if supersedes == activation(1)
    ));
}

#[test]
fn of_two_seats_with_one_key_the_oldest_counts() {
    let second = HeldSeat {
        device: device(1),
        enrolled: pc(1),
        activated_at: days_ago(1),
        ..held_by(2)
    };
    for seats in [[held_by(1), second.clone()], [second, held_by(1)]] {
        let renewed = Seating::Renewed {
            activation: activation(1),
        };
        assert_eq!(first(2, &seats, 1, &pc(1)), Ok(renewed));
    }
}
