//! Giving a seat back: when a device may (rule C4), and what the authority makes of it (rule A7).

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{DeviceId, Name, RequestNumber, State, Timestamp, TokenId};

use crate::{Ended, HeldSeat, Policy, Refusal, Standing};

/// Whether a product may be deactivated on this device (rule C4): whenever a trusted grant for this
/// device is here, whether or not it still runs. `product` is its name, for the one who is told.
///
/// # Errors
/// `nothing_to_deactivate`; on another device, and where the grant or the store does not stand up to
/// the check, that standing's own code.
pub fn may_deactivate(standing: &Standing, product: &Name) -> Result<(), Refusal> {
    if standing.state == State::Unlicensed {
        return Err(Refusal::NothingToDeactivate {
            product: product.clone(),
        });
    }
    if standing.other_device {
        return Err(Refusal::Standing {
            problem: crate::standing::wrong_device(&standing.changed),
        });
    }
    match &standing.problem {
        Some(problem) if standing.state == State::Blocked && problem.code != Code::ClockBehind => {
            Err(Refusal::Standing {
                problem: problem.clone(),
            })
        }
        _ => Ok(()),
    }
}

/// A deactivation as it was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// The device that signed it.
    pub device: DeviceId,
    /// Its number.
    pub number: RequestNumber,
    /// Its id.
    pub token: TokenId,
}

/// What the authority knows about a deactivation.
#[derive(Clone, Copy, Debug)]
pub struct DepartureFacts<'a> {
    /// What the activation that it names holds, or held last.
    pub seat: &'a HeldSeat,
    /// Why that holds no seat any more, if so.
    pub ended: Option<Ended>,
    /// The highest number among the tokens about this activation that were answered or applied. What
    /// its device did with another activation of the product says nothing about this one.
    pub latest: Option<RequestNumber>,
    /// The token of the device key for the product that was answered or applied under the number of
    /// the deactivation: itself, if it was brought before.
    pub same_number: Option<TokenId>,
    /// What the vendor allows.
    pub policy: Policy,
}

/// What becomes of a deactivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deactivated {
    /// The seat is free from now on; counted as a move of it.
    Freed,
    /// The seat moved too often in the year: it is [`HeldSeat::leaving`] until then.
    FreesLater {
        /// When it can be taken by another device.
        frees_at: Timestamp,
    },
    /// The activation held no seat any more: recorded, so that its number counts; nothing is freed.
    Recorded {
        /// Why it held none.
        ended: Ended,
    },
    /// It was applied or recorded before; nothing changes.
    Repeated,
    /// The device has been answered about this activation since; nothing changes.
    Outdated,
}

impl Deactivated {
    /// What is told about it beside that it was received: nothing where the seat is simply free.
    pub fn problem(&self) -> Option<Problem> {
        match self {
            Self::Freed => None,
            Self::FreesLater { frees_at } => {
                Some(Problem::new(Code::SeatFreesLater).with("frees", frees_at))
            }
            Self::Recorded { .. } => Some(Problem::new(Code::DeactivationRecorded)),
            Self::Repeated => Some(Problem::new(Code::DeactivationRepeated)),
            Self::Outdated => Some(Problem::new(Code::DeactivationOutdated)),
        }
    }
}

/// Decides about a deactivation (rule A7). The first that applies counts:
///
/// 1. It is signed by a device that the activation does not belong to: refused.
/// 2. It was applied before: a no-op.
/// 3. Another token of the device for the product has its number: refused, and flagged in the audit
///    log.
/// 4. A later token about the same activation was answered: a no-op.
/// 5. The activation holds no seat any more: recorded.
/// 6. The seat is freed at once as often in a year as the policy says, after that with the latest end
///    of its grants.
///
/// The state of the entitlement plays no part: a seat can always be given back.
///
/// # Errors
/// `deactivation_of_other`, `deactivation_forked`.
pub fn decide_deactivation(
    now: Timestamp,
    facts: &DepartureFacts<'_>,
    departure: &Departure,
) -> Result<Deactivated, Refusal> {
    let seat = facts.seat;
    if departure.device != seat.device {
        return Err(Refusal::DeactivationOfOther);
    }
    match facts.same_number {
        Some(token) if token == departure.token => return Ok(Deactivated::Repeated),
        Some(_) => return Err(Refusal::DeactivationForked),
        None => {}
    }
    if facts.latest > Some(departure.number) {
        return Ok(Deactivated::Outdated);
    }
    if let Some(ended) = facts.ended.or(seat.leaving.then_some(Ended::Deactivated)) {
        return Ok(Deactivated::Recorded { ended });
    }
    if seat.moves < facts.policy.moves || seat.held_until <= now {
        return Ok(Deactivated::Freed);
    }
    Ok(Deactivated::FreesLater {
        frees_at: seat.held_until,
    })
}
