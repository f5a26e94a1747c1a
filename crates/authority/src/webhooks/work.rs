//! What portals do for webhooks: make deliveries of what was entered in the audit log, take those that are
//! due, and note what became of each. Several may do it at once: what is taken is not due for others.

use keyferry_token::{Seconds, Timestamp, WebhookId, WebhookMessageId};
use serde_json::{Map, Value, json};

use super::{PING, Webhook, WebhookAddress, WebhookFault, WebhookSecret};
use crate::{
    AuditEntry, Authority, DatabaseFault,
    audit::{Action, entry_at, sealed_after},
    columns::{self, int},
    database::{Connection, query},
    entropy,
};

/// How long a delivery that was taken is not due for others: longer than any attempt may take.
const TAKEN: Seconds = Seconds::new(120);
/// How long to wait after each attempt that did not succeed. After the last one it is given up: two days
/// and nine hours after the first.
const PAUSES: [u64; 9] = [
    5,
    30,
    2 * 60,
    10 * 60,
    30 * 60,
    2 * 3600,
    6 * 3600,
    24 * 3600,
    24 * 3600,
];
/// How long the list of deliveries is kept.
const KEPT: Seconds = Seconds::days(30);

/// A delivery that is to be tried now.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    /// The message's id, the same with each attempt: `webhook-id` as [`Self::message`] writes it.
    pub id: WebhookMessageId,
    /// Where to.
    pub address: WebhookAddress,
    /// `webhook-id`.
    pub message: String,
    /// `webhook-timestamp`, in Unix seconds.
    pub at: Timestamp,
    /// `webhook-signature`.
    pub signature: String,
    /// The content, in JSON.
    pub body: String,
    attempts: u64,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It was answered with this status.
    Answered(u16),
    /// It was not answered; why, for people, without anything that was sent.
    Trouble(String),
}

impl Told {
    fn arrived(&self) -> bool {
        matches!(self, Self::Answered(200..=299))
    }
}

impl Authority {
    /// Makes deliveries of what was entered in the audit log since the last time.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn webhooks_spread(&self) -> Result<(), WebhookFault> {
        let webhooks = self.webhooks().await?;
        if webhooks.is_empty() {
            return Ok(());
        }
        self.seal_audit().await?;
        for webhook in &webhooks {
            while self.spread(webhook).await? {}
        }
        let before = int(self.clock.now().unix().saturating_sub(KEPT.get()));
        self.database
            .write(|mut connection| async move {
                query("DELETE FROM webhook_deliveries WHERE status <> 'waiting' AND ended_at < $1")
                    .bind(before)
                    .execute(&mut connection)
                    .await?;
                Ok::<_, DatabaseFault>((connection, ()))
            })
            .await?;
        Ok(())
    }

    /// Makes a webhook's deliveries of the next part of the log; whether there may be more.
    async fn spread(&self, webhook: &Webhook) -> Result<bool, WebhookFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let row = query("SELECT position FROM webhooks WHERE id = $1")
                    .bind(webhook.id.as_bytes().to_vec())
                    .fetch_one(&mut connection)
                    .await?;
                let from = columns::number(&row, "position")?;
                let entries = sealed_after(&mut connection, from).await?;
                let mut position = from;
                for entry in entries {
                    let entry = entry?;
                    position = entry.seal.map_or(position, |seal| seal.position);
                    if let Some(event) = webhook.hears(&entry) {
                        let told = (event, position);
                        deliver(&mut connection, webhook.id, told, now).await?;
                    }
                }
                if position > from {
                    query("UPDATE webhooks SET position = $2 WHERE id = $1")
                        .bind(webhook.id.as_bytes().to_vec())
                        .bind(int(position))
                        .execute(&mut connection)
                        .await?;
                }
                Ok::<_, WebhookFault>((connection, position > from))
            })
            .await
    }

    /// Takes deliveries that are due, at most so many; for a while they are due for nobody else.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn webhooks_take(&self, most: u32) -> Result<Vec<DueDelivery>, WebhookFault> {
        let now = self.clock.now();
        let key = &self.keyring().lookup.webhooks();
        {
            // Most of the time there is nothing, and nobody has to wait for a writer.
            let mut transaction = self.database.read().await?;
            let due = query(
                "SELECT 1 FROM webhook_deliveries WHERE status = 'waiting' AND next_at <= $1 LIMIT 1",
            );
            let due = due
                .bind(int(now.unix()))
                .fetch_optional(&mut transaction)
                .await?;
            if due.is_none() {
                return Ok(Vec::new());
            }
        }
        self.database
            .write(|mut connection| async move {
                let rows = query(
                    "SELECT d.id AS message, d.attempts, d.position AS entry, d.event, w.*
                     FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook
                     WHERE d.status = 'waiting' AND d.next_at <= $1 AND w.removed_at IS NULL
                     ORDER BY d.next_at, d.position LIMIT $2",
                )
                .bind(int(now.unix()))
                .bind(i64::from(most))
                .fetch_all(&mut connection)
                .await?;
                let mut due = Vec::new();
                for row in &rows {
                    let webhook = Webhook::from_row(row, now)?;
                    let id = columns::fixed(row, "message").map(WebhookMessageId::new)?;
                    let position = columns::number(row, "entry")?;
                    let Some(entry) = entry_at(&mut connection, position).await? else {
                        return Err(DatabaseFault::Corrupt { what: "position" }.into());
                    };
                    let message = format!("msg_{id}");
                    let event: String = columns::get(row, "event")?;
                    let body = body(&entry, &event, position);
                    let open = |sealed: &[u8]| WebhookSecret::open(key, webhook.id, sealed);
                    let mut signature =
                        open(&columns::get::<Vec<u8>>(row, "secret")?)?.sign(&message, now, &body);
                    let old = columns::get::<Option<Vec<u8>>>(row, "old_secret")?;
                    if let (Some(old), Some(_)) = (old, webhook.old_secret_until) {
                        signature.push(' ');
                        signature.push_str(&open(&old)?.sign(&message, now, &body));
                    }
                    query(
                        "UPDATE webhook_deliveries SET next_at = $2, taken_until = $2
                         WHERE id = $1",
                    )
                    .bind(id.as_bytes().to_vec())
                    .bind(int(now.plus(TAKEN).unix()))
                    .execute(&mut connection)
                    .await?;
                    due.push(DueDelivery {
                        id,
                        address: webhook.address,
                        message,
                        at: now,
                        signature,
                        body,
                        attempts: columns::number(row, "attempts")?,
                    });
                }
                Ok::<_, WebhookFault>((connection, due))
            })
            .await
    }

    /// Notes what came of an attempt.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn webhooks_note(&self, due: &DueDelivery, told: &Told) -> Result<(), DatabaseFault> {
        let now = self.clock.now();
        let attempts = due.attempts + 1;
        let pause = usize::try_from(due.attempts)
            .ok()
            .and_then(|tried| PAUSES.get(tried));
        let (status, next_at, ended_at) = match pause {
            _ if told.arrived() => ("delivered", now, Some(now)),
            Some(pause) => ("waiting", now.plus(Seconds::new(*pause)), None),
            None => ("failed", now, Some(now)),
        };
        let (answered, trouble) = match told {
            Told::Answered(status) => (Some(i64::from(*status)), None),
            Told::Trouble(why) => (None, Some(why.as_str())),
        };
        self.database
            .write(|mut connection| async move {
                query(
                    "UPDATE webhook_deliveries SET status = $2, attempts = $3, next_at = $4,
                         ended_at = $5, answered = $6, trouble = $7, taken_until = NULL
                     WHERE id = $1 AND status = 'waiting' AND attempts < $3",
                )
                .bind(due.id.as_bytes().to_vec())
                .bind(status)
                .bind(int(attempts))
                .bind(int(next_at.unix()))
                .bind(ended_at.map(|at| int(at.unix())))
                .bind(answered)
                .bind(trouble)
                .execute(&mut connection)
                .await?;
                Ok((connection, ()))
            })
            .await
    }
}

