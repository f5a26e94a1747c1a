//! How often somebody may try to sign in (rule A13).
//!
//! Refused attempts are counted by name and address together, and there each one after the first few
//! doubles the wait, up to an hour. So nobody keeps others out by guessing at their names: that takes many
//! addresses, against which a name has a far looser limit of its own, and so has an address for all names.
//! Names are counted whether there is such an account or not, as HMACs: people type passwords into the wrong
//! box.
//!
//! An attempt is counted before it is looked at, and taken back when it was right: whoever sends many at
//! once gets no more of them looked at than one after the other.

use keyferry_token::{AccountId, Seconds, Timestamp};

use crate::{
    DatabaseFault, Origin,
    attempts::neighbourhood,
    columns::{self, int},
    database::{Connection, query},
    keyring::SecretDigest,
};

/// The wait after the first refused attempt that costs something.
const FIRST_WAIT: Seconds = Seconds::new(60);
/// After so long without another, all is forgotten.
const FORGOTTEN: Seconds = Seconds::DAY;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// One name from one address.
    Pair,
    /// All names from one address, where many people may sit.
    Address,
    /// One name from all addresses.
    Name,
    /// One's own password, asked for once more: guessing at the door does not count here.
    Own,
}

impl Scope {
    const fn name(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::Address => "address",
            Self::Name => "name",
            Self::Own => "own",
        }
    }

    /// Refused attempts that cost nothing.
    const fn free(self) -> u64 {
        match self {
            Self::Pair | Self::Own => 5,
            Self::Address => 20,
            Self::Name => 50,
        }
    }

    /// The longest wait.
    const fn longest_wait(self) -> Seconds {
        match self {
            Self::Pair | Self::Own | Self::Address => Seconds::HOUR,
            Self::Name => Seconds::new(5 * 60),
        }
    }

    /// After how long one refused attempt is forgotten by itself: where many people add to a count, their
    /// slips of days must not.
    const fn forgets_one(self) -> Option<Seconds> {
        match self {
            Self::Pair | Self::Own => None,
            Self::Address | Self::Name => Some(Seconds::new(10 * 60)),
        }
    }
}

/// Somebody tries a password.
pub(super) struct Attempt<'a> {
    pub(super) at: Timestamp,
    pub(super) at_what: Door<'a>,
}

/// Where a password is tried.
pub(super) enum Door<'a> {
    /// Signing in.
    SignIn {
        /// The name that is tried.
        name: &'a SecretDigest,
        origin: &'a Origin,
    },
    /// Asked for once more, of somebody who has signed in.
    Own(AccountId),
}

/// How it was counted, to take it back.
pub(super) struct Counted(Vec<Before>);

/// A count as it was before.
struct Before {
    scope: Scope,
    subject: Vec<u8>,
    refused: u64,
    last_at: Timestamp,
}

impl Before {
    /// What of it still counts.
    fn counts(&self, now: Timestamp) -> u64 {
        let forgotten = self.scope.forgets_one().map_or(0, |each| {
            now.unix().saturating_sub(self.last_at.unix()) / each.get()
        });
        self.refused.saturating_sub(forgotten)
    }

