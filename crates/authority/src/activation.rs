//! Activations: seats held by devices.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{
    ActivationId, ComponentKind, DeviceId, EntitlementId, Label, ProductCode, Sequence, Timestamp,
};

use crate::{Authority, DatabaseFault, Page, Paged, columns, database::Row};

/// A seat held, or once held, by a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// Its id.
    pub id: ActivationId,
    /// The entitlement whose seat it holds.
    pub entitlement: EntitlementId,
    /// The product.
    pub product: ProductCode,
    /// Which of the entitlement's seats, from 1.
    pub seat: u32,
    /// The device.
    pub device: DeviceId,
    /// What the device's user calls it.
    pub label: Label,
    /// Its operating system and processor.
    pub platform: Label,
    /// The version of the program that asked.
    pub client: Label,
    /// The components of the device that were enrolled.
    pub enrolled: Vec<ComponentKind>,
    /// Whether it holds its seat.
    pub status: ActivationStatus,
    /// When the device was activated.
    pub activated_at: Timestamp,
    /// The sequence number of the latest grant.
    pub sequence: Sequence,
    /// When the latest lease ends.
    pub lease_expires_at: Timestamp,
    /// When the grace after it ends.
    pub grace_until: Timestamp,
    /// When another activation took its seat.
    pub superseded_at: Option<Timestamp>,
}

/// The state of an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActivationStatus {
    /// Holds its seat.
    Active,
    /// Another activation took its seat, for good (rules A4, A5).
    Superseded,
}

impl ActivationStatus {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Superseded => "superseded",
        }
    }
}

/// An activation and what it replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationRecord {
    /// The activation.
    pub activation: Activation,
    /// The activations that it replaced on its seat, one after the other, the latest first.
    pub history: Vec<Activation>,
}

/// Which activations to list.
#[derive(Clone, Debug, Default)]
pub struct ActivationFilter {
    /// Of this product only.
    pub product: Option<ProductCode>,
    /// Of this entitlement only.
    pub entitlement: Option<EntitlementId>,
    /// Those that hold a seat only.
    pub active: bool,
}

/// Why an activation was not found.
#[derive(Debug, thiserror::Error)]
pub enum ActivationFault {
    /// There is none of this id.
    #[error("no such activation")]
    Unknown,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl ActivationFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::ActivationUnknown,
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unknown => Problem::new(self.code()),
            Self::Database(fault) => fault.problem(),
        }
    }
}

/// Activations as [`Activation::from_row`] reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.*, e.product FROM activations a JOIN entitlements e ON e.id = a.entitlement ",
            $rest
        )
    };
}

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
        let rows = sqlx::query(select!(
            "WHERE ($1 IS NULL OR a.entitlement = $1)
                 AND ($5 IS NULL OR e.product = $5)
                 AND (a.status = 'active' OR NOT $2)
                 AND ($3 IS NULL OR (a.activated_at, a.id) >
                     (SELECT activated_at, id FROM activations WHERE id = $3))
             ORDER BY a.activated_at, a.id LIMIT $4"
        ))
        .bind(filter.entitlement.map(|id| id.as_bytes().to_vec()))
        .bind(filter.active)
        .bind(page.after.map(|id| id.as_bytes().to_vec()))
        .bind(i64::from(page.limit) + 1)
        .bind(filter.product.as_ref().map(ProductCode::as_str))
        .fetch_all(&mut *transaction)
        .await?;
        let items = rows
            .iter()
            .map(Activation::from_row)
            .collect::<Result<_, _>>()?;
        Ok(page.cut(items, |activation: &Activation| activation.id))
    }

    /// One activation, with those that it replaced.
    ///
    /// # Errors
    /// `activation_unknown`; those of the database.
    pub async fn activation(&self, id: ActivationId) -> Result<ActivationRecord, ActivationFault> {
        let mut transaction = self.database.read().await?;
        let row = sqlx::query(select!("WHERE a.id = $1"))
            .bind(id.as_bytes().to_vec())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(DatabaseFault::from)?
            .ok_or(ActivationFault::Unknown)?;
        let activation = Activation::from_row(&row)?;
        let before = sqlx::query(
            "WITH RECURSIVE replaced (id, step) AS (
                 SELECT id, 1 FROM activations WHERE superseded_by = $1
                 UNION ALL
                 SELECT a.id, r.step + 1 FROM activations a JOIN replaced r ON a.superseded_by = r.id
             )
             SELECT a.*, e.product FROM replaced r JOIN activations a ON a.id = r.id
                 JOIN entitlements e ON e.id = a.entitlement
             ORDER BY r.step LIMIT 1000",
        )
        .bind(id.as_bytes().to_vec())
        .fetch_all(&mut *transaction)
        .await
        .map_err(DatabaseFault::from)?;
        let history = before
            .iter()
            .map(Activation::from_row)
            .collect::<Result<_, _>>()?;
        Ok(ActivationRecord {
            activation,
            history,
        })
    }
}

impl Activation {
    fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
        let states = [ActivationStatus::Active, ActivationStatus::Superseded];
        let enrolled = columns::fingerprint(row, "enrolled")?;
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
            status: columns::one_of(row, "status", states, ActivationStatus::name)?,
            activated_at: columns::time(row, "activated_at")?,
            sequence: columns::number(row, "sequence").map(Sequence)?,
            lease_expires_at: columns::time(row, "lease_expires_at")?,
            grace_until: columns::time(row, "grace_until")?,
            superseded_at: columns::maybe_time(row, "superseded_at")?,
        })
    }
}
