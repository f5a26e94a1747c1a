//! What this computer's own tokens say, and what they are going to say.

use keyferry_catalogue::{Code, Holds, Phrase};
use keyferry_token::{
    ActivationId, ActivationRequest, ComponentKind, Deactivation, DeactivationReason, DeviceId,
    ExchangePublicKey, FromDevice, KeyId, Label, ProductCode, Sequence, StatusReport, TimeRequest,
    Timestamp, TokenKind, VendorProfile, Verified,
};

use super::{Claim, components, kind, product, reference, vendor};

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
    let mut claims = vec![kind(TokenKind::ActivationRequest)];
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
        components(Phrase::ClaimFingerprint, &facts.components),
    ]);
    claims.extend(
        facts
            .device
            .map(|device| Claim::text(Phrase::ClaimDeviceKeys, device)),
    );
    if let Some(made) = facts.made {
        claims.extend(runs(&made.emergency_runs));
        claims.extend(numbered(made));
    }
    claims.push(recipient(
        facts.profile,
        facts.made.map(|made| made.recipient),
    ));
    claims
}

/// What a request that was made here says.
pub(crate) fn of_made_request(
    request: &Verified<ActivationRequest>,
    code_hint: &str,
    profile: &VendorProfile,
) -> Vec<Claim> {
    of_request(&RequestFacts {
        profile,
        product: &request.product,
        code_hint,
        label: &request.label,
        platform: &request.platform,
        client: &request.client,
        components: request.fingerprint.iter().map(|(kind, _)| kind).collect(),
        device: Some(request.signing_key.device_id()),
        made: Some(request),
    })
}

/// What a deactivation says, or is going to say.
pub(crate) struct DeactivationFacts<'a> {
    pub(crate) profile: &'a VendorProfile,
    pub(crate) product: &'a ProductCode,
    pub(crate) activation: ActivationId,
    pub(crate) sequence: Sequence,
    pub(crate) label: &'a Label,
    pub(crate) device: DeviceId,
    pub(crate) runs: &'a [Timestamp],
    /// Not known before the user has chosen.
    pub(crate) reason: Option<DeactivationReason>,
    /// Not known before the deactivation is made.
    pub(crate) made: Option<&'a Verified<Deactivation>>,
}

pub(crate) fn of_deactivation(facts: &DeactivationFacts<'_>) -> Vec<Claim> {
    let mut claims = vec![kind(TokenKind::Deactivation)];
    claims.extend(facts.made.map(|made| reference(made.id())));
    claims.extend([
        product(facts.profile, facts.product),
        vendor(facts.profile),
        Claim::text(Phrase::ClaimActivationId, facts.activation),
        Claim::new(Phrase::ClaimSequence, Holds::Count, facts.sequence.0),
    ]);
    let reason = facts.reason.map(DeactivationReason::name);
    claims.extend(reason.map(|name| Claim::new(Phrase::ClaimReason, Holds::Reason, name)));
    claims.push(Claim::text(Phrase::ClaimComputerName, facts.label));
    claims.push(Claim::text(Phrase::ClaimDeviceKey, facts.device));
    claims.extend(runs(facts.runs));
    if let Some(made) = facts.made {
        claims.extend(numbered(made));
    }
    claims.push(recipient(
        facts.profile,
        facts.made.map(|made| made.recipient),
    ));
    claims
}

/// What a deactivation that was made here says.
pub(crate) fn of_made_deactivation(
    made: &Verified<Deactivation>,
    profile: &VendorProfile,
) -> Vec<Claim> {
    of_deactivation(&DeactivationFacts {
        profile,
        product: &made.product,
        activation: made.activation,
        sequence: made.sequence,
        label: &made.label,
        device: made.signing_key.device_id(),
        runs: &made.emergency_runs,
        reason: Some(made.reason),
        made: Some(made),
    })
}

