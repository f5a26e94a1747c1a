//! A database at a server that speaks PostgreSQL's protocol.
//!
//! Nothing here or in the queries is for PostgreSQL alone: no advisory locks, no notifications, so
//! that another engine of the same protocol can take over.

use std::time::Duration;

use sqlx::{
    Connection as _, PgConnection, PgPool,
    migrate::{AppliedMigration, Migrate as _, MigrateError, Migrator},
    postgres::{PgDatabaseError, PgPoolOptions},
};

use super::{
    DatabaseUrl,
    backoff::Backoff,
    connection::{Engine, Kept, Transaction},
};
use crate::DatabaseFault;

pub(super) static MIGRATIONS: Migrator = Migrator {
    // It would be an advisory lock.
    locking: false,
    ..sqlx::migrate!("migrations/postgres")
};

/// How long to wait for a connection: for the server to answer, or for others to give one back.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait for the server when it has to be told apart from too few connections.
const LOOK: Duration = Duration::from_secs(2);
const CONNECTIONS: u32 = 8;

const UNDEFINED_TABLE: &str = "42P01";
const UNSUPPORTED: &str = "0A000";

/// A database at a server.
#[derive(Debug)]
pub(crate) struct Server {
    pool: PgPool,
    url: DatabaseUrl,
}

/// Whether a database may be without tables. By a slip in its name they would come into another one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tables {
    AreThere,
    MayBeMissing,
}

impl Server {
    pub(super) async fn open(url: &DatabaseUrl, tables: Tables) -> Result<Self, DatabaseFault> {
        // Not by the pool, which would try for long where nobody answers.
        let mut connection = connect(url, PATIENCE).await?;
        let kept = kept(url);
        bring_up_to_date(&mut connection, tables, kept).await?;
        connection.close().await?;
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(url.options());
        let url = url.clone();
        Ok(Self { pool, url })
    }

    pub(super) async fn begin(&self) -> Result<Transaction, DatabaseFault> {
        self.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await
    }

    pub(super) async fn read(&self) -> Result<Transaction, DatabaseFault> {
        self.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await
    }

