//! Entitlements: what customers bought.

use std::num::NonZeroU32;

use keyferry_catalogue::{Code, Problem};
use keyferry_license::EntitlementStatus;
use keyferry_token::{
    ActivationCode, EntitlementId, Feature, HolderSecret, Name, ProductCode, Seconds, Timestamp,
};

use crate::{
    Authority, DatabaseFault, EntropyFault, Origin, Page, Paged,
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, Row, query},
    entropy,
    keyring::SecretDigest,
    product::{self, MAX_FEATURES, Product},
};

/// An entitlement to add.
#[derive(Clone, Debug)]
pub struct NewEntitlement {
    /// The product.
    pub product: ProductCode,
    /// How many devices may hold it at once.
    pub seats: NonZeroU32,
    /// How long an activation runs without contact; without it nothing is activated offline
    /// (rule A1).
    pub offline_lease: Option<Seconds>,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// The features it grants; none means all that its product lists.
    pub features: Vec<Feature>,
    /// Who bought it.
    pub holder: Option<Name>,
    /// Whether it is a trial: it has an end, and a device gets one of a product.
    pub trial: bool,
    /// Until when versions that come out are covered; without one all are.
    pub maintenance_end: Option<Timestamp>,
}

/// An entitlement just made, with the two secrets that are shown this once and stored nowhere.
#[derive(Debug)]
pub struct IssuedEntitlement {
    /// The entitlement.
    pub entitlement: Entitlement,
    /// Activates devices; for the customer's users.
    pub code: ActivationCode,
    /// Manages seats; for the customer alone.
    pub holder_secret: HolderSecret,
}

/// An entitlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// Its id; no secret.
    pub id: EntitlementId,
    /// What can be shown of its activation code.
    pub hint: String,
    /// The product.
    pub product: ProductCode,
    /// How many devices may hold it at once.
    pub seats: u32,
    /// How many seats are held by devices whose time is not over; another device can take the
    /// others.
    pub seats_used: u32,
    /// Its state now (rule A8).
    pub status: EntitlementStatus,
    /// How long an activation runs without contact.
    pub offline_lease: Option<Seconds>,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// The features it grants; none means all that its product lists.
    pub features: Vec<Feature>,
    /// Who bought it.
    pub holder: Option<Name>,
    /// Whether it is a trial.
    pub trial: bool,
    /// Until when versions that come out are covered; without one all are.
    pub maintenance_end: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// How the vendor names an entitlement.
#[derive(Clone, Debug)]
pub enum EntitlementKey {
    /// By its id.
    Id(EntitlementId),
    /// By its activation code.
    Code(ActivationCode),
}

impl EntitlementKey {
    /// Reads an id or an activation code as a person types it.
    ///
    /// # Errors
    /// Those of [`ActivationCode::read`], since whoever types neither most likely meant a code.
    pub fn read(text: &str) -> Result<Self, keyferry_token::CodeFault> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => ActivationCode::read(text).map(Self::Code),
        }
    }
}

/// Why an entitlement was not added, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum EntitlementFault {
    /// There is none of this id or code.
    #[error("no such entitlement")]
    Unknown,
    /// There is no product of this code.
    #[error("no product {product}")]
    ProductUnknown {
        /// The code.
        product: ProductCode,
    },
    /// The product lists its features, and not this one.
    #[error("the product {product} has no feature {feature}")]
    FeatureUnknown {
        /// The feature.
        feature: Feature,
        /// The product.
        product: ProductCode,
    },
    /// It was revoked, and nothing brings it back (rule A8).
    #[error("the entitlement is revoked")]
    Revoked,
    /// The end that it is to have is over already.
    #[error("that end is over: {ended}")]
    Ended {
        /// That end.
        ended: Timestamp,
    },
    /// A trial has to have an end.
    #[error("a trial without an end")]
    TrialWithoutEnd,
    /// It has more features than a grant can name.
    #[error("more than {MAX_FEATURES} features")]
    TooManyFeatures,
    /// The reference of a row stands for an entitlement to another product.
    #[error("the reference {reference} stands for something else")]
    ReferenceTaken {
        /// The reference.
        reference: Name,
    },
    /// A row that is to make an entitlement does not say how many seats it has.
    #[error("the number of seats is missing")]
    SeatsMissing,
    /// More seats are held than there are to be.
    #[error("{held} seats are held")]
    SeatsInUse {
        /// How many.
        held: u32,
    },
    /// The system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl EntitlementFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::EntitlementUnknown,
            Self::ProductUnknown { .. } => Code::ProductUnknown,
            Self::FeatureUnknown { .. } => Code::FeatureUnknown,
            Self::Revoked => Code::EntitlementRevoked,
            Self::Ended { .. } => Code::EntitlementEnded,
            Self::TrialWithoutEnd => Code::TrialEndMissing,
            Self::TooManyFeatures => Code::TextRefused,
            Self::ReferenceTaken { .. } => Code::ReferenceTaken,
            Self::SeatsMissing => Code::CellMissing,
            Self::SeatsInUse { .. } => Code::SeatsInUse,
            Self::Entropy(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::Unknown | Self::Revoked | Self::TrialWithoutEnd => problem,
            Self::Ended { ended } => problem.with("ended", ended),
            Self::ProductUnknown { product } => problem.with("product", product),
            Self::FeatureUnknown { feature, product } => {
                problem.with("feature", feature).with("product", product)
            }
            Self::TooManyFeatures => problem.with("field", "features"),
            Self::ReferenceTaken { reference } => problem.with("reference", reference),
            Self::SeatsMissing => problem.with("column", "seats"),
            Self::SeatsInUse { held } => problem.with("held", held),
            Self::Entropy(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}

/// Entitlements as [`Entitlement::from_row`] reads them; `$1` is the time now.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT e.*, (SELECT COUNT(*) FROM activations a
                 WHERE a.entitlement = e.id AND a.status IN ('active', 'leaving') AND a.held_until > $1
             ) AS seats_used FROM entitlements e ",
            $rest
        )
    };
}
pub(crate) use select;

