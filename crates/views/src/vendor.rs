//! What the vendor says of itself.

use keyferry_authority::VendorChange;
use keyferry_token::VendorProfile;
use serde::Serialize;
use utoipa::ToSchema;

use crate::outcome;

/// The vendor, as its latest profile has it.
#[derive(Serialize, ToSchema)]
pub struct VendorShownView {
    vendor: VendorFaceView,
    /// Twelve words that customers compare before they trust the profile.
    fingerprint: String,
    profile_number: u64,
}

/// What customers see of the vendor.
#[derive(Serialize, ToSchema)]
pub struct VendorFaceView {
    id: String,
    name: String,
    /// Where customers find help: a mail address, a telephone number, a web page.
    support: Option<String>,
    /// The portal's address.
    portal: Option<String>,
    /// The accent colour.
    #[schema(example = "#1d4ed8")]
    colour: Option<String>,
    /// How large the logo is, in bytes.
    logo: Option<usize>,
}

impl From<&VendorProfile> for VendorShownView {
    fn from(profile: &VendorProfile) -> Self {
        Self {
            vendor: VendorFaceView {
                id: profile.vendor.to_string(),
                name: profile.name.to_string(),
                support: profile.support.as_ref().map(ToString::to_string),
                portal: profile.portal.clone(),
                colour: profile.colour.map(|colour| colour.to_string()),
                logo: profile.logo.as_ref().map(Vec::len),
            },
            fingerprint: profile.fingerprint().to_string(),
            profile_number: profile.number,
        }
    }
}

/// The vendor after something was to be changed.
#[derive(Serialize, ToSchema)]
pub struct VendorChangedView {
    /// `changed`, or `unchanged` where all was so before.
    outcome: &'static str,
    #[serde(flatten)]
    vendor: VendorShownView,
}

impl From<&VendorChange> for VendorChangedView {
    fn from(change: &VendorChange) -> Self {
        Self {
            outcome: outcome(change.changed, "changed"),
            vendor: VendorShownView::from(&change.profile),
        }
    }
}
