//! Who gets a seat: rules A3, A4 and A5, with A1, A2, A8 and A9's cap as far as activation needs
//! them. The authority reads the facts and does what is decided in one transaction (rule A10).

use std::cmp::Reverse;

use keyferry_token::{
    ActivationId, ComponentKind, DeviceId, EmergencyAllowance, Fingerprint, RequestNumber,
    SeatStatus, Seconds, Sequence, Timestamp, TokenId,
};

use crate::{
    Lease, Match, OfflineSupport, Refusal, Terms, compare, enrollable, lease, offline_allowed,
};

/// The year in which rebinds are counted, back from now.
pub const REBIND_WINDOW: Seconds = Seconds::days(365);

/// What a customer bought, as activation sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement<'a> {
    /// How many seats it has.
    pub seats: u32,
    /// Whether the vendor suspended or revoked it (rule A8).
    pub status: SeatStatus,
    /// When it ends, if it does.
    pub ends: Option<Timestamp>,
    /// Whether it is licensed offline, and for how long at a time (rule A1).
    pub offline: OfflineSupport<'a>,
    /// How long the program runs on after a lease.
    pub grace: Seconds,
    /// The emergency run that its grants allow.
    pub emergency: Option<EmergencyAllowance>,
    /// How often a seat may be rebound within [`REBIND_WINDOW`].
    pub rebind_cap: u32,
}

/// A live activation: it holds a seat of the entitlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldSeat {
    /// Its id.
    pub activation: ActivationId,
    /// The device that holds it.
    pub device: DeviceId,
    /// When it began.
    pub activated_at: Timestamp,
    /// The sequence number of its latest grant.
    pub sequence: Sequence,
    /// The latest end of all grants given for it ([`Seating`] says how it goes on).
    pub held_until: Timestamp,
    /// What its grants enrol.
    pub enrolled: Fingerprint,
    /// The share of it that must still match, in percent, as its grants say.
    pub tolerance: u8,
    /// How often this seat was rebound within [`REBIND_WINDOW`]: counted over the activations that
    /// held it one after the other.
    pub rebinds: u32,
}

/// The latest request of a device key for a product that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its number.
    pub number: RequestNumber,
    /// Its id.
    pub token: TokenId,
    /// The activation that it was answered with.
    pub activation: ActivationId,
}

/// What a device asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatRequest<'a> {
    /// The device, by its signing key.
    pub device: DeviceId,
    /// The request's number.
    pub number: RequestNumber,
    /// The request's id.
    pub token: TokenId,
    /// What the device looks like.
    pub fingerprint: &'a Fingerprint,
}

/// How a request is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// With the same bytes as before (rule A3); nothing changes.
    Replay {
        /// The activation that it was answered with.
        activation: ActivationId,
    },
    /// With a new grant.
    Seat {
        /// On which seat.
        seating: Seating,
        /// The sequence number of the grant.
        sequence: Sequence,
        /// Its lease (rule A2).
        lease: Lease,
        /// The activation's [`HeldSeat::held_until`] from now on.
        held_until: Timestamp,
    },
}

/// The seat that a device gets. All but the first enrol what the device looks like now; a renewed
/// seat keeps its enrolment, so that a device cannot drift away from it step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seating {
    /// The one it holds; the activation goes on (rule A4).
    Renewed {
        /// The activation.
        activation: ActivationId,
    },
    /// The one that it held as another device; a new activation supersedes the old one. Counted as
    /// a rebind and flagged in the audit log (rule A4).
    Rebound {
        /// The old activation.
        supersedes: ActivationId,
        /// Why it counts as another device.
        cause: Rebinding,
    },
    /// One whose time is over; a new activation supersedes the old one for good (rule A5).
    Taken {
        /// The old activation.
        supersedes: ActivationId,
    },
    /// A free one, with a new activation.
    New,
}

/// Why a seat is bound anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebinding {
    /// The device key is the same, too many components are not.
    DeviceChanged {
        /// The components that differ.
        changed: Vec<ComponentKind>,
    },
    /// The components fit, the device key is another: a machine set up anew, or a copy of it.
    NewDeviceKey {
        /// The components that differ all the same.
        changed: Vec<ComponentKind>,
    },
}

