//! Licenses and their files.

use keyferry_authority::{IssuedLicense, LicenseFile, LicenseRecord};
use keyferry_terminal::{BindingView, LicenseView, license_end};
use keyferry_token::{ArtefactKind, License, armor};
use serde::Serialize;
use utoipa::ToSchema;

use crate::outcome;

/// A license in the books, as its latest file says.
#[derive(Serialize, ToSchema)]
pub struct IssuedLicenseView {
    #[serde(flatten)]
    license: LicenseView,
    created_at: String,
    /// How many files were made of it.
    files: u64,
}

impl From<&IssuedLicense> for IssuedLicenseView {
    fn from(issued: &IssuedLicense) -> Self {
        Self {
            license: LicenseView::from(&issued.license),
            created_at: issued.created_at.to_string(),
            files: issued.files,
        }
    }
}

/// A license with what its files say, the latest first.
#[derive(Serialize, ToSchema)]
pub struct LicenseShownView {
    #[serde(flatten)]
    license: IssuedLicenseView,
    history: Vec<LicenseSaidView>,
}

/// What one file of a license says.
#[derive(Serialize, ToSchema)]
pub struct LicenseSaidView {
    seq: u64,
    status: &'static str,
    issued_at: String,
    expires_at: Option<String>,
    binding: BindingView,
}

impl From<&License> for LicenseSaidView {
    fn from(license: &License) -> Self {
        Self {
            seq: license.sequence.0,
            status: license.status.name(),
            issued_at: license.issued_at.to_string(),
            expires_at: license_end(license),
            binding: BindingView::from(&license.binding),
        }
    }
}

impl From<&LicenseRecord> for LicenseShownView {
    fn from(record: &LicenseRecord) -> Self {
        Self {
            license: IssuedLicenseView::from(&record.issued),
            history: record.history.iter().map(LicenseSaidView::from).collect(),
        }
    }
}

/// A license with its latest file.
#[derive(Serialize, ToSchema)]
pub struct LicenseFileView {
    /// `made`, `reissued`, `suspended`, `reinstated`, `revoked`, or `unchanged`.
    outcome: &'static str,
    license: IssuedLicenseView,
    /// The file: text as in RFC 7468, to be saved as `.lic`.
    text: String,
}

impl LicenseFileView {
    /// `done` is its outcome where something was changed.
    pub fn new(file: &LicenseFile, done: &'static str) -> Self {
        Self {
            outcome: outcome(file.changed, done),
            license: IssuedLicenseView::from(&file.issued),
            text: armor(ArtefactKind::License, &file.bytes),
        }
    }
}
