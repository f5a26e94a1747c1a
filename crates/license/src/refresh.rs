//! A new grant for an activation that goes on: what the authority gives (rule A6), and what a device
//! takes (rule C3).

use keyferry_token::{EmergencyAllowance, Grant, SeatStatus, Sequence, Timestamp};

use crate::{
    Acceptance, Ended, Entitlement, HeldSeat, Lease, Refusal, Terms, emergency_allowance, lease,
    offline_allowed,
};

/// What a refresh says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// The status of the entitlement (rule A8).
    pub status: SeatStatus,
    /// The sequence number of the grant.
    pub sequence: Sequence,
    /// Its lease (rule A2); none while the entitlement is suspended or once it is revoked.
    pub lease: Option<Lease>,
    /// The emergency runs that it allows.
    pub emergency: Option<EmergencyAllowance>,
    /// The activation's [`HeldSeat::held_until`] from now on.
    pub held_until: Timestamp,
}

/// Decides what a refresh of an activation says (rule A6). `seat` is what it holds, or held last;
/// `ended` says why it holds nothing any more.
///
/// It can be had as long as the activation holds its seat, also after the end of its lease. Of a
/// suspended or revoked entitlement it carries the status and no lease.
///
/// # Errors
/// `activation_superseded`, `activation_released`, `activation_deactivated`; `entitlement_ended`,
/// `offline_not_enabled`, `offline_lease_missing`.
pub fn decide_refresh(
    now: Timestamp,
    entitlement: &Entitlement<'_>,
    seat: &HeldSeat,
    ended: Option<Ended>,
) -> Result<Renewal, Refusal> {
    if let Some(ended) = ended.or(seat.leaving.then_some(Ended::Deactivated)) {
        return Err(ended.refusal());
    }
    let sequence = Sequence::after(Some(seat.sequence), now);
    if entitlement.status != SeatStatus::Active {
        return Ok(Renewal {
            status: entitlement.status,
            sequence,
            lease: None,
            emergency: None,
            // Nobody can make the device take it: the lease that it has may still be in use.
            held_until: seat.held_until,
        });
    }
    let terms = entitlement.terms(now)?;
    let lease = lease(now, &terms);
    let emergency = emergency_allowance(entitlement.emergency.as_ref(), &lease, entitlement.ends);
    let end = lease.held_until(emergency.as_ref(), entitlement.ends);
    Ok(Renewal {
        status: SeatStatus::Active,
        sequence,
        lease: Some(lease),
        emergency,
        held_until: seat.held_until.max(end),
    })
}

impl Entitlement<'_> {
    /// What new grants are given on at `now` (rules A1, A2).
    pub(crate) fn terms(&self, now: Timestamp) -> Result<Terms, Refusal> {
        if let Some(ended) = self.ends.filter(|end| *end <= now) {
            return Err(Refusal::EntitlementEnded { ended });
        }
        Ok(Terms {
            offline_lease_period: offline_allowed(&self.offline)?,
            grace: self.grace,
            subscription_end: self.ends,
        })
    }
}

/// Whether a refresh may be applied (rule C3). `held` is the grant that is here, as its signature
/// vouches for it; `refresh` the grant that the refresh brings.
///
/// # Errors
/// `refresh_for_other_activation`, also where no activation is here (any more); `refresh_older` where
/// its sequence number is not higher.
pub fn may_refresh(held: Option<&Grant>, refresh: &Grant) -> Result<Acceptance, Refusal> {
    let held = held
        .filter(|held| held.activation == refresh.activation)
        .ok_or(Refusal::RefreshForOtherActivation)?;
    if held == refresh {
        return Ok(Acceptance::AlreadyApplied);
    }
    if refresh.sequence <= held.sequence {
        return Err(Refusal::RefreshOlder);
    }
    Ok(Acceptance::Apply)
}
