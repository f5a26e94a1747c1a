//! Personal data that somebody has a right to have removed: what the books keep of it. The log keeps none.

use keyferry_token::{ActivationId, EntitlementId, ProductCode};

use crate::{
    ActivationFault, Authority, DatabaseFault, EntitlementFault, EntitlementKey, Origin,
    audit::{Action, NewEntry},
    columns,
    database::{Connection, query},
    register,
};

/// Stands for the name of a device that was removed.
pub(crate) const ERASED: &str = "(erased)";

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Whether the name of the holder was there.
    pub holder: bool,
    /// How many names of devices.
    pub labels: u64,
    /// How many network addresses.
    pub addresses: u64,
}

impl Erased {
    /// Whether there was anything to remove.
    pub fn is_something(self) -> bool {
        self != Self::default()
    }
}

impl Authority {
    /// Removes what the books keep of the people behind an entitlement: the holder's name, what their
    /// devices are called, and from which addresses they came. The entitlement and its activations go on, and
    /// so does the reference of another system, by which a list finds it again. A device tells its name again when it asks for something again.
    ///
    /// # Errors
    /// `entitlement_unknown`; those of the database.
    pub async fn erase_entitlement(
        &self,
        key: &EntitlementKey,
        origin: &Origin,
    ) -> Result<Erased, EntitlementFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let found = self.entitlement_by(&mut connection, key, now).await?;
                let mut erased = entitlement(&mut connection, found.id).await?;
                erased.holder = found.holder.is_some();
                if erased.is_something() {
                    let entry = NewEntry::new(now, origin, Action::PersonalDataErased)
                        .product(&found.product)
                        .entitlement(Some(found.id));
                    told(entry, erased).write(&mut connection).await?;
                }
                Ok((connection, erased))
            })
            .await
    }

    /// Removes what a device is called, and from which addresses it came.
    ///
    /// # Errors
    /// `activation_unknown`; those of the database.
    pub async fn erase_activation(
        &self,
        id: ActivationId,
        origin: &Origin,
    ) -> Result<Erased, ActivationFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let found = register::find(&mut connection, id).await?;
                let found = found.ok_or(ActivationFault::Unknown)?;
                let erased = activation(&mut connection, id).await?;
                if erased.is_something() {
                    let entry = entry(now, origin, &found.product, found.entitlement);
                    let entry = entry.activation(id).device(found.device);
                    told(entry, erased).write(&mut connection).await?;
                }
                Ok((connection, erased))
            })
            .await
    }
}

fn entry(
    now: keyferry_token::Timestamp,
    origin: &Origin,
    product: &ProductCode,
    entitlement: EntitlementId,
) -> NewEntry {
    NewEntry::new(now, origin, Action::PersonalDataErased)
        .product(product)
        .entitlement(Some(entitlement))
}

fn told(entry: NewEntry, erased: Erased) -> NewEntry {
    entry
        .with("holder", erased.holder)
        .with("labels", erased.labels)
        .with("addresses", erased.addresses)
}

/// Removes it from the books, whatever the log will say of it.
pub(crate) async fn entitlement(
    connection: &mut Connection,
    id: EntitlementId,
) -> Result<Erased, DatabaseFault> {
    let bytes = || id.as_bytes().to_vec();
    query("UPDATE entitlements SET holder = NULL WHERE id = $1")
        .bind(bytes())
        .execute(&mut *connection)
        .await?;
    let labels = query("UPDATE activations SET label = $2 WHERE entitlement = $1 AND label <> $2")
        .bind(bytes())
        .bind(ERASED)
        .execute(&mut *connection)
        .await?;
    let addresses = query("DELETE FROM audit_addresses WHERE entitlement = $1")
        .bind(bytes())
        .execute(connection)
        .await?;
    Ok(Erased {
        holder: false,
        labels: labels.rows_affected(),
        addresses: addresses.rows_affected(),
    })
}

/// The same for one activation.
pub(crate) async fn activation(
    connection: &mut Connection,
    id: ActivationId,
) -> Result<Erased, DatabaseFault> {
    let labels = query("UPDATE activations SET label = $2 WHERE id = $1 AND label <> $2")
        .bind(id.as_bytes().to_vec())
        .bind(ERASED)
        .execute(&mut *connection)
        .await?;
    // Also those of requests that were refused: they name the device, and not yet the activation.
    let row = query("SELECT entitlement FROM activations WHERE id = $1")
        .bind(id.as_bytes().to_vec())
        .fetch_one(&mut *connection)
        .await?;
    let of: [u8; 10] = columns::fixed(&row, "entitlement")?;
    let addresses = query(
        "DELETE FROM audit_addresses WHERE activation = $1 OR (entitlement = $2 AND digest IN
             (SELECT address FROM audit WHERE entitlement = $2
                 AND device = (SELECT device FROM activations WHERE id = $1)))",
    )
    .bind(id.as_bytes().to_vec())
    .bind(of.to_vec())
    .execute(connection)
    .await?;
    Ok(Erased {
        holder: false,
        labels: labels.rows_affected(),
        addresses: addresses.rows_affected(),
    })
}