impl Authority {
    /// Adds an entitlement, and makes its activation code and holder secret. They are shown this
    /// once; stored are digests, which nobody without the authority's lookup key can try codes on.
    ///
    /// # Errors
    /// `product_unknown`, `feature_unknown`, `text_refused` with too many features; `trial_end_missing`;
    /// those of the database.
    pub async fn entitlement_add(
        &self,
        new: NewEntitlement,
        origin: &Origin,
    ) -> Result<IssuedEntitlement, EntitlementFault> {
        let now = self.clock.now();
        let id = EntitlementId::new(entropy::random()?);
        let secret = entropy::random()?;
        let holder_secret = HolderSecret::from_random(entropy::random()?);
        let (new, holder) = (&new, &holder_secret);
        let (entitlement, code) = self
            .database
            .write(|mut connection| async move {
                let product = new.product(&mut connection).await?;
                let code = ActivationCode::from_random(product.tag, secret);
                let entitlement = self
                    .enter(&mut connection, new, (id, &code, holder), now, origin)
                    .await?;
                Ok::<_, EntitlementFault>((connection, (entitlement, code)))
            })
            .await?;
        Ok(IssuedEntitlement {
            entitlement,
            code,
            holder_secret,
        })
    }

    /// Enters an entitlement that may be made, and tells the audit log.
    pub(crate) async fn enter(
        &self,
        connection: &mut Connection,
        new: &NewEntitlement,
        (id, code, holder): (EntitlementId, &ActivationCode, &HolderSecret),
        now: Timestamp,
        origin: &Origin,
    ) -> Result<Entitlement, DatabaseFault> {
        let digests = [
            self.keyring().lookup.code(&code.secret()),
            self.keyring().lookup.holder(holder),
        ];
        let entitlement = new.entered(id, code, now);
        insert(connection, &entitlement, &digests).await?;
        let entry = NewEntry::new(now, origin, Action::EntitlementAdded)
            .product(&new.product)
            .entitlement(Some(id))
            .with("hint", entitlement.hint.as_str())
            .with("seats", entitlement.seats);
        let entry = if entitlement.trial {
            entry.with("trial", true)
        } else {
            entry
        };
        entry.write(connection).await?;
        Ok(entitlement)
    }

    /// The entitlements, in the order in which they were added.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn entitlements(
        &self,
        page: Page<EntitlementId>,
    ) -> Result<Paged<Entitlement, EntitlementId>, DatabaseFault> {
        let now = self.clock.now();
        let mut transaction = self.database.read().await?;
        let rows = query(select!(
            "WHERE $2 IS NULL
                 OR (e.created_at, e.id) > (SELECT created_at, id FROM entitlements WHERE id = $2)
             ORDER BY e.created_at, e.id LIMIT $3"
        ))
        .bind(int(now.unix()))
        .bind(page.after.map(|id| id.as_bytes().to_vec()))
        .bind(i64::from(page.limit) + 1)
        .fetch_all(&mut transaction)
        .await?;
        let items = rows
            .iter()
            .map(|row| Entitlement::from_row(row, now))
            .collect::<Result<_, _>>()?;
        Ok(page.cut(items, |entitlement: &Entitlement| entitlement.id))
    }

    /// One entitlement.
    ///
    /// # Errors
    /// `entitlement_unknown`; those of the database.
    pub async fn entitlement(&self, key: &EntitlementKey) -> Result<Entitlement, EntitlementFault> {
        let mut transaction = self.database.read().await?;
        self.entitlement_by(&mut transaction, key, self.clock.now())
            .await
    }

    /// The entitlement within a transaction.
    pub(crate) async fn entitlement_by(
        &self,
        connection: &mut Connection,
        key: &EntitlementKey,
        now: Timestamp,
    ) -> Result<Entitlement, EntitlementFault> {
        let (id, digest) = match key {
            EntitlementKey::Id(id) => (Some(id.as_bytes().to_vec()), None),
            EntitlementKey::Code(code) => (
                None,
                Some(self.keyring().lookup.code(&code.secret()).to_vec()),
            ),
        };
        let row = query(select!("WHERE e.id = $2 OR e.code_digest = $3"))
            .bind(int(now.unix()))
            .bind(id)
            .bind(digest)
            .fetch_optional(connection)
            .await?
            .ok_or(EntitlementFault::Unknown)?;
        Ok(Entitlement::from_row(&row, now)?)
    }
}

