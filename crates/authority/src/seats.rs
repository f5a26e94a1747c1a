//! Seats in the database: the facts that the rules decide on, and what was decided.

use keyferry_license::{Answered, Decision, HeldSeat, OfflineSupport, REBIND_WINDOW, Seating};
use keyferry_token::{
    ActivationId, ActivationRequest, DeviceId, EntitlementId, Feature, Fingerprint, Name,
    RequestNumber, SeatStatus, Seconds, Sequence, Timestamp, TokenId, Verified,
};

use crate::{
    DatabaseFault, EntitlementStatus,
    columns::{self, int},
    database::{Connection, Row},
    keyring::SecretDigest,
    policy::{REBINDS_PER_SEAT_AND_YEAR, TOLERANCE},
    product::{self, Product},
};

/// What a customer bought, as an activation request needs to know it.
#[derive(Clone, Debug)]
pub(crate) struct Purchase {
    pub(crate) id: EntitlementId,
    pub(crate) product: Product,
    seats: u32,
    status: SeatStatus,
    offline_lease: Option<Seconds>,
    pub(crate) ends_at: Option<Timestamp>,
    features: Vec<Feature>,
    pub(crate) holder: Option<Name>,
}

impl Purchase {
    /// The entitlement with this code, if there is one.
    pub(crate) async fn by_code(
        connection: &mut Connection,
        code: &SecretDigest,
    ) -> Result<Option<Self>, DatabaseFault> {
        let row = sqlx::query("SELECT * FROM entitlements WHERE code_digest = $1")
            .bind(code.to_vec())
            .fetch_optional(&mut *connection)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let product = product::find(connection, &columns::product(&row, "product")?).await?;
        let status = columns::one_of(
            &row,
            "status",
            EntitlementStatus::STORED,
            EntitlementStatus::name,
        )?;
        Ok(Some(Self {
            id: columns::fixed(&row, "id").map(EntitlementId::new)?,
            product: product.ok_or(DatabaseFault::Corrupt { what: "product" })?,
            seats: columns::small(&row, "seats")?,
            status: match status {
                // That it has ended follows from its end, which the rules are told.
                EntitlementStatus::Active | EntitlementStatus::Expired => SeatStatus::Active,
                EntitlementStatus::Suspended => SeatStatus::Suspended,
                EntitlementStatus::Revoked => SeatStatus::Revoked,
            },
            offline_lease: columns::maybe_seconds(&row, "offline_lease")?,
            ends_at: columns::maybe_time(&row, "ends_at")?,
            features: columns::features(&row, "features")?,
            holder: columns::maybe_bounded(&row, "holder")?,
        }))
    }

    /// What the rules need to know of it.
    pub(crate) fn facts(&self) -> keyferry_license::Entitlement<'_> {
        keyferry_license::Entitlement {
            seats: self.seats,
            status: self.status,
            ends: self.ends_at,
            offline: OfflineSupport {
                product: &self.product.name,
                enabled: self.product.offline,
                lease_period: self.offline_lease,
            },
            grace: self.product.grace,
            emergency: None,
            rebind_cap: REBINDS_PER_SEAT_AND_YEAR,
        }
    }

    /// The features that it grants: its own, else all that its product lists.
    pub(crate) fn features(&self) -> Vec<Feature> {
        if self.features.is_empty() {
            self.product.features.clone()
        } else {
            self.features.clone()
        }
    }
}

/// All live activations of an entitlement, with the numbers of their seats.
pub(crate) async fn held(
    connection: &mut Connection,
    entitlement: EntitlementId,
    now: Timestamp,
) -> Result<Vec<(u32, HeldSeat)>, DatabaseFault> {
    sqlx::query(
        "SELECT a.*, (
             SELECT COUNT(*) FROM activations p
             WHERE p.entitlement = a.entitlement AND p.seat = a.seat
                 AND p.superseded_why = 'rebound' AND p.superseded_at > $2
         ) AS rebinds
         FROM activations a WHERE a.entitlement = $1 AND a.status = 'active'",
    )
    .bind(entitlement.as_bytes().to_vec())
    .bind(int(now.minus(REBIND_WINDOW).unix()))
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| Ok((columns::small(row, "seat")?, held_seat(row)?)))
    .collect()
}

