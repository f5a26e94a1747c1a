//! Activations: which computer holds which seat.

use axum::{Json, extract::State};
use keyferry_authority::{
    ActivationSearch, ActivationStatus, Permission, ReleaseChange, ReleaseFault,
};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::product;
use keyferry_token::{ActivationId, EntitlementId};
use keyferry_views::{ActivationChangedView, ActivationShownView, ActivationView, RefreshedView};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admit::Admitted,
    list::{List, searched},
    problem::told,
    take::{Named, Nothing, Params, maybe, one_of},
    view::ActivationsView,
};
use crate::{Portal, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(release_lost))
        .routes(routes!(allow_again))
        .routes(routes!(refresh))
}

/// Which activations are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ActivationsWanted {
    /// Of this product only.
    product: Option<String>,
    /// Of the entitlement with this id only.
    entitlement_id: Option<String>,
    /// In this state only.
    #[param(pattern = "^(active|leaving|superseded|deactivated|released)$")]
    status: Option<String>,
    /// A part of the computer's or the holder's name, or an id.
    #[param(max_length = 200)]
    search: Option<String>,
    /// Where the part begins, as the part before says.
    cursor: Option<String>,
    /// How many entries the part has; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List the activations
#[utoipa::path(get, path = "/activations", tag = "Activations", operation_id = "listActivations", params(ActivationsWanted),
    responses((status = 200, description = "A part of them, the newest first", body = ActivationsView)))]
async fn list(
    State(portal): State<Portal>,
    who: Admitted,
    Params(wanted): Params<ActivationsWanted>,
) -> Result<Json<ActivationsView>, Trouble> {
    who.needs(Permission::ReadActivations)?;
    let states = [
        ActivationStatus::Active,
        ActivationStatus::Leaving,
        ActivationStatus::Superseded,
        ActivationStatus::Deactivated,
        ActivationStatus::Released,
    ];
    let named = |text: &String| one_of("status", text, &states, ActivationStatus::name);
    let entitlement = wanted
        .entitlement_id
        .as_ref()
        .map(|text| text.parse::<EntitlementId>())
        .transpose()
        .map_err(|_| told(Problem::new(Code::EntitlementUnknown)))?;
    let search = ActivationSearch {
        text: searched(wanted.search.as_ref())?,
        product: maybe(wanted.product.as_ref(), product)?,
        entitlement,
        status: wanted.status.as_ref().map(named).transpose()?,
    };
    let filters = [
        &wanted.product,
        &wanted.entitlement_id,
        &wanted.status,
        &wanted.search,
    ]
    .map(Option::as_deref);
    let list = List::new(&portal, "activations", &filters);
    let page = list.page(wanted.cursor.as_deref(), wanted.limit, ActivationId::new)?;
    let found = portal.authority().activations_found(&search, page).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(ActivationsView {
        activations: found.items.iter().map(ActivationView::from).collect(),
        next_cursor: list.next(found.next.map(|id| *id.as_bytes()))?,
    }))
}

/// Show an activation with its history
#[utoipa::path(get, path = "/activations/{activation_id}", tag = "Activations", operation_id = "showActivation",
    params(("activation_id" = String, Path)),
    responses((status = 200, description = "The activation", body = ActivationShownView)))]
async fn show(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ActivationId>,
    _: Params<Nothing>,
) -> Result<Json<ActivationShownView>, Trouble> {
    who.needs(Permission::ReadActivations)?;
    let record = portal.authority().activation(id).await;
    let record = record.map_err(|fault| told(fault.problem()))?;
    Ok(Json(ActivationShownView::from(&record)))
}

/// Release the seat of a lost computer
///
/// That computer is blocked for the entitlement until it is allowed again.
#[utoipa::path(post, path = "/activations/{activation_id}/release-lost", tag = "Activations", operation_id = "releaseLost",
    params(("activation_id" = String, Path)),
    responses((status = 200, description = "The activation as it is now", body = ActivationChangedView)))]
async fn release_lost(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ActivationId>,
    _: Params<Nothing>,
) -> Result<Json<ActivationChangedView>, Trouble> {
    who.needs(Permission::WriteActivations)?;
    changed(
        portal.authority().release_lost(id, who.origin()).await,
        "released",
    )
}

/// Let the computer of a released activation activate again
#[utoipa::path(post, path = "/activations/{activation_id}/allow-again", tag = "Activations", operation_id = "allowAgain",
    params(("activation_id" = String, Path)),
    responses((status = 200, description = "The activation as it is now", body = ActivationChangedView)))]
async fn allow_again(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ActivationId>,
    _: Params<Nothing>,
) -> Result<Json<ActivationChangedView>, Trouble> {
    who.needs(Permission::WriteActivations)?;
    changed(
        portal.authority().allow_again(id, who.origin()).await,
        "allowed",
    )
}

fn changed(
    change: Result<ReleaseChange, ReleaseFault>,
    done: &'static str,
) -> Result<Json<ActivationChangedView>, Trouble> {
    let change = change.map_err(|fault| told(fault.problem()))?;
    Ok(Json(ActivationChangedView::new(&change, done)))
}

/// Refresh an activation
///
/// A new lease, without asking the computer: take `token.text` to it. Made again, it is a newer one.
#[utoipa::path(post, path = "/activations/{activation_id}/refresh", tag = "Activations", operation_id = "refreshActivation",
    params(("activation_id" = String, Path)),
    responses((status = 200, description = "The refresh", body = RefreshedView)))]
async fn refresh(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<ActivationId>,
    _: Params<Nothing>,
) -> Result<Json<RefreshedView>, Trouble> {
    who.needs(Permission::WriteActivations)?;
    let refreshed = portal.authority().refresh(id, who.origin()).await;
    let refreshed = refreshed.map_err(|fault| told(fault.problem()))?;
    Ok(Json(RefreshedView::from(&refreshed)))
}
