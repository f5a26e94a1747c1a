//! The log of deliveries: what a webhook was told, and what became of it.

use keyferry_token::{Timestamp, WebhookId, WebhookMessageId};

use super::{WebhookFault, books};
use crate::{
    Authority, DatabaseFault, Page, Paged,
    columns::{self, int},
    database::{Connection, Row, query},
};

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    /// It is to be tried.
    Waiting,
    /// It arrived.
    Delivered,
    /// It is tried no more.
    Failed,
}

impl DeliveryStatus {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The message's id, the same with each attempt.
    pub id: WebhookMessageId,
    /// The action that it tells.
    pub event: String,
    /// The entry's position in the audit log.
    pub position: u64,
    /// What became of it.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u64,
    /// When it came up.
    pub created_at: Timestamp,
    /// When it is tried next, while it waits.
    pub next_at: Option<Timestamp>,
    /// When it arrived, or was given up.
    pub ended_at: Option<Timestamp>,
    /// The status that the last attempt was answered.
    pub answered: Option<u64>,
    /// What else was the matter with the last attempt.
    pub trouble: Option<String>,
}

impl Authority {
    /// The deliveries of a webhook, the newest first.
    ///
    /// # Errors
    /// `webhook_unknown`; those of the database.
    pub async fn webhook_deliveries(
        &self,
        webhook: WebhookId,
        page: Page<u64>,
    ) -> Result<Paged<Delivery, u64>, WebhookFault> {
        let mut transaction = self.database.read().await?;
        books::find(&mut transaction, webhook, self.clock.now()).await?;
        let items = query(
            "SELECT * FROM webhook_deliveries
             WHERE webhook = $1 AND ($2 IS NULL OR position < $2)
             ORDER BY position DESC LIMIT $3",
        )
        .bind(webhook.as_bytes().to_vec())
        .bind(page.after.map(int))
        .bind(i64::from(page.limit) + 1)
        .fetch_all(&mut transaction)
        .await?
        .iter()
        .map(Delivery::from_row)
        .collect::<Result<_, _>>()?;
        Ok(page.cut(items, |delivery: &Delivery| delivery.position))
    }
}

impl Delivery {
    pub(super) fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
        let states = [
            DeliveryStatus::Waiting,
            DeliveryStatus::Delivered,
            DeliveryStatus::Failed,
        ];
        let status = columns::one_of(row, "status", states, DeliveryStatus::name)?;
        let next_at = columns::time(row, "next_at")?;
        Ok(Self {
            id: columns::fixed(row, "id").map(WebhookMessageId::new)?,
            event: columns::get(row, "event")?,
            position: columns::number(row, "position")?,
            status,
            attempts: columns::number(row, "attempts")?,
            created_at: columns::time(row, "created_at")?,
            next_at: (status == DeliveryStatus::Waiting).then_some(next_at),
            ended_at: columns::maybe_time(row, "ended_at")?,
            answered: columns::get::<Option<i64>>(row, "answered")?
                .and_then(|status| u64::try_from(status).ok()),
            trouble: columns::get(row, "trouble")?,
        })
    }
}

pub(super) async fn find(
    connection: &mut Connection,
    webhook: WebhookId,
    message: WebhookMessageId,
) -> Result<Row, WebhookFault> {
    let row = query("SELECT * FROM webhook_deliveries WHERE webhook = $1 AND id = $2")
        .bind(webhook.as_bytes().to_vec())
        .bind(message.as_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    row.ok_or(WebhookFault::DeliveryUnknown)
}