impl NewEntitlement {
    /// Its product, which has to list what the entitlement grants.
    pub(crate) async fn product(
        &self,
        connection: &mut Connection,
    ) -> Result<Product, EntitlementFault> {
        if self.trial && self.ends_at.is_none() {
            return Err(EntitlementFault::TrialWithoutEnd);
        }
        granted(connection, &self.product, &self.features).await
    }

    fn entered(&self, id: EntitlementId, code: &ActivationCode, now: Timestamp) -> Entitlement {
        Entitlement {
            id,
            hint: code.hint(),
            product: self.product.clone(),
            seats: self.seats.get(),
            seats_used: 0,
            status: EntitlementStatus::Active.at(now, self.ends_at),
            offline_lease: self.offline_lease,
            ends_at: self.ends_at,
            features: self.features.clone(),
            holder: self.holder.clone(),
            trial: self.trial,
            maintenance_end: self.maintenance_end,
            created_at: now,
        }
    }
}

impl Entitlement {
    pub(crate) fn from_row(row: &Row, now: Timestamp) -> Result<Self, DatabaseFault> {
        let stored = EntitlementStatus::DECIDED;
        let ends_at = columns::maybe_time(row, "ends_at")?;
        Ok(Self {
            id: columns::fixed(row, "id").map(EntitlementId::new)?,
            hint: columns::get(row, "hint")?,
            product: columns::product(row, "product")?,
            seats: columns::small(row, "seats")?,
            seats_used: columns::small(row, "seats_used")?,
            status: columns::one_of(row, "status", stored, EntitlementStatus::name)?
                .at(now, ends_at),
            offline_lease: columns::maybe_seconds(row, "offline_lease")?,
            ends_at,
            features: columns::features(row, "features")?,
            holder: columns::maybe_bounded(row, "holder")?,
            trial: columns::get(row, "trial")?,
            maintenance_end: columns::maybe_time(row, "maintenance_end")?,
            created_at: columns::time(row, "created_at")?,
        })
    }
}

/// The product of this code, which has to list these features.
pub(crate) async fn granted(
    connection: &mut Connection,
    code: &ProductCode,
    features: &[Feature],
) -> Result<Product, EntitlementFault> {
    if features.len() > MAX_FEATURES {
        return Err(EntitlementFault::TooManyFeatures);
    }
    let product = product::find(connection, code).await?;
    let product = product.ok_or_else(|| EntitlementFault::ProductUnknown {
        product: code.clone(),
    })?;
    match product.unlisted(features) {
        Some(feature) => Err(EntitlementFault::FeatureUnknown {
            feature: feature.clone(),
            product: code.clone(),
        }),
        None => Ok(product),
    }
}

async fn insert(
    connection: &mut Connection,
    entitlement: &Entitlement,
    [code, holder]: &[SecretDigest; 2],
) -> Result<(), DatabaseFault> {
    query(
        "INSERT INTO entitlements (id, product, code_digest, holder_digest, hint, seats, status,
             offline_lease, ends_at, features, holder, created_at, trial, maintenance_end)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(entitlement.id.as_bytes().to_vec())
    .bind(entitlement.product.as_str())
    .bind(code.to_vec())
    .bind(holder.to_vec())
    .bind(entitlement.hint.as_str())
    .bind(i64::from(entitlement.seats))
    .bind(EntitlementStatus::Active.name())
    .bind(entitlement.offline_lease.map(|lease| int(lease.get())))
    .bind(entitlement.ends_at.map(|end| int(end.unix())))
    .bind(columns::features_text(&entitlement.features))
    .bind(entitlement.holder.as_ref().map(Name::as_str))
    .bind(int(entitlement.created_at.unix()))
    .bind(entitlement.trial)
    .bind(entitlement.maintenance_end.map(|end| int(end.unix())))
    .execute(connection)
    .await?;
    Ok(())
}
