//! The names of things: vendors, products, devices, keys, activations and tokens.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::{crockford, fault::TextFault};

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// The id from its bytes.
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

/// Reads an id from the text that its `Display` writes, forgiving case and separators.
macro_rules! crockford_text {
    ($name:ident) => {
        impl core::str::FromStr for $name {
            type Err = TextFault;

            fn from_str(text: &str) -> Result<Self, TextFault> {
                crockford::read_bytes(text)
                    .map(Self)
                    .ok_or(TextFault::NotAnId)
            }
        }
    };
}

byte_id! {
    /// Who sells the software: the first 16 bytes of SHA-256 over the SubjectPublicKeyInfo of the
    /// vendor's first profile key, so that two vendors of the same name never share one.
    VendorId, 16
}
byte_id! {
    /// A device, by its signing key: the first 16 bytes of SHA-256 over the key's
    /// SubjectPublicKeyInfo.
    DeviceId, 16
}
byte_id! {
    /// A key, by the first 8 bytes of SHA-256 over its SubjectPublicKeyInfo; COSE `kid`.
    KeyId, 8
}
byte_id! {
    /// A seat held by one device from activation until release: 80 random bits.
    ActivationId, 10
}
byte_id! {
    /// What a customer bought, as its vendor's authority names it: 80 random bits. No secret, and
    /// nothing is activated with it.
    EntitlementId, 10
}
byte_id! {
    /// A license file's lasting identity (`sub`): 80 random bits, the same in every reissue.
    LicenseId, 10
}
byte_id! {
    /// Somebody who works at the vendor's portal: 80 random bits. The audit log names people by it alone.
    AccountId, 10
}
byte_id! {
    /// A program's key to the vendor's API, as lists and the audit log name it: 80 random bits, no secret.
    ApiTokenId, 10
}
byte_id! {
    /// An address that the vendor's portal tells of what happens: 80 random bits, no secret.
    WebhookId, 10
}
byte_id! {
    /// What such an address is told once, whatever it takes: 80 random bits, no secret.
    WebhookMessageId, 10
}
byte_id! {
    /// A token: SHA-256 of its signed claims, whatever envelope they travel in.
    TokenId, 32
}

byte_id! {
    /// What a time request asks its answer to repeat: 128 random bits, used once. No secret.
    Challenge, 16
}

crockford_text!(VendorId);
crockford_text!(DeviceId);
crockford_text!(ActivationId);
crockford_text!(EntitlementId);
crockford_text!(LicenseId);
crockford_text!(AccountId);
crockford_text!(ApiTokenId);
crockford_text!(WebhookId);
crockford_text!(WebhookMessageId);

pub(crate) fn sha256_prefix<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let digest = Sha256::digest(bytes);
    let mut out = [0; N];
    out.copy_from_slice(&digest[..N]);
    out
}

impl VendorId {
    /// The id that a vendor gets from its first profile key (SubjectPublicKeyInfo, DER).
    pub fn of_first_profile_key(spki: &[u8]) -> Self {
        Self(sha256_prefix(spki))
    }
}

impl DeviceId {
    /// The id of the device that signs with this key (SubjectPublicKeyInfo, DER).
    pub fn of_signing_key(spki: &[u8]) -> Self {
        Self(sha256_prefix(spki))
    }
}

impl KeyId {
    /// The id of a key (SubjectPublicKeyInfo, DER).
    pub fn of_key(spki: &[u8]) -> Self {
        Self(sha256_prefix(spki))
    }

    /// Whether it differs so little from another one that one is the other, damaged on the way: ids
    /// of two keys differ in about 32 of their 64 bits, and in 8 or fewer once in a hundred billion.
    pub fn is_nearly(&self, other: &Self) -> bool {
        let pairs = self.0.iter().zip(other.0);
        pairs.map(|(a, b)| (a ^ b).count_ones()).sum::<u32>() <= 8
    }
}

impl TokenId {
    /// The id of the token with this signed payload.
    pub fn of_claims(payload: &[u8]) -> Self {
        Self(sha256_prefix(payload))
    }

    /// What people read and quote: the first five bytes as `AB3D-9KX2`. Not unique enough to
    /// look anything up by for a machine.
    pub fn reference(&self) -> String {
        crockford::grouped(&crockford::symbols_of(&self.0[..5]), 4)
    }

