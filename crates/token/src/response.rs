//! The claims of an activation response.

use crate::{
    DeviceId, Grant, ParseFault, ProductCode, Timestamp, TokenId, VendorId, claims,
    direction::{self, VendorHead, sealed::Payload},
};

/// The vendor grants what a device asked for (`docs/spec/tokens.md`, kind 65002).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationResponse {
    /// When it was made, by the authority's clock: a signed time.
    pub issued_at: Timestamp,
    /// The vendor who made it.
    pub vendor: VendorId,
    /// The product it is for.
    pub product: ProductCode,
    /// The device it is for.
    pub recipient: DeviceId,
    /// The request it answers.
    pub answers: TokenId,
    /// What the device may do.
    pub grant: Grant,
}

impl Payload for ActivationResponse {
    fn payload(&self) -> Vec<u8> {
        direction::vendor_payload(self, |own| {
            own.put(claims::ANSWERS, claims::bytes(self.answers.as_bytes()))
                .put(claims::GRANT, self.grant.to_value())
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
                grant: Grant::from_value(own.need(claims::GRANT)?)?,
            })
        })
    }
}
