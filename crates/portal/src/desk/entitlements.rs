//! What customers bought: the list, one entitlement, adding one, changing one. What becomes of one
//! besides is in `entitlement_states`, and its form in `entitlement_form`.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use keyferry_authority::{
    ActivationSearch, Entitlement, EntitlementKey, EntitlementSearch, EntitlementStatus, Page,
    Permission,
};
use keyferry_token::{ActivationCode, EntitlementId, Seconds, Timestamp, VendorProfile};

use super::{
    Section, activations, entitlement_form as form, entitlement_states as states,
    products::span,
    search::{Search, Wanted},
    typed::{Done, listed, trouble},
};
use crate::{
    Portal,
    account::SignedIn,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::{product_name, spoken},
};

pub(super) const PAGE: &str = Section::Entitlements.path();
pub(super) const ADD: &str = "/vendor/entitlements/add";
/// Activations on the page of an entitlement.
const MOST_BELOW: u32 = 20;
/// What ends within this time ends soon.
const SOON: Seconds = Seconds::days(30);

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(list))
        .route("/vendor/entitlements/find", post(find))
        .route(ADD, get(form::ask_add).post(form::add))
        .route("/vendor/entitlement/{id}", get(show))
        .route(
            "/vendor/entitlement/{id}/change",
            get(form::ask_change).post(form::change),
        )
        .route("/vendor/entitlement/{id}/suspend", post(states::suspend))
        .route(
            "/vendor/entitlement/{id}/reinstate",
            post(states::reinstate),
        )
        .route(
            "/vendor/entitlement/{id}/revoke",
            get(states::ask_revoke).post(states::revoke),
        )
        .route(
            "/vendor/entitlement/{id}/secret",
            get(states::ask_secret).post(states::replace_secret),
        )
}

#[derive(Template)]
#[template(path = "desk/entitlements.html")]
struct EntitlementsPage {
    frame: Frame,
    seal: String,
    search: Search,
    rows: Vec<Row>,
    /// The address of the next page.
    next: Option<String>,
    may_write: bool,
}

/// One entitlement in a list.
struct Row {
    id: String,
    hint: String,
    holder: Option<String>,
    product: String,
    seats: String,
    full: bool,
    ends: String,
    state: &'static str,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "desk/entitlement.html")]
struct EntitlementPage {
    frame: Frame,
    seal: String,
    done: Done,
    id: String,
    heading: String,
    facts: Vec<(&'static str, String)>,
    state: &'static str,
    class: &'static str,
    rows: Vec<activations::Row>,
    /// Where the rest of its computers is, if there are more.
    rest: Option<String>,
    suspended: bool,
    may_change: bool,
    may_write: bool,
}

/// What can be shown, by its name and what people call it.
const SHOWN: [(&str, &str); 6] = [
    ("active", "In force"),
    ("ending", "End within 30 days"),
    ("full", "Without a free seat"),
    ("expired", "Ended"),
    ("suspended", "Suspended"),
    ("revoked", "Revoked"),
];

fn searched(wanted: &Wanted, now: Timestamp) -> EntitlementSearch {
    let status = wanted.state(&EntitlementStatus::ALL, EntitlementStatus::name);
    let in_force = Some(EntitlementStatus::Active);
    let full = wanted.show == "full";
    EntitlementSearch {
        text: Some(wanted.q.clone()),
        product: wanted.product(),
        status: if full { in_force } else { status },
        ends_until: (wanted.show == "ending").then(|| now.plus(SOON)),
        full,
    }
}

async fn list(
    State(portal): State<Portal>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadEntitlements)?;
    let authority = portal.authority();
    let search = searched(&wanted, authority.now());
    let found = authority.entitlements_found(&search, wanted.page()?).await;
    let found = found.map_err(|fault| fault.problem())?;
    let known = authority.products().await;
    let known = known.map_err(|fault| fault.problem())?;
    let brand = portal.brand().await;
    let profile = &brand.profile;
    let view = EntitlementsPage {
        frame: portal
            .desk(&who, Section::Entitlements, "Entitlements")
            .await,
        seal: who.seal().expose(),
        rows: found
            .items
            .iter()
            .map(|one| Row::new(one, profile))
            .collect(),
        next: found
            .next
            .map(|id| wanted.address(PAGE, Some(id.to_string()))),
        may_write: who.has(Permission::WriteEntitlements),
        search: Search::new(wanted, &known, SHOWN),
    };
    Ok(page(StatusCode::OK, &view))
}

/// Goes to what is looked for. An activation code is never part of an address: it leads to its
/// entitlement.
async fn find(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::ReadEntitlements, request).await?;
    let typed = form.field("q").trim();
    if ActivationCode::read(typed).is_ok() {
        let key = EntitlementKey::read(typed).map_err(|_| Trouble::form_unreadable())?;
        let found = portal.authority().entitlement(&key).await;
        let found = found.map_err(|fault| trouble(fault.problem()))?;
        return Ok(Redirect::to(&address(found.id)).into_response());
    }
    let wanted = Wanted {
        q: typed.chars().take(200).collect(),
        product: form.field("product").to_owned(),
        show: form.field("show").to_owned(),
        ..Wanted::default()
    };
    Ok(Redirect::to(&wanted.address(PAGE, None)).into_response())
}

