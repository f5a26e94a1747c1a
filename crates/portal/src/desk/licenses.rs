//! License files: the list, one license with its files, the newest file to take along. How one is made
//! is in `license_form`, and what becomes of one in `license_states`.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use keyferry_authority::{LicenseRecord, LicenseSearch, Permission};
use keyferry_bulk::file_name;
use keyferry_catalogue::Holds;
use keyferry_token::{
    ArtefactKind, Binding, License, LicenseId, LicenseTerm, SeatStatus, VendorProfile, armor,
};

use super::{
    Section, license_form as form, license_states as states,
    products::span,
    search::{Search, Wanted},
    typed::{Done, listed, trouble},
};
use crate::{
    Portal,
    account::SignedIn,
    answer::download,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::{LANGUAGE, product_name, spoken},
};

const PAGE: &str = Section::Licenses.path();
pub(super) const ADD: &str = "/vendor/licenses/add";
/// Files on the page of a license.
const MOST_BELOW: usize = 50;
/// The states that can be looked for.
const STATES: [SeatStatus; 3] = [
    SeatStatus::Active,
    SeatStatus::Suspended,
    SeatStatus::Revoked,
];

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(list))
        .route(ADD, get(form::ask_add).post(form::add))
        .route("/vendor/license/{id}", get(show))
        .route("/vendor/license/{id}/file", get(file))
        .route(
            "/vendor/license/{id}/reissue",
            get(form::ask_reissue).post(form::reissue),
        )
        .route("/vendor/license/{id}/suspend", post(states::suspend))
        .route("/vendor/license/{id}/reinstate", post(states::reinstate))
        .route(
            "/vendor/license/{id}/revoke",
            get(states::ask_revoke).post(states::revoke),
        )
}

#[derive(Template)]
#[template(path = "desk/licenses.html")]
struct LicensesPage {
    frame: Frame,
    search: Search,
    rows: Vec<Row>,
    /// The address of the next page.
    next: Option<String>,
    may_write: bool,
}

struct Row {
    id: String,
    holder: String,
    product: String,
    bound: String,
    ends: String,
    state: &'static str,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "desk/license.html")]
struct LicensePage {
    frame: Frame,
    seal: String,
    done: Done,
    id: String,
    heading: String,
    state: &'static str,
    class: &'static str,
    /// What a copy does that never sees a file that says no.
    limit: Option<String>,
    facts: Vec<(&'static str, String)>,
    files: Vec<File>,
    suspended: bool,
    may_change: bool,
}

/// One file of a license.
struct File {
    made: String,
    state: &'static str,
    ends: String,
    bound: String,
    number: u64,
}

async fn list(
    State(portal): State<Portal>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadLicenses)?;
    let search = LicenseSearch {
        text: Some(wanted.q.clone()),
        product: wanted.product(),
        status: wanted.state(&STATES, SeatStatus::name),
    };
    let authority = portal.authority();
    let found = authority.licenses_found(&search, wanted.page()?).await;
    let found = found.map_err(|fault| fault.problem())?;
    let known = authority.products().await;
    let known = known.map_err(|fault| fault.problem())?;
    let brand = portal.brand().await;
    let rows = found.items.iter();
    let view = LicensesPage {
        frame: portal.desk(&who, Section::Licenses, "Licenses").await,
        rows: rows
            .map(|one| Row::new(&one.license, &brand.profile))
            .collect(),
        next: found
            .next
            .map(|id| wanted.address(PAGE, Some(id.to_string()))),
        may_write: who.has(Permission::WriteLicenses),
        search: Search::new(
            wanted,
            &known,
            STATES.map(|status| (status.name(), state(status).0)),
        ),
    };
    Ok(page(StatusCode::OK, &view))
}

async fn show(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadLicenses)?;
    let record = one(&portal, &id).await?;
    let license = &record.issued.license;
    let brand = portal.brand().await;
    let heading = heading(license, &brand.profile);
    let (state, class) = state(license.status);
    let view = LicensePage {
        frame: portal.desk(&who, Section::Licenses, &heading).await,
        seal: who.seal().expose(),
        done: wanted.done.as_deref().and_then(states::done),
        id: license.id.to_string(),
        state,
        class,
        limit: limit(license),
        facts: facts(license, &brand.profile),
        files: record
            .history
            .iter()
            .take(MOST_BELOW)
            .map(File::new)
            .collect(),
        suspended: license.status == SeatStatus::Suspended,
        may_change: license.status != SeatStatus::Revoked && who.has(Permission::WriteLicenses),
        heading,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The newest file, to take along.
async fn file(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadLicenses)?;
    let id = id.parse().map_err(|_| Trouble::page_unknown())?;
    let file = portal.authority().license_file(id).await;
    let file = file.map_err(|fault| trouble(fault.problem()))?;
    let text = armor(ArtefactKind::License, &file.bytes);
    let name = file_name(file.issued.license.id);
    Ok(download(
        "application/octet-stream",
        &name,
        text.into_bytes(),
    ))
}

/// The license that an address names.
pub(super) async fn one(portal: &Portal, id: &str) -> Result<LicenseRecord, Trouble> {
    let id = id.parse().map_err(|_| Trouble::page_unknown())?;
    let found = portal.authority().license(id).await;
    found.map_err(|fault| trouble(fault.problem()))
}

/// The page of a license.
pub(super) fn address(id: LicenseId) -> String {
    format!("/vendor/license/{id}")
}

/// What a license is called: what for, and for whom.
pub(super) fn heading(license: &License, profile: &VendorProfile) -> String {
    let product = product_name(&license.product, profile);
    match &license.holder {
        Some(holder) => format!("{product} for {holder}"),
        None => format!("{product}, license {}", license.id),
    }
}

pub(super) fn facts(license: &License, profile: &VendorProfile) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Product", product_name(&license.product, profile)),
        ("Bound to", bound_in_full(&license.binding)),
    ];
    if let Some(edition) = &license.edition {
        facts.push(("Edition", edition.to_string()));
    }
    if let Some(holder) = &license.holder {
        facts.push(("Holder", holder.to_string()));
    }
    facts.push(("Counts from", spoken(license.not_before)));
    facts.push(("Counts until", ends(license)));
    if let LicenseTerm::Until(_) = license.term {
        facts.push(("Grace", span(license.grace)));
    }
    facts.push((
        "Features",
        if license.features.is_empty() {
            "None named".to_owned()
        } else {
            listed(&license.features)
        },
    ));
    facts.push(("Id", license.id.to_string()));
    facts
}

