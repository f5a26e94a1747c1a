//! A connection within a transaction, whichever database it is to.

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use sqlx::{Postgres, Sqlite, postgres::PgDatabaseError};

use crate::DatabaseFault;

/// A connection within a transaction.
pub(crate) struct Connection {
    pub(super) engine: Engine,
    mishaps: Mishaps,
}

/// The transaction as the database's own driver has it.
pub(super) enum Engine {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>, Kept),
}

/// Whether statements stay prepared at the server behind their transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// The next transaction on this connection finds them.
    Prepared,
    /// The next transaction may meet another connection, or this one another's.
    Not,
}

/// A transaction. Dropped, nothing of it is done.
pub(crate) struct Transaction(Connection);

impl Transaction {
    pub(super) fn new(engine: Engine) -> Self {
        Self(Connection {
            engine,
            mishaps: Mishaps::default(),
        })
    }

    /// What goes wrong in the transaction from now on, to be asked after it is gone.
    pub(super) fn mishaps(&self) -> Mishaps {
        self.0.mishaps.clone()
    }

    /// Commits. A transaction in which a statement failed is not, whatever was done about it:
    /// PostgreSQL would take the commit and throw everything away.
    ///
    /// A server that goes away meanwhile may have committed: only its own word says that it has not.
    pub(super) async fn commit(self) -> Result<(), DatabaseFault> {
        let Connection { engine, mishaps } = self.0;
        if mishaps.worst().is_some() {
            return Err(DatabaseFault::Failed(sqlx::Error::Protocol(
                "a statement before the commit failed".into(),
            )));
        }
        match engine {
            Engine::Sqlite(transaction) => transaction.commit().await,
            Engine::Postgres(transaction, _) => match transaction.commit().await {
                Err(fault) if !matches!(fault, sqlx::Error::Database(_)) => {
                    mishaps.note(fault);
                    return Err(DatabaseFault::Uncertain);
                }
                committed => committed,
            },
        }
        .map_err(|fault| mishaps.note(fault))
    }
}

impl Deref for Transaction {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

impl Connection {
    /// The fault of a statement, noted.
    pub(super) fn failed(&self, fault: sqlx::Error) -> DatabaseFault {
        self.mishaps.note(fault)
    }
}

/// What went wrong in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    /// Another one came between, or held on to what this one needs.
    Overtaken = 1,
    /// Something that does not go away by trying again.
    Other = 2,
}

/// The worst of what went wrong. The work may have made a fault of its own of it, so it is kept apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Mishaps(Arc<AtomicU8>);

impl Mishaps {
    pub(super) fn worst(&self) -> Option<Mishap> {
        let worst = self.0.load(Ordering::Relaxed);
        [Mishap::Overtaken, Mishap::Other]
            .into_iter()
            .find(|mishap| *mishap as u8 == worst)
    }

    fn note(&self, fault: sqlx::Error) -> DatabaseFault {
        let taken = is_taken_at_server(&fault);
        let fault = DatabaseFault::from(fault);
        let mishap = match &fault {
            DatabaseFault::Busy => Mishap::Overtaken,
            _ if taken => Mishap::Overtaken,
            _ => Mishap::Other,
        };
        self.0.fetch_max(mishap as u8, Ordering::Relaxed);
        fault
    }
}

/// Whether an entry was there already, such as a seat's holder, although the work had looked first. At
/// a server that is another way to say that another transaction came between; SQLite has one writer.
fn is_taken_at_server(fault: &sqlx::Error) -> bool {
    match fault {
        sqlx::Error::Database(cause) => {
            cause.is_unique_violation() && cause.try_downcast_ref::<PgDatabaseError>().is_some()
        }
        _ => false,
    }
}
