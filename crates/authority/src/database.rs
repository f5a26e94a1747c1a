//! The database: connections, transactions and versions.
//!
//! What differs between databases is here and in `migrations/`. Queries elsewhere use what SQLite
//! and PostgreSQL both know.

use std::{path::Path, time::Duration};

use sqlx::{
    Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{DatabaseFault, FileFault};

/// A row of this database.
pub(crate) type Row = sqlx::sqlite::SqliteRow;
/// A connection within a transaction.
pub(crate) type Connection = SqliteConnection;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long a writer waits for others before it says that the database is busy.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a transaction that met another one is tried anew.
const TRIES: u32 = 5;
const READERS: u32 = 4;

/// The database of one authority. Writers take turns within a program; SQLite has one at a time
/// anyway, and a queue is fairer than its lock.
#[derive(Debug)]
pub(crate) struct Database {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Database {
    /// Opens the database and brings its tables to this version.
    ///
    /// # Errors
    /// `database_newer`, `file_not_found`, `file_unreadable`, `database_busy`, `system_failure`.
    pub(crate) async fn open(path: &Path) -> Result<Self, DatabaseFault> {
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

    /// Runs work that changes something in one transaction (rule A10): all of it is committed when
    /// this returns `Ok`, nothing of it otherwise. The work is done anew when another writer came
    /// between, so it must not leave traces elsewhere.
    ///
    /// # Errors
    /// Those of the work; `database_busy`, `disk_full`, `system_failure`.
    pub(crate) async fn write<T, E: From<DatabaseFault>>(
        &self,
        work: impl AsyncFn(&mut Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut tries = 1;
        loop {
            match self.write_once(&work).await? {
                Some(done) => return Ok(done),
                None if tries < TRIES => tries += 1,
                None => return Err(DatabaseFault::Busy.into()),
            }
        }
    }

    /// One try; `None` when another writer came between.
    async fn write_once<T, E: From<DatabaseFault>>(
        &self,
        work: &impl AsyncFn(&mut Connection) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        // SQLite is told at once that this will write: a reader cannot become a writer when
        // another one wrote in the meantime.
        let begun = self.writer.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = match begun.map_err(DatabaseFault::from) {
            Ok(transaction) => transaction,
            Err(DatabaseFault::Busy) => return Ok(None),
            Err(fault) => return Err(fault.into()),
        };
        let done = work(&mut transaction).await?;
        match transaction.commit().await.map_err(DatabaseFault::from) {
            Ok(()) => Ok(Some(done)),
            Err(DatabaseFault::Busy) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// A transaction that sees one state of the database and changes nothing.
    pub(crate) async fn read(&self) -> Result<Transaction<'static, Sqlite>, DatabaseFault> {
        Ok(self.readers.begin().await?)
    }

    /// Closes all connections; SQLite then folds its journal into the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl From<sqlx::Error> for DatabaseFault {
    fn from(fault: sqlx::Error) -> Self {
        match &fault {
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Database(cause) => match primary_code(&**cause) {
                Some(BUSY | LOCKED) => Self::Busy,
                Some(FULL) => Self::Full,
                _ => Self::Failed(fault),
            },
            _ => Self::Failed(fault),
        }
    }
}

// Result codes of SQLite (https://sqlite.org/rescode.html).
const BUSY: u8 = 5;
const LOCKED: u8 = 6;
const FULL: u8 = 13;

/// The primary result code: the low byte of the extended one.
fn primary_code(fault: &dyn sqlx::error::DatabaseError) -> Option<u8> {
    let code: u32 = fault.code()?.parse().ok()?;
    Some(code.to_le_bytes()[0])
}
