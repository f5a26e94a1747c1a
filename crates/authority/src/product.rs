//! Products as the vendor's side knows them.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::{EmergencyTerms, Policy};
use keyferry_token::{CodeTag, Feature, Name, ProductCode, Seconds, Timestamp};

use crate::{
    Authority, DatabaseFault, EntropyFault, Origin, ProfileFault,
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, Row, query},
    entropy,
    profile::{self, Change},
};

/// The most features that a grant names (`docs/spec/formats.md`).
pub(crate) const MAX_FEATURES: usize = 64;

/// A product to add.
#[derive(Clone, Debug)]
pub struct NewProduct {
    /// Its code.
    pub code: ProductCode,
    /// Its name.
    pub name: Name,
    /// The features that entitlements may grant. With none listed they may grant any.
    pub features: Vec<Feature>,
    /// Whether it can be activated without a network (rule A1).
    pub offline: bool,
    /// How long it runs on after a lease.
    pub grace: Seconds,
    /// The emergency runs that its grants allow, if any.
    pub emergency: Option<EmergencyTerms>,
    /// How often its seats may change hands.
    pub policy: Policy,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its code.
    pub code: ProductCode,
    /// Its name.
    pub name: Name,
    /// The tag in front of its activation codes.
    pub tag: CodeTag,
    /// The features that entitlements may grant; none listed means any.
    pub features: Vec<Feature>,
    /// Whether it can be activated without a network (rule A1).
    pub offline: bool,
    /// How long it runs on after a lease.
    pub grace: Seconds,
    /// The emergency runs that its grants allow, if any.
    pub emergency: Option<EmergencyTerms>,
    /// How often its seats may change hands.
    pub policy: Policy,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Why a product was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum ProductFault {
    /// There is one of this code.
    #[error("the product {product} exists")]
    Exists {
        /// The code.
        product: ProductCode,
    },
    /// There is none of this code.
    #[error("there is no product {product}")]
    Unknown {
        /// The code.
        product: ProductCode,
    },
    /// It lists more features than a grant can name.
    #[error("more than {MAX_FEATURES} features")]
    TooManyFeatures,
    /// The profile that names the product was not signed or published.
    #[error(transparent)]
    Profile(#[from] ProfileFault),
    /// The system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl ProductFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Exists { .. } => Code::ProductExists,
            Self::Unknown { .. } => Code::ProductUnknown,
            Self::TooManyFeatures => Code::TextRefused,
            Self::Profile(fault) => fault.code(),
            Self::Entropy(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Exists { product } | Self::Unknown { product } => {
                Problem::new(self.code()).with("product", product)
            }
            Self::TooManyFeatures => Problem::new(self.code()).with("field", "features"),
            Self::Profile(fault) => fault.problem(),
            Self::Entropy(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}

impl Authority {
    /// Adds a product. Its activation codes get a tag of their own, and `vendor.kfv` is signed
    /// anew with the product and the next number.
    ///
    /// # Errors
    /// `product_exists`; `text_refused` with too many features; `too_large`, `malformed` with more products than a profile holds; those
    /// of the database, and of writing `vendor.kfv`.
    pub async fn product_add(
        &self,
        new: NewProduct,
        origin: &Origin,
    ) -> Result<Product, ProductFault> {
        let now = self.clock.now();
        if new.features.len() > MAX_FEATURES {
            return Err(ProductFault::TooManyFeatures);
        }
        let (new, keyring) = (&new, &self.renew_keys().await?);
        let product = self
            .database
            .write(|mut connection| async move {
                origin.asks_anew(&mut connection).await?;
                if find(&mut connection, &new.code).await?.is_some() {
                    let product = new.code.clone();
                    return Err(ProductFault::Exists { product });
                }
                let product = Product {
                    code: new.code.clone(),
                    name: new.name.clone(),
                    tag: free_tag(&mut connection).await?,
                    features: new.features.clone(),
                    offline: new.offline,
                    grace: new.grace,
                    emergency: new.emergency,
                    policy: new.policy,
                    created_at: now,
                };
                insert(&mut connection, &product).await?;
                let change = Change::Product(&product.code);
                profile::sign_next(&mut connection, keyring, change, now).await?;
                NewEntry::new(now, origin, Action::ProductAdded)
                    .product(&product.code)
                    .with("offline", product.offline)
                    .with("tag", product.tag.to_string())
                    .write(&mut connection)
                    .await?;
                Ok((connection, product))
            })
            .await?;
        self.publish_change().await?;
        Ok(product)
    }

    /// One product.
    ///
    /// # Errors
    /// `product_unknown`; those of the database.
    pub async fn product(&self, code: &ProductCode) -> Result<Product, ProductFault> {
        let mut transaction = self.database.read().await?;
        let product = find(&mut transaction, code).await?;
        product.ok_or_else(|| ProductFault::Unknown {
            product: code.clone(),
        })
    }

    /// All products, in the order in which they were added.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn products(&self) -> Result<Vec<Product>, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        query("SELECT * FROM products ORDER BY created_at, code")
            .fetch_all(&mut transaction)
            .await?
            .iter()
            .map(Product::from_row)
            .collect()
    }
}

impl Product {
    /// A feature that the product does not have. One that lists none has any.
    pub(crate) fn unlisted<'a>(&self, features: &'a [Feature]) -> Option<&'a Feature> {
        let unlisted = |feature: &&Feature| !self.features.contains(feature);
        features
            .iter()
            .find(unlisted)
            .filter(|_| !self.features.is_empty())
    }

    fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
        Ok(Self {
            code: columns::product(row, "code")?,
            name: columns::bounded(row, "name")?,
            tag: columns::parsed(row, "tag")?,
            features: columns::features(row, "features")?,
            offline: columns::get(row, "offline")?,
            grace: columns::seconds(row, "grace")?,
            emergency: emergency(row)?,
            policy: Policy {
                rebinds: columns::small(row, "rebinds")?,
                moves: columns::small(row, "moves")?,
                lost: columns::small(row, "lost")?,
            },
            created_at: columns::time(row, "created_at")?,
        })
    }
}

