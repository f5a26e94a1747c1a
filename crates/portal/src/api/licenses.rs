//! License files.

use axum::{
    Json,
    extract::State,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION},
    },
    response::IntoResponse,
};
use keyferry_authority::{
    LicenseAnchor, LicenseFault, LicenseFile, LicenseSearch, LicenseTerms, NewLicense, Permission,
};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{date, duration_or_none, feature, first_day, product, text, usb_id};
use keyferry_token::{ArtefactKind, LicenseId, LicenseTerm, SeatStatus, armor};
use keyferry_views::{IssuedLicenseView, LicenseFileView, LicenseShownView};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ROOT,
    admit::Admitted,
    list::{List, searched},
    problem::told,
    take::{Content, Named, Nothing, Object, Params, each, field, given, maybe, one_of},
    view::LicensesView,
};
use crate::{Portal, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(show))
        .routes(routes!(file))
        .routes(routes!(reissue))
        .routes(routes!(suspend))
        .routes(routes!(reinstate))
        .routes(routes!(revoke))
}

/// Which licenses are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LicensesWanted {
    /// Of this product only.
    product: Option<String>,
    /// In this state only.
    #[param(pattern = "^(active|suspended|revoked)$")]
    status: Option<String>,
    /// A part of the holder's name or of the USB key's id, or an id.
    #[param(max_length = 200)]
    search: Option<String>,
    /// Where the part begins, as the part before says.
    cursor: Option<String>,
    /// How many entries the part has; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What a license is bound to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BindingBody {
    kind: BindingKindBody,
    /// Of a USB key: its id, as `keyferry usb id` shows it.
    #[schema(example = "0781:5581:4C53%3A0001:30752000000")]
    id: Option<String>,
    /// Of a USB key: whether a serial number that other keys may have as well is good enough.
    allow_weak: Option<bool>,
    /// Of a computer: the activation request that it made for the product, as text.
    request: Option<String>,
}

/// What kind of thing a license is bound to.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum BindingKindBody {
    /// Nothing: whoever has a copy can use it.
    Unbound,
    /// A USB key.
    Usb,
    /// A computer.
    Device,
}

impl BindingBody {
    /// # Errors
    /// `license_binding_unclear`, where what stands beside the kind is not of that kind.
    fn anchor(self) -> Result<LicenseAnchor, Trouble> {
        match (self.kind, self.id, self.allow_weak, self.request) {
            (BindingKindBody::Unbound, None, None, None) => Ok(LicenseAnchor::Unbound),
            (BindingKindBody::Usb, Some(id), allow_weak, None) => Ok(LicenseAnchor::UsbKey {
                id: field(&id, usb_id)?,
                allow_weak: allow_weak.unwrap_or_default(),
            }),
            (BindingKindBody::Device, None, None, Some(request)) => Ok(LicenseAnchor::Device {
                request: request.into_bytes(),
            }),
            _ => Err(Problem::new(Code::LicenseBindingUnclear).into()),
        }
    }
}

/// A license to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLicenseBody {
    #[schema(example = "com.acme.cad", max_length = 64)]
    product: String,
    #[schema(value_type = BindingBody)]
    binding: Object<BindingBody>,
    /// From when it counts; from now unless given.
    #[schema(example = "2026-12-01", pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    starts_at: Option<String>,
    /// When it ends; never unless given.
    #[schema(example = "2027-12-31", pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    expires_at: Option<String>,
    /// The features it grants; none means all of the product.
    #[serde(default)]
    #[schema(max_items = 64)]
    features: Vec<String>,
    #[schema(min_length = 1, max_length = 120)]
    edition: Option<String>,
    #[schema(min_length = 1, max_length = 120)]
    holder: Option<String>,
    /// How long the program runs on after the end; that of the product unless given.
    #[schema(example = "7d", pattern = "^[0-9]+[dh]$")]
    grace: Option<String>,
}

/// What the next file of a license says that the one before did not; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReissueBody {
    #[schema(value_type = Option<BindingBody>)]
    binding: Option<Object<BindingBody>>,
    /// When it ends from now on; null: never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "2028-12-31", pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}")]
    expires_at: Option<Option<String>>,
    /// The features it grants from now on; none: those that it has.
    #[serde(default)]
    #[schema(max_items = 64)]
    features: Vec<String>,
}

/// List the licenses
#[utoipa::path(get, path = "/licenses", tag = "Licenses", operation_id = "listLicenses", params(LicensesWanted),
    responses((status = 200, description = "A part of them, the newest first", body = LicensesView)))]
async fn list(
    State(portal): State<Portal>,
    who: Admitted,
    Params(wanted): Params<LicensesWanted>,
) -> Result<Json<LicensesView>, Trouble> {
    who.needs(Permission::ReadLicenses)?;
    let states = [
        SeatStatus::Active,
        SeatStatus::Suspended,
        SeatStatus::Revoked,
    ];
    let named = |text: &String| one_of("status", text, &states, SeatStatus::name);
    let search = LicenseSearch {
        text: searched(wanted.search.as_ref())?,
        product: maybe(wanted.product.as_ref(), product)?,
        status: wanted.status.as_ref().map(named).transpose()?,
    };
    let filters = [&wanted.product, &wanted.status, &wanted.search].map(Option::as_deref);
    let list = List::new(&portal, "licenses", &filters);
    let page = list.page(wanted.cursor.as_deref(), wanted.limit, LicenseId::new)?;
    let found = portal.authority().licenses_found(&search, page).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(LicensesView {
        licenses: found.items.iter().map(IssuedLicenseView::from).collect(),
        next_cursor: list.next(found.next.map(|id| *id.as_bytes()))?,
    }))
}

