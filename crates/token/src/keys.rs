//! The keys of both sides. The client only ever uses a vendor's key's public half; what signs for
//! the vendor stands behind [`VendorSigner`].

use core::fmt;

use keyferry_catalogue::{Code, Problem};
use p256::{
    PublicKey, SecretKey,
    ecdsa::{
        Signature, SigningKey, VerifyingKey,
        signature::{Signer as _, Verifier as _},
    },
    elliptic_curve::{
        Generate as _,
        rand_core::CryptoRng,
        sec1::{FromSec1Point as _, ToSec1Point as _},
    },
    pkcs8::{DecodePublicKey as _, EncodePublicKey as _},
};
use rsa::traits::PublicKeyParts as _;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{DeviceId, KeyFault, KeyId};

/// Bits of every vendor key for signing.
const RSA_BITS: usize = 4096;

/// What signs for the vendor, in a file, a vault or an HSM: PS256 with RSA-4096 (RFC 8230).
pub trait VendorSigner {
    /// The id of the key that signs.
    fn key_id(&self) -> KeyId;

    /// Signs a message: RSASSA-PSS with SHA-256 and a salt of 32 bytes; 512 bytes.
    ///
    /// # Errors
    /// `system_failure` when the key's home fails, or what is known better about it.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerFault>;
}

/// Why a vendor's key did not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signing key did not sign: {reason}")]
pub struct SignerFault {
    /// What it is called in the catalogue.
    pub code: Code,
    /// What the key's home says; never a secret.
    pub reason: String,
}

impl SignerFault {
    /// The key's home failed.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self {
            code: Code::SystemFailure,
            reason: reason.into(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        // Whichever of the two its text takes.
        Problem::new(self.code)
            .with("what", &self.reason)
            .with("path", &self.reason)
    }
}

/// A vendor's RSA-4096 key, public half: verifies and nothing else.
#[derive(Clone)]
pub struct VendorPublicKey {
    key: rsa::pss::VerifyingKey<Sha256>,
    spki: Vec<u8>,
    id: KeyId,
}

impl VendorPublicKey {
    /// Reads a SubjectPublicKeyInfo (DER).
    ///
    /// # Errors
    /// `key_refused` unless it is an RSA key of 4096 bits with the exponent 65537.
    pub fn from_spki(spki: &[u8]) -> Result<Self, KeyFault> {
        use rsa::pkcs8::{DecodePublicKey as _, EncodePublicKey as _};
        let key = rsa::RsaPublicKey::from_public_key_der(spki).map_err(|_| KeyFault::Unreadable)?;
        if key.size() * 8 != RSA_BITS || key.n().bits() as usize != RSA_BITS {
            return Err(KeyFault::Size);
        }
        if *key.e() != rsa::BoxedUint::from(65_537_u64) {
            return Err(KeyFault::Exponent);
        }
        // One key, one encoding: otherwise one key would have several ids.
        let canonical = key.to_public_key_der().map_err(|_| KeyFault::Unreadable)?;
        if canonical.as_bytes() != spki {
            return Err(KeyFault::Unreadable);
        }
        Ok(Self {
            key: rsa::pss::VerifyingKey::new(key),
            spki: spki.to_vec(),
            id: KeyId::of_key(spki),
        })
    }

    /// The SubjectPublicKeyInfo (DER).
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The key's id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Whether this key made this PS256 signature over this message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        rsa::pss::Signature::try_from(signature)
            .is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }
}

impl fmt::Debug for VendorPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VendorPublicKey({})", self.id)
    }
}

fn compressed(key: &PublicKey) -> [u8; 33] {
    let mut out = [0; 33];
    out.copy_from_slice(key.to_sec1_point(true).as_bytes());
    out
}

fn spki_of(key: &PublicKey) -> Vec<u8> {
    // A P-256 point always has a SubjectPublicKeyInfo.
    key.to_public_key_der()
        .map(|der| der.as_bytes().to_vec())
        .unwrap_or_default()
}

/// A device's public signing key (P-256).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicePublicKey(PublicKey);

impl DevicePublicKey {
    /// Reads a point in SEC 1 form, compressed or not.
    ///
    /// # Errors
    /// `key_refused` when it is not a point on the curve.
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, KeyFault> {
        point_from_sec1(bytes).map(Self).ok_or(KeyFault::Unreadable)
    }

    /// The compressed point, 33 bytes.
    pub fn to_sec1(&self) -> [u8; 33] {
        compressed(&self.0)
    }

    /// The id of the device that holds the private half.
    pub fn device_id(&self) -> DeviceId {
        DeviceId::of_signing_key(&spki_of(&self.0))
    }

