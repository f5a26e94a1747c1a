//! The API: what the pages and the command line do, for programs (`docs/guides/api.md`).
//!
//! A call is let in by an API token ([`admit`]), is carried out once where it says so ([`once`]),
//! and is answered in JSON: the fields of the command line (`docs/spec/cli.md`), or a problem of the catalogue
//! (RFC 9457, [`problem`]). The description ([`document`]) is made of the code.

#![expect(
    clippy::option_option,
    reason = "a change tells a field that is missing from one that is null"
)]

mod accounts;
mod activations;
mod admit;
mod audit;
mod document;
mod entitlements;
mod imports;
mod keys;
mod license_lists;
mod licenses;
mod list;
mod messages;
mod once;
mod overview;
mod problem;
mod products;
mod take;
mod tokens;
mod vendor;
mod view;
mod webhooks;

use axum::{Router, middleware, routing::get};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{Portal, to_the_end::to_the_end};

pub use document::api_description;
pub(crate) use list::List;
pub(crate) use problem::{is_below, shown as problem_of};

/// Where all of it lies.
const ROOT: &str = "/api/v1";

/// What needs an API token, with its description.
fn calls() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .merge(overview::routes())
        .merge(products::routes())
        .merge(entitlements::routes())
        .merge(imports::routes())
        .merge(activations::routes())
        .merge(licenses::routes())
        .merge(license_lists::routes())
        .merge(messages::routes())
        .merge(vendor::routes())
        .merge(keys::routes())
        .merge(audit::routes())
        .merge(accounts::routes())
        .merge(tokens::routes())
        .merge(webhooks::routes())
}

pub(crate) fn routes(portal: &Portal) -> Router<Portal> {
    let (calls, _): (Router<Portal>, OpenApi) = calls().split_for_parts();
    // The last one is the first that a call meets.
    let calls = calls
        .route_layer(middleware::from_fn(to_the_end))
        .route_layer(middleware::from_fn_with_state(portal.clone(), once::once))
        .route_layer(middleware::from_fn_with_state(portal.clone(), admit::admit));
    let description = Router::new().route("/openapi.json", get(document::show));
    Router::new().nest(ROOT, calls.merge(description))
}
