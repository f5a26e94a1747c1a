//! The one door in (rule C5): takes anything, recognises it, and says what it did or which way it
//! should travel. It never installs trust.

mod fault;

use keyferry_license::{Acceptance, Outstanding, StoreCondition, may_accept};
use keyferry_token::{
    ActivationResponse, Artefact, DeviceId, ExchangeSecretKey, KeyId, OpenFault, OpenedToken,
    ParseFault, SealedToken, SignedProfile, TokenId, TokenKind, VendorId, VerifyFault,
};

use crate::{
    Client, PendingVendor, ProductStanding, StoreFault,
    store::{HeldActivation, Outcome, Repair, State},
    vendors,
};

pub use fault::ApplyFault;

/// What became of something that was brought.
#[derive(Clone, Debug)]
pub enum Applied {
    /// An answer was applied: the product is activated.
    Activated(Activation),
    /// This answer was applied before; nothing was changed.
    AlreadyApplied(Activation),
    /// A vendor profile. Nothing trusts it yet: [`Client::trust`] does.
    VendorFound(PendingVendor),
}

/// An activation, and where its product stands now.
#[derive(Clone, Debug)]
pub struct Activation {
    /// The id of the answer.
    pub response: TokenId,
    /// What people call the answer.
    pub reference: String,
    /// The product and where it stands.
    pub product: ProductStanding,
}

impl Client {
    /// Takes whatever was brought: an artefact in any form, several in one text, or a picture of a
    /// QR code. Each is dealt with on its own, in the order in which they stand; profiles of one
    /// vendor are one thing. Never empty.
    pub fn apply(&self, bytes: &[u8]) -> Vec<Result<Applied, ApplyFault>> {
        match read(bytes) {
            Ok(artefacts) => self.apply_all(artefacts),
            Err(fault) => vec![Err(fault)],
        }
    }

    fn apply_all(
        &self,
        artefacts: Vec<Result<Artefact, ParseFault>>,
    ) -> Vec<Result<Applied, ApplyFault>> {
        let mut done = Vec::new();
        let mut profiles: Vec<(VendorId, Vec<SignedProfile>)> = Vec::new();
        for artefact in artefacts {
            match artefact {
                Err(fault) => done.push(Err(fault.into())),
                Ok(Artefact::License(_)) => done.push(Err(ApplyFault::LicenseFile)),
                Ok(Artefact::Token(token)) => done.push(match token.kind() {
                    TokenKind::ActivationRequest => Err(self.request_brought(&token)),
                    TokenKind::ActivationResponse => self.apply_response(&token),
                    other => Err(not_taken(other).into()),
                }),
                Ok(Artefact::Profile(signed)) => match signed.verify_whole() {
                    Err(fault) => done.push(Err(fault.into())),
                    Ok(profile) => {
                        match profiles
                            .iter_mut()
                            .find(|(vendor, _)| *vendor == profile.vendor)
                        {
                            Some((_, chain)) => chain.push(signed),
                            None => profiles.push((profile.vendor, vec![signed])),
                        }
                    }
                },
            }
        }
        done.extend(
            profiles
                .into_iter()
                .map(|(_, chain)| self.find_vendor(chain)),
        );
        done
    }

    /// A request travels the other way.
    fn request_brought(&self, token: &SealedToken) -> ApplyFault {
        match self.store.read() {
            Err(fault) => fault.into(),
            Ok(snapshot) => {
                let own = snapshot
                    .state
                    .requests
                    .iter()
                    .any(|made| made.bytes == token.bytes());
                if own {
                    ApplyFault::OwnRequest
                } else {
                    ApplyFault::RequestOfOther
                }
            }
        }
    }

    fn find_vendor(&self, chain: Vec<SignedProfile>) -> Result<Applied, ApplyFault> {
        let snapshot = self.store.read()?;
        let pending = vendors::pending(chain, &self.trusted(&snapshot.state))?;
        Ok(Applied::VendorFound(pending))
    }

    /// Applies a response (rule C2): one change holds the activation, withdraws every outstanding
    /// request for its product, and raises the floor to the signed time.
    fn apply_response(&self, token: &SealedToken) -> Result<Applied, ApplyFault> {
        // What is not for this computer never waits for the lock, nor makes a folder.
        let snapshot = self.store.read()?;
        if snapshot.condition == StoreCondition::Damaged {
            return Err(StoreFault::Damaged.into());
        }
        open(token, &snapshot.state)?;
        self.change(Repair::Refused, |state, condition| {
            let (id, device, opened) = open(token, state)?;
            let trusted = self.trusted(state);
            let vendor = trusted.get(&id).ok_or(ApplyFault::VendorNotTrusted)?;
            let response = opened.signed().verify_from_vendor::<ActivationResponse>(
                &vendor.profile.signing_keys(),
                &device,
            )?;
            let of = (id, response.product.clone());
            let outstanding: Vec<Outstanding> = state
                .requests
                .iter()
                .filter(|made| !made.withdrawn && made.vendor == id)
                .map(|made| Outstanding {
                    request: made.id,
                    product: made.product.clone(),
                })
                .collect();
            let applied: Vec<TokenId> = state.applied.iter().map(|answer| answer.id).collect();
            let acceptance = may_accept(
                response.id(),
                response.answers,
                &response.product,
                &outstanding,
                &applied,
            )?;
            let activation = |product| Activation {
                response: response.id(),
                reference: response.id().reference(),
                product,
            };
            match acceptance {
                Acceptance::AlreadyApplied => {
                    let product = self.standing_of(state, condition, vendor, &of);
                    Ok(Outcome::Unchanged(Applied::AlreadyApplied(activation(
                        product,
                    ))))
                }
                Acceptance::Apply => {
                    state.floor = state.floor.raised_to(response.issued_at);
                    let applied_at = state.floor.highest();
                    let held = HeldActivation {
                        response: opened.signed().bytes().to_vec(),
                        applied_at,
                    };
                    state.activate(of.clone(), response.id(), held);
                    let product = self.standing_of(state, condition, vendor, &of);
                    Ok(Outcome::Changed(Applied::Activated(activation(product))))
                }
            }
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

/// Opens an answer with the exchange key that it names.
pub(crate) fn open(
    token: &SealedToken,
    state: &State,
) -> Result<(VendorId, DeviceId, OpenedToken), ApplyFault> {
    let recipient = token.recipient();
    let device = state
        .devices
        .iter()
        .find(|(_, device)| key_id(&device.exchange) == recipient);
    match device {
        Some((vendor, device)) => Ok((*vendor, device.id(), token.open(&device.exchange)?)),
        None if state
            .devices
            .values()
            .any(|d| key_id(&d.exchange).is_nearly(&recipient)) =>
        {
            Err(OpenFault::Closed.into())
        }
        None => Err(VerifyFault::OtherRecipient.into()),
    }
}

/// A kind that does nothing here.
pub(crate) fn not_taken(kind: TokenKind) -> ParseFault {
    ParseFault::Kind {
        found: kind.name(),
        wanted: TokenKind::ActivationResponse.name(),
    }
}

fn key_id(key: &ExchangeSecretKey) -> KeyId {
    key.public().id()
}