impl Webhook {
    /// What it is told of an entry, if anything.
    fn hears<'a>(&self, entry: &'a AuditEntry) -> Option<&'a str> {
        if entry.action == Action::WebhookTested.name() {
            let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
            if detail["webhook"] == self.id.to_string() {
                return Some(PING);
            }
        }
        let hears = self.events.is_empty() || self.events.contains(&entry.action);
        hears.then_some(entry.action.as_str())
    }
}

async fn deliver(
    connection: &mut Connection,
    webhook: WebhookId,
    (event, position): (&str, u64),
    now: Timestamp,
) -> Result<(), WebhookFault> {
    let id: [u8; 10] = entropy::random()?;
    query(
        "INSERT INTO webhook_deliveries (id, webhook, position, event, status, attempts, created_at,
             next_at)
         VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $5)",
    )
    .bind(id.to_vec())
    .bind(webhook.as_bytes().to_vec())
    .bind(int(position))
    .bind(event)
    .bind(int(now.unix()))
    .execute(connection)
    .await?;
    Ok(())
}

/// What a webhook is told: the entry as the API shows it. The log holds no secret, and so does this.
fn body(entry: &AuditEntry, event: &str, position: u64) -> String {
    let mut data = Map::new();
    data.insert("position".to_owned(), position.into());
    data.insert("actor".to_owned(), entry.actor.as_str().into());
    let ids = [
        ("product", entry.product.as_ref().map(ToString::to_string)),
        ("entitlement_id", entry.entitlement.map(|id| id.to_string())),
        ("activation_id", entry.activation.map(|id| id.to_string())),
        ("device_id", entry.device.map(|id| id.to_string())),
        ("token_id", entry.token.map(|id| id.to_string())),
        ("license_id", entry.license.map(|id| id.to_string())),
        ("key_id", entry.key.map(|id| id.to_string())),
    ];
    for (name, id) in ids {
        data.insert(name.to_owned(), id.into());
    }
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    data.insert("detail".to_owned(), detail);
    json!({"type": event, "timestamp": entry.at.to_string(), "data": data}).to_string()
}
