//! Webhooks: addresses that are told what happens.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::IntoResponse,
};
use keyferry_authority::{Delivery, Permission, Webhook, WebhookAddress};
use keyferry_token::{WebhookId, WebhookMessageId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ROOT,
    admit::Admitted,
    list::List,
    problem::told,
    take::{Content, Named, NamedOf, Nothing, Params},
};
use crate::{Portal, trouble::Trouble};

pub(super) fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(show, remove))
        .routes(routes!(new_secret))
        .routes(routes!(deliveries))
        .routes(routes!(test))
        .routes(routes!(send_again))
}

/// A webhook; no secret.
#[derive(Serialize, ToSchema)]
struct WebhookView {
    webhook_id: String,
    url: String,
    /// The actions of the audit log that it is told; none means all.
    events: Vec<String>,
    created_at: String,
    created_by: String,
    /// Until when a replaced secret signs as well.
    old_secret_until: Option<String>,
}

impl From<&Webhook> for WebhookView {
    fn from(webhook: &Webhook) -> Self {
        Self {
            webhook_id: webhook.id.to_string(),
            url: webhook.address.to_string(),
            events: webhook.events.clone(),
            created_at: webhook.created_at.to_string(),
            created_by: webhook.created_by.clone(),
            old_secret_until: webhook.old_secret_until.map(|at| at.to_string()),
        }
    }
}

/// The webhooks.
#[derive(Serialize, ToSchema)]
struct WebhooksView {
    webhooks: Vec<WebhookView>,
}

/// A webhook with a new secret: the one time that it is shown.
#[derive(Serialize, ToSchema)]
struct WebhookSecretView {
    /// What signs its messages.
    #[schema(example = "whsec_…")]
    secret: String,
    #[serde(flatten)]
    webhook: WebhookView,
}

/// A webhook to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhookBody {
    /// Where it leads: `https://…`.
    #[schema(example = "https://shop.example/hooks/keyferry", max_length = 2000)]
    url: String,
    /// What it is told: actions of the audit log by their names; none means all.
    #[serde(default)]
    #[schema(example = json!(["activation_granted", "entitlement_renewed"]), max_items = 100)]
    events: Vec<String>,
}

/// What a webhook was told.
#[derive(Serialize, ToSchema)]
struct DeliveryView {
    /// The same with each attempt: `webhook-id`.
    message_id: String,
    event: String,
    /// The entry's position in the audit log.
    position: u64,
    /// `waiting`, `delivered` or `failed`.
    status: &'static str,
    attempts: u64,
    created_at: String,
    next_at: Option<String>,
    ended_at: Option<String>,
    /// The status that the last attempt was answered.
    answered: Option<u64>,
    /// What else was the matter with the last attempt.
    trouble: Option<String>,
}

impl From<&Delivery> for DeliveryView {
    fn from(delivery: &Delivery) -> Self {
        Self {
            message_id: format!("msg_{}", delivery.id),
            event: delivery.event.clone(),
            position: delivery.position,
            status: delivery.status.name(),
            attempts: delivery.attempts,
            created_at: delivery.created_at.to_string(),
            next_at: delivery.next_at.map(|at| at.to_string()),
            ended_at: delivery.ended_at.map(|at| at.to_string()),
            answered: delivery.answered,
            trouble: delivery.trouble.clone(),
        }
    }
}

/// The id of a message as receivers get it.
struct MessageName(WebhookMessageId);

impl std::str::FromStr for MessageName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let id = text.strip_prefix("msg_").ok_or(())?;
        id.parse().map(Self).map_err(|_| ())
    }
}

/// A part of the deliveries.
#[derive(Serialize, ToSchema)]
struct DeliveriesView {
    deliveries: Vec<DeliveryView>,
    /// Where the next part begins; null at the end.
    next_cursor: Option<String>,
}

/// Which part of the list is asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeliveriesWanted {
    /// Where the part begins, as the part before says.
    cursor: Option<String>,
    /// How many entries the part has; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List the webhooks
#[utoipa::path(get, path = "/webhooks", tag = "Webhooks", operation_id = "listWebhooks",
    responses((status = 200, description = "All webhooks, the newest first", body = WebhooksView)))]
async fn list(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
) -> Result<Json<WebhooksView>, Trouble> {
    who.needs(Permission::ReadWebhooks)?;
    let webhooks = portal.authority().webhooks().await;
    let webhooks = webhooks.map_err(|fault| told(fault.problem()))?;
    Ok(Json(WebhooksView {
        webhooks: webhooks.iter().map(WebhookView::from).collect(),
    }))
}

/// Add a webhook
///
/// It is told what happens from now on, in messages as the Standard Webhooks specification has them. Its secret
/// is in this answer and nowhere else.
#[utoipa::path(post, path = "/webhooks", tag = "Webhooks", operation_id = "addWebhook", request_body = NewWebhookBody,
    responses((status = 201, description = "The webhook with its secret", body = WebhookSecretView, headers(("Location" = String)))))]
