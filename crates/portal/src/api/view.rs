//! What the API answers with, as JSON: the views of the books (`keyferry_views`), which are those of the command
//! line, and what only the API says.

mod message;

use data_encoding::HEXLOWER;
use keyferry_authority::AuditEntry;
use keyferry_views::{
    ActivationView, ApiTokenView, AuditEntryView, EntitlementView, IssuedLicenseView,
};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

pub(super) use message::ResultsView;

/// A part of the activations.
#[derive(Serialize, ToSchema)]
pub(super) struct ActivationsView {
    pub(super) activations: Vec<ActivationView>,
    /// Where the next part begins; null at the end.
    pub(super) next_cursor: Option<String>,
}

/// A part of the entitlements.
#[derive(Serialize, ToSchema)]
pub(super) struct EntitlementsView {
    pub(super) entitlements: Vec<EntitlementView>,
    /// Where the next part begins; null at the end.
    pub(super) next_cursor: Option<String>,
}

/// A part of the licenses.
#[derive(Serialize, ToSchema)]
pub(super) struct LicensesView {
    pub(super) licenses: Vec<IssuedLicenseView>,
    /// Where the next part begins; null at the end.
    pub(super) next_cursor: Option<String>,
}

/// A part of the API tokens.
#[derive(Serialize, ToSchema)]
pub(super) struct ApiTokensView {
    pub(super) api_tokens: Vec<ApiTokenView>,
    /// Where the next part begins; null at the end.
    pub(super) next_cursor: Option<String>,
}

/// A part of the audit log, from its beginning.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditEntriesView {
    pub(super) entries: Vec<ChainedEntryView>,
    /// Where the next part begins; null at the end.
    pub(super) next_cursor: Option<String>,
}

/// An entry with its hash, so that whoever reads the log part by part can follow the chain. The command line needs
/// none: it has the whole log, works the chain out itself, and exports it.
#[derive(Serialize, ToSchema)]
pub(super) struct ChainedEntryView {
    #[serde(flatten)]
    entry: AuditEntryView,
    /// The chain's hash at its place, 64 digits; null where it is not sealed yet.
    hash: Option<String>,
}

impl From<&AuditEntry> for ChainedEntryView {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            entry: AuditEntryView::from(entry),
            hash: entry.seal.map(|seal| HEXLOWER.encode(&seal.hash)),
        }
    }
}

/// The bytes of a file that is no text, as they are described.
pub(super) enum BinaryFile {}

impl PartialSchema for BinaryFile {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(format))
            .into()
    }
}

impl ToSchema for BinaryFile {}
