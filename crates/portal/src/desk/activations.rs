//! The computers that hold seats, or held one: the list, and one with all that it got and sent. What can
//! be done about one is in `activation_changes`.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use keyferry_authority::{
    Activation, ActivationRecord, ActivationSearch, ActivationStatus, DeviceToken, EndReason,
    GrantRecord, Permission,
};
use keyferry_catalogue::Holds;
use keyferry_token::{ActivationId, SeatStatus, VendorProfile};

use super::{
    Section, activation_changes as changes,
    search::{Search, Wanted},
    typed::{Done, trouble},
};
use crate::{
    Portal,
    account::SignedIn,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::{LANGUAGE, product_name, spoken},
};

const PAGE: &str = Section::Activations.path();
/// Grants and messages on the page of an activation.
const MOST_BELOW: usize = 50;

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(list))
        .route("/vendor/activation/{id}", get(show))
        .route("/vendor/activation/{id}/refresh", post(changes::refresh))
        .route(
            "/vendor/activation/{id}/release",
            get(changes::ask).post(changes::release),
        )
        .route("/vendor/activation/{id}/allow", post(changes::allow))
}

#[derive(Template)]
#[template(path = "desk/activations.html")]
struct ActivationsPage {
    frame: Frame,
    search: Search,
    rows: Vec<Row>,
    /// The address of the next page.
    next: Option<String>,
}

/// One activation in a list.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) computer: String,
    pub(crate) platform: String,
    pub(crate) product: String,
    pub(crate) seat: u32,
    pub(crate) since: String,
    pub(crate) until: String,
    pub(crate) state: &'static str,
    pub(crate) class: &'static str,
    pub(crate) blocked: bool,
}

