//! The one door in (rule C5): takes anything, recognises it, and says what it did or which way it
//! should travel. It never installs trust.

mod fault;

use std::collections::BTreeMap;

use keyferry_catalogue::Problem;
use keyferry_license::{Refusal, StoreCondition};
use keyferry_token::{
    Artefact, DeviceId, ExchangeSecretKey, FromVendor, KeyId, OpenFault, OpenedToken, ParseFault,
    SealedToken, SignedProfile, Timestamp, TokenId, TokenKind, VendorId, Verified, VerifyFault,
};

use crate::{
    Change, Client, LicenseAdded, PendingVendor, ProductStanding, Relation, RequestSummary,
    StoreFault, Vendor,
    store::{Outcome, ProductKey, Repair, State},
    vendors::{self, Chains},
};

pub use fault::ApplyFault;

/// What became of something that was brought.
#[derive(Clone, Debug)]
pub enum Applied {
    /// An answer was applied: the product is activated.
    Activated(Taken),
    /// A refresh was applied: the activation goes on with another grant, which may allow less.
    Refreshed {
        /// The refresh, and where its product stands now.
        taken: Taken,
        /// What is different now.
        changes: Vec<Change>,
    },
    /// The vendor's time was taken: the floor under the clock is mended.
    ClockMended(Taken),
    /// The vendor's no. It is kept with the request that it answers, which can be brought again as
    /// it is once the reason is gone.
    Refused {
        /// The refusal, and where its product stands.
        taken: Taken,
        /// What was refused.
        request: RequestSummary,
        /// Why.
        problem: Problem,
        /// When, by the vendor's clock.
        refused_at: Timestamp,
    },
    /// This was applied before; nothing was changed.
    AlreadyApplied(Taken),
    /// A license file that is bound to this computer or to nothing is kept here and counts; or it was
    /// there already.
    LicenseAdded(Box<LicenseAdded>),
    /// A vendor profile. Nothing trusts it yet: [`Client::trust`] does.
    VendorFound(PendingVendor),
}

impl Applied {
    /// The token that was taken.
    fn taken(&mut self) -> Option<&mut Taken> {
        match self {
            Self::Activated(taken)
            | Self::Refreshed { taken, .. }
            | Self::ClockMended(taken)
            | Self::Refused { taken, .. }
            | Self::AlreadyApplied(taken) => Some(taken),
            Self::LicenseAdded(_) | Self::VendorFound(_) => None,
        }
    }
}

/// A vendor's token that was taken here, and where its product stands now.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What it is.
    pub kind: TokenKind,
    /// Its id.
    pub id: TokenId,
    /// What people call it.
    pub reference: String,
    /// The product and where it stands.
    pub product: ProductStanding,
}

impl Taken {
    pub(crate) fn new<T: FromVendor>(token: &Verified<T>, product: ProductStanding) -> Self {
        Self {
            kind: T::KIND,
            id: token.id(),
            reference: token.id().reference(),
            product,
        }
    }
}

/// A vendor's token for this computer, opened and believed.
pub(crate) struct Arrived<T> {
    pub(crate) vendor: Vendor,
    pub(crate) of: ProductKey,
    pub(crate) claims: Verified<T>,
    /// As the vendor signed it.
    pub(crate) signed: Vec<u8>,
}

impl Client {
    /// Takes whatever was brought: an artefact in any form, several in one text, or a picture of a
    /// QR code. Each is dealt with on its own, and told of in the order in which they stand; profiles
    /// of one vendor are one thing, in the place of the first. Those that lead on from a trusted one and
    /// came with an answer of their vendor are trusted with it, and not told of. A refresh waits until all else in the
    /// text is dealt with, so that one before its response is no other activation's. Never empty.
    pub fn apply(&self, bytes: &[u8]) -> Vec<Result<Applied, ApplyFault>> {
        match read(bytes) {
            Ok(artefacts) => self.apply_all(artefacts),
            Err(fault) => vec![Err(fault)],
        }
    }

