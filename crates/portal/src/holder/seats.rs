//! The page with a holder's seats.

use askama::Template;
use axum::{
    extract::{Query, Request, State},
    http::StatusCode,
    response::Response,
};
use keyferry_authority::{
    Activation, ActivationFilter, ActivationStatus, EntitlementStatus, Holding, Page,
};

use super::{Entered, enter};
use crate::{
    Portal,
    frame::{Frame, Here, page as shown},
    trouble::Trouble,
    words::{product_name, spoken},
};

/// Activations on a page.
const MOST: u32 = 100;

#[derive(Template)]
#[template(path = "seats.html")]
struct SeatsPage {
    frame: Frame,
    seal: String,
    product: String,
    seats: u32,
    used: u32,
    facts: Vec<(&'static str, String)>,
    stopped: Option<&'static str>,
    rows: Vec<Row>,
    /// Whether the list has those of the past, too.
    all: bool,
    next: Option<String>,
    done: Option<&'static str>,
}

/// One activation.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) computer: String,
    pub(super) platform: String,
    pub(super) seat: u32,
    pub(super) since: String,
    pub(super) until: String,
    pub(super) state: String,
    pub(super) active: bool,
    pub(super) blocked: bool,
}

/// What the address asks for.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Wanted {
    /// Those of the past as well.
    all: Option<String>,
    /// The page after this activation.
    after: Option<String>,
    /// What was just done, by its name.
    done: Option<String>,
}

/// Shows the seats to a holder who has entered, and asks everybody else for the secret.
pub(super) async fn page(
    State(portal): State<Portal>,
    Query(wanted): Query<Wanted>,
    request: Request,
) -> Result<Response, Trouble> {
    let (mut parts, _) = request.into_parts();
    match Entered::find(&mut parts, &portal).await? {
        Some(entered) => seats(&portal, &entered, &wanted).await,
        None => Ok(enter::ask(&portal).await),
    }
}

async fn seats(portal: &Portal, entered: &Entered, wanted: &Wanted) -> Result<Response, Trouble> {
    let authority = portal.authority();
    let holding = authority.holding(&entered.session).await;
    let holding = holding.map_err(|fault| fault.problem())?;
    let all = wanted.all.is_some();
    let after = match wanted.after.as_deref() {
        Some(id) => Some(id.parse().map_err(|_| Trouble::page_unknown())?),
        None => None,
    };
    let filter = ActivationFilter {
        product: None,
        entitlement: Some(entered.session.entitlement),
        active: !all,
    };
    let found = authority.activations(&filter, Page { after, limit: MOST });
    let found = found.await.map_err(|fault| fault.problem())?;
    let brand = portal.brand().await;
    let product = product_name(&holding.entitlement.product, &brand.profile);
    let title = format!("Your seats of {product}");
    let view = SeatsPage {
        frame: portal.frame(Here::Holder, &title).await,
        seal: entered.seal.expose(),
        product,
        seats: holding.entitlement.seats,
        used: holding.entitlement.seats_used,
        facts: facts(&holding),
        stopped: stopped(holding.entitlement.status),
        rows: found.items.iter().map(Row::new).collect(),
        all,
        next: found.next.map(|id| id.to_string()),
        done: wanted.done.as_deref().and_then(done),
    };
    Ok(shown(StatusCode::OK, &view))
}

fn facts(holding: &Holding) -> Vec<(&'static str, String)> {
    let entitlement = &holding.entitlement;
    let mut facts = Vec::new();
    if let Some(holder) = &entitlement.holder {
        facts.push(("Holder", holder.to_string()));
    }
    facts.push(("Activation code", entitlement.hint.clone()));
    if let Some(end) = entitlement.ends_at {
        facts.push(("Ends", spoken(end)));
    }
    let left = holding.most_releases.saturating_sub(holding.releases);
    facts.push((
        "Lost computers",
        format!(
            "{left} of {} in a year can still be released",
            holding.most_releases
        ),
    ));
    facts
}

/// What a holder should know before anything else.
const fn stopped(status: EntitlementStatus) -> Option<&'static str> {
    match status {
        EntitlementStatus::Active => None,
        EntitlementStatus::Suspended => Some(
            "The vendor has suspended it: no computer is activated, and a new lease tells the computer so.",
        ),
        EntitlementStatus::Expired => Some(
            "It has ended: no computer is activated and no lease is given until it is renewed.",
        ),
        EntitlementStatus::Revoked => Some("The vendor has revoked it for good."),
    }
}

/// A page says by a word in its address what was done; no other text gets in by it.
fn done(name: &str) -> Option<&'static str> {
    match name {
        "released" => {
            Some("The seat is free. That computer may not activate again until you allow it.")
        }
        "released-before" => Some("That seat was released before; nothing was changed."),
        "allowed" => Some("That computer may activate again. It needs a seat that is free."),
        "allowed-before" => Some("That computer was not kept out; nothing was changed."),
        _ => None,
    }
}

impl Row {
    pub(super) fn new(activation: &Activation) -> Self {
        Self {
            id: activation.id.to_string(),
            computer: activation.label.to_string(),
            platform: activation.platform.to_string(),
            seat: activation.seat,
            since: spoken(activation.activated_at),
            until: spoken(activation.lease_expires_at),
            state: state(activation),
            active: activation.status == ActivationStatus::Active,
            blocked: activation.device_blocked,
        }
    }
}

fn state(activation: &Activation) -> String {
    let on = |words: &str| match activation.ended_at {
        Some(at) => format!("{words} on {}", spoken(at)),
        None => words.to_owned(),
    };
    match activation.status {
        ActivationStatus::Active => "Holds its seat".to_owned(),
        ActivationStatus::Leaving => match activation.frees_at {
            Some(at) => format!("Was given back; the seat is free from {}", spoken(at)),
            None => "Was given back".to_owned(),
        },
        ActivationStatus::Superseded => "Another one has its seat".to_owned(),
        ActivationStatus::Deactivated => on("Was given back"),
        ActivationStatus::Released => on("Was released as lost"),
    }
}
