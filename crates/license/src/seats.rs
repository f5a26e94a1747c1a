//! Who gets a seat: rules A3, A4 and A5, with A1, A2, A7, A8 and A9 as far as activation needs them. The authority reads the facts and does what is decided in one transaction (rule A10).

use std::cmp::Reverse;

use keyferry_token::{
    ActivationId, ComponentKind, DeviceId, EmergencyAllowance, Fingerprint, RequestNumber,
    SeatStatus, Seconds, Sequence, Timestamp, TokenId,
};

use crate::{
    Answered, DeviceHistory, EmergencyTerms, LatestToken, Lease, Match, OfflineSupport, Policy,
    Refusal, compare, emergency_allowance, enrollable, history::Numbered, lease,
};

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
    /// The emergency runs that its grants allow.
    pub emergency: Option<EmergencyTerms>,
    /// How often its seats may change hands.
    pub policy: Policy,
}

/// An activation that holds a seat of the entitlement: a live one, or one that was deactivated and
/// still is [leaving](HeldSeat::leaving).
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
    /// How often this seat was rebound within [`crate::CAP_WINDOW`]: counted over the activations
    /// that held it one after the other.
    pub rebinds: u32,
    /// How often a deactivation freed this seat at once within [`crate::CAP_WINDOW`], counted
    /// likewise.
    pub moves: u32,
    /// Whether it was deactivated after its seat had moved as often as the vendor allows (rule A7):
    /// the seat is occupied until `held_until`, and only its own device can have it before.
    pub leaving: bool,
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
        /// The emergency runs that the grant allows.
        emergency: Option<EmergencyAllowance>,
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
    /// The one that it is leaving: it was deactivated and comes back before its seat is free; a new
    /// activation supersedes the old one (rule A7). Not counted.
    Returned {
        /// The old activation.
        supersedes: ActivationId,
        /// The components that differ from its enrolment, within tolerance.
        changed: Vec<ComponentKind>,
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

/// Decides about an activation request. `seats` are all activations that hold a seat of the
/// entitlement, in any order; `history` is what is known about the device that asks.
///
/// 1. Nothing is given while the entitlement is revoked or suspended.
/// 2. The request's number: a lower one is void, the same one gets its answer again as long as the
///    activation holds its seat and its device is not blocked.
/// 3. A device that was reported lost gets nothing until it is allowed again.
/// 4. Nothing new is given after the entitlement's end or against rule A1.
/// 5. The seat of the same device key; else the seat whose enrolment fits best, of equals one that is
///    leaving, then the oldest; else a free seat; else a seat whose time is over: one that its
///    device gave back before one that it may still come back for, then the one over for longest.
///
/// A seat whose rebinds are used up can still be taken once its time is over: whom it knows is not
/// worse off than a stranger.
///
/// # Errors
/// `entitlement_revoked`, `entitlement_suspended`; `request_superseded`, `request_forked`,
/// `activation_superseded`, `activation_released`, `activation_deactivated`; `device_blocked`;
/// `entitlement_ended`, `offline_not_enabled`, `offline_lease_missing`; `fingerprint_too_small`,
/// `reactivation_cap_reached`, `no_free_seat`.
pub fn decide(
    now: Timestamp,
    entitlement: &Entitlement<'_>,
    seats: &[HeldSeat],
    history: &DeviceHistory,
    request: &SeatRequest<'_>,
) -> Result<Decision, Refusal> {
    match entitlement.status {
        SeatStatus::Revoked => return Err(Refusal::EntitlementRevoked),
        SeatStatus::Suspended => return Err(Refusal::EntitlementSuspended),
        SeatStatus::Active => {}
    }
    let answered = answered_before(history, request)?;
    if history.blocked {
        return Err(Refusal::DeviceBlocked);
    }
    if let Some(activation) = answered {
        return Ok(Decision::Replay { activation });
    }
    let terms = entitlement.terms(now)?;

    let seating = seat_for(now, entitlement, seats, request)?;
    let lease = lease(now, &terms);
    let emergency = emergency_allowance(entitlement.emergency.as_ref(), &lease, entitlement.ends);
    let end = lease.held_until(emergency.as_ref(), entitlement.ends);
    let held = |wanted: ActivationId| seats.iter().find(|seat| seat.activation == wanted);
    // What an earlier grant on this seat lets its device do lasts as long as that says, even if it
    // was given back since: a copy of the device may not know.
    let (renewed, earlier) = match &seating {
        Seating::Renewed { activation } => (held(*activation), held(*activation)),
        Seating::Returned { supersedes, .. } => (None, held(*supersedes)),
        Seating::Rebound { .. } | Seating::Taken { .. } | Seating::New => (None, None),
    };
    Ok(Decision::Seat {
        sequence: Sequence::after(renewed.map(|seat| seat.sequence), now),
        held_until: earlier.map_or(end, |seat| seat.held_until.max(end)),
        seating,
        lease,
        emergency,
    })
}

/// The activation that this very request was answered with (rule A3); `None` when the request is
/// a later one than any that was answered.
fn answered_before(
    history: &DeviceHistory,
    request: &SeatRequest<'_>,
) -> Result<Option<ActivationId>, Refusal> {
    let numbered = LatestToken::compare(history.latest.as_ref(), request.number, request.token);
    match (numbered, history.answered) {
        (Numbered::Later, _) | (Numbered::Same, None) => Ok(None),
        (Numbered::Forked, _) => Err(Refusal::RequestForked),
        // Why its activation ended says more than that something came after it.
        (
            Numbered::Same | Numbered::Earlier,
            Some(Answered {
                ended: Some(ended), ..
            }),
        ) => Err(ended.refusal()),
        (Numbered::Same, Some(answered)) => Ok(Some(answered.activation)),
        (Numbered::Earlier, _) => Err(Refusal::RequestSuperseded),
    }
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
        .min_by_key(|seat| (seat.leaving, seat.activated_at, seat.activation));
    if let Some(seat) = own {
        let fit = fit(seat);
        let supersedes = seat.activation;
        return match (fit.within, seat.leaving) {
            (true, false) => Ok(Seating::Renewed {
                activation: seat.activation,
            }),
            (true, true) => Ok(return_to(supersedes, fit)),
            (false, _) => {
                let cause = Rebinding::DeviceChanged {
                    changed: fit.changed,
                };
                rebind(now, entitlement, seat, cause, request)
            }
        };
    }

    let known = seats
        .iter()
        .map(|seat| (seat, fit(seat)))
        .filter(|(_, fit)| fit.within)
        .min_by_key(|(seat, fit)| {
            let share = Reverse(share(fit));
            (share, !seat.leaving, seat.activated_at, seat.activation)
        });
    if let Some((seat, fit)) = known {
        if seat.leaving {
            return Ok(return_to(seat.activation, fit));
        }
        let cause = Rebinding::NewDeviceKey {
            changed: fit.changed,
        };
        return rebind(now, entitlement, seat, cause, request);
    }

    enrollable(request.fingerprint)?;
    free_seat(now, entitlement.seats, seats)
}

/// What fits within tolerance shows enough of itself to be enrolled.
fn return_to(supersedes: ActivationId, fit: Match) -> Seating {
    Seating::Returned {
        supersedes,
        changed: fit.changed,
    }
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
    if seat.rebinds < entitlement.policy.rebinds {
        Ok(Seating::Rebound { supersedes, cause })
    } else if seat.held_until <= now {
        Ok(Seating::Taken { supersedes })
    } else {
        Err(Refusal::ReactivationCapReached {
            cap: entitlement.policy.rebinds,
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
    let over = || by_end.iter().filter(|seat| seat.held_until <= now);
    let running = seats.len() - over().count();
    match over().min_by_key(|seat| !seat.leaving) {
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
