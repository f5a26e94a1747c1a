//! Webhooks: addresses that are told what happens. Added with a secret that is shown once, looked at with
//! what they were told, given another secret, removed.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use keyferry_authority::{
    Delivery, DeliveryStatus, IssuedWebhook, Permission, Webhook, WebhookAddress, WebhookFault,
    webhook_events,
};
use keyferry_catalogue::{Code, Problem};
use keyferry_token::{WebhookId, WebhookMessageId};

use super::{
    Section,
    once::{mark, once},
};
use crate::{
    Portal,
    account::SignedIn,
    api::List,
    frame::{Frame, Here, page},
    trouble::Trouble,
    words::{Told, spoken},
};

const TITLE: &str = "Webhooks";
const PAGE: &str = Section::Webhooks.path();
/// Deliveries on a page.
const SHOWN: u32 = 50;

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(list).post(add))
        .route("/vendor/webhooks/{webhook}", get(one))
        .route("/vendor/webhooks/{webhook}/test", post(test))
        .route("/vendor/webhooks/{webhook}/again", post(again))
        .route("/vendor/webhooks/{webhook}/new-secret", post(new_secret))
        .route("/vendor/webhooks/{webhook}/remove", post(remove))
}

#[derive(Template)]
#[template(path = "desk/webhooks.html")]
struct WebhooksPage {
    frame: Frame,
    seal: String,
    mark: String,
    told: Option<Told>,
    about_url: bool,
    about_events: bool,
    url: String,
    events: String,
    /// What events there are.
    names: Vec<&'static str>,
    may_change: bool,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "desk/webhook.html")]
struct WebhookPage {
    frame: Frame,
    seal: String,
    /// Of the form that makes another secret.
    mark: String,
    /// What is the matter with that form.
    told: Option<Told>,
    row: Row,
    may_change: bool,
    /// What was asked for just now.
    done: Option<&'static str>,
    deliveries: Vec<Attempted>,
    /// Where the older ones are.
    next: Option<String>,
}

/// What the address asks for.
#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    cursor: Option<String>,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/webhook_secret.html")]
struct SecretPage {
    frame: Frame,
    url: String,
    secret: String,
    id: String,
    /// Until when the one before signs as well.
    old: Option<String>,
}

/// A webhook in the list.
struct Row {
    id: String,
    url: String,
    events: String,
    added: String,
}

impl From<&Webhook> for Row {
    fn from(webhook: &Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.address.to_string(),
            events: if webhook.events.is_empty() {
                "All".to_owned()
            } else {
                webhook.events.join(", ")
            },
            added: spoken(webhook.created_at),
        }
    }
}

/// A delivery in the list.
struct Attempted {
    id: String,
    event: String,
    state: String,
    at: String,
    attempts: u64,
}

impl From<&Delivery> for Attempted {
    fn from(delivery: &Delivery) -> Self {
        let last = match (delivery.answered, &delivery.trouble) {
            (Some(status), _) => format!(" (answered {status})"),
            (None, Some(why)) => format!(" ({why})"),
            (None, None) => String::new(),
        };
        Self {
            id: delivery.id.to_string(),
            event: delivery.event.clone(),
            state: match (delivery.status, delivery.next_at) {
                (DeliveryStatus::Delivered, _) => "Arrived".to_owned(),
                (DeliveryStatus::Failed, _) => format!("Given up{last}"),
                (DeliveryStatus::Waiting, Some(next)) => {
                    format!("Waiting, until {}{last}", spoken(next))
                }
                (DeliveryStatus::Waiting, None) => format!("Waiting{last}"),
            },
            at: spoken(delivery.created_at),
            attempts: delivery.attempts,
        }
    }
}

async fn list(State(portal): State<Portal>, who: SignedIn) -> Result<Response, Trouble> {
    who.may(Permission::ReadWebhooks)?;
    webhooks(&portal, &who, None, "", "").await
}

async fn webhooks(
    portal: &Portal,
    who: &SignedIn,
    problem: Option<&Problem>,
    url: &str,
    events: &str,
) -> Result<Response, Trouble> {
    let found = portal.authority().webhooks().await;
    let found = found.map_err(|fault| fault.problem())?;
    let (status, title) = match problem {
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Error: Webhooks"),
        None => (StatusCode::OK, TITLE),
    };
    let view = WebhooksPage {
        frame: portal.desk(who, Section::Webhooks, title).await,
        seal: who.seal().expose(),
        mark: mark(portal, who, PAGE)?,
        told: problem.map(Told::of),
        about_url: problem.is_some_and(|problem| problem.code == Code::WebhookAddressRefused),
        about_events: problem.is_some_and(|problem| problem.code == Code::WebhookEventUnknown),
        url: url.to_owned(),
        events: events.to_owned(),
        names: webhook_events().collect(),
        may_change: who.has(Permission::WriteWebhooks),
        rows: found.iter().map(Row::from).collect(),
    };
    Ok(page(status, &view))
}