fn ends(license: &License) -> String {
    match license.term {
        LicenseTerm::Until(end) => spoken(end),
        LicenseTerm::Perpetual => "Never".to_owned(),
    }
}

fn bound_in_full(binding: &Binding) -> String {
    match binding {
        Binding::Unbound => "Nothing: whoever has a copy can use it".to_owned(),
        Binding::Usb { key, .. } => format!("The USB key {key}"),
        Binding::Device { components, .. } => {
            let names: Vec<&str> = components.iter().map(|(kind, _)| kind.name()).collect();
            let parts = Holds::Components.in_words(&names.join(","), LANGUAGE);
            format!("A computer, known by {parts}")
        }
    }
}

fn bound(binding: &Binding) -> String {
    match binding {
        Binding::Unbound => "Nothing".to_owned(),
        Binding::Usb { key, .. } => format!("USB key {key}"),
        Binding::Device { .. } => "A computer".to_owned(),
    }
}

fn limit(license: &License) -> Option<String> {
    match (license.status, license.term) {
        (SeatStatus::Active, _) => None,
        (_, LicenseTerm::Until(end)) => Some(format!(
            "Programs stop where the newest file arrives. A copy that never sees it runs until {}.",
            spoken(end.plus(license.grace))
        )),
        (_, LicenseTerm::Perpetual) => Some(
            "Programs stop where the newest file arrives. A copy that never sees it runs on."
                .to_owned(),
        ),
    }
}

/// A state in words, and how it looks.
const fn state(status: SeatStatus) -> (&'static str, &'static str) {
    match status {
        SeatStatus::Active => ("In force", "good"),
        SeatStatus::Suspended => ("Suspended", "bad"),
        SeatStatus::Revoked => ("Revoked", "over"),
    }
}

impl Row {
    fn new(license: &License, profile: &VendorProfile) -> Self {
        let (state, class) = state(license.status);
        Self {
            id: license.id.to_string(),
            holder: license
                .holder
                .as_ref()
                .map_or_else(|| "No holder named".to_owned(), ToString::to_string),
            product: product_name(&license.product, profile),
            bound: bound(&license.binding),
            ends: ends(license),
            state,
            class,
        }
    }
}

impl File {
    fn new(license: &License) -> Self {
        Self {
            made: spoken(license.issued_at),
            state: state(license.status).0,
            ends: ends(license),
            bound: bound(&license.binding),
            number: license.sequence.0,
        }
    }
}
