//! A license file as the commands print it.

use keyferry_catalogue::Holds;
use keyferry_token::{Binding, License, LicenseTerm, Timestamp};
use serde::Serialize;

use crate::{LANGUAGE, Table};

/// What a license says in JSON: the license fields of `docs/spec/cli.md`, without its vendor, which is
/// said where it is not one's own.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LicenseView {
    #[cfg_attr(feature = "schema", schema(example = "7Q2K-9MPX-4RTW-0B3D"))]
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
}

impl From<&License> for LicenseView {
    fn from(license: &License) -> Self {
        Self {
            license_id: license.id.to_string(),
            product: license.product.to_string(),
            seq: license.sequence.0,
            status: license.status.name(),
            binding: BindingView::from(&license.binding),
            starts_at: license.not_before.to_string(),
            expires_at: license_end(license),
            grace: license.grace.to_string(),
            features: license.features.iter().map(ToString::to_string).collect(),
            edition: license.edition.as_ref().map(ToString::to_string),
            holder: license.holder.as_ref().map(ToString::to_string),
            issued_at: license.issued_at.to_string(),
        }
    }
}

/// When a license ends, if it does.
pub fn license_end(license: &License) -> Option<String> {
    match license.term {
        LicenseTerm::Until(end) => Some(end.to_string()),
        LicenseTerm::Perpetual => None,
    }
}

/// What a license is bound to: `kind`, and what is told of it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BindingView {
    /// Nothing: whoever has a copy can use it.
    Unbound,
    /// A USB key.
    Usb {
        /// Its id.
        id: String,
        /// Its volume, where that counts.
        volume: Option<String>,
    },
    /// A computer.
    Device {
        /// What is looked at.
        components: Vec<&'static str>,
        /// How much of it has to fit, in percent.
        tolerance: u8,
    },
}

impl From<&Binding> for BindingView {
    fn from(binding: &Binding) -> Self {
        match binding {
            Binding::Unbound => Self::Unbound,
            Binding::Usb { key, volume } => Self::Usb {
                id: key.to_string(),
                volume: volume.as_ref().map(ToString::to_string),
            },
            Binding::Device {
                components,
                tolerance,
            } => Self::Device {
                components: components.iter().map(|(kind, _)| kind.name()).collect(),
                tolerance: *tolerance,
            },
        }
    }
}

/// What a license says, a row for each.
pub fn license_facts(license: &License) -> Table {
    let spoken = |at: Timestamp| Holds::Time.in_words(&at.to_string(), LANGUAGE);
    let mut table = Table::plain();
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    row("License", license.id.to_string());
    row("Product", license.product.to_string());
    row("Bound to", bound_to(&license.binding));
    row("Status", license.status.name().to_owned());
    row("Counts from", spoken(license.not_before));
    if let LicenseTerm::Until(end) = license.term {
        row("Counts until", spoken(end));
        row("Grace", license.grace.to_string());
    } else {
        row("Counts until", "it does not end".to_owned());
    }
    if !license.features.is_empty() {
        let features: Vec<&str> = license.features.iter().map(AsRef::as_ref).collect();
        row("Features", features.join(", "));
    }
    if let Some(edition) = &license.edition {
        row("Edition", edition.to_string());
    }
    if let Some(holder) = &license.holder {
        row("Holder", holder.to_string());
    }
    table
}

/// What it is bound to, in full.
fn bound_to(binding: &Binding) -> String {
    match binding {
        Binding::Unbound => "nothing: whoever has a copy can use it".to_owned(),
        Binding::Usb { key, .. } => format!("the USB key {key}"),
        Binding::Device {
            components,
            tolerance,
        } => {
            let names: Vec<String> = components
                .iter()
                .map(|(kind, _)| kind.name().replace('_', " "))
                .collect();
            format!("a computer: {tolerance} % of {}", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use keyferry_token::{ComponentKind, Fingerprint};

    use super::*;

    #[test]
    fn a_binding_says_its_kind_and_what_is_checked() {
        let json = |binding: &Binding| serde_json::to_string(&BindingView::from(binding)).unwrap();
        assert_eq!(json(&Binding::Unbound), r#"{"kind":"unbound"}"#);
        let usb = Binding::Usb {
            key: "0781:5581:4C53%3A0001:30752000000".parse().unwrap(),
            volume: None,
        };
        assert_eq!(
            json(&usb),
            r#"{"kind":"usb","id":"0781:5581:4C53%3A0001:30752000000","volume":null}"#
        );
        let device = Binding::Device {
            components: Fingerprint::from_digests([(ComponentKind::Cpu, [7; 8])]),
            tolerance: 60,
        };
        assert_eq!(
            json(&device),
            r#"{"kind":"device","components":["cpu"],"tolerance":60}"#
        );
    }
}