/// What a time request says.
pub(crate) fn of_time_request(
    request: &Verified<TimeRequest>,
    profile: &VendorProfile,
) -> Vec<Claim> {
    let mut claims = vec![
        kind(TokenKind::TimeRequest),
        reference(request.id()),
        product(profile, &request.product),
        vendor(profile),
        Claim::text(Phrase::ClaimActivationId, request.activation),
        Claim::text(Phrase::ClaimComputerName, &request.label),
        Claim::text(Phrase::ClaimDeviceKeys, request.signing_key.device_id()),
        Claim::text(Phrase::ClaimChallenge, request.challenge),
    ];
    claims.extend(runs(&request.emergency_runs));
    claims.extend(numbered(request));
    claims.push(recipient(profile, Some(request.recipient)));
    claims
}

/// What a status report says.
pub(crate) fn of_status(status: &Verified<StatusReport>, profile: &VendorProfile) -> Vec<Claim> {
    let mut claims = vec![
        kind(TokenKind::Status),
        reference(status.id()),
        product(profile, &status.product),
        vendor(profile),
        Claim::text(Phrase::ClaimComputerName, &status.label),
        Claim::text(Phrase::ClaimPlatform, &status.platform),
        Claim::text(Phrase::ClaimClient, &status.client),
        Claim::new(Phrase::ClaimStanding, Holds::State, status.state.name()),
    ];
    claims.extend(status.reason.map(because));
    let until = status.until;
    claims.extend(until.map(|until| Claim::time(Phrase::ClaimStandingUntil, until)));
    let activation = status.activation;
    claims.extend(activation.map(|id| Claim::text(Phrase::ClaimActivationId, id)));
    let sequence = status.sequence;
    claims.extend(sequence.map(|n| Claim::new(Phrase::ClaimSequence, Holds::Count, n.0)));
    let lease = status.lease_expires_at;
    claims.extend(lease.map(|end| Claim::time(Phrase::ClaimWorksUntil, end)));
    claims.push(Claim::time(Phrase::ClaimClock, status.clock_floor));
    let changed =
        (!status.changed.is_empty()).then(|| components(Phrase::ClaimChanged, &status.changed));
    claims.extend(changed);
    claims.extend(runs(&status.emergency_runs));
    let repaired = status.store_repaired;
    claims.extend(repaired.then(|| Claim::text(Phrase::ClaimStoreRepaired, "✓")));
    claims.push(Claim::text(
        Phrase::ClaimDeviceKeys,
        status.signing_key.device_id(),
    ));
    claims.extend(numbered(status));
    claims.push(recipient(profile, Some(status.recipient)));
    claims
}

/// Why a standing is what it is, by the number of a code.
fn because(number: u16) -> Claim {
    let code = Code::ALL.iter().find(|code| code.number() == number);
    let named = |name: &str| Claim::new(Phrase::ClaimStandingReason, Holds::Code, name);
    match code {
        Some(code) => named(code.as_str()).detailed(code.reference()),
        None => named(&format!("KF-{number}")),
    }
}

fn numbered<T: FromDevice>(made: &Verified<T>) -> [Claim; 2] {
    [
        Claim::new(Phrase::ClaimRequestNumber, Holds::Count, made.number().0),
        Claim::time(Phrase::ClaimMadeAt, made.issued_at()),
    ]
}

fn runs(taken: &[Timestamp]) -> impl Iterator<Item = Claim> {
    taken
        .iter()
        .map(|at| Claim::time(Phrase::ClaimEmergencyRuns, *at))
}

/// Who can open it; the key that is in use now, while the token is not made yet.
fn recipient(profile: &VendorProfile, sealed_for: Option<KeyId>) -> Claim {
    let readable = Claim::text(Phrase::ClaimRecipient, &profile.name);
    match sealed_for.or_else(|| profile.exchange_key().map(ExchangePublicKey::id)) {
        Some(key) => readable.detailed(key),
        None => readable,
    }
}
