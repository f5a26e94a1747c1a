//! What the vendor changes about an entitlement: its seats, its end, its lease, its features and who
//! holds it.

use std::num::NonZeroU32;

use keyferry_license::EntitlementStatus;
use keyferry_token::{EntitlementId, Feature, Name, Seconds, Timestamp};

use crate::{
    Authority, DatabaseFault, Entitlement, EntitlementChange, EntitlementFault, EntitlementKey,
    Origin,
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, query},
    entitlement::granted,
};

/// What is to change about an entitlement; `None` leaves it as it is. Devices get it with their next
/// grant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntitlementTerms {
    /// How many devices may hold it at once.
    pub seats: Option<NonZeroU32>,
    /// How long an activation runs without contact.
    pub offline_lease: Option<Option<Seconds>>,
    /// When it ends.
    pub ends_at: Option<Option<Timestamp>>,
    /// The features it grants; none means all that its product lists.
    pub features: Option<Vec<Feature>>,
    /// Who bought it.
    pub holder: Option<Option<Name>>,
    /// Whether it is a trial.
    pub trial: Option<bool>,
    /// Until when versions that come out are covered; without one all are.
    pub maintenance_end: Option<Option<Timestamp>>,
}

impl Authority {
    /// Changes an entitlement. One that has ended is in force again with another end, one that is
    /// suspended stays so (rule A8).
    ///
    /// # Errors
    /// `entitlement_unknown`; `feature_unknown`, `text_refused` with too many features;
    /// `seats_in_use`; `entitlement_ended` with an end that is over already; `entitlement_revoked`,
    /// which nothing is changed after; those of the database.
    pub async fn entitlement_change(
        &self,
        key: &EntitlementKey,
        terms: &EntitlementTerms,
        origin: &Origin,
    ) -> Result<EntitlementChange, EntitlementFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let before = self.entitlement_by(&mut connection, key, now).await?;
                let entitlement = terms.applied(&mut connection, &before, now).await?;
                let changed = entitlement != before;
                if changed {
                    change(&mut connection, &before, &entitlement, now, origin).await?;
                }
                let change = EntitlementChange {
                    entitlement,
                    changed,
                };
                Ok((connection, change))
            })
            .await
    }
}

impl EntitlementTerms {
    /// The entitlement as it is to be.
    pub(crate) async fn applied(
        &self,
        connection: &mut Connection,
        before: &Entitlement,
        now: Timestamp,
    ) -> Result<Entitlement, EntitlementFault> {
        let mut after = before.clone();
        after.seats = self.seats.map_or(after.seats, NonZeroU32::get);
        after.offline_lease = self.offline_lease.unwrap_or(after.offline_lease);
        after.ends_at = self.ends_at.unwrap_or(after.ends_at);
        after.features = self.features.clone().unwrap_or(after.features);
        after.holder = self.holder.clone().unwrap_or(after.holder);
        after.trial = self.trial.unwrap_or(after.trial);
        after.maintenance_end = self.maintenance_end.unwrap_or(after.maintenance_end);
        if after == *before {
            return Ok(after);
        }
        if before.status == EntitlementStatus::Revoked {
            return Err(EntitlementFault::Revoked);
        }
        if let Some(ended) = after.ends_at
            && after.ends_at != before.ends_at
            && ended <= now
        {
            return Err(EntitlementFault::Ended { ended });
        }
        if after.trial && after.ends_at.is_none() {
            return Err(EntitlementFault::TrialWithoutEnd);
        }
        if after.features != before.features {
            granted(connection, &after.product, &after.features).await?;
        }
        if after.seats < before.seats {
            let held = held(connection, after.id).await?;
            if after.seats < held {
                return Err(EntitlementFault::SeatsInUse { held });
            }
        }
        if before.status != EntitlementStatus::Suspended {
            after.status = EntitlementStatus::Active.at(now, after.ends_at);
        }
        Ok(after)
    }
}

/// Writes an entitlement that is another one now, and tells the audit log.
pub(crate) async fn change(
    connection: &mut Connection,
    before: &Entitlement,
    after: &Entitlement,
    now: Timestamp,
    origin: &Origin,
) -> Result<(), DatabaseFault> {
    update(connection, after).await?;
    let entry = NewEntry::new(now, origin, Action::EntitlementChanged)
        .product(&after.product)
        .entitlement(Some(after.id))
        .with("hint", after.hint.as_str());
    told(entry, before, after).write(connection).await
}

/// Names what changed, with what it is now. A name of a person stays out of the log, which forgets
/// nothing.
fn told(mut entry: NewEntry, before: &Entitlement, after: &Entitlement) -> NewEntry {
    if after.seats != before.seats {
        entry = entry.with("seats", after.seats);
    }
    if after.ends_at != before.ends_at {
        entry = entry.with("ends_at", after.ends_at.map(Timestamp::unix));
    }
    if after.offline_lease != before.offline_lease {
        entry = entry.with("offline_lease", after.offline_lease.map(Seconds::get));
    }
    if after.features != before.features {
        let features: Vec<&str> = after.features.iter().map(Feature::as_str).collect();
        entry = entry.with("features", features);
    }
    if after.holder != before.holder {
        entry = entry.with("holder", true);
    }
    if after.trial != before.trial {
        entry = entry.with("trial", after.trial);
    }
    if after.maintenance_end != before.maintenance_end {
        entry = entry.with(
            "maintenance_end",
            after.maintenance_end.map(Timestamp::unix),
        );
    }
    entry
}

/// How many activations hold a seat, be their time over: another device takes the seat of such a one,
/// so that all of them count.
async fn held(
    connection: &mut Connection,
    entitlement: EntitlementId,
) -> Result<u32, DatabaseFault> {
    let row = query(
        "SELECT COUNT(*) AS held FROM activations
         WHERE entitlement = $1 AND status IN ('active', 'leaving')",
    )
    .bind(entitlement.as_bytes().to_vec())
    .fetch_one(connection)
    .await?;
    columns::small(&row, "held")
}

async fn update(connection: &mut Connection, after: &Entitlement) -> Result<(), DatabaseFault> {
    query(
        "UPDATE entitlements SET seats = $2, offline_lease = $3, ends_at = $4, features = $5,
             holder = $6, trial = $7, maintenance_end = $8
         WHERE id = $1",
    )
    .bind(after.id.as_bytes().to_vec())
    .bind(i64::from(after.seats))
    .bind(after.offline_lease.map(|lease| int(lease.get())))
    .bind(after.ends_at.map(|end| int(end.unix())))
    .bind(columns::features_text(&after.features))
    .bind(after.holder.as_ref().map(Name::as_str))
    .bind(after.trial)
    .bind(after.maintenance_end.map(|end| int(end.unix())))
    .execute(connection)
    .await?;
    Ok(())
}