#[derive(Template)]
#[template(path = "desk/activation.html")]
struct ActivationPage {
    frame: Frame,
    seal: String,
    done: Done,
    row: Row,
    entitlement: String,
    facts: Vec<(&'static str, String)>,
    grants: Vec<Grant>,
    messages: Vec<Message>,
    history: Vec<Row>,
    /// Whether more was given or sent than is shown.
    more: bool,
    /// Whether it may be given a new lease, or be released.
    may_change: bool,
    may_allow: bool,
}

struct Grant {
    number: u64,
    made: String,
    how: &'static str,
    lease: String,
    reference: String,
}

struct Message {
    kind: String,
    number: u64,
    made: String,
    received: String,
    reference: String,
}

async fn list(
    State(portal): State<Portal>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadActivations)?;
    let search = ActivationSearch {
        text: Some(wanted.q.clone()),
        product: wanted.product(),
        entitlement: None,
        status: wanted.state(&ActivationStatus::ALL, ActivationStatus::name),
    };
    let authority = portal.authority();
    let found = authority.activations_found(&search, wanted.page()?).await;
    let found = found.map_err(|fault| fault.problem())?;
    let known = authority.products().await;
    let known = known.map_err(|fault| fault.problem())?;
    let brand = portal.brand().await;
    let view = ActivationsPage {
        frame: portal.desk(&who, Section::Activations, "Activations").await,
        rows: found
            .items
            .iter()
            .map(|one| Row::new(one, &brand.profile))
            .collect(),
        next: found
            .next
            .map(|id| wanted.address(PAGE, Some(id.to_string()))),
        search: Search::new(
            wanted,
            &known,
            ActivationStatus::ALL.map(|status| (status.name(), state(status).0)),
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
    who.may(Permission::ReadActivations)?;
    let record = one(&portal, &id).await?;
    let brand = portal.brand().await;
    let profile = &brand.profile;
    let activation = &record.activation;
    let may_write = who.has(Permission::WriteActivations);
    let active = activation.status == ActivationStatus::Active;
    let title = activation.label.to_string();
    let view = ActivationPage {
        frame: portal.desk(&who, Section::Activations, &title).await,
        seal: who.seal().expose(),
        done: wanted.done.as_deref().and_then(changes::done),
        row: Row::new(activation, profile),
        entitlement: activation.entitlement.to_string(),
        facts: facts(&record, profile),
        grants: record
            .grants
            .iter()
            .take(MOST_BELOW)
            .map(Grant::new)
            .collect(),
        messages: record
            .tokens
            .iter()
            .take(MOST_BELOW)
            .map(Message::new)
            .collect(),
        history: record
            .history
            .iter()
            .map(|one| Row::new(one, profile))
            .collect(),
        more: record.grants.len().max(record.tokens.len()) > MOST_BELOW,
        may_change: may_write && active,
        may_allow: may_write && activation.device_blocked,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The activation that an address names.
pub(super) async fn one(portal: &Portal, id: &str) -> Result<ActivationRecord, Trouble> {
    let id = id.parse().map_err(|_| Trouble::page_unknown())?;
    let found = portal.authority().activation(id).await;
    found.map_err(|fault| trouble(fault.problem()))
}

/// The page of an activation.
pub(super) fn address(id: ActivationId) -> String {
    format!("/vendor/activation/{id}")
}

pub(super) fn facts(
    record: &ActivationRecord,
    profile: &VendorProfile,
) -> Vec<(&'static str, String)> {
    let activation = &record.activation;
    let mut facts = vec![
        ("Product", product_name(&activation.product, profile)),
        ("System", activation.platform.to_string()),
        ("Program", activation.client.to_string()),
        ("Seat", activation.seat.to_string()),
        ("Since", spoken(activation.activated_at)),
        ("Lease until", spoken(activation.lease_expires_at)),
    ];
    if activation.grace_until > activation.lease_expires_at {
        facts.push(("Grace until", spoken(activation.grace_until)));
    }
    if let Some(at) = activation.ended_at {
        let why = activation.ended_why.map_or("ended", ended);
        facts.push(("Ended", format!("{}, {why}", spoken(at))));
    }
    if let Some(at) = activation.superseded_at {
        facts.push(("Another one has its seat since", spoken(at)));
    }
    if let Some(at) = activation.frees_at {
        facts.push(("Its seat is free from", spoken(at)));
    }
    if activation.device_blocked {
        facts.push((
            "Kept out",
            "The computer may not activate again until you allow it".to_owned(),
        ));
    }
    for at in &activation.emergency_runs {
        facts.push(("Emergency run", spoken(*at)));
    }
    let names: Vec<&str> = activation.enrolled.iter().map(|kind| kind.name()).collect();
    let parts = Holds::Components.in_words(&names.join(","), LANGUAGE);
    facts.push(("Known by", parts));
    facts.push((
        "In a year",
        format!(
            "set up anew {}, given back {}",
            times(record.rebinds),
            times(record.moves)
        ),
    ));
    facts.push(("Computer’s id", activation.device.to_string()));
    facts.push(("Id", activation.id.to_string()));
    facts
}

fn times(count: u32) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

const fn ended(why: EndReason) -> &'static str {
    use keyferry_token::DeactivationReason::{Moving, NotNeeded, Other, Repair};
    match why {
        EndReason::Deactivated(Moving) => "given back to move to another computer",
        EndReason::Deactivated(NotNeeded) => "given back as not needed",
        EndReason::Deactivated(Repair) => "given back for a repair",
        EndReason::Deactivated(Other) => "given back",
        EndReason::Lost => "released as lost",
    }
}

/// A state in words, and how it looks.
const fn state(status: ActivationStatus) -> (&'static str, &'static str) {
    match status {
        ActivationStatus::Active => ("Holds its seat", "good"),
        ActivationStatus::Leaving => ("Given back, seat not free yet", "over"),
        ActivationStatus::Superseded => ("Another one has its seat", "over"),
        ActivationStatus::Deactivated => ("Given back", "over"),
        ActivationStatus::Released => ("Released as lost", "bad"),
    }
}

/// Activations on a page that is not theirs.
pub(crate) struct Activations(Vec<Row>);

impl Activations {
    pub(crate) async fn new(portal: &Portal, found: &[Activation]) -> Self {
        let brand = portal.brand().await;
        let rows = found.iter().map(|one| Row::new(one, &brand.profile));
        Self(rows.collect())
    }

    /// In their order.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.0
    }
}

impl Row {
    pub(super) fn new(activation: &Activation, profile: &VendorProfile) -> Self {
        let (state, class) = state(activation.status);
        Self {
            id: activation.id.to_string(),
            computer: activation.label.to_string(),
            platform: activation.platform.to_string(),
            product: product_name(&activation.product, profile),
            seat: activation.seat,
            since: spoken(activation.activated_at),
            until: spoken(activation.lease_expires_at),
            state,
            class,
            blocked: activation.device_blocked,
        }
    }
}

impl Grant {
    fn new(grant: &GrantRecord) -> Self {
        Self {
            number: grant.sequence.0,
            made: spoken(grant.issued_at),
            how: match (grant.request, grant.status) {
                (_, SeatStatus::Suspended) => "Said that it is suspended",
                (_, SeatStatus::Revoked) => "Said that it is revoked",
                (Some(_), SeatStatus::Active) => "Answered a request",
                (None, SeatStatus::Active) => "A new lease",
            },
            lease: grant.lease_expires_at.map(spoken).unwrap_or_default(),
            reference: grant.token.reference(),
        }
    }
}

/// The same with a capital in front.
fn capital(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}

impl Message {
    fn new(token: &DeviceToken) -> Self {
        Self {
            kind: capital(&Holds::Kind.in_words(&token.kind, LANGUAGE)),
            number: token.number.0,
            made: spoken(token.made_at),
            received: spoken(token.received_at),
            reference: token.token.reference(),
        }
    }
}
