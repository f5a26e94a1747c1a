//! What tokens, licenses and profiles say, as a list that people can read.

use keyferry_catalogue::{Holds, Language, Phrase};
use keyferry_license::Lease;
use keyferry_token::{
    ActivationRequest, ActivationResponse, ArtefactKind, Binding, ComponentKind, DeviceId, Label,
    License, LicenseTerm, ProductCode, TokenId, TokenKind, VendorProfile, Verified,
};

/// One claim: its name in the catalogue and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name; [`Phrase::why`] explains it in a line.
    pub name: Phrase,
    /// Its value, in the form that [`Holds`] lists for `holds`.
    pub value: String,
    /// What the value is, so that each language can show it in its own way.
    pub holds: Holds,
    /// The exact form behind a value that was put in words: an id, a key, a version.
    pub detail: Option<String>,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "values are given as they are"
)]
impl Claim {
    fn new(name: Phrase, holds: Holds, value: impl ToString) -> Self {
        Self {
            name,
            value: value.to_string(),
            holds,
            detail: None,
        }
    }

    fn text(name: Phrase, value: impl ToString) -> Self {
        Self::new(name, Holds::Text, value)
    }

    fn time(name: Phrase, value: keyferry_token::Timestamp) -> Self {
        Self::new(name, Holds::Time, value)
    }

    fn detailed(mut self, detail: impl ToString) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// The value as people of this language read it.
    pub fn in_words(&self, language: Language) -> String {
        self.holds.in_words(&self.value, language)
    }
}

/// What a request says, or is going to say.
pub(crate) struct RequestFacts<'a> {
    pub(crate) profile: &'a VendorProfile,
    pub(crate) product: &'a ProductCode,
    pub(crate) code_hint: &'a str,
    pub(crate) label: &'a Label,
    pub(crate) platform: &'a Label,
    pub(crate) client: &'a Label,
    pub(crate) components: Vec<ComponentKind>,
    /// Not known before the first request to a vendor is made.
    pub(crate) device: Option<DeviceId>,
    /// Not known before the request is made.
    pub(crate) made: Option<&'a Verified<ActivationRequest>>,
}

pub(crate) fn of_request(facts: &RequestFacts<'_>) -> Vec<Claim> {
    let kind = ArtefactKind::Token(TokenKind::ActivationRequest);
    let mut claims = vec![Claim::new(Phrase::ClaimKind, Holds::Kind, kind.name())];
    if let Some(made) = facts.made {
        claims.push(reference(made.id()));
    }
    claims.extend([
        product(facts.profile, facts.product),
        vendor(facts.profile),
        Claim::text(Phrase::ClaimActivationCode, facts.code_hint),
        Claim::text(Phrase::ClaimComputerName, facts.label),
        Claim::text(Phrase::ClaimPlatform, facts.platform)
            .detailed(format!("Keyferry {}", facts.client)),
        Claim::new(
            Phrase::ClaimFingerprint,
            Holds::Components,
            names(&facts.components),
        ),
    ]);
    claims.extend(
        facts
            .device
            .map(|device| Claim::text(Phrase::ClaimDeviceKeys, device)),
    );
    if let Some(made) = facts.made {
        claims.push(Claim::new(
            Phrase::ClaimRequestNumber,
            Holds::Count,
            made.number.0,
        ));
        claims.push(Claim::time(Phrase::ClaimMadeAt, made.issued_at));
    }
    let recipient = match facts.made {
        Some(made) => Some(made.recipient),
        None => facts
            .profile
            .exchange_key()
            .map(keyferry_token::ExchangePublicKey::id),
    };
    let readable = Claim::text(Phrase::ClaimRecipient, &facts.profile.name);
    claims.push(match recipient {
        Some(key) => readable.detailed(key),
        None => readable,
    });
    claims
}

pub(crate) fn of_response(
    response: &Verified<ActivationResponse>,
    profile: &VendorProfile,
) -> Vec<Claim> {
    let kind = ArtefactKind::Token(TokenKind::ActivationResponse);
    let grant = &response.grant;
    let mut claims = vec![
        Claim::new(Phrase::ClaimKind, Holds::Kind, kind.name()),
        reference(response.id()),
        Claim::text(Phrase::ClaimAnswers, response.answers.reference()).detailed(response.answers),
        product(profile, &response.product),
        vendor(profile),
        Claim::text(Phrase::ClaimDevice, response.recipient),
        Claim::time(Phrase::ClaimMadeAt, response.issued_at),
        Claim::text(Phrase::ClaimActivationId, grant.activation),
        Claim::new(Phrase::ClaimSequence, Holds::Count, grant.sequence.0),
        Claim::text(Phrase::ClaimStatus, grant.status.name()),
    ];
    if let Some(lease) = Lease::of(grant, response.issued_at) {
        claims.push(Claim::time(Phrase::ClaimWorksFrom, lease.starts));
        claims.push(Claim::time(Phrase::ClaimWorksUntil, lease.expires_at));
        claims.push(Claim::time(Phrase::ClaimGraceUntil, lease.grace_until));
    }
    let end = grant.subscription_end;
    claims.extend(end.map(|end| Claim::time(Phrase::ClaimSubscriptionUntil, end)));
    claims.extend(features(&grant.features));
    claims.extend(
        grant
            .edition
            .as_ref()
            .map(|e| Claim::text(Phrase::ClaimEdition, e)),
    );
    claims.extend(
        grant
            .holder
            .as_ref()
            .map(|h| Claim::text(Phrase::ClaimHolder, h)),
    );
    let enrolled: Vec<ComponentKind> = grant.enrolled.iter().map(|(kind, _)| kind).collect();
    claims.push(Claim::new(
        Phrase::ClaimFingerprint,
        Holds::Components,
        names(&enrolled),
    ));
    claims.push(Claim::text(
        Phrase::ClaimTolerance,
        format!("{} %", grant.tolerance),
    ));
    claims.extend(grant.emergency.map(|allowance| {
        Claim::text(
            Phrase::ClaimEmergency,
            format!("{} × {}", allowance.uses, allowance.length),
        )
        .detailed(allowance.ends_at)
    }));
    claims.extend(grant.trial.then(|| Claim::text(Phrase::ClaimTrial, "✓")));
    let maintenance = grant.maintenance_end;
    claims.extend(maintenance.map(|end| Claim::time(Phrase::ClaimMaintenanceUntil, end)));
    claims
}

