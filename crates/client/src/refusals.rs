//! Taking a vendor's no: it is kept with the request that it answers, so that its user can read why
//! also later.

use keyferry_license::{Refusal, StoreCondition, speaks_against_the_number};
use keyferry_token::{SealedToken, VendorRefusal};

use crate::{
    Applied, ApplyFault, Client, RequestSummary, Vendor,
    carried::{kept_refusal, request_summary, time_request_summary},
    door::{Arrived, Taken},
    store::{Outcome, ProductKey, State},
    vendors::Chains,
};

impl Client {
    /// Keeps a refusal with the request or time request that it answers, which stays outstanding: it
    /// can be brought again as it is once the reason is gone. An older one than is kept changes
    /// nothing.
    pub(crate) fn apply_refusal(
        &self,
        token: &SealedToken,
        chains: &Chains,
    ) -> Result<Applied, ApplyFault> {
        self.take(token, chains, |state, condition, arrived| {
            self.keep_refusal(state, condition, &arrived)
        })
    }

    fn keep_refusal(
        &self,
        state: &mut State,
        condition: StoreCondition,
        arrived: &Arrived<VendorRefusal>,
    ) -> Result<Outcome<Applied>, ApplyFault> {
        let Arrived {
            vendor, of, claims, ..
        } = arrived;
        let kept = kept_for(state, of, arrived)?
            .as_deref()
            .map(<[u8]>::to_vec)
            .and_then(|signed| kept_refusal(&signed, state, vendor));
        let is_newer = kept.is_none_or(|kept| kept.issued_at < claims.issued_at);
        if is_newer {
            let floor = self
                .clock(state, &of.0)
                .with_signed(claims.issued_at)
                .floor();
            state.floors.insert(of.0, floor);
            let code = claims.reason.code();
            if code.is_some_and(speaks_against_the_number)
                && let Some(device) = state.devices.get_mut(&of.0)
            {
                device.skip_lost_numbers();
            }
            *kept_for(state, of, arrived)? = Some(arrived.signed.clone());
        }
        let request = summary(state, of, arrived, vendor)?;
        let refused = Applied::Refused {
            taken: Taken::new(claims, self.standing_of(state, condition, vendor, of)),
            request,
            problem: claims.reason.problem(),
            refused_at: claims.issued_at,
        };
        Ok(if is_newer {
            Outcome::Changed(refused)
        } else {
            Outcome::Unchanged(refused)
        })
    }
}

/// Where the refusal belongs.
fn kept_for<'a>(
    state: &'a mut State,
    of: &ProductKey,
    arrived: &Arrived<VendorRefusal>,
) -> Result<&'a mut Option<Vec<u8>>, Refusal> {
    let answers = arrived.claims.answers;
    let request = state
        .requests
        .iter_mut()
        .find(|made| !made.withdrawn && made.token.id == answers && made.token.vendor == of.0);
    if let Some(request) = request {
        return if request.token.product == of.1 {
            Ok(&mut request.refusal)
        } else {
            Err(Refusal::AnswerForOtherProduct)
        };
    }
    state
        .time_requests
        .get_mut(of)
        .filter(|made| made.token.id == answers)
        .map(|made| &mut made.refusal)
        .ok_or(Refusal::AnswersNothingOutstanding)
}

fn summary(
    state: &State,
    of: &ProductKey,
    arrived: &Arrived<VendorRefusal>,
    vendor: &Vendor,
) -> Result<RequestSummary, Refusal> {
    let answers = arrived.claims.answers;
    let request = state.requests.iter().find(|made| made.token.id == answers);
    let found = match request {
        Some(made) => request_summary(made, state, vendor),
        None => state
            .time_requests
            .get(of)
            .and_then(|made| time_request_summary(made, state, vendor)),
    };
    found.ok_or(Refusal::AnswersNothingOutstanding)
}
