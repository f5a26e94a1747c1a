//! Adding people, changing what they may do, and shutting them out.

use keyferry_token::{AccountId, Timestamp};

use super::{
    Account, AccountFault, AccountName, LinkSecret, link,
    row::{self, Stored},
    session,
};
use crate::{
    ApiToken, Authority, DatabaseFault, Origin, Role,
    api_token::{take_back_beyond, take_back_made_by},
    audit::{Action, NewEntry},
    database::{Connection, query},
    entropy,
};

/// An account, and the link that lets somebody begin with it.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The account.
    pub account: Account,
    /// The secret part of the link. It is shown once.
    pub link: LinkSecret,
    /// Until when it counts.
    pub until: Timestamp,
}

impl Invitation {
    fn new(account: Account, link: LinkSecret, until: Timestamp) -> Self {
        let link_until = Some(until);
        Self {
            account: Account {
                link_until,
                ..account
            },
            link,
            until,
        }
    }
}

/// What is to change about an account; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// Another role, which counts at once.
    pub role: Option<Role>,
    /// Switched off, with all its sessions and its link; or on again.
    pub disabled: Option<bool>,
}

/// What became of an account that was to be changed.
#[derive(Clone, Debug)]
pub struct AccountChanged {
    /// The account as it is now.
    pub account: Account,
    /// Whether anything changed.
    pub changed: bool,
    /// The API tokens that were taken back with it.
    pub tokens: Vec<ApiToken>,
}