    /// Until when nothing is looked at.
    fn barred_until(&self, now: Timestamp) -> Timestamp {
        let Some(beyond) = self.counts(now).checked_sub(self.scope.free()) else {
            return self.last_at;
        };
        let doubled = FIRST_WAIT.get() << beyond.min(16);
        let wait = doubled.min(self.scope.longest_wait().get());
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
            let until = before.barred_until(self.at);
            if before.refused > 0 && until > self.at {
                let wait = until.unix() - self.at.unix();
                return Ok(Err(wait.div_ceil(60)));
            }
            counted.push(before);
        }
        for before in &counted {
            query(
                "INSERT INTO sign_in_refusals (scope, subject, refused, last_at)
                 VALUES ($1, $2, $4, $3)
                 ON CONFLICT (scope, subject) DO UPDATE SET refused = $4, last_at = $3",
            )
            .bind(before.scope.name())
            .bind(before.subject.as_slice())
            .bind(int(self.at.unix()))
            .bind(int(before.counts(self.at) + 1))
            .execute(&mut *connection)
            .await?;
        }
        Ok(Ok(Counted(counted)))
    }

    /// Writes what is there once more: refusing a name that there is not takes a commit as well.
    pub(super) async fn touch(&self, connection: &mut Connection) -> Result<(), DatabaseFault> {
        let Some((scope, subject)) = self.subjects().into_iter().next() else {
            return Ok(());
        };
        query("UPDATE sign_in_refusals SET last_at = $3 WHERE scope = $1 AND subject = $2")
            .bind(scope.name())
            .bind(subject)
            .bind(int(self.at.unix()))
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Takes it back: it was right. The name from this address starts afresh; what is counted over many
    /// names or many addresses does not, or whoever has an account could try those of others without end,
    /// and whoever guesses at a name would start afresh with its owner.
    pub(super) async fn was_right(
        &self,
        connection: &mut Connection,
        counted: &Counted,
    ) -> Result<(), DatabaseFault> {
        for before in &counted.0 {
            match before.scope {
                Scope::Pair | Scope::Own => {
                    query("DELETE FROM sign_in_refusals WHERE scope = $1 AND subject = $2")
                        .bind(before.scope.name())
                        .bind(before.subject.as_slice())
                        .execute(&mut *connection)
                        .await?;
                }
                Scope::Address | Scope::Name => {
                    let own = int(before.counts(self.at) + 1);
                    query(
                        "UPDATE sign_in_refusals SET
                             last_at = CASE WHEN refused = $3 THEN $4 ELSE last_at END,
                             refused = CASE WHEN refused = $3 THEN $5 ELSE refused - 1 END
                         WHERE scope = $1 AND subject = $2 AND refused > 0",
                    )
                    .bind(before.scope.name())
                    .bind(before.subject.as_slice())
                    .bind(own)
                    .bind(int(before.last_at.unix()))
                    .bind(int(before.refused))
                    .execute(&mut *connection)
                    .await?;
                }
            }
        }
        Ok(())
    }

    /// What it counts for; the strictest first.
    fn subjects(&self) -> Vec<(Scope, Vec<u8>)> {
        match self.at_what {
            Door::Own(account) => vec![(Scope::Own, account.as_bytes().to_vec())],
            Door::SignIn { name, origin } => {
                let from = match origin {
                    Origin::Address(address) => Some(neighbourhood(address)),
                    Origin::Local
                    | Origin::Account(_)
                    | Origin::Form { .. }
                    | Origin::ApiToken(_) => None,
                };
                let pair = [name.as_slice(), from.as_deref().unwrap_or_default()].concat();
                let from = from.map(|from| (Scope::Address, from));
                [(Scope::Pair, pair), (Scope::Name, name.to_vec())]
                    .into_iter()
                    .chain(from)
                    .collect()
            }
        }
    }

    async fn before(
        &self,
        connection: &mut Connection,
        scope: Scope,
        subject: Vec<u8>,
    ) -> Result<Before, DatabaseFault> {
        let row = query(
            "SELECT refused, last_at FROM sign_in_refusals WHERE scope = $1 AND subject = $2",
        )
        .bind(scope.name())
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

/// Forgets what was refused with a name, from whatever address, and where its account was asked for its
/// password once more.
pub(super) async fn forget(
    connection: &mut Connection,
    name: &SecretDigest,
    account: AccountId,
) -> Result<(), DatabaseFault> {
    query(
        "DELETE FROM sign_in_refusals
         WHERE scope IN ('name', 'pair') AND SUBSTR(subject, 1, 32) = $1
             OR scope = 'own' AND subject = $2",
    )
    .bind(name.to_vec())
    .bind(account.as_bytes().to_vec())
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_000_000);

    fn before(scope: Scope, refused: u64) -> Before {
        Before {
            scope,
            subject: Vec::new(),
            refused,
            last_at: NOW,
        }
    }

    fn wait(scope: Scope, refused: u64) -> u64 {
        before(scope, refused).barred_until(NOW).unix() - NOW.unix()
    }

    #[test]
    fn the_wait_doubles_up_to_an_hour() {
        for scope in [Scope::Pair, Scope::Own] {
            let waits: Vec<_> = (3..13).map(|refused| wait(scope, refused)).collect();
            assert_eq!(waits, [0, 0, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
            assert_eq!(wait(scope, 1_000_000), 3600);
        }
        assert_eq!(
            (wait(Scope::Address, 19), wait(Scope::Address, 20)),
            (0, 60)
        );
        assert_eq!((wait(Scope::Name, 49), wait(Scope::Name, 50)), (0, 60));
        assert_eq!(wait(Scope::Name, 1_000_000), 300);
    }

    #[test]
    fn the_slips_of_many_people_do_not_add_up_over_a_day() {
        let later = |minutes: u64| NOW.plus(Seconds::new(minutes * 60));
        let address = before(Scope::Address, 20);
        assert_eq!(address.counts(later(9)), 20);
        assert_eq!(address.counts(later(10)), 19);
        assert_eq!(address.counts(later(1000)), 0);
        assert_eq!(before(Scope::Pair, 20).counts(later(1000)), 20);
    }
}
