//! What the vendor's books look like as JSON, once for the API and for `keyferry-authority --json`: field names,
//! types and what they mean are a promise (`docs/spec/cli.md`, `docs/api/openapi.json`).
//!
//! A face adds what only it has to say: the API where a list goes on, the command line where a file was
//! written. Secrets stand in the views of what was just made (`…AddedView`) and in no other.

mod account;
mod activation;
mod api_token;
mod audit;
mod key;
mod license;
mod report;
mod sold;
mod status;
mod vendor;

use keyferry_authority::SealedAnswer;
use keyferry_token::Timestamp;

pub use account::{AccountChangedView, AccountView, AccountsView};
pub use activation::{
    ActivationChangedView, ActivationShownView, ActivationView, DeviceTokenView, GrantView,
    RefreshedView,
};
pub use api_token::{ApiTokenAddedView, ApiTokenRevokedView, ApiTokenView};
pub use audit::{
    AuditEntryView, AuditHeadView, AuditProofView, SignedAuditHeadView, detail as audit_detail,
};
pub use key::{HomeView, KeyRetiredView, KeyRetirementView, KeyRotatedView, KeyView, StrandedView};
pub use keyferry_terminal::{BindingView, LicenseView, NoteView, TokenView};
pub use license::{IssuedLicenseView, LicenseFileView, LicenseSaidView, LicenseShownView};
pub use report::{BooksView, DifferenceView, ReportView, StatusReadView, difference};
pub use sold::{
    EmergencyView, EntitlementAddedView, EntitlementChangedView, EntitlementView,
    HolderSecretReplacedView, ProductChangedView, ProductView, ProductsView,
};
pub use status::{StatusExplainedView, reason};
pub use vendor::{VendorChangedView, VendorFaceView, VendorShownView};

/// A token for a computer.
pub fn token(sealed: &SealedAnswer) -> TokenView {
    TokenView {
        text: sealed.armored(),
        ..TokenView::new(sealed.kind, sealed.id, &sealed.bytes)
    }
}

/// A time, or null.
pub fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

/// Several times.
pub fn times(all: &[Timestamp]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

/// What became of a change: its name, or that there was nothing to change.
pub fn outcome(changed: bool, name: &'static str) -> &'static str {
    if changed { name } else { "unchanged" }
}
