//! Whether an answer would change something here, without taking it.

use keyferry_token::{
    ActivationResponse, DeviceId, FromVendor, Refresh, SealedToken, SignedToken, TimeAnswer,
    TokenId, TokenKind, VendorRefusal, Verified,
};

use crate::{
    Vendor, carried::kept_refusal, door, standing::granted, store::State, vendors::TrustedVendors,
};

/// Whether a token is for this computer, from a vendor that it trusts, and answers what waits here or
/// renews what is held.
pub(super) fn is_of_use(token: &SealedToken, state: &State, trusted: &TrustedVendors) -> bool {
    let Ok((id, device, opened)) = door::open(token, state) else {
        return false;
    };
    let Some(vendor) = trusted.get(&id) else {
        return false;
    };
    let signed = opened.signed();
    match token.kind() {
        TokenKind::ActivationResponse => believed::<ActivationResponse>(signed, vendor, &device)
            .is_some_and(|response| {
                let mut waiting = state.requests.iter().filter(|made| !made.withdrawn);
                waiting.any(|made| made.token.id == response.answers)
            }),
        TokenKind::Refusal => {
            believed::<VendorRefusal>(signed, vendor, &device).is_some_and(|refusal| {
                waiting(state, refusal.answers).is_some_and(|refused| {
                    let kept = refused.as_deref();
                    kept.and_then(|kept| kept_refusal(kept, state, vendor))
                        .is_none_or(|kept| kept.issued_at < refusal.issued_at)
                })
            })
        }
        TokenKind::Time => believed::<TimeAnswer>(signed, vendor, &device).is_some_and(|time| {
            let mut waiting = state.time_requests.values();
            waiting.any(|made| made.token.id == time.answers)
        }),
        TokenKind::Refresh => believed::<Refresh>(signed, vendor, &device).is_some_and(|refresh| {
            let of = (id, refresh.product.clone());
            granted(state, vendor, &of).is_ok_and(|held| {
                held.grant().activation == refresh.grant.activation
                    && held.grant().sequence < refresh.grant.sequence
            })
        }),
        TokenKind::ActivationRequest
        | TokenKind::Deactivation
        | TokenKind::TimeRequest
        | TokenKind::Status => false,
    }
}

/// Whether it answers something that was asked here, be it long ago. Two computers that were copied from
/// one another have one key: what the other one asked is not this one's.
pub(super) fn answers_own(token: &SealedToken, state: &State, trusted: &TrustedVendors) -> bool {
    let Ok((id, device, opened)) = door::open(token, state) else {
        // To a key that was given up, with everything that had been asked.
        return true;
    };
    let (Some(vendor), signed) = (trusted.get(&id), opened.signed()) else {
        return false;
    };
    let answers = match token.kind() {
        TokenKind::ActivationResponse => {
            believed::<ActivationResponse>(signed, vendor, &device).map(|claims| claims.answers)
        }
        TokenKind::Refusal => {
            believed::<VendorRefusal>(signed, vendor, &device).map(|claims| claims.answers)
        }
        // What is taken is known again without its request. One that was withdrawn is not told from a copy's.
        TokenKind::Time => {
            believed::<TimeAnswer>(signed, vendor, &device).map(|claims| claims.answers)
        }
        TokenKind::Refresh => return true,
        TokenKind::ActivationRequest
        | TokenKind::Deactivation
        | TokenKind::TimeRequest
        | TokenKind::Status => None,
    };
    answers.is_some_and(|answers| state.made().any(|made| made.id == answers))
}

fn believed<T: FromVendor>(
    signed: &SignedToken,
    vendor: &Vendor,
    device: &DeviceId,
) -> Option<Verified<T>> {
    let keys = vendor.profile.signing_keys();
    signed.verify_from_vendor::<T>(&keys, device).ok()
}

/// What is kept of a vendor's no to a request that waits; `None` where no such request does.
fn waiting(state: &State, answers: TokenId) -> Option<&Option<Vec<u8>>> {
    let requests = state.requests.iter().filter(|made| !made.withdrawn);
    let requests = requests.map(|made| (&made.token, &made.refusal));
    let times = state.time_requests.values();
    let times = times.map(|made| (&made.token, &made.refusal));
    let mut all = requests.chain(times);
    let (_, refusal) = all.find(|(token, _)| token.id == answers)?;
    Some(refusal)
}
