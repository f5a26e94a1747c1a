//! Who gets a seat, and what these tests build on.

mod again;
mod bought;
mod device;
mod free;
mod leaving;
mod ledger;
mod over_time;

use keyferry_license::{
    Answered, Decision, DeviceHistory, Entitlement, HeldSeat, LatestToken, OfflineSupport, Policy,
    Refusal, SeatRequest, Seating, decide,
};
use keyferry_token::{
    ComponentKind, Fingerprint, Name, RequestNumber, SeatStatus, Seconds, Sequence,
};

use crate::samples::{NOW, activation, days_ago, device, in_days, machine, token};

pub(crate) fn entitlement(product: &Name, seats: u32) -> Entitlement<'_> {
    Entitlement {
        seats,
        status: SeatStatus::Active,
        ends: None,
        offline: OfflineSupport {
            product,
            enabled: true,
            lease_period: Some(Seconds::days(30)),
        },
        grace: Seconds::days(7),
        emergency: None,
        policy: Policy::default(),
    }
}

/// The machine that is called `name`.
pub(crate) fn pc(name: u8) -> Fingerprint {
    machine(name, &ComponentKind::ALL)
}

/// A seat that the device `name` holds with the machine `name`, for another ten days.
pub(crate) fn held_by(name: u8) -> HeldSeat {
    HeldSeat {
        activation: activation(name),
        device: device(name),
        activated_at: days_ago(27),
        sequence: Sequence(days_ago(27).unix()),
        held_until: in_days(10),
        enrolled: pc(name),
        tolerance: 60,
        rebinds: 0,
        moves: 0,
        leaving: false,
    }
}

/// A seat whose lease, grace and emergency run are over since `days`.
fn over_for(name: u8, days: u64) -> HeldSeat {
    HeldSeat {
        held_until: days_ago(days),
        ..held_by(name)
    }
}

fn request(name: u8, number: u64, fingerprint: &Fingerprint) -> SeatRequest<'_> {
    SeatRequest {
        device: device(name),
        number: RequestNumber(number),
        token: token(100 + u8::try_from(number).unwrap()),
        fingerprint,
    }
}

/// The latest token of the device has this number; nothing is known about any other.
fn latest(number: u64) -> DeviceHistory {
    DeviceHistory {
        latest: Some(LatestToken {
            number: RequestNumber(number),
            token: token(100 + u8::try_from(number).unwrap()),
        }),
        ..DeviceHistory::default()
    }
}

/// The latest token of the device is the request with this number; this very one is asked about,
/// which was answered with the activation of this name.
fn answered(number: u64, with: u8) -> DeviceHistory {
    DeviceHistory {
        answered: Some(Answered {
            activation: activation(with),
            ended: None,
        }),
        ..latest(number)
    }
}

fn ask(
    entitlement: &Entitlement<'_>,
    seats: &[HeldSeat],
    history: &DeviceHistory,
    request: &SeatRequest<'_>,
) -> Result<Decision, Refusal> {
    decide(NOW, entitlement, seats, history, request)
}

/// Device `name` with fingerprint `looks` asks for the first time, over `seats` of `total`.
fn first(
    total: u32,
    seats: &[HeldSeat],
    name: u8,
    looks: &Fingerprint,
) -> Result<Seating, Refusal> {
    let product = crate::samples::product();
    match ask(
        &entitlement(&product, total),
        seats,
        &DeviceHistory::default(),
        &request(name, 1, looks),
    )? {
        Decision::Seat { seating, .. } => Ok(seating),
        Decision::Replay { activation } => panic!("replayed {activation}"),
    }
}
