//! What the commands print as JSON: field names and types are a promise (`docs/spec/cli.md`).

use keyferry_catalogue::{Phrase, Problem};
use keyferry_client::{Claim, ProductStanding, RequestSummary, Vendor};
use keyferry_license::{Standing, State};
use keyferry_terminal::LANGUAGE;
use keyferry_token::VendorProfile;
use serde::Serialize;

/// A vendor.
#[derive(Clone, Serialize)]
pub(crate) struct VendorView {
    pub(crate) id: String,
    pub(crate) name: String,
    support: Option<String>,
    portal: Option<String>,
}

impl From<&VendorProfile> for VendorView {
    fn from(profile: &VendorProfile) -> Self {
        Self {
            id: profile.vendor.to_string(),
            name: profile.name.to_string(),
            support: profile.support.as_ref().map(ToString::to_string),
            portal: profile.portal.clone(),
        }
    }
}

impl From<&Vendor> for VendorView {
    fn from(vendor: &Vendor) -> Self {
        Self::from(&vendor.profile)
    }
}

/// A product that a vendor sells.
#[derive(Serialize)]
pub(crate) struct SoldView {
    product: String,
    product_name: String,
}

impl SoldView {
    /// Everything in a profile.
    pub(crate) fn all(profile: &VendorProfile) -> Vec<Self> {
        let sold = profile.products.iter().map(|product| Self {
            product: product.code.to_string(),
            product_name: product.name.to_string(),
        });
        sold.collect()
    }
}

/// A vendor with all that people compare and choose by.
#[derive(Serialize)]
pub(crate) struct ProfileView {
    vendor: VendorView,
    fingerprint: String,
    products: Vec<SoldView>,
}

impl From<&VendorProfile> for ProfileView {
    fn from(profile: &VendorProfile) -> Self {
        Self {
            vendor: VendorView::from(profile),
            fingerprint: profile.fingerprint().to_string(),
            products: SoldView::all(profile),
        }
    }
}

/// Where a product stands.
#[derive(Serialize)]
pub(crate) struct StandingView {
    state: &'static str,
    reason: Option<&'static str>,
    until: Option<String>,
    features: Vec<String>,
    changed: Vec<&'static str>,
    pub(crate) message: String,
    pub(crate) next_step: Option<String>,
}

impl From<&Standing> for StandingView {
    fn from(standing: &Standing) -> Self {
        Self {
            state: standing.state.name(),
            reason: standing.reason().map(keyferry_catalogue::Code::as_str),
            until: standing.until.map(|until| until.to_string()),
            features: standing.features.iter().map(ToString::to_string).collect(),
            changed: standing.changed.iter().map(|kind| kind.name()).collect(),
            message: sentences(standing),
            next_step: standing
                .problem
                .as_ref()
                .map(|problem| problem.next_step(LANGUAGE)),
        }
    }
}

/// A standing in the words that every face uses for it.
fn sentences(standing: &Standing) -> String {
    let until = standing
        .until
        .map(|until| until.to_string())
        .unwrap_or_default();
    let with_until = |phrase: Phrase| phrase.fill(LANGUAGE, &[("until", until.as_str())]);
    let first = match standing.state {
        State::Licensed if standing.until.is_none() => {
            Phrase::StandingLicensedWithoutEnd.text(LANGUAGE).to_owned()
        }
        State::Licensed => with_until(Phrase::StandingLicensedUntil),
        State::Grace => with_until(Phrase::StandingGraceUntil),
        State::Emergency => with_until(Phrase::StandingEmergencyUntil),
        State::Unlicensed => told(standing, Phrase::StandingUnlicensed),
        State::Expired => told(standing, Phrase::StandingExpired),
        State::Stopped => told(standing, Phrase::StandingStopped),
        State::Blocked => told(standing, Phrase::StandingBlocked),
    };
    if !standing.state.runs() {
        return first;
    }
    let bound = Phrase::StandingBound.text(LANGUAGE);
    if standing.changed.is_empty() {
        return format!("{first} {bound}");
    }
    let names: Vec<&str> = standing.changed.iter().map(|kind| kind.name()).collect();
    let changed = Phrase::StandingChanged.fill(LANGUAGE, &[("components", &names.join(","))]);
    format!("{first} {bound} {changed}")
}

fn told(standing: &Standing, otherwise: Phrase) -> String {
    let told = standing
        .problem
        .as_ref()
        .map(|problem| problem.message(LANGUAGE));
    told.unwrap_or_else(|| otherwise.text(LANGUAGE).to_owned())
}

/// A request that waits for its answer.
#[derive(Serialize)]
pub(crate) struct RequestView {
    id: String,
    pub(crate) reference: String,
    label: String,
    made_at: String,
}

impl From<&RequestSummary> for RequestView {
    fn from(request: &RequestSummary) -> Self {
        Self {
            id: request.id.to_string(),
            reference: request.reference.clone(),
            label: request.label.to_string(),
            made_at: request.made_at.to_string(),
        }
    }
}

/// A product and where it stands.
#[derive(Serialize)]
pub(crate) struct ProductView {
    pub(crate) product: String,
    pub(crate) product_name: String,
    pub(crate) vendor: VendorView,
    pub(crate) standing: StandingView,
    pub(crate) activation_id: Option<String>,
    pub(crate) lease_expires_at: Option<String>,
    grace_until: Option<String>,
    pub(crate) request: Option<RequestView>,
}

impl From<&ProductStanding> for ProductView {
    fn from(found: &ProductStanding) -> Self {
        let lease = found.standing.lease.as_ref();
        Self {
            product: found.product.to_string(),
            product_name: found.name.to_string(),
            vendor: VendorView::from(&found.vendor),
            standing: StandingView::from(&found.standing),
            activation_id: found
                .grant
                .as_ref()
                .map(|grant| grant.activation.to_string()),
            lease_expires_at: lease.map(|lease| lease.expires_at.to_string()),
            grace_until: lease.map(|lease| lease.grace_until.to_string()),
            request: found.request.as_ref().map(RequestView::from),
        }
    }
}

/// A claim: its name in the catalogue without the `claim_` in front.
#[derive(Serialize)]
pub(crate) struct ClaimView {
    name: &'static str,
    value: String,
    detail: Option<String>,
}

impl From<&Claim> for ClaimView {
    fn from(claim: &Claim) -> Self {
        let name = claim.name.as_str();
        Self {
            name: name.strip_prefix("claim_").unwrap_or(name),
            value: claim.value.clone(),
            detail: claim.detail.clone(),
        }
    }
}

/// A problem that is part of an answer, not the end of a command.
#[derive(Serialize)]
pub(crate) struct ProblemView {
    code: &'static str,
    reference: &'static str,
    message: String,
    next_step: String,
}

impl From<&Problem> for ProblemView {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.as_str(),
            reference: problem.code.reference(),
            message: problem.message(LANGUAGE),
            next_step: problem.next_step(LANGUAGE),
        }
    }
}