fn emergency(row: &Row) -> Result<Option<EmergencyTerms>, DatabaseFault> {
    let Some(length) = columns::maybe_seconds(row, "emergency_length")? else {
        return Ok(None);
    };
    let uses = u8::try_from(columns::small(row, "emergency_uses")?).map_err(|_| {
        DatabaseFault::Corrupt {
            what: "emergency_uses",
        }
    })?;
    Ok(Some(EmergencyTerms {
        length,
        uses,
        on_wrong_device: columns::get(row, "emergency_on_other_device")?,
    }))
}

/// The product of this code, if there is one.
pub(crate) async fn find(
    connection: &mut Connection,
    code: &ProductCode,
) -> Result<Option<Product>, DatabaseFault> {
    query("SELECT * FROM products WHERE code = $1")
        .bind(code.as_str())
        .fetch_optional(connection)
        .await?
        .as_ref()
        .map(Product::from_row)
        .transpose()
}

/// A tag that no other product has. There are a million of them and at most 500 products.
async fn free_tag(connection: &mut Connection) -> Result<CodeTag, ProductFault> {
    loop {
        let tag = CodeTag::from_random(entropy::random()?);
        let taken = query("SELECT code FROM products WHERE tag = $1")
            .bind(tag.to_string())
            .fetch_optional(&mut *connection)
            .await?;
        if taken.is_none() {
            return Ok(tag);
        }
    }
}

async fn insert(connection: &mut Connection, product: &Product) -> Result<(), DatabaseFault> {
    query(
        "INSERT INTO products (code, name, tag, features, offline, grace, emergency_length,
             emergency_uses, emergency_on_other_device, rebinds, moves, lost, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(product.code.as_str())
    .bind(product.name.as_str())
    .bind(product.tag.to_string())
    .bind(columns::features_text(&product.features))
    .bind(product.offline)
    .bind(int(product.grace.get()))
    .bind(product.emergency.map(|run| int(run.length.get())))
    .bind(product.emergency.map_or(0, |run| i64::from(run.uses)))
    .bind(product.emergency.is_some_and(|run| run.on_wrong_device))
    .bind(i64::from(product.policy.rebinds))
    .bind(i64::from(product.policy.moves))
    .bind(i64::from(product.policy.lost))
    .bind(int(product.created_at.unix()))
    .execute(connection)
    .await?;
    Ok(())
}
