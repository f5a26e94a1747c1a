//! What needs the vendor's attention: what ends soon, what is full, what was refused, which keys have
//! become old.

use keyferry_catalogue::Code;
use keyferry_token::{
    ActivationId, EntitlementId, KeyPurpose, KeyState, ProductCode, Seconds, Timestamp,
};

use crate::{
    Authority, DatabaseFault, Entitlement, KeyRecord,
    columns::{self, int},
    database::{Connection, Row, query},
    entitlement::select as select_entitlements,
};

/// How far ahead an end is told.
const AHEAD: Seconds = Seconds::days(30);
/// For how long a refusal is told.
const LATELY: Seconds = Seconds::days(7);
/// The age at which a key should be replaced.
const OLD: Seconds = Seconds::days(2 * 365);

/// What there is, and what of it needs attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// How many products there are.
    pub products: u64,
    /// How many entitlements are in force.
    pub entitlements: u64,
    /// How many seats those have.
    pub seats: u64,
    /// How many of them are held.
    pub seats_used: u64,
    /// How many licenses were made.
    pub licenses: u64,
    /// How many entitlements end within 30 days.
    pub ending: u64,
    /// The first of those, what ends next first.
    pub ending_next: Vec<Entitlement>,
    /// How many entitlements in force have no free seat.
    pub full: u64,
    /// The newest of those.
    pub full_newest: Vec<Entitlement>,
    /// How many messages of devices were refused within 7 days.
    pub refused: u64,
    /// The latest of those, the latest first.
    pub refused_latest: Vec<RefusedLately>,
    /// Keys that should be replaced.
    pub keys: Vec<(KeyRecord, KeyDue)>,
}

/// A device's message that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLately {
    /// When.
    pub at: Timestamp,
    /// Why, if this version knows the reason.
    pub code: Option<Code>,
    /// For which product.
    pub product: Option<ProductCode>,
    /// For which entitlement.
    pub entitlement: Option<EntitlementId>,
    /// For which activation.
    pub activation: Option<ActivationId>,
}

/// Why a key should be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDue {
    /// It has been in use for two years.
    Old,
    /// It is older than the key that signs, so that every answer has to bring the profiles along.
    BehindSigning,
}

impl Authority {
    /// What there is, with at most `most` examples of what needs attention.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn overview(&self, most: u32) -> Result<Overview, DatabaseFault> {
        let now = self.clock.now();
        let keys = keys_due(self.keys().await?, now);
        let mut transaction = self.database.read().await?;
        let counted = count(&mut transaction, now).await?;
        let number = |name| columns::number(&counted, name);
        Ok(Overview {
            products: number("products")?,
            entitlements: number("entitlements")?,
            seats: number("seats")?,
            seats_used: number("seats_used")?,
            licenses: number("licenses")?,
            ending: number("ending")?,
            ending_next: ending(&mut transaction, now, most).await?,
            full: number("full")?,
            full_newest: full(&mut transaction, now, most).await?,
            refused: number("refused")?,
            refused_latest: refused(&mut transaction, now, most).await?,
            keys,
        })
    }
}

async fn count(connection: &mut Connection, now: Timestamp) -> Result<Row, DatabaseFault> {
    query(
        "WITH in_force AS (
             SELECT e.ends_at, e.seats, (SELECT COUNT(*) FROM activations a
                 WHERE a.entitlement = e.id AND a.status IN ('active', 'leaving')
                     AND a.held_until > $1) AS used
             FROM entitlements e
             WHERE e.status = 'active' AND (e.ends_at IS NULL OR e.ends_at > $1)
         )
         SELECT (SELECT COUNT(*) FROM products) AS products,
             (SELECT COUNT(*) FROM in_force) AS entitlements,
             (SELECT CAST(COALESCE(SUM(seats), 0) AS BIGINT) FROM in_force) AS seats,
             (SELECT CAST(COALESCE(SUM(used), 0) AS BIGINT) FROM in_force) AS seats_used,
             (SELECT COUNT(*) FROM licenses) AS licenses,
             (SELECT COUNT(*) FROM in_force WHERE ends_at <= $2) AS ending,
             (SELECT COUNT(*) FROM in_force WHERE used >= seats) AS \"full\",
             (SELECT COUNT(*) FROM audit WHERE at > $3
                 AND action IN ('request_refused', 'deactivation_refused', 'time_refused')
             ) AS refused",
    )
    .bind(int(now.unix()))
    .bind(int(now.plus(AHEAD).unix()))
    .bind(int(now.minus(LATELY).unix()))
    .fetch_one(connection)
    .await
}

