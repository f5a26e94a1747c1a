//! Licenses and their files.

use keyferry_authority::{IssuedLicense, LicenseFile, LicenseRecord};
use keyferry_token::{ArtefactKind, Binding, License, LicenseTerm, armor};
use serde::Serialize;
use utoipa::ToSchema;

/// A license, as its latest file says.
#[derive(Serialize, ToSchema)]
pub(crate) struct LicenseView {
    #[schema(example = "7Q2K-9MPX-4RTW-0B3D")]
    license_id: String,
    product: String,
    seq: u64,
    /// `active`, `suspended` or `revoked`.
    status: &'static str,
    binding: BindingView,
    starts_at: String,
    expires_at: Option<String>,
    grace: String,
    features: Vec<String>,
    edition: Option<String>,
    holder: Option<String>,
    issued_at: String,
    created_at: String,
    /// How many files were made of it.
    files: u64,
}

/// What a license is bound to.
#[derive(Serialize, ToSchema)]
pub(crate) struct BindingView {
    /// `unbound`, `usb` or `device`.
    kind: &'static str,
    /// Of a USB key: its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Of a USB key: its volume, where that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<String>,
    /// Of a computer: what is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Vec<&'static str>>,
    /// Of a computer: how much of it has to fit, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerance: Option<u8>,
}

impl From<&Binding> for BindingView {
    fn from(binding: &Binding) -> Self {
        let mut view = Self {
            kind: binding.name(),
            id: None,
            volume: None,
            components: None,
            tolerance: None,
        };
        match binding {
            Binding::Unbound => {}
            Binding::Usb { key, volume } => {
                view.id = Some(key.to_string());
                view.volume = volume.as_ref().map(ToString::to_string);
            }
            Binding::Device {
                components,
                tolerance,
            } => {
                view.components = Some(components.iter().map(|(kind, _)| kind.name()).collect());
                view.tolerance = Some(*tolerance);
            }
        }
        view
    }
}

impl From<&IssuedLicense> for LicenseView {
    fn from(issued: &IssuedLicense) -> Self {
        let license = &issued.license;
        Self {
            license_id: license.id.to_string(),
            product: license.product.to_string(),
            seq: license.sequence.0,
            status: license.status.name(),
            binding: BindingView::from(&license.binding),
            starts_at: license.not_before.to_string(),
            expires_at: end(license),
            grace: license.grace.to_string(),
            features: license.features.iter().map(ToString::to_string).collect(),
            edition: license.edition.as_ref().map(ToString::to_string),
            holder: license.holder.as_ref().map(ToString::to_string),
            issued_at: license.issued_at.to_string(),
            created_at: issued.created_at.to_string(),
            files: issued.files,
        }
    }
}

fn end(license: &License) -> Option<String> {
    match license.term {
        LicenseTerm::Until(end) => Some(end.to_string()),
        LicenseTerm::Perpetual => None,
    }
}

/// A part of the licenses.
#[derive(Serialize, ToSchema)]
pub(crate) struct LicensesView {
    pub(crate) licenses: Vec<LicenseView>,
    /// Where the next part begins; null at the end.
    pub(crate) next_cursor: Option<String>,
}

/// A license with what its files say, the latest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct LicenseShownView {
    #[serde(flatten)]
    license: LicenseView,
    history: Vec<LicenseSaidView>,
}

/// What one file of a license says.
#[derive(Serialize, ToSchema)]
pub(crate) struct LicenseSaidView {
    seq: u64,
    status: &'static str,
    issued_at: String,
    expires_at: Option<String>,
    binding: BindingView,
}

impl From<&LicenseRecord> for LicenseShownView {
    fn from(record: &LicenseRecord) -> Self {
        let said = |license: &License| LicenseSaidView {
            seq: license.sequence.0,
            status: license.status.name(),
            issued_at: license.issued_at.to_string(),
            expires_at: end(license),
            binding: BindingView::from(&license.binding),
        };
        Self {
            license: LicenseView::from(&record.issued),
            history: record.history.iter().map(said).collect(),
        }
    }
}

/// A license with its latest file.
#[derive(Serialize, ToSchema)]
pub(crate) struct LicenseFileView {
    /// `made`, `reissued`, `suspended`, `reinstated`, `revoked`, or `unchanged`.
    pub(crate) outcome: &'static str,
    pub(crate) license: LicenseView,
    /// The file: text as in RFC 7468, to be saved as `.lic`.
    pub(crate) text: String,
}

impl LicenseFileView {
    pub(crate) fn new(file: &LicenseFile, done: &'static str) -> Self {
        Self {
            outcome: super::outcome(file.changed, done),
            license: LicenseView::from(&file.issued),
            text: armor(ArtefactKind::License, &file.bytes),
        }
    }
}
