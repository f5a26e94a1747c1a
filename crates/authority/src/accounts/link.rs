//! Links that let somebody set a password, once and for a limited time.
//!
//! Whoever has one begins the account anew: with a password of their own, and without an app's codes.
//! What it replaces counts until then, so that nobody can lock others out by having links made.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use keyferry_token::{AccountId, Seconds, Timestamp};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use super::{
    Account, AccountFault, AccountSession, TypedPassword, lockout, password,
    row::{self, Stored},
    session, sign_in,
};
use crate::{
    Authority, DatabaseFault, EntropyFault, Origin, SessionSecret,
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, query},
    entropy,
    keyring::SecretDigest,
};

/// How long a link counts.
const COUNTS: Seconds = Seconds::DAY;
/// The symbols of a group, as people see them.
const GROUP: usize = 8;

/// The secret part of a link: 160 random bits. Stored is a digest.
#[derive(Clone, ZeroizeOnDrop)]
pub struct LinkSecret([u8; 20]);

impl LinkSecret {
    pub(super) fn make() -> Result<Self, EntropyFault> {
        Ok(Self(entropy::random()?))
    }

    /// Reads what [`Self::expose`] gave, or a link with it behind its `#`; spaces, dashes and capitals make
    /// no difference.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.rsplit_once('#').map_or(text, |(_, secret)| secret);
        if text.len() > 200 {
            return None;
        }
        let mut symbols: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let mut bytes = BASE32_NOPAD.decode(symbols.as_bytes()).unwrap_or_default();
        let secret = <[u8; 20]>::try_from(bytes.as_slice()).ok().map(Self);
        symbols.zeroize();
        bytes.zeroize();
        secret
    }

    /// As people carry it: four groups of eight.
    pub fn expose(&self) -> String {
        let symbols = BASE32_NOPAD.encode(&self.0);
        let groups: Vec<String> = symbols
            .as_bytes()
            .chunks(GROUP)
            .map(|group| String::from_utf8_lossy(group).into_owned())
            .collect();
        groups.join("-")
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecret(…)")
    }
}

impl Authority {
    /// Whose link it is.
    ///
    /// # Errors
    /// `link_not_accepted`; those of the database.
    pub async fn account_of_link(&self, link: &LinkSecret) -> Result<Account, AccountFault> {
        let digest = self.keyring().lookup.account_link(link.bytes());
        let mut transaction = self.database.read().await?;
        let stored = find(&mut transaction, &digest, self.clock.now()).await?;
        Ok(stored.account)
    }

    /// Sets the password of whoever has a link, and signs them in. The link counts no more, all sessions
    /// of the account end, and signing in takes no code of an app until one is set up again.
    ///
    /// # Errors
    /// `link_not_accepted`; `password_too_short`, `password_too_long`, `password_too_easy`; those of the
    /// database.
    pub async fn account_accept(
        &self,
        link: &LinkSecret,
        password: &TypedPassword,
        origin: &Origin,
    ) -> Result<(SessionSecret, AccountSession), AccountFault> {
        let (now, keyring) = (self.clock.now(), &self.keyring());
        let account = self.account_of_link(link).await?;
        self.check_password(&account, password).await?;
        let kept = &password::keep(self.password_digest(password)).await?;
        let secret = SessionSecret::make()?;
        let begun = &keyring.lookup.session(&secret);
        let digest = &keyring.lookup.account_link(link.bytes());
        let session = self
            .database
            .write(|mut connection| async move {
                let Account { id, name, .. } = find(&mut connection, digest, now).await?.account;
                drop_links(&mut connection, id).await?;
                row::set_password(&mut connection, id, kept).await?;
                super::app::remove(&mut connection, id).await?;
                session::end_all(&mut connection, id).await?;
                let name = keyring.lookup.account_name(name.as_str());
                lockout::forget(&mut connection, &name, id).await?;
                row::signed_in(&mut connection, id, now).await?;
                let who = Origin::Account(id);
                NewEntry::new(now, &who, Action::AccountChanged)
                    .with("account", id.to_string())
                    .with("password", true)
                    .write(&mut connection)
                    .await?;
                sign_in::entry(who, origin, now, "link")
                    .write(&mut connection)
                    .await?;
                let account = Stored::by_id(&mut connection, id).await?.account;
                let session = session::begin(&mut connection, &account, begun, now).await?;
                Ok::<_, AccountFault>((connection, session))
            })
            .await?;
        Ok((secret, session))
    }

    /// Whether a password may be an account's new one.
    pub(super) async fn check_password(
        &self,
        account: &Account,
        password: &TypedPassword,
    ) -> Result<(), AccountFault> {
        let vendor: String = {
            let mut transaction = self.database.read().await?;
            let row = query("SELECT name FROM vendor")
                .fetch_one(&mut transaction)
                .await?;
            columns::get(&row, "name")?
        };
        password.check(&[account.name.as_str(), &vendor, "keyferry"])
    }
}

async fn find(
    connection: &mut Connection,
    digest: &SecretDigest,
    now: Timestamp,
) -> Result<Stored, AccountFault> {
    let row = query("SELECT account FROM account_links WHERE digest = $1 AND ends_at > $2")
        .bind(digest.to_vec())
        .bind(int(now.unix()))
        .fetch_optional(&mut *connection)
        .await?;
    let row = row.ok_or(AccountFault::LinkNotAccepted)?;
    let id = columns::fixed(&row, "account").map(AccountId::new)?;
    let stored = Stored::by_id(connection, id).await?;
    if stored.account.disabled {
        return Err(AccountFault::LinkNotAccepted);
    }
    Ok(stored)
}

/// Puts a link in the place of the account's one before; until when it counts.
pub(super) async fn put(
    connection: &mut Connection,
    account: AccountId,
    digest: &SecretDigest,
    now: Timestamp,
) -> Result<Timestamp, DatabaseFault> {
    drop_links(connection, account).await?;
    let ends_at = now.plus(COUNTS);
    query("INSERT INTO account_links (digest, account, ends_at) VALUES ($1, $2, $3)")
        .bind(digest.to_vec())
        .bind(account.as_bytes().to_vec())
        .bind(int(ends_at.unix()))
        .execute(connection)
        .await?;
    Ok(ends_at)
}

/// Takes an account's link away.
pub(super) async fn drop_links(
    connection: &mut Connection,
    account: AccountId,
) -> Result<(), DatabaseFault> {
    query("DELETE FROM account_links WHERE account = $1")
        .bind(account.as_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_as_it_is_pasted_and_shows_itself_nowhere_else() {
        let secret = LinkSecret::make().unwrap();
        let shown = secret.expose();
        assert_eq!(shown.len(), 35);
        for text in [
            shown.clone(),
            shown.to_lowercase(),
            format!(" https://license.acme.example/welcome#{shown}\n"),
            shown.replace('-', " "),
        ] {
            assert_eq!(LinkSecret::read(&text).unwrap().bytes(), secret.bytes());
        }
        for text in ["", "#", &shown[1..], &"A".repeat(100_000)] {
            assert!(LinkSecret::read(text).is_none());
        }
        assert_eq!(format!("{secret:?}"), "LinkSecret(…)");
    }
}
