//! The claims of a refresh.

use crate::{
    DeviceId, Grant, ParseFault, ProductCode, Timestamp, VendorId, claims,
    direction::{self, VendorHead, sealed::Payload},
};

/// The vendor gives an activation a new grant without being asked (`docs/spec/tokens.md`, kind
/// 65003; rules A6 and C3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// When it was made, by the authority's clock: a signed time.
    pub issued_at: Timestamp,
    /// The vendor who made it.
    pub vendor: VendorId,
    /// The product it is for.
    pub product: ProductCode,
    /// The device it is for.
    pub recipient: DeviceId,
    /// What the device may do from now on; it names the activation.
    pub grant: Grant,
}

impl Payload for Refresh {
    fn payload(&self) -> Vec<u8> {
        direction::vendor_payload(self, |own| own.put(claims::GRANT, self.grant.to_value()))
    }

    fn from_payload(payload: &[u8]) -> Result<Self, ParseFault> {
        VendorHead::read(payload, |head, own| {
            Ok(Self {
                issued_at: head.issued_at,
                vendor: head.vendor,
                product: head.product,
                recipient: head.recipient,
                grant: Grant::from_value(own.need(claims::GRANT)?)?,
            })
        })
    }
}