async fn ending(
    connection: &mut Connection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Entitlement>, DatabaseFault> {
    query(select_entitlements!(
        "WHERE e.status = 'active' AND e.ends_at > $1 AND e.ends_at <= $2
         ORDER BY e.ends_at, e.id LIMIT $3"
    ))
    .bind(int(now.unix()))
    .bind(int(now.plus(AHEAD).unix()))
    .bind(i64::from(most))
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| Entitlement::from_row(row, now))
    .collect()
}

async fn full(
    connection: &mut Connection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<Entitlement>, DatabaseFault> {
    query(select_entitlements!(
        "WHERE e.status = 'active' AND (e.ends_at IS NULL OR e.ends_at > $1)
             AND e.seats <= (SELECT COUNT(*) FROM activations h
                 WHERE h.entitlement = e.id AND h.status IN ('active', 'leaving')
                     AND h.held_until > $1)
         ORDER BY e.created_at DESC, e.id DESC LIMIT $2"
    ))
    .bind(int(now.unix()))
    .bind(i64::from(most))
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| Entitlement::from_row(row, now))
    .collect()
}

async fn refused(
    connection: &mut Connection,
    now: Timestamp,
    most: u32,
) -> Result<Vec<RefusedLately>, DatabaseFault> {
    query(
        "SELECT at, product, entitlement, activation, detail FROM audit WHERE at > $1
             AND action IN ('request_refused', 'deactivation_refused', 'time_refused')
         ORDER BY at DESC, id DESC LIMIT $2",
    )
    .bind(int(now.minus(LATELY).unix()))
    .bind(i64::from(most))
    .fetch_all(connection)
    .await?
    .iter()
    .map(RefusedLately::from_row)
    .collect()
}

impl RefusedLately {
    fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
        let detail: String = columns::get(row, "detail")?;
        let detail: serde_json::Value = serde_json::from_str(&detail).unwrap_or_default();
        let product: Option<String> = columns::get(row, "product")?;
        Ok(Self {
            at: columns::time(row, "at")?,
            code: detail["code"].as_str().and_then(Code::named),
            product: product.and_then(|code| ProductCode::new(&code).ok()),
            entitlement: columns::maybe_fixed(row, "entitlement")?.map(EntitlementId::new),
            activation: columns::maybe_fixed(row, "activation")?.map(ActivationId::new),
        })
    }
}

/// The keys in use that should be replaced (`docs/guides/keys.md`).
fn keys_due(keys: Vec<KeyRecord>, now: Timestamp) -> Vec<(KeyRecord, KeyDue)> {
    let in_use = |key: &KeyRecord| key.state == KeyState::Active && key.replaced_at.is_none();
    let signing = keys
        .iter()
        .filter(|key| key.purpose == KeyPurpose::Signing && in_use(key))
        .map(|key| key.since)
        .max();
    keys.into_iter()
        .filter(in_use)
        .filter_map(|key| {
            let behind = signing.is_some_and(|signing| key.since < signing);
            let due = if key.since.plus(OLD) <= now {
                KeyDue::Old
            } else if key.purpose == KeyPurpose::Exchange && behind {
                KeyDue::BehindSigning
            } else {
                return None;
            };
            Some((key, due))
        })
        .collect()
}
