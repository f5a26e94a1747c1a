//! Entitlements.

use std::num::NonZeroU32;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::IntoResponse,
};
use keyferry_authority::{
    EntitlementChange, EntitlementFault, EntitlementKey, EntitlementRenewal, EntitlementSearch,
    EntitlementStatus, EntitlementTerms, NewEntitlement, Permission,
};
use keyferry_terminal::{date, duration, feature, product, text};
use keyferry_token::{ActivationCode, EntitlementId};
use keyferry_views::{
    EntitlementAddedView, EntitlementChangedView, EntitlementView, HolderSecretReplacedView,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ROOT,
    admit::Admitted,
    list::{List, searched},
    problem::told,
    take::{Content, Named, Nothing, Params, Whole, each, field, given, maybe, one_of},
    view::EntitlementsView,
};
use crate::{Portal, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(show, change))
        .routes(routes!(renew))
        .routes(routes!(suspend))
        .routes(routes!(reinstate))
        .routes(routes!(revoke))
        .routes(routes!(holder_secret))
        .routes(routes!(find))
}

/// Which entitlements are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EntitlementsWanted {
    /// Of this product only.
    product: Option<String>,
    /// In this state only.
    #[param(pattern = "^(active|suspended|revoked|expired)$")]
    status: Option<String>,
    /// A part of the holder's name or of the code's hint, or an id.
    #[param(max_length = 200)]
    search: Option<String>,
    /// Where the part begins, as the part before says.
    cursor: Option<String>,
    /// How many entries the part has; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// An entitlement to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEntitlementBody {
    #[schema(example = "com.acme.cad", max_length = 64)]
    product: String,
    /// How many computers may hold a seat at once.
    #[schema(value_type = u64, minimum = 1, maximum = 4_294_967_295_u32, example = 5)]
    seats: Whole<1>,
    /// How long a computer may work without asking again; without it no computer without a network
    /// is activated.
    #[schema(example = "30d", pattern = "^[0-9]+[dh]$")]
    offline_lease: Option<String>,
    /// When it ends; a date means the end of that day, UTC.
    #[schema(example = "2027-12-31", pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    expires_at: Option<String>,
    /// The features it grants; none means all of the product.
    #[serde(default)]
    #[schema(max_items = 64)]
    features: Vec<String>,
    /// Who bought it.
    #[schema(min_length = 1, max_length = 120)]
    holder: Option<String>,
    /// A trial: it needs an end, and a computer gets one of a product.
    #[serde(default)]
    trial: bool,
    /// Until when versions that come out are covered; all unless given.
    #[schema(example = "2027-12-31", pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    maintenance_ends_at: Option<String>,
}

/// What is to change about an entitlement; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EntitlementChangeBody {
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 4_294_967_295_u32)]
    seats: Option<Whole<1>>,
    /// Null: none any more.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "30d", pattern = "^[0-9]+[dh]$")]
    offline_lease: Option<Option<String>>,
    /// Null: it does not end.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "2027-12-31", pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    expires_at: Option<Option<String>>,
    /// An empty list: all of the product.
    #[schema(max_items = 64)]
    features: Option<Vec<String>>,
    /// Null: nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 120)]
    holder: Option<Option<String>>,
    /// What was tried and is bought then is no trial any more.
    trial: Option<bool>,
    /// Null: all versions are covered.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "2027-12-31", pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    maintenance_ends_at: Option<Option<String>>,
}

/// A new end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RenewalBody {
    /// When it ends from now on; a date means the end of that day, UTC.
    #[schema(example = "2028-03-31", pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    expires_at: String,
    /// Another offline lease; as it was unless given.
    #[schema(example = "30d", pattern = "^[0-9]+[dh]$")]
    offline_lease: Option<String>,
    /// Until when versions that come out are covered; as it was unless given.
    #[schema(example = "2028-03-31", pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    maintenance_ends_at: Option<String>,
}

/// How a customer knows an entitlement.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FindBody {
    /// Its activation code, as people type it.
    #[schema(max_length = 100)]
    activation_code: String,
}

fn seats(Whole(seats): Whole<1>) -> NonZeroU32 {
    NonZeroU32::new(seats).unwrap_or(NonZeroU32::MIN)
}

/// List the entitlements
#[utoipa::path(get, path = "/entitlements", tag = "Entitlements", operation_id = "listEntitlements", params(EntitlementsWanted),
    responses((status = 200, description = "A part of them, the newest first", body = EntitlementsView)))]
