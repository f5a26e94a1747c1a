//! What a license is bound to: nothing, the id of a USB key, or what an activation request tells of
//! a computer.

use keyferry_license::{enrollable, rate_id};
use keyferry_token::{
    ActivationRequest, Artefact, Binding, DeviceId, ProductCode, TokenId, TokenKind,
};

use super::{LicenseAnchor, LicenseFault};
use crate::{Authority, policy::TOLERANCE};

/// A binding, and by whose word.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) binding: Binding,
    /// The device that told what it looks like, and the token that did.
    pub(super) told_by: Option<(DeviceId, TokenId)>,
}

impl Authority {
    /// The binding of a license that is for this.
    pub(super) fn bind_to(
        &self,
        anchor: &LicenseAnchor,
        product: &ProductCode,
    ) -> Result<Bound, LicenseFault> {
        let binding = match anchor {
            LicenseAnchor::Unbound => Binding::Unbound,
            LicenseAnchor::UsbKey { id, allow_weak } => {
                let rating = rate_id(id);
                rating
                    .accept(*allow_weak)
                    .map_err(|problem| LicenseFault::UsbKey { rating, problem })?;
                Binding::Usb {
                    key: id.clone(),
                    volume: None,
                }
            }
            LicenseAnchor::Device { request } => return self.bind_to_device(request, product),
        };
        Ok(Bound {
            binding,
            told_by: None,
        })
    }

    fn bind_to_device(&self, request: &[u8], product: &ProductCode) -> Result<Bound, LicenseFault> {
        let mut artefacts =
            Artefact::read(request).map_err(|fault| LicenseFault::Request(fault.problem()))?;
        // Two requests do not tell which computer it is for.
        let (Some(first), true) = (artefacts.pop(), artefacts.is_empty()) else {
            return Err(LicenseFault::NeedsComputer);
        };
        let token = match first.map_err(|fault| LicenseFault::Request(fault.problem()))? {
            Artefact::Token(token) if token.kind() == TokenKind::ActivationRequest => token,
            Artefact::Token(_) | Artefact::License(_) | Artefact::Profile(_) => {
                return Err(LicenseFault::NeedsComputer);
            }
        };
        let request = self
            .open_from_device::<ActivationRequest>(&token)
            .map_err(|fault| LicenseFault::Request(fault.problem()))?;
        // The fingerprint is keyed by the product: it would fit no computer for another one.
        if request.product != *product {
            return Err(LicenseFault::NeedsComputer);
        }
        enrollable(&request.fingerprint)?;
        Ok(Bound {
            binding: Binding::Device {
                components: request.fingerprint.clone(),
                tolerance: TOLERANCE,
            },
            told_by: Some((request.signing_key.device_id(), request.id())),
        })
    }
}
