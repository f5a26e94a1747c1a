//! What of this computer's a courier takes along, and what of it nothing waits for any more.

use std::collections::BTreeMap;

use keyferry_courier::{Courier, Folder, brought_name, token_name};
use keyferry_license::can_be_brought_again;
use keyferry_token::{Artefact, TokenId, TokenKind};

use super::{CollectOutcome, Collected};
use crate::{
    Carried,
    carried::{carried, refused},
    store::{MadeToken, ProductKey, State},
    vendors::TrustedVendors,
};

/// A token to be left on a courier.
pub(super) struct Outgoing {
    pub(super) token: Carried,
    pub(super) artefact: Artefact,
    /// Another computer's request that travels along, and what its file is called.
    pub(super) companion: Option<(String, Artefact)>,
}

impl Outgoing {
    fn new(made: &MadeToken, state: &State, trusted: &TrustedVendors) -> Option<Self> {
        let token = carried(made, state, trusted.get(&made.vendor)?)?;
        let companion = match &token.companion {
            Some(request) => Some((brought_name(request), only(request)?)),
            None => None,
        };
        Some(Self {
            artefact: only(&token.bytes)?,
            companion,
            token,
        })
    }

    /// As it is on a courier.
    pub(super) fn at(self, courier: &Courier<'_>) -> Collected {
        let file = |name: &str| courier.file(Folder::Outbox, name);
        Collected {
            file: file(&token_name(self.token.id)),
            companion: self.companion.map(|(name, _)| file(&name)),
            token: self.token,
            outcome: CollectOutcome::Collected,
        }
    }
}

/// Everything that waits for a vendor: what is given back first, in the order of making; then of each
/// product the newest request, unless it was refused for good, and the request for the time.
pub(super) fn to_send(state: &State, trusted: &TrustedVendors) -> Vec<Outgoing> {
    waiting(state, trusted)
        .into_iter()
        .filter_map(|made| Outgoing::new(made, state, trusted))
        .collect()
}

/// The one with this id, where it waits; or a status token.
pub(super) fn one(state: &State, trusted: &TrustedVendors, id: &TokenId) -> Option<Outgoing> {
    let statuses = state.statuses.values();
    let made = waiting(state, trusted).into_iter().chain(statuses);
    let made = made.into_iter().find(|made| made.id == *id)?;
    Outgoing::new(made, state, trusted)
}

/// What was made here for a vendor, and nothing waits for any more: the names of its files, and what is
/// in them. Status tokens are not among it: nobody hears whether a vendor has read one.
pub(super) fn left_behind(state: &State, trusted: &TrustedVendors) -> Vec<(String, Vec<u8>)> {
    let waiting: Vec<TokenId> = waiting(state, trusted).iter().map(|made| made.id).collect();
    let over =
        |made: &&MadeToken| made.kind() != Some(TokenKind::Status) && !waiting.contains(&made.id);
    let own = state.made().filter(over);
    let mut files: Vec<(String, Vec<u8>)> = own.map(file).collect();
    for made in &state.deactivations {
        if let Some(request) = &made.companion
            && !waiting.contains(&made.token.id)
        {
            files.push((brought_name(request), request.clone()));
        }
    }
    files
}

/// A token's file, and what is in it.
pub(super) fn file(made: &MadeToken) -> (String, Vec<u8>) {
    (token_name(made.id), made.bytes.clone())
}

fn waiting<'s>(state: &'s State, trusted: &TrustedVendors) -> Vec<&'s MadeToken> {
    let undelivered = state.deactivations.iter();
    let undelivered = undelivered.filter(|made| made.is_undelivered());
    let mut waiting: Vec<&MadeToken> = undelivered.map(|made| &made.token).collect();
    let is_refused_for_good = |made: &MadeToken, refusal: Option<&[u8]>| {
        let vendor = trusted.get(&made.vendor);
        vendor
            .and_then(|vendor| refused(refusal, made.id, state, vendor))
            .is_some_and(|refused| !can_be_brought_again(refused.problem.code))
    };
    let mut newest: BTreeMap<ProductKey, &MadeToken> = BTreeMap::new();
    for made in state.requests.iter().filter(|made| !made.withdrawn) {
        newest.insert(made.token.of(), &made.token);
        if is_refused_for_good(&made.token, made.refusal.as_deref()) {
            newest.remove(&made.token.of());
        }
    }
    waiting.extend(newest.into_values());
    let times = state.time_requests.values();
    waiting.extend(
        times
            .filter(|made| !is_refused_for_good(&made.token, made.refusal.as_deref()))
            .map(|made| &made.token),
    );
    waiting
}

/// The one artefact that these bytes are.
fn only(bytes: &[u8]) -> Option<Artefact> {
    Artefact::read(bytes).ok()?.pop()?.ok()
}
