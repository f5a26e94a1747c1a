//! The licenses in the database.

use keyferry_token::{
    Binding, License, LicenseId, LicenseTerm, Name, ProductCode, Sequence, VendorId,
};

use super::{IssuedLicense, LicenseFault, LicenseFile, LicenseRecord};
use crate::{
    Authority, DatabaseFault, Page, Paged,
    columns::{self, int},
    database::{Connection, Row, query},
};

/// Licenses as [`IssuedLicense::from_row`] reads them: each with its latest file.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT l.product, l.created_at, f.*,
                 (SELECT COUNT(*) FROM license_files n WHERE n.license = l.id) AS files
             FROM licenses l JOIN license_files f ON f.license = l.id AND f.sequence =
                 (SELECT MAX(sequence) FROM license_files WHERE license = l.id) ",
            $rest
        )
    };
}
pub(crate) use select;

impl Authority {
    /// The licenses, or those of a product, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn licenses(
        &self,
        product: Option<&ProductCode>,
        page: Page<LicenseId>,
    ) -> Result<Paged<IssuedLicense, LicenseId>, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        let items = query(select!(
            "WHERE ($1 IS NULL OR l.product = $1)
                 AND ($2 IS NULL OR (l.created_at, l.id) <
                     (SELECT created_at, id FROM licenses WHERE id = $2))
             ORDER BY l.created_at DESC, l.id DESC LIMIT $3"
        ))
        .bind(product.map(ProductCode::as_str))
        .bind(page.after.map(|id| id.as_bytes().to_vec()))
        .bind(i64::from(page.limit) + 1)
        .fetch_all(&mut transaction)
        .await?
        .iter()
        .map(|row| IssuedLicense::from_row(row, self.vendor))
        .collect::<Result<_, _>>()?;
        Ok(page.cut(items, |issued: &IssuedLicense| issued.license.id))
    }

    /// One license, with all that was made of it.
    ///
    /// # Errors
    /// `license_unknown`; those of the database.
    pub async fn license(&self, id: LicenseId) -> Result<LicenseRecord, LicenseFault> {
        let mut transaction = self.database.read().await?;
        let latest = find(&mut transaction, id, self.vendor)
            .await?
            .ok_or(LicenseFault::Unknown)?;
        let history = query(
            "SELECT l.product, f.* FROM licenses l JOIN license_files f ON f.license = l.id
             WHERE l.id = $1 ORDER BY f.sequence DESC LIMIT 1000",
        )
        .bind(id.as_bytes().to_vec())
        .fetch_all(&mut transaction)
        .await?
        .iter()
        .map(|row| said(row, self.vendor))
        .collect::<Result<_, _>>()?;
        Ok(LicenseRecord {
            issued: latest.issued,
            history,
        })
    }

    /// A license with its latest file, signed anew where nothing counts any more that its key signed.
    ///
    /// # Errors
    /// `license_unknown`; those of signing and of the database.
    pub async fn license_file(&self, id: LicenseId) -> Result<LicenseFile, LicenseFault> {
        self.renew_keys().await?;
        let file = {
            let mut transaction = self.database.read().await?;
            find(&mut transaction, id, self.vendor).await?
        };
        let file = file.ok_or(LicenseFault::Unknown)?;
        if !self.is_revoked(&file) {
            return Ok(file);
        }
        self.database
            .write(|mut connection| async move {
                let file = find(&mut connection, id, self.vendor).await?;
                let file = file.ok_or(LicenseFault::Unknown)?;
                let file = self.counting(&mut connection, file).await?;
                Ok((connection, file))
            })
            .await
    }
}

/// The license of this id with its latest file, if there is one.
pub(super) async fn find(
    connection: &mut Connection,
    id: LicenseId,
    vendor: VendorId,
) -> Result<Option<LicenseFile>, DatabaseFault> {
    query(select!("WHERE l.id = $1"))
        .bind(id.as_bytes().to_vec())
        .fetch_optional(connection)
        .await?
        .map(|row| {
            Ok(LicenseFile {
                issued: IssuedLicense::from_row(&row, vendor)?,
                bytes: columns::get(&row, "bytes")?,
                changed: false,
            })
        })
        .transpose()
}

/// Enters a license that is made for the first time.
pub(super) async fn enter(
    connection: &mut Connection,
    license: &License,
) -> Result<(), DatabaseFault> {
    query("INSERT INTO licenses (id, product, created_at) VALUES ($1, $2, $3)")
        .bind(license.id.as_bytes().to_vec())
        .bind(license.product.as_str())
        .bind(int(license.issued_at.unix()))
        .execute(connection)
        .await?;
    Ok(())
}

/// What a license is known by that was made for a row of a list, and what that row asked for.
pub(super) struct RowMark {
    pub(super) key: [u8; 32],
    pub(super) content: [u8; 32],
}

/// The license that was made for a row, and the content that the row had then.
pub(super) async fn of_row(
    connection: &mut Connection,
    mark: &RowMark,
) -> Result<Option<(LicenseId, [u8; 32])>, DatabaseFault> {
    query("SELECT id, row_content FROM licenses WHERE row_key = $1")
        .bind(mark.key.to_vec())
        .fetch_optional(connection)
        .await?
        .map(|row| {
            let id = columns::fixed(&row, "id").map(LicenseId::new)?;
            Ok((id, columns::fixed(&row, "row_content")?))
        })
        .transpose()
}