/// Decides about an activation request. `seats` are all live activations of the entitlement in any
/// order, `answered` the latest answered request of the same device key for the same product.
///
/// 1. Nothing is given while the entitlement is revoked or suspended.
/// 2. The request's number: a lower one is void, the same one gets its answer again as long as the
///    activation holds its seat.
/// 3. Nothing new is given after the entitlement's end or against rule A1.
/// 4. The seat of the same device key; else the seat whose enrolment fits best, of equals the
///    oldest; else a free seat; else the seat whose time has been over for longest.
///
/// A seat whose rebinds are used up can still be taken once its time is over: whom it knows is not
/// worse off than a stranger.
///
/// # Errors
/// `entitlement_revoked`, `entitlement_suspended`; `request_superseded`, `request_forked`,
/// `activation_superseded`; `entitlement_ended`, `offline_not_enabled`, `offline_lease_missing`;
/// `fingerprint_too_small`, `reactivation_cap_reached`, `no_free_seat`.
pub fn decide(
    now: Timestamp,
    entitlement: &Entitlement<'_>,
    seats: &[HeldSeat],
    answered: Option<&Answered>,
    request: &SeatRequest<'_>,
) -> Result<Decision, Refusal> {
    match entitlement.status {
        SeatStatus::Revoked => return Err(Refusal::EntitlementRevoked),
        SeatStatus::Suspended => return Err(Refusal::EntitlementSuspended),
        SeatStatus::Active => {}
    }
    if let Some(activation) = answered_before(seats, answered, request)? {
        return Ok(Decision::Replay { activation });
    }
    if let Some(ended) = entitlement.ends.filter(|end| *end <= now) {
        return Err(Refusal::EntitlementEnded { ended });
    }
    let terms = Terms {
        offline_lease_period: offline_allowed(&entitlement.offline)?,
        grace: entitlement.grace,
        subscription_end: entitlement.ends,
    };

    let seating = seat_for(now, entitlement, seats, request)?;
    let lease = lease(now, &terms);
    let end = lease.held_until(entitlement.emergency.as_ref(), entitlement.ends);
    let renewed = match &seating {
        Seating::Renewed { activation } => seats.iter().find(|s| s.activation == *activation),
        Seating::Rebound { .. } | Seating::Taken { .. } | Seating::New => None,
    };
    Ok(Decision::Seat {
        sequence: Sequence::after(renewed.map(|seat| seat.sequence), now),
        // An earlier grant that ran longer may still be in use.
        held_until: renewed.map_or(end, |seat| seat.held_until.max(end)),
        seating,
        lease,
    })
}

/// The activation that this very request was answered with (rule A3); `None` when the request is
/// a later one than any that was answered.
fn answered_before(
    seats: &[HeldSeat],
    answered: Option<&Answered>,
    request: &SeatRequest<'_>,
) -> Result<Option<ActivationId>, Refusal> {
    let Some(latest) = answered.filter(|latest| request.number <= latest.number) else {
        return Ok(None);
    };
    if request.number < latest.number {
        return Err(Refusal::RequestSuperseded);
    }
    if request.token != latest.token {
        return Err(Refusal::RequestForked);
    }
    if !seats
        .iter()
        .any(|seat| seat.activation == latest.activation)
    {
        return Err(Refusal::ActivationSuperseded);
    }
    Ok(Some(latest.activation))
}

fn seat_for(
    now: Timestamp,
    entitlement: &Entitlement<'_>,
    seats: &[HeldSeat],
    request: &SeatRequest<'_>,
) -> Result<Seating, Refusal> {
    let fit = |seat: &HeldSeat| compare(&seat.enrolled, request.fingerprint, seat.tolerance);

    let own = seats
        .iter()
        .filter(|seat| seat.device == request.device)
        .min_by_key(|seat| (seat.activated_at, seat.activation));
    if let Some(seat) = own {
        let fit = fit(seat);
        if fit.within {
            return Ok(Seating::Renewed {
                activation: seat.activation,
            });
        }
        let cause = Rebinding::DeviceChanged {
            changed: fit.changed,
        };
        return rebind(now, entitlement, seat, cause, request);
    }

    let known = seats
        .iter()
        .map(|seat| (seat, fit(seat)))
        .filter(|(_, fit)| fit.within)
        .min_by_key(|(seat, fit)| (Reverse(share(fit)), seat.activated_at, seat.activation));
    if let Some((seat, fit)) = known {
        let cause = Rebinding::NewDeviceKey {
            changed: fit.changed,
        };
        return rebind(now, entitlement, seat, cause, request);
    }

    enrollable(request.fingerprint)?;
    free_seat(now, entitlement.seats, seats)
}

/// The share of enrolled components that match, in hundredths of a percent.
fn share(fit: &Match) -> usize {
    fit.matching * 10_000 / (fit.matching + fit.changed.len()).max(1)
}

fn rebind(
    now: Timestamp,
    entitlement: &Entitlement<'_>,
    seat: &HeldSeat,
    cause: Rebinding,
    request: &SeatRequest<'_>,
) -> Result<Seating, Refusal> {
    enrollable(request.fingerprint)?;
    let supersedes = seat.activation;
    if seat.rebinds < entitlement.rebind_cap {
        Ok(Seating::Rebound { supersedes, cause })
    } else if seat.held_until <= now {
        Ok(Seating::Taken { supersedes })
    } else {
        Err(Refusal::ReactivationCapReached {
            cap: entitlement.rebind_cap,
        })
    }
}

/// A seat for a device that holds none (rule A5). A vendor may have lowered the number of seats
/// below that of the activations: then as many have to be over first.
fn free_seat(now: Timestamp, total: u32, seats: &[HeldSeat]) -> Result<Seating, Refusal> {
    let total_seats = usize::try_from(total).unwrap_or(usize::MAX);
    if seats.len() < total_seats {
        return Ok(Seating::New);
    }
    let mut by_end: Vec<&HeldSeat> = seats.iter().collect();
    by_end.sort_unstable_by_key(|seat| (seat.held_until, seat.activation));
    let running = by_end.iter().filter(|seat| seat.held_until > now).count();
    match by_end.first() {
        Some(longest_over) if running < total_seats => Ok(Seating::Taken {
            supersedes: longest_over.activation,
        }),
        // The seat whose end leaves one fewer running than there are seats.
        _ => Err(Refusal::NoFreeSeat {
            seats: total,
            next_free: by_end
                .len()
                .checked_sub(total_seats)
                .and_then(|last_to_end| by_end.get(last_to_end))
                .map(|seat| seat.held_until),
        }),
    }
}
