//! Lost devices: releasing a seat without its device (rule A9).

use crate::{Ended, Policy, Refusal};

/// Whether the seat of an activation may be released without its device (rule A9). `ended` says why
/// it holds none any more; `releases` is how many seats of its entitlement were released within
/// [`crate::CAP_WINDOW`].
///
/// It then is free at once, the activation is [`Ended::Released`], and the device's key is blocked
/// for the entitlement until it is allowed again ([`crate::DeviceHistory::blocked`]).
///
/// # Errors
/// `activation_released`, `activation_superseded`; `activation_deactivated`, whether its seat is free
/// already or leaves with time; `release_cap_reached`.
pub fn decide_release(ended: Option<Ended>, releases: u32, policy: Policy) -> Result<(), Refusal> {
    if let Some(ended) = ended {
        return Err(ended.refusal());
    }
    if releases >= policy.lost {
        return Err(Refusal::ReleaseCapReached { cap: policy.lost });
    }
    Ok(())
}
