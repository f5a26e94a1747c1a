//! The claims of a time token.

use crate::{
    Challenge, DeviceId, ParseFault, ProductCode, Timestamp, TokenId, VendorId, claims,
    direction::{self, VendorHead, sealed::Payload},
};

/// The vendor tells a device the time that it asked for (`docs/spec/tokens.md`, kind 65006; rules,
/// *Clock*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeAnswer {
    /// The authority's time: what the device asked for.
    pub issued_at: Timestamp,
    /// The vendor who made it.
    pub vendor: VendorId,
    /// The product that the device asked for.
    pub product: ProductCode,
    /// The device it is for.
    pub recipient: DeviceId,
    /// The time request it answers.
    pub answers: TokenId,
    /// The challenge of that request.
    pub challenge: Challenge,
}

impl Payload for TimeAnswer {
    fn payload(&self) -> Vec<u8> {
        direction::vendor_payload(self, |own| {
            own.put(claims::ANSWERS, claims::bytes(self.answers.as_bytes()))
                .put(claims::CHALLENGE, claims::bytes(self.challenge.as_bytes()))
        })
    }

    fn from_payload(payload: &[u8]) -> Result<Self, ParseFault> {
        VendorHead::read(payload, |head, own| {
            Ok(Self {
                issued_at: head.issued_at,
                vendor: head.vendor,
                product: head.product,
                recipient: head.recipient,
                answers: own.fixed(claims::ANSWERS).map(TokenId::new)?,
                challenge: own.fixed(claims::CHALLENGE).map(Challenge::new)?,
            })
        })
    }
}
