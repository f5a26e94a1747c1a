//! The secret of an API token, as programs send it.

use std::fmt;

use aws_lc_rs::digest;
use data_encoding::BASE32_NOPAD;
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::{EntropyFault, entropy};

/// What every secret begins with, so that whoever searches code and logs for secrets finds it.
const PREFIX: &str = "kf_";
const SECRET: usize = 32;
const CHECK: usize = 4;
/// Symbols behind the prefix: 36 bytes in base 32.
const SYMBOLS: usize = 58;

/// 256 random bits, written `kf_` and 58 symbols of `a`–`z` and `2`–`7`: the last of them are a check, so
/// that a mistyped or shortened one is known without asking the database. Stored is a keyed digest.
#[derive(Clone, ZeroizeOnDrop)]
pub struct ApiTokenSecret([u8; SECRET]);

impl ApiTokenSecret {
    /// Makes one.
    ///
    /// # Errors
    /// `system_failure` without randomness.
    pub(crate) fn make() -> Result<Self, EntropyFault> {
        Ok(Self(entropy::random()?))
    }

    /// Reads what [`Self::expose`] gave. Anything else is none, also where its check does not fit.
    pub fn read(text: &str) -> Option<Self> {
        let symbols = text.strip_prefix(PREFIX)?;
        let small = |b: u8| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b);
        if symbols.len() != SYMBOLS || !symbols.bytes().all(small) {
            return None;
        }
        let capitals = Zeroizing::new(symbols.to_ascii_uppercase());
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(capitals.as_bytes()).ok()?);
        let (secret, given) = bytes.split_at_checked(SECRET)?;
        let secret = Self(secret.try_into().ok()?);
        (secret.check() == given).then_some(secret)
    }

    /// As a program sends it.
    pub fn expose(&self) -> String {
        let mut bytes = Zeroizing::new(self.0.to_vec());
        bytes.extend(self.check());
        let mut symbols = BASE32_NOPAD.encode(&bytes);
        symbols.make_ascii_lowercase();
        let text = format!("{PREFIX}{symbols}");
        symbols.zeroize();
        text
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// No secret: it follows from what it stands beside.
    fn check(&self) -> [u8; CHECK] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(b"keyferry api token 1\0");
        context.update(&self.0);
        let digest = context.finish();
        let mut check = [0; CHECK];
        check.copy_from_slice(&digest.as_ref()[..CHECK]);
        check
    }
}

impl fmt::Debug for ApiTokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiTokenSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_back_and_shows_itself_nowhere_else() {
        let secret = ApiTokenSecret::make().unwrap();
        let text = secret.expose();
        assert!(text.starts_with("kf_") && text.len() == 61, "{text}");
        assert_eq!(ApiTokenSecret::read(&text).unwrap().bytes(), secret.bytes());
        assert_eq!(format!("{secret:?}"), "ApiTokenSecret(…)");
    }

    #[test]
    fn a_slip_in_any_symbol_is_noticed() {
        let text = ApiTokenSecret::make().unwrap().expose();
        for at in 3..text.len() {
            let mut slip = text.clone().into_bytes();
            slip[at] = if slip[at] == b'q' { b'r' } else { b'q' };
            let slip = String::from_utf8(slip).unwrap();
            assert!(ApiTokenSecret::read(&slip).is_none(), "{at}");
        }
        for other in ["", "kf_", &text[..60], &text.to_uppercase(), &text[3..]] {
            assert!(ApiTokenSecret::read(other).is_none(), "{other}");
        }
    }
}
