//! A vendor's fingerprint as twelve words that two people can compare by voice.

use core::fmt;

use bip39::Mnemonic;
use sha2::{Digest, Sha256};

use crate::{ProfileKey, VendorId};

const CONTEXT: &[u8] = b"keyferry vendor fingerprint 1";

/// 128 bits over a vendor's id and key set, shown as twelve words of the BIP 39 English list, of
/// which the last carries a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorFingerprint([u8; 16]);

impl VendorFingerprint {
    /// The fingerprint of a key set: SHA-256 over a context string, the vendor id, and for each
    /// key in ascending order of its DER form its purpose, state and SHA-256, cut to 16 bytes.
    pub fn of(vendor: &VendorId, keys: &[ProfileKey]) -> Self {
        let mut sorted: Vec<&ProfileKey> = keys.iter().collect();
        sorted.sort_by(|a, b| a.spki().cmp(b.spki()));
        let mut hash = Sha256::new();
        hash.update(CONTEXT);
        hash.update(vendor.as_bytes());
        for key in sorted {
            hash.update([key.purpose().number(), key.state().number()]);
            hash.update(Sha256::digest(key.spki()));
        }
        let digest = hash.finalize();
        let mut out = [0; 16];
        out.copy_from_slice(&digest[..16]);
        Self(out)
    }

    /// The twelve words.
    pub fn words(&self) -> Vec<&'static str> {
        // Sixteen bytes are a length that BIP 39 takes; nothing else can go wrong.
        Mnemonic::from_entropy(&self.0)
            .map(|m| m.words().collect())
            .unwrap_or_default()
    }

    /// Whether what a person typed are these words: case, punctuation and line breaks do not
    /// matter, and four letters of a word suffice, since the list is unique in them.
    pub fn matches(&self, typed: &str) -> bool {
        let given: Vec<String> = typed
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty())
            .take(13)
            .map(str::to_lowercase)
            .collect();
        let words = self.words();
        given.len() == words.len()
            && words.iter().zip(&given).all(|(word, given)| {
                *word == given || (given.len() >= 4 && word.starts_with(given.as_str()))
            })
    }
}

impl fmt::Display for VendorFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}
