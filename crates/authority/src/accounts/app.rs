//! Codes of an app, beside the password (TOTP, RFC 6238).

use std::fmt::{self, Write as _};

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use data_encoding::BASE32_NOPAD;
use keyferry_token::{AccountId, Seconds, Timestamp};
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::{
    AccountFault, AccountSession, RecoveryCodes, TypedPassword, changed, recovery, row::Stored,
    session,
};
use crate::{
    Authority, DatabaseFault, EntropyFault,
    columns::{self, int},
    database::{Connection, query},
    entropy,
    keyring::Keyring,
};

const NONCE: usize = 12;
/// How long a secret waits for the first code of an app.
const WAITS: Seconds = Seconds::new(10 * 60);

/// What an app makes its codes of, to be shown until it shows the first one.
pub struct AppSecret {
    secret: Zeroizing<[u8; 20]>,
    account: String,
    vendor: String,
}

impl AppSecret {
    /// To be typed into an app: base 32, in groups of four.
    pub fn text(&self) -> Zeroizing<String> {
        let symbols = Zeroizing::new(BASE32_NOPAD.encode(&*self.secret));
        let mut text = Zeroizing::new(String::with_capacity(40));
        for (index, symbol) in symbols.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push(' ');
            }
            text.push(symbol);
        }
        text
    }

    /// For a QR code: the `otpauth` address that apps read.
    pub fn address(&self) -> Zeroizing<String> {
        let symbols = Zeroizing::new(BASE32_NOPAD.encode(&*self.secret));
        let (vendor, account) = (encoded(&self.vendor), encoded(&self.account));
        Zeroizing::new(format!(
            "otpauth://totp/{vendor}:{account}?secret={}&issuer={vendor}",
            symbols.as_str()
        ))
    }
}

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret(…)")
    }
}

/// Text as a part of an address (RFC 3986 §2.3); a colon would part issuer and account.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().fold(String::new(), |mut out, byte| {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            // Writing to text does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

impl Authority {
    /// Makes a secret for an app, which counts once the app showed a code of it ([`Self::app_confirm`]).
    ///
    /// # Errors
    /// `password_not_accepted`, `too_many_attempts`; those of the database.
    pub async fn app_begin(
        &self,
        session: &AccountSession,
        password: &TypedPassword,
    ) -> Result<AppSecret, AccountFault> {
        self.ask_password(session, password).await?;
        let id = session.account.id;
        let secret = Zeroizing::new(entropy::random::<20>()?);
        let sealed = &seal(&self.keyring(), id, &secret)?;
        let until = self.clock.now().plus(WAITS);
        self.database
            .write(|mut connection| async move {
                query(
                    "UPDATE accounts SET next_app = $2, next_app_session = $3, next_app_until = $4
                     WHERE id = $1",
                )
                .bind(id.as_bytes().to_vec())
                .bind(sealed.as_slice())
                .bind(session.digest.to_vec())
                .bind(int(until.unix()))
                .execute(&mut connection)
                .await?;
                Ok::<_, AccountFault>((connection, ()))
            })
            .await?;
        self.app_secret(session, secret).await
    }

    /// The secret that waits for its first code, to be shown once more after a slip.
    ///
    /// # Errors
    /// `app_code_not_accepted` when none does; those of the database.
    pub async fn app_waiting(&self, session: &AccountSession) -> Result<AppSecret, AccountFault> {
        let stored = {
            let mut transaction = self.database.read().await?;
            Stored::by_id(&mut transaction, session.account.id).await?
        };
        let sealed = waiting(&stored, session, self.clock.now())?;
        let secret = unseal(&self.keyring(), session.account.id, sealed)?;
        self.app_secret(session, secret).await
    }

    async fn app_secret(
        &self,
        session: &AccountSession,
        secret: Zeroizing<[u8; 20]>,
    ) -> Result<AppSecret, AccountFault> {
        let mut transaction = self.database.read().await?;
        let row = query("SELECT name FROM vendor")
            .fetch_one(&mut transaction)
            .await?;
        Ok(AppSecret {
            secret,
            account: session.account.name.to_string(),
            vendor: columns::get(&row, "name")?,
        })
    }

    /// Takes the first code of an app: from now on signing in asks for one. Other sessions end. Gives the
    /// recovery codes, in the place of those before.
    ///
    /// # Errors
    /// `app_code_not_accepted`; those of the database.
    pub async fn app_confirm(
        &self,
        session: &AccountSession,
        code: &str,
    ) -> Result<RecoveryCodes, AccountFault> {
        let (now, keyring, id) = (self.clock.now(), &self.keyring(), session.account.id);
        let codes = RecoveryCodes::make()?;
        let fresh = &codes;
        self.database
            .write(|mut connection| async move {
                let stored = Stored::by_id(&mut connection, id).await?;
                let sealed = waiting(&stored, session, now)?;
                let secret = unseal(keyring, id, sealed)?;
                let step = totp(&secret).and_then(|totp| totp.check(&digits(code), now.unix()));
                let step = step.ok_or(AccountFault::AppCodeNotAccepted)?;
                query(
                    "UPDATE accounts SET app = next_app, app_step = $2, next_app = NULL,
                         next_app_session = NULL, next_app_until = NULL
                     WHERE id = $1",
                )
                .bind(id.as_bytes().to_vec())
                .bind(int(step))
                .execute(&mut connection)
                .await?;
                fresh.put(&mut connection, keyring, id).await?;
                session::end_others(&mut connection, session).await?;
                changed(id, now)
                    .with("app", true)
                    .write(&mut connection)
                    .await?;
                Ok::<_, AccountFault>((connection, ()))
            })
            .await?;
        Ok(codes)
    }

