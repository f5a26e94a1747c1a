//! A product and where it stands.

use keyferry_catalogue::Phrase;
use keyferry_client::{
    DeactivationSummary, LicenseFound, ProductStanding, Refused, RequestSummary,
};
use keyferry_license::{EmergencyFacts, Standing, State};
use keyferry_terminal::{LANGUAGE, NoteView};
use keyferry_token::Binding;
use serde::Serialize;

use super::{LicenseHeldView, VendorView};

/// Where a product stands.
#[derive(Serialize)]
pub(crate) struct StandingView {
    state: &'static str,
    reason: Option<&'static str>,
    until: Option<String>,
    features: Vec<String>,
    changed: Vec<&'static str>,
    message: String,
    next_step: Option<String>,
}

/// What is said of what runs: to what it is bound.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Computer,
    UsbKey,
    Nothing,
}

impl From<&Binding> for Anchor {
    fn from(binding: &Binding) -> Self {
        match binding {
            Binding::Unbound => Self::Nothing,
            Binding::Usb { .. } => Self::UsbKey,
            Binding::Device { .. } => Self::Computer,
        }
    }
}

/// By the license file that a standing is that of, or else by the activation.
impl From<&ProductStanding> for Anchor {
    fn from(found: &ProductStanding) -> Self {
        match &found.license {
            Some(held) if found.by_license => Self::from(&held.read.license.binding),
            Some(_) | None => Self::Computer,
        }
    }
}

impl From<&LicenseFound> for StandingView {
    fn from(found: &LicenseFound) -> Self {
        let read = found.license.as_ref();
        let anchor = read.map_or(Anchor::Nothing, |read| Anchor::from(&read.license.binding));
        Self::new(&found.standing, anchor)
    }
}

impl StandingView {
    pub(crate) fn new(standing: &Standing, anchor: Anchor) -> Self {
        Self {
            state: standing.state.name(),
            reason: standing.reason().map(keyferry_catalogue::Code::as_str),
            until: standing.until.map(|until| until.to_string()),
            features: standing.features.iter().map(ToString::to_string).collect(),
            changed: standing.changed.iter().map(|kind| kind.name()).collect(),
            message: sentences(standing, anchor),
            next_step: standing
                .problem
                .as_ref()
                .map(|problem| problem.next_step(LANGUAGE)),
        }
    }
}

/// A standing in the words that every face uses for it.
pub(crate) fn sentences(standing: &Standing, anchor: Anchor) -> String {
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
    let bound = match anchor {
        Anchor::Computer => Phrase::StandingBound,
        Anchor::UsbKey => Phrase::StandingBoundKey,
        Anchor::Nothing => Phrase::StandingUnbound,
    };
    let bound = bound.text(LANGUAGE);
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
    reference: String,
    label: String,
    made_at: String,
    refused: Option<RefusedView>,
}

impl From<&RequestSummary> for RequestView {
    fn from(request: &RequestSummary) -> Self {
        Self {
            id: request.id.to_string(),
            reference: request.reference.clone(),
            label: request.label.to_string(),
            made_at: request.made_at.to_string(),
            refused: request.refused.as_ref().map(RefusedView::from),
        }
    }
}

/// What the vendor said to a request.
#[derive(Serialize)]
struct RefusedView {
    #[serde(flatten)]
    problem: NoteView,
    at: String,
}

impl From<&Refused> for RefusedView {
    fn from(refused: &Refused) -> Self {
        Self {
            problem: NoteView::from(&refused.problem),
            at: refused.at.to_string(),
        }
    }
}

#[derive(Serialize)]
struct DeactivationView {
    id: String,
    reference: String,
    made_at: String,
    delivered_at: Option<String>,
}

impl From<&DeactivationSummary> for DeactivationView {
    fn from(made: &DeactivationSummary) -> Self {
        Self {
            id: made.id.to_string(),
            reference: made.reference.clone(),
            made_at: made.made_at.to_string(),
            delivered_at: made.delivered_at.map(|at| at.to_string()),
        }
    }
}

#[derive(Serialize)]
struct EmergencyView {
    available: bool,
    length: String,
    uses_left: u8,
    ends_at: String,
    until: Option<String>,
}

impl From<EmergencyFacts> for EmergencyView {
    fn from(run: EmergencyFacts) -> Self {
        Self {
            available: run.available,
            length: run.length.to_string(),
            uses_left: run.uses_left,
            ends_at: run.ends_at.to_string(),
            until: run.running_until.map(|until| until.to_string()),
        }
    }
}

/// The product fields of `docs/spec/cli.md`.
#[derive(Serialize)]
pub(crate) struct ProductView {
    product: String,
    product_name: String,
    vendor: VendorView,
    standing: StandingView,
    end_near: bool,
    days_left: Option<u64>,
    activation_id: Option<String>,
    lease_expires_at: Option<String>,
    grace_until: Option<String>,
    trial: bool,
    maintenance_ends_at: Option<String>,
    request: Option<RequestView>,
    time_request: Option<RequestView>,
    deactivation: Option<DeactivationView>,
    emergency: Option<EmergencyView>,
    license: Option<LicenseHeldView>,
    usb_key_away: Option<String>,
    actions: Vec<&'static str>,
}

impl From<&ProductStanding> for ProductView {
    fn from(found: &ProductStanding) -> Self {
        let lease = found.grant.as_ref().and_then(|grant| grant.lease);
        Self {
            product: found.product.to_string(),
            product_name: found.name.to_string(),
            vendor: VendorView::from(&found.vendor),
            standing: StandingView::new(&found.standing, Anchor::from(found)),
            end_near: found.end_is_near,
            days_left: found.days_left,
            activation_id: found
                .grant
                .as_ref()
                .map(|grant| grant.activation.to_string()),
            lease_expires_at: lease.map(|lease| lease.expires_at.to_string()),
            grace_until: lease.map(|lease| lease.grace_until.to_string()),
            trial: found.grant.as_ref().is_some_and(|grant| grant.trial),
            maintenance_ends_at: found
                .grant
                .as_ref()
                .and_then(|grant| grant.maintenance_end)
                .map(|end| end.to_string()),
            request: found.request.as_ref().map(RequestView::from),
            time_request: found.time_request.as_ref().map(RequestView::from),
            deactivation: found.deactivation.as_ref().map(DeactivationView::from),
            emergency: found.emergency.map(EmergencyView::from),
            license: found.license.as_ref().map(LicenseHeldView::from),
            usb_key_away: found.key_away.as_ref().map(ToString::to_string),
            actions: found.actions.iter().map(|action| action.name()).collect(),
        }
    }
}
