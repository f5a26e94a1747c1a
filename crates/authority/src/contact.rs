//! What the authority keeps of the tokens of devices it knows: their numbers, which show copies and
//! restored states, and the emergency runs that they tell of.

use keyferry_token::{
    ActivationId, DeviceId, EntitlementId, FromDevice, ProductCode, RequestNumber, Timestamp,
    TokenId, TokenKind, Verified,
};
use serde_json::Value;

use crate::{
    DatabaseFault, Origin,
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, Row, query},
};

/// How many tokens that decide nothing are kept of a device for a product.
const KEPT: i64 = 100;

/// A verified token, at the time when it was brought.
pub(crate) struct Contact<'a> {
    token: TokenId,
    kind: &'static str,
    device: DeviceId,
    product: &'a ProductCode,
    number: RequestNumber,
    holds: Option<ActivationId>,
    made_at: Timestamp,
    runs: &'a [Timestamp],
    origin: &'a Origin,
    at: Timestamp,
}

/// Whose token it is in the authority's books.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) activation: ActivationId,
    pub(crate) entitlement: EntitlementId,
}

/// Whether later tokens are judged by this one (rules A4, A7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// It was answered or applied: a lower number comes too late from now on.
    Counts,
    /// It was seen.
    Seen,
}

/// What is odd about a token: what to enter, and the token beside which it is.
struct Odd {
    action: Action,
    beside: TokenId,
    number: u64,
}

impl Odd {
    fn beside(row: &Row, own: RequestNumber) -> Result<Self, DatabaseFault> {
        let number = columns::number(row, "number")?;
        Ok(Self {
            action: if number == own.0 {
                Action::DeviceForked
            } else {
                Action::DeviceStateRestored
            },
            beside: columns::fixed(row, "token").map(TokenId::new)?,
            number,
        })
    }
}

impl<'a> Contact<'a> {
    pub(crate) fn of<T: FromDevice>(
        token: &'a Verified<T>,
        runs: &'a [Timestamp],
        origin: &'a Origin,
        at: Timestamp,
    ) -> Self {
        Self {
            token: token.id(),
            kind: T::KIND.name(),
            device: token.signing_key().device_id(),
            product: token.product(),
            number: token.number(),
            holds: None,
            made_at: token.issued_at(),
            runs,
            origin,
            at,
        }
    }

    /// The same contact of a device that says that it holds this activation.
    pub(crate) fn holding(self, activation: Option<ActivationId>) -> Self {
        Self {
            holds: activation,
            ..self
        }
    }

    /// Keeps the token and what it tells. What is odd about its number is written to the audit log,
    /// and nothing follows from it here: the rules decide what counts.
    pub(crate) async fn record(
        &self,
        connection: &mut Connection,
        known: Known,
        weight: Weight,
    ) -> Result<(), DatabaseFault> {
        let counts = weight == Weight::Counts;
        let seen = query("SELECT counts FROM device_tokens WHERE token = $1")
            .bind(self.token.as_bytes().to_vec())
            .fetch_optional(&mut *connection)
            .await?;
        if let Some(row) = seen {
            if counts && !columns::get::<bool>(&row, "counts")? {
                // A request that was refused first is about another activation than it is now.
                query("UPDATE device_tokens SET counts = TRUE, activation = $2 WHERE token = $1")
                    .bind(self.token.as_bytes().to_vec())
                    .bind(known.activation.as_bytes().to_vec())
                    .execute(&mut *connection)
                    .await?;
            }
        } else {
            self.flag(connection, known).await?;
            self.keep(connection, known, counts).await?;
        }
        self.tell_runs(connection, known).await
    }

    async fn flag(&self, connection: &mut Connection, known: Known) -> Result<(), DatabaseFault> {
        let odd = match self.out_of_order(connection).await? {
            None => self.after_giving_back(connection).await?,
            out_of_order => out_of_order,
        };
        let Some(odd) = odd else {
            return Ok(());
        };
        self.entry(odd.action, known)
            .with("kind", self.kind)
            .with("number", self.number.0)
            .with("known", odd.beside.to_string())
            .with("known_number", odd.number)
            .write(connection)
            .await
    }

