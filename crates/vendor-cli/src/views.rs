//! What the commands print as JSON beside what the API says, too (`keyferry_views`): where a file was written, and
//! lists as a whole, which the API gives in parts.

use keyferry_views::{
    ActivationView, EntitlementView, IssuedLicenseView, ProductChangedView as ChangedView,
    ProductView,
};
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
    #[serde(flatten)]
    pub(crate) change: ChangedView,
    pub(crate) profile: Option<String>,
}

/// `entitlement list`.
#[derive(Serialize)]
pub(crate) struct EntitlementsView {
    pub(crate) entitlements: Vec<EntitlementView>,
}

/// `entitlement show`: with all of its activations, which the API lists in parts.
#[derive(Serialize)]
pub(crate) struct EntitlementShownView {
    #[serde(flatten)]
    pub(crate) entitlement: EntitlementView,
    pub(crate) activations: Vec<ActivationView>,
}

/// `activation list`.
#[derive(Serialize)]
pub(crate) struct ActivationsView {
    pub(crate) activations: Vec<ActivationView>,
}

/// `license list`.
#[derive(Serialize)]
pub(crate) struct LicensesView {
    pub(crate) licenses: Vec<IssuedLicenseView>,
}
