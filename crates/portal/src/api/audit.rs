//! The audit log: what was done, for whom, on whose word.

use axum::{Json, extract::State};
use keyferry_authority::Permission;
use keyferry_views::{AuditProofView, SignedAuditHeadView};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admit::Admitted,
    list::List,
    problem::told,
    take::{Content, Nothing, Params},
    view::{AuditEntriesView, ChainedEntryView},
};
use crate::{Portal, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(head))
        .routes(routes!(verify))
}

/// Which part of the log is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EntriesWanted {
    /// Where the part begins, as the part before says.
    cursor: Option<String>,
    /// How many entries the part has; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What the log is held against.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerifyBody {
    /// A head that was exported before; without it only what is there is worked out anew.
    #[schema(max_length = 4096)]
    head: Option<String>,
}

/// Read the audit log
///
/// From its beginning, in the order of the chain; each entry with its place and hash, so that whoever
/// has all of them can work the chain out anew.
#[utoipa::path(get, path = "/audit", tag = "Audit log", operation_id = "readAudit", params(EntriesWanted),
    responses((status = 200, description = "A part of the log", body = AuditEntriesView)))]
async fn list(
    State(portal): State<Portal>,
    who: Admitted,
    Params(wanted): Params<EntriesWanted>,
) -> Result<Json<AuditEntriesView>, Trouble> {
    who.needs(Permission::ReadAudit)?;
    let list = List::new(&portal, "audit", &[]);
    let page = list.page(wanted.cursor.as_deref(), wanted.limit, u64::from_be_bytes)?;
    let found = portal.authority().audit(page).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(AuditEntriesView {
        entries: found.items.iter().map(ChainedEntryView::from).collect(),
        next_cursor: list.next(found.next.map(u64::to_be_bytes))?,
    }))
}

/// Take a signed head of the audit log
///
/// Keep it where whoever runs the authority cannot reach it: it shows later whether the log was changed.
#[utoipa::path(get, path = "/audit/head", tag = "Audit log", operation_id = "takeAuditHead",
    responses((status = 200, description = "The head", body = SignedAuditHeadView)))]
async fn head(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
) -> Result<Json<SignedAuditHeadView>, Trouble> {
    who.needs(Permission::ReadAudit)?;
    let signed = portal.authority().export_head().await;
    let signed = signed.map_err(|fault| told(fault.problem()))?;
    Ok(Json(SignedAuditHeadView::from(&signed)))
}

/// Verify the audit log
#[utoipa::path(post, path = "/audit/verify", tag = "Audit log", operation_id = "verifyAudit", request_body = VerifyBody,
    responses((status = 200, description = "It is whole", body = AuditProofView)))]
async fn verify(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<VerifyBody>,
) -> Result<Json<AuditProofView>, Trouble> {
    who.needs(Permission::ReadAudit)?;
    let authority = portal.authority();
    let head = match &body.head {
        Some(text) => {
            let read = authority.read_audit_head(text.as_bytes()).await;
            Some(read.map_err(|fault| told(fault.problem()))?)
        }
        None => None,
    };
    let proof = authority.verify_audit(head.as_ref()).await;
    let proof = proof.map_err(|fault| told(fault.problem()))?;
    Ok(Json(AuditProofView::from(&proof)))
}
