//! The authority's keys while it is open: what signs, what opens, and what looks codes up.

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer as _,
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PSS_SHA256},
};
use keyferry_token::{
    ActivationSecret, ExchangeSecretKey, HolderSecret, KeyFault, KeyId, Name, SignerFault,
    Timestamp, VendorSigner,
};
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use zeroize::Zeroizing;

use crate::{ApiTokenSecret, FormSeal, SessionSecret, SetupFault, keys::KeyRow, profile::Pin};

/// All keys of a vendor that this program works with.
pub(crate) struct Keyring {
    /// What the database said of the keys when this was made.
    pub(crate) rows: Vec<KeyRow>,
    /// Signs profiles.
    pub(crate) profile: ProfileKeyring,
    /// Signs answers and licenses.
    pub(crate) signing: SigningKey,
    /// Open what devices seal: the active one first.
    pub(crate) exchange: Vec<ExchangeKey>,
    /// Digests codes.
    pub(crate) lookup: LookupKey,
}

/// The profile key, which may be kept elsewhere.
pub(crate) struct ProfileKeyring {
    pub(crate) id: KeyId,
    /// Its public half, as this folder has it.
    pub(crate) spki: Vec<u8>,
    pub(crate) signer: Option<RsaSigner>,
    /// The last profile that it signed, as this folder knows.
    pub(crate) pin: Pin,
}

/// The signing key, wherever it lives.
pub(crate) struct SigningKey(Box<dyn KeptKey>);

/// A key that may have to be opened before it signs.
pub(crate) trait KeptKey: VendorSigner + Send + Sync {
    /// Opens it ahead of the first signature.
    ///
    /// # Errors
    /// Why it would not sign, where that can be told.
    fn open(&self) -> Result<(), SignerFault> {
        Ok(())
    }
}

impl KeptKey for RsaSigner {}

impl SigningKey {
    pub(crate) fn new(signer: impl KeptKey + 'static) -> Self {
        Self(Box::new(signer))
    }

    /// Opens what it lives in, if that has to be opened.
    pub(crate) fn open(&self) -> Result<(), SignerFault> {
        self.0.open()
    }
}

impl VendorSigner for SigningKey {
    fn key_id(&self) -> KeyId {
        self.0.key_id()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerFault> {
        self.0.sign(message)
    }
}

/// A key that opens what devices seal.
pub(crate) struct ExchangeKey {
    pub(crate) id: KeyId,
    /// `None` once its time is over, and where its file was lost.
    pub(crate) secret: Option<ExchangeSecretKey>,
    /// Until when it opens; `None` while it is the one in use.
    pub(crate) opens_until: Option<Timestamp>,
}

/// An RSA-4096 key that signs PS256.
pub(crate) struct RsaSigner {
    key: KeyPair,
    spki: Vec<u8>,
    id: KeyId,
}

impl RsaSigner {
    /// Makes a key; takes about half a second.
    pub(crate) fn make() -> Result<Self, SetupFault> {
        let key = KeyPair::generate(KeySize::Rsa4096).map_err(|_| unwilling())?;
        Ok(Self::new(key)?)
    }

    pub(crate) fn from_pkcs8(der: &[u8]) -> Result<Self, KeyFault> {
        Self::new(KeyPair::from_pkcs8(der).map_err(|_| KeyFault::Unreadable)?)
    }

    fn new(key: KeyPair) -> Result<Self, KeyFault> {
        let spki = key
            .public_key()
            .as_der()
            .map_err(|_| KeyFault::Unreadable)?;
        let spki = spki.as_ref().to_vec();
        Ok(Self {
            id: KeyId::of_key(&spki),
            spki,
            key,
        })
    }

    pub(crate) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let der = self.key.as_der().map_err(|_| KeyFault::Unreadable)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// The SubjectPublicKeyInfo (DER).
    pub(crate) fn spki(&self) -> &[u8] {
        &self.spki
    }
}

impl VendorSigner for RsaSigner {
    fn key_id(&self) -> KeyId {
        self.id
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerFault> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PSS_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .map_err(|_| unwilling())?;
        Ok(signature)
    }
}

impl fmt::Debug for RsaSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RsaSigner({})", self.id)
    }
}

/// The cryptographic library gives no reasons.
fn unwilling() -> SignerFault {
    SignerFault::failed("the cryptographic library refused")
}

pub(crate) fn exchange_to_pkcs8(key: &ExchangeSecretKey) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let der = p256::SecretKey::from_slice(&*key.expose())
        .ok()
        .and_then(|key| key.to_pkcs8_der().ok())
        .ok_or(KeyFault::Unreadable)?;
    Ok(Zeroizing::new(der.as_bytes().to_vec()))
}

