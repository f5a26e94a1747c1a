//! API tokens: what lets programs in.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::IntoResponse,
};
use keyferry_authority::{NewApiToken, Permission};
use keyferry_terminal::{date, text};
use keyferry_token::ApiTokenId;
use keyferry_views::{ApiTokenAddedView, ApiTokenRevokedView, ApiTokenView};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ROOT,
    admit::Admitted,
    list::List,
    problem::told,
    take::{Content, Named, Nothing, Params, field, maybe, unknown_scope},
    view::ApiTokensView,
};
use crate::{Portal, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(show))
        .routes(routes!(revoke))
}

/// An API token to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewApiTokenBody {
    #[schema(example = "Web shop", min_length = 1, max_length = 120)]
    name: String,
    /// What it allows: permissions by their names, none beyond those of the token that calls.
    #[schema(example = json!(["products:read", "entitlements:write"]), min_items = 1)]
    scopes: Vec<String>,
    /// When it ends, at most 366 days ahead; 90 days from now unless given.
    #[schema(example = "2027-03-31", pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    expires_at: Option<String>,
}

/// Which part of the list is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ApiTokensWanted {
    /// Where the part begins, as the part before says.
    cursor: Option<String>,
    /// How many entries the part has; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List the API tokens
#[utoipa::path(get, path = "/tokens", tag = "API tokens", operation_id = "listApiTokens", params(ApiTokensWanted),
    responses((status = 200, description = "A part of them, the newest first", body = ApiTokensView)))]
async fn list(
    State(portal): State<Portal>,
    who: Admitted,
    Params(wanted): Params<ApiTokensWanted>,
) -> Result<Json<ApiTokensView>, Trouble> {
    who.needs(Permission::ManageAccess)?;
    let list = List::new(&portal, "tokens", &[]);
    let page = list.page(wanted.cursor.as_deref(), wanted.limit, ApiTokenId::new)?;
    let found = portal.authority().api_tokens(page).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    let now = portal.authority().now();
    Ok(Json(ApiTokensView {
        api_tokens: found
            .items
            .iter()
            .map(|token| ApiTokenView::new(token, now))
            .collect(),
        next_cursor: list.next(found.next.map(|id| *id.as_bytes()))?,
    }))
}

/// Make an API token
///
/// Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/tokens", tag = "API tokens", operation_id = "addApiToken", request_body = NewApiTokenBody,
    responses((status = 201, description = "The token with its secret", body = ApiTokenAddedView, headers(("Location" = String)))))]
async fn add(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<NewApiTokenBody>,
) -> Result<impl IntoResponse, Trouble> {
    who.needs(Permission::ManageAccess)?;
    let scope = |name: &String| Permission::from_name(name).ok_or_else(|| unknown_scope(name));
    let new = NewApiToken {
        name: field(&body.name, text::<120>("name"))?,
        scopes: body.scopes.iter().map(scope).collect::<Result<_, _>>()?,
        expires_at: maybe(body.expires_at.as_ref(), date)?,
    };
    let own = &who.caller().token.scopes;
    let issued = portal
        .authority()
        .api_token_add(&new, own, who.origin())
        .await;
    let issued = issued.map_err(|fault| told(fault.problem()))?;
    let location = format!("{ROOT}/tokens/{}", issued.token.id);
    let view = Json(ApiTokenAddedView::new(&issued, portal.authority().now()));
    Ok((StatusCode::CREATED, [(LOCATION, location)], view))
}

/// Show an API token
#[utoipa::path(get, path = "/tokens/{api_token_id}", tag = "API tokens", operation_id = "showApiToken",
    params(("api_token_id" = String, Path)),
    responses((status = 200, description = "The token; no secret", body = ApiTokenView)))]
async fn show(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ApiTokenId>,
    _: Params<Nothing>,
) -> Result<Json<ApiTokenView>, Trouble> {
    who.needs(Permission::ManageAccess)?;
    let found = portal.authority().api_token(id).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(ApiTokenView::new(&found, portal.authority().now())))
}

/// Take an API token back
///
/// At once and for good, also the one that calls.
#[utoipa::path(post, path = "/tokens/{api_token_id}/revoke", tag = "API tokens", operation_id = "revokeApiToken",
    params(("api_token_id" = String, Path)),
    responses((status = 200, description = "The token as it is now", body = ApiTokenRevokedView)))]
async fn revoke(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ApiTokenId>,
    _: Params<Nothing>,
) -> Result<Json<ApiTokenRevokedView>, Trouble> {
    who.needs(Permission::ManageAccess)?;
    let revoked = portal.authority().api_token_revoke(id, who.origin()).await;
    let revoked = revoked.map_err(|fault| told(fault.problem()))?;
    let now = portal.authority().now();
    Ok(Json(ApiTokenRevokedView::new(&revoked, now)))
}
