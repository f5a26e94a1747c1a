//! What becomes of an entitlement: suspended, reinstated, revoked, renewed (rule A8). Devices learn
//! it from their next refresh.

use keyferry_license::{EntitlementStatus, change_status};
use keyferry_token::{EntitlementId, Seconds, Timestamp};

use crate::{
    Authority, DatabaseFault, Entitlement, EntitlementFault, EntitlementKey, Origin,
    audit::{Action, NewEntry},
    columns::int,
    database::{Connection, query},
};

/// What a renewal changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntitlementRenewal {
    /// When the entitlement ends from now on.
    pub ends_at: Timestamp,
    /// How long an activation runs without contact; `None` leaves it as it is.
    pub offline_lease: Option<Seconds>,
    /// Until when versions that come out are covered; `None` leaves it as it is.
    pub maintenance_end: Option<Timestamp>,
}

/// An entitlement after it was to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntitlementChange {
    /// The entitlement as it is now.
    pub entitlement: Entitlement,
    /// Whether anything changed: asked for twice, the second time is a no-op.
    pub changed: bool,
}

/// What is to become of an entitlement.
#[derive(Clone, Copy, Debug)]
enum Step {
    Suspend,
    Reinstate,
    Revoke,
    Renew(EntitlementRenewal),
}

impl Authority {
    /// Suspends an entitlement: nothing is activated with it, and a refresh tells its devices
    /// (rule A8).
    ///
    /// # Errors
    /// `entitlement_unknown`; `entitlement_revoked`, which nothing can be suspended after; those of
    /// the database.
    pub async fn entitlement_suspend(
        &self,
        key: &EntitlementKey,
        origin: &Origin,
    ) -> Result<EntitlementChange, EntitlementFault> {
        self.step(key, origin, Step::Suspend).await
    }

    /// Puts a suspended entitlement in force again (rule A8).
    ///
    /// # Errors
    /// `entitlement_unknown`; `entitlement_revoked`, which is final; those of the database.
    pub async fn entitlement_reinstate(
        &self,
        key: &EntitlementKey,
        origin: &Origin,
    ) -> Result<EntitlementChange, EntitlementFault> {
        self.step(key, origin, Step::Reinstate).await
    }

    /// Revokes an entitlement for good (rule A8).
    ///
    /// # Errors
    /// `entitlement_unknown`; those of the database.
    pub async fn entitlement_revoke(
        &self,
        key: &EntitlementKey,
        origin: &Origin,
    ) -> Result<EntitlementChange, EntitlementFault> {
        self.step(key, origin, Step::Revoke).await
    }

    /// Gives an entitlement a new end, and if wanted another lease period: one that has ended is in
    /// force again, one that is suspended stays so (rule A8).
    ///
    /// # Errors
    /// `entitlement_unknown`; `entitlement_ended` with an end that is over already;
    /// `entitlement_revoked`; those of the database.
    pub async fn entitlement_renew(
        &self,
        key: &EntitlementKey,
        renewal: EntitlementRenewal,
        origin: &Origin,
    ) -> Result<EntitlementChange, EntitlementFault> {
        self.step(key, origin, Step::Renew(renewal)).await
    }

    async fn step(
        &self,
        key: &EntitlementKey,
        origin: &Origin,
        step: Step,
    ) -> Result<EntitlementChange, EntitlementFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let before = self.entitlement_by(&mut connection, key, now).await?;
                let Some(action) = step.action(&before, now)? else {
                    let (entitlement, changed) = (before, false);
                    let change = EntitlementChange {
                        entitlement,
                        changed,
                    };
                    return Ok((connection, change));
                };
                step.write(&mut connection, before.id).await?;
                let entry = NewEntry::new(now, origin, action)
                    .product(&before.product)
                    .entitlement(Some(before.id))
                    .with("hint", before.hint.as_str());
                step.told(entry).write(&mut connection).await?;
                let change = EntitlementChange {
                    entitlement: self.entitlement_by(&mut connection, key, now).await?,
                    changed: true,
                };
                Ok((connection, change))
            })
            .await
    }
}

