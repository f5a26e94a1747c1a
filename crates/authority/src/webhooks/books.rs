//! The webhooks in the database: added, listed, given another secret, removed.

use keyferry_token::{Timestamp, WebhookId};

use super::{
    IssuedWebhook, MOST, OLD_SECRET, Webhook, WebhookAddress, WebhookFault, WebhookSecret,
};
use crate::{
    Authority, DatabaseFault, Origin,
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, Row, query},
    entropy,
};

impl Authority {
    /// Adds a webhook. It is told what happens from now on. Its secret is shown this once; stored is
    /// a sealed form.
    ///
    /// # Errors
    /// `webhook_event_unknown`, `webhook_too_many`; those of the database.
    pub async fn webhook_add(
        &self,
        address: &WebhookAddress,
        events: &[String],
        origin: &Origin,
    ) -> Result<IssuedWebhook, WebhookFault> {
        let unknown = |event: &&String| Action::from_name(event).is_none();
        if let Some(event) = events.iter().find(unknown) {
            let event = event.chars().take(60).collect();
            return Err(WebhookFault::Event { event });
        }
        // What was done before is not told.
        self.seal_audit().await?;
        let now = self.clock.now();
        let secret = WebhookSecret::make()?;
        let mut events = events.to_vec();
        events.sort();
        events.dedup();
        let webhook = &Webhook {
            id: WebhookId::new(entropy::random()?),
            address: address.clone(),
            events,
            created_at: now,
            created_by: origin.actor(),
            old_secret_until: None,
        };
        let sealed = &secret.sealed(&self.keyring().lookup.webhooks(), webhook.id)?;
        self.database
            .write(|mut connection| async move {
                origin.asks_anew(&mut connection).await?;
                let row = query("SELECT COUNT(*) AS there FROM webhooks WHERE removed_at IS NULL")
                    .fetch_one(&mut connection)
                    .await?;
                if columns::number(&row, "there")? >= MOST {
                    return Err(WebhookFault::TooMany);
                }
                insert(&mut connection, webhook, sealed).await?;
                entry(Action::WebhookAdded, webhook.id, origin, now)
                    .with("events", webhook.events.clone())
                    .write(&mut connection)
                    .await?;
                Ok((connection, ()))
            })
            .await?;
        Ok(IssuedWebhook {
            webhook: webhook.clone(),
            secret,
        })
    }

    /// The webhooks, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, WebhookFault> {
        let mut transaction = self.database.read().await?;
        query("SELECT * FROM webhooks WHERE removed_at IS NULL ORDER BY created_at DESC, id DESC")
            .fetch_all(&mut transaction)
            .await?
            .iter()
            .map(|row| Webhook::from_row(row, self.clock.now()))
            .collect()
    }

    /// One webhook.
    ///
    /// # Errors
    /// `webhook_unknown`; those of the database.
    pub async fn webhook(&self, id: WebhookId) -> Result<Webhook, WebhookFault> {
        let mut transaction = self.database.read().await?;
        find(&mut transaction, id, self.clock.now()).await
    }

    /// Gives a webhook another secret, which is shown this once. The old one signs beside it for a day.
    ///
    /// # Errors
    /// `webhook_unknown`; those of the database.
    pub async fn webhook_new_secret(
        &self,
        id: WebhookId,
        origin: &Origin,
    ) -> Result<IssuedWebhook, WebhookFault> {
        let now = self.clock.now();
        let secret = WebhookSecret::make()?;
        let sealed = &secret.sealed(&self.keyring().lookup.webhooks(), id)?;
        let webhook = self
            .database
            .write(|mut connection| async move {
                find(&mut connection, id, now).await?;
                query(
                    "UPDATE webhooks SET old_secret = secret, old_until = $3, secret = $2
                     WHERE id = $1",
                )
                .bind(id.as_bytes().to_vec())
                .bind(sealed.as_slice())
                .bind(int(now.plus(OLD_SECRET).unix()))
                .execute(&mut connection)
                .await?;
                entry(Action::WebhookChanged, id, origin, now)
                    .with("secret", true)
                    .write(&mut connection)
                    .await?;
                let webhook = find(&mut connection, id, now).await?;
                Ok::<_, WebhookFault>((connection, webhook))
            })
            .await?;
        Ok(IssuedWebhook { webhook, secret })
    }

    /// Removes a webhook: it is told nothing more. What it was told stays in the list of deliveries
    /// until that is cleared.
    ///
    /// # Errors
    /// `webhook_unknown`; those of the database.
    pub async fn webhook_remove(&self, id: WebhookId, origin: &Origin) -> Result<(), WebhookFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                find(&mut connection, id, now).await?;
                remove(&mut connection, id, now).await?;
                entry(Action::WebhookRemoved, id, origin, now)
                    .write(&mut connection)
                    .await?;
                Ok((connection, ()))
            })
            .await
    }
}

