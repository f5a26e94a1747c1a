//! What the commands print as JSON: field names and types are a promise (`docs/spec/cli.md`).

use keyferry_authority::{Activation, EndReason, Entitlement, Product};
use keyferry_catalogue::Problem;
use keyferry_terminal::LANGUAGE;
use keyferry_token::Timestamp;
use serde::Serialize;

/// The vendor of an authority.
#[derive(Serialize)]
pub(crate) struct VendorView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) portal: Option<String>,
}

/// `init`.
#[derive(Serialize)]
pub(crate) struct InitView {
    pub(crate) vendor: VendorView,
    pub(crate) fingerprint: String,
    pub(crate) profile: String,
    pub(crate) public_key: String,
    pub(crate) admin: Option<AdminView>,
}

/// The first admin of a new authority.
#[derive(Serialize)]
pub(crate) struct AdminView {
    pub(crate) name: String,
    pub(crate) link: Option<String>,
    pub(crate) code: String,
}

/// A product.
#[derive(Serialize)]
pub(crate) struct ProductView {
    product: String,
    product_name: String,
    features: Vec<String>,
    offline: bool,
    grace: String,
    emergency: Option<EmergencyView>,
    rebinds_per_year: u32,
    moves_per_year: u32,
    lost_per_year: u32,
    tag: String,
}

/// The emergency runs that a product's grants allow.
#[derive(Serialize)]
struct EmergencyView {
    length: String,
    uses: u8,
    on_other_device: bool,
}

impl From<&Product> for ProductView {
    fn from(product: &Product) -> Self {
        Self {
            product: product.code.to_string(),
            product_name: product.name.to_string(),
            features: product.features.iter().map(ToString::to_string).collect(),
            offline: product.offline,
            grace: product.grace.to_string(),
            emergency: product.emergency.map(|run| EmergencyView {
                length: run.length.to_string(),
                uses: run.uses,
                on_other_device: run.on_wrong_device,
            }),
            rebinds_per_year: product.policy.rebinds,
            moves_per_year: product.policy.moves,
            lost_per_year: product.policy.lost,
            tag: product.tag.to_string(),
        }
    }
}

/// `product add`.
#[derive(Serialize)]
pub(crate) struct ProductAddedView {
    #[serde(flatten)]
    pub(crate) product: ProductView,
    pub(crate) profile: String,
}

/// `product change`: `profile` where it was written anew.
#[derive(Serialize)]
pub(crate) struct ProductChangedView {
    pub(crate) outcome: &'static str,
    #[serde(flatten)]
    pub(crate) product: ProductView,
    pub(crate) profile: Option<String>,
}

/// `product list`.
#[derive(Serialize)]
pub(crate) struct ProductsView {
    pub(crate) products: Vec<ProductView>,
}

/// An entitlement; no secrets.
#[derive(Serialize)]
pub(crate) struct EntitlementView {
    entitlement_id: String,
    code_hint: String,
    product: String,
    seats: u32,
    seats_used: u32,
    status: &'static str,
    offline_lease: Option<String>,
    expires_at: Option<String>,
    features: Vec<String>,
    holder: Option<String>,
    trial: bool,
    maintenance_ends_at: Option<String>,
    created_at: String,
}

impl From<&Entitlement> for EntitlementView {
    fn from(entitlement: &Entitlement) -> Self {
        Self {
            entitlement_id: entitlement.id.to_string(),
            code_hint: entitlement.hint.clone(),
            product: entitlement.product.to_string(),
            seats: entitlement.seats,
            seats_used: entitlement.seats_used,
            status: entitlement.status.name(),
            offline_lease: entitlement.offline_lease.map(|lease| lease.to_string()),
            expires_at: entitlement.ends_at.map(|end| end.to_string()),
            features: entitlement
                .features
                .iter()
                .map(ToString::to_string)
                .collect(),
            holder: entitlement.holder.as_ref().map(ToString::to_string),
            trial: entitlement.trial,
            maintenance_ends_at: time(entitlement.maintenance_end),
            created_at: entitlement.created_at.to_string(),
        }
    }
}

/// `entitlement add`: the one time that the two secrets are shown.
#[derive(Serialize)]
pub(crate) struct EntitlementAddedView {
    pub(crate) activation_code: String,
    pub(crate) holder_secret: String,
    #[serde(flatten)]
    pub(crate) entitlement: EntitlementView,
}

/// `entitlement holder-secret`: the one time that the new secret is shown.
#[derive(Serialize)]
pub(crate) struct HolderSecretReplacedView {
    pub(crate) outcome: &'static str,
    pub(crate) holder_secret: String,
    pub(crate) sessions_ended: u64,
    #[serde(flatten)]
    pub(crate) entitlement: EntitlementView,
}

/// `entitlement list`.
#[derive(Serialize)]
pub(crate) struct EntitlementsView {
    pub(crate) entitlements: Vec<EntitlementView>,
}

/// `entitlement suspend`, `reinstate`, `revoke`, `renew`.
#[derive(Serialize)]
pub(crate) struct EntitlementChangedView {
    pub(crate) outcome: &'static str,
    #[serde(flatten)]
    pub(crate) entitlement: EntitlementView,
}

/// `entitlement show`.
#[derive(Serialize)]
pub(crate) struct EntitlementShownView {
    #[serde(flatten)]
    pub(crate) entitlement: EntitlementView,
    pub(crate) activations: Vec<ActivationView>,
}

/// An activation.
#[derive(Serialize)]
pub(crate) struct ActivationView {
    activation_id: String,
    entitlement_id: String,
    product: String,
    seat: u32,
    label: String,
    platform: String,
    device_id: String,
    status: &'static str,
    activated_at: String,
    lease_expires_at: String,
    grace_until: String,
    superseded_at: Option<String>,
    ended_at: Option<String>,
    ended_why: Option<&'static str>,
    frees_at: Option<String>,
    device_blocked: bool,
    emergency_runs: Vec<String>,
}

impl From<&Activation> for ActivationView {
    fn from(activation: &Activation) -> Self {
        Self {
            activation_id: activation.id.to_string(),
            entitlement_id: activation.entitlement.to_string(),
            product: activation.product.to_string(),
            seat: activation.seat,
            label: activation.label.to_string(),
            platform: activation.platform.to_string(),
            device_id: activation.device.to_string(),
            status: activation.status.name(),
            activated_at: activation.activated_at.to_string(),
            lease_expires_at: activation.lease_expires_at.to_string(),
            grace_until: activation.grace_until.to_string(),
            superseded_at: time(activation.superseded_at),
            ended_at: time(activation.ended_at),
            ended_why: activation.ended_why.map(EndReason::name),
            frees_at: time(activation.frees_at),
            device_blocked: activation.device_blocked,
            emergency_runs: times(&activation.emergency_runs),
        }
    }
}

/// `activation list`.
#[derive(Serialize)]
pub(crate) struct ActivationsView {
    pub(crate) activations: Vec<ActivationView>,
}

/// What the catalogue says of something, as a part of an answer.
#[derive(Serialize)]
pub(crate) struct NoteView {
    code: &'static str,
    reference: &'static str,
    message: String,
    next_step: String,
}

impl From<&Problem> for NoteView {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.as_str(),
            reference: problem.code.reference(),
            message: problem.message(LANGUAGE),
            next_step: problem.next_step(LANGUAGE),
        }
    }
}

/// A time, or null.
pub(crate) fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// Several times.
pub(crate) fn times(all: &[Timestamp]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}
