//! What a decided request leaves in the database beside its audit entry: who holds the seat now.

use keyferry_license::{Decision, HeldSeat, Lease, Seating};
use keyferry_token::{
    ActivationId, ActivationRequest, EntitlementId, Fingerprint, Sequence, State, StatusCode,
    StatusFacts, Timestamp, Verified,
};

use crate::{
    DatabaseFault,
    columns::{self, int},
    database::{Connection, query},
    policy::TOLERANCE,
};

/// A seat given to a device, or given for longer.
pub(crate) struct Occupation<'a> {
    pub(crate) entitlement: EntitlementId,
    pub(crate) request: &'a Verified<ActivationRequest>,
    pub(crate) seating: &'a Seating,
    pub(crate) activation: ActivationId,
    pub(crate) seat: u32,
    pub(crate) enrolled: &'a Fingerprint,
    pub(crate) sequence: Sequence,
    pub(crate) lease: &'a Lease,
    pub(crate) held_until: Timestamp,
    pub(crate) now: Timestamp,
}

impl Occupation<'_> {
    /// Does what was decided. A seat that is taken over is vacated first: it never has two holders.
    pub(crate) async fn write(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        let (supersedes, why) = match self.seating {
            Seating::Renewed { .. } => return self.renew(connection).await,
            Seating::New => return self.occupy(connection).await,
            Seating::Rebound { supersedes, .. } => (*supersedes, "rebound"),
            Seating::Taken { supersedes } => (*supersedes, "taken_over"),
            Seating::Returned { supersedes, .. } => (*supersedes, "returned"),
        };
        self.supersede(connection, supersedes, why).await?;
        self.occupy(connection).await
    }

    /// An activation that was leaving stays deactivated: that it gave its seat back is not undone.
    async fn supersede(
        &self,
        connection: &mut Connection,
        old: ActivationId,
        why: &'static str,
    ) -> Result<(), DatabaseFault> {
        query(
            "UPDATE activations SET superseded_at = $2, superseded_by = $3, superseded_why = $4,
                 status = CASE status WHEN 'leaving' THEN 'deactivated' ELSE 'superseded' END
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
        query(
            "UPDATE activations SET exchange_key = $2, label = $3, platform = $4, client = $5
             WHERE id = $1",
        )
        .bind(self.activation.as_bytes().to_vec())
        .bind(self.request.exchange_key.to_sec1().to_vec())
        .bind(self.request.label.as_str())
        .bind(self.request.platform.as_str())
        .bind(self.request.client.as_str())
        .execute(&mut *connection)
        .await?;
        extend(
            connection,
            self.activation,
            self.sequence,
            Some(self.lease),
            self.held_until,
        )
        .await
    }

    async fn occupy(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        query(
            "INSERT INTO activations (id, entitlement, seat, device, signing_key, exchange_key,
                 enrolled, tolerance, label, platform, client, status, activated_at, sequence,
                 lease_expires_at, grace_until, held_until, moved, hint)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'active', $12, $13, $14, $15,
                 $16, FALSE, $17)",
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
        .bind(hint(&self.activation).map(i64::from))
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Enters the latest grant of an activation. One without a lease leaves the times of the lease
/// before, which the device may still be running on.
pub(crate) async fn extend(
    connection: &mut Connection,
    activation: ActivationId,
    sequence: Sequence,
    lease: Option<&Lease>,
    held_until: Timestamp,
) -> Result<(), DatabaseFault> {
    query(
        "UPDATE activations SET sequence = $2, lease_expires_at = COALESCE($3, lease_expires_at),
             grace_until = COALESCE($4, grace_until), held_until = $5
         WHERE id = $1",
    )
    .bind(activation.as_bytes().to_vec())
    .bind(int(sequence.0))
    .bind(lease.map(|lease| int(lease.expires_at.unix())))
    .bind(lease.map(|lease| int(lease.grace_until.unix())))
    .bind(int(held_until.unix()))
    .execute(connection)
    .await?;
    Ok(())
}

/// What every status code of this activation has in it.
pub(crate) fn hint(activation: &ActivationId) -> Option<u16> {
    StatusCode::of(&StatusFacts {
        state: State::Licensed,
        reason: None,
        now: Timestamp::from_unix(0),
        ends_at: None,
        changed: &[],
        activation: Some(activation),
    })
    .hint()
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
            Seating::Rebound { supersedes, .. }
            | Seating::Taken { supersedes }
            | Seating::Returned { supersedes, .. } => of(*supersedes),
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
