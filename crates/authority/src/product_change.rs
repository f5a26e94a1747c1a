//! What the vendor changes about a product: its name, and what its grants and seats allow.

use keyferry_license::EmergencyTerms;
use keyferry_token::{Feature, Name, ProductCode, Seconds};

use crate::{
    Authority, DatabaseFault, Origin, Product, ProductFault,
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, query},
    product::{self, MAX_FEATURES},
    profile::{self, Change},
};

/// What is to change about a product; `None` leaves it as it is.
///
/// Activations get it with their next grant. The caps count from now on with what was counted in
/// the year; a seat that is [`crate::ActivationStatus::Leaving`] stays so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductTerms {
    /// Its name.
    pub name: Option<Name>,
    /// The features that entitlements may grant; none listed means any. What was granted stays.
    pub features: Option<Vec<Feature>>,
    /// Whether it can be activated without a network (rule A1).
    pub offline: Option<bool>,
    /// How long it runs on after a lease.
    pub grace: Option<Seconds>,
    /// The emergency runs that its grants allow.
    pub emergency: Option<EmergencyOffer>,
    /// How often in a year a seat may be rebound (rule A4).
    pub rebinds: Option<u32>,
    /// How often in a year a seat may be given up and be free at once (rule A7).
    pub moves: Option<u32>,
    /// How many seats of an entitlement may be released in a year without their devices (rule A9).
    pub lost: Option<u32>,
}

/// Whether the grants of a product allow emergency runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmergencyOffer {
    /// They do, on these terms.
    Allowed(EmergencyTerms),
    /// They do not.
    NotAllowed,
}

/// A product after it was to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductChange {
    /// The product as it is now.
    pub product: Product,
    /// Whether anything changed: asked for twice, the second time is a no-op.
    pub changed: bool,
    /// Whether its name did, so that `vendor.kfv` was signed anew.
    pub renamed: bool,
}

impl Authority {
    /// Changes a product. With another name `vendor.kfv` is signed anew, with the next number.
    ///
    /// # Errors
    /// `product_unknown`, `text_refused` with too many features; those of the database, and of
    /// writing `vendor.kfv`.
    pub async fn product_change(
        &self,
        code: &ProductCode,
        terms: ProductTerms,
        origin: &Origin,
    ) -> Result<ProductChange, ProductFault> {
        if terms
            .features
            .as_ref()
            .is_some_and(|all| all.len() > MAX_FEATURES)
        {
            return Err(ProductFault::TooManyFeatures);
        }
        let now = self.clock.now();
        let (terms, keyring) = (&terms, &self.renew_keys().await?);
        let change = self
            .database
            .write(|mut connection| async move {
                let Some(before) = product::find(&mut connection, code).await? else {
                    let product = code.clone();
                    return Err(ProductFault::Unknown { product });
                };
                let product = terms.applied_to(before.clone());
                let change = ProductChange {
                    changed: product != before,
                    renamed: product.name != before.name,
                    product,
                };
                if change.changed {
                    update(&mut connection, &change.product).await?;
                    let entry = NewEntry::new(now, origin, Action::ProductChanged).product(code);
                    told(entry, &before, &change.product)
                        .write(&mut connection)
                        .await?;
                }
                if change.renamed {
                    let renamed = Change::Product(code);
                    profile::sign_next(&mut connection, keyring, renamed, now).await?;
                }
                Ok((connection, change))
            })
            .await?;
        if change.renamed {
            self.publish_change().await?;
        }
        Ok(change)
    }
}

impl ProductTerms {
    /// The product as it is to be.
    #[must_use]
    pub fn applied_to(&self, mut product: Product) -> Product {
        if let Some(name) = &self.name {
            product.name = name.clone();
        }
        if let Some(features) = &self.features {
            features.clone_into(&mut product.features);
        }
        product.offline = self.offline.unwrap_or(product.offline);
        product.grace = self.grace.unwrap_or(product.grace);
        product.emergency = match self.emergency {
            Some(EmergencyOffer::Allowed(terms)) => Some(terms),
            Some(EmergencyOffer::NotAllowed) => None,
            None => product.emergency,
        };
        let policy = &mut product.policy;
        policy.rebinds = self.rebinds.unwrap_or(policy.rebinds);
        policy.moves = self.moves.unwrap_or(policy.moves);
        policy.lost = self.lost.unwrap_or(policy.lost);
        product
    }
}

/// Names what changed, with what it is now.
fn told(mut entry: NewEntry, before: &Product, now: &Product) -> NewEntry {
    if now.name != before.name {
        entry = entry.with("name", now.name.as_str());
    }
    if now.features != before.features {
        let features: Vec<&str> = now.features.iter().map(Feature::as_str).collect();
        entry = entry.with("features", features);
    }
    if now.offline != before.offline {
        entry = entry.with("offline", now.offline);
    }
    if now.grace != before.grace {
        entry = entry.with("grace", now.grace.get());
    }
    if now.emergency != before.emergency {
        entry = entry.with("emergency", now.emergency.map(|run| run.length.get()));
        if let Some(run) = now.emergency {
            entry = entry
                .with("emergency_uses", run.uses)
                .with("emergency_on_other_device", run.on_wrong_device);
        }
    }
    let (old, new) = (before.policy, now.policy);
    for (name, old, new) in [
        ("rebinds", old.rebinds, new.rebinds),
        ("moves", old.moves, new.moves),
        ("lost", old.lost, new.lost),
    ] {
        if new != old {
            entry = entry.with(name, new);
        }
    }
    entry
}

async fn update(connection: &mut Connection, product: &Product) -> Result<(), DatabaseFault> {
    query(
        "UPDATE products SET name = $2, offline = $3, grace = $4, emergency_length = $5,
             emergency_uses = $6, emergency_on_other_device = $7, rebinds = $8, moves = $9,
             lost = $10, features = $11
         WHERE code = $1",
    )
    .bind(product.code.as_str())
    .bind(product.name.as_str())
    .bind(product.offline)
    .bind(int(product.grace.get()))
    .bind(product.emergency.map(|run| int(run.length.get())))
    .bind(product.emergency.map_or(0, |run| i64::from(run.uses)))
    .bind(product.emergency.is_some_and(|run| run.on_wrong_device))
    .bind(i64::from(product.policy.rebinds))
    .bind(i64::from(product.policy.moves))
    .bind(i64::from(product.policy.lost))
    .bind(columns::features_text(&product.features))
    .execute(connection)
    .await?;
    Ok(())
}