impl Step {
    /// What the audit log is to say; `None` when the entitlement is already as it is to become.
    fn action(
        self,
        entitlement: &Entitlement,
        now: Timestamp,
    ) -> Result<Option<Action>, EntitlementFault> {
        use EntitlementStatus::{Active, Expired, Revoked, Suspended};
        let from = entitlement.status;
        let to = match (self, from) {
            (Self::Suspend, _) | (Self::Renew(_), Suspended) => Suspended,
            // What has ended is brought back by a renewal only.
            (Self::Reinstate, Expired) => Expired,
            (Self::Reinstate | Self::Renew(_), _) => Active,
            (Self::Revoke, _) => Revoked,
        };
        // Nothing that is asked for here is refused but by what is revoked.
        change_status(from, to).map_err(|_| EntitlementFault::Revoked)?;
        Ok(match self {
            Self::Renew(renewal) => renewal
                .changes(entitlement, now)?
                .then_some(Action::EntitlementRenewed),
            _ if from == to => None,
            Self::Suspend => Some(Action::EntitlementSuspended),
            Self::Reinstate => Some(Action::EntitlementReinstated),
            Self::Revoke => Some(Action::EntitlementRevoked),
        })
    }

    fn told(self, entry: NewEntry) -> NewEntry {
        let Self::Renew(renewal) = self else {
            return entry;
        };
        let entry = entry.with("ends_at", renewal.ends_at.unix());
        let entry = match renewal.offline_lease {
            Some(lease) => entry.with("offline_lease", lease.get()),
            None => entry,
        };
        match renewal.maintenance_end {
            Some(end) => entry.with("maintenance_end", end.unix()),
            None => entry,
        }
    }

    async fn write(
        self,
        connection: &mut Connection,
        entitlement: EntitlementId,
    ) -> Result<(), DatabaseFault> {
        let status = match self {
            Self::Suspend => Some(EntitlementStatus::Suspended),
            Self::Reinstate => Some(EntitlementStatus::Active),
            Self::Revoke => Some(EntitlementStatus::Revoked),
            Self::Renew(_) => None,
        };
        let renewal = match self {
            Self::Renew(renewal) => Some(renewal),
            Self::Suspend | Self::Reinstate | Self::Revoke => None,
        };
        let lease = renewal.and_then(|renewal| renewal.offline_lease);
        let maintenance = renewal.and_then(|renewal| renewal.maintenance_end);
        query(
            "UPDATE entitlements SET status = COALESCE($2, status),
                 ends_at = COALESCE($3, ends_at), offline_lease = COALESCE($4, offline_lease),
                 maintenance_end = COALESCE($5, maintenance_end)
             WHERE id = $1",
        )
        .bind(entitlement.as_bytes().to_vec())
        .bind(status.map(EntitlementStatus::name))
        .bind(renewal.map(|renewal| int(renewal.ends_at.unix())))
        .bind(lease.map(|lease| int(lease.get())))
        .bind(maintenance.map(|end| int(end.unix())))
        .execute(connection)
        .await?;
        Ok(())
    }
}

impl EntitlementRenewal {
    /// Whether the entitlement is another one after it.
    fn changes(&self, entitlement: &Entitlement, now: Timestamp) -> Result<bool, EntitlementFault> {
        let ended = self.ends_at;
        if ended <= now {
            return Err(EntitlementFault::Ended { ended });
        }
        let lease = self.offline_lease.or(entitlement.offline_lease);
        let maintenance = self.maintenance_end.or(entitlement.maintenance_end);
        Ok(entitlement.ends_at != Some(ended)
            || entitlement.offline_lease != lease
            || entitlement.maintenance_end != maintenance)
    }
}