    /// Takes what the frames of a moving code made, as [`Client::apply`] does; it is no picture, and
    /// never frames again.
    pub fn apply_content(&self, content: &[u8]) -> Vec<Result<Applied, ApplyFault>> {
        match Artefact::read_content(content) {
            Ok(artefacts) => self.apply_all(artefacts),
            Err(fault) => vec![Err(fault.into())],
        }
    }

    fn apply_all(
        &self,
        artefacts: Vec<Result<Artefact, ParseFault>>,
    ) -> Vec<Result<Applied, ApplyFault>> {
        let mut done = BTreeMap::new();
        let mut tokens = Vec::new();
        let mut refreshes = Vec::new();
        let mut places: BTreeMap<VendorId, usize> = BTreeMap::new();
        let mut chains = Chains::new();
        for (place, artefact) in artefacts.into_iter().enumerate() {
            match artefact {
                Err(fault) => drop(done.insert(place, Err(fault.into()))),
                Ok(Artefact::License(license)) => {
                    done.insert(place, self.apply_license(&license));
                }
                Ok(Artefact::Token(token)) if token.kind() == TokenKind::Refresh => {
                    refreshes.push((place, token));
                }
                Ok(Artefact::Token(token)) => tokens.push((place, token)),
                Ok(Artefact::Profile(signed)) => match signed.verify_whole() {
                    Err(fault) => drop(done.insert(place, Err(fault.into()))),
                    Ok(profile) => {
                        places.entry(profile.vendor).or_insert(place);
                        chains.entry(profile.vendor).or_default().push(signed);
                    }
                },
            }
        }
        let mut came_along = false;
        for (place, token) in tokens.into_iter().chain(refreshes) {
            let taken = self.apply_token(&token, &chains);
            came_along |= taken.is_ok();
            done.insert(place, taken);
        }
        for (vendor, chain) in chains {
            match self.find_vendor(chain) {
                // It came with an answer, and was trusted with it or before.
                Ok(Applied::VendorFound(found))
                    if came_along && found.relation() == Relation::Known => {}
                found => drop(done.insert(places.get(&vendor).copied().unwrap_or_default(), found)),
            }
        }
        let done: Vec<_> = done.into_values().collect();
        self.with_all_licenses(done)
    }

    /// What was taken, each product as it stands with its license files.
    fn with_all_licenses(
        &self,
        mut done: Vec<Result<Applied, ApplyFault>>,
    ) -> Vec<Result<Applied, ApplyFault>> {
        let mut taken = done
            .iter_mut()
            .flatten()
            .filter_map(Applied::taken)
            .peekable();
        // Once for all of them, and not where nothing was taken.
        if taken.peek().is_some()
            && let Ok(checked) = self.check()
        {
            for taken in taken {
                let found = taken.product.clone();
                taken.product =
                    self.with_licenses(found, &checked.state, &checked.licenses, &checked.keys);
            }
        }
        done
    }

    /// Takes one token, and the profiles that came along, as [`Client::apply`] does.
    pub(crate) fn apply_with(
        &self,
        token: &SealedToken,
        chains: &Chains,
    ) -> Result<Applied, ApplyFault> {
        let taken = self.apply_token(token, chains);
        self.with_all_licenses(vec![taken]).swap_remove(0)
    }

    /// Takes one token. Newer profiles of its vendor that came along are trusted with it, where they
    /// lead on from the one that is trusted.
    pub(crate) fn apply_token(
        &self,
        token: &SealedToken,
        chains: &Chains,
    ) -> Result<Applied, ApplyFault> {
        match token.kind() {
            TokenKind::ActivationResponse => self.apply_response(token, chains),
            TokenKind::Refresh => self.apply_refresh(token, chains),
            TokenKind::Time => self.apply_time(token, chains),
            TokenKind::Refusal => self.apply_refusal(token, chains),
            TokenKind::ActivationRequest
            | TokenKind::Deactivation
            | TokenKind::TimeRequest
            | TokenKind::Status => Err(self.outgoing_brought(token)),
        }
    }

