//! The database: transactions, and doing work anew that another writer came between.
//!
//! What differs between SQLite and PostgreSQL is in the modules below and in `migrations/`. Queries
//! elsewhere use what both know, and go through [`query`].

mod backoff;
mod connection;
mod postgres;
mod query;
mod row;
mod sqlite;
mod url;

use std::{io, path::PathBuf};

use sqlx::postgres::PgDatabaseError;

pub(crate) use connection::{Connection, Transaction};
pub(crate) use query::query;
pub(crate) use row::{Column, Row};
pub use url::DatabaseUrl;

use self::{
    backoff::Backoff,
    connection::Mishap,
    postgres::{Server, Tables},
    sqlite::File,
};
use crate::DatabaseFault;

/// Where a database is.
#[derive(Debug)]
pub(crate) enum Place {
    /// In a file, by SQLite.
    File(PathBuf),
    /// At a server that speaks PostgreSQL's protocol.
    Server(DatabaseUrl),
}

/// The database of one authority. Several authorities, in one program or in many, may have the same.
#[derive(Debug)]
pub(crate) enum Database {
    File(File),
    Server(Server),
}

impl Database {
    /// Opens the database and brings its tables to this version.
    ///
    /// # Errors
    /// `database_newer`, `database_busy`, `system_failure`; of a file `file_not_found`,
    /// `file_unreadable`; of a server `authority_missing` without tables in it, and
    /// `database_unreachable`, `database_refused`, `database_not_secured`, `database_replica`.
    pub(crate) async fn open(place: &Place) -> Result<Self, DatabaseFault> {
        match place {
            Place::File(path) => File::open(path).await.map(Self::File),
            Place::Server(url) => Server::open(url, Tables::AreThere).await.map(Self::Server),
        }
    }

    /// Opens the database at a server, and makes the tables where there are none.
    ///
    /// # Errors
    /// `database_newer`, `database_busy`, `system_failure`; `database_unreachable`,
    /// `database_refused`, `database_not_secured`, `database_replica`.
    pub(crate) async fn make(url: &DatabaseUrl) -> Result<Self, DatabaseFault> {
        let server = Server::open(url, Tables::MayBeMissing).await?;
        Ok(Self::Server(server))
    }

    /// Runs work that changes something in one transaction (rule A10), as if no other ran
    /// meanwhile. The work is lent the transaction, and gives it back with what it has done: then
    /// all of it is committed when this returns `Ok`, and nothing of it otherwise. It is done anew
    /// when another writer came between, so it must leave no traces elsewhere.
    ///
    /// # Errors
    /// Those of the work; `database_busy`, `disk_full`, `system_failure`; those of reaching a
    /// server.
    pub(crate) async fn write<T, E, W>(&self, work: impl Fn(Transaction) -> W) -> Result<T, E>
    where
        E: From<DatabaseFault>,
        W: Future<Output = Result<(Transaction, T), E>>,
    {
        let mut backoff = Backoff::default();
        loop {
            let transaction = self.begin().await?;
            let mishaps = transaction.mishaps();
            let done = match work(transaction).await {
                Ok((transaction, done)) => match transaction.commit().await {
                    Ok(()) => return Ok(done),
                    Err(fault) => fault.into(),
                },
                Err(fault) => fault,
            };
            if mishaps.worst() != Some(Mishap::Overtaken) || !backoff.again().await {
                return Err(done);
            }
        }
    }

    async fn begin(&self) -> Result<Transaction, DatabaseFault> {
        match self {
            Self::File(file) => file.begin().await,
            Self::Server(server) => server.begin().await,
        }
    }

    /// A transaction that sees one state of the database and changes nothing.
    pub(crate) async fn read(&self) -> Result<Transaction, DatabaseFault> {
        match self {
            Self::File(file) => file.read().await,
            Self::Server(server) => server.read().await,
        }
    }

    /// Closes all connections; SQLite then folds its journal into the file.
    pub(crate) async fn close(&self) {
        match self {
            Self::File(file) => file.close().await,
            Self::Server(server) => server.close().await,
        }
    }
}

impl From<sqlx::Error> for DatabaseFault {
    fn from(fault: sqlx::Error) -> Self {
        match &fault {
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Tls(_) => Self::NotSecured,
            // How a server's certificate is refused.
            sqlx::Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => {
                Self::NotSecured
            }
            sqlx::Error::Io(_) => Self::Unreachable,
            sqlx::Error::Database(cause) => {
                let meaning = match cause.try_downcast_ref::<PgDatabaseError>() {
                    Some(cause) => postgres::meaning(cause),
                    None => sqlite::meaning(&**cause),
                };
                meaning.unwrap_or(Self::Failed(fault))
            }
            _ => Self::Failed(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_have_the_same_steps() {
        let steps = |migrations: &sqlx::migrate::Migrator| -> Vec<_> {
            let steps = migrations.iter();
            steps
                .map(|step| (step.version, step.description.clone()))
                .collect()
        };
        assert_eq!(steps(&sqlite::MIGRATIONS), steps(&postgres::MIGRATIONS));
    }
}
