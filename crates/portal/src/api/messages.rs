//! What computers wrote: answered, and explained.

use axum::{Json, extract::State};
use keyferry_authority::Permission;
use keyferry_token::StatusCode;
use keyferry_views::StatusExplainedView;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admit::Admitted,
    problem::{body_refused, told},
    take::{Content, Nothing, Params},
    view::ResultsView,
};
use crate::{Portal, trouble::Trouble};

/// The most messages of a call.
const MOST: usize = 500;

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(answer))
        .routes(routes!(explain))
}

/// What computers wrote.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MessagesBody {
    /// Each as text, as a file or a QR code has it.
    #[schema(min_items = 1, max_items = 500)]
    messages: Vec<String>,
}

/// A status code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StatusCodeBody {
    /// As the customer reads it out.
    #[schema(example = "AB3D-9KX2-7QRM", max_length = 100)]
    status_code: String,
}

/// Answer what computers wrote
///
/// Requests, deactivations, requests for the time and statuses, in any order; deactivations are dealt with
/// first. Brought again, everything gets what it got before. What was refused stands among the results, and
/// keeps nothing else from being taken: look at `ok` of each.
#[utoipa::path(post, path = "/messages", tag = "Messages", operation_id = "answerMessages", request_body = MessagesBody,
    responses((status = 200, description = "What became of each", body = ResultsView)))]
async fn answer(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<MessagesBody>,
) -> Result<Json<ResultsView>, Trouble> {
    who.needs(Permission::AnswerMessages)?;
    if body.messages.is_empty() || body.messages.len() > MOST {
        return Err(body_refused(format!("messages has 1 to {MOST} entries")));
    }
    let received = portal
        .authority()
        .receive_all(&body.messages, who.origin())
        .await;
    Ok(Json(ResultsView::new(&received)))
}

/// Explain a status code
#[utoipa::path(post, path = "/status-codes/explain", tag = "Messages", operation_id = "explainStatusCode", request_body = StatusCodeBody,
    responses((status = 200, description = "What it says, and the likely fix", body = StatusExplainedView)))]
async fn explain(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<StatusCodeBody>,
) -> Result<Json<StatusExplainedView>, Trouble> {
    who.needs(Permission::ReadActivations)?;
    let code = StatusCode::read(&body.status_code).map_err(|fault| told(fault.problem()))?;
    let explained = portal.authority().explain_status_code(&code).await;
    let explained = explained.map_err(|fault| told(fault.problem()))?;
    Ok(Json(StatusExplainedView::new(&code, &explained)))
}
