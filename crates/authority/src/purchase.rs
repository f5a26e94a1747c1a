//! What a customer bought, as the rules need to know it.

use keyferry_license::{EntitlementStatus, OfflineSupport};
use keyferry_token::{
    ActivationId, EmergencyAllowance, EntitlementId, Feature, Fingerprint, Grant, Name, SeatStatus,
    Seconds, Sequence, Timestamp,
};

use crate::{
    DatabaseFault,
    columns::{self},
    database::{Connection, Row, query},
    keyring::SecretDigest,
    product::{self, Product},
};

/// An entitlement with its product.
#[derive(Clone, Debug)]
pub(crate) struct Purchase {
    pub(crate) id: EntitlementId,
    pub(crate) product: Product,
    seats: u32,
    status: SeatStatus,
    offline_lease: Option<Seconds>,
    ends_at: Option<Timestamp>,
    features: Vec<Feature>,
    holder: Option<Name>,
    pub(crate) trial: bool,
    maintenance_end: Option<Timestamp>,
}

/// What a grant says beside what the customer bought.
pub(crate) struct Terms {
    pub(crate) activation: ActivationId,
    pub(crate) sequence: Sequence,
    pub(crate) status: SeatStatus,
    pub(crate) lease_expires_at: Option<Timestamp>,
    pub(crate) emergency: Option<EmergencyAllowance>,
    pub(crate) enrolled: Fingerprint,
    pub(crate) tolerance: u8,
}

impl Purchase {
    /// The entitlement with this code, if there is one.
    pub(crate) async fn by_code(
        connection: &mut Connection,
        code: &SecretDigest,
    ) -> Result<Option<Self>, DatabaseFault> {
        let row = query("SELECT * FROM entitlements WHERE code_digest = $1")
            .bind(code.to_vec())
            .fetch_optional(&mut *connection)
            .await?;
        match row {
            Some(row) => Self::from_row(connection, &row).await.map(Some),
            None => Ok(None),
        }
    }

    /// The entitlement with this id, which an activation names.
    pub(crate) async fn by_id(
        connection: &mut Connection,
        id: EntitlementId,
    ) -> Result<Self, DatabaseFault> {
        let row = query("SELECT * FROM entitlements WHERE id = $1")
            .bind(id.as_bytes().to_vec())
            .fetch_one(&mut *connection)
            .await?;
        Self::from_row(connection, &row).await
    }

    async fn from_row(connection: &mut Connection, row: &Row) -> Result<Self, DatabaseFault> {
        let product = product::find(connection, &columns::product(row, "product")?).await?;
        let stored = EntitlementStatus::DECIDED;
        Ok(Self {
            id: columns::fixed(row, "id").map(EntitlementId::new)?,
            product: product.ok_or(DatabaseFault::Corrupt { what: "product" })?,
            seats: columns::small(row, "seats")?,
            // That it has ended follows from its end, which the rules are told.
            status: columns::one_of(row, "status", stored, EntitlementStatus::name)?.of_seats(),
            offline_lease: columns::maybe_seconds(row, "offline_lease")?,
            ends_at: columns::maybe_time(row, "ends_at")?,
            features: columns::features(row, "features")?,
            holder: columns::maybe_bounded(row, "holder")?,
            trial: columns::get(row, "trial")?,
            maintenance_end: columns::maybe_time(row, "maintenance_end")?,
        })
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
            emergency: self.product.emergency,
            policy: self.product.policy,
        }
    }

    /// A grant on these terms.
    pub(crate) fn grant(&self, terms: Terms) -> Grant {
        Grant {
            activation: terms.activation,
            sequence: terms.sequence,
            status: terms.status,
            lease_expires_at: terms.lease_expires_at,
            grace: self.product.grace,
            subscription_end: self.ends_at,
            features: self.granted_features(),
            edition: None,
            holder: self.holder.clone(),
            enrolled: terms.enrolled,
            tolerance: terms.tolerance,
            emergency: terms.emergency,
            trial: self.trial,
            maintenance_end: self.maintenance_end,
        }
    }

    /// The features that it grants: its own, else all that its product lists.
    fn granted_features(&self) -> Vec<Feature> {
        if self.features.is_empty() {
            self.product.features.clone()
        } else {
            self.features.clone()
        }
    }
}