pub(crate) fn of_license(license: &Verified<License>, profile: &VendorProfile) -> Vec<Claim> {
    let mut claims = vec![
        Claim::new(Phrase::ClaimKind, Holds::Kind, ArtefactKind::License.name()),
        Claim::text(Phrase::ClaimLicenseId, license.id),
        product(profile, &license.product),
        vendor(profile),
        Claim::time(Phrase::ClaimMadeAt, license.issued_at),
        Claim::new(Phrase::ClaimSequence, Holds::Count, license.sequence.0),
        Claim::text(Phrase::ClaimStatus, license.status.name()),
        Claim::time(Phrase::ClaimWorksFrom, license.not_before),
    ];
    if let LicenseTerm::Until(end) = license.term {
        claims.push(Claim::time(Phrase::ClaimWorksUntil, end));
    }
    claims.extend(features(&license.features));
    claims.extend(
        license
            .edition
            .as_ref()
            .map(|e| Claim::text(Phrase::ClaimEdition, e)),
    );
    claims.extend(
        license
            .holder
            .as_ref()
            .map(|h| Claim::text(Phrase::ClaimHolder, h)),
    );
    claims.push(match &license.binding {
        Binding::Unbound => Claim::text(Phrase::ClaimBinding, "–"),
        Binding::Usb { key, .. } => Claim::text(Phrase::ClaimBinding, key),
        Binding::Device { components, .. } => {
            let kinds: Vec<ComponentKind> = components.iter().map(|(kind, _)| kind).collect();
            Claim::new(Phrase::ClaimBinding, Holds::Components, names(&kinds))
        }
    });
    claims
}

pub(crate) fn of_profile(profile: &VendorProfile) -> Vec<Claim> {
    let mut claims = vec![
        Claim::new(Phrase::ClaimKind, Holds::Kind, ArtefactKind::Profile.name()),
        vendor(profile),
        Claim::text(Phrase::ClaimVendorFingerprint, profile.fingerprint()),
        Claim::new(Phrase::ClaimProfileNumber, Holds::Count, profile.number),
        Claim::time(Phrase::ClaimMadeAt, profile.issued_at),
    ];
    claims.extend(
        profile
            .support
            .as_ref()
            .map(|s| Claim::text(Phrase::ClaimSupport, s)),
    );
    claims.extend(
        profile
            .portal
            .as_ref()
            .map(|p| Claim::text(Phrase::ClaimPortal, p)),
    );
    let products: Vec<&str> = profile
        .products
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    let codes: Vec<&str> = profile
        .products
        .iter()
        .map(|entry| entry.code.as_str())
        .collect();
    if !products.is_empty() {
        claims.push(
            Claim::text(Phrase::ClaimProducts, products.join(", ")).detailed(codes.join(", ")),
        );
    }
    claims.extend(profile.keys.iter().map(|key| {
        let use_and_state = format!("{}, {}", key.purpose().name(), key.state().name());
        Claim::text(Phrase::ClaimVendorKeys, use_and_state).detailed(key.id())
    }));
    claims
}

fn reference(id: TokenId) -> Claim {
    Claim::text(Phrase::ClaimReference, id.reference()).detailed(id)
}

fn vendor(profile: &VendorProfile) -> Claim {
    Claim::text(Phrase::ClaimVendor, &profile.name).detailed(profile.vendor)
}

fn product(profile: &VendorProfile, code: &ProductCode) -> Claim {
    match profile.product(code) {
        Some(entry) => Claim::text(Phrase::ClaimProduct, &entry.name).detailed(code),
        None => Claim::text(Phrase::ClaimProduct, code),
    }
}

fn features(features: &[keyferry_token::Feature]) -> Option<Claim> {
    let codes: Vec<&str> = features.iter().map(AsRef::as_ref).collect();
    (!codes.is_empty()).then(|| Claim::text(Phrase::ClaimFeatures, codes.join(", ")))
}

fn names(kinds: &[ComponentKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(",")
}