fn held_seat(row: &Row) -> Result<HeldSeat, DatabaseFault> {
    Ok(HeldSeat {
        activation: columns::fixed(row, "id").map(ActivationId::new)?,
        device: columns::fixed(row, "device").map(DeviceId::new)?,
        activated_at: columns::time(row, "activated_at")?,
        sequence: columns::number(row, "sequence").map(Sequence)?,
        held_until: columns::time(row, "held_until")?,
        enrolled: columns::fingerprint(row, "enrolled")?,
        tolerance: u8::try_from(columns::small(row, "tolerance")?)
            .map_err(|_| DatabaseFault::Corrupt { what: "tolerance" })?,
        rebinds: columns::small(row, "rebinds")?,
    })
}

/// The latest request of the same device key for the same product that was answered.
pub(crate) async fn latest_answered(
    connection: &mut Connection,
    request: &ActivationRequest,
) -> Result<Option<Answered>, DatabaseFault> {
    sqlx::query(
        "SELECT request, number, activation FROM answers WHERE device = $1 AND product = $2
         ORDER BY number DESC LIMIT 1",
    )
    .bind(request.signing_key.device_id().as_bytes().to_vec())
    .bind(request.product.as_str())
    .fetch_optional(connection)
    .await?
    .map(|row| {
        Ok(Answered {
            number: columns::number(&row, "number").map(RequestNumber)?,
            token: columns::fixed(&row, "request").map(TokenId::new)?,
            activation: columns::fixed(&row, "activation").map(ActivationId::new)?,
        })
    })
    .transpose()
}

/// An answer as it left.
pub(crate) struct StoredAnswer {
    pub(crate) response: TokenId,
    pub(crate) bytes: Vec<u8>,
    pub(crate) sequence: Sequence,
    pub(crate) lease_expires_at: Timestamp,
}

/// The answer that a request got before (rule A3).
pub(crate) async fn stored_answer(
    connection: &mut Connection,
    request: TokenId,
) -> Result<StoredAnswer, DatabaseFault> {
    let row = sqlx::query("SELECT * FROM answers WHERE request = $1")
        .bind(request.as_bytes().to_vec())
        .fetch_one(connection)
        .await?;
    Ok(StoredAnswer {
        response: columns::fixed(&row, "response").map(TokenId::new)?,
        bytes: columns::get(&row, "bytes")?,
        sequence: columns::number(&row, "sequence").map(Sequence)?,
        lease_expires_at: columns::time(&row, "lease_expires_at")?,
    })
}

/// Everything that an answered request leaves in the database, beside its audit entry.
pub(crate) struct Occupation<'a> {
    pub(crate) entitlement: EntitlementId,
    pub(crate) request: &'a Verified<ActivationRequest>,
    pub(crate) seating: &'a Seating,
    pub(crate) activation: ActivationId,
    pub(crate) seat: u32,
    pub(crate) enrolled: &'a Fingerprint,
    pub(crate) sequence: Sequence,
    pub(crate) lease: &'a keyferry_license::Lease,
    pub(crate) held_until: Timestamp,
    pub(crate) now: Timestamp,
}