/// Enters a license that is made for a row; `false`, and nothing done, where that row has one.
pub(super) async fn enter_row(
    connection: &mut Connection,
    license: &License,
    mark: &RowMark,
) -> Result<bool, DatabaseFault> {
    let entered = query(
        "INSERT INTO licenses (id, product, created_at, row_key, row_content)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (row_key) DO NOTHING",
    )
    .bind(license.id.as_bytes().to_vec())
    .bind(license.product.as_str())
    .bind(int(license.issued_at.unix()))
    .bind(mark.key.to_vec())
    .bind(mark.content.to_vec())
    .execute(connection)
    .await?;
    Ok(entered.rows_affected() == 1)
}

/// Keeps a file that was made of a license: what it says, and the file itself.
pub(super) async fn keep(
    connection: &mut Connection,
    license: &License,
    bytes: &[u8],
) -> Result<(), DatabaseFault> {
    let ends_at = match license.term {
        LicenseTerm::Until(end) => Some(int(end.unix())),
        LicenseTerm::Perpetual => None,
    };
    let (key, volume) = match &license.binding {
        Binding::Usb { key, volume } => (Some(key.to_string()), volume.as_ref()),
        Binding::Unbound | Binding::Device { .. } => (None, None),
    };
    let device = match &license.binding {
        Binding::Device {
            components,
            tolerance,
        } => Some((columns::fingerprint_bytes(components), *tolerance)),
        Binding::Unbound | Binding::Usb { .. } => None,
    };
    let (components, tolerance) = device.unzip();
    query(
        "INSERT INTO license_files (license, sequence, file, status, issued_at, starts_at, ends_at,
             features, edition, holder, grace, binding, usb_id, volume, components, tolerance,
             bytes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(license.id.as_bytes().to_vec())
    .bind(int(license.sequence.0))
    .bind(license.file_id.to_vec())
    .bind(license.status.name())
    .bind(int(license.issued_at.unix()))
    .bind(int(license.not_before.unix()))
    .bind(ends_at)
    .bind(columns::features_text(&license.features))
    .bind(license.edition.as_ref().map(Name::as_str))
    .bind(license.holder.as_ref().map(Name::as_str))
    .bind(int(license.grace.get()))
    .bind(license.binding.name())
    .bind(key)
    .bind(volume.map(Name::as_str))
    .bind(components)
    .bind(tolerance.map(i64::from))
    .bind(bytes)
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts a file that a key signed which still counts in the place of the same one by a revoked key.
pub(super) async fn replace(
    connection: &mut Connection,
    license: &License,
    bytes: &[u8],
) -> Result<(), DatabaseFault> {
    query("UPDATE license_files SET bytes = $3 WHERE license = $1 AND sequence = $2")
        .bind(license.id.as_bytes().to_vec())
        .bind(int(license.sequence.0))
        .bind(bytes)
        .execute(connection)
        .await?;
    Ok(())
}

impl IssuedLicense {
    pub(crate) fn from_row(row: &Row, vendor: VendorId) -> Result<Self, DatabaseFault> {
        Ok(Self {
            license: said(row, vendor)?,
            created_at: columns::time(row, "created_at")?,
            files: columns::number(row, "files")?,
        })
    }
}

/// What a file says.
fn said(row: &Row, vendor: VendorId) -> Result<License, DatabaseFault> {
    Ok(License {
        id: columns::fixed(row, "license").map(LicenseId::new)?,
        vendor,
        product: columns::product(row, "product")?,
        issued_at: columns::time(row, "issued_at")?,
        not_before: columns::time(row, "starts_at")?,
        term: columns::maybe_time(row, "ends_at")?
            .map_or(LicenseTerm::Perpetual, LicenseTerm::Until),
        file_id: columns::fixed(row, "file")?,
        sequence: columns::number(row, "sequence").map(Sequence)?,
        status: columns::seat_status(row, "status")?,
        features: columns::features(row, "features")?,
        edition: columns::maybe_bounded(row, "edition")?,
        holder: columns::maybe_bounded(row, "holder")?,
        grace: columns::seconds(row, "grace")?,
        binding: binding(row)?,
    })
}

fn binding(row: &Row) -> Result<Binding, DatabaseFault> {
    const WHAT: &str = "binding";
    Ok(match columns::get::<&str>(row, WHAT)? {
        "unbound" => Binding::Unbound,
        "usb" => Binding::Usb {
            key: columns::parsed(row, "usb_id")?,
            volume: columns::maybe_bounded(row, "volume")?,
        },
        "device" => Binding::Device {
            components: columns::fingerprint(row, "components")?,
            tolerance: u8::try_from(columns::small(row, "tolerance")?)
                .map_err(|_| DatabaseFault::Corrupt { what: "tolerance" })?,
        },
        _ => return Err(DatabaseFault::Corrupt { what: WHAT }),
    })
}
