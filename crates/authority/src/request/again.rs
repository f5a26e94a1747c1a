//! An answer that is given again though a revoked key signed it: the same grant, signed anew (rule A3).

use keyferry_license::{HeldSeat, Lease, emergency_allowance};
use keyferry_token::{ActivationId, ActivationResponse, SeatStatus, Seconds, VendorId};

use super::Asked;
use crate::{
    grants::StoredAnswer,
    purchase::{self, Purchase},
};

/// What the answer says once more. Of what the product says by now, nothing lets the device run for
/// longer than its seat is held.
pub(super) fn response(
    asked: &Asked<'_>,
    vendor: VendorId,
    purchase: &Purchase,
    (activation, seat): (ActivationId, &HeldSeat),
    stored: &StoredAnswer,
) -> ActivationResponse {
    let mut grant = purchase.grant(purchase::Terms {
        activation,
        sequence: stored.sequence,
        status: SeatStatus::Active,
        lease_expires_at: Some(stored.lease_expires_at),
        emergency: None,
        enrolled: seat.enrolled.clone(),
        tolerance: seat.tolerance,
    });
    let room = seat
        .held_until
        .unix()
        .saturating_sub(stored.lease_expires_at.unix());
    grant.grace = grant.grace.min(Seconds::new(room));
    grant.emergency = Lease::of(&grant, stored.issued_at)
        .and_then(|lease| {
            let facts = purchase.facts();
            emergency_allowance(facts.emergency.as_ref(), &lease, facts.ends)
        })
        .filter(|allowed| allowed.ends_at <= seat.held_until);
    ActivationResponse {
        issued_at: stored.issued_at,
        vendor,
        product: asked.request.product.clone(),
        recipient: asked.request.signing_key.device_id(),
        answers: asked.request.id(),
        grant,
    }
}