    /// Two tokens of one number were made by two copies of one device. A number below one that is
    /// known may simply come late; one that was made after it comes from a state that was put back.
    async fn out_of_order(
        &self,
        connection: &mut Connection,
    ) -> Result<Option<Odd>, DatabaseFault> {
        let row = query(
            "SELECT token, number FROM device_tokens
             WHERE device = $1 AND product = $2
                 AND (number = $3 OR (number > $3 AND made_at < $4))
             ORDER BY number LIMIT 1",
        )
        .bind(self.device.as_bytes().to_vec())
        .bind(self.product.as_str())
        .bind(int(self.number.0))
        .bind(int(self.made_at.unix()))
        .fetch_optional(&mut *connection)
        .await?;
        row.map(|row| Odd::beside(&row, self.number)).transpose()
    }

    /// Giving an activation back is final on the device (rule C4): whoever holds it all the same, with
    /// a number above that of its deactivation, does so in a state from before.
    async fn after_giving_back(
        &self,
        connection: &mut Connection,
    ) -> Result<Option<Odd>, DatabaseFault> {
        let Some(activation) = self.holds else {
            return Ok(None);
        };
        let row = query(
            "SELECT token, number FROM device_tokens
             WHERE device = $1 AND product = $2 AND activation = $3
                 AND kind = $4 AND counts AND number < $5
             ORDER BY number LIMIT 1",
        )
        .bind(self.device.as_bytes().to_vec())
        .bind(self.product.as_str())
        .bind(activation.as_bytes().to_vec())
        .bind(TokenKind::Deactivation.name())
        .bind(int(self.number.0))
        .fetch_optional(&mut *connection)
        .await?;
        row.map(|row| Odd::beside(&row, self.number)).transpose()
    }

    async fn keep(
        &self,
        connection: &mut Connection,
        known: Known,
        counts: bool,
    ) -> Result<(), DatabaseFault> {
        query(
            "INSERT INTO device_tokens (token, device, product, number, kind, activation, made_at,
                 received_at, counts)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(self.token.as_bytes().to_vec())
        .bind(self.device.as_bytes().to_vec())
        .bind(self.product.as_str())
        .bind(int(self.number.0))
        .bind(self.kind)
        .bind(known.activation.as_bytes().to_vec())
        .bind(int(self.made_at.unix()))
        .bind(int(self.at.unix()))
        .bind(counts)
        .execute(&mut *connection)
        .await?;
        query(
            "DELETE FROM device_tokens WHERE device = $1 AND product = $2 AND NOT counts
                 AND number < (SELECT number FROM device_tokens
                     WHERE device = $1 AND product = $2 AND NOT counts
                     ORDER BY number DESC LIMIT 1 OFFSET $3)",
        )
        .bind(self.device.as_bytes().to_vec())
        .bind(self.product.as_str())
        .bind(KEPT)
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn tell_runs(
        &self,
        connection: &mut Connection,
        known: Known,
    ) -> Result<(), DatabaseFault> {
        let mut told = Vec::new();
        for run in self.runs {
            let new = query(
                "INSERT INTO emergency_runs (activation, started_at, token, told_at)
                 VALUES ($1, $2, $3, $4) ON CONFLICT (activation, started_at) DO NOTHING",
            )
            .bind(known.activation.as_bytes().to_vec())
            .bind(int(run.unix()))
            .bind(self.token.as_bytes().to_vec())
            .bind(int(self.at.unix()))
            .execute(&mut *connection)
            .await?;
            if new.rows_affected() > 0 {
                told.push(Value::from(run.unix()));
            }
        }
        if told.is_empty() {
            return Ok(());
        }
        self.entry(Action::EmergencyTold, known)
            .with("started_at", told)
            .write(connection)
            .await
    }

    fn entry(&self, action: Action, known: Known) -> NewEntry {
        NewEntry::new(self.at, self.origin, action)
            .product(self.product)
            .entitlement(Some(known.entitlement))
            .activation(known.activation)
            .device(self.device)
            .token(self.token)
    }
}

/// The activation of a device for a product that counts most: the one that holds a seat, else the
/// latest.
pub(crate) async fn known_device(
    connection: &mut Connection,
    device: DeviceId,
    product: &ProductCode,
) -> Result<Option<Known>, DatabaseFault> {
    query(
        "SELECT a.id, a.entitlement FROM activations a JOIN entitlements e ON e.id = a.entitlement
         WHERE a.device = $1 AND e.product = $2
         ORDER BY a.status = 'active' DESC, a.activated_at DESC, a.id LIMIT 1",
    )
    .bind(device.as_bytes().to_vec())
    .bind(product.as_str())
    .fetch_optional(connection)
    .await?
    .map(|row| {
        Ok(Known {
            activation: columns::fixed(&row, "id").map(ActivationId::new)?,
            entitlement: columns::fixed(&row, "entitlement").map(EntitlementId::new)?,
        })
    })
    .transpose()
}
