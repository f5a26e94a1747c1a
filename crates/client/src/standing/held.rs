//! The grant that an activation rests on, checked anew each time.

use keyferry_license::{GrantHeld, Lease};
use keyferry_token::{
    ActivationId, ActivationResponse, DeviceId, Grant, Label, Name, ProductCode, Refresh, Sequence,
    SignedToken, Timestamp, TokenId, TokenKind, VendorKeys, Verified, VerifyFault,
};

use crate::store::HeldActivation;

/// The grant that an activation rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldGrant {
    /// The activation.
    pub activation: ActivationId,
    /// Its number: a higher one replaces it.
    pub sequence: Sequence,
    /// The token that brought it: a response or a refresh.
    pub brought_by: TokenId,
    /// Which of the two.
    pub kind: TokenKind,
    /// The request that the activation began with.
    pub answers: TokenId,
    /// What its user called this computer in that request.
    pub label: Label,
    /// When the vendor signed it.
    pub issued_at: Timestamp,
    /// When it was applied here.
    pub applied_at: Timestamp,
    /// The edition, if there is one.
    pub edition: Option<Name>,
    /// Who holds the entitlement.
    pub holder: Option<Name>,
    /// When what the customer bought ends, if it does.
    pub subscription_end: Option<Timestamp>,
    /// Whether it is a trial.
    pub trial: bool,
    /// Until when versions that come out are covered; without one all are.
    pub maintenance_end: Option<Timestamp>,
    /// Its lease, also where the product runs by a license file; none in one that suspends or revokes.
    pub lease: Option<Lease>,
}

impl HeldGrant {
    pub(crate) fn new(held: &HeldActivation, granted: &Granted) -> Self {
        let grant = granted.grant();
        Self {
            activation: grant.activation,
            sequence: grant.sequence,
            brought_by: granted.id(),
            kind: granted.kind(),
            answers: held.answers,
            label: held.label.clone(),
            issued_at: granted.issued_at(),
            applied_at: held.applied_at,
            edition: grant.edition.clone(),
            holder: grant.holder.clone(),
            subscription_end: grant.subscription_end,
            trial: grant.trial,
            maintenance_end: grant.maintenance_end,
            lease: Lease::of(grant, granted.issued_at()),
        }
    }
}

/// A grant with the vendor's signature under it.
pub(crate) enum Granted {
    Response(Verified<ActivationResponse>),
    Refresh(Verified<Refresh>),
}

impl Granted {
    /// Checks what is kept for a product as if it had just come in.
    pub(crate) fn check(
        held: &HeldActivation,
        keys: &VendorKeys,
        device: Option<&DeviceId>,
        product: &ProductCode,
    ) -> Result<Self, VerifyFault> {
        let signed = SignedToken::parse(&held.signed)?;
        let device = device.ok_or(VerifyFault::OtherRecipient)?;
        let (granted, of) = if signed.kind() == TokenKind::Refresh {
            let refresh = signed.verify_from_vendor::<Refresh>(keys, device)?;
            let of = refresh.product.clone();
            (Self::Refresh(refresh), of)
        } else {
            let response = signed.verify_from_vendor::<ActivationResponse>(keys, device)?;
            let of = response.product.clone();
            (Self::Response(response), of)
        };
        if of == *product {
            Ok(granted)
        } else {
            Err(VerifyFault::OtherRecipient)
        }
    }

    pub(crate) fn grant(&self) -> &Grant {
        match self {
            Self::Response(response) => &response.grant,
            Self::Refresh(refresh) => &refresh.grant,
        }
    }

    pub(crate) fn issued_at(&self) -> Timestamp {
        match self {
            Self::Response(response) => response.issued_at,
            Self::Refresh(refresh) => refresh.issued_at,
        }
    }

    pub(crate) fn held(&self) -> GrantHeld<'_> {
        match self {
            Self::Response(response) => response.into(),
            Self::Refresh(refresh) => refresh.into(),
        }
    }

    fn id(&self) -> TokenId {
        match self {
            Self::Response(response) => response.id(),
            Self::Refresh(refresh) => refresh.id(),
        }
    }

    fn kind(&self) -> TokenKind {
        match self {
            Self::Response(_) => TokenKind::ActivationResponse,
            Self::Refresh(_) => TokenKind::Refresh,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyferry_fixtures::{NOW, TestDevice, TestVendor};
    use keyferry_token::Seconds;

    #[test]
    fn a_kept_grant_counts_for_its_own_product_device_and_vendor_only() {
        let vendor = TestVendor::acme();
        let mut device = TestDevice::new("cad-07");
        let sealed = device.request_to(vendor, &vendor.code());
        let request = vendor.open(&sealed.bytes);
        let grant = TestVendor::grant(&request, NOW);
        let later = NOW.plus(Seconds::DAY);
        let tokens = [
            vendor.respond_with(&request, NOW, grant.clone()),
            vendor.refresh(&request, later, TestVendor::renewed(&grant, later)),
        ];
        for token in tokens {
            let held = HeldActivation {
                signed: token.signed,
                answers: request.id(),
                label: request.label.clone(),
                applied_at: NOW,
            };
            let (product, other) = (TestVendor::product(), "com.acme.cam".parse().unwrap());
            let counts = |keys, device: Option<&DeviceId>, product| {
                Granted::check(&held, keys, device, product).is_ok()
            };
            let (keys, id) = (&vendor.keys(), device.id());
            assert!(counts(keys, Some(&id), &product));
            assert!(!counts(keys, Some(&id), &other));
            assert!(!counts(keys, None, &product));
            let neighbour = TestDevice::new("cad-08").id();
            assert!(!counts(keys, Some(&neighbour), &product));
            assert!(!counts(&TestVendor::other().keys(), Some(&id), &product));
        }
    }
}