    async fn begin_with(&self, begin: &'static str) -> Result<Transaction, DatabaseFault> {
        // To its end, also if the caller goes away: a transaction that is being begun then would stay
        // open, and the next one on this connection would be a part of it.
        let pool = self.pool.clone();
        let beginning = tokio::spawn(async move { pool.begin_with(begin).await });
        let begun = beginning.await.unwrap_or(Err(sqlx::Error::WorkerCrashed));
        match begun {
            Ok(begun) => Ok(Transaction::new(Engine::Postgres(begun, kept(&self.url)))),
            // Either all connections are in use, or nobody answers: the pool does not tell.
            Err(sqlx::Error::PoolTimedOut) => {
                let connection = connect(&self.url, LOOK).await?;
                connection.close().await?;
                Err(DatabaseFault::Busy)
            }
            // A replica has no serializable transactions.
            Err(sqlx::Error::Database(cause)) if cause.code().as_deref() == Some(UNSUPPORTED) => {
                Err(DatabaseFault::Replica)
            }
            Err(fault) => Err(fault.into()),
        }
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

fn kept(url: &DatabaseUrl) -> Kept {
    if url.is_pooled() {
        Kept::Not
    } else {
        Kept::Prepared
    }
}

async fn connect(url: &DatabaseUrl, patience: Duration) -> Result<PgConnection, DatabaseFault> {
    let options = url.options();
    match tokio::time::timeout(patience, PgConnection::connect_with(&options)).await {
        Ok(connected) => Ok(connected?),
        Err(_) => Err(DatabaseFault::Unreachable),
    }
}

/// Brings the tables to this version. Several programs may do so at once: each step is a transaction
/// with its entry in the list of steps, so of two that take the same one fails, and then sees it done.
async fn bring_up_to_date(
    connection: &mut PgConnection,
    tables: Tables,
    kept: Kept,
) -> Result<(), DatabaseFault> {
    let mut backoff = Backoff::default();
    loop {
        // Looked up first, since a program that may not make tables may well use them.
        match applied(connection, kept).await? {
            Some(applied) if is_up_to_date(&applied)? => return Ok(()),
            None if tables == Tables::AreThere => return Err(DatabaseFault::Empty),
            Some(_) | None => {}
        }
        let taken = match kept {
            Kept::Prepared => MIGRATIONS.run_direct(None, connection, false).await,
            Kept::Not => take_all(connection).await,
        };
        let fault = match taken {
            Ok(()) => return Ok(()),
            Err(MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_)) => {
                return Err(DatabaseFault::Newer);
            }
            Err(MigrateError::Execute(fault) | MigrateError::ExecuteMigration(fault, _)) => {
                DatabaseFault::from(fault)
            }
            Err(other) => DatabaseFault::Failed(sqlx::Error::Migrate(Box::new(other))),
        };
        let met = matches!(fault, DatabaseFault::Busy | DatabaseFault::Failed(_));
        if !met || !backoff.again().await {
            return Err(fault);
        }
    }
}

/// Takes the steps that are missing in one transaction, for which a pooler keeps to one connection.
async fn take_all(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let mut transaction = connection.begin().await?;
    forget_prepared(&mut transaction).await?;
    MIGRATIONS
        .run_direct(None, &mut *transaction, false)
        .await?;
    forget_prepared(&mut transaction).await?;
    Ok(transaction.commit().await?)
}

/// Drops what this or another program prepared on a connection of the server: the driver counts names of
/// statements for each connection to the pooler, and they meet on those of the server.
async fn forget_prepared(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("DEALLOCATE ALL").execute(connection).await?;
    Ok(())
}

/// The steps that were taken, as a pooler can pass on the question.
async fn listed_alone(
    connection: &mut PgConnection,
) -> Result<Vec<AppliedMigration>, MigrateError> {
    let mut transaction = connection.begin().await?;
    forget_prepared(&mut transaction).await?;
    let listed = transaction.list_applied_migrations(&MIGRATIONS.table_name);
    let listed = listed.await?;
    forget_prepared(&mut transaction).await?;
    transaction.commit().await?;
    Ok(listed)
}

/// The steps that were taken, if the database lists any.
async fn applied(
    connection: &mut PgConnection,
    kept: Kept,
) -> Result<Option<Vec<AppliedMigration>>, DatabaseFault> {
    let listed = match kept {
        Kept::Prepared => {
            let listed = connection.list_applied_migrations(&MIGRATIONS.table_name);
            listed.await
        }
        Kept::Not => listed_alone(connection).await,
    };
    let fault = match listed {
        Ok(applied) => return Ok(Some(applied)),
        Err(MigrateError::Execute(fault)) => fault,
        Err(other) => sqlx::Error::Migrate(Box::new(other)),
    };
    match &fault {
        sqlx::Error::Database(cause) if cause.code().as_deref() == Some(UNDEFINED_TABLE) => {
            Ok(None)
        }
        _ => Err(fault.into()),
    }
}

fn is_up_to_date(applied: &[AppliedMigration]) -> Result<bool, DatabaseFault> {
    let ours = |step: &AppliedMigration| {
        MIGRATIONS
            .iter()
            .any(|known| known.version == step.version && known.checksum == step.checksum)
    };
    if !applied.iter().all(ours) {
        return Err(DatabaseFault::Newer);
    }
    Ok(applied.len() == MIGRATIONS.iter().count())
}

/// What a code of the server means, where it is not simply a failure
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
pub(super) fn meaning(cause: &PgDatabaseError) -> Option<DatabaseFault> {
    match cause.code() {
        // Another transaction came between, or waits for this one; a lock, an answer or a
        // connection was waited for too long.
        "40001" | "40P01" | "55P03" | "57014" | "53300" => Some(DatabaseFault::Busy),
        // The server stops, starts, or has stopped.
        "57P01" | "57P02" | "57P03" | "57P05" => Some(DatabaseFault::Unreachable),
        "53100" => Some(DatabaseFault::Full {
            path: "the database",
        }),
        "25006" => Some(DatabaseFault::Replica),
        "3D000" | "42501" => Some(DatabaseFault::Refused),
        code if code.starts_with("08") => Some(DatabaseFault::Unreachable),
        code if code.starts_with("28") => Some(DatabaseFault::Refused),
        _ => None,
    }
}