impl Authority {
    /// All accounts, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accounts(&self) -> Result<Vec<Account>, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        let stored = Stored::all(&mut transaction).await?;
        Ok(stored.into_iter().map(|stored| stored.account).collect())
    }

    /// One account.
    ///
    /// # Errors
    /// `account_unknown`; those of the database.
    pub async fn account(&self, id: AccountId) -> Result<Account, AccountFault> {
        let mut transaction = self.database.read().await?;
        Ok(Stored::by_id(&mut transaction, id).await?.account)
    }

    /// The account of this name.
    ///
    /// # Errors
    /// `account_unknown`; those of the database.
    pub async fn account_named(&self, name: &AccountName) -> Result<Account, AccountFault> {
        let mut transaction = self.database.read().await?;
        let stored = Stored::named(&mut transaction, name).await?;
        Ok(stored.ok_or(AccountFault::Unknown)?.account)
    }

    /// Adds an account, and makes the link to begin with.
    ///
    /// # Errors
    /// `account_exists`; those of the database.
    pub async fn account_add(
        &self,
        name: &AccountName,
        role: Role,
        origin: &Origin,
    ) -> Result<Invitation, AccountFault> {
        let now = self.clock.now();
        let id = AccountId::new(entropy::random()?);
        let link = LinkSecret::make()?;
        let digest = &self.keyring().lookup.account_link(link.bytes());
        let (account, until) = self
            .database
            .write(|mut connection| async move {
                origin.asks_anew(&mut connection).await?;
                if Stored::named(&mut connection, name).await?.is_some() {
                    return Err(AccountFault::Exists { name: name.clone() });
                }
                let account = Account {
                    id,
                    name: name.clone(),
                    role,
                    disabled: false,
                    has_password: false,
                    has_app: false,
                    recovery_codes: 0,
                    link_until: None,
                    created_at: now,
                    signed_in_at: None,
                };
                row::insert(&mut connection, &account).await?;
                let until = link::put(&mut connection, id, digest, now).await?;
                NewEntry::new(now, origin, Action::AccountAdded)
                    .with("account", id.to_string())
                    .with("role", role.name())
                    .write(&mut connection)
                    .await?;
                Ok((connection, (account, until)))
            })
            .await?;
        Ok(Invitation::new(account, link, until))
    }

    /// Makes a new link for an account, in the place of the one before: for whoever lost it, or the
    /// password. What the account has counts on until the link is used. Nobody makes one for themselves, which
    /// would take the place of their password and their app.
    ///
    /// # Errors
    /// `account_unknown`, `account_disabled`, `permission_missing`; those of the database.
    pub async fn account_invite(
        &self,
        id: AccountId,
        origin: &Origin,
    ) -> Result<Invitation, AccountFault> {
        if origin.account() == Some(id) {
            return Err(AccountFault::OwnLink);
        }
        let now = self.clock.now();
        let link = LinkSecret::make()?;
        let digest = &self.keyring().lookup.account_link(link.bytes());
        let (account, until) = self
            .database
            .write(|mut connection| async move {
                let account = Stored::by_id(&mut connection, id).await?.account;
                if account.disabled {
                    return Err(AccountFault::Disabled);
                }
                let until = link::put(&mut connection, id, digest, now).await?;
                NewEntry::new(now, origin, Action::AccountChanged)
                    .with("account", id.to_string())
                    .with("link_until", until.unix())
                    .write(&mut connection)
                    .await?;
                Ok((connection, (account, until)))
            })
            .await?;
        Ok(Invitation::new(account, link, until))
    }

    /// Takes the link of an account back; whether there was one.
    ///
    /// # Errors
    /// `account_unknown`; those of the database.
    pub async fn account_link_drop(
        &self,
        id: AccountId,
        origin: &Origin,
    ) -> Result<bool, AccountFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let account = Stored::by_id(&mut connection, id).await?.account;
                if account.link_until.is_none() {
                    return Ok((connection, false));
                }
                link::drop_links(&mut connection, id).await?;
                NewEntry::new(now, origin, Action::AccountChanged)
                    .with("account", id.to_string())
                    .with("link", false)
                    .write(&mut connection)
                    .await?;
                Ok::<_, AccountFault>((connection, true))
            })
            .await
    }

    /// Changes an account. With one that is switched off end its sessions, its link, and the API tokens that it
    /// made: whoever is shut out may have their secrets. With another role end those that allow more than it.
    ///
    /// # Errors
    /// `account_unknown`, `last_admin`; those of the database.
    pub async fn account_change(
        &self,
        id: AccountId,
        change: AccountChange,
        origin: &Origin,
    ) -> Result<AccountChanged, AccountFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                let before = Stored::by_id(&mut connection, id).await?.account;
                let account = Account {
                    role: change.role.unwrap_or(before.role),
                    disabled: change.disabled.unwrap_or(before.disabled),
                    ..before.clone()
                };
                if account == before {
                    let same = AccountChanged {
                        account,
                        changed: false,
                        tokens: Vec::new(),
                    };
                    return Ok((connection, same));
                }
                if is_acting_admin(&before) && !is_acting_admin(&account) {
                    let all = Stored::all(&mut connection).await?;
                    let mut others = all.iter().filter(|other| other.account.id != id);
                    if !others.any(|other| is_acting_admin(&other.account)) {
                        return Err(AccountFault::LastAdmin);
                    }
                }
                update(&mut connection, &account).await?;
                if account.disabled {
                    session::end_all(&mut connection, id).await?;
                    link::drop_links(&mut connection, id).await?;
                }
                let mut entry = NewEntry::new(now, origin, Action::AccountChanged)
                    .with("account", id.to_string());
                if account.role != before.role {
                    entry = entry.with("role", account.role.name());
                }
                if account.disabled != before.disabled {
                    entry = entry.with("disabled", account.disabled);
                }
                entry.write(&mut connection).await?;
                let maker = Origin::Account(id).actor();
                let tokens = if account.disabled {
                    take_back_made_by(&mut connection, maker, origin, now).await?
                } else if account.role != before.role {
                    let role = account.role;
                    take_back_beyond(&mut connection, maker, role, origin, now).await?
                } else {
                    Vec::new()
                };
                let done = AccountChanged {
                    account,
                    changed: true,
                    tokens,
                };
                Ok::<_, AccountFault>((connection, done))
            })
            .await
    }
}

/// Whether somebody signs in with it as an admin.
fn is_acting_admin(account: &Account) -> bool {
    account.role == Role::Admin && account.has_password && !account.disabled
}

async fn update(connection: &mut Connection, account: &Account) -> Result<(), DatabaseFault> {
    query("UPDATE accounts SET role = $2, disabled = $3 WHERE id = $1")
        .bind(account.id.as_bytes().to_vec())
        .bind(account.role.name())
        .bind(account.disabled)
        .execute(connection)
        .await?;
    Ok(())
}