/// Make a license and its first file
#[utoipa::path(post, path = "/licenses", tag = "Licenses", operation_id = "makeLicense", request_body = NewLicenseBody,
    responses((status = 201, description = "The license with its file", body = LicenseFileView, headers(("Location" = String)))))]
async fn make(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<NewLicenseBody>,
) -> Result<impl IntoResponse, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let end = maybe(body.expires_at.as_ref(), date)?;
    let new = NewLicense {
        product: field(&body.product, product)?,
        anchor: body.binding.0.anchor()?,
        starts_at: maybe(body.starts_at.as_ref(), first_day)?,
        term: end.map_or(LicenseTerm::Perpetual, LicenseTerm::Until),
        features: each(&body.features, feature)?,
        edition: maybe(body.edition.as_ref(), text::<120>("edition"))?,
        holder: maybe(body.holder.as_ref(), text::<120>("holder"))?,
        grace: maybe(body.grace.as_ref(), duration_or_none)?,
    };
    let made = portal.authority().license_make(&new, who.origin()).await;
    let made = made.map_err(|fault| Trouble::from(fault.problem()))?;
    let location = format!("{ROOT}/licenses/{}", made.issued.license.id);
    let view = Json(LicenseFileView::new(&made, "made"));
    Ok((StatusCode::CREATED, [(LOCATION, location)], view))
}

/// Show a license and what its files say
#[utoipa::path(get, path = "/licenses/{license_id}", tag = "Licenses", operation_id = "showLicense",
    params(("license_id" = String, Path)),
    responses((status = 200, description = "The license", body = LicenseShownView)))]
async fn show(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<LicenseId>,
    _: Params<Nothing>,
) -> Result<Json<LicenseShownView>, Trouble> {
    who.needs(Permission::ReadLicenses)?;
    let record = portal.authority().license(id).await;
    let record = record.map_err(|fault| told(fault.problem()))?;
    Ok(Json(LicenseShownView::from(&record)))
}

/// Download the latest file of a license
#[utoipa::path(get, path = "/licenses/{license_id}/file", tag = "Licenses", operation_id = "downloadLicense",
    params(("license_id" = String, Path)),
    responses((status = 200, description = "The file", body = String, content_type = "text/plain")))]
async fn file(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<LicenseId>,
    _: Params<Nothing>,
) -> Result<impl IntoResponse, Trouble> {
    who.needs(Permission::ReadLicenses)?;
    let file = portal.authority().license_file(id).await;
    let file = file.map_err(|fault| told(fault.problem()))?;
    let name = format!("attachment; filename=\"keyferry-license-{id}.lic\"");
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((headers, armor(ArtefactKind::License, &file.bytes)))
}

/// Make another file of a license
///
/// Wherever it has been seen, the earlier ones count no longer.
#[utoipa::path(post, path = "/licenses/{license_id}/reissue", tag = "Licenses", operation_id = "reissueLicense",
    params(("license_id" = String, Path)), request_body = ReissueBody,
    responses((status = 200, description = "The license with its file", body = LicenseFileView)))]
async fn reissue(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<LicenseId>,
    _: Params<Nothing>,
    Content(body): Content<ReissueBody>,
) -> Result<Json<LicenseFileView>, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let end = body
        .expires_at
        .map(|end| maybe(end.as_ref(), date))
        .transpose()?;
    let terms = LicenseTerms {
        anchor: body
            .binding
            .map(|Object(binding)| binding.anchor())
            .transpose()?,
        term: end.map(|end| end.map_or(LicenseTerm::Perpetual, LicenseTerm::Until)),
        features: each(&body.features, feature)?,
    };
    let authority = portal.authority();
    let made = authority.license_reissue(id, &terms, who.origin()).await;
    made_of(made, "reissued")
}

/// Suspend a license
///
/// The file that is made says so to every computer that it reaches.
#[utoipa::path(post, path = "/licenses/{license_id}/suspend", tag = "Licenses", operation_id = "suspendLicense",
    params(("license_id" = String, Path)),
    responses((status = 200, description = "The license with its file", body = LicenseFileView)))]
async fn suspend(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<LicenseId>,
    _: Params<Nothing>,
) -> Result<Json<LicenseFileView>, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let made = portal.authority().license_suspend(id, who.origin()).await;
    made_of(made, "suspended")
}

/// Put a suspended license in force again
#[utoipa::path(post, path = "/licenses/{license_id}/reinstate", tag = "Licenses", operation_id = "reinstateLicense",
    params(("license_id" = String, Path)),
    responses((status = 200, description = "The license with its file", body = LicenseFileView)))]
async fn reinstate(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<LicenseId>,
    _: Params<Nothing>,
) -> Result<Json<LicenseFileView>, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let made = portal.authority().license_reinstate(id, who.origin()).await;
    made_of(made, "reinstated")
}

/// Revoke a license for good
#[utoipa::path(post, path = "/licenses/{license_id}/revoke", tag = "Licenses", operation_id = "revokeLicense",
    params(("license_id" = String, Path)),
    responses((status = 200, description = "The license with its last file", body = LicenseFileView)))]
async fn revoke(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<LicenseId>,
    _: Params<Nothing>,
) -> Result<Json<LicenseFileView>, Trouble> {
    who.needs(Permission::WriteLicenses)?;
    let made = portal.authority().license_revoke(id, who.origin()).await;
    made_of(made, "revoked")
}

fn made_of(
    made: Result<LicenseFile, LicenseFault>,
    done: &'static str,
) -> Result<Json<LicenseFileView>, Trouble> {
    let made = made.map_err(|fault| told(fault.problem()))?;
    Ok(Json(LicenseFileView::new(&made, done)))
}