    /// What a file is called after: the first fifteen bytes, in six groups that begin with
    /// [`Self::reference`].
    pub fn file_stem(&self) -> String {
        crockford::grouped(&crockford::symbols_of(&self.0[..15]), 4)
    }
}

impl fmt::Display for VendorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::text_of(&self.0).to_ascii_lowercase())
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::text_of(&self.0))
    }
}

impl core::str::FromStr for KeyId {
    type Err = TextFault;

    /// Reads the hexadecimal digits that `Display` writes, in any case.
    fn from_str(text: &str) -> Result<Self, TextFault> {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes());
        bytes
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(TextFault::NotAnId)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl core::str::FromStr for TokenId {
    type Err = TextFault;

    fn from_str(text: &str) -> Result<Self, TextFault> {
        data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(TextFault::NotAnId)
    }
}

impl fmt::Display for ActivationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::grouped(&crockford::symbols_of(&self.0), 4))
    }
}

impl fmt::Display for EntitlementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::grouped(&crockford::symbols_of(&self.0), 4))
    }
}

impl fmt::Display for LicenseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::grouped(&crockford::symbols_of(&self.0), 4))
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::grouped(&crockford::symbols_of(&self.0), 4))
    }
}

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::grouped(&crockford::symbols_of(&self.0), 4))
    }
}

impl fmt::Display for WebhookMessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::grouped(&crockford::symbols_of(&self.0), 4))
    }
}

impl fmt::Display for ApiTokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crockford::grouped(&crockford::symbols_of(&self.0), 4))
    }
}

/// A licensed program: reverse DNS in lower case, 3 to 64 characters, at least one dot
/// (`com.acme.cad`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductCode(String);

impl ProductCode {
    /// Reads a product code.
    ///
    /// # Errors
    /// `product_code_refused` when it is not of the form above.
    pub fn new(text: &str) -> Result<Self, TextFault> {
        let label = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        };
        let fits =
            (3..=64).contains(&text.len()) && text.contains('.') && text.split('.').all(label);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextFault::ProductCode)
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProductCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::str::FromStr for ProductCode {
    type Err = TextFault;

    fn from_str(text: &str) -> Result<Self, TextFault> {
        Self::new(text)
    }
}

/// `n`: the durable counter of a device key that only rises, one step per device token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestNumber(pub u64);

impl RequestNumber {
    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A grant's or license's sequence number: the larger of the previous one plus 1 and the Unix
/// time, so that an authority restored from a backup still rises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub u64);

impl Sequence {
    /// The sequence number to give now, after `previous`.
    pub fn after(previous: Option<Self>, now: crate::Timestamp) -> Self {
        let least = previous.map_or(0, |p| p.0.saturating_add(1));
        Self(least.max(now.unix()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back_from_what_people_see() {
        let id = ActivationId::new(*b"0123456789");
        assert_eq!(
            id.to_string().to_lowercase().replace('-', " ").parse(),
            Ok(id)
        );
        let vendor = VendorId::of_first_profile_key(b"spki");
        assert_eq!(vendor.to_string().parse(), Ok(vendor));
        assert_eq!(vendor.to_string().len(), 26);
    }

    #[test]
    fn a_damaged_key_id_is_told_from_another_keys() {
        let (one, other) = (KeyId::of_key(b"one"), KeyId::of_key(b"other"));
        let damaged = |bits: u8| {
            let mut bytes = *one.as_bytes();
            bytes[0] ^= 0xff;
            bytes[7] ^= bits;
            KeyId::new(bytes)
        };
        assert!(one.is_nearly(&damaged(0)));
        assert!(!one.is_nearly(&damaged(1)));
        assert!(!one.is_nearly(&other));
    }

    #[test]
    fn product_codes_are_reverse_dns() {
        for good in ["com.acme.cad", "a.b", "com.acme-tools.x9"] {
            assert!(ProductCode::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "acme",
            "com..acme",
            "Com.Acme",
            "com.acme.",
            "com.-a",
            "com.acme cad",
        ] {
            assert_eq!(ProductCode::new(bad), Err(TextFault::ProductCode), "{bad}");
        }
    }

    #[test]
    fn a_sequence_number_rises_even_when_the_clock_went_back() {
        let now = crate::Timestamp::from_unix(1000);
        assert_eq!(Sequence::after(None, now), Sequence(1000));
        assert_eq!(Sequence::after(Some(Sequence(5000)), now), Sequence(5001));
    }
}
