//! An authority that is open: its keys in memory, its database at hand.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use keyferry_catalogue::Phrase;
use keyferry_token::{Timestamp, VendorId};

use crate::{
    Clock, DatabaseFault, FileFault, SetupFault,
    database::{Database, query},
    folder::Folder,
    keyring::Keyring,
    keys::{KeyRow, Opening, load},
};

/// The vendor's side. Several of them, in one program or in many, may work on one database.
pub struct Authority {
    pub(crate) folder: Folder,
    pub(crate) database: Database,
    /// Taken anew once the database names other keys.
    pub(crate) keyring: RwLock<Arc<Keyring>>,
    pub(crate) opening: Opening,
    pub(crate) vendor: VendorId,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) warnings: Vec<Warning>,
}

/// What the vendor should know each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Private keys lie on the disk without a passphrase.
    KeysWithoutPassphrase,
}

impl Warning {
    /// The sentence to show.
    pub const fn phrase(self) -> Phrase {
        match self {
            Self::KeysWithoutPassphrase => Phrase::WarningKeysWithoutPassphrase,
        }
    }
}

impl Authority {
    /// The vendor's id.
    pub fn vendor(&self) -> VendorId {
        self.vendor
    }

    /// The time, by the clock that it was opened with.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What the vendor should know; every status shows it.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The folder it lives in.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// The vendor profile for customers, in text form.
    pub fn profile_file(&self) -> PathBuf {
        self.folder.profile()
    }

    /// The public half of the signing key (SubjectPublicKeyInfo, PEM).
    pub fn public_key_file(&self) -> PathBuf {
        self.folder.public_key()
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ready(&self) -> Result<(), DatabaseFault> {
        let mut transaction = self.database.read().await?;
        query("SELECT 1").execute(&mut transaction).await?;
        Ok(())
    }

    /// The keys as they were found last.
    pub(crate) fn keyring(&self) -> Arc<Keyring> {
        let keyring = self.keyring.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keyring)
    }

    /// Looks whether another program changed the keys, and takes the new ones up: so that nobody
    /// has to start a portal anew after a key was replaced.
    ///
    /// # Errors
    /// Those of the database, and of reading the key files.
    pub(crate) async fn renew_keys(&self) -> Result<Arc<Keyring>, DatabaseFault> {
        let rows = {
            let mut transaction = self.database.read().await?;
            KeyRow::all(&mut transaction).await?
        };
        if self.keyring().rows != rows {
            self.take_keys(rows).await.map_err(|fault| match fault {
                SetupFault::Database(fault) => fault,
                SetupFault::File(fault) => fault.into(),
                _ => FileFault::Unreadable {
                    path: self.folder.keys(),
                }
                .into(),
            })?;
        }
        Ok(self.keyring())
    }

    /// Takes up the keys that the database names.
    pub(crate) async fn take_keys(&self, rows: Vec<KeyRow>) -> Result<(), SetupFault> {
        let (folder, opening) = (self.folder.clone(), self.opening.clone());
        let now = self.clock.now();
        let (keyring, _) = aside(move || load(&folder, rows, &opening, now)).await?;
        *self.keyring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
        Ok(())
    }

    /// Seals the audit log and closes the database. An authority that is dropped instead loses
    /// nothing: whoever opens it next seals the rest.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close(self) -> Result<(), DatabaseFault> {
        let sealed = self.seal_audit().await;
        self.database.close().await;
        sealed
    }
}

/// Runs what keeps a processor busy where it does not hold up others.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(fault) => match fault.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down and will not ask again.
            Err(_) => std::future::pending().await,
        },
    }
}
