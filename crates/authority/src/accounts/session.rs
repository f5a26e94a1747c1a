//! Sessions: who has signed in, for how long, and what ends it.

use std::fmt;

use keyferry_token::{AccountId, Seconds, Timestamp};

use super::{Account, AccountFault, row::Stored};
use crate::{
    Authority, DatabaseFault, Permission, SessionSecret,
    columns::{self, int},
    database::{Connection, query},
    keyring::SecretDigest,
};

/// How long a session lasts in which nothing is done.
const IDLE: Seconds = Seconds::new(30 * 60);
/// How long a session lasts at most.
const LONGEST: Seconds = Seconds::new(12 * 60 * 60);
/// That something was done is noted no more often.
const NOTED: Seconds = Seconds::new(60);
/// How long the password that was given counts for what takes it once more.
const PROVEN: Seconds = Seconds::new(10 * 60);

/// Somebody who has signed in. What they may do is read anew with each request, so that another role
/// counts at once.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountSession {
    /// Who it is.
    pub account: Account,
    /// When they signed in.
    pub begun_at: Timestamp,
    /// When they have to sign in again, whatever they do.
    pub ends_at: Timestamp,
    /// When the password was last given in it.
    pub proven_at: Timestamp,
    pub(super) digest: SecretDigest,
}

impl AccountSession {
    /// How long a session lasts at most.
    pub const LONGEST: Seconds = LONGEST;

    /// Whether the password was given in it a short while ago: what lets others in, or keys go, is asked for
    /// with it, so that a screen that was left open is not enough.
    pub fn is_proven(&self, now: Timestamp) -> bool {
        now < self.proven_at.plus(PROVEN)
    }

    /// Whether its role allows something.
    pub fn may(&self, permission: Permission) -> bool {
        self.account.role.may(permission)
    }
}

impl fmt::Debug for AccountSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountSession")
            .field("account", &self.account.id)
            .field("begun_at", &self.begun_at)
            .field("ends_at", &self.ends_at)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// The session of this secret, if it is not over and its account not switched off.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn account_session(
        &self,
        secret: &SessionSecret,
    ) -> Result<Option<AccountSession>, DatabaseFault> {
        let now = self.clock.now();
        let digest = self.keyring().lookup.session(secret);
        let (session, seen_at) = {
            let mut transaction = self.database.read().await?;
            match find(&mut transaction, digest, now).await? {
                Some(found) => found,
                None => return Ok(None),
            }
        };
        if now >= seen_at.plus(NOTED) {
            self.note(&digest, now).await?;
        }
        Ok(Some(session))
    }

    async fn note(&self, digest: &SecretDigest, now: Timestamp) -> Result<(), DatabaseFault> {
        self.database
            .write(|mut connection| async move {
                query(
                    "UPDATE account_sessions SET seen_at = $2 WHERE digest = $1 AND seen_at < $2",
                )
                .bind(digest.to_vec())
                .bind(int(now.unix()))
                .execute(&mut connection)
                .await?;
                Ok::<_, DatabaseFault>((connection, ()))
            })
            .await
    }

    /// Ends a session; one that there is not has ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sign_out(&self, secret: &SessionSecret) -> Result<(), DatabaseFault> {
        let digest = &self.keyring().lookup.session(secret);
        self.database
            .write(|mut connection| async move {
                query("DELETE FROM account_sessions WHERE digest = $1")
                    .bind(digest.to_vec())
                    .execute(&mut connection)
                    .await?;
                Ok::<_, DatabaseFault>((connection, ()))
            })
            .await
    }

    /// How many other sessions the same account has.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn other_sessions(&self, session: &AccountSession) -> Result<u64, DatabaseFault> {
        let now = self.clock.now();
        let mut transaction = self.database.read().await?;
        let row = query(
            "SELECT COUNT(*) AS others FROM account_sessions
             WHERE account = $1 AND digest <> $2 AND ends_at > $3 AND seen_at > $4",
        )
        .bind(session.account.id.as_bytes().to_vec())
        .bind(session.digest.to_vec())
        .bind(int(now.unix()))
        .bind(int(now.minus(IDLE).unix()))
        .fetch_one(&mut transaction)
        .await?;
        columns::number(&row, "others")
    }

    /// Ends all other sessions of the same account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_other_sessions(&self, session: &AccountSession) -> Result<(), DatabaseFault> {
        self.database
            .write(|mut connection| async move {
                end_others(&mut connection, session).await?;
                Ok::<_, DatabaseFault>((connection, ()))
            })
            .await
    }
}

