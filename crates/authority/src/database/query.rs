//! A statement with its values, for whichever database it meets.

use sqlx::{Encode, Type, query::Query as Prepared};

use super::{
    connection::{Connection, Engine, Kept},
    row::Row,
};
use crate::DatabaseFault;

/// A statement; `$1` stands for the first value that is bound, and so on. Its text is part of the
/// program: what comes from elsewhere is bound.
pub(crate) fn query(sql: &'static str) -> Query {
    Query {
        sql,
        values: Vec::new(),
    }
}

/// A statement with the values that were bound so far.
pub(crate) struct Query {
    sql: &'static str,
    values: Vec<Value>,
}

/// What columns hold. What is missing has a type all the same, which PostgreSQL asks for.
pub(crate) enum Value {
    Flag(Option<bool>),
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// What came of a statement that gives no rows.
pub(crate) struct Changed {
    rows: u64,
}

impl Changed {
    /// How many rows it inserted, changed or deleted.
    pub(crate) fn rows_affected(&self) -> u64 {
        self.rows
    }
}

impl Query {
    /// Binds the next value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Runs it for what it changes.
    pub(crate) async fn execute(self, on: &mut Connection) -> Result<Changed, DatabaseFault> {
        let rows = match &mut on.engine {
            Engine::Sqlite(transaction) => {
                let done = self.prepared().execute(&mut **transaction).await;
                done.map(|done| done.rows_affected())
            }
            Engine::Postgres(transaction, kept) => {
                let done = self.prepared_for(*kept).execute(&mut **transaction).await;
                done.map(|done| done.rows_affected())
            }
        };
        rows.map(|rows| Changed { rows })
            .map_err(|fault| on.failed(fault))
    }

    /// All rows that it gives.
    pub(crate) async fn fetch_all(self, on: &mut Connection) -> Result<Vec<Row>, DatabaseFault> {
        let rows = match &mut on.engine {
            Engine::Sqlite(transaction) => {
                let rows = self.prepared().fetch_all(&mut **transaction).await;
                rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Engine::Postgres(transaction, kept) => {
                let rows = self.prepared_for(*kept).fetch_all(&mut **transaction).await;
                rows.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        rows.map_err(|fault| on.failed(fault))
    }

    /// The first row that it gives, if any.
    pub(crate) async fn fetch_optional(
        self,
        on: &mut Connection,
    ) -> Result<Option<Row>, DatabaseFault> {
        let row = match &mut on.engine {
            Engine::Sqlite(transaction) => {
                let row = self.prepared().fetch_optional(&mut **transaction).await;
                row.map(|row| row.map(Row::Sqlite))
            }
            Engine::Postgres(transaction, kept) => {
                let row = self
                    .prepared_for(*kept)
                    .fetch_optional(&mut **transaction)
                    .await;
                row.map(|row| row.map(Row::Postgres))
            }
        };
        row.map_err(|fault| on.failed(fault))
    }

    /// The first row that it gives; that there is none is a fault.
    pub(crate) async fn fetch_one(self, on: &mut Connection) -> Result<Row, DatabaseFault> {
        let row = self.fetch_optional(on).await?;
        row.ok_or(DatabaseFault::Failed(sqlx::Error::RowNotFound))
    }

    fn prepared_for(
        self,
        kept: Kept,
    ) -> Prepared<'static, sqlx::Postgres, sqlx::postgres::PgArguments> {
        self.prepared().persistent(kept == Kept::Prepared)
    }

    fn prepared<DB>(self) -> Prepared<'static, DB, DB::Arguments>
    where
        DB: sqlx::Database,
        DB::Arguments: sqlx::IntoArguments<DB>,
        Option<bool>: Encode<'static, DB> + Type<DB>,
        Option<i64>: Encode<'static, DB> + Type<DB>,
        Option<String>: Encode<'static, DB> + Type<DB>,
        Option<Vec<u8>>: Encode<'static, DB> + Type<DB>,
    {
        self.values
            .into_iter()
            .fold(sqlx::query(self.sql), |query, value| match value {
                Value::Flag(value) => query.bind(value),
                Value::Number(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::Bytes(value) => query.bind(value),
            })
    }
}

macro_rules! values {
    ($($from:ty => $value:ident;)*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$value(Some(value.into()))
            }
        }

        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self {
                Self::$value(value.map(Into::into))
            }
        }
    )*};
}

values! {
    bool => Flag;
    i64 => Number;
    &str => Text;
    String => Text;
    &[u8] => Bytes;
    Vec<u8> => Bytes;
}
