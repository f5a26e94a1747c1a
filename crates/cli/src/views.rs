//! What the commands print as JSON: field names and types are a promise (`docs/spec/cli.md`).

mod standing;
mod usb;

use keyferry_client::{Claim, Vendor};
use keyferry_terminal::LANGUAGE;
use keyferry_token::VendorProfile;
use serde::Serialize;

pub(crate) use standing::{Anchor, ProductView, RequestView, StandingView, sentences};
pub(crate) use usb::{
    CourierView, LicenseFoundView, LicenseHeldView, SignerView, UsbKeyFoundView, UsbKeyView,
    mount_points,
};

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

/// A claim as people read it: its name, and its value with the exact form behind it.
pub(crate) fn claim_row(claim: &Claim) -> [String; 2] {
    let detail = claim
        .detail
        .as_ref()
        .map_or_else(String::new, |detail| format!(" ({detail})"));
    let value = format!("{}{detail}", claim.in_words(LANGUAGE));
    [claim.name.text(LANGUAGE).to_owned(), value]
}