    /// Signing in takes the password alone again.
    ///
    /// # Errors
    /// `password_not_accepted`, `too_many_attempts`; those of the database.
    pub async fn app_remove(
        &self,
        session: &AccountSession,
        password: &TypedPassword,
    ) -> Result<(), AccountFault> {
        self.ask_password(session, password).await?;
        let (now, id) = (self.clock.now(), session.account.id);
        self.database
            .write(|mut connection| async move {
                remove(&mut connection, id).await?;
                changed(id, now)
                    .with("app", false)
                    .write(&mut connection)
                    .await?;
                Ok::<_, AccountFault>((connection, ()))
            })
            .await
    }
}

/// Whether a code counts beside the password, and as what; it then counts no more.
pub(super) async fn counts(
    connection: &mut Connection,
    keyring: &Keyring,
    stored: &Stored,
    sealed: &[u8],
    typed: &str,
    now: Timestamp,
) -> Result<Option<&'static str>, AccountFault> {
    let id = stored.account.id;
    let code = digits(typed);
    let secret = unseal(keyring, id, sealed)?;
    let step = totp(&secret).and_then(|totp| totp.check(&code, now.unix()));
    if let Some(step) = step {
        if stored.app_step.is_some_and(|last| step <= last) {
            return Ok(None);
        }
        query("UPDATE accounts SET app_step = $2 WHERE id = $1")
            .bind(id.as_bytes().to_vec())
            .bind(int(step))
            .execute(connection)
            .await?;
        return Ok(Some("app"));
    }
    let used = recovery::use_up(connection, keyring, id, typed).await?;
    Ok(used.then_some("recovery_code"))
}

/// Takes an account's app and its recovery codes away.
pub(super) async fn remove(
    connection: &mut Connection,
    account: AccountId,
) -> Result<(), DatabaseFault> {
    query("UPDATE accounts SET app = NULL, app_step = NULL WHERE id = $1")
        .bind(account.as_bytes().to_vec())
        .execute(&mut *connection)
        .await?;
    drop_next(connection, account).await?;
    recovery::drop_all(connection, account).await
}

/// Takes away what waits for the first code of an app.
pub(super) async fn drop_next(
    connection: &mut Connection,
    account: AccountId,
) -> Result<(), DatabaseFault> {
    query(
        "UPDATE accounts SET next_app = NULL, next_app_session = NULL, next_app_until = NULL
         WHERE id = $1",
    )
    .bind(account.as_bytes().to_vec())
    .execute(connection)
    .await?;
    Ok(())
}

/// What waits for its first code in this very session: whoever finds another one open gets nowhere with it.
fn waiting<'a>(
    stored: &'a Stored,
    session: &AccountSession,
    now: Timestamp,
) -> Result<&'a [u8], AccountFault> {
    let next = stored.next_app.as_ref();
    let next = next.filter(|next| next.session == session.digest && now < next.until);
    next.map(|next| &*next.sealed)
        .ok_or(AccountFault::AppCodeNotAccepted)
}

/// What apps take without being told more: SHA-1, six digits, half a minute; one step either way.
fn totp(secret: &[u8; 20]) -> Option<Totp> {
    let builder = Builder::new().with_secret(Secret::new_stack(*secret));
    builder.with_skew(1).build().ok()
}

/// A code as it was meant: apps show a space in the middle.
fn digits(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_digit)
        .take(16)
        .collect()
}

fn seal(keyring: &Keyring, id: AccountId, secret: &[u8; 20]) -> Result<Vec<u8>, EntropyFault> {
    let nonce: [u8; NONCE] = entropy::random()?;
    let payload = Payload {
        msg: secret,
        aad: id.as_bytes(),
    };
    let sealed = Aes256Gcm::new((&*keyring.lookup.app_key()).into())
        .encrypt(&nonce.into(), payload)
        .map_err(|fault| EntropyFault {
            reason: fault.to_string(),
        })?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn unseal(
    keyring: &Keyring,
    id: AccountId,
    sealed: &[u8],
) -> Result<Zeroizing<[u8; 20]>, DatabaseFault> {
    let opened = sealed
        .split_first_chunk::<NONCE>()
        .and_then(|(nonce, msg)| {
            let payload = Payload {
                msg,
                aad: id.as_bytes(),
            };
            let key = keyring.lookup.app_key();
            let cipher = Aes256Gcm::new((&*key).into());
            let opened = cipher.decrypt(nonce.into(), payload).ok()?;
            let opened = Zeroizing::new(opened);
            <[u8; 20]>::try_from(opened.as_slice()).ok()
        });
    let corrupt = DatabaseFault::Corrupt { what: "app" };
    opened.map(Zeroizing::new).ok_or(corrupt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let totp = totp(b"12345678901234567890").unwrap();
        // Appendix B has eight digits; six are the last of them.
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.check(code, time), Some(time / 30), "{time}");
            assert_eq!(totp.check(code, time + 30), Some(time / 30), "{time}");
            assert_eq!(totp.check(code, time + 90), None, "{time}");
        }
    }

    #[test]
    fn an_app_is_given_vendor_and_account_whatever_they_are_called() {
        let secret = AppSecret {
            secret: Zeroizing::new(*b"12345678901234567890"),
            account: "ada@acme.example".to_owned(),
            vendor: "Acme: Söhne & Co".to_owned(),
        };
        assert_eq!(
            secret.address().as_str(),
            "otpauth://totp/Acme%3A%20S%C3%B6hne%20%26%20Co:ada%40acme.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%3A%20S%C3%B6hne%20%26%20Co"
        );
        assert_eq!(
            secret.text().as_str(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
        assert_eq!(format!("{secret:?}"), "AppSecret(…)");
    }
}
