//! What vendors' tokens, licenses and profiles say.

use keyferry_catalogue::{Code, Holds, Phrase};
use keyferry_license::Lease;
use keyferry_token::{
    ActivationResponse, ArtefactKind, Binding, ComponentKind, Feature, FromVendor, Grant, License,
    LicenseTerm, Refresh, SeatStatus, TimeAnswer, Timestamp, TokenId, VendorProfile, VendorRefusal,
    Verified,
};

use super::{Change, Claim, components, kind, product, reference, vendor};

pub(crate) fn of_response(
    response: &Verified<ActivationResponse>,
    profile: &VendorProfile,
) -> Vec<Claim> {
    let mut claims = of_vendor(response, Some(response.answers), profile);
    claims.extend(of_grant(&response.grant, response.issued_at));
    claims
}

pub(crate) fn of_refresh(refresh: &Verified<Refresh>, profile: &VendorProfile) -> Vec<Claim> {
    let mut claims = of_vendor(refresh, None, profile);
    claims.extend(of_grant(&refresh.grant, refresh.issued_at));
    claims
}

pub(crate) fn of_time_answer(answer: &Verified<TimeAnswer>, profile: &VendorProfile) -> Vec<Claim> {
    let mut claims = of_vendor(answer, Some(answer.answers), profile);
    claims.push(Claim::time(Phrase::ClaimVendorTime, answer.issued_at));
    claims.push(Claim::text(Phrase::ClaimChallenge, answer.challenge));
    claims
}

pub(crate) fn of_refusal(refusal: &Verified<VendorRefusal>, profile: &VendorProfile) -> Vec<Claim> {
    let mut claims = of_vendor(refusal, Some(refusal.answers), profile);
    let name = refusal.reason.name();
    let because = Claim::new(Phrase::ClaimRefusedBecause, Holds::Code, name);
    claims.push(match refusal.reason.code() {
        Some(code) => because.detailed(Code::reference(code)),
        None => because,
    });
    claims
}

/// What is said in a vendor's token of any kind.
fn of_vendor<T: FromVendor>(
    token: &Verified<T>,
    answers: Option<TokenId>,
    profile: &VendorProfile,
) -> Vec<Claim> {
    let mut claims = vec![kind(T::KIND), reference(token.id())];
    let answers = answers.map(|id| Claim::text(Phrase::ClaimAnswers, id.reference()).detailed(id));
    claims.extend(answers);
    claims.extend([
        product(profile, token.product()),
        vendor(profile),
        Claim::text(Phrase::ClaimDevice, token.recipient()),
        Claim::time(Phrase::ClaimMadeAt, token.issued_at()),
    ]);
    claims
}

/// What a refresh changed, of all that matters to a user.
pub(crate) fn changes(before: (&Grant, Timestamp), after: (&Grant, Timestamp)) -> Vec<Change> {
    let (before, after) = (terms(before.0, before.1), terms(after.0, after.1));
    let named =
        |claims: &[Claim], name: Phrase| claims.iter().find(|claim| claim.name == name).cloned();
    let mut names: Vec<Phrase> = before.iter().map(|claim| claim.name).collect();
    for claim in &after {
        if !names.contains(&claim.name) {
            names.push(claim.name);
        }
    }
    let all = names.into_iter().map(|name| Change {
        name,
        before: named(&before, name),
        after: named(&after, name),
    });
    // What stands behind a claim, such as the last end of emergency runs, moves along with each lease.
    let said = |claim: &Option<Claim>| claim.as_ref().map(|claim| claim.value.clone());
    all.filter(|change| said(&change.before) != said(&change.after))
        .collect()
}

fn of_grant(grant: &Grant, issued_at: Timestamp) -> Vec<Claim> {
    let mut claims = vec![
        Claim::text(Phrase::ClaimActivationId, grant.activation),
        Claim::new(Phrase::ClaimSequence, Holds::Count, grant.sequence.0),
    ];
    let lease = Lease::of(grant, issued_at);
    claims.extend(lease.map(|lease| Claim::time(Phrase::ClaimWorksFrom, lease.starts)));
    claims.extend(terms(grant, issued_at));
    claims
}

/// What a grant allows, apart from its number and when it was given.
fn terms(grant: &Grant, issued_at: Timestamp) -> Vec<Claim> {
    let mut claims = vec![status(grant.status)];
    if let Some(lease) = Lease::of(grant, issued_at) {
        claims.push(Claim::time(Phrase::ClaimWorksUntil, lease.expires_at));
        claims.push(Claim::time(Phrase::ClaimGraceUntil, lease.grace_until));
    }
    let end = grant.subscription_end;
    claims.extend(end.map(|end| Claim::time(Phrase::ClaimSubscriptionUntil, end)));
    claims.extend(features(&grant.features));
    let edition = grant.edition.as_ref();
    claims.extend(edition.map(|edition| Claim::text(Phrase::ClaimEdition, edition)));
    let holder = grant.holder.as_ref();
    claims.extend(holder.map(|holder| Claim::text(Phrase::ClaimHolder, holder)));
    let enrolled: Vec<ComponentKind> = grant.enrolled.iter().map(|(kind, _)| kind).collect();
    claims.push(components(Phrase::ClaimFingerprint, &enrolled));
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

fn status(status: SeatStatus) -> Claim {
    Claim::text(Phrase::ClaimStatus, status.name())
}

fn features(features: &[Feature]) -> Option<Claim> {
    let codes: Vec<&str> = features.iter().map(AsRef::as_ref).collect();
    (!codes.is_empty()).then(|| Claim::text(Phrase::ClaimFeatures, codes.join(", ")))
}

pub(crate) fn of_license(license: &Verified<License>, profile: &VendorProfile) -> Vec<Claim> {
    let mut claims = vec![
        Claim::new(Phrase::ClaimKind, Holds::Kind, ArtefactKind::License.name()),
        Claim::text(Phrase::ClaimLicenseId, license.id),
        product(profile, &license.product),
        vendor(profile),
        Claim::time(Phrase::ClaimMadeAt, license.issued_at),
        Claim::new(Phrase::ClaimSequence, Holds::Count, license.sequence.0),
        status(license.status),
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
    claims.push(of_binding(&license.binding));
    claims
}

/// What a license is bound to.
pub(crate) fn of_binding(binding: &Binding) -> Claim {
    match binding {
        Binding::Unbound => Claim::text(Phrase::ClaimBinding, "–"),
        Binding::Usb { key, .. } => Claim::text(Phrase::ClaimBinding, key),
        Binding::Device { components, .. } => {
            let kinds: Vec<ComponentKind> = components.iter().map(|(kind, _)| kind).collect();
            super::components(Phrase::ClaimBinding, &kinds)
        }
    }
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
