//! Recovery codes, for when the app is gone.

use std::fmt;

use keyferry_token::AccountId;
use zeroize::{Zeroize as _, Zeroizing};

use super::{AccountFault, AccountSession, TypedPassword, changed, row::Stored};
use crate::{
    Authority, DatabaseFault, EntropyFault,
    database::{Connection, query},
    entropy,
    keyring::{Keyring, SecretDigest},
};

/// How many are made at once.
const COUNT: usize = 10;
/// What they are written with: no letters that look alike.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Symbols of each: 50 random bits.
const LENGTH: usize = 10;

/// Codes for when the app is gone, each counting once. They are shown once.
pub struct RecoveryCodes(Vec<Zeroizing<String>>);

impl RecoveryCodes {
    pub(super) fn make() -> Result<Self, EntropyFault> {
        let mut codes = Vec::with_capacity(COUNT);
        for _ in 0..COUNT {
            let mut bytes: [u8; LENGTH] = entropy::random()?;
            let symbol = |byte: &u8| char::from(SYMBOLS[usize::from(byte % 32)]);
            let mut code = Zeroizing::new(String::with_capacity(LENGTH + 1));
            for (index, byte) in bytes.iter().enumerate() {
                if index == LENGTH / 2 {
                    code.push('-');
                }
                code.push(symbol(byte));
            }
            bytes.zeroize();
            codes.push(code);
        }
        Ok(Self(codes))
    }

    /// As people keep them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|code| code.as_str())
    }

    /// Puts their digests in the place of those before.
    pub(super) async fn put(
        &self,
        connection: &mut Connection,
        keyring: &Keyring,
        account: AccountId,
    ) -> Result<(), DatabaseFault> {
        drop_all(connection, account).await?;
        for code in self.iter() {
            query("INSERT INTO account_recovery_codes (digest, account) VALUES ($1, $2)")
                .bind(digest(keyring, code).to_vec())
                .bind(account.as_bytes().to_vec())
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}

impl Authority {
    /// Makes new recovery codes, in the place of those before.
    ///
    /// # Errors
    /// `app_code_not_accepted` where no app is set up; `password_not_accepted`, `too_many_attempts`; those
    /// of the database.
    pub async fn recovery_codes(
        &self,
        session: &AccountSession,
        password: &TypedPassword,
    ) -> Result<RecoveryCodes, AccountFault> {
        self.ask_password(session, password).await?;
        let (now, keyring, id) = (self.clock.now(), &self.keyring(), session.account.id);
        let codes = RecoveryCodes::make()?;
        let fresh = &codes;
        self.database
            .write(|mut connection| async move {
                if Stored::by_id(&mut connection, id).await?.app.is_none() {
                    return Err(AccountFault::AppCodeNotAccepted);
                }
                fresh.put(&mut connection, keyring, id).await?;
                changed(id, now)
                    .with("recovery_codes", true)
                    .write(&mut connection)
                    .await?;
                Ok::<_, AccountFault>((connection, ()))
            })
            .await?;
        Ok(codes)
    }
}

/// Uses a recovery code up, if it is one of the account's.
pub(super) async fn use_up(
    connection: &mut Connection,
    keyring: &Keyring,
    account: AccountId,
    typed: &str,
) -> Result<bool, DatabaseFault> {
    let used = query("DELETE FROM account_recovery_codes WHERE digest = $1 AND account = $2")
        .bind(digest(keyring, typed).to_vec())
        .bind(account.as_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(used.rows_affected() == 1)
}

/// Takes an account's codes away.
pub(crate) async fn drop_all(
    connection: &mut Connection,
    account: AccountId,
) -> Result<(), DatabaseFault> {
    query("DELETE FROM account_recovery_codes WHERE account = $1")
        .bind(account.as_bytes().to_vec())
        .execute(connection)
        .await?;
    Ok(())
}

/// The digest of a recovery code as it was meant (Crockford's base 32).
fn digest(keyring: &Keyring, typed: &str) -> SecretDigest {
    let meant: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(LENGTH * 2)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    keyring.lookup.recovery_code(&meant)
}
