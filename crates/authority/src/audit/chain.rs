//! The chain of hashes over the audit log: sealing it, and proving that it is whole (rule A11).

use aws_lc_rs::digest::{Context, SHA256};
use keyferry_token::{Timestamp, VendorId};

use super::{Action, AuditEntry, AuditFault, AuditHead};
use crate::{
    Authority, DatabaseFault,
    columns::{fixed, int, number},
    database::{Connection, query},
};

/// What an entry's hash covers of what came before it.
pub type AuditHash = [u8; 32];

/// How many entries are sealed or read at a time, so that nobody waits long and memory stays flat.
pub(super) const BATCH: i64 = 500;

/// An entry's place in the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditSeal {
    /// Counted from 1, without gaps.
    pub position: u64,
    /// The hash over all entries up to this one.
    pub hash: AuditHash,
}

impl AuditSeal {
    /// What stands before the first entry of a vendor's chain.
    pub(super) fn genesis(vendor: &VendorId) -> Self {
        Self {
            position: 0,
            hash: audit_genesis(vendor),
        }
    }

    /// The place of the entry that follows.
    pub(super) fn next(&self, entry: &AuditEntry) -> Self {
        let position = self.position + 1;
        Self {
            position,
            hash: audit_hash(&self.hash, &entry.encoded(position)),
        }
    }
}

/// What was found to be whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditProof {
    /// How many entries there are.
    pub entries: u64,
    /// The hash over all of them; with no entry, what stands before the first.
    pub hash: AuditHash,
    /// The head that it was held against, if one was given.
    pub against: Option<AuditHead>,
}

/// What stands for "before the first entry" in a vendor's chain.
pub fn audit_genesis(vendor: &VendorId) -> AuditHash {
    hash(&[b"keyferry audit chain 1\0", vendor.as_bytes()])
}

/// The hash of an entry that follows `previous`.
pub fn audit_hash(previous: &AuditHash, entry: &[u8]) -> AuditHash {
    hash(&[previous, entry])
}

fn hash(parts: &[&[u8]]) -> AuditHash {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

impl Authority {
    /// Seals all entries that are not sealed yet into the chain; opening and closing an authority
    /// do it by themselves. It is apart from what the entries tell, so that the chain does not
    /// make all writers wait for each other.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seal_audit(&self) -> Result<(), DatabaseFault> {
        while self.seal_batch().await? {}
        Ok(())
    }

    /// Seals what is not sealed yet, and proves that no entry was changed, removed, put in or put
    /// in another order (rule A11). Without a head nothing shows that the end was cut off, or that
    /// someone with the database made the whole chain anew; with one that was exported earlier,
    /// both show. Where the head saw entries that were lost with the database, so that a backup had to
    /// take its place, it is told as that: the log says when.
    ///
    /// # Errors
    /// `audit_lost` where the authority was restored since the head was taken, without all that it saw;
    /// `audit_broken` with the first position that does not follow from the one before, or at which
    /// the head says otherwise; `audit_truncated` with the first position that is missing; those of
    /// the database.
    pub async fn verify_audit(&self, head: Option<&AuditHead>) -> Result<AuditProof, AuditFault> {
        self.seal_audit().await?;
        self.verify_sealed(head).await
    }

    /// The same, with what is not sealed yet left as it is.
    pub(crate) async fn verify_sealed(
        &self,
        head: Option<&AuditHead>,
    ) -> Result<AuditProof, AuditFault> {
        let mut transaction = self.database.read().await?;
        let mut seal = AuditSeal::genesis(&self.vendor);
        // Where the first restoration since the head was taken begins, if there was one.
        let mut restored: Option<(u64, Timestamp)> = None;
        loop {
            let entries = sealed_after(&mut transaction, seal.position).await?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                let position = seal.position + 1;
                let broken = AuditFault::Broken { position };
                let Ok(entry) = entry else { return Err(broken) };
                let next = seal.next(&entry);
                if entry.seal != Some(next) {
                    return Err(broken);
                }
                seal = next;
                let since = head.is_some_and(|head| entry.at >= head.taken_at());
                if since && entry.action == Action::AuthorityRestored.name() {
                    restored.get_or_insert((position, entry.at));
                }
                if head.is_some_and(|head| head.contradicts(&seal)) {
                    return Err(lost(restored).unwrap_or(broken));
                }
            }
        }
        if let Some(head) = head
            && head.position() > seal.position
        {
            let position = seal.position + 1;
            return Err(lost(restored).unwrap_or(AuditFault::Truncated { position }));
        }
        Ok(AuditProof {
            entries: seal.position,
            hash: seal.hash,
            against: head.copied(),
        })
    }

    async fn seal_batch(&self) -> Result<bool, DatabaseFault> {
        self.database
            .write(|mut connection| async move {
                let mut seal = last_seal(&mut connection, &self.vendor).await?;
                let rows = query("SELECT * FROM audit WHERE position IS NULL ORDER BY id LIMIT $1")
                    .bind(BATCH)
                    .fetch_all(&mut connection)
                    .await?;
                for row in &rows {
                    let entry = AuditEntry::from_row(row)?;
                    seal = seal.next(&entry);
                    query("UPDATE audit SET position = $1, hash = $2 WHERE id = $3")
                        .bind(int(seal.position))
                        .bind(seal.hash.to_vec())
                        .bind(int(entry.id))
                        .execute(&mut connection)
                        .await?;
                }
                Ok((connection, !rows.is_empty()))
            })
            .await
    }
}

/// What a head shows to be missing, where the log says that the authority was restored since.
fn lost(restored: Option<(u64, Timestamp)>) -> Option<AuditFault> {
    restored.map(|(position, restored_at)| AuditFault::Lost {
        position,
        restored_at,
    })
}

/// The next entries of the chain; those that cannot be read any more each with their fault.
pub(crate) async fn sealed_after(
    connection: &mut Connection,
    position: u64,
) -> Result<Vec<Result<AuditEntry, DatabaseFault>>, DatabaseFault> {
    // From the very first on whatever its position says: there must be none before 1.
    let after = (position > 0).then_some(int(position));
    let rows = query(
        "SELECT * FROM audit WHERE position IS NOT NULL AND ($1 IS NULL OR position > $1)
         ORDER BY position LIMIT $2",
    )
    .bind(after)
    .bind(BATCH)
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().map(AuditEntry::from_row).collect())
}

pub(crate) async fn last_seal(
    connection: &mut Connection,
    vendor: &VendorId,
) -> Result<AuditSeal, DatabaseFault> {
    let row = query(
        "SELECT position, hash FROM audit WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1",
    )
    .fetch_optional(connection)
    .await?;
    match row {
        Some(row) => Ok(AuditSeal {
            position: number(&row, "position")?,
            hash: fixed(&row, "hash")?,
        }),
        None => Ok(AuditSeal::genesis(vendor)),
    }
}
