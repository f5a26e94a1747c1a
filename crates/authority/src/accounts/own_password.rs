//! One's own password, asked for once more and changed.

use super::{
    AccountFault, AccountSession, TypedPassword, app, changed, link,
    lockout::{Attempt, Door},
    password,
    row::{self, Stored},
    session,
};
use crate::{Authority, keyring::SecretDigest};

impl Authority {
    /// Changes the password of whoever has signed in. Their other sessions end.
    ///
    /// # Errors
    /// `password_not_accepted`, `too_many_attempts`; `password_too_short`, `password_too_long`,
    /// `password_too_easy`; those of the database.
    pub async fn password_change(
        &self,
        session: &AccountSession,
        current: &TypedPassword,
        new: &TypedPassword,
    ) -> Result<(), AccountFault> {
        self.check_password(&session.account, new).await?;
        self.ask_password(session, current).await?;
        let kept = &password::keep(self.password_digest(new)).await?;
        let (now, id) = (self.clock.now(), session.account.id);
        self.database
            .write(|mut connection| async move {
                row::set_password(&mut connection, id, kept).await?;
                // What was begun with the password before ends with it.
                link::drop_links(&mut connection, id).await?;
                app::drop_next(&mut connection, id).await?;
                session::end_others(&mut connection, session).await?;
                changed(id, now)
                    .with("password", true)
                    .write(&mut connection)
                    .await?;
                Ok::<_, AccountFault>((connection, ()))
            })
            .await
    }

    /// Takes the password once more; [`AccountSession::is_proven`] for a while.
    ///
    /// # Errors
    /// `password_not_accepted`, `too_many_attempts`; those of the database.
    pub async fn prove(
        &self,
        session: &AccountSession,
        password: &TypedPassword,
    ) -> Result<(), AccountFault> {
        self.ask_password(session, password).await
    }

    /// Makes sure that whoever has signed in knows the password, before they change how one signs in.
    ///
    /// # Errors
    /// `password_not_accepted`, `too_many_attempts`; those of the database.
    pub(super) async fn ask_password(
        &self,
        session: &AccountSession,
        typed: &TypedPassword,
    ) -> Result<(), AccountFault> {
        let id = session.account.id;
        let attempt = &Attempt {
            at: self.clock.now(),
            at_what: Door::Own(id),
        };
        let (counted, stored) = self
            .database
            .write(|mut connection| async move {
                let counted = attempt.count(&mut connection).await?;
                let stored = Stored::by_id(&mut connection, id).await?;
                Ok::<_, AccountFault>((connection, (counted, stored)))
            })
            .await?;
        let counted = &counted.map_err(|minutes| AccountFault::OwnTooManyAttempts { minutes })?;
        let kept = stored.password.as_deref();
        if !password::matches(self.password_digest(typed), kept).await {
            return Err(AccountFault::PasswordNotAccepted);
        }
        self.database
            .write(|mut connection| async move {
                attempt.was_right(&mut connection, counted).await?;
                session::proven(&mut connection, session, attempt.at).await?;
                Ok::<_, AccountFault>((connection, ()))
            })
            .await
    }

    pub(super) fn password_digest(&self, typed: &TypedPassword) -> SecretDigest {
        self.keyring().lookup.password(typed.bytes())
    }
}
