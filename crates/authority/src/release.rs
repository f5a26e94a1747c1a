//! Lost devices: a seat released without its device, and the device allowed again (rule A9).

use keyferry_catalogue::{Code, Problem};
use keyferry_license::{Ended, Refusal, decide_release};
use keyferry_token::{ActivationId, Timestamp};

use crate::{
    Activation, Authority, DatabaseFault, Origin,
    audit::{Action, NewEntry},
    columns::int,
    database::{Connection, query},
    purchase::Purchase,
    register,
    seats::{self, Holding},
};

/// An activation after its seat was to be released, or its device to be allowed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseChange {
    /// The activation as it is now.
    pub activation: Activation,
    /// Whether anything changed: asked for twice, the second time is a no-op.
    pub changed: bool,
}

/// Why a seat was not released, or a device not allowed again.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseFault {
    /// There is no activation of this id.
    #[error("no such activation")]
    Unknown,
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl ReleaseFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::ActivationUnknown,
            Self::Refused(refusal) => refusal.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unknown => Problem::new(self.code()),
            Self::Refused(refusal) => refusal.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}

impl Authority {
    /// Releases the seat of a device that is lost or dead, and blocks that device for the
    /// entitlement until it is allowed again (rule A9). The activation is never refreshed again; the
    /// device may run until its latest grant is over.
    ///
    /// # Errors
    /// `activation_unknown`, `activation_superseded`, `activation_deactivated`;
    /// `release_cap_reached`; those of the database.
    pub async fn release_lost(
        &self,
        activation: ActivationId,
        origin: &Origin,
    ) -> Result<ReleaseChange, ReleaseFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let holding = found(&mut connection, activation, now).await?;
                let changed = holding.ended() != Some(Ended::Released);
                if changed {
                    let id = holding.entitlement;
                    let purchase = Purchase::by_id(&mut connection, id).await?;
                    let releases = seats::releases(&mut connection, id, now).await?;
                    decide_release(holding.ended(), releases, purchase.product.policy)?;
                    release(&mut connection, &holding, now).await?;
                    entry(Action::ActivationReleased, &holding, origin, now)
                        .with("held_until", holding.seat.held_until.unix())
                        .write(&mut connection)
                        .await?;
                }
                let change = changed_to(&mut connection, activation, changed).await?;
                Ok((connection, change))
            })
            .await
    }

    /// Lets the device of a released activation activate again, with a seat that is free then
    /// (rule A9). Its released activation stays what it is.
    ///
    /// # Errors
    /// `activation_unknown`; those of the database.
    pub async fn allow_again(
        &self,
        activation: ActivationId,
        origin: &Origin,
    ) -> Result<ReleaseChange, ReleaseFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let holding = found(&mut connection, activation, now).await?;
                let allowed =
                    query("DELETE FROM blocked_devices WHERE entitlement = $1 AND device = $2")
                        .bind(holding.entitlement.as_bytes().to_vec())
                        .bind(holding.seat.device.as_bytes().to_vec())
                        .execute(&mut connection)
                        .await?;
                let changed = allowed.rows_affected() > 0;
                if changed {
                    entry(Action::DeviceAllowed, &holding, origin, now)
                        .write(&mut connection)
                        .await?;
                }
                let change = changed_to(&mut connection, activation, changed).await?;
                Ok((connection, change))
            })
            .await
    }
}

async fn found(
    connection: &mut Connection,
    activation: ActivationId,
    now: Timestamp,
) -> Result<Holding, ReleaseFault> {
    Holding::find(connection, activation, now)
        .await?
        .ok_or(ReleaseFault::Unknown)
}

async fn changed_to(
    connection: &mut Connection,
    activation: ActivationId,
    changed: bool,
) -> Result<ReleaseChange, ReleaseFault> {
    let activation = register::find(connection, activation)
        .await?
        .ok_or(ReleaseFault::Unknown)?;
    Ok(ReleaseChange {
        activation,
        changed,
    })
}

async fn release(
    connection: &mut Connection,
    holding: &Holding,
    now: Timestamp,
) -> Result<(), DatabaseFault> {
    query(
        "UPDATE activations SET status = 'released', ended_at = $2, ended_why = 'lost'
         WHERE id = $1",
    )
    .bind(holding.seat.activation.as_bytes().to_vec())
    .bind(int(now.unix()))
    .execute(&mut *connection)
    .await?;
    query(
        "INSERT INTO blocked_devices (entitlement, device, activation, blocked_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (entitlement, device) DO NOTHING",
    )
    .bind(holding.entitlement.as_bytes().to_vec())
    .bind(holding.seat.device.as_bytes().to_vec())
    .bind(holding.seat.activation.as_bytes().to_vec())
    .bind(int(now.unix()))
    .execute(connection)
    .await?;
    Ok(())
}

fn entry(action: Action, holding: &Holding, origin: &Origin, now: Timestamp) -> NewEntry {
    NewEntry::new(now, origin, action)
        .product(&holding.product)
        .entitlement(Some(holding.entitlement))
        .activation(holding.seat.activation)
        .device(holding.seat.device)
}
