//! The secret that a browser keeps while somebody is signed in, and the seal on the forms that it is
//! shown meanwhile.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use data_encoding::BASE32_NOPAD;
use zeroize::{Zeroize as _, ZeroizeOnDrop};

use crate::{
    Authority, EntropyFault, entropy,
    keyring::{LookupKey, SecretDigest},
};

/// 256 random bits. Stored is a digest: whoever reads the database is not signed in.
#[derive(Clone, ZeroizeOnDrop)]
pub struct SessionSecret([u8; 32]);

impl SessionSecret {
    /// Makes one.
    ///
    /// # Errors
    /// `system_failure` without randomness.
    pub(crate) fn make() -> Result<Self, EntropyFault> {
        Ok(Self(entropy::random()?))
    }

    /// Reads what [`Self::expose`] gave.
    pub fn read(text: &str) -> Option<Self> {
        let mut bytes = BASE32_NOPAD.decode(text.as_bytes()).ok()?;
        let secret = <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Self);
        bytes.zeroize();
        secret
    }

    /// As a cookie carries it.
    pub fn expose(&self) -> String {
        BASE32_NOPAD.encode(&self.0)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

/// What a form has in it so that it counts in its own session only: another site can send a form, but
/// cannot read one. It follows from the session and is stored nowhere.
#[derive(Clone)]
pub struct FormSeal {
    shown: SecretDigest,
    /// What proves the marks of its forms; it is shown nowhere.
    marks: SecretDigest,
}

impl FormSeal {
    pub(crate) fn of(keys: &LookupKey, session: &SessionSecret) -> Self {
        Self {
            shown: keys.form(session),
            marks: keys.form_marks(session),
        }
    }

    pub(crate) fn marks(&self) -> &SecretDigest {
        &self.marks
    }

    /// As a form carries it.
    pub fn expose(&self) -> String {
        BASE32_NOPAD.encode(&self.shown[..20])
    }

    /// Whether this is it; takes as long for any other text of its length.
    pub fn is(&self, text: &str) -> bool {
        verify_slices_are_equal(self.expose().as_bytes(), text.as_bytes()).is_ok()
    }
}

impl fmt::Debug for FormSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormSeal(…)")
    }
}

impl Authority {
    /// The seal on the forms of a session.
    pub fn form_seal(&self, session: &SessionSecret) -> FormSeal {
        FormSeal::of(&self.keyring().lookup, session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_back_and_shows_itself_nowhere_else() {
        let secret = SessionSecret::make().unwrap();
        let again = SessionSecret::read(&secret.expose()).unwrap();
        assert_eq!(again.bytes(), secret.bytes());
        assert_eq!(format!("{secret:?}"), "SessionSecret(…)");
        for text in ["", "A", &secret.expose()[1..], "not base32 at all"] {
            assert!(SessionSecret::read(text).is_none(), "{text}");
        }
    }
}
