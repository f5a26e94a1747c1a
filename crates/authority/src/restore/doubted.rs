//! Entries about devices that nothing proves. Whoever made them up must not get a seat by it, or take one from
//! somebody: no activation ends by them, no seat is free by them, and none is given that was not sold.

use keyferry_token::{Seconds, Timestamp};

use super::{
    devices::{Told, free_seat},
    replay::Detail,
};
use crate::{
    DatabaseFault,
    audit::AuditEntry,
    columns::{fixed, int, small},
    database::{Connection, query},
};

/// How far the clock of whoever gave a number may have been ahead: sequence numbers follow the time, and a
/// number that is far ahead of it would be the last one.
const AHEAD: Seconds = Seconds::DAY;

/// Does again what can do no harm; whether that is all that the entry tells. Numbers of tokens are not
/// entered: a made-up one would void whatever its device sends.
pub(super) async fn redo(
    connection: &mut Connection,
    entry: &AuditEntry,
    detail: Detail<'_>,
    now: Timestamp,
) -> Result<bool, DatabaseFault> {
    let Some(told) = Told::of(connection, entry, detail, Some(now)).await? else {
        return Ok(true);
    };
    match entry.action.as_str() {
        "activation_granted" | "seat_taken" | "activation_rebound" | "seat_returned" => {
            told.occupy_free(connection).await
        }
        "activation_renewed" | "activation_refreshed" => told.extend_by(connection).await,
        // The device's own signed deactivation frees the seat when it is brought again.
        "activation_deactivated" => Ok(false),
        // Nothing more for a device that may be stolen; the vendor releases its seat once more.
        "activation_released" => {
            if told.is_known(connection).await? {
                told.block(connection).await?;
            }
            Ok(false)
        }
        "device_allowed" => Ok(!told.is_blocked(connection).await?),
        "emergency_told" => {
            told.runs(connection).await?;
            Ok(true)
        }
        "personal_data_erased" => {
            told.erase(connection).await?;
            Ok(true)
        }
        _ => Ok(true),
    }
}

impl Told<'_> {
    /// Keeps a seat that nobody has, of those that were sold, for a device that has none.
    async fn occupy_free(&self, connection: &mut Connection) -> Result<bool, DatabaseFault> {
        if self.is_known(connection).await? {
            return Ok(true);
        }
        let Some(lease) = self.lease(connection).await? else {
            return Ok(false);
        };
        let held = query(
            "SELECT a.device FROM activations a
             WHERE a.entitlement = $1 AND a.status IN ('active', 'leaving')",
        )
        .bind(self.entitlement.as_bytes().to_vec())
        .fetch_all(&mut *connection)
        .await?;
        for row in &held {
            if fixed(row, "device")? == *self.device.as_bytes() {
                return Ok(false);
            }
        }
        let row = query("SELECT seats FROM entitlements WHERE id = $1")
            .bind(self.entitlement.as_bytes().to_vec())
            .fetch_one(&mut *connection)
            .await?;
        let seat = free_seat(connection, self.entitlement).await?;
        let sold = small(&row, "seats")?;
        if seat > sold || u32::try_from(held.len()).unwrap_or(u32::MAX) >= sold || self.is_ahead() {
            return Ok(false);
        }
        self.keep(connection, seat, lease).await?;
        Ok(!self.detail.has("supersedes"))
    }

    /// A seat that is held is held for longer, and never for less long.
    async fn extend_by(&self, connection: &mut Connection) -> Result<bool, DatabaseFault> {
        if self.is_ahead() {
            return Ok(false);
        }
        let (expires, grace, held) = match self.lease(connection).await? {
            Some((lease, held)) => (lease.expires_at, lease.grace_until, held),
            None => Default::default(),
        };
        query(
            "UPDATE activations SET sequence = CASE WHEN sequence < $3 THEN $3 ELSE sequence END,
                 lease_expires_at = CASE WHEN lease_expires_at < $4 THEN $4 ELSE lease_expires_at END,
                 grace_until = CASE WHEN grace_until < $5 THEN $5 ELSE grace_until END,
                 held_until = CASE WHEN held_until < $6 THEN $6 ELSE held_until END
             WHERE id = $1 AND entitlement = $2",
        )
        .bind(self.activation.as_bytes().to_vec())
        .bind(self.entitlement.as_bytes().to_vec())
        .bind(int(self.sequence()))
        .bind(int(expires.unix()))
        .bind(int(grace.unix()))
        .bind(int(held.unix()))
        .execute(connection)
        .await?;
        Ok(true)
    }

    fn is_ahead(&self) -> bool {
        self.doubted_at
            .is_some_and(|now| self.sequence() > now.plus(AHEAD).unix())
    }

    async fn is_blocked(&self, connection: &mut Connection) -> Result<bool, DatabaseFault> {
        let row = query("SELECT 1 FROM blocked_devices WHERE entitlement = $1 AND device = $2")
            .bind(self.entitlement.as_bytes().to_vec())
            .bind(self.device.as_bytes().to_vec())
            .fetch_optional(connection)
            .await?;
        Ok(row.is_some())
    }
}
