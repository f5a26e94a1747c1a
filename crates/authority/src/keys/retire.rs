//! Ending what a replaced key still does, and saying first what that strands.

use keyferry_token::{KeyId, KeyPurpose, KeyState, Seconds, Timestamp};

use super::{KeyChangeFault, KeyRow};
use crate::{
    Authority, DatabaseFault, Origin,
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, query},
    folder,
    profile::{self, Change},
};

/// What the end of a replaced key leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stranded {
    /// What the key is for.
    pub purpose: KeyPurpose,
    /// Of an exchange key: computers that hold a seat and were not heard of since the key was
    /// replaced. What they made meanwhile, deactivations and requests, may be sealed to it.
    pub unheard: u64,
    /// Of a signing key: activations whose latest grant it signed.
    pub activations: u64,
    /// Of a signing key: licenses whose latest file it signed.
    pub licenses: u64,
}

/// A key that was retired for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retired {
    /// The key.
    pub key: KeyId,
    /// What it was for.
    pub purpose: KeyPurpose,
    /// The state in which profiles list it now.
    pub state: KeyState,
    /// Whether this changed anything.
    pub changed: bool,
}

impl Authority {
    /// What retiring a key would strand. Changes nothing.
    ///
    /// # Errors
    /// `key_unknown`, `key_in_use`; those of the database.
    pub async fn key_retirement(&self, key: KeyId) -> Result<Stranded, KeyChangeFault> {
        let mut transaction = self.database.read().await?;
        let row = replaced(&mut transaction, key).await?;
        Ok(stranded(&mut transaction, &row).await?)
    }

    /// Ends what a replaced key still does: an exchange key opens nothing any more, and nothing counts
    /// that a signing key or a profile key signed. Its private half is removed where it lies in a file; in a
    /// device it stays, and what says where it is goes.
    ///
    /// # Errors
    /// `key_unknown`, `key_in_use`; `profile_key_away`; those of the database, and of writing
    /// `vendor.kfv`.
    pub async fn retire_key(&self, key: KeyId, origin: &Origin) -> Result<Retired, KeyChangeFault> {
        let keyring = &self.renew_keys().await?;
        let now = self.clock.now();
        let (retired, rows) = self
            .database
            .write(|mut connection| async move {
                let mut row = replaced(&mut connection, key).await?;
                let before = row.clone();
                end(&mut row, now);
                let changed = row != before;
                if changed {
                    row.update(&mut connection).await?;
                    let change = Change::Retired(&row);
                    profile::sign_next(&mut connection, keyring, change, now).await?;
                    NewEntry::new(now, origin, Action::KeyRetired)
                        .key(key)
                        .with("purpose", row.purpose.name())
                        .with("state", row.state.name())
                        .write(&mut connection)
                        .await?;
                }
                let retired = Retired {
                    key,
                    purpose: row.purpose,
                    state: row.state,
                    changed,
                };
                let rows = KeyRow::all(&mut connection).await?;
                Ok::<_, KeyChangeFault>((connection, (retired, rows)))
            })
            .await?;
        self.take_keys(rows).await?;
        self.publish_change().await?;
        // Last: no profile that was published needs it any more.
        let name = KeyRow::file_name(retired.purpose, key);
        folder::remove(&self.folder.key(&name))?;
        folder::remove(&self.folder.public_half(&name))?;
        folder::remove(&self.folder.device(&name))?;
        Ok(retired)
    }
}

/// A key that another one took the place of.
async fn replaced(connection: &mut Connection, key: KeyId) -> Result<KeyRow, KeyChangeFault> {
    let rows = KeyRow::all(connection).await?;
    let row = rows.into_iter().find(|row| row.kid == key);
    match row.ok_or(KeyChangeFault::Unknown)? {
        row if row.state == KeyState::Active => Err(KeyChangeFault::InUse),
        row => Ok(row),
    }
}

fn end(row: &mut KeyRow, now: Timestamp) {
    match row.purpose {
        KeyPurpose::Exchange => {
            let over = now.minus(Seconds::new(1));
            if row.opens_until.is_none_or(|end| end > over) {
                row.opens_until = Some(over);
            }
        }
        KeyPurpose::Signing | KeyPurpose::Profile => row.state = KeyState::Revoked,
    }
}

async fn stranded(connection: &mut Connection, row: &KeyRow) -> Result<Stranded, DatabaseFault> {
    let until = int(row.replaced_at.unwrap_or(row.created_at).unix());
    let since = int(row.created_at.unix());
    let mut stranded = Stranded {
        purpose: row.purpose,
        unheard: 0,
        activations: 0,
        licenses: 0,
    };
    match row.purpose {
        KeyPurpose::Profile => {}
        KeyPurpose::Exchange => {
            let found = query(
                "SELECT COUNT(*) AS unheard FROM activations a
                 WHERE a.status IN ('active', 'leaving') AND NOT EXISTS (
                     SELECT 1 FROM device_tokens t
                     WHERE t.device = a.device AND t.received_at > $1)",
            )
            .bind(until)
            .fetch_one(connection)
            .await?;
            stranded.unheard = columns::number(&found, "unheard")?;
        }
        KeyPurpose::Signing => {
            let found = query(
                "SELECT
                     (SELECT COUNT(*) FROM activations a
                      JOIN grants g ON g.activation = a.id AND g.sequence = a.sequence
                      WHERE a.status = 'active' AND g.issued_at BETWEEN $1 AND $2) AS activations,
                     (SELECT COUNT(*) FROM license_files f
                      WHERE f.issued_at BETWEEN $1 AND $2 AND NOT EXISTS (
                          SELECT 1 FROM license_files n
                          WHERE n.license = f.license AND n.sequence > f.sequence)) AS licenses",
            )
            .bind(since)
            .bind(until)
            .fetch_one(connection)
            .await?;
            stranded.activations = columns::number(&found, "activations")?;
            stranded.licenses = columns::number(&found, "licenses")?;
        }
    }
    Ok(stranded)
}