async fn show(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadEntitlements)?;
    let entitlement = one(&portal, &id).await?;
    let search = ActivationSearch {
        entitlement: Some(entitlement.id),
        ..ActivationSearch::default()
    };
    let below = if who.has(Permission::ReadActivations) {
        let found = portal
            .authority()
            .activations_found(&search, Page::first(MOST_BELOW))
            .await;
        Some(found.map_err(|fault| fault.problem())?)
    } else {
        None
    };
    let brand = portal.brand().await;
    let profile = &brand.profile;
    let heading = heading(&entitlement, profile);
    let (state, class) = state(entitlement.status);
    let may_write = who.has(Permission::WriteEntitlements);
    let status = entitlement.status;
    let view = EntitlementPage {
        frame: portal.desk(&who, Section::Entitlements, &heading).await,
        seal: who.seal().expose(),
        done: wanted.done.as_deref().and_then(states::done),
        id: entitlement.id.to_string(),
        facts: facts(&entitlement, profile),
        state,
        class,
        rest: below
            .as_ref()
            .and_then(|found| found.next)
            .map(|_| format!("/vendor/activations?q={}", entitlement.id)),
        rows: below
            .iter()
            .flat_map(|found| &found.items)
            .map(|one| activations::Row::new(one, profile))
            .collect(),
        suspended: status == EntitlementStatus::Suspended,
        may_change: may_write && status != EntitlementStatus::Revoked,
        may_write,
        heading,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The entitlement that an address names.
pub(super) async fn one(portal: &Portal, id: &str) -> Result<Entitlement, Trouble> {
    let id = id.parse().map_err(|_| Trouble::page_unknown())?;
    let found = portal
        .authority()
        .entitlement(&EntitlementKey::Id(id))
        .await;
    found.map_err(|fault| trouble(fault.problem()))
}

/// The page of an entitlement.
pub(super) fn address(id: EntitlementId) -> String {
    format!("/vendor/entitlement/{id}")
}

/// What an entitlement is called: for whom, and what.
pub(super) fn heading(entitlement: &Entitlement, profile: &VendorProfile) -> String {
    let product = product_name(&entitlement.product, profile);
    match &entitlement.holder {
        Some(holder) => format!("{product} for {holder}"),
        None => format!("{product}, {}", entitlement.hint),
    }
}

pub(super) fn facts(
    entitlement: &Entitlement,
    profile: &VendorProfile,
) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Product", product_name(&entitlement.product, profile))];
    let holder = entitlement.holder.as_ref();
    facts.push(("Holder", holder.map_or("–".to_owned(), ToString::to_string)));
    facts.push(("Activation code", entitlement.hint.clone()));
    let (used, seats) = (entitlement.seats_used, entitlement.seats);
    facts.push(("Seats held", format!("{used} of {seats}")));
    facts.push((
        "Offline lease",
        entitlement.offline_lease.map_or_else(
            || "None: computers without a network are not activated".to_owned(),
            span,
        ),
    ));
    facts.push((
        "Ends",
        entitlement
            .ends_at
            .map_or_else(|| "Never".to_owned(), spoken),
    ));
    if let Some(end) = entitlement.maintenance_end {
        facts.push(("Maintenance ends", spoken(end)));
    }
    if entitlement.trial {
        facts.push((
            "Trial",
            "Yes: one of the product for each computer".to_owned(),
        ));
    }
    facts.push((
        "Features",
        if entitlement.features.is_empty() {
            "All of the product".to_owned()
        } else {
            listed(&entitlement.features)
        },
    ));
    facts.push(("Added", spoken(entitlement.created_at)));
    facts.push(("Id", entitlement.id.to_string()));
    facts
}

/// A state in words, and how it looks.
pub(super) const fn state(status: EntitlementStatus) -> (&'static str, &'static str) {
    match status {
        EntitlementStatus::Active => ("In force", "good"),
        EntitlementStatus::Expired => ("Ended", "over"),
        EntitlementStatus::Suspended => ("Suspended", "bad"),
        EntitlementStatus::Revoked => ("Revoked", "over"),
    }
}

impl Row {
    fn new(entitlement: &Entitlement, profile: &VendorProfile) -> Self {
        let (state, class) = state(entitlement.status);
        let (used, seats) = (entitlement.seats_used, entitlement.seats);
        Self {
            id: entitlement.id.to_string(),
            hint: entitlement.hint.clone(),
            holder: entitlement.holder.as_ref().map(ToString::to_string),
            product: product_name(&entitlement.product, profile),
            seats: format!("{used} of {seats}"),
            full: used >= seats,
            ends: entitlement
                .ends_at
                .map_or_else(|| "Never".to_owned(), spoken),
            state,
            class,
        }
    }
}
