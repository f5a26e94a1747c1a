//! Moving a license to another computer in one trip: the new computer's request travels with this
//! computer's deactivation.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{
    Artefact, DeactivationReason, KeyId, KeyPurpose, ProductCode, SealedToken, TokenKind,
};

use crate::{ApplyFault, Carried, Client, StoreFault, TaskFault, Vendor, door};

/// A request that another computer made. It is sealed: all that can be told is whom it is for.
#[derive(Clone, Debug)]
pub struct MoveRequest {
    /// The vendor who can open it.
    pub vendor: Vendor,
    /// The key that opens it.
    pub recipient: KeyId,
    /// The binary form.
    pub bytes: Vec<u8>,
}

/// Why what was brought does not move a license. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveFault {
    /// It cannot be read.
    #[error(transparent)]
    Unread(#[from] ApplyFault),
    /// It is no activation request.
    #[error("no activation request")]
    NeedsRequest,
    /// This computer made it.
    #[error("a request made here")]
    OwnRequest,
    /// It is for another vendor.
    #[error("a request for another vendor")]
    OtherVendor,
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl MoveFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unread(fault) => fault.code(),
            Self::NeedsRequest => Code::MoveNeedsRequest,
            Self::OwnRequest => Code::MoveOwnRequest,
            Self::OtherVendor => Code::MoveOtherVendor,
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unread(fault) => fault.problem(),
            Self::Store(fault) => fault.problem(),
            Self::NeedsRequest | Self::OwnRequest | Self::OtherVendor => Problem::new(self.code()),
        }
    }
}

impl MoveRequest {
    /// Whether it can travel with a deactivation to this vendor.
    ///
    /// # Errors
    /// `move_other_vendor`.
    pub(crate) fn fits(&self, vendor: &Vendor) -> Result<(), MoveFault> {
        if opens(vendor, self.recipient) {
            Ok(())
        } else {
            Err(MoveFault::OtherVendor)
        }
    }
}

impl Client {
    /// Reads the request of the computer that a license is to move to, in any form. Changes nothing.
    ///
    /// # Errors
    /// `move_needs_request`, `move_own_request`, `move_other_vendor` where no vendor that is trusted
    /// here could open it; those of reading it and of reading the store.
    pub fn read_move_request(&self, bytes: &[u8]) -> Result<MoveRequest, MoveFault> {
        let snapshot = self.store.read()?;
        let mut fault = None;
        let mut requests: Vec<SealedToken> = Vec::new();
        for artefact in door::read(bytes)? {
            match artefact {
                Ok(Artefact::Token(token)) if token.kind() == TokenKind::ActivationRequest => {
                    requests.push(token);
                }
                Ok(_) => fault = Some(MoveFault::NeedsRequest),
                Err(unread) => {
                    fault.get_or_insert(ApplyFault::from(unread).into());
                }
            }
        }
        let is_own = |token: &SealedToken| {
            let mut made = snapshot.state.made();
            made.any(|made| made.bytes == token.bytes())
        };
        let Some(request) = requests.iter().find(|token| !is_own(token)) else {
            return Err(match requests.first() {
                Some(_) => MoveFault::OwnRequest,
                None => fault.unwrap_or(MoveFault::NeedsRequest),
            });
        };
        let recipient = request.recipient();
        let trusted = self.trusted(&snapshot.state);
        let mut vendors = trusted.iter();
        let vendor = vendors.find(|vendor| opens(vendor, recipient));
        Ok(MoveRequest {
            vendor: vendor.ok_or(MoveFault::OtherVendor)?.clone(),
            recipient,
            bytes: request.bytes().to_vec(),
        })
    }

    /// Gives a product up like [`Client::deactivate`], for another computer. Its request, if it was
    /// brought, is kept with the deactivation and travels with it, behind it.
    ///
    /// # Errors
    /// `move_other_vendor`; those of [`Client::deactivate`].
    pub fn move_away(
        &self,
        product: &ProductCode,
        request: Option<&MoveRequest>,
    ) -> Result<Carried, TaskFault> {
        self.give_up(product, DeactivationReason::Moving, request)
    }
}

/// Whether a vendor has the key, be it one that it has replaced.
fn opens(vendor: &Vendor, recipient: KeyId) -> bool {
    let mut keys = vendor.profile.keys.iter();
    keys.any(|key| key.purpose() == KeyPurpose::Exchange && key.id() == recipient)
}
