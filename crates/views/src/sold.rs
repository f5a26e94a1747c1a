//! Products and entitlements.

use keyferry_authority::{
    Entitlement, EntitlementChange, IssuedEntitlement, Product, ProductChange, ReplacedSecret,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{outcome, time};

/// A product.
#[derive(Serialize, ToSchema)]
pub struct ProductView {
    /// Its code.
    #[schema(example = "com.acme.cad")]
    product: String,
    product_name: String,
    /// The features that entitlements may grant; none listed means any.
    features: Vec<String>,
    /// Whether it can be activated without a network.
    offline: bool,
    /// How long it runs on after a lease.
    #[schema(example = "7d")]
    grace: String,
    emergency: Option<EmergencyView>,
    rebinds_per_year: u32,
    moves_per_year: u32,
    lost_per_year: u32,
    /// The first four symbols of its activation codes.
    tag: String,
}

/// The emergency runs that a product's grants allow.
#[derive(Serialize, ToSchema)]
pub struct EmergencyView {
    #[schema(example = "3d")]
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

/// All products.
#[derive(Serialize, ToSchema)]
pub struct ProductsView {
    products: Vec<ProductView>,
}

impl From<&[Product]> for ProductsView {
    fn from(products: &[Product]) -> Self {
        Self {
            products: products.iter().map(ProductView::from).collect(),
        }
    }
}

/// A product after it was to be changed.
#[derive(Serialize, ToSchema)]
pub struct ProductChangedView {
    /// `changed`, or `unchanged` where all was so before.
    pub outcome: &'static str,
    #[serde(flatten)]
    product: ProductView,
}

impl From<&ProductChange> for ProductChangedView {
    fn from(change: &ProductChange) -> Self {
        Self {
            outcome: outcome(change.changed, "changed"),
            product: ProductView::from(&change.product),
        }
    }
}

/// An entitlement; no secrets.
#[derive(Serialize, ToSchema)]
pub struct EntitlementView {
    #[schema(example = "7Q2K-9MPX-4RTW-0B3D")]
    entitlement_id: String,
    /// What can be shown of its activation code.
    code_hint: String,
    product: String,
    seats: u32,
    seats_used: u32,
    /// `active`, `suspended`, `revoked` or `expired`.
    status: &'static str,
    #[schema(example = "30d")]
    offline_lease: Option<String>,
    #[schema(example = "2027-03-31T23:59:59Z")]
    expires_at: Option<String>,
    features: Vec<String>,
    holder: Option<String>,
    trial: bool,
    /// Until when versions that come out are covered; null: all are.
    #[schema(example = "2027-12-31T23:59:59Z")]
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
            expires_at: time(entitlement.ends_at),
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

/// A new entitlement: the one time that its two secrets are shown.
#[derive(Serialize, ToSchema)]
pub struct EntitlementAddedView {
    activation_code: String,
    holder_secret: String,
    #[serde(flatten)]
    entitlement: EntitlementView,
}

impl From<&IssuedEntitlement> for EntitlementAddedView {
    fn from(issued: &IssuedEntitlement) -> Self {
        Self {
            activation_code: issued.code.expose(),
            holder_secret: issued.holder_secret.expose(),
            entitlement: EntitlementView::from(&issued.entitlement),
        }
    }
}

/// An entitlement with another holder secret: the one time that it is shown.
#[derive(Serialize, ToSchema)]
pub struct HolderSecretReplacedView {
    /// `replaced`.
    outcome: &'static str,
    holder_secret: String,
    /// How many were in the portal with the old one, and are out of it now.
    sessions_ended: u64,
    #[serde(flatten)]
    entitlement: EntitlementView,
}

impl From<&ReplacedSecret> for HolderSecretReplacedView {
    fn from(replaced: &ReplacedSecret) -> Self {
        Self {
            outcome: "replaced",
            holder_secret: replaced.holder_secret.expose(),
            sessions_ended: replaced.sessions_ended,
            entitlement: EntitlementView::from(&replaced.entitlement),
        }
    }
}

/// An entitlement after it was to be changed.
#[derive(Serialize, ToSchema)]
pub struct EntitlementChangedView {
    /// `changed`, `renewed`, `suspended`, `reinstated`, `revoked`, or `unchanged`.
    pub outcome: &'static str,
    #[serde(flatten)]
    entitlement: EntitlementView,
}

impl EntitlementChangedView {
    /// `done` is its outcome where something was changed.
    pub fn new(change: &EntitlementChange, done: &'static str) -> Self {
        Self {
            outcome: outcome(change.changed, done),
            entitlement: EntitlementView::from(&change.entitlement),
        }
    }
}