async fn add(
    State(portal): State<Portal>,
    who: Admitted,
    _: Params<Nothing>,
    Content(body): Content<NewWebhookBody>,
) -> Result<impl IntoResponse, Trouble> {
    who.needs(Permission::WriteWebhooks)?;
    let address = WebhookAddress::new(&body.url).map_err(|fault| told(fault.problem()))?;
    let authority = portal.authority();
    let issued = authority
        .webhook_add(&address, &body.events, who.origin())
        .await;
    let issued = issued.map_err(|fault| told(fault.problem()))?;
    let location = format!("{ROOT}/webhooks/{}", issued.webhook.id);
    let view = Json(WebhookSecretView {
        secret: issued.secret.expose(),
        webhook: WebhookView::from(&issued.webhook),
    });
    Ok((StatusCode::CREATED, [(LOCATION, location)], view))
}

/// Show a webhook
#[utoipa::path(get, path = "/webhooks/{webhook_id}", tag = "Webhooks", operation_id = "showWebhook",
    params(("webhook_id" = String, Path)),
    responses((status = 200, description = "The webhook; no secret", body = WebhookView)))]
async fn show(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<WebhookId>,
    _: Params<Nothing>,
) -> Result<Json<WebhookView>, Trouble> {
    who.needs(Permission::ReadWebhooks)?;
    let found = portal.authority().webhook(id).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(WebhookView::from(&found)))
}

/// Remove a webhook
#[utoipa::path(delete, path = "/webhooks/{webhook_id}", tag = "Webhooks", operation_id = "removeWebhook",
    params(("webhook_id" = String, Path)),
    responses((status = 204, description = "It is told nothing more")))]
async fn remove(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<WebhookId>,
    _: Params<Nothing>,
) -> Result<StatusCode, Trouble> {
    who.needs(Permission::WriteWebhooks)?;
    let removed = portal.authority().webhook_remove(id, who.origin()).await;
    removed.map_err(|fault| told(fault.problem()))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook another secret
///
/// The old one signs beside it for a day, so that its receiver can change over.
#[utoipa::path(post, path = "/webhooks/{webhook_id}/new-secret", tag = "Webhooks", operation_id = "renewWebhookSecret",
    params(("webhook_id" = String, Path)),
    responses((status = 200, description = "The webhook with its new secret", body = WebhookSecretView)))]
async fn new_secret(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<WebhookId>,
    _: Params<Nothing>,
) -> Result<Json<WebhookSecretView>, Trouble> {
    who.needs(Permission::WriteWebhooks)?;
    let issued = portal
        .authority()
        .webhook_new_secret(id, who.origin())
        .await;
    let issued = issued.map_err(|fault| told(fault.problem()))?;
    Ok(Json(WebhookSecretView {
        secret: issued.secret.expose(),
        webhook: WebhookView::from(&issued.webhook),
    }))
}

/// List what a webhook was told
#[utoipa::path(get, path = "/webhooks/{webhook_id}/deliveries", tag = "Webhooks", operation_id = "listDeliveries",
    params(("webhook_id" = String, Path), DeliveriesWanted),
    responses((status = 200, description = "A part of it, the newest first", body = DeliveriesView)))]
async fn deliveries(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<WebhookId>,
    Params(wanted): Params<DeliveriesWanted>,
) -> Result<Json<DeliveriesView>, Trouble> {
    who.needs(Permission::ReadWebhooks)?;
    let own = id.to_string();
    let list = List::new(&portal, "deliveries", &[Some(&own)]);
    let page = list.page(wanted.cursor.as_deref(), wanted.limit, u64::from_be_bytes)?;
    let found = portal.authority().webhook_deliveries(id, page).await;
    let found = found.map_err(|fault| told(fault.problem()))?;
    Ok(Json(DeliveriesView {
        deliveries: found.items.iter().map(DeliveryView::from).collect(),
        next_cursor: list.next(found.next.map(u64::to_be_bytes))?,
    }))
}

/// Send a webhook a test message
///
/// An event `ping`, signed as all others are, whatever the webhook hears otherwise. What came of it is in the list of what the webhook was told.
#[utoipa::path(post, path = "/webhooks/{webhook_id}/test", tag = "Webhooks", operation_id = "testWebhook",
    params(("webhook_id" = String, Path)),
    responses((status = 202, description = "It is being sent", body = DeliveryView)))]
async fn test(
    State(portal): State<Portal>,
    who: Admitted,
    Named(id): Named<WebhookId>,
    _: Params<Nothing>,
) -> Result<impl IntoResponse, Trouble> {
    who.needs(Permission::WriteWebhooks)?;
    let sent = portal.authority().webhook_test(id, who.origin()).await;
    let sent = sent.map_err(|fault| told(fault.problem()))?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryView::from(&sent))))
}

/// Send a message again
///
/// The same message with the same id, at once; where that fails, the pauses go on where they stood.
#[utoipa::path(post, path = "/webhooks/{webhook_id}/deliveries/{message_id}/send-again", tag = "Webhooks", operation_id = "sendAgain",
    params(("webhook_id" = String, Path), ("message_id" = String, Path)),
    responses((status = 202, description = "It is being sent", body = DeliveryView)))]
async fn send_again(
    State(portal): State<Portal>,
    who: Admitted,
    NamedOf(id, message): NamedOf<WebhookId, MessageName>,
    _: Params<Nothing>,
) -> Result<impl IntoResponse, Trouble> {
    who.needs(Permission::WriteWebhooks)?;
    let authority = portal.authority();
    let sent = authority
        .webhook_send_again(id, message.0, who.origin())
        .await;
    let sent = sent.map_err(|fault| told(fault.problem()))?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryView::from(&sent))))
}