pub(crate) fn exchange_from_pkcs8(der: &[u8]) -> Result<ExchangeSecretKey, KeyFault> {
    let key = p256::SecretKey::from_pkcs8_der(der).map_err(|_| KeyFault::Unreadable)?;
    let bytes = Zeroizing::new(<[u8; 32]>::from(key.to_bytes()));
    ExchangeSecretKey::from_bytes(&bytes)
}

/// Keys the digests under which the customers' secrets are stored, so that the database alone
/// gives nobody a code to try (rule A13).
pub(crate) struct LookupKey {
    key: hmac::Key,
    bytes: Zeroizing<[u8; 32]>,
}

/// HMAC-SHA256 of a customer's secret.
pub(crate) type SecretDigest = [u8; 32];

impl LookupKey {
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, bytes),
            bytes: Zeroizing::new(*bytes),
        }
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    pub(crate) fn code(&self, secret: &ActivationSecret) -> SecretDigest {
        self.digest(b"activation code\0", secret.expose())
    }

    pub(crate) fn holder(&self, secret: &HolderSecret) -> SecretDigest {
        self.digest(
            b"holder secret\0",
            Zeroizing::new(secret.expose()).as_bytes(),
        )
    }

    pub(crate) fn session(&self, secret: &SessionSecret) -> SecretDigest {
        self.digest(b"session\0", secret.bytes())
    }

    pub(crate) fn form(&self, session: &SessionSecret) -> SecretDigest {
        self.digest(b"form\0", session.bytes())
    }

    pub(crate) fn form_marks(&self, session: &SessionSecret) -> SecretDigest {
        self.digest(b"form marks\0", session.bytes())
    }

    pub(crate) fn api_token(&self, secret: &ApiTokenSecret) -> SecretDigest {
        self.digest(b"api token\0", secret.bytes())
    }

    /// Seals what a token's calls were answered: a key that the database has no part of.
    pub(crate) fn api_answer(&self, secret: &ApiTokenSecret) -> SecretDigest {
        self.digest(b"api answer\0", secret.bytes())
    }

    pub(crate) fn idempotency_key(&self, key: &str) -> SecretDigest {
        self.digest(b"idempotency key\0", key.as_bytes())
    }

    /// Seals the secrets of webhooks.
    pub(crate) fn webhooks(&self) -> SecretDigest {
        self.digest(b"webhooks\0", b"")
    }

    /// Seals cursors.
    pub(crate) fn cursor(&self) -> SecretDigest {
        self.digest(b"cursor\0", b"")
    }

    /// A name that somebody tries to sign in with, whether there is such an account or not.
    pub(crate) fn account_name(&self, name: &str) -> SecretDigest {
        self.digest(b"account name\0", name.as_bytes())
    }

    /// What is kept of a password is worked out of this.
    pub(crate) fn password(&self, password: &[u8]) -> SecretDigest {
        self.digest(b"password\0", password)
    }

    pub(crate) fn account_link(&self, secret: &[u8]) -> SecretDigest {
        self.digest(b"account link\0", secret)
    }

    pub(crate) fn recovery_code(&self, code: &str) -> SecretDigest {
        self.digest(b"recovery code\0", code.as_bytes())
    }

    /// What seals the secrets of apps that show codes.
    pub(crate) fn app_key(&self) -> Zeroizing<SecretDigest> {
        Zeroizing::new(self.digest(b"seal of app secrets\0", b""))
    }

    /// What the drafts of one form follow from.
    pub(crate) fn drafts(&self, seal: &FormSeal, mark: &str) -> SecretDigest {
        let sealed = Zeroizing::new([seal.marks().as_slice(), mark.as_bytes()].concat());
        self.digest(b"drafts\0", &sealed)
    }

    /// The same of a call of the API, by the token that makes it.
    pub(crate) fn drafts_of_call(&self, secret: &ApiTokenSecret, mark: &str) -> SecretDigest {
        let call = Zeroizing::new(format!("{}\0{mark}", secret.expose()));
        self.digest(b"drafts of a call\0", call.as_bytes())
    }

    /// A part of a draft of a form.
    pub(crate) fn draft(&self, seed: &SecretDigest, part: &str, of: &Name) -> SecretDigest {
        let named = [
            seed.as_slice(),
            part.as_bytes(),
            b"\0",
            of.as_str().as_bytes(),
        ];
        self.digest(b"draft\0", &Zeroizing::new(named.concat()))
    }

    fn digest(&self, what: &[u8], secret: &[u8]) -> SecretDigest {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(what);
        context.update(secret);
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }
}

impl fmt::Debug for LookupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupKey(…)")
    }
}
