//! The audit log: what was done, for whom, on whose word.

use axum::{Json, extract::State, response::Response};
use keyferry_authority::{AuditFilter, AuditSubject, Permission};
use keyferry_views::{AuditProofView, SignedAuditHeadView};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admit::Admitted,
    list::List,
    problem::{parameter_refused, told},
    take::{Content, Nothing, Params},
    view::{AuditEntriesView, ChainedEntryView},
};
use crate::{Portal, answer::download, audit_file, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(latest))
        .routes(routes!(export))
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

/// Which entries are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LatestWanted {
    /// Of this action only, by its name (`docs/spec/audit.md`).
    #[param(example = "activation_granted", max_length = 64)]
    action: Option<String>,
    /// Of this product, by its code, or of anything else, by its id; who did it is such an id, too.
    #[param(max_length = 120)]
    of: Option<String>,
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

/// Look something up in the audit log
///
/// From its end: what is not sealed yet, then the chain backwards.
#[utoipa::path(get, path = "/audit/latest", tag = "Audit log", operation_id = "searchAudit", params(LatestWanted),
    responses((status = 200, description = "A part of what was found, the latest first", body = AuditEntriesView)))]
async fn latest(
    State(portal): State<Portal>,
    who: Admitted,
    Params(wanted): Params<LatestWanted>,
) -> Result<Json<AuditEntriesView>, Trouble> {
    who.needs(Permission::ReadAudit)?;
    for (name, text, most) in [("action", &wanted.action, 64), ("of", &wanted.of, 120)] {
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > most)
        {
            return Err(parameter_refused(name));
        }
    }
    let filters = [&wanted.action, &wanted.of].map(Option::as_deref);
    let list = List::new(&portal, "audit-latest", &filters);
    let page = list.page(wanted.cursor.as_deref(), wanted.limit, u64::from_be_bytes)?;
    let of = wanted.of.as_deref().map(AuditSubject::read);
    if of == Some(None) {
        // Nothing is called so.
        return Ok(Json(AuditEntriesView {
            entries: Vec::new(),
            next_cursor: None,
        }));
    }
    let filter = AuditFilter {
        action: wanted.action.clone(),
        of: of.flatten(),
    };
    let found = portal.authority().audit_latest(&filter, page).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(AuditEntriesView {
        entries: found.items.iter().map(ChainedEntryView::from).collect(),
        next_cursor: list.next(found.next.map(u64::to_be_bytes))?,
    }))
}

/// Export the audit log
///
/// All of it as one file of lines of JSON (`docs/spec/audit.md`), whose chain anyone can work out anew. Take a head
/// before: the file then reaches at least as far.
#[utoipa::path(get, path = "/audit/export", tag = "Audit log", operation_id = "exportAudit",
    responses((status = 200, description = "The file", body = String, content_type = "application/jsonl")))]
async fn export(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
) -> Result<Response, Trouble> {
    who.needs(Permission::ReadAudit)?;
    let file = portal.audit_file().await;
    let file = file.map_err(|fault| told(fault.problem()))?;
    Ok(download(audit_file::KIND, audit_file::NAME, file))
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