    /// What a computer makes travels the other way.
    fn outgoing_brought(&self, token: &SealedToken) -> ApplyFault {
        let kind = token.kind();
        match self.store.read() {
            Err(fault) => fault.into(),
            Ok(snapshot) => {
                let own = snapshot
                    .state
                    .made()
                    .any(|made| made.bytes == token.bytes());
                match (own, kind) {
                    (true, TokenKind::ActivationRequest) => ApplyFault::OwnRequest,
                    (true, _) => ApplyFault::OwnToken { kind },
                    (false, _) => ApplyFault::TokenOfOther { kind },
                }
            }
        }
    }

    fn find_vendor(&self, chain: Vec<SignedProfile>) -> Result<Applied, ApplyFault> {
        let snapshot = self.store.read()?;
        let pending = vendors::pending(chain, &self.trusted(&snapshot.state))?;
        Ok(Applied::VendorFound(pending))
    }

    /// Opens and checks a vendor's token, and lets `hold` do what its kind does, in one change.
    pub(crate) fn take<T: FromVendor>(
        &self,
        token: &SealedToken,
        chains: &Chains,
        mut hold: impl FnMut(
            &mut State,
            StoreCondition,
            Arrived<T>,
        ) -> Result<Outcome<Applied>, ApplyFault>,
    ) -> Result<Applied, ApplyFault> {
        // What is not for this computer never waits for the lock, nor makes a folder.
        let snapshot = self.store.read()?;
        if snapshot.condition == StoreCondition::Damaged {
            return Err(StoreFault::Damaged.into());
        }
        open(token, &snapshot.state)?;
        self.change(Repair::Refused, |state, condition| {
            let (id, device, opened) = open(token, state)?;
            let followed = self.follow(state, &id, chains)?;
            let trusted = self.trusted(state);
            let vendor = trusted.get(&id).ok_or(ApplyFault::VendorNotTrusted)?;
            let keys = vendor.profile.signing_keys();
            let claims = opened.signed().verify_from_vendor::<T>(&keys, &device)?;
            let arrived = Arrived {
                vendor: vendor.clone(),
                of: (id, claims.product().clone()),
                claims,
                signed: opened.signed().bytes().to_vec(),
            };
            Ok(match hold(state, condition, arrived)? {
                Outcome::Unchanged(applied) if followed => Outcome::Changed(applied),
                other => other,
            })
        })
    }
}

/// Recognises what was brought, also in a picture.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Result<Artefact, ParseFault>>, ApplyFault> {
    match keyferry_picture::qr_text(bytes) {
        Some(text) => Ok(Artefact::read(text?.as_bytes())?),
        None => Ok(Artefact::read(bytes)?),
    }
}

/// Opens a vendor's token with the exchange key that it names.
pub(crate) fn open(
    token: &SealedToken,
    state: &State,
) -> Result<(VendorId, DeviceId, OpenedToken), ApplyFault> {
    let recipient = token.recipient();
    for (vendor, device) in &state.devices {
        if let Some(key) = &device.exchange
            && key_id(key) == recipient
        {
            return Ok((*vendor, device.id(), token.open(key)?));
        }
    }
    let mut known = state.devices.values();
    if known.any(|device| device.retired.contains(&recipient)) {
        return Err(too_late(token.kind()).into());
    }
    let mut keys = state.devices.values().filter_map(|d| d.exchange.as_ref());
    if keys.any(|key| key_id(key).is_nearly(&recipient)) {
        return Err(OpenFault::Closed.into());
    }
    Err(VerifyFault::OtherRecipient.into())
}

/// What is told of a token for a key that this computer has given up, with everything that the
/// token could have been for.
fn too_late(kind: TokenKind) -> Refusal {
    match kind {
        TokenKind::Refresh => Refusal::RefreshForOtherActivation,
        TokenKind::Time => Refusal::TimeNotAskedFor,
        TokenKind::ActivationResponse
        | TokenKind::Refusal
        | TokenKind::ActivationRequest
        | TokenKind::Deactivation
        | TokenKind::TimeRequest
        | TokenKind::Status => Refusal::AnswersNothingOutstanding,
    }
}

fn key_id(key: &ExchangeSecretKey) -> KeyId {
    key.public().id()
}
