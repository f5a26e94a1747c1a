//! Taking the answer to a request (rule C2).

use keyferry_license::{Acceptance, Outstanding, Refusal, StoreCondition, may_accept, may_refresh};
use keyferry_token::{ActivationRequest, ActivationResponse, SealedToken};

use crate::{
    Applied, ApplyFault, Client,
    door::{Arrived, Taken},
    standing::granted,
    store::{HeldActivation, Outcome, State},
    vendors::Chains,
};

impl Client {
    /// Applies a response (rule C2): one change holds the activation, withdraws every outstanding
    /// request for its product, and raises the floor to the signed time.
    pub(crate) fn apply_response(
        &self,
        token: &SealedToken,
        chains: &Chains,
    ) -> Result<Applied, ApplyFault> {
        self.take(token, chains, |state, condition, arrived| {
            self.hold_response(state, condition, &arrived)
        })
    }

    fn hold_response(
        &self,
        state: &mut State,
        condition: StoreCondition,
        arrived: &Arrived<ActivationResponse>,
    ) -> Result<Outcome<Applied>, ApplyFault> {
        let Arrived {
            vendor, of, claims, ..
        } = arrived;
        let outstanding: Vec<Outstanding> = state
            .requests
            .iter()
            .filter(|made| !made.withdrawn && made.token.vendor == of.0)
            .map(|made| Outstanding {
                request: made.token.id,
                product: made.token.product.clone(),
            })
            .collect();
        let acceptance = may_accept(
            claims.id(),
            claims.answers,
            &claims.product,
            &outstanding,
            &state.applied_ids(),
        )?;
        let held = granted(state, vendor, of).ok();
        let taken =
            |state: &State| Taken::new(claims, self.standing_of(state, condition, vendor, of));
        if acceptance == Acceptance::AlreadyApplied {
            // What was given back since is not here any more.
            return if state.activations.contains_key(of) {
                Ok(Outcome::Unchanged(Applied::AlreadyApplied(taken(state))))
            } else {
                Err(Refusal::AnswersNothingOutstanding.into())
            };
        }
        // An answer that was kept back takes no newer grant away, one that ends it included.
        let newer = held.map(|held| may_refresh(Some(held.grant()), &claims.grant));
        if let Some(Err(older @ Refusal::RefreshOlder)) = newer {
            return Err(older.into());
        }
        let request = state
            .requests
            .iter()
            .find(|made| made.token.id == claims.answers)
            .and_then(|made| made.token.open::<ActivationRequest>())
            .ok_or(Refusal::AnswersNothingOutstanding)?;
        let floor = self
            .clock(state, &of.0)
            .with_signed(claims.issued_at)
            .floor();
        state.floors.insert(of.0, floor);
        if let Some(runs) = state.runs.get_mut(of) {
            runs.told(&request.emergency_runs);
            runs.forget_told(Some(claims.grant.sequence));
        }
        let held = HeldActivation {
            signed: arrived.signed.clone(),
            answers: claims.answers,
            label: request.label.clone(),
            applied_at: floor.highest(),
        };
        state.activate(of.clone(), claims.grant.activation, claims.id(), held);
        Ok(Outcome::Changed(Applied::Activated(taken(state))))
    }
}