async fn list(
    State(portal): State<Portal>,
    who: Admitted,
    Params(wanted): Params<EntitlementsWanted>,
) -> Result<Json<EntitlementsView>, Trouble> {
    who.needs(Permission::ReadEntitlements)?;
    let states = [
        EntitlementStatus::Active,
        EntitlementStatus::Suspended,
        EntitlementStatus::Revoked,
        EntitlementStatus::Expired,
    ];
    let named = |text: &String| one_of("status", text, &states, EntitlementStatus::name);
    let search = EntitlementSearch {
        text: searched(wanted.search.as_ref())?,
        product: maybe(wanted.product.as_ref(), product)?,
        status: wanted.status.as_ref().map(named).transpose()?,
        ..EntitlementSearch::default()
    };
    let filters = [&wanted.product, &wanted.status, &wanted.search].map(Option::as_deref);
    let list = List::new(&portal, "entitlements", &filters);
    let page = list.page(wanted.cursor.as_deref(), wanted.limit, EntitlementId::new)?;
    let found = portal.authority().entitlements_found(&search, page).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(EntitlementsView {
        entitlements: found.items.iter().map(EntitlementView::from).collect(),
        next_cursor: list.next(found.next.map(|id| *id.as_bytes()))?,
    }))
}

/// Add an entitlement
///
/// Its activation code and its holder secret are in this answer and nowhere else.
#[utoipa::path(post, path = "/entitlements", tag = "Entitlements", operation_id = "addEntitlement", request_body = NewEntitlementBody,
    responses((status = 201, description = "The entitlement with its two secrets", body = EntitlementAddedView, headers(("Location" = String)))))]
async fn add(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<NewEntitlementBody>,
) -> Result<impl IntoResponse, Trouble> {
    who.needs(Permission::WriteEntitlements)?;
    let new = NewEntitlement {
        product: field(&body.product, product)?,
        seats: seats(body.seats),
        offline_lease: maybe(body.offline_lease.as_ref(), duration)?,
        ends_at: maybe(body.expires_at.as_ref(), date)?,
        features: each(&body.features, feature)?,
        holder: maybe(body.holder.as_ref(), text::<120>("holder"))?,
        trial: body.trial,
        maintenance_end: maybe(body.maintenance_ends_at.as_ref(), date)?,
    };
    let issued = portal.authority().entitlement_add(new, who.origin()).await;
    let issued = issued.map_err(|fault| about_the_content(&fault))?;
    let location = format!("{ROOT}/entitlements/{}", issued.entitlement.id);
    let view = Json(EntitlementAddedView::from(&issued));
    Ok((StatusCode::CREATED, [(LOCATION, location)], view))
}

/// What is not there is named in the content, and not in the address.
fn about_the_content(fault: &EntitlementFault) -> Trouble {
    Trouble::from(fault.problem())
}

/// Show an entitlement
#[utoipa::path(get, path = "/entitlements/{entitlement_id}", tag = "Entitlements", operation_id = "showEntitlement",
    params(("entitlement_id" = String, Path)),
    responses((status = 200, description = "The entitlement; no secrets", body = EntitlementView)))]
async fn show(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<EntitlementId>,
    _: Params<Nothing>,
) -> Result<Json<EntitlementView>, Trouble> {
    who.needs(Permission::ReadEntitlements)?;
    let found = portal
        .authority()
        .entitlement(&EntitlementKey::Id(id))
        .await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(EntitlementView::from(&found)))
}

/// Change an entitlement
///
/// Its computers get what changed with their next answer or refresh.
#[utoipa::path(patch, path = "/entitlements/{entitlement_id}", tag = "Entitlements", operation_id = "changeEntitlement",
    params(("entitlement_id" = String, Path)), request_body = EntitlementChangeBody,
    responses((status = 200, description = "The entitlement as it is now", body = EntitlementChangedView)))]
async fn change(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<EntitlementId>,
    _: Params<Nothing>,
    Content(body): Content<EntitlementChangeBody>,
) -> Result<Json<EntitlementChangedView>, Trouble> {
    who.needs(Permission::WriteEntitlements)?;
    let terms = EntitlementTerms {
        seats: body.seats.map(seats),
        offline_lease: body
            .offline_lease
            .map(|lease| maybe(lease.as_ref(), duration))
            .transpose()?,
        ends_at: body
            .expires_at
            .map(|end| maybe(end.as_ref(), date))
            .transpose()?,
        features: body
            .features
            .map(|features| each(&features, feature))
            .transpose()?,
        holder: body
            .holder
            .map(|holder| maybe(holder.as_ref(), text::<120>("holder")))
            .transpose()?,
        trial: body.trial,
        maintenance_end: body
            .maintenance_ends_at
            .map(|end| maybe(end.as_ref(), date))
            .transpose()?,
    };
    let authority = portal.authority();
    let key = EntitlementKey::Id(id);
    let change = authority
        .entitlement_change(&key, &terms, who.origin())
        .await;
    changed(change, "changed")
}

/// Give an entitlement a new end
#[utoipa::path(post, path = "/entitlements/{entitlement_id}/renew", tag = "Entitlements", operation_id = "renewEntitlement",
    params(("entitlement_id" = String, Path)), request_body = RenewalBody,
    responses((status = 200, description = "The entitlement as it is now", body = EntitlementChangedView)))]
