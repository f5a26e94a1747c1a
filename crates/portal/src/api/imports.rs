//! Products and entitlements from lists that other systems export.

use axum::{Json, extract::State, http::HeaderMap};
use keyferry_authority::Permission;
use keyferry_bulk::{Brought, RowResult, brought_entitlements, brought_products};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admit::Admitted,
    once,
    problem::told,
    take::{Content, Nothing, Params},
};
use crate::{Portal, trouble::Trouble, words::LANGUAGE};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(products))
        .routes(routes!(entitlements))
}

/// A list to import.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportBody {
    /// The list: comma-separated values with a heading, as the command line imports them.
    #[schema(example = "reference,product,seats\norder-4711,com.acme.cad,5\n")]
    csv: String,
    /// Passes over columns that are not known.
    #[serde(default)]
    ignore_columns: bool,
    /// Only says what each row would do.
    #[serde(default)]
    dry_run: bool,
}

/// What came of a list of products.
#[derive(Serialize, ToSchema)]
struct ProductsImportedView {
    #[serde(flatten)]
    tally: TallyView,
    results: Vec<RowView>,
}

/// What came of a list of entitlements: the one time that the secrets of new ones are shown.
#[derive(Serialize, ToSchema)]
struct EntitlementsImportedView {
    #[serde(flatten)]
    tally: TallyView,
    results: Vec<EntitlementRowView>,
}

/// How a list ended.
#[derive(Serialize, ToSchema)]
struct TallyView {
    /// `imported`, or `checked`.
    outcome: &'static str,
    rows: usize,
    added: usize,
    changed: usize,
    unchanged: usize,
    refused: usize,
}

/// What came of a row.
#[derive(Serialize, ToSchema)]
struct RowView {
    /// Which; the heading is the first.
    row: u64,
    /// What the list calls it.
    reference: Option<String>,
    /// The product by its code, or the entitlement by its id.
    id: Option<String>,
    /// `added`, `changed`, `unchanged` or `refused`; in a dry run `ready` and `would_change`.
    outcome: &'static str,
    /// Why it was refused, by the catalogue's code.
    code: Option<&'static str>,
    /// The same, for people.
    message: Option<String>,
}

/// What came of a row of entitlements.
#[derive(Serialize, ToSchema)]
struct EntitlementRowView {
    #[serde(flatten)]
    row: RowView,
    /// Of a new one.
    activation_code: Option<String>,
    /// Of a new one, unless it was replaced since.
    holder_secret: Option<String>,
}

impl TallyView {
    fn new(brought: &Brought, dry_run: bool) -> Self {
        Self {
            outcome: if dry_run { "checked" } else { "imported" },
            rows: brought.rows.len(),
            added: brought.of("added") + brought.of("ready"),
            changed: brought.of("changed") + brought.of("would_change"),
            unchanged: brought.of("unchanged"),
            refused: brought.of("refused"),
        }
    }
}

impl From<&RowResult> for RowView {
    fn from(row: &RowResult) -> Self {
        let problem = row.problem.as_ref();
        Self {
            row: row.row,
            reference: row.reference.clone(),
            id: row.id.clone(),
            outcome: row.outcome,
            code: problem.map(|problem| problem.code.as_str()),
            message: problem.map(|problem| problem.message(LANGUAGE)),
        }
    }
}

impl From<&RowResult> for EntitlementRowView {
    fn from(row: &RowResult) -> Self {
        let secret = |at: usize| row.more.get(at).filter(|secret| !secret.is_empty());
        Self {
            row: RowView::from(row),
            activation_code: secret(0).cloned(),
            holder_secret: secret(1).cloned(),
        }
    }
}

/// Import products from a list
///
/// Each row adds a product or changes the one that is there; 200 rows at most. Rows that are refused keep no other from
/// being taken.
#[utoipa::path(post, path = "/products/import", tag = "Products", operation_id = "importProducts", request_body = ImportBody,
    responses((status = 200, description = "What came of each row", body = ProductsImportedView)))]
async fn products(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<ImportBody>,
) -> Result<Json<ProductsImportedView>, Trouble> {
    who.needs(Permission::WriteProducts)?;
    let (authority, sheet) = (portal.authority(), body.csv.as_bytes());
    let origin = (!body.dry_run).then_some(who.origin());
    let brought = brought_products(authority, sheet, body.ignore_columns, origin).await;
    let brought = brought.map_err(|fault| told(fault.problem()))?;
    Ok(Json(ProductsImportedView {
        tally: TallyView::new(&brought, body.dry_run),
        results: brought.rows.iter().map(RowView::from).collect(),
    }))
}

/// Import entitlements from a list
///
/// Each row adds an entitlement, or changes the one that was added for its reference before; 2,000 rows at most. Rows that are
/// refused keep no other from being taken, and so are those whose reference a row before them has. Send it with an
/// `Idempotency-Key`: where it ends halfway, the same call goes on, leaves what it made as it is by then, and gives its secrets
/// again.
#[utoipa::path(post, path = "/entitlements/import", tag = "Entitlements", operation_id = "importEntitlements", request_body = ImportBody,
    responses((status = 200, description = "What came of each row, with the two secrets of new entitlements", body = EntitlementsImportedView)))]
async fn entitlements(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    headers: HeaderMap,
    Content(body): Content<ImportBody>,
) -> Result<Json<EntitlementsImportedView>, Trouble> {
    who.needs(Permission::WriteEntitlements)?;
    let (authority, sheet) = (portal.authority(), body.csv.as_bytes());
    let key = once::given(&headers)?;
    let seed = authority.draft_seed_of_call(who.secret(), key.as_deref(), sheet);
    let seed = seed.map_err(|fault| told(fault.problem()))?;
    let form = (!body.dry_run).then_some((&seed, who.origin()));
    let brought = brought_entitlements(authority, sheet, body.ignore_columns, form).await;
    let brought = brought.map_err(|fault| told(fault.problem()))?;
    Ok(Json(EntitlementsImportedView {
        tally: TallyView::new(&brought, body.dry_run),
        results: brought.rows.iter().map(EntitlementRowView::from).collect(),
    }))
}
