//! The database: connections, transactions and versions.
//!
//! What differs between databases is here and in `migrations/`. Queries elsewhere use what SQLite
//! and PostgreSQL both know.

use std::{
    ops::{Deref, DerefMut},
    path::Path,
    time::Duration,
};

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
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a transaction that met another one is tried anew.
const TRIES: u32 = 3;
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

    /// Runs work that changes something in one transaction (rule A10). The work is lent the
    /// transaction, and gives it back with what it has done: then all of it is committed when this
    /// returns `Ok`, and nothing of it otherwise. It is done anew when another writer came between,
    /// so it must leave no traces elsewhere.
    ///
    /// # Errors
    /// Those of the work; `database_busy`, `disk_full`, `system_failure`.
    pub(crate) async fn write<T, E, W>(&self, work: impl Fn(Writing) -> W) -> Result<T, E>
    where
        E: From<DatabaseFault>,
        W: Future<Output = Result<(Writing, T), E>>,
    {
        for _ in 0..TRIES {
            let Some(writing) = self.begin().await? else {
                continue;
            };
            let (writing, done) = work(writing).await?;
            if writing.commit().await? {
                return Ok(done);
            }
        }
        Err(DatabaseFault::Busy.into())
    }

    /// Begins to write; `None` when others held on to the database all the while.
    async fn begin(&self) -> Result<Option<Writing>, DatabaseFault> {
        // SQLite is told at once that this will write: a reader cannot become a writer when
        // another one wrote in the meantime.
        let begun = self.writer.begin_with("BEGIN IMMEDIATE").await;
        unless_busy(begun.map(Writing))
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

/// A transaction that writes.
pub(crate) struct Writing(Transaction<'static, Sqlite>);

impl Writing {
    /// Commits; whether nobody came between.
    async fn commit(self) -> Result<bool, DatabaseFault> {
        Ok(unless_busy(self.0.commit().await)?.is_some())
    }
}

impl Deref for Writing {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

fn unless_busy<T>(result: Result<T, sqlx::Error>) -> Result<Option<T>, DatabaseFault> {
    match result.map_err(DatabaseFault::from) {
        Ok(done) => Ok(Some(done)),
        Err(DatabaseFault::Busy) => Ok(None),
        Err(fault) => Err(fault),
    }
}

impl From<sqlx::Error> for DatabaseFault {
    fn from(fault: sqlx::Error) -> Self {
        match &fault {
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Database(cause) => match primary_code(&**cause) {
                Some(BUSY | LOCKED) => Self::Busy,
                Some(FULL) => Self::Full,
                Some(READONLY) => Self::ReadOnly,
                _ => Self::Failed(fault),
            },
            _ => Self::Failed(fault),
        }
    }
}

// Result codes of SQLite (https://sqlite.org/rescode.html).
const BUSY: u8 = 5;
const LOCKED: u8 = 6;
const READONLY: u8 = 8;
const FULL: u8 = 13;

/// The primary result code: the low byte of the extended one.
fn primary_code(fault: &dyn sqlx::error::DatabaseError) -> Option<u8> {
    let code: u32 = fault.code()?.parse().ok()?;
    Some(code.to_le_bytes()[0])
}