/// Tells it nothing more; what waits is given up.
pub(crate) async fn remove(
    connection: &mut Connection,
    id: WebhookId,
    at: Timestamp,
) -> Result<(), DatabaseFault> {
    query("UPDATE webhooks SET removed_at = COALESCE(removed_at, $2) WHERE id = $1")
        .bind(id.as_bytes().to_vec())
        .bind(int(at.unix()))
        .execute(&mut *connection)
        .await?;
    query(
        "UPDATE webhook_deliveries SET status = 'failed', ended_at = $2
         WHERE webhook = $1 AND status = 'waiting'",
    )
    .bind(id.as_bytes().to_vec())
    .bind(int(at.unix()))
    .execute(connection)
    .await?;
    Ok(())
}

/// The address stays out of the log: it may have a secret in its path.
pub(super) fn entry(
    action: Action,
    webhook: WebhookId,
    origin: &Origin,
    now: Timestamp,
) -> NewEntry {
    NewEntry::new(now, origin, action).with("webhook", webhook.to_string())
}

impl Webhook {
    pub(super) fn from_row(row: &Row, now: Timestamp) -> Result<Self, WebhookFault> {
        let corrupt = |what| DatabaseFault::Corrupt { what };
        let address: String = columns::get(row, "url")?;
        let events: String = columns::get(row, "events")?;
        let old = columns::maybe_time(row, "old_until")?;
        Ok(Self {
            id: columns::fixed(row, "id").map(WebhookId::new)?,
            address: WebhookAddress::new(&address).map_err(|_| corrupt("url"))?,
            events: serde_json::from_str(&events).map_err(|_| corrupt("events"))?,
            created_at: columns::time(row, "created_at")?,
            created_by: columns::get(row, "created_by")?,
            old_secret_until: old.filter(|end| *end > now),
        })
    }
}

pub(super) async fn find(
    connection: &mut Connection,
    id: WebhookId,
    now: Timestamp,
) -> Result<Webhook, WebhookFault> {
    let row = query("SELECT * FROM webhooks WHERE id = $1 AND removed_at IS NULL")
        .bind(id.as_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    Webhook::from_row(&row.ok_or(WebhookFault::Unknown)?, now)
}

async fn insert(
    connection: &mut Connection,
    webhook: &Webhook,
    sealed: &[u8],
) -> Result<(), DatabaseFault> {
    query(
        "INSERT INTO webhooks (id, url, events, secret, position, created_at, created_by)
         VALUES ($1, $2, $3, $4, (SELECT COALESCE(MAX(position), 0) FROM audit), $5, $6)",
    )
    .bind(webhook.id.as_bytes().to_vec())
    .bind(webhook.address.as_str())
    .bind(serde_json::Value::from(webhook.events.clone()).to_string())
    .bind(sealed)
    .bind(int(webhook.created_at.unix()))
    .bind(webhook.created_by.as_str())
    .execute(connection)
    .await?;
    Ok(())
}
