//! Network addresses beside the log: the log has salted digests of them, so that they can be removed without
//! a trace of them in it.

use aws_lc_rs::digest::{Context, SHA256};
use keyferry_token::{Seconds, Timestamp};

use crate::{
    Authority, DatabaseFault, Origin,
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, query},
    entropy,
};

/// What stands before each digest.
const CONTEXT: &[u8] = b"keyferry audit address 1\0";

pub(super) fn salt() -> Result<[u8; 16], DatabaseFault> {
    entropy::random().map_err(|_| {
        let what = sqlx::Error::Protocol("the system gave no randomness".into());
        DatabaseFault::Failed(what)
    })
}

/// What the log has of an address: nobody without the salt can tell which one it was.
pub(super) fn digest(salt: &[u8; 16], address: &str) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in [CONTEXT, salt, address.as_bytes()] {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

impl Authority {
    /// For how long the network addresses of the audit log are kept; `None` is for good.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn addresses_kept(&self) -> Result<Option<Seconds>, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        kept(&mut transaction).await
    }

    /// Sets for how long they are kept, and removes those that are older at once. Whether anything changed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_addresses(
        &self,
        length: Option<Seconds>,
        origin: &Origin,
    ) -> Result<bool, DatabaseFault> {
        let now = self.clock.now();
        let changed = self
            .database
            .write(|mut connection| async move {
                let changed = kept(&mut connection).await? != length;
                if changed {
                    query("UPDATE vendor SET addresses_kept = $1")
                        .bind(length.map(|length| int(length.get())))
                        .execute(&mut connection)
                        .await?;
                    NewEntry::new(now, origin, Action::RetentionChanged)
                        .with("addresses", length.map(Seconds::get))
                        .write(&mut connection)
                        .await?;
                }
                Ok::<_, DatabaseFault>((connection, changed))
            })
            .await?;
        self.forget_addresses().await?;
        Ok(changed)
    }

    /// Removes the addresses that are not to be kept any more: how many. Opening an authority does it by
    /// itself; a program that runs for long calls it now and then.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget_addresses(&self) -> Result<u64, DatabaseFault> {
        let now = self.clock.now();
        let Some(length) = self.addresses_kept().await? else {
            return Ok(0);
        };
        let before = now.minus(length);
        if !self.has_addresses_before(before).await? {
            return Ok(0);
        }
        self.database
            .write(|mut connection| async move {
                let gone = query("DELETE FROM audit_addresses WHERE at < $1")
                    .bind(int(before.unix()))
                    .execute(&mut connection)
                    .await?;
                Ok::<_, DatabaseFault>((connection, gone.rows_affected()))
            })
            .await
    }

    async fn has_addresses_before(&self, before: Timestamp) -> Result<bool, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        let row = query("SELECT 1 FROM audit_addresses WHERE at < $1 LIMIT 1")
            .bind(int(before.unix()))
            .fetch_optional(&mut transaction)
            .await?;
        Ok(row.is_some())
    }
}

async fn kept(connection: &mut Connection) -> Result<Option<Seconds>, DatabaseFault> {
    let row = query("SELECT addresses_kept FROM vendor")
        .fetch_one(connection)
        .await?;
    columns::maybe_seconds(&row, "addresses_kept")
}
