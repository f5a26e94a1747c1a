//! Trials: a device gets one of a product (rule A15).

use crate::{Refusal, Seating};

/// Whether a device may have a seat of a trial, by what it had before.
///
/// Its own seat stays its own: only a seat that it does not have yet is refused to who had a trial of the
/// product with another entitlement.
///
/// # Errors
/// `trial_used`.
pub fn first_trial(seating: &Seating, had_another: bool) -> Result<(), Refusal> {
    match seating {
        Seating::New | Seating::Taken { .. } if had_another => Err(Refusal::TrialUsed),
        Seating::New
        | Seating::Taken { .. }
        | Seating::Renewed { .. }
        | Seating::Rebound { .. }
        | Seating::Returned { .. } => Ok(()),
    }
}
