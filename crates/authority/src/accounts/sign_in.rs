//! Signing in: name, password, and a code where the account asks for one.
//!
//! Whatever is at fault, the answer and the work are the same, so that nobody finds out who has an
//! account, or that a password was right.

use keyferry_token::Timestamp;

use super::{
    Account, AccountFault, AccountName, AccountSession, TypedPassword, app,
    lockout::{Attempt, Counted, Door},
    password,
    row::{self, Stored},
    session,
};
use crate::{
    Authority, Origin, SessionSecret,
    audit::{Action, NewEntry},
    database::Connection,
    keyring::Keyring,
};

/// What somebody typed to sign in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The name.
    pub name: String,
    /// The password.
    pub password: TypedPassword,
    /// The code of an app, or a recovery code; empty without.
    pub code: String,
}

impl Authority {
    /// Lets somebody in, and begins a session. Refused attempts are counted by name and by address, and
    /// those with a known name are entered in the log.
    ///
    /// # Errors
    /// `sign_in_not_accepted`, `too_many_attempts`; those of the database.
    pub async fn sign_in(
        &self,
        typed: &SignIn,
        origin: &Origin,
    ) -> Result<(SessionSecret, AccountSession), AccountFault> {
        let (now, keyring) = (self.clock.now(), &self.keyring());
        let secret = SessionSecret::make()?;
        let digest = &keyring.lookup.session(&secret);
        let name = AccountName::new(&typed.name).ok();
        let tried = name
            .as_ref()
            .map_or(typed.name.as_str(), AccountName::as_str);
        let tried = &keyring.lookup.account_name(tried);
        let attempt = &Attempt {
            at: now,
            at_what: Door::SignIn {
                name: tried,
                origin,
            },
        };
        let name = &name;
        let (counted, stored) = self
            .database
            .write(|mut connection| async move {
                let counted = attempt.count(&mut connection).await?;
                let stored = match (&counted, name) {
                    (Ok(_), Some(name)) => Stored::named(&mut connection, name).await?,
                    _ => None,
                };
                Ok::<_, AccountFault>((connection, (counted, stored)))
            })
            .await?;
        let counted = &counted.map_err(|minutes| AccountFault::TooManyAttempts { minutes })?;
        let kept = stored
            .as_ref()
            .and_then(|stored| stored.password.as_deref());
        let matches = password::matches(self.password_digest(&typed.password), kept).await;
        let stored = &stored;
        let entered = self
            .database
            .write(|mut connection| async move {
                attempt.touch(&mut connection).await?;
                let Some(stored) = stored else {
                    return Ok((connection, None));
                };
                let entering = Entering {
                    keyring,
                    origin,
                    attempt,
                    counted,
                    matches,
                    code: &typed.code,
                };
                let account = entering.finish(&mut connection, stored).await?;
                let session = match account {
                    Some(account) => {
                        Some(session::begin(&mut connection, &account, digest, now).await?)
                    }
                    None => None,
                };
                Ok::<_, AccountFault>((connection, session))
            })
            .await?;
        Ok((secret, entered.ok_or(AccountFault::NotAccepted)?))
    }
}

/// An attempt whose password was looked at.
struct Entering<'a> {
    keyring: &'a Keyring,
    origin: &'a Origin,
    attempt: &'a Attempt<'a>,
    counted: &'a Counted,
    matches: bool,
    code: &'a str,
}

impl Entering<'_> {
    /// The account that was signed in with, if everything was right.
    async fn finish(
        &self,
        connection: &mut Connection,
        seen: &Stored,
    ) -> Result<Option<Account>, AccountFault> {
        let now = self.attempt.at;
        let stored = match Stored::by_id(connection, seen.account.id).await {
            Err(AccountFault::Unknown) => return Ok(None),
            other => other?,
        };
        let id = stored.account.id;
        let open = !stored.account.disabled && stored.password == seen.password;
        let with = if self.matches && open {
            self.code_counts(connection, &stored, now).await?
        } else {
            None
        };
        let Some(with) = with else {
            NewEntry::new(now, self.origin, Action::AccountSignInRefused)
                .with("account", id.to_string())
                .write(connection)
                .await?;
            return Ok(None);
        };
        self.attempt.was_right(connection, self.counted).await?;
        row::signed_in(connection, id, now).await?;
        entry(id_origin(&stored), self.origin, now, with)
            .write(connection)
            .await?;
        Ok(Some(Account {
            signed_in_at: Some(now),
            ..stored.account
        }))
    }

    /// With what beside the password somebody signs in, if that counts.
    async fn code_counts(
        &self,
        connection: &mut Connection,
        stored: &Stored,
        now: Timestamp,
    ) -> Result<Option<&'static str>, AccountFault> {
        let Some(sealed) = &stored.app else {
            return Ok(Some("password"));
        };
        app::counts(connection, self.keyring, stored, sealed, self.code, now).await
    }
}

fn id_origin(stored: &Stored) -> Origin {
    Origin::Account(stored.account.id)
}

/// The entry of somebody who signed in: who, from where, with what.
pub(super) fn entry(who: Origin, from: &Origin, now: Timestamp, with: &'static str) -> NewEntry {
    let entry = NewEntry::new(now, &who, Action::AccountSignedIn).with("with", with);
    match from {
        Origin::Address(address) => entry.at_address(*address),
        Origin::Local | Origin::Account(_) | Origin::Form { .. } | Origin::ApiToken(_) => entry,
    }
}