impl Occupation<'_> {
    /// Does what was decided. A seat that is taken over is vacated first: it never has two holders.
    pub(crate) async fn write(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        match self.seating {
            Seating::Renewed { .. } => self.renew(connection).await,
            Seating::Rebound { supersedes, .. } => {
                self.supersede(connection, *supersedes, "rebound").await?;
                self.occupy(connection).await
            }
            Seating::Taken { supersedes } => {
                self.supersede(connection, *supersedes, "taken_over")
                    .await?;
                self.occupy(connection).await
            }
            Seating::New => self.occupy(connection).await,
        }
    }

    async fn supersede(
        &self,
        connection: &mut Connection,
        old: ActivationId,
        why: &'static str,
    ) -> Result<(), DatabaseFault> {
        sqlx::query(
            "UPDATE activations SET status = 'superseded', superseded_at = $2, superseded_by = $3,
                 superseded_why = $4
             WHERE id = $1",
        )
        .bind(old.as_bytes().to_vec())
        .bind(int(self.now.unix()))
        .bind(self.activation.as_bytes().to_vec())
        .bind(why)
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn renew(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        sqlx::query(
            "UPDATE activations SET exchange_key = $2, label = $3, platform = $4, client = $5,
                 sequence = $6, lease_expires_at = $7, grace_until = $8, held_until = $9
             WHERE id = $1",
        )
        .bind(self.activation.as_bytes().to_vec())
        .bind(self.request.exchange_key.to_sec1().to_vec())
        .bind(self.request.label.as_str())
        .bind(self.request.platform.as_str())
        .bind(self.request.client.as_str())
        .bind(int(self.sequence.0))
        .bind(int(self.lease.expires_at.unix()))
        .bind(int(self.lease.grace_until.unix()))
        .bind(int(self.held_until.unix()))
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn occupy(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        sqlx::query(
            "INSERT INTO activations (id, entitlement, seat, device, signing_key, exchange_key,
                 enrolled, tolerance, label, platform, client, status, activated_at, sequence,
                 lease_expires_at, grace_until, held_until)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'active', $12, $13, $14, $15,
                 $16)",
        )
        .bind(self.activation.as_bytes().to_vec())
        .bind(self.entitlement.as_bytes().to_vec())
        .bind(i64::from(self.seat))
        .bind(self.request.signing_key.device_id().as_bytes().to_vec())
        .bind(self.request.signing_key.to_sec1().to_vec())
        .bind(self.request.exchange_key.to_sec1().to_vec())
        .bind(columns::fingerprint_bytes(self.enrolled))
        .bind(i64::from(TOLERANCE))
        .bind(self.request.label.as_str())
        .bind(self.request.platform.as_str())
        .bind(self.request.client.as_str())
        .bind(int(self.now.unix()))
        .bind(int(self.sequence.0))
        .bind(int(self.lease.expires_at.unix()))
        .bind(int(self.lease.grace_until.unix()))
        .bind(int(self.held_until.unix()))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Keeps the answer for when it is asked for again (rule A3).
    pub(crate) async fn keep_answer(
        &self,
        connection: &mut Connection,
        response: TokenId,
        bytes: &[u8],
    ) -> Result<(), DatabaseFault> {
        sqlx::query(
            "INSERT INTO answers (request, activation, device, product, number, response, bytes,
                 sequence, lease_expires_at, issued_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(self.request.id().as_bytes().to_vec())
        .bind(self.activation.as_bytes().to_vec())
        .bind(self.request.signing_key.device_id().as_bytes().to_vec())
        .bind(self.request.product.as_str())
        .bind(int(self.request.number.0))
        .bind(response.as_bytes().to_vec())
        .bind(bytes)
        .bind(int(self.sequence.0))
        .bind(int(self.lease.expires_at.unix()))
        .bind(int(self.now.unix()))
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// The number of the seat that a decision gives: that of the activation that goes on or is
/// superseded, else the lowest that nobody holds.
pub(crate) fn seat_number(decision: &Decision, held: &[(u32, HeldSeat)]) -> u32 {
    let of = |wanted: ActivationId| {
        held.iter()
            .find(|(_, seat)| seat.activation == wanted)
            .map(|(number, _)| *number)
    };
    let previous = match decision {
        Decision::Replay { activation } => of(*activation),
        Decision::Seat { seating, .. } => match seating {
            Seating::Renewed { activation } => of(*activation),
            Seating::Rebound { supersedes, .. } | Seating::Taken { supersedes } => of(*supersedes),
            Seating::New => None,
        },
    };
    previous.unwrap_or_else(|| {
        let taken: std::collections::BTreeSet<u32> =
            held.iter().map(|(number, _)| *number).collect();
        (1..=u32::MAX)
            .find(|number| !taken.contains(number))
            .unwrap_or(u32::MAX)
    })
}
