//! An authority that is open: its keys in memory, its database at hand.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use keyferry_catalogue::Phrase;
use keyferry_token::{Timestamp, VendorId};

use crate::{
    Clock,
    database::{Database, query},
    folder::Folder,
    keyring::Keyring,
};

/// The vendor's side. Several of them, in one program or in many, may work on one database.
pub struct Authority {
    pub(crate) folder: Folder,
    pub(crate) database: Database,
    pub(crate) keyring: Arc<Keyring>,
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
    pub async fn ready(&self) -> Result<(), crate::DatabaseFault> {
        let mut transaction = self.database.read().await?;
        query("SELECT 1").execute(&mut transaction).await?;
        Ok(())
    }

    /// Seals the audit log and closes the database. An authority that is dropped instead loses
    /// nothing: whoever opens it next seals the rest.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close(self) -> Result<(), crate::DatabaseFault> {
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
