//! What the vendor says of itself, and the files that it hands out.

use axum::{Json, extract::State, response::Response};
use data_encoding::BASE64;
use keyferry_authority::{Logo, LogoFault, Permission, PortalAddress, VendorTerms};
use keyferry_terminal::{colour, text};
use keyferry_views::{VendorChangedView, VendorShownView};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admit::Admitted,
    problem::told,
    take::{Content, Nothing, Params, given, maybe},
};
use crate::{Portal, answer::download, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(show, change))
        .routes(routes!(profile))
        .routes(routes!(public_key))
}

/// What is to change about what the vendor says of itself; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VendorChangeBody {
    /// Its name, as customers know it.
    #[schema(min_length = 1, max_length = 120)]
    name: Option<String>,
    /// How customers reach its support. Null: it names none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "help@acme.example", min_length = 1, max_length = 120)]
    support: Option<Option<String>>,
    /// The portal's address. Null: it names none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "https://license.acme.example", max_length = 200)]
    portal: Option<Option<String>>,
    /// Its colour. Null: it has none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "#1a5fb4", pattern = "^#[0-9a-fA-F]{6}$")]
    colour: Option<Option<String>>,
    /// Its logo: a PNG picture of at most 32 KiB and 1024 pixels each way, in base64. Null: it has none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 43_692)]
    logo: Option<Option<String>>,
}

/// Show what the vendor says of itself
#[utoipa::path(get, path = "/vendor", tag = "Vendor", operation_id = "showVendor",
    responses((status = 200, description = "The vendor, as its latest profile has it", body = VendorShownView)))]
async fn show(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
) -> Result<Json<VendorShownView>, Trouble> {
    who.needs(Permission::ReadSettings)?;
    let profile = portal.authority().profile().await;
    let profile = profile.map_err(|fault| told(fault.problem()))?;
    Ok(Json(VendorShownView::from(&profile)))
}

/// Change what the vendor says of itself
///
/// The vendor profile is signed anew: hand it out again. Its twelve words stay the same.
#[utoipa::path(patch, path = "/vendor", tag = "Vendor", operation_id = "changeVendor", request_body = VendorChangeBody,
    responses((status = 200, description = "The vendor as it is now", body = VendorChangedView)))]
async fn change(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<VendorChangeBody>,
) -> Result<Json<VendorChangedView>, Trouble> {
    who.needs(Permission::WriteSettings)?;
    let terms = VendorTerms {
        name: maybe(body.name.as_ref(), text::<120>("vendor"))?,
        support: body
            .support
            .map(|support| maybe(support.as_ref(), text::<120>("support")))
            .transpose()?,
        portal: body
            .portal
            .map(|portal| portal.as_deref().map(PortalAddress::new).transpose())
            .transpose()
            .map_err(|fault| told(fault.problem()))?,
        colour: body
            .colour
            .map(|shade| maybe(shade.as_ref(), colour))
            .transpose()?,
        logo: body
            .logo
            .map(|logo| logo.as_deref().map(picture).transpose())
            .transpose()
            .map_err(|fault| told(fault.problem()))?,
    };
    let changed = portal.authority().vendor_change(&terms, who.origin()).await;
    let changed = changed.map_err(|fault| told(fault.problem()))?;
    let view = VendorChangedView::from(&changed);
    portal.look_like(changed.profile);
    Ok(Json(view))
}

fn picture(text: &str) -> Result<Logo, LogoFault> {
    let bytes = BASE64.decode(text.as_bytes()).map_err(|_| LogoFault)?;
    Logo::new(bytes)
}

/// Download the vendor profile
///
/// What customers take up once, and again after it was signed anew.
#[utoipa::path(get, path = "/vendor/profile", tag = "Vendor", operation_id = "downloadProfile",
    responses((status = 200, description = "The file `vendor.kfv`", body = String, content_type = "application/octet-stream")))]
async fn profile(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
) -> Result<Response, Trouble> {
    who.needs(Permission::ReadKeys)?;
    let files = portal.authority().published().await;
    let files = files.map_err(|fault| told(fault.problem()))?;
    Ok(download(
        "application/octet-stream",
        "vendor.kfv",
        files.profile,
    ))
}

/// Download what programs check licenses with
#[utoipa::path(get, path = "/vendor/public-key", tag = "Vendor", operation_id = "downloadPublicKey",
    responses((status = 200, description = "The file `public.pem`", body = String, content_type = "application/x-pem-file")))]
async fn public_key(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
) -> Result<Response, Trouble> {
    who.needs(Permission::ReadKeys)?;
    let files = portal.authority().published().await;
    let files = files.map_err(|fault| told(fault.problem()))?;
    Ok(download(
        "application/x-pem-file",
        "public.pem",
        files.public_key,
    ))
}
