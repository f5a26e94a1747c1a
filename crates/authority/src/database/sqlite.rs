//! A database in a file, by SQLite.

use std::{path::Path, time::Duration};

use sqlx::{
    SqlitePool,
    error::DatabaseError,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::connection::{Engine, Transaction};
use crate::{DatabaseFault, FileFault};

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a writer waits for others before it says that the database is busy.
const PATIENCE: Duration = Duration::from_secs(10);
const READERS: u32 = 4;

/// A database in a file. Writers take turns within a program; SQLite has one at a time anyway, and
/// a queue is fairer than its lock.
#[derive(Debug)]
pub(crate) struct File {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl File {
    pub(super) async fn open(path: &Path) -> Result<Self, DatabaseFault> {
        if !path.exists() {
            let path = path.to_owned();
            return Err(FileFault::NotFound { path }.into());
        }
        // A commit has to survive a power cut before an answer leaves (rule A10).
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let pool = |size| {
            SqlitePoolOptions::new()
                .max_connections(size)
                .acquire_timeout(PATIENCE)
        };
        let unreadable = |fault| match DatabaseFault::from(fault) {
            DatabaseFault::Failed(_) => DatabaseFault::File(FileFault::Unreadable {
                path: path.to_owned(),
            }),
            other => other,
        };
        let writer = pool(1)
            .connect_with(options.clone())
            .await
            .map_err(unreadable)?;
        MIGRATIONS.run(&writer).await.map_err(|fault| match fault {
            MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => {
                DatabaseFault::Newer
            }
            MigrateError::Execute(fault) => unreadable(fault),
            other => DatabaseFault::Failed(sqlx::Error::Migrate(Box::new(other))),
        })?;
        let readers = pool(READERS).connect_lazy_with(options);
        Ok(Self { writer, readers })
    }

    pub(super) async fn begin(&self) -> Result<Transaction, DatabaseFault> {
        // SQLite is told at once that this will write: a reader cannot become a writer when
        // another one wrote in the meantime.
        let begun = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        Ok(Transaction::new(Engine::Sqlite(begun)))
    }

    pub(super) async fn read(&self) -> Result<Transaction, DatabaseFault> {
        let begun = self.readers.begin().await?;
        Ok(Transaction::new(Engine::Sqlite(begun)))
    }

    /// Writes all of it, as it is at one moment, to an empty file. Writers go on meanwhile.
    pub(crate) async fn copy_to(&self, path: &Path) -> Result<(), DatabaseFault> {
        let mut reader = self.readers.acquire().await?;
        sqlx::query("VACUUM INTO $1")
            .bind(path.display().to_string())
            .execute(&mut *reader)
            .await?;
        Ok(())
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

// Result codes of SQLite (https://sqlite.org/rescode.html).
const BUSY: u8 = 5;
const LOCKED: u8 = 6;
const READONLY: u8 = 8;
const FULL: u8 = 13;

/// What a result code means, where it is not simply a failure.
pub(super) fn meaning(cause: &dyn DatabaseError) -> Option<DatabaseFault> {
    let code: u32 = cause.code()?.parse().ok()?;
    // The primary result code is the low byte of the extended one.
    match code.to_le_bytes()[0] {
        BUSY | LOCKED => Some(DatabaseFault::Busy),
        FULL => Some(DatabaseFault::Full {
            path: "authority.db",
        }),
        READONLY => Some(DatabaseFault::ReadOnly),
        _ => None,
    }
}