async fn renew(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<EntitlementId>,
    _: Params<Nothing>,
    Content(body): Content<RenewalBody>,
) -> Result<Json<EntitlementChangedView>, Trouble> {
    who.needs(Permission::WriteEntitlements)?;
    let renewal = EntitlementRenewal {
        ends_at: field(&body.expires_at, date)?,
        offline_lease: maybe(body.offline_lease.as_ref(), duration)?,
        maintenance_end: maybe(body.maintenance_ends_at.as_ref(), date)?,
    };
    let authority = portal.authority();
    let key = EntitlementKey::Id(id);
    let change = authority
        .entitlement_renew(&key, renewal, who.origin())
        .await;
    changed(change, "renewed")
}

/// Suspend an entitlement
///
/// No computer is activated; those that are learn of it with a refresh.
#[utoipa::path(post, path = "/entitlements/{entitlement_id}/suspend", tag = "Entitlements", operation_id = "suspendEntitlement",
    params(("entitlement_id" = String, Path)),
    responses((status = 200, description = "The entitlement as it is now", body = EntitlementChangedView)))]
async fn suspend(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<EntitlementId>,
    _: Params<Nothing>,
) -> Result<Json<EntitlementChangedView>, Trouble> {
    who.needs(Permission::WriteEntitlements)?;
    let (authority, key) = (portal.authority(), EntitlementKey::Id(id));
    let change = authority.entitlement_suspend(&key, who.origin()).await;
    changed(change, "suspended")
}

/// Put a suspended entitlement in force again
#[utoipa::path(post, path = "/entitlements/{entitlement_id}/reinstate", tag = "Entitlements", operation_id = "reinstateEntitlement",
    params(("entitlement_id" = String, Path)),
    responses((status = 200, description = "The entitlement as it is now", body = EntitlementChangedView)))]
async fn reinstate(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<EntitlementId>,
    _: Params<Nothing>,
) -> Result<Json<EntitlementChangedView>, Trouble> {
    who.needs(Permission::WriteEntitlements)?;
    let (authority, key) = (portal.authority(), EntitlementKey::Id(id));
    let change = authority.entitlement_reinstate(&key, who.origin()).await;
    changed(change, "reinstated")
}

/// Revoke an entitlement for good
#[utoipa::path(post, path = "/entitlements/{entitlement_id}/revoke", tag = "Entitlements", operation_id = "revokeEntitlement",
    params(("entitlement_id" = String, Path)),
    responses((status = 200, description = "The entitlement as it is now", body = EntitlementChangedView)))]
async fn revoke(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<EntitlementId>,
    _: Params<Nothing>,
) -> Result<Json<EntitlementChangedView>, Trouble> {
    who.needs(Permission::WriteEntitlements)?;
    let (authority, key) = (portal.authority(), EntitlementKey::Id(id));
    let change = authority.entitlement_revoke(&key, who.origin()).await;
    changed(change, "revoked")
}

/// Give an entitlement another holder secret
///
/// It is in this answer and nowhere else. The old one does nothing any more, and whoever was in the portal with it is
/// out.
#[utoipa::path(post, path = "/entitlements/{entitlement_id}/holder-secret", tag = "Entitlements", operation_id = "replaceHolderSecret",
    params(("entitlement_id" = String, Path)),
    responses((status = 200, description = "The entitlement with its new holder secret", body = HolderSecretReplacedView)))]
async fn holder_secret(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<EntitlementId>,
    _: Params<Nothing>,
) -> Result<Json<HolderSecretReplacedView>, Trouble> {
    who.needs(Permission::WriteEntitlements)?;
    let (authority, key) = (portal.authority(), EntitlementKey::Id(id));
    let replaced = authority.holder_secret_replace(&key, who.origin()).await;
    let replaced = replaced.map_err(|fault| told(fault.problem()))?;
    Ok(Json(HolderSecretReplacedView::from(&replaced)))
}

/// Find an entitlement by its activation code
///
/// The code is in the content, so that it stands in no log of addresses.
#[utoipa::path(post, path = "/entitlements/find", tag = "Entitlements", operation_id = "findEntitlement", request_body = FindBody,
    responses((status = 200, description = "The entitlement; no secrets", body = EntitlementView)))]
async fn find(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<FindBody>,
) -> Result<Json<EntitlementView>, Trouble> {
    who.needs(Permission::ReadEntitlements)?;
    let code = ActivationCode::read(&body.activation_code);
    let key = EntitlementKey::Code(code.map_err(|fault| told(fault.problem()))?);
    let found = portal.authority().entitlement(&key).await;
    let found = found.map_err(|fault| about_the_content(&fault))?;
    Ok(Json(EntitlementView::from(&found)))
}

fn changed(
    change: Result<EntitlementChange, EntitlementFault>,
    done: &'static str,
) -> Result<Json<EntitlementChangedView>, Trouble> {
    let change = change.map_err(|fault| told(fault.problem()))?;
    Ok(Json(EntitlementChangedView::new(&change, done)))
}
