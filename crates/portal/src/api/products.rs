//! Products.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::IntoResponse,
};
use keyferry_authority::{
    EmergencyOffer, EmergencyTerms, NewProduct, Permission, Policy, ProductTerms,
};
use keyferry_terminal::{duration, duration_or_none, feature, product, text};
use keyferry_token::ProductCode;
use keyferry_views::{ProductChangedView, ProductView, ProductsView};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ROOT,
    admit::Admitted,
    problem::{body_refused, told},
    take::{Content, Named, Nothing, Object, Params, Whole, each, field, given, maybe},
};
use crate::{Portal, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(show, change))
}

/// A product to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewProductBody {
    /// Its code: reverse DNS in small letters.
    #[schema(example = "com.acme.cad", max_length = 64)]
    product: String,
    #[schema(example = "Acme CAD", min_length = 1, max_length = 120)]
    product_name: String,
    /// The features that entitlements may grant; none means any.
    #[serde(default)]
    #[schema(max_items = 64)]
    features: Vec<String>,
    /// Whether it can be activated without a network.
    #[serde(default)]
    offline: bool,
    /// How long it runs on after a lease; nothing unless given.
    #[schema(example = "7d", pattern = "^[0-9]+[dh]$")]
    grace: Option<String>,
    #[schema(value_type = Option<EmergencyBody>)]
    emergency: Option<Object<EmergencyBody>>,
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u32)]
    rebinds_per_year: Option<Whole<0>>,
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u32)]
    moves_per_year: Option<Whole<0>>,
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u32)]
    lost_per_year: Option<Whole<0>>,
}

/// The emergency runs that a product's grants allow.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmergencyBody {
    /// How long one lasts.
    #[schema(example = "3d", pattern = "^[0-9]+[dh]$")]
    length: String,
    /// How many each lease allows; one unless given.
    #[schema(value_type = Option<u64>, minimum = 1, maximum = 255)]
    uses: Option<Whole<1>>,
    #[serde(default)]
    on_other_device: bool,
}

impl EmergencyBody {
    fn terms(&self) -> Result<EmergencyTerms, Trouble> {
        Ok(EmergencyTerms {
            length: field(&self.length, duration)?,
            uses: match self.uses {
                None => 1,
                Some(Whole(uses)) => {
                    u8::try_from(uses).map_err(|_| body_refused("uses is at most 255"))?
                }
            },
            on_wrong_device: self.on_other_device,
        })
    }
}

/// What is to change about a product; what is not named stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProductChangeBody {
    #[schema(min_length = 1, max_length = 120)]
    product_name: Option<String>,
    #[schema(max_items = 64)]
    features: Option<Vec<String>>,
    offline: Option<bool>,
    #[schema(example = "7d", pattern = "^[0-9]+[dh]$")]
    grace: Option<String>,
    /// Null allows no emergency runs any more.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<EmergencyBody>)]
    emergency: Option<Option<Object<EmergencyBody>>>,
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u32)]
    rebinds_per_year: Option<Whole<0>>,
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u32)]
    moves_per_year: Option<Whole<0>>,
    #[schema(value_type = Option<u64>, maximum = 4_294_967_295_u32)]
    lost_per_year: Option<Whole<0>>,
}

fn count(given: Option<Whole<0>>) -> Option<u32> {
    given.map(|Whole(count)| count)
}

/// List the products
#[utoipa::path(get, path = "/products", tag = "Products", operation_id = "listProducts",
    responses((status = 200, description = "All products, in the order in which they were added", body = ProductsView)))]
async fn list(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
) -> Result<Json<ProductsView>, Trouble> {
    who.needs(Permission::ReadProducts)?;
    let products = portal.authority().products().await;
    let products = products.map_err(|fault| told(fault.problem()))?;
    Ok(Json(ProductsView::from(products.as_slice())))
}

/// Add a product
///
/// The vendor profile is signed anew: hand it out again.
#[utoipa::path(post, path = "/products", tag = "Products", operation_id = "addProduct", request_body = NewProductBody,
    responses((status = 201, description = "The product", body = ProductView, headers(("Location" = String)))))]
async fn add(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<NewProductBody>,
) -> Result<impl IntoResponse, Trouble> {
    who.needs(Permission::WriteProducts)?;
    let usual = Policy::default();
    let new = NewProduct {
        code: field(&body.product, product)?,
        name: field(&body.product_name, text::<120>("name"))?,
        features: each(&body.features, feature)?,
        offline: body.offline,
        grace: maybe(body.grace.as_ref(), duration_or_none)?.unwrap_or_default(),
        emergency: body.emergency.map(|Object(run)| run.terms()).transpose()?,
        policy: Policy {
            rebinds: count(body.rebinds_per_year).unwrap_or(usual.rebinds),
            moves: count(body.moves_per_year).unwrap_or(usual.moves),
            lost: count(body.lost_per_year).unwrap_or(usual.lost),
        },
    };
    let added = portal.authority().product_add(new, who.origin()).await;
    let added = added.map_err(|fault| told(fault.problem()))?;
    let location = format!("{ROOT}/products/{}", added.code);
    let view = Json(ProductView::from(&added));
    Ok((StatusCode::CREATED, [(LOCATION, location)], view))
}

/// Show a product
#[utoipa::path(get, path = "/products/{product}", tag = "Products", operation_id = "showProduct",
    params(("product" = String, Path, description = "Its code", example = "com.acme.cad")),
    responses((status = 200, description = "The product", body = ProductView)))]
async fn show(
    State(portal): State<Portal>,
    who: Admitted,
    Named(code): Named<ProductCode>,
    _: Params<Nothing>,
) -> Result<Json<ProductView>, Trouble> {
    who.needs(Permission::ReadProducts)?;
    let found = portal.authority().product(&code).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(ProductView::from(&found)))
}

/// Change a product
///
/// What a lease allows reaches a computer with its next lease or refresh.
#[utoipa::path(patch, path = "/products/{product}", tag = "Products", operation_id = "changeProduct", request_body = ProductChangeBody,
    params(("product" = String, Path, description = "Its code", example = "com.acme.cad")),
    responses((status = 200, description = "The product as it is now", body = ProductChangedView)))]
async fn change(
    State(portal): State<Portal>,
    who: Admitted,
    Named(code): Named<ProductCode>,
    _: Params<Nothing>,
    Content(body): Content<ProductChangeBody>,
) -> Result<Json<ProductChangedView>, Trouble> {
    who.needs(Permission::WriteProducts)?;
    let terms = ProductTerms {
        name: maybe(body.product_name.as_ref(), text::<120>("name"))?,
        features: body
            .features
            .map(|features| each(&features, feature))
            .transpose()?,
        offline: body.offline,
        grace: maybe(body.grace.as_ref(), duration_or_none)?,
        emergency: match body.emergency {
            Some(Some(Object(run))) => Some(EmergencyOffer::Allowed(run.terms()?)),
            Some(None) => Some(EmergencyOffer::NotAllowed),
            None => None,
        },
        rebinds: count(body.rebinds_per_year),
        moves: count(body.moves_per_year),
        lost: count(body.lost_per_year),
    };
    let authority = portal.authority();
    let change = authority.product_change(&code, terms, who.origin()).await;
    let change = change.map_err(|fault| told(fault.problem()))?;
    Ok(Json(ProductChangedView::from(&change)))
}
