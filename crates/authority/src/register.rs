//! The activations in the database, as the vendor sees them.

use keyferry_license::CAP_WINDOW;
use keyferry_token::{
    ActivationId, DeviceId, EntitlementId, ProductCode, RequestNumber, Sequence, Timestamp, TokenId,
};

use crate::{
    Activation, ActivationFault, ActivationFilter, ActivationRecord, ActivationStatus, Authority,
    DatabaseFault, DeviceToken, EndReason, GrantRecord, Page, Paged,
    columns::{self, int},
    database::{Connection, Row, query},
};

/// Activations as [`Activation::from_row`] reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.*, e.product, EXISTS (SELECT 1 FROM blocked_devices b
                 WHERE b.entitlement = a.entitlement AND b.device = a.device) AS blocked,
                 (SELECT COUNT(*) FROM emergency_runs r WHERE r.activation = a.id) AS runs
             FROM activations a JOIN entitlements e ON e.id = a.entitlement ",
            $rest
        )
    };
}
pub(crate) use select;

impl Authority {
    /// The activations, in the order in which they began.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn activations(
        &self,
        filter: &ActivationFilter,
        page: Page<ActivationId>,
    ) -> Result<Paged<Activation, ActivationId>, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        let rows = query(select!(
            "WHERE ($1 IS NULL OR a.entitlement = $1)
                 AND ($5 IS NULL OR e.product = $5)
                 AND (a.status IN ('active', 'leaving') OR NOT $2)
                 AND ($3 IS NULL OR (a.activated_at, a.id) >
                     (SELECT activated_at, id FROM activations WHERE id = $3))
             ORDER BY a.activated_at, a.id LIMIT $4"
        ))
        .bind(filter.entitlement.map(|id| id.as_bytes().to_vec()))
        .bind(filter.active)
        .bind(page.after.map(|id| id.as_bytes().to_vec()))
        .bind(i64::from(page.limit) + 1)
        .bind(filter.product.as_ref().map(ProductCode::as_str))
        .fetch_all(&mut transaction)
        .await?;
        let items = read_all(&mut transaction, &rows).await?;
        Ok(page.cut(items, |activation: &Activation| activation.id))
    }

    /// One activation, with those that it replaced.
    ///
    /// # Errors
    /// `activation_unknown`; those of the database.
    pub async fn activation(&self, id: ActivationId) -> Result<ActivationRecord, ActivationFault> {
        let mut transaction = self.database.read().await?;
        self.activation_record(&mut transaction, id)
            .await?
            .ok_or(ActivationFault::Unknown)
    }

    /// The same within a transaction.
    pub(crate) async fn activation_record(
        &self,
        connection: &mut Connection,
        id: ActivationId,
    ) -> Result<Option<ActivationRecord>, DatabaseFault> {
        let Some(activation) = find(connection, id).await? else {
            return Ok(None);
        };
        let before = query(select!(
            "JOIN (
                 WITH RECURSIVE replaced (id, step) AS (
                     SELECT id, 1 FROM activations WHERE superseded_by = $1
                     UNION ALL
                     SELECT p.id, r.step + 1 FROM activations p JOIN replaced r
                         ON p.superseded_by = r.id
                 )
                 SELECT id, step FROM replaced
             ) r ON r.id = a.id ORDER BY r.step LIMIT 1000"
        ))
        .bind(id.as_bytes().to_vec())
        .fetch_all(&mut *connection)
        .await?;
        let since = int(self.clock.now().minus(CAP_WINDOW).unix());
        let uses = query(
            "SELECT (SELECT COUNT(*) FROM activations WHERE entitlement = $1 AND seat = $2
                     AND superseded_why = 'rebound' AND superseded_at > $3) AS rebinds,
                 (SELECT COUNT(*) FROM activations WHERE entitlement = $1 AND seat = $2
                     AND moved AND ended_at > $3) AS moves",
        )
        .bind(activation.entitlement.as_bytes().to_vec())
        .bind(i64::from(activation.seat))
        .bind(since)
        .fetch_one(&mut *connection)
        .await?;
        Ok(Some(ActivationRecord {
            history: read_all(connection, &before).await?,
            grants: grants(connection, id).await?,
            tokens: tokens(connection, &activation).await?,
            rebinds: columns::small(&uses, "rebinds")?,
            moves: columns::small(&uses, "moves")?,
            activation,
        }))
    }
}

/// One activation.
pub(crate) async fn find(
    connection: &mut Connection,
    id: ActivationId,
) -> Result<Option<Activation>, DatabaseFault> {
    let rows = query(select!("WHERE a.id = $1"))
        .bind(id.as_bytes().to_vec())
        .fetch_all(&mut *connection)
        .await?;
    Ok(read_all(connection, &rows).await?.pop())
}

