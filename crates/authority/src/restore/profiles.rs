//! The vendor profiles that customers have: a backup must not fall behind them, or no computer would
//! believe the next one.

use keyferry_token::{Artefact, KeyState, Name, ProductEntry, SignedProfile, VendorProfile};

use super::RestoreFault;
use crate::{
    FileFault,
    columns::int,
    database::{Connection, Database, query},
    folder::Folder,
    keys::KeyRow,
    profile,
};

/// Larger files are no chain of profiles (`docs/spec/profile.md`, P7).
const MAX_FILE: u64 = 1024 * 1024;

/// Takes up the profiles in `vendor.kfv` that follow on the backup's latest, by the vendor's own keys: with
/// the keys, the products and the face that they name.
pub(super) async fn take_up(database: &Database, folder: &Folder) -> Result<(), RestoreFault> {
    let published = published(folder)?;
    let published = &published;
    database
        .write(|mut connection| async move {
            let bytes = profile::newest(&mut connection).await?;
            let newest = SignedProfile::parse(&bytes).ok();
            let newest = newest.and_then(|signed| signed.verify_whole().ok());
            let mut known = newest.ok_or(RestoreFault::ProfileMissing)?.into_claims();
            for signed in published {
                // What does not follow is another vendor's, or older.
                let Ok(next) = signed.verify_successor(&known) else {
                    continue;
                };
                let next = next.into_claims();
                if next.number > known.number {
                    adopt(&mut connection, signed, &next).await?;
                    known = next;
                }
            }
            Ok::<_, RestoreFault>((connection, ()))
        })
        .await
}

fn published(folder: &Folder) -> Result<Vec<SignedProfile>, RestoreFault> {
    let path = folder.profile();
    let size = match std::fs::metadata(&path) {
        Ok(file) => file.len(),
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(fault) => return Err(FileFault::reading(&path, &fault).into()),
    };
    let unreadable = || FileFault::Unreadable { path: path.clone() };
    if size > MAX_FILE {
        return Err(unreadable().into());
    }
    let bytes = std::fs::read(&path).map_err(|fault| FileFault::reading(&path, &fault))?;
    let read = Artefact::read(&bytes).map_err(|_| unreadable())?;
    let profiles = read.into_iter().filter_map(|artefact| match artefact {
        Ok(Artefact::Profile(signed)) => Some(signed),
        _ => None,
    });
    Ok(profiles.collect())
}

async fn adopt(
    connection: &mut Connection,
    signed: &SignedProfile,
    next: &VendorProfile,
) -> Result<(), RestoreFault> {
    query("INSERT INTO profiles (number, bytes, issued_at) VALUES ($1, $2, $3)")
        .bind(int(next.number))
        .bind(signed.bytes())
        .bind(int(next.issued_at.unix()))
        .execute(&mut *connection)
        .await?;
    query("UPDATE vendor SET name = $1, support = $2, portal = $3, colour = $4, logo = $5")
        .bind(next.name.as_str())
        .bind(next.support.as_ref().map(Name::as_str))
        .bind(next.portal.as_deref())
        .bind(next.colour.map(|colour| colour.0.to_vec()))
        .bind(next.logo.clone())
        .execute(&mut *connection)
        .await?;
    adopt_keys(connection, next).await?;
    for product in &next.products {
        adopt_product(connection, product, next).await?;
    }
    Ok(())
}

async fn adopt_keys(connection: &mut Connection, next: &VendorProfile) -> Result<(), RestoreFault> {
    let rows = KeyRow::all(connection).await?;
    for listed in &next.keys {
        let known = rows.iter().find(|row| row.spki == listed.spki());
        let mut row = if let Some(row) = known {
            row.clone()
        } else {
            let (purpose, at) = (listed.purpose(), next.issued_at);
            let row = KeyRow::active(purpose, listed.spki(), next.number, at);
            row.insert(connection).await?;
            row
        };
        row.state = listed.state();
        row.opens_until = listed.opens_until();
        if row.state != KeyState::Active && row.replaced_at.is_none() {
            row.replaced_at = Some(next.issued_at);
        }
        row.update(connection).await?;
    }
    Ok(())
}

/// A product that the backup does not know allows nothing before the log or the vendor says so.
async fn adopt_product(
    connection: &mut Connection,
    product: &ProductEntry,
    next: &VendorProfile,
) -> Result<(), RestoreFault> {
    let named = query("UPDATE products SET name = $2 WHERE code = $1")
        .bind(product.code.as_str())
        .bind(product.name.as_str())
        .execute(&mut *connection)
        .await?;
    if named.rows_affected() > 0 {
        return Ok(());
    }
    let policy = keyferry_license::Policy::default();
    query(
        "INSERT INTO products (code, name, tag, features, offline, grace, emergency_uses,
             emergency_on_other_device, rebinds, moves, lost, created_at)
         VALUES ($1, $2, $3, '[]', FALSE, 0, 0, FALSE, $4, $5, $6, $7)",
    )
    .bind(product.code.as_str())
    .bind(product.name.as_str())
    .bind(product.tag.to_string())
    .bind(i64::from(policy.rebinds))
    .bind(i64::from(policy.moves))
    .bind(i64::from(policy.lost))
    .bind(int(next.issued_at.unix()))
    .execute(connection)
    .await?;
    Ok(())
}
