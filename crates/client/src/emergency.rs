//! Taking an emergency run that the vendor allowed in advance, without asking anybody.

use keyferry_license::{Refusal, may_take_emergency};
use keyferry_token::ProductCode;

use crate::{
    Client, ProductStanding, TaskFault,
    standing::{Granted, granted},
    store::{Outcome, Repair},
};

impl Client {
    /// Takes an emergency run of a product; the program runs from then on, and until when is in the
    /// standing. It is told to the vendor with the next token. What is taken is gone: it is in both
    /// generations of the store before this returns.
    ///
    /// # Errors
    /// `emergency_not_allowed`, `emergency_not_needed`, `emergency_used_up`, `emergency_over`, or the
    /// reason of the standing; `product_not_here`; those of changing the store.
    pub fn take_emergency(&self, product: &ProductCode) -> Result<ProductStanding, TaskFault> {
        let checked = self.check()?;
        let with_licenses = self.found_with(&checked, product)?;
        if with_licenses.by_license && with_licenses.standing.state.runs() {
            let until = with_licenses.standing.until;
            return Err(Refusal::EmergencyNotNeeded { until }.into());
        }
        self.change(Repair::Refused, |state, condition| {
            let found = self.found(state, condition, product)?;
            let of = (found.vendor.id(), product.clone());
            let granted = granted(state, &found.vendor, &of).ok();
            let grant = granted.as_ref().map(Granted::grant);
            let taken = grant
                .zip(state.runs.get(&of))
                .map_or(0, |(grant, runs)| runs.of_grant(grant.sequence).count());
            let run = may_take_emergency(
                &found.standing,
                grant,
                u32::try_from(taken).unwrap_or(u32::MAX),
                self.clock(state, &of.0).effective(),
            )?;
            if let Some(grant) = grant {
                let runs = state.runs.entry(of.clone()).or_default();
                runs.take(run, grant.sequence);
            }
            let standing = self.standing_of(state, condition, &found.vendor, &of);
            Ok(Outcome::Final(standing))
        })
    }
}
