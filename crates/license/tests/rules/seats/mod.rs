//! Who gets a seat, and what these tests build on.

mod again;
mod bought;
mod device;
mod free;
mod over_time;

use keyferry_license::{
    Answered, Decision, Entitlement, HeldSeat, OfflineSupport, Refusal, SeatRequest, Seating,
    decide,
};
use keyferry_token::{
    ComponentKind, Fingerprint, Name, RequestNumber, SeatStatus, Seconds, Sequence, Timestamp,
};

use crate::samples::{NOW, activation, device, machine, token};

fn product() -> Name {
    Name::new("Acme CAD").unwrap()
}

fn in_days(days: u64) -> Timestamp {
    NOW.plus(Seconds::days(days))
}

fn days_ago(days: u64) -> Timestamp {
    NOW.minus(Seconds::days(days))
}

fn entitlement(product: &Name, seats: u32) -> Entitlement<'_> {
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
        rebind_cap: 3,
    }
}

/// The machine that is called `name`.
fn pc(name: u8) -> Fingerprint {
    machine(name, &ComponentKind::ALL)
}

/// A seat that the device `name` holds with the machine `name`, for another ten days.
fn held_by(name: u8) -> HeldSeat {
    HeldSeat {
        activation: activation(name),
        device: device(name),
        activated_at: days_ago(27),
        sequence: Sequence(days_ago(27).unix()),
        held_until: in_days(10),
        enrolled: pc(name),
        tolerance: 60,
        rebinds: 0,
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

/// The request with this number was answered with the activation of this name.
fn answered(number: u64, with: u8) -> Answered {
    Answered {
        number: RequestNumber(number),
        token: token(100 + u8::try_from(number).unwrap()),
        activation: activation(with),
    }
}

fn ask(
    entitlement: &Entitlement<'_>,
    seats: &[HeldSeat],
    answered: Option<&Answered>,
    request: &SeatRequest<'_>,
) -> Result<Decision, Refusal> {
    decide(NOW, entitlement, seats, answered, request)
}

/// Device `name` with fingerprint `looks` asks for the first time, over `seats` of `total`.
fn first(
    total: u32,
    seats: &[HeldSeat],
    name: u8,
    looks: &Fingerprint,
) -> Result<Seating, Refusal> {
    let product = product();
    match ask(
        &entitlement(&product, total),
        seats,
        None,
        &request(name, 1, looks),
    )? {
        Decision::Seat { seating, .. } => Ok(seating),
        Decision::Replay { activation } => panic!("replayed {activation}"),
    }
}
