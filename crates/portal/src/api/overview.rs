//! What there is, in numbers, and what of it needs attention.

use axum::{Json, extract::State};
use keyferry_authority::{Overview, Permission};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    admit::Admitted,
    problem::told,
    take::{Nothing, Params},
};
use crate::{Portal, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(show))
}

/// The books in numbers. Which ones they are, the lists say.
#[derive(Serialize, ToSchema)]
struct OverviewView {
    products: u64,
    /// Entitlements in force.
    entitlements: u64,
    seats: u64,
    seats_used: u64,
    licenses: u64,
    /// Entitlements in force that end within 30 days.
    ending: u64,
    /// Entitlements in force without a free seat.
    full: u64,
    /// Messages of computers that were refused within 7 days.
    refused: u64,
}

impl From<&Overview> for OverviewView {
    fn from(overview: &Overview) -> Self {
        Self {
            products: overview.products,
            entitlements: overview.entitlements,
            seats: overview.seats,
            seats_used: overview.seats_used,
            licenses: overview.licenses,
            ending: overview.ending,
            full: overview.full,
            refused: overview.refused,
        }
    }
}

/// Show the books in numbers
#[utoipa::path(get, path = "/overview", tag = "Overview", operation_id = "showOverview",
    responses((status = 200, description = "The numbers", body = OverviewView)))]
async fn show(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
) -> Result<Json<OverviewView>, Trouble> {
    who.needs(Permission::ReadEntitlements)?;
    let overview = portal.authority().overview(0).await;
    let overview = overview.map_err(|fault| told(fault.problem()))?;
    Ok(Json(OverviewView::from(&overview)))
}
