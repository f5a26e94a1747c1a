//! Accounts of people: who there is, and shutting somebody out. Nothing here lets anybody in; that takes somebody
//! who signs in, and proves it again.

use axum::{Json, extract::State};
use keyferry_authority::{AccountChange, Permission};
use keyferry_token::AccountId;
use keyferry_views::{AccountChangedView, AccountView, AccountsView};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admit::Admitted,
    problem::told,
    take::{Named, Nothing, Params},
};
use crate::{Portal, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(disable))
}

/// List the accounts of people
#[utoipa::path(get, path = "/accounts", tag = "Accounts", operation_id = "listAccounts",
    responses((status = 200, description = "All of them, by name", body = AccountsView)))]
async fn list(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
) -> Result<Json<AccountsView>, Trouble> {
    who.needs(Permission::ManageAccess)?;
    let accounts = portal.authority().accounts().await;
    let accounts = accounts.map_err(|fault| told(fault.problem()))?;
    Ok(Json(AccountsView::from(accounts.as_slice())))
}

/// Show somebody's account
#[utoipa::path(get, path = "/accounts/{account_id}", tag = "Accounts", operation_id = "showAccount",
    params(("account_id" = String, Path)),
    responses((status = 200, description = "The account; nothing that lets somebody in", body = AccountView)))]
async fn show(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<AccountId>,
    _: Params<Nothing>,
) -> Result<Json<AccountView>, Trouble> {
    who.needs(Permission::ManageAccess)?;
    let account = portal.authority().account(id).await;
    let account = account.map_err(|fault| told(fault.problem()))?;
    Ok(Json(AccountView::from(&account)))
}

/// Switch somebody's account off
///
/// For whoever leaves: their sessions and their link end at once, and so do the API tokens that they made, be it the
/// one that calls. The last admin who can sign in stays one. An admin switches it on again at the portal.
#[utoipa::path(post, path = "/accounts/{account_id}/disable", tag = "Accounts", operation_id = "disableAccount",
    params(("account_id" = String, Path)),
    responses((status = 200, description = "The account as it is now", body = AccountChangedView)))]
async fn disable(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<AccountId>,
    _: Params<Nothing>,
) -> Result<Json<AccountChangedView>, Trouble> {
    who.needs(Permission::ManageAccess)?;
    let off = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    let changed = portal
        .authority()
        .account_change(id, off, who.origin())
        .await;
    let changed = changed.map_err(|fault| told(fault.problem()))?;
    Ok(Json(AccountChangedView::from(&changed)))
}