    /// Whether this key made this ES256 signature (RFC 9053 §2.1).
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| {
            VerifyingKey::from(&self.0)
                .verify(message, &signature)
                .is_ok()
        })
    }
}

/// A device's private signing key (P-256, ES256).
#[derive(Clone)]
pub struct DeviceSigningKey(SecretKey);

impl DeviceSigningKey {
    /// Makes a key.
    pub fn make(rng: &mut impl CryptoRng) -> Self {
        Self(SecretKey::generate_from_rng(rng))
    }

    /// Reads the 32 bytes that [`Self::expose`] gave.
    ///
    /// # Errors
    /// `key_refused` when they are no private key.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyFault> {
        SecretKey::from_slice(bytes)
            .map(Self)
            .map_err(|_| KeyFault::Unreadable)
    }

    /// The private key's 32 bytes; handle as a secret.
    pub fn expose(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// The public half.
    pub fn public(&self) -> DevicePublicKey {
        DevicePublicKey(self.0.public_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = SigningKey::from(&self.0).sign(message);
        signature.to_bytes().to_vec()
    }
}

impl fmt::Debug for DeviceSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSigningKey(…)")
    }
}

/// A public key that tokens are sealed to (P-256).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangePublicKey(PublicKey);

impl ExchangePublicKey {
    /// Reads a point in SEC 1 form, compressed or not.
    ///
    /// # Errors
    /// `key_refused` when it is not a point on the curve.
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, KeyFault> {
        point_from_sec1(bytes).map(Self).ok_or(KeyFault::Unreadable)
    }

    /// Reads a SubjectPublicKeyInfo (DER) in its one canonical form.
    ///
    /// # Errors
    /// `key_refused` when it is something else.
    pub fn from_spki(spki: &[u8]) -> Result<Self, KeyFault> {
        let key = PublicKey::from_public_key_der(spki).map_err(|_| KeyFault::Unreadable)?;
        if spki_of(&key) == spki {
            Ok(Self(key))
        } else {
            Err(KeyFault::Unreadable)
        }
    }

    /// The compressed point, 33 bytes.
    pub fn to_sec1(&self) -> [u8; 33] {
        compressed(&self.0)
    }

    /// The SubjectPublicKeyInfo (DER).
    pub fn spki(&self) -> Vec<u8> {
        spki_of(&self.0)
    }

    /// The key's id.
    pub fn id(&self) -> KeyId {
        KeyId::of_key(&self.spki())
    }

    pub(crate) fn point(&self) -> &PublicKey {
        &self.0
    }
}

/// A private key that opens what was sealed to it (P-256).
#[derive(Clone)]
pub struct ExchangeSecretKey(SecretKey);

impl ExchangeSecretKey {
    /// Makes a key.
    pub fn make(rng: &mut impl CryptoRng) -> Self {
        Self(SecretKey::generate_from_rng(rng))
    }

    /// Reads the 32 bytes that [`Self::expose`] gave.
    ///
    /// # Errors
    /// `key_refused` when they are no private key.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyFault> {
        SecretKey::from_slice(bytes)
            .map(Self)
            .map_err(|_| KeyFault::Unreadable)
    }

    /// The private key's 32 bytes; handle as a secret.
    pub fn expose(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// The public half.
    pub fn public(&self) -> ExchangePublicKey {
        ExchangePublicKey(self.0.public_key())
    }

    pub(crate) fn agree(&self, with: &PublicKey) -> p256::ecdh::SharedSecret {
        self.0.diffie_hellman(with)
    }

    pub(crate) fn uncompressed_public(&self) -> Vec<u8> {
        self.0.public_key().to_sec1_point(false).as_bytes().to_vec()
    }
}

impl fmt::Debug for ExchangeSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExchangeSecretKey({})", self.public().id())
    }
}

/// The key of one token's content. Its maker keeps it to show the token again, and may hand it to
/// a security officer, who opens that one token with it and nothing else.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ContentKey([u8; 32]);

impl ContentKey {
    /// The key from its bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes; handle as a secret.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(…)")
    }
}

/// A point in compressed or uncompressed form (SEC 1 §2.3.3): not the identity, and none of the
/// further forms that `p256` reads, by which one key would have several encodings.
pub(crate) fn point_from_sec1(bytes: &[u8]) -> Option<PublicKey> {
    let point = p256::Sec1Point::from_bytes(bytes).ok()?;
    Option::from(PublicKey::from_sec1_point(&point)).filter(|_| matches!(bytes[0], 2..=4))
}
