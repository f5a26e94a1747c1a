//! A backup of the books while programs are at work on them.

use std::path::{Path, PathBuf};

use keyferry_catalogue::{Code, Problem};

use crate::{AuditSeal, Authority, DatabaseFault, FileFault, database::Database, folder};

/// Why no backup was made.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// There is something of this name.
    #[error("{path} exists")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The books are at a server, which has programs of its own for it.
    #[error("the books are at a server")]
    AtServer,
    /// The file was not written.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl BackupFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Exists { .. } => Code::FileExists,
            Self::AtServer => Code::BackupAtServer,
            Self::File(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Exists { path } => Problem::new(self.code()).with("path", path.display()),
            Self::AtServer => Problem::new(self.code()),
            Self::File(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}

impl Authority {
    /// Writes the books as they are at one moment to a new file, whatever other programs do meanwhile. It is
    /// for its owner alone, and it appears under its name when all of it is on the disk. The keys are not in
    /// it. What it gives is the end of the audit log in it.
    ///
    /// # Errors
    /// `file_exists`, `backup_at_server`; `file_unwritable`, `disk_full`; those of the database.
    pub async fn back_up(&self, file: &Path) -> Result<AuditSeal, BackupFault> {
        let Database::File(books) = &self.database else {
            return Err(BackupFault::AtServer);
        };
        if file.exists() {
            let path = file.to_owned();
            return Err(BackupFault::Exists { path });
        }
        self.seal_audit().await?;
        let draft = folder::beside(file, ".unfinished");
        folder::remove(&draft)?;
        folder::write_private(&draft, b"")?;
        let copied = async {
            books.copy_to(&draft).await?;
            let copy = Database::open(&crate::database::Place::File(draft.clone())).await?;
            let seal = {
                let mut transaction = copy.read().await?;
                crate::audit::last_seal(&mut transaction, &self.vendor).await
            };
            copy.close().await;
            folder::settle(&draft, file)?;
            Ok::<_, BackupFault>(seal?)
        }
        .await;
        if copied.is_err() {
            // What is left of the draft is in nobody's way; the first fault is the one to tell.
            let _ = folder::remove(&draft);
        }
        copied
    }
}
