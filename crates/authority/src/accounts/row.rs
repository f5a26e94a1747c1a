//! Accounts in the database.

use keyferry_token::{AccountId, Timestamp};

use super::{Account, AccountFault, AccountName, app};
use crate::{
    DatabaseFault, Role,
    columns::{self, int},
    database::{Connection, Row, query},
    keyring::SecretDigest,
};

/// An account with what is kept of its secrets.
pub(super) struct Stored {
    pub(super) account: Account,
    /// What is kept of the password.
    pub(super) password: Option<String>,
    /// The sealed secret of the app.
    pub(super) app: Option<Vec<u8>>,
    /// The one that waits for its first code.
    pub(super) next_app: Option<NextApp>,
    /// The last step whose code counted.
    pub(super) app_step: Option<u64>,
}

/// The sealed secret of an app that waits for its first code.
pub(super) struct NextApp {
    pub(super) sealed: Vec<u8>,
    /// The session in which it waits.
    pub(super) session: SecretDigest,
    pub(super) until: Timestamp,
}

impl NextApp {
    fn from_row(row: &Row) -> Result<Option<Self>, DatabaseFault> {
        let sealed: Option<Vec<u8>> = columns::get(row, "next_app")?;
        sealed
            .map(|sealed| {
                Ok(Self {
                    sealed,
                    session: columns::fixed(row, "next_app_session")?,
                    until: columns::time(row, "next_app_until")?,
                })
            })
            .transpose()
    }
}

/// Accounts as [`Stored::from_row`] reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.*, (SELECT ends_at FROM account_links l WHERE l.account = a.id) AS link_until,
                 (SELECT COUNT(*) FROM account_recovery_codes c WHERE c.account = a.id) AS codes
             FROM accounts a ",
            $rest
        )
    };
}

impl Stored {
    pub(super) async fn all(connection: &mut Connection) -> Result<Vec<Self>, DatabaseFault> {
        let rows = query(select!("ORDER BY a.name"))
            .fetch_all(connection)
            .await?;
        rows.iter().map(Self::from_row).collect()
    }

    pub(super) async fn named(
        connection: &mut Connection,
        name: &AccountName,
    ) -> Result<Option<Self>, DatabaseFault> {
        query(select!("WHERE a.name = $1"))
            .bind(name.as_str())
            .fetch_optional(connection)
            .await?
            .map(|row| Self::from_row(&row))
            .transpose()
    }

    /// The account of this id.
    ///
    /// # Errors
    /// `account_unknown`; those of the database.
    pub(super) async fn by_id(
        connection: &mut Connection,
        id: AccountId,
    ) -> Result<Self, AccountFault> {
        let row = query(select!("WHERE a.id = $1"))
            .bind(id.as_bytes().to_vec())
            .fetch_optional(connection)
            .await?;
        Ok(Self::from_row(&row.ok_or(AccountFault::Unknown)?)?)
    }

    pub(super) fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
        let name: String = columns::get(row, "name")?;
        let password: Option<String> = columns::get(row, "password")?;
        let app: Option<Vec<u8>> = columns::get(row, "app")?;
        let step: Option<i64> = columns::get(row, "app_step")?;
        let account = Account {
            id: columns::fixed(row, "id").map(AccountId::new)?,
            name: AccountName::new(&name).map_err(|_| DatabaseFault::Corrupt { what: "name" })?,
            role: columns::one_of(row, "role", Role::ALL, Role::name)?,
            disabled: columns::get(row, "disabled")?,
            has_password: password.is_some(),
            has_app: app.is_some(),
            recovery_codes: columns::small(row, "codes")?,
            link_until: columns::maybe_time(row, "link_until")?,
            created_at: columns::time(row, "created_at")?,
            signed_in_at: columns::maybe_time(row, "signed_in_at")?,
        };
        Ok(Self {
            account,
            password,
            app,
            next_app: NextApp::from_row(row)?,
            app_step: step.map(|step| u64::try_from(step).unwrap_or(u64::MAX)),
        })
    }
}

/// Enters a new account, which has no password yet.
pub(super) async fn insert(
    connection: &mut Connection,
    account: &Account,
) -> Result<(), DatabaseFault> {
    query(
        "INSERT INTO accounts (id, name, role, disabled, created_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(account.id.as_bytes().to_vec())
    .bind(account.name.as_str())
    .bind(account.role.name())
    .bind(account.disabled)
    .bind(int(account.created_at.unix()))
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that somebody signed in.
pub(super) async fn signed_in(
    connection: &mut Connection,
    account: AccountId,
    now: Timestamp,
) -> Result<(), DatabaseFault> {
    query("UPDATE accounts SET signed_in_at = $2 WHERE id = $1")
        .bind(account.as_bytes().to_vec())
        .bind(int(now.unix()))
        .execute(connection)
        .await?;
    Ok(())
}

/// What somebody is there for by now, if there is such an account; `Some(None)` where they were shut out
/// since their request began.
pub(crate) async fn role_now(
    connection: &mut Connection,
    id: AccountId,
) -> Result<Option<Option<Role>>, DatabaseFault> {
    let row = query("SELECT disabled, role FROM accounts WHERE id = $1")
        .bind(id.as_bytes().to_vec())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let role = columns::one_of(&row, "role", Role::ALL, Role::name)?;
    let disabled: bool = columns::get(&row, "disabled")?;
    Ok(Some((!disabled).then_some(role)))
}

/// Forgets all that somebody could sign in with; a link begins anew.
pub(crate) async fn forget_secrets(
    connection: &mut Connection,
    account: AccountId,
) -> Result<(), DatabaseFault> {
    query("UPDATE accounts SET password = NULL WHERE id = $1")
        .bind(account.as_bytes().to_vec())
        .execute(&mut *connection)
        .await?;
    app::remove(connection, account).await
}

/// Sets what is kept of a password.
pub(super) async fn set_password(
    connection: &mut Connection,
    account: AccountId,
    kept: &str,
) -> Result<(), DatabaseFault> {
    query("UPDATE accounts SET password = $2 WHERE id = $1")
        .bind(account.as_bytes().to_vec())
        .bind(kept)
        .execute(connection)
        .await?;
    Ok(())
}
