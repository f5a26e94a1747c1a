//! Where the database server is, and what opens it.

use std::{fmt, path::Path, str::FromStr as _};

use sqlx::{ConnectOptions as _, postgres::PgConnectOptions};

use crate::{SetupFault, passphrase};

/// What tells that a pooler passes transactions on to whichever connection is free, so that nothing can be
/// kept at the server from one to the next.
const POOLER: &str = "pooler=transaction";

/// What else a URL may say behind its question mark. Not more: the driver writes what it does not know to
/// the log, and that may be a password under a misspelt name.
const PARAMETERS: [&str; 9] = [
    "dbname",
    "host",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// Where the database server is, and what opens it: `postgres://USER:PASSWORD@HOST/DATABASE`. A
/// secret as a whole, which is in no message.
#[derive(Clone)]
pub struct DatabaseUrl {
    options: Box<PgConnectOptions>,
    pooled: bool,
}

impl DatabaseUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// `database_url_refused`.
    pub fn new(text: &str) -> Result<Self, SetupFault> {
        let schemes = ["postgres://", "postgresql://"];
        let (address, parameters) = text.split_once('?').unwrap_or((text, ""));
        let (pooler, parameters): (Vec<_>, Vec<_>) =
            parameters.split('&').partition(|part| *part == POOLER);
        let known = |part: &str| {
            let name = part.split('=').next().unwrap_or_default();
            part.is_empty() || PARAMETERS.contains(&name)
        };
        if !schemes.iter().any(|scheme| text.starts_with(scheme))
            || !parameters.iter().all(|part| known(part))
        {
            return Err(SetupFault::DatabaseUrl);
        }
        let options = PgConnectOptions::from_str(&format!("{address}?{}", parameters.join("&")));
        Ok(Self {
            options: Box::new(options.map_err(|_| SetupFault::DatabaseUrl)?),
            pooled: !pooler.is_empty(),
        })
    }

    /// Reads the first line of a file, which may be a pipe or a credential that the system provides.
    ///
    /// # Errors
    /// `file_not_found`; `file_unreadable`, also when it is no text or larger than 64 KiB;
    /// `database_url_refused`.
    pub fn read_file(path: &Path) -> Result<Self, SetupFault> {
        let content = passphrase::read_secret(path)?;
        Self::new(content.lines().next().unwrap_or_default().trim())
    }

    /// How to connect. Statements are not logged: their values are customers'. Nothing is set that a pooler
    /// does not know; there are no floating-point numbers in the tables.
    pub(super) fn options(&self) -> PgConnectOptions {
        let mut options = PgConnectOptions::clone(&self.options);
        if self.pooled {
            options = options.statement_cache_capacity(0);
        }
        options
            .application_name("keyferry-authority")
            .extra_float_digits(None)
            .disable_statement_logging()
    }

    /// Whether each transaction may meet another connection at the server.
    pub(super) fn is_pooled(&self) -> bool {
        self.pooled
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_url_of_a_server_is_taken_and_none_is_shown() {
        for good in [
            "postgres://keyferry:s3cret@db.example/keyferry",
            "postgresql://db.example:5433/keyferry?sslmode=verify-full&sslrootcert=/etc/ca.pem",
            "postgres:///keyferry?host=/run/postgresql&user=keyferry",
            "postgres://db.example:6432/keyferry?sslmode=require&pooler=transaction",
        ] {
            let url = DatabaseUrl::new(good).unwrap();
            assert_eq!(url.is_pooled(), good.contains("pooler"));
            assert_eq!(format!("{url:?}"), "DatabaseUrl(…)");
        }
        for bad in [
            "",
            "db.example",
            "mysql://db.example/keyferry",
            "postgres://db.example:port/keyferry",
            "postgres://db.example/keyferry?pasword=s3cret",
            "postgres://db.example/keyferry?options=-csession_replication_role=replica",
            "postgres://db.example/keyferry?sslmode=sometimes",
            "postgres://db.example/keyferry?pooler=statement",
        ] {
            let fault = DatabaseUrl::new(bad).unwrap_err();
            assert_eq!(fault.code().as_str(), "database_url_refused", "{bad}");
            assert!(!format!("{fault} {fault:?} {:?}", fault.problem()).contains("s3cret"));
        }
    }
}