async fn find(
    connection: &mut Connection,
    digest: SecretDigest,
    now: Timestamp,
) -> Result<Option<(AccountSession, Timestamp)>, DatabaseFault> {
    let row = query(
        "SELECT account, begun_at, seen_at, ends_at, proven_at FROM account_sessions
         WHERE digest = $1 AND ends_at > $2 AND seen_at > $3",
    )
    .bind(digest.to_vec())
    .bind(int(now.unix()))
    .bind(int(now.minus(IDLE).unix()))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let id = columns::fixed(&row, "account").map(AccountId::new)?;
    let account = match Stored::by_id(connection, id).await {
        Ok(stored) => stored.account,
        Err(AccountFault::Database(fault)) => return Err(fault),
        Err(_) => return Ok(None),
    };
    if account.disabled {
        return Ok(None);
    }
    let session = AccountSession {
        account,
        begun_at: columns::time(&row, "begun_at")?,
        ends_at: columns::time(&row, "ends_at")?,
        proven_at: columns::time(&row, "proven_at")?,
        digest,
    };
    Ok(Some((session, columns::time(&row, "seen_at")?)))
}

/// Begins a session, and drops those that are over.
pub(super) async fn begin(
    connection: &mut Connection,
    account: &Account,
    digest: &SecretDigest,
    now: Timestamp,
) -> Result<AccountSession, DatabaseFault> {
    query("DELETE FROM account_sessions WHERE ends_at <= $1 OR seen_at <= $2")
        .bind(int(now.unix()))
        .bind(int(now.minus(IDLE).unix()))
        .execute(&mut *connection)
        .await?;
    let ends_at = now.plus(LONGEST);
    query(
        "INSERT INTO account_sessions (digest, account, begun_at, seen_at, ends_at, proven_at)
         VALUES ($1, $2, $3, $3, $4, $3)",
    )
    .bind(digest.to_vec())
    .bind(account.id.as_bytes().to_vec())
    .bind(int(now.unix()))
    .bind(int(ends_at.unix()))
    .execute(connection)
    .await?;
    Ok(AccountSession {
        account: account.clone(),
        begun_at: now,
        ends_at,
        proven_at: now,
        digest: *digest,
    })
}

/// Notes that the password was given in a session.
pub(super) async fn proven(
    connection: &mut Connection,
    session: &AccountSession,
    now: Timestamp,
) -> Result<(), DatabaseFault> {
    query("UPDATE account_sessions SET proven_at = $2 WHERE digest = $1")
        .bind(session.digest.to_vec())
        .bind(int(now.unix()))
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends all sessions of an account.
pub(super) async fn end_all(
    connection: &mut Connection,
    account: AccountId,
) -> Result<(), DatabaseFault> {
    query("DELETE FROM account_sessions WHERE account = $1")
        .bind(account.as_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends all sessions of an account but one.
pub(super) async fn end_others(
    connection: &mut Connection,
    session: &AccountSession,
) -> Result<(), DatabaseFault> {
    query("DELETE FROM account_sessions WHERE account = $1 AND digest <> $2")
        .bind(session.account.id.as_bytes().to_vec())
        .bind(session.digest.to_vec())
        .execute(connection)
        .await?;
    Ok(())
}
