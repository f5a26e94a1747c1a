//! Webhooks: addresses that are told, signed, what the audit log says (Standard Webhooks 1.0).
//!
//! Events come from sealed entries of the audit log, by their position in the chain, so that none is lost
//! or told before it was committed. Deliveries lie in the database; any portal may carry them out.

mod address;
mod asked;
mod books;
mod delivery;
mod fault;
mod secret;
mod work;

use keyferry_token::{Seconds, Timestamp, WebhookId};

use crate::audit::Action;

pub(crate) use books::remove;

pub use address::WebhookAddress;
pub use delivery::{Delivery, DeliveryStatus};
pub use fault::WebhookFault;
pub use secret::WebhookSecret;
pub use work::{DueDelivery, Told};

/// How long a replaced secret still signs beside the new one.
const OLD_SECRET: Seconds = Seconds::DAY;
/// What a test message is called.
const PING: &str = "ping";
/// The most webhooks of a vendor.
const MOST: u64 = 50;

/// What a webhook can be told: the actions of the audit log.
pub fn webhook_events() -> impl Iterator<Item = &'static str> {
    Action::names()
}

/// A webhook; no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where it leads.
    pub address: WebhookAddress,
    /// The actions of the audit log that it is told; none means all.
    pub events: Vec<String>,
    /// When it was added.
    pub created_at: Timestamp,
    /// By whom: an actor, as the audit log names it.
    pub created_by: String,
    /// Until when a replaced secret signs as well.
    pub old_secret_until: Option<Timestamp>,
}

/// A webhook with a secret that is shown this once.
#[derive(Debug)]
pub struct IssuedWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// What signs what it is told.
    pub secret: WebhookSecret,
}
