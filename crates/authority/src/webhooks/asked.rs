//! What somebody asks for: a test message, and a delivery sent again. Both travel as all others do: in turn,
//! signed, with what came of them in the list.

use keyferry_token::{Seconds, Timestamp, WebhookId, WebhookMessageId};

use super::{Delivery, PING, WebhookFault, books, delivery};
use crate::{
    Authority,
    audit::Action,
    columns::{self, int},
    database::{Connection, query},
};

/// How long the same is not asked for twice.
const PAUSE: Seconds = Seconds::new(60);
/// The most that is asked for within that time, of all webhooks together: whoever may ask cannot flood somebody
/// from here.
const MOST_ASKED: u64 = 20;

impl Authority {
    /// Tells a webhook a test message, whatever it hears otherwise.
    ///
    /// # Errors
    /// `webhook_unknown`, `webhook_too_often`; those of the database.
    pub async fn webhook_test(
        &self,
        id: WebhookId,
        origin: &crate::Origin,
    ) -> Result<Delivery, WebhookFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                books::find(&mut connection, id, now).await?;
                let row = query("SELECT tested_at FROM webhooks WHERE id = $1")
                    .bind(id.as_bytes().to_vec())
                    .fetch_one(&mut connection)
                    .await?;
                wait(columns::maybe_time(&row, "tested_at")?, now)?;
                not_too_much(&mut connection, now).await?;
                query("UPDATE webhooks SET tested_at = $2 WHERE id = $1")
                    .bind(id.as_bytes().to_vec())
                    .bind(int(now.unix()))
                    .execute(&mut connection)
                    .await?;
                books::entry(Action::WebhookTested, id, origin, now)
                    .write(&mut connection)
                    .await?;
                Ok::<_, WebhookFault>((connection, ()))
            })
            .await?;
        // The entry is what it is told, by way of the log like everything else.
        self.webhooks_spread().await?;
        let mut transaction = self.database.read().await?;
        let row = query(
            "SELECT * FROM webhook_deliveries WHERE webhook = $1 AND event = $2
             ORDER BY position DESC LIMIT 1",
        )
        .bind(id.as_bytes().to_vec())
        .bind(PING)
        .fetch_optional(&mut transaction)
        .await?;
        Ok(Delivery::from_row(&row.ok_or(WebhookFault::Unknown)?)?)
    }

    /// Has a delivery tried again, at once; where that fails, the pauses go on where they stood. The message is
    /// the same, with its id.
    ///
    /// # Errors
    /// `webhook_unknown`, `webhook_delivery_unknown`; `webhook_too_often`, also while it is being
    /// sent; those of the database.
    pub async fn webhook_send_again(
        &self,
        id: WebhookId,
        message: WebhookMessageId,
        origin: &crate::Origin,
    ) -> Result<Delivery, WebhookFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                books::find(&mut connection, id, now).await?;
                let row = delivery::find(&mut connection, id, message).await?;
                wait(columns::maybe_time(&row, "asked_at")?, now)?;
                let taken = columns::maybe_time(&row, "taken_until")?;
                if let Some(seconds) = taken.and_then(|until| left(until, now)) {
                    return Err(WebhookFault::TooOften { seconds });
                }
                not_too_much(&mut connection, now).await?;
                query(
                    "UPDATE webhook_deliveries SET status = 'waiting', next_at = $2, asked_at = $2,
                         ended_at = NULL
                     WHERE id = $1",
                )
                .bind(message.as_bytes().to_vec())
                .bind(int(now.unix()))
                .execute(&mut connection)
                .await?;
                books::entry(Action::WebhookSentAgain, id, origin, now)
                    .with("message", message.to_string())
                    .write(&mut connection)
                    .await?;
                let row = delivery::find(&mut connection, id, message).await?;
                Ok((connection, Delivery::from_row(&row)?))
            })
            .await
    }
}

/// How many seconds there are until a time, if it is to come.
fn left(until: Timestamp, now: Timestamp) -> Option<u64> {
    let left = until.since(now).get();
    (left > 0).then_some(left)
}

fn wait(asked: Option<Timestamp>, now: Timestamp) -> Result<(), WebhookFault> {
    match asked.and_then(|asked| left(asked.plus(PAUSE), now)) {
        Some(seconds) => Err(WebhookFault::TooOften { seconds }),
        None => Ok(()),
    }
}

async fn not_too_much(connection: &mut Connection, now: Timestamp) -> Result<(), WebhookFault> {
    let row = query(
        "SELECT (SELECT COUNT(*) FROM webhook_deliveries WHERE asked_at > $1)
             + (SELECT COUNT(*) FROM webhooks WHERE tested_at > $1) AS asked",
    )
    .bind(int(now.minus(PAUSE).unix()))
    .fetch_one(connection)
    .await?;
    if columns::number(&row, "asked")? < MOST_ASKED {
        Ok(())
    } else {
        let seconds = PAUSE.get();
        Err(WebhookFault::TooOften { seconds })
    }
}
