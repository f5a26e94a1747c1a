//! Whether a product is licensed offline at all: rule A1.

use keyferry_token::{Name, Seconds};

use crate::Refusal;

/// What a product and an entitlement say about machines without a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfflineSupport<'a> {
    /// The product's name, for the one who is told.
    pub product: &'a Name,
    /// Whether the product answers offline requests.
    pub enabled: bool,
    /// The entitlement's period for offline leases. The period of online leases plays no part.
    pub lease_period: Option<Seconds>,
}

/// Whether licenses are made for a product: only for one that is for machines without a network
/// (rule A1).
///
/// # Errors
/// `offline_not_enabled`.
pub fn licenses_allowed(product: &Name, enabled: bool) -> Result<(), Refusal> {
    if enabled {
        return Ok(());
    }
    Err(Refusal::OfflineNotEnabled {
        product: product.clone(),
    })
}

/// The length of the lease that may be given offline (rule A1). A period of no length counts as
/// none: it would give a lease that is over when it begins.
///
/// # Errors
/// `offline_not_enabled` by the product, `offline_lease_missing` on the entitlement.
pub fn offline_allowed(support: &OfflineSupport<'_>) -> Result<Seconds, Refusal> {
    licenses_allowed(support.product, support.enabled)?;
    support
        .lease_period
        .filter(|period| *period > Seconds::ZERO)
        .ok_or(Refusal::OfflineLeaseMissing)
}
