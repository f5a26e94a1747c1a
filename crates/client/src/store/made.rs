//! Tokens made on this computer, as the store keeps them: sealed, each with the key that opens it.

use keyferry_token::{
    ActivationId, ContentKey, Deactivation, FromDevice, ProductCode, Sealed, SealedToken,
    Timestamp, TokenId, TokenKind, VendorId, Verified,
};

use super::state::ProductKey;

/// A token made here. All else about it is read from its own claims, with the content key.
pub(crate) struct MadeToken {
    pub(crate) id: TokenId,
    pub(crate) vendor: VendorId,
    pub(crate) product: ProductCode,
    /// The sealed token.
    pub(crate) bytes: Vec<u8>,
    pub(crate) content_key: ContentKey,
}

impl MadeToken {
    pub(crate) fn new((vendor, product): ProductKey, sealed: Sealed) -> Self {
        Self {
            id: sealed.id,
            vendor,
            product,
            bytes: sealed.bytes,
            content_key: sealed.content_key,
        }
    }

    /// The product that it is about.
    pub(crate) fn of(&self) -> ProductKey {
        (self.vendor, self.product.clone())
    }

    pub(crate) fn is_for(&self, (vendor, product): &ProductKey) -> bool {
        self.vendor == *vendor && self.product == *product
    }

    /// Its own claims.
    pub(crate) fn open<T: FromDevice>(&self) -> Option<Verified<T>> {
        let opened = SealedToken::parse(&self.bytes)
            .ok()?
            .open_with_content_key(&self.content_key);
        opened.ok()?.verify_from_device(&self.vendor).ok()
    }

    /// The kind that its envelope names.
    pub(crate) fn kind(&self) -> Option<TokenKind> {
        SealedToken::parse(&self.bytes)
            .ok()
            .map(|token| token.kind())
    }
}

/// A request for a seat.
pub(crate) struct MadeRequest {
    pub(crate) token: MadeToken,
    /// Beginning and end of the activation code, to tell codes apart.
    pub(crate) code_hint: String,
    /// Whether an answer to it would no longer be taken.
    pub(crate) withdrawn: bool,
    /// The newest refusal of it, as the vendor signed it.
    pub(crate) refusal: Option<Vec<u8>>,
}

/// A deactivation. It is final: nothing takes it back.
pub(crate) struct MadeDeactivation {
    pub(crate) token: MadeToken,
    /// When the user said that it reached the vendor.
    pub(crate) delivered_at: Option<Timestamp>,
    /// The request of the computer that the license moves to, to be carried with it.
    pub(crate) companion: Option<Vec<u8>>,
}

impl MadeDeactivation {
    /// Whether the vendor may not have it yet.
    pub(crate) const fn is_undelivered(&self) -> bool {
        self.delivered_at.is_none()
    }

    /// Whether this is the activation that it gives back.
    pub(super) fn gives_back(&self, activation: ActivationId) -> bool {
        let claims = self.token.open::<Deactivation>();
        claims.is_some_and(|claims| claims.activation == activation)
    }
}

/// A request for the time. Its challenge is good for one answer.
pub(crate) struct MadeTimeRequest {
    pub(crate) token: MadeToken,
    /// The newest refusal of it, as the vendor signed it.
    pub(crate) refusal: Option<Vec<u8>>,
}
