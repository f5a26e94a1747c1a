//! Taking a refresh: a new grant for the activation that is here (rule C3).

use keyferry_license::{Acceptance, Refusal, StoreCondition, may_refresh};
use keyferry_token::{Refresh, SealedToken};

use crate::{
    Applied, ApplyFault, Client, claims,
    door::{Arrived, Taken},
    standing::{Granted, granted},
    store::{HeldActivation, Outcome, State},
    vendors::Chains,
};

impl Client {
    /// Applies a refresh (rule C3). It may allow less than before, or stop the program; what it
    /// replaces is in neither generation of the store any more.
    pub(crate) fn apply_refresh(
        &self,
        token: &SealedToken,
        chains: &Chains,
    ) -> Result<Applied, ApplyFault> {
        self.take(token, chains, |state, condition, arrived| {
            self.hold_refresh(state, condition, &arrived)
        })
    }

    fn hold_refresh(
        &self,
        state: &mut State,
        condition: StoreCondition,
        arrived: &Arrived<Refresh>,
    ) -> Result<Outcome<Applied>, ApplyFault> {
        let Arrived {
            vendor, of, claims, ..
        } = arrived;
        let taken =
            |state: &State| Taken::new(claims, self.standing_of(state, condition, vendor, of));
        let before = granted(state, vendor, of).ok();
        let acceptance = match may_refresh(before.as_ref().map(Granted::grant), &claims.grant) {
            // Brought again after a newer one: no news, and no fault of its bringer.
            Err(Refusal::RefreshOlder) if state.applied_ids().contains(&claims.id()) => {
                Acceptance::AlreadyApplied
            }
            other => other?,
        };
        let (Acceptance::Apply, Some(before), Some(held)) =
            (acceptance, before, state.activations.get(of))
        else {
            return Ok(Outcome::Unchanged(Applied::AlreadyApplied(taken(state))));
        };
        let (answers, label) = (held.answers, held.label.clone());
        let floor = self
            .clock(state, &of.0)
            .with_signed(claims.issued_at)
            .floor();
        state.floors.insert(of.0, floor);
        if let Some(runs) = state.runs.get_mut(of) {
            runs.forget_told(Some(claims.grant.sequence));
        }
        let held = HeldActivation {
            signed: arrived.signed.clone(),
            answers,
            label,
            applied_at: floor.highest(),
        };
        state.activations.insert(of.clone(), held);
        state.remember_applied(of, claims.id());
        let changes = claims::changes(
            (before.grant(), before.issued_at()),
            (&claims.grant, claims.issued_at),
        );
        let taken = taken(state);
        Ok(Outcome::Final(Applied::Refreshed { taken, changes }))
    }
}
