//! Seats in the database: the facts that the rules decide on.

use keyferry_license::{
    Answered, CAP_WINDOW, DeviceHistory, Ended, HeldSeat, LatestToken, compare,
};
use keyferry_token::{
    ActivationId, Deactivation, DeviceId, EntitlementId, ExchangePublicKey, Fingerprint, Label,
    ProductCode, RequestNumber, Sequence, Timestamp, TokenId, Verified,
};

use crate::{
    ActivationStatus, DatabaseFault,
    columns::{self, int},
    contact::Known,
    database::{Connection, Row, query},
};

/// Activations as [`held_seat`] reads them; `$1` is when the year began in which is counted.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.*, e.product, (
                 SELECT COUNT(*) FROM activations p
                 WHERE p.entitlement = a.entitlement AND p.seat = a.seat
                     AND p.superseded_why = 'rebound' AND p.superseded_at > $1
             ) AS rebinds, (
                 SELECT COUNT(*) FROM activations p
                 WHERE p.entitlement = a.entitlement AND p.seat = a.seat
                     AND p.moved AND p.ended_at > $1
             ) AS moves, (
                 SELECT COUNT(*) FROM blocked_devices b
                 WHERE b.entitlement = a.entitlement AND b.device = a.device
             ) AS blocked FROM activations a JOIN entitlements e ON e.id = a.entitlement ",
            $rest
        )
    };
}

fn year_before(now: Timestamp) -> i64 {
    int(now.minus(CAP_WINDOW).unix())
}

/// All activations that hold a seat of an entitlement, with the numbers of their seats, for a device
/// that asks for one.
///
/// Of an activation that a backup did not know, the log tells the device and until when it runs, and no more.
/// To others its seat is taken until then. To the device itself it is one that it is leaving: it gets it
/// back whatever it looks like, and no cap counts what the vendor's misfortune made necessary (rule A14).
pub(crate) async fn held(
    connection: &mut Connection,
    entitlement: EntitlementId,
    asking: (DeviceId, &Fingerprint),
    now: Timestamp,
) -> Result<Vec<(u32, HeldSeat)>, DatabaseFault> {
    let mut held = held_by_anyone(connection, entitlement, now).await?;
    let (device, fingerprint) = asking;
    for (_, seat) in &mut held {
        if seat.device == device && seat.enrolled.is_empty() {
            seat.enrolled = fingerprint.clone();
            seat.leaving = true;
        }
    }
    Ok(held)
}

async fn held_by_anyone(
    connection: &mut Connection,
    entitlement: EntitlementId,
    now: Timestamp,
) -> Result<Vec<(u32, HeldSeat)>, DatabaseFault> {
    query(select!(
        "WHERE a.entitlement = $2 AND a.status IN ('active', 'leaving')"
    ))
    .bind(year_before(now))
    .bind(entitlement.as_bytes().to_vec())
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| Ok((columns::small(row, "seat")?, held_seat(row)?)))
    .collect()
}

/// One activation, whether or not it still holds its seat, with what an answer to it needs.
#[derive(Clone, Debug)]
pub(crate) struct Holding {
    pub(crate) entitlement: EntitlementId,
    pub(crate) seat: HeldSeat,
    pub(crate) product: ProductCode,
    pub(crate) status: ActivationStatus,
    blocked: bool,
    /// What to seal to its device; not known where a backup did not know the device.
    pub(crate) exchange_key: Option<ExchangePublicKey>,
    pub(crate) label: Label,
}

impl Holding {
    pub(crate) async fn find(
        connection: &mut Connection,
        id: ActivationId,
        now: Timestamp,
    ) -> Result<Option<Self>, DatabaseFault> {
        query(select!("WHERE a.id = $2"))
            .bind(year_before(now))
            .bind(id.as_bytes().to_vec())
            .fetch_optional(connection)
            .await?
            .map(|row| {
                let key: Vec<u8> = columns::get(&row, "exchange_key")?;
                Ok(Self {
                    entitlement: columns::fixed(&row, "entitlement").map(EntitlementId::new)?,
                    seat: held_seat(&row)?,
                    product: columns::product(&row, "product")?,
                    status: status(&row)?,
                    blocked: columns::small(&row, "blocked")? > 0,
                    exchange_key: exchange_key(&key)?,
                    label: columns::bounded(&row, "label")?,
                })
            })
            .transpose()
    }

    /// Why it holds no seat any more, if so.
    pub(crate) fn ended(&self) -> Option<Ended> {
        self.status.ended()
    }

    /// Why its device gets nothing more by it, if so. A device that is blocked may still hold its seat: a
    /// restoration blocks it on the word of an entry that nothing proves, and frees no seat on that word.
    pub(crate) fn shut_out(&self) -> Option<Ended> {
        self.ended().or(self.blocked.then_some(Ended::Released))
    }

    /// Whose it is.
    pub(crate) fn known(&self) -> Known {
        Known {
            activation: self.seat.activation,
            entitlement: self.entitlement,
        }
    }
}

fn exchange_key(key: &[u8]) -> Result<Option<ExchangePublicKey>, DatabaseFault> {
    if key.is_empty() {
        return Ok(None);
    }
    let read = ExchangePublicKey::from_sec1(key);
    read.map(Some).map_err(|_| DatabaseFault::Corrupt {
        what: "exchange_key",
    })
}

fn status(row: &Row) -> Result<ActivationStatus, DatabaseFault> {
    columns::one_of(row, "status", ActivationStatus::ALL, ActivationStatus::name)
}