/// Adds a webhook, and shows its secret.
async fn add(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::WriteWebhooks, request).await?;
    let (url, typed) = (form.field("url"), form.field("events"));
    let events: Vec<String> = typed
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|event| !event.is_empty())
        .map(str::to_owned)
        .collect();
    let origin = match once(&portal, &who, &form, PAGE).await? {
        Ok(origin) => origin,
        Err(problem) => return webhooks(&portal, &who, Some(&problem), url, typed).await,
    };
    let added = match WebhookAddress::new(url.trim()) {
        Ok(address) => {
            portal
                .authority()
                .webhook_add(&address, &events, &origin)
                .await
        }
        Err(fault) => Err(fault),
    };
    match added {
        Ok(issued) => Ok(secret(&portal, &who, &issued).await),
        Err(
            fault @ (WebhookFault::Address | WebhookFault::Event { .. } | WebhookFault::TooMany),
        ) => webhooks(&portal, &who, Some(&fault.problem()), url, typed).await,
        Err(fault) => Err(fault.problem().into()),
    }
}

async fn secret(portal: &Portal, who: &SignedIn, issued: &IssuedWebhook) -> Response {
    let webhook = &issued.webhook;
    let view = SecretPage {
        frame: portal
            .desk(who, Section::Webhooks, "The secret of the webhook")
            .await,
        url: webhook.address.to_string(),
        secret: issued.secret.expose(),
        id: webhook.id.to_string(),
        old: webhook.old_secret_until.map(spoken),
    };
    page(StatusCode::OK, &view)
}

/// The webhook that an address names.
fn named(text: &str) -> Result<WebhookId, Trouble> {
    text.parse().map_err(|_| Trouble::page_unknown())
}

fn told(fault: &WebhookFault) -> Trouble {
    match fault {
        WebhookFault::Unknown | WebhookFault::DeliveryUnknown => Trouble::page_unknown(),
        other => other.problem().into(),
    }
}

async fn one(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadWebhooks)?;
    shown(&portal, &who, named(&id)?, &wanted, None).await
}

/// A webhook's page; with a problem, once more for the form that makes another secret.
async fn shown(
    portal: &Portal,
    who: &SignedIn,
    id: WebhookId,
    wanted: &Wanted,
    problem: Option<&Problem>,
) -> Result<Response, Trouble> {
    let authority = portal.authority();
    let webhook = authority.webhook(id).await.map_err(|fault| told(&fault))?;
    let own = id.to_string();
    let list = List::new(portal, "deliveries", &[Some(&own)]);
    let wanted_page = list.page(wanted.cursor.as_deref(), Some(SHOWN), u64::from_be_bytes)?;
    let deliveries = authority.webhook_deliveries(id, wanted_page).await;
    let deliveries = deliveries.map_err(|fault| told(&fault))?;
    let (status, title) = match problem {
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, "Error: A webhook"),
        None => (StatusCode::OK, "A webhook"),
    };
    let view = WebhookPage {
        frame: portal.desk(who, Section::Webhooks, title).await,
        seal: who.seal().expose(),
        mark: mark(portal, who, &another(id))?,
        told: problem.map(Told::of),
        row: Row::from(&webhook),
        may_change: who.has(Permission::WriteWebhooks),
        done: match wanted.done.as_deref() {
            Some("test") => Some("The test message is being sent."),
            Some("again") => Some("The message is being sent again."),
            _ => None,
        },
        next: list.next(deliveries.next.map(u64::to_be_bytes))?,
        deliveries: deliveries.items.iter().map(Attempted::from).collect(),
    };
    Ok(page(status, &view))
}

/// Where the form of another secret goes.
fn another(id: WebhookId) -> String {
    format!("{PAGE}/{id}/new-secret")
}

/// Sends a test message.
async fn test(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    who.form(Permission::WriteWebhooks, request).await?;
    let id = named(&id)?;
    let sent = portal.authority().webhook_test(id, &who.origin()).await;
    sent.map_err(|fault| told(&fault))?;
    Ok(Redirect::to(&format!("{PAGE}/{id}?done=test")).into_response())
}

/// Sends a message again.
async fn again(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::WriteWebhooks, request).await?;
    let id = named(&id)?;
    let message: WebhookMessageId = form
        .field("message")
        .parse()
        .map_err(|_| Trouble::page_unknown())?;
    let authority = portal.authority();
    let sent = authority
        .webhook_send_again(id, message, &who.origin())
        .await;
    sent.map_err(|fault| told(&fault))?;
    Ok(Redirect::to(&format!("{PAGE}/{id}?done=again")).into_response())
}

async fn new_secret(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::WriteWebhooks, request).await?;
    let id = named(&id)?;
    let origin = match once(&portal, &who, &form, &another(id)).await? {
        Ok(origin) => origin,
        Err(problem) => {
            return shown(&portal, &who, id, &Wanted::default(), Some(&problem)).await;
        }
    };
    let issued = portal.authority().webhook_new_secret(id, &origin).await;
    let issued = issued.map_err(|fault| told(&fault))?;
    Ok(secret(&portal, &who, &issued).await)
}

async fn remove(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    who.form(Permission::WriteWebhooks, request).await?;
    let id = named(&id)?;
    let removed = portal.authority().webhook_remove(id, &who.origin()).await;
    removed.map_err(|fault| told(&fault))?;
    Ok(Redirect::to(PAGE).into_response())
}
