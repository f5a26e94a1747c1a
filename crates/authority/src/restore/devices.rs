//! What the log tells of devices, done again. Of those that the backup does not know it has neither keys nor
//! components: their seats are kept for them until their grants are over.

use std::collections::BTreeSet;

use keyferry_license::{Lease, emergency_allowance};
use keyferry_token::{ActivationId, DeviceId, EntitlementId, Timestamp, TokenKind};

use super::replay::Detail;
use crate::{
    DatabaseFault,
    audit::AuditEntry,
    columns::{self, fixed, int, small},
    database::{Connection, query},
    erasure, occupation,
    policy::TOLERANCE,
    purchase::Purchase,
};

/// Stands for what a device calls itself.
const UNKNOWN: &str = "(not in the backup)";

/// An entry about an activation of an entitlement that the books have.
pub(super) struct Told<'a> {
    pub(super) entry: &'a AuditEntry,
    pub(super) detail: Detail<'a>,
    pub(super) activation: ActivationId,
    pub(super) entitlement: EntitlementId,
    pub(super) device: DeviceId,
    /// Where nothing proves the entry: when the books were brought back. No lease is believed that could
    /// not have been given until then.
    pub(super) doubted_at: Option<Timestamp>,
}

pub(super) async fn redo(
    connection: &mut Connection,
    entry: &AuditEntry,
    detail: Detail<'_>,
) -> Result<(), DatabaseFault> {
    let Some(told) = Told::of(connection, entry, detail, None).await? else {
        return Ok(());
    };
    match entry.action.as_str() {
        "activation_granted" | "seat_taken" | "activation_rebound" | "seat_returned" => {
            told.occupy(connection).await?;
            told.number(connection, TokenKind::ActivationRequest).await
        }
        "activation_renewed" => {
            told.extend(connection).await?;
            told.number(connection, TokenKind::ActivationRequest).await
        }
        "activation_refreshed" => told.extend(connection).await,
        "activation_deactivated" => {
            told.leave(connection).await?;
            told.number(connection, TokenKind::Deactivation).await
        }
        "deactivation_recorded" => told.number(connection, TokenKind::Deactivation).await,
        "activation_released" => told.release(connection).await,
        "device_allowed" => told.allow(connection).await,
        "emergency_told" => told.runs(connection).await,
        "personal_data_erased" => told.erase(connection).await,
        _ => Ok(()),
    }
}

impl<'a> Told<'a> {
    pub(super) async fn of(
        connection: &mut Connection,
        entry: &'a AuditEntry,
        detail: Detail<'a>,
        doubted_at: Option<Timestamp>,
    ) -> Result<Option<Self>, DatabaseFault> {
        let (Some(activation), Some(entitlement), Some(device)) =
            (entry.activation, entry.entitlement, entry.device)
        else {
            return Ok(None);
        };
        let sold = query("SELECT 1 FROM entitlements WHERE id = $1")
            .bind(entitlement.as_bytes().to_vec())
            .fetch_optional(connection)
            .await?;
        Ok(sold.map(|_| Self {
            entry,
            detail,
            activation,
            entitlement,
            device,
            doubted_at,
        }))
    }

    /// Lease, grace, and until when the seat is held by what this entry granted.
    pub(super) async fn lease(
        &self,
        connection: &mut Connection,
    ) -> Result<Option<(Lease, Timestamp)>, DatabaseFault> {
        let Some(end) = self.detail.number("lease_expires_at") else {
            return Ok(None);
        };
        let purchase = Purchase::by_id(connection, self.entitlement).await?;
        let facts = purchase.facts();
        let mut expires_at = Timestamp::from_unix(end);
        if let Some(now) = self.doubted_at {
            let longest = now.plus(facts.offline.lease_period.unwrap_or_default());
            let longest = facts.ends.map_or(longest, |end| longest.min(end));
            expires_at = expires_at.min(longest);
        }
        let grace = expires_at.plus(facts.grace);
        let lease = Lease {
            starts: self.at(),
            expires_at,
            grace_until: facts
                .ends
                .map_or(grace, |end| grace.min(end))
                .max(expires_at),
        };
        let emergency = emergency_allowance(facts.emergency.as_ref(), &lease, facts.ends);
        let held_until = lease.held_until(emergency.as_ref(), facts.ends);
        Ok(Some((lease, held_until)))
    }

    /// Keeps the seat for a device of which the backup knows nothing.
    async fn occupy(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        let Some(lease) = self.lease(connection).await? else {
            return Ok(());
        };
        if self.is_known(connection).await? {
            return Ok(());
        }
        let freed = self.supersede(connection).await?;
        let seat = match freed {
            Some(seat) => seat,
            None => free_seat(connection, self.entitlement).await?,
        };
        self.keep(connection, seat, lease).await
    }