fn held_seat(row: &Row) -> Result<HeldSeat, DatabaseFault> {
    Ok(HeldSeat {
        activation: columns::fixed(row, "id").map(ActivationId::new)?,
        device: columns::fixed(row, "device").map(DeviceId::new)?,
        activated_at: columns::time(row, "activated_at")?,
        sequence: columns::number(row, "sequence").map(Sequence)?,
        held_until: columns::time(row, "held_until")?,
        enrolled: columns::fingerprint(row, "enrolled")?,
        tolerance: tolerance(row)?,
        rebinds: columns::small(row, "rebinds")?,
        moves: columns::small(row, "moves")?,
        leaving: status(row)? == ActivationStatus::Leaving,
    })
}

/// The latest token of a device key for a product that was answered or applied.
pub(crate) async fn latest_token(
    connection: &mut Connection,
    device: DeviceId,
    product: &ProductCode,
) -> Result<Option<LatestToken>, DatabaseFault> {
    query(
        "SELECT token, number FROM device_tokens WHERE device = $1 AND product = $2 AND counts
         ORDER BY number DESC LIMIT 1",
    )
    .bind(device.as_bytes().to_vec())
    .bind(product.as_str())
    .fetch_optional(connection)
    .await?
    .map(|row| {
        Ok(LatestToken {
            number: columns::number(&row, "number").map(RequestNumber)?,
            token: columns::fixed(&row, "token").map(TokenId::new)?,
        })
    })
    .transpose()
}

/// The highest number among the tokens about the activation of a deactivation, by the device that
/// signed it, that were answered or applied.
pub(crate) async fn latest_about(
    connection: &mut Connection,
    token: &Verified<Deactivation>,
) -> Result<Option<RequestNumber>, DatabaseFault> {
    query(
        "SELECT number FROM device_tokens
         WHERE device = $1 AND product = $2 AND activation = $3 AND counts
         ORDER BY number DESC LIMIT 1",
    )
    .bind(token.signing_key.device_id().as_bytes().to_vec())
    .bind(token.product.as_str())
    .bind(token.activation.as_bytes().to_vec())
    .fetch_optional(connection)
    .await?
    .map(|row| columns::number(&row, "number").map(RequestNumber))
    .transpose()
}

/// The token of the same device key, product and number that was answered or applied, be it this
/// one: there is at most one.
pub(crate) async fn same_number(
    connection: &mut Connection,
    token: &Verified<Deactivation>,
) -> Result<Option<TokenId>, DatabaseFault> {
    query(
        "SELECT token FROM device_tokens
         WHERE device = $1 AND product = $2 AND number = $3 AND counts",
    )
    .bind(token.signing_key.device_id().as_bytes().to_vec())
    .bind(token.product.as_str())
    .bind(int(token.number.0))
    .fetch_optional(connection)
    .await?
    .map(|row| columns::fixed(&row, "token").map(TokenId::new))
    .transpose()
}

/// What is known about a device that asks for a seat of an entitlement.
pub(crate) async fn history(
    connection: &mut Connection,
    device: DeviceId,
    product: &ProductCode,
    request: TokenId,
    entitlement: EntitlementId,
) -> Result<DeviceHistory, DatabaseFault> {
    let answered = query(
        "SELECT a.id, a.status FROM grants g JOIN activations a ON a.id = g.activation
         WHERE g.request = $1",
    )
    .bind(request.as_bytes().to_vec())
    .fetch_optional(&mut *connection)
    .await?
    .map(|row| {
        Ok::<_, DatabaseFault>(Answered {
            activation: columns::fixed(&row, "id").map(ActivationId::new)?,
            ended: status(&row)?.ended(),
        })
    })
    .transpose()?;
    let blocked = query("SELECT 1 FROM blocked_devices WHERE entitlement = $1 AND device = $2")
        .bind(entitlement.as_bytes().to_vec())
        .bind(device.as_bytes().to_vec())
        .fetch_optional(&mut *connection)
        .await?
        .is_some();
    Ok(DeviceHistory {
        latest: latest_token(connection, device, product).await?,
        answered,
        blocked,
    })
}

/// Whether a device had a seat of another trial of a product: by its key, or by what it looks like, so that
/// a store that starts anew is no new computer.
pub(crate) async fn had_trial(
    connection: &mut Connection,
    (device, fingerprint): (DeviceId, &Fingerprint),
    product: &ProductCode,
    entitlement: EntitlementId,
) -> Result<bool, DatabaseFault> {
    let rows = query(
        "SELECT a.device, a.enrolled, a.tolerance
         FROM activations a JOIN entitlements e ON e.id = a.entitlement
         WHERE e.product = $1 AND e.trial AND e.id <> $2",
    )
    .bind(product.as_str())
    .bind(entitlement.as_bytes().to_vec())
    .fetch_all(connection)
    .await?;
    for row in &rows {
        let enrolled = columns::fingerprint(row, "enrolled")?;
        if columns::fixed(row, "device").map(DeviceId::new)? == device
            || compare(&enrolled, fingerprint, tolerance(row)?).within
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn tolerance(row: &Row) -> Result<u8, DatabaseFault> {
    u8::try_from(columns::small(row, "tolerance")?)
        .map_err(|_| DatabaseFault::Corrupt { what: "tolerance" })
}

/// How many seats of an entitlement were released without their devices within the year (rule A9).
pub(crate) async fn releases(
    connection: &mut Connection,
    entitlement: EntitlementId,
    now: Timestamp,
) -> Result<u32, DatabaseFault> {
    let row = query(
        "SELECT COUNT(*) AS releases FROM activations
         WHERE entitlement = $1 AND ended_why = 'lost' AND ended_at > $2",
    )
    .bind(entitlement.as_bytes().to_vec())
    .bind(year_before(now))
    .fetch_one(connection)
    .await?;
    columns::small(&row, "releases")
}
