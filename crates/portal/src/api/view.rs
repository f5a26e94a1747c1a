//! What the API answers with, as JSON: the field names and forms of the command line
//! (`docs/spec/cli.md`).

mod activation;
mod audit;
mod license;
mod message;
mod sold;

pub(super) use activation::{
    ActivationChangedView, ActivationShownView, ActivationView, ActivationsView, RefreshedView,
};
pub(super) use audit::{AuditEntriesView, AuditEntryView, AuditHeadView, AuditProofView};
pub(super) use license::{LicenseFileView, LicenseShownView, LicenseView, LicensesView};
pub(super) use message::{ResultsView, StatusExplainedView, TokenView};
pub(super) use sold::{
    EntitlementAddedView, EntitlementChangedView, EntitlementView, EntitlementsView,
    ProductChangedView, ProductView, ProductsView,
};

use keyferry_token::Timestamp;

/// A time, or null.
fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// Several times.
fn times(all: &[Timestamp]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

/// What became of a change: its name, or that there was nothing to change.
pub(super) fn outcome(changed: bool, name: &'static str) -> &'static str {
    if changed { name } else { "unchanged" }
}
