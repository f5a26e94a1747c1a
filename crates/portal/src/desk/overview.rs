//! The vendor's first page: what there is, and what of it needs attention.

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use keyferry_authority::{Entitlement, KeyDue, KeyRecord, Permission, RefusedLately};
use keyferry_token::{KeyPurpose, VendorProfile};

use super::{Section, typed::reason};
use crate::{
    Portal,
    account::SignedIn,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::{LANGUAGE, product_name, spoken},
};

/// How many examples there are of each thing.
const MOST: u32 = 5;

pub(super) fn routes() -> Router<Portal> {
    Router::new().route(Section::Overview.path(), get(show))
}

#[derive(Template)]
#[template(path = "desk/overview.html")]
struct OverviewPage {
    frame: Frame,
    products: u64,
    entitlements: u64,
    seats: u64,
    seats_used: u64,
    licenses: u64,
    warnings: Vec<String>,
    keys: Vec<String>,
    ending: u64,
    ending_next: Vec<Sold>,
    full: u64,
    full_newest: Vec<Sold>,
    refused: u64,
    refused_latest: Vec<Refused>,
    may_add_product: bool,
}

impl OverviewPage {
    fn calm(&self) -> bool {
        let counts = [self.ending, self.full, self.refused];
        self.warnings.is_empty() && self.keys.is_empty() && counts.iter().all(|count| *count == 0)
    }
}

/// An entitlement in a line.
struct Sold {
    id: String,
    holder: String,
    product: String,
    ends: String,
    seats: u32,
}

/// A refused message in a line.
struct Refused {
    at: String,
    why: String,
    product: String,
    /// Where it leads.
    link: Option<(String, &'static str)>,
}

async fn show(State(portal): State<Portal>, who: SignedIn) -> Result<Response, Trouble> {
    let overview = portal.authority().overview(MOST).await;
    let overview = overview.map_err(|fault| fault.problem())?;
    let brand = portal.brand().await;
    let profile = &brand.profile;
    let sold = |all: &[Entitlement]| all.iter().map(|one| Sold::new(one, profile)).collect();
    let may_see_keys = who.has(Permission::ReadKeys);
    let warnings = portal.authority().warnings().iter();
    let warnings = warnings.map(|one| one.phrase().fill(LANGUAGE, &[]));
    let view = OverviewPage {
        frame: portal.desk(&who, Section::Overview, "Overview").await,
        products: overview.products,
        entitlements: overview.entitlements,
        seats: overview.seats,
        seats_used: overview.seats_used,
        licenses: overview.licenses,
        warnings: warnings.filter(|_| may_see_keys).collect(),
        keys: if may_see_keys {
            overview.keys.iter().map(key).collect()
        } else {
            Vec::new()
        },
        ending: overview.ending,
        ending_next: sold(&overview.ending_next),
        full: overview.full,
        full_newest: sold(&overview.full_newest),
        refused: overview.refused,
        refused_latest: overview
            .refused_latest
            .iter()
            .map(|one| Refused::new(one, profile))
            .collect(),
        may_add_product: who.has(Permission::WriteProducts),
    };
    Ok(page(StatusCode::OK, &view))
}

fn key((key, due): &(KeyRecord, KeyDue)) -> String {
    let name = match key.purpose {
        KeyPurpose::Profile => "profile key",
        KeyPurpose::Signing => "signing key",
        KeyPurpose::Exchange => "exchange key",
    };
    match due {
        KeyDue::Old => format!(
            "The {name} has been in use since {}. Replace it when it suits you.",
            spoken(key.since)
        ),
        KeyDue::BehindSigning => format!(
            "The {name} is older than the signing key, so that every answer has to bring your profiles along. Replace it as well."
        ),
    }
}

impl Sold {
    fn new(entitlement: &Entitlement, profile: &VendorProfile) -> Self {
        let holder = entitlement.holder.as_ref();
        Self {
            id: entitlement.id.to_string(),
            holder: holder.map_or_else(|| entitlement.hint.clone(), ToString::to_string),
            product: product_name(&entitlement.product, profile),
            ends: entitlement.ends_at.map(spoken).unwrap_or_default(),
            seats: entitlement.seats,
        }
    }
}

impl Refused {
    fn new(refused: &RefusedLately, profile: &VendorProfile) -> Self {
        let product = refused.product.as_ref();
        let link = match (refused.activation, refused.entitlement) {
            (Some(id), _) => Some((format!("/vendor/activation/{id}"), "Its activation")),
            (None, Some(id)) => Some((format!("/vendor/entitlement/{id}"), "Its entitlement")),
            (None, None) => None,
        };
        Self {
            at: spoken(refused.at),
            why: refused.code.map_or_else(
                || "For a reason that this version does not know.".to_owned(),
                reason,
            ),
            product: product
                .map(|code| product_name(code, profile))
                .unwrap_or_default(),
            link,
        }
    }
}
