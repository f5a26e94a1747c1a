//! The audit log: what happened, by whom, sealed into a chain of hashes (rules A10, A11).
//!
//! `docs/spec/audit.md` defines the chain, its signed heads and its export byte for byte.

mod action;
mod addresses;
mod cbor;
mod chain;
mod entry;
mod export;
mod fault;
mod head;
mod import;
mod looking;

pub(crate) use action::Action;
pub(crate) use chain::last_seal;
pub(crate) use chain::sealed_after;
pub use chain::{AuditHash, AuditProof, AuditSeal, audit_genesis, audit_hash};
pub(crate) use entry::NewEntry;
pub use entry::{AuditAddress, AuditEntry};
pub use fault::AuditFault;
pub use head::{AuditHead, SignedAuditHead};
pub(crate) use import::ExportedLog;
pub use looking::{AuditFilter, AuditSubject};

use crate::{
    Authority, DatabaseFault, Page, Paged,
    columns::int,
    database::{Connection, Row, query},
};

/// The sealed entry at a position.
pub(crate) async fn entry_at(
    connection: &mut Connection,
    position: u64,
) -> Result<Option<AuditEntry>, DatabaseFault> {
    query("SELECT * FROM audit WHERE position = $1")
        .bind(int(position))
        .fetch_optional(connection)
        .await?
        .as_ref()
        .map(AuditEntry::from_row)
        .transpose()
}

impl Authority {
    /// The audit log from its beginning, a page at a time: what is sealed in the order of the
    /// chain, then what is not sealed yet.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit(&self, page: Page<u64>) -> Result<Paged<AuditEntry, u64>, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        // Not by number alone: whoever exchanges the numbers of two entries changes their order on
        // screens, which the chain does not cover.
        let rows = query(
            "SELECT audit.*, (SELECT kept.address FROM audit_addresses kept
                 WHERE kept.digest = audit.address) AS address_text FROM audit
             WHERE $1 IS NULL OR (COALESCE(position, 9223372036854775807), id) >
                 (SELECT COALESCE(position, 9223372036854775807), id FROM audit WHERE id = $1)
             ORDER BY COALESCE(position, 9223372036854775807), id LIMIT $2",
        )
        .bind(page.after.map(int))
        .bind(i64::from(page.limit) + 1)
        .fetch_all(&mut transaction)
        .await?;
        paged(page, &rows)
    }
}

/// A page of entries, with the addresses that are kept.
fn paged(page: Page<u64>, rows: &[Row]) -> Result<Paged<AuditEntry, u64>, DatabaseFault> {
    let entries = rows.iter().map(AuditEntry::with_address);
    let entries = entries.collect::<Result<_, _>>()?;
    Ok(page.cut(entries, |entry: &AuditEntry| entry.id))
}
