//! Sealing what is kept or given away and must be read by nobody else (AES-256-GCM): answers of the
//! API, cursors, secrets of webhooks. The key follows from the authority's lookup key.

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use keyferry_catalogue::{Code, Problem};
use zeroize::Zeroizing;

use crate::{EntropyFault, entropy, keyring::SecretDigest};

const NONCE: usize = 12;

/// Why something was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealingFault {
    /// It was not sealed here for this, or was changed.
    #[error("the seal does not fit")]
    Broken,
    /// The system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyFault),
}

impl SealingFault {
    /// The catalogue code: `system_failure`.
    pub fn code(&self) -> Code {
        match self {
            Self::Broken => Code::SystemFailure,
            Self::Entropy(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Broken => Problem::new(self.code()).with("what", self),
            Self::Entropy(fault) => fault.problem(),
        }
    }
}

/// Seals: a random nonce, then what is sealed. `context` is told again to open it.
pub(crate) fn seal(
    key: &SecretDigest,
    context: &[u8],
    content: &[u8],
) -> Result<Vec<u8>, SealingFault> {
    let nonce: [u8; NONCE] = entropy::random()?;
    let payload = Payload {
        msg: content,
        aad: context,
    };
    let sealed = Aes256Gcm::new(key.into())
        .encrypt(&nonce.into(), payload)
        .map_err(|_| SealingFault::Broken)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] gave.
pub(crate) fn open(
    key: &SecretDigest,
    context: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealingFault> {
    let (nonce, content) = sealed
        .split_first_chunk::<NONCE>()
        .ok_or(SealingFault::Broken)?;
    let payload = Payload {
        msg: content,
        aad: context,
    };
    let opened = Aes256Gcm::new(key.into()).decrypt(nonce.into(), payload);
    opened.map(Zeroizing::new).map_err(|_| SealingFault::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_own_place_only() {
        let key = [7; 32];
        let sealed = seal(&key, b"here", b"content").unwrap();
        assert_eq!(*open(&key, b"here", &sealed).unwrap(), b"content");
        assert!(open(&key, b"there", &sealed).is_err());
        assert!(open(&[8; 32], b"here", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&key, b"here", &changed).is_err(), "{at}");
        }
        assert!(open(&key, b"here", &sealed[..NONCE]).is_err());
    }
}