/// The activations at which a status code may hint, most likely first: those whose lease ends when
/// it says, those that hold a seat, the latest.
pub(crate) async fn hinted_at(
    connection: &mut Connection,
    hint: u16,
    lease_end: Option<Timestamp>,
    most: u32,
) -> Result<Vec<Activation>, DatabaseFault> {
    let rows = query(select!(
        "WHERE a.hint = $1
         ORDER BY COALESCE(ABS(a.lease_expires_at - $2) < 172800, FALSE) DESC,
             a.status = 'active' DESC, a.activated_at DESC, a.id LIMIT $3"
    ))
    .bind(i64::from(hint))
    .bind(lease_end.map(|end| int(end.unix())))
    .bind(i64::from(most))
    .fetch_all(&mut *connection)
    .await?;
    read_all(connection, &rows).await
}

pub(crate) async fn read_all(
    connection: &mut Connection,
    rows: &[Row],
) -> Result<Vec<Activation>, DatabaseFault> {
    let mut activations = Vec::with_capacity(rows.len());
    for row in rows {
        let mut activation = Activation::from_row(row)?;
        if columns::small(row, "runs")? > 0 {
            activation.emergency_runs = emergency_runs(connection, activation.id).await?;
        }
        activations.push(activation);
    }
    Ok(activations)
}

async fn emergency_runs(
    connection: &mut Connection,
    activation: ActivationId,
) -> Result<Vec<Timestamp>, DatabaseFault> {
    query("SELECT started_at FROM emergency_runs WHERE activation = $1 ORDER BY started_at")
        .bind(activation.as_bytes().to_vec())
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| columns::time(row, "started_at"))
        .collect()
}

async fn grants(
    connection: &mut Connection,
    activation: ActivationId,
) -> Result<Vec<GrantRecord>, DatabaseFault> {
    query("SELECT * FROM grants WHERE activation = $1 ORDER BY sequence DESC LIMIT 1000")
        .bind(activation.as_bytes().to_vec())
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| {
            Ok(GrantRecord {
                token: columns::fixed(row, "token").map(TokenId::new)?,
                request: columns::maybe_fixed(row, "request")?.map(TokenId::new),
                sequence: columns::number(row, "sequence").map(Sequence)?,
                status: columns::seat_status(row, "status")?,
                lease_expires_at: columns::maybe_time(row, "lease_expires_at")?,
                issued_at: columns::time(row, "issued_at")?,
            })
        })
        .collect()
}

async fn tokens(
    connection: &mut Connection,
    activation: &Activation,
) -> Result<Vec<DeviceToken>, DatabaseFault> {
    query(
        "SELECT * FROM device_tokens WHERE device = $1 AND product = $2
         ORDER BY number DESC, received_at DESC LIMIT 1000",
    )
    .bind(activation.device.as_bytes().to_vec())
    .bind(activation.product.as_str())
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| {
        Ok(DeviceToken {
            token: columns::fixed(row, "token").map(TokenId::new)?,
            kind: columns::get(row, "kind")?,
            number: columns::number(row, "number").map(RequestNumber)?,
            made_at: columns::time(row, "made_at")?,
            received_at: columns::time(row, "received_at")?,
        })
    })
    .collect()
}

impl Activation {
    fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
        let enrolled = columns::fingerprint(row, "enrolled")?;
        let status = columns::one_of(row, "status", ActivationStatus::ALL, ActivationStatus::name)?;
        let held_until = columns::time(row, "held_until")?;
        let ended_at = columns::maybe_time(row, "ended_at")?;
        Ok(Self {
            id: columns::fixed(row, "id").map(ActivationId::new)?,
            entitlement: columns::fixed(row, "entitlement").map(EntitlementId::new)?,
            product: columns::product(row, "product")?,
            seat: columns::small(row, "seat")?,
            device: columns::fixed(row, "device").map(DeviceId::new)?,
            label: columns::bounded(row, "label")?,
            platform: columns::bounded(row, "platform")?,
            client: columns::bounded(row, "client")?,
            enrolled: enrolled.iter().map(|(kind, _)| kind).collect(),
            status,
            ended_why: ended_at
                .map(|_| columns::one_of(row, "ended_why", EndReason::ALL, EndReason::name))
                .transpose()?,
            activated_at: columns::time(row, "activated_at")?,
            sequence: columns::number(row, "sequence").map(Sequence)?,
            lease_expires_at: columns::time(row, "lease_expires_at")?,
            grace_until: columns::time(row, "grace_until")?,
            ended_at,
            superseded_at: columns::maybe_time(row, "superseded_at")?,
            frees_at: (status == ActivationStatus::Leaving).then_some(held_until),
            device_blocked: columns::get(row, "blocked")?,
            emergency_runs: Vec::new(),
        })
    }
}
