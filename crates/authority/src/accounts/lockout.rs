//! How often somebody may try to sign in (rule A13).
//!
//! The first few slips cost nothing. Then each refused attempt doubles the time until the next one is
//! looked at, by the name that was tried and by address, up to an hour. Names are counted whether there
//! is such an account or not, as HMACs: people type passwords into the wrong box.
//!
//! An attempt is counted before it is looked at, and taken back when it was right: whoever sends many at
//! once gets no more of them looked at than one after the other.

use keyferry_token::{Seconds, Timestamp};

use crate::{
    DatabaseFault, Origin,
    attempts::neighbourhood,
    columns::{self, int},
    database::{Connection, query},
    keyring::SecretDigest,
};

/// Slips with one name that cost nothing.
const FREE_BY_NAME: u64 = 5;
/// The same from one address, where many may sit.
const FREE_BY_ADDRESS: u64 = 20;
/// The wait after the first one beyond.
const FIRST_WAIT: Seconds = Seconds::new(60);
/// The longest wait.
const LONGEST_WAIT: Seconds = Seconds::HOUR;
/// After so long without another, all is forgotten.
const FORGOTTEN: Seconds = Seconds::DAY;

/// Somebody tries a password.
pub(super) struct Attempt<'a> {
    pub(super) at: Timestamp,
    /// The name that is tried.
    pub(super) name: &'a SecretDigest,
    pub(super) origin: &'a Origin,
}

/// How it was counted, to take it back.
pub(super) struct Counted(Vec<Before>);

/// A count as it was before.
struct Before {
    scope: &'static str,
    subject: Vec<u8>,
    refused: u64,
    last_at: Timestamp,
}

impl Before {
    /// Until when nothing is looked at.
    fn barred_until(&self) -> Timestamp {
        let free = if self.scope == "name" {
            FREE_BY_NAME
        } else {
            FREE_BY_ADDRESS
        };
        let Some(beyond) = self.refused.checked_sub(free) else {
            return self.last_at;
        };
        let doubled = FIRST_WAIT.get() << beyond.min(16);
        let wait = doubled.min(LONGEST_WAIT.get());
        self.last_at.plus(Seconds::new(wait))
    }
}

impl Attempt<'_> {
    /// Counts it as refused, unless there were too many: then it gives the minutes to wait.
    pub(super) async fn count(
        &self,
        connection: &mut Connection,
    ) -> Result<Result<Counted, u64>, DatabaseFault> {
        query("DELETE FROM sign_in_refusals WHERE last_at < $1")
            .bind(int(self.at.minus(FORGOTTEN).unix()))
            .execute(&mut *connection)
            .await?;
        let mut counted = Vec::new();
        for (scope, subject) in self.subjects() {
            let before = self.before(connection, scope, subject).await?;
            let until = before.barred_until();
            if before.refused > 0 && until > self.at {
                let wait = until.unix() - self.at.unix();
                return Ok(Err(wait.div_ceil(60)));
            }
            counted.push(before);
        }
        for before in &counted {
            query(
                "INSERT INTO sign_in_refusals (scope, subject, refused, last_at)
                 VALUES ($1, $2, 1, $3)
                 ON CONFLICT (scope, subject) DO UPDATE SET
                     refused = sign_in_refusals.refused + 1, last_at = $3",
            )
            .bind(before.scope)
            .bind(before.subject.as_slice())
            .bind(int(self.at.unix()))
            .execute(&mut *connection)
            .await?;
        }
        Ok(Ok(Counted(counted)))
    }

    /// Writes what is there once more: refusing a name that there is not takes a commit as well.
    pub(super) async fn touch(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        query("UPDATE sign_in_refusals SET last_at = $2 WHERE scope = 'name' AND subject = $1")
            .bind(self.name.to_vec())
            .bind(int(self.at.unix()))
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Takes it back: it was right. The name starts afresh; the address does not, or whoever has an
    /// account could try those of others without end.
    pub(super) async fn was_right(
        &self,
        connection: &mut Connection,
        counted: &Counted,
    ) -> Result<(), DatabaseFault> {
        forget(connection, self.name).await?;
        for before in counted.0.iter().filter(|before| before.scope == "address") {
            query(
                "UPDATE sign_in_refusals SET refused = refused - 1,
                     last_at = CASE WHEN refused = $3 THEN $4 ELSE last_at END
                 WHERE scope = $1 AND subject = $2 AND refused > 0",
            )
            .bind(before.scope)
            .bind(before.subject.as_slice())
            .bind(int(before.refused + 1))
            .bind(int(before.last_at.unix()))
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }

    fn subjects(&self) -> impl Iterator<Item = (&'static str, Vec<u8>)> {
        let address = match self.origin {
            Origin::Address(address) => Some(address),
            Origin::Local | Origin::Account(_) | Origin::ApiToken(_) => None,
        };
        std::iter::once(("name", self.name.to_vec()))
            .chain(address.map(|address| ("address", neighbourhood(address))))
    }

    async fn before(
        &self,
        connection: &mut Connection,
        scope: &'static str,
        subject: Vec<u8>,
    ) -> Result<Before, DatabaseFault> {
        let row = query(
            "SELECT refused, last_at FROM sign_in_refusals WHERE scope = $1 AND subject = $2",
        )
        .bind(scope)
        .bind(subject.as_slice())
        .fetch_optional(connection)
        .await?;
        let (refused, last_at) = match row {
            Some(row) => (
                columns::number(&row, "refused")?,
                columns::time(&row, "last_at")?,
            ),
            None => (0, self.at),
        };
        Ok(Before {
            scope,
            subject,
            refused,
            last_at,
        })
    }
}

/// Forgets what was refused with a name.
pub(super) async fn forget(
    connection: &mut Connection,
    name: &SecretDigest,
) -> Result<(), DatabaseFault> {
    query("DELETE FROM sign_in_refusals WHERE scope = 'name' AND subject = $1")
        .bind(name.to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_an_hour() {
        let wait = |scope, refused| {
            let last_at = Timestamp::from_unix(1_000_000);
            let before = Before {
                scope,
                subject: Vec::new(),
                refused,
                last_at,
            };
            before.barred_until().unix() - last_at.unix()
        };
        let by_name: Vec<_> = (3..13).map(|refused| wait("name", refused)).collect();
        assert_eq!(by_name, [0, 0, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(wait("name", 1_000_000), 3600);
        assert_eq!((wait("address", 19), wait("address", 20)), (0, 60));
    }
}