    /// Enters the device as the one that has a seat.
    pub(super) async fn keep(
        &self,
        connection: &mut Connection,
        seat: u32,
        (lease, held_until): (Lease, Timestamp),
    ) -> Result<(), DatabaseFault> {
        query(
            "INSERT INTO activations (id, entitlement, seat, device, signing_key, exchange_key,
                 enrolled, tolerance, label, platform, client, status, activated_at, sequence,
                 lease_expires_at, grace_until, held_until, moved, hint)
             VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7, $8, $8, 'active', $9, $10, $11, $12, $13,
                 FALSE, $14)",
        )
        .bind(self.activation.as_bytes().to_vec())
        .bind(self.entitlement.as_bytes().to_vec())
        .bind(i64::from(seat))
        .bind(self.device.as_bytes().to_vec())
        .bind(Vec::new())
        .bind(i64::from(TOLERANCE))
        .bind(UNKNOWN)
        .bind("-")
        .bind(int(self.at().unix()))
        .bind(int(self.sequence()))
        .bind(int(lease.expires_at.unix()))
        .bind(int(lease.grace_until.unix()))
        .bind(int(held_until.unix()))
        .bind(occupation::hint(&self.activation).map(i64::from))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// When it was done; no entry that is in doubt is of the time to come.
    pub(super) fn at(&self) -> Timestamp {
        let at = self.entry.at;
        self.doubted_at.map_or(at, |now| at.min(now))
    }

    pub(super) fn sequence(&self) -> u64 {
        self.detail.number("sequence").unwrap_or_default()
    }

    /// Ends the activation that this one took the seat of, and whatever else its device holds here: the
    /// log is right about who has it now. Gives the seat.
    async fn supersede(&self, connection: &mut Connection) -> Result<Option<u32>, DatabaseFault> {
        let old = self.detail.text("supersedes");
        let old = old.and_then(|id| id.parse::<ActivationId>().ok());
        let why = match self.entry.action.as_str() {
            "seat_taken" => "taken_over",
            "seat_returned" => "returned",
            _ => "rebound",
        };
        let row = query(
            "SELECT id, seat FROM activations
             WHERE entitlement = $1 AND status IN ('active', 'leaving') AND (id = $2 OR device = $3)
             ORDER BY id = $2 DESC",
        )
        .bind(self.entitlement.as_bytes().to_vec())
        .bind(old.map_or_else(Vec::new, |id| id.as_bytes().to_vec()))
        .bind(self.device.as_bytes().to_vec())
        .fetch_all(&mut *connection)
        .await?;
        for row in &row {
            query(
                "UPDATE activations SET superseded_at = $2, superseded_by = $3, superseded_why = $4,
                     status = CASE status WHEN 'leaving' THEN 'deactivated' ELSE 'superseded' END
                 WHERE id = $1",
            )
            .bind(fixed::<10>(row, "id")?.to_vec())
            .bind(int(self.entry.at.unix()))
            .bind(self.activation.as_bytes().to_vec())
            .bind(why)
            .execute(&mut *connection)
            .await?;
        }
        row.first().map(|row| small(row, "seat")).transpose()
    }

    /// A grant that was given since: the seat is held for longer, and the numbers go on behind it.
    async fn extend(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        let lease = self.lease(connection).await?;
        query(
            "UPDATE activations SET sequence = CASE WHEN sequence < $2 THEN $2 ELSE sequence END,
                 lease_expires_at = COALESCE($3, lease_expires_at),
                 grace_until = COALESCE($4, grace_until),
                 held_until = CASE WHEN held_until < $5 THEN $5 ELSE held_until END
             WHERE id = $1",
        )
        .bind(self.activation.as_bytes().to_vec())
        .bind(int(self.sequence()))
        .bind(lease.map(|(lease, _)| int(lease.expires_at.unix())))
        .bind(lease.map(|(lease, _)| int(lease.grace_until.unix())))
        .bind(lease.map_or(0, |(_, held)| int(held.unix())))
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn leave(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        let at_once = !self.detail.has("frees_at");
        query(
            "UPDATE activations SET status = $2, ended_at = $3, ended_why = $4, moved = $5
             WHERE id = $1 AND status = 'active'",
        )
        .bind(self.activation.as_bytes().to_vec())
        .bind(if at_once { "deactivated" } else { "leaving" })
        .bind(int(self.entry.at.unix()))
        .bind(self.detail.text("reason").unwrap_or("other"))
        .bind(at_once)
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn release(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        let released = query(
            "UPDATE activations SET status = 'released', ended_at = $2, ended_why = 'lost'
             WHERE id = $1 AND status = 'active'",
        )
        .bind(self.activation.as_bytes().to_vec())
        .bind(int(self.entry.at.unix()))
        .execute(&mut *connection)
        .await?;
        if released.rows_affected() == 0 {
            return Ok(());
        }
        self.block(connection).await
    }

    pub(super) async fn block(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        query(
            "INSERT INTO blocked_devices (entitlement, device, activation, blocked_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT (entitlement, device) DO NOTHING",
        )
        .bind(self.entitlement.as_bytes().to_vec())
        .bind(self.device.as_bytes().to_vec())
        .bind(self.activation.as_bytes().to_vec())
        .bind(int(self.at().unix()))
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn allow(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        query("DELETE FROM blocked_devices WHERE entitlement = $1 AND device = $2")
            .bind(self.entitlement.as_bytes().to_vec())
            .bind(self.device.as_bytes().to_vec())
            .execute(connection)
            .await?;
        Ok(())
    }

    pub(super) async fn runs(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        let Some(token) = self.entry.token else {
            return Ok(());
        };
        if !self.is_known(connection).await? {
            return Ok(());
        }
        for run in self.detail.numbers("started_at") {
            query(
                "INSERT INTO emergency_runs (activation, started_at, token, told_at)
                 VALUES ($1, $2, $3, $4) ON CONFLICT (activation, started_at) DO NOTHING",
            )
            .bind(self.activation.as_bytes().to_vec())
            .bind(int(run))
            .bind(token.as_bytes().to_vec())
            .bind(int(self.entry.at.unix()))
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }

    /// Enters the number of a token that was answered or applied: what comes late with a lower one is
    /// judged by it (rules A4, A7).
    async fn number(
        &self,
        connection: &mut Connection,
        kind: TokenKind,
    ) -> Result<(), DatabaseFault> {
        let (Some(token), Some(number), Some(product)) = (
            self.entry.token,
            self.detail.number("number"),
            &self.entry.product,
        ) else {
            return Ok(());
        };
        if !self.is_known(connection).await? {
            return Ok(());
        }
        query(
            "INSERT INTO device_tokens (token, device, product, number, kind, activation, made_at,
                 received_at, counts)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, TRUE) ON CONFLICT DO NOTHING",
        )
        .bind(token.as_bytes().to_vec())
        .bind(self.device.as_bytes().to_vec())
        .bind(product.as_str())
        .bind(int(number))
        .bind(kind.name())
        .bind(self.activation.as_bytes().to_vec())
        .bind(int(self.entry.at.unix()))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// What was removed is not brought back by a backup.
    pub(super) async fn erase(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        if self.is_known(connection).await? {
            erasure::activation(connection, self.activation).await?;
        }
        Ok(())
    }

    pub(super) async fn is_known(
        &self,
        connection: &mut Connection,
    ) -> Result<bool, DatabaseFault> {
        let row = query("SELECT 1 FROM activations WHERE id = $1")
            .bind(self.activation.as_bytes().to_vec())
            .fetch_optional(connection)
            .await?;
        Ok(row.is_some())
    }
}

/// The lowest seat that nobody holds.
pub(super) async fn free_seat(
    connection: &mut Connection,
    entitlement: EntitlementId,
) -> Result<u32, DatabaseFault> {
    let rows = query(
        "SELECT seat FROM activations WHERE entitlement = $1 AND status IN ('active', 'leaving')",
    )
    .bind(entitlement.as_bytes().to_vec())
    .fetch_all(connection)
    .await?;
    let taken = rows
        .iter()
        .map(|row| small(row, "seat"))
        .collect::<Result<BTreeSet<_>, _>>()?;
    let free = (1..=u32::MAX).find(|seat| !taken.contains(seat));
    Ok(free.unwrap_or(u32::MAX))
}

/// The activations whose devices the backup does not know, and that may still run.
pub(super) async fn unknown(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<Vec<(ActivationId, EntitlementId, Timestamp)>, DatabaseFault> {
    query(
        "SELECT id, entitlement, held_until FROM activations
         WHERE status = 'active' AND exchange_key = $1 AND held_until > $2 ORDER BY activated_at, id",
    )
    .bind(Vec::new())
    .bind(int(now.unix()))
    .fetch_all(connection)
    .await?
    .iter()
    .map(|row| {
        Ok((
            fixed(row, "id").map(ActivationId::new)?,
            fixed(row, "entitlement").map(EntitlementId::new)?,
            columns::time(row, "held_until")?,
        ))
    })
    .collect()
}
