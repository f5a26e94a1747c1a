//! The keys that a vendor profile lists, each with its purpose and state.

use ciborium::Value;

use crate::{
    ExchangePublicKey, KeyFault, KeyId, ParseFault, Timestamp, VendorPublicKey,
    claims::{self, Reader, Writer},
};

/// What a vendor's key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyPurpose {
    /// Signs profiles, nothing else (RSA-4096).
    Profile = 1,
    /// Signs licenses and answers (RSA-4096).
    Signing = 2,
    /// Opens what devices seal (P-256).
    Exchange = 3,
}

impl KeyPurpose {
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Signing => "signing",
            Self::Exchange => "exchange",
        }
    }
}

/// The state of a vendor's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// In use.
    Active = 1,
    /// No longer used; what it signed still counts.
    Retired = 2,
    /// Nothing that it signed counts.
    Revoked = 3,
}

/// The states in which what a key signed counts.
pub(crate) const STILL_COUNT: [KeyState; 2] = [KeyState::Active, KeyState::Retired];

impl KeyState {
    pub(crate) const fn number(self) -> u8 {
        self as u8
    }

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }
}

/// A key in a profile; of its purpose's type, or it is not made.
#[derive(Clone, Debug)]
pub struct ProfileKey {
    material: KeyMaterial,
    state: KeyState,
    spki: Vec<u8>,
    /// Until when a retired exchange key opens requests.
    opens_until: Option<Timestamp>,
}

#[derive(Clone, Debug)]
enum KeyMaterial {
    Profile(VendorPublicKey),
    Signing(VendorPublicKey),
    Exchange(ExchangePublicKey),
}

impl PartialEq for ProfileKey {
    fn eq(&self, other: &Self) -> bool {
        (self.purpose(), self.state, &self.spki, self.opens_until)
            == (other.purpose(), other.state, &other.spki, other.opens_until)
    }
}

impl Eq for ProfileKey {}

impl ProfileKey {
    /// A key from its SubjectPublicKeyInfo (DER).
    ///
    /// # Errors
    /// `key_refused` when it is not of the type that its purpose asks for.
    pub fn new(purpose: KeyPurpose, state: KeyState, spki: &[u8]) -> Result<Self, KeyFault> {
        let material = match purpose {
            KeyPurpose::Profile => KeyMaterial::Profile(VendorPublicKey::from_spki(spki)?),
            KeyPurpose::Signing => KeyMaterial::Signing(VendorPublicKey::from_spki(spki)?),
            KeyPurpose::Exchange => KeyMaterial::Exchange(ExchangePublicKey::from_spki(spki)?),
        };
        Ok(Self {
            material,
            state,
            spki: spki.to_vec(),
            opens_until: None,
        })
    }

    /// The same key, retired as an exchange key that opens requests until `end`.
    #[must_use]
    pub fn opening_until(mut self, end: Timestamp) -> Self {
        self.opens_until = Some(end);
        self
    }

    /// What it is for.
    pub fn purpose(&self) -> KeyPurpose {
        match self.material {
            KeyMaterial::Profile(_) => KeyPurpose::Profile,
            KeyMaterial::Signing(_) => KeyPurpose::Signing,
            KeyMaterial::Exchange(_) => KeyPurpose::Exchange,
        }
    }

    /// Its state.
    pub fn state(&self) -> KeyState {
        self.state
    }

    /// Its SubjectPublicKeyInfo (DER).
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Its id.
    pub fn id(&self) -> KeyId {
        KeyId::of_key(&self.spki)
    }

    /// Until when a retired exchange key opens requests, where that is said.
    pub fn opens_until(&self) -> Option<Timestamp> {
        self.opens_until
    }

    /// The key with which devices seal, if it is one.
    pub(crate) fn exchange(&self) -> Option<&ExchangePublicKey> {
        match &self.material {
            KeyMaterial::Exchange(key) => Some(key),
            KeyMaterial::Profile(_) | KeyMaterial::Signing(_) => None,
        }
    }

    /// The key that checks signatures, if it is one.
    pub(crate) fn rsa(&self) -> Option<&VendorPublicKey> {
        match &self.material {
            KeyMaterial::Profile(key) | KeyMaterial::Signing(key) => Some(key),
            KeyMaterial::Exchange(_) => None,
        }
    }

    pub(crate) fn to_value(&self) -> Value {
        Writer::default()
            .put(1, self.purpose().number())
            .put(2, self.state.number())
            .put(3, claims::bytes(&self.spki))
            .maybe(4, self.opens_until.map(Timestamp::unix))
            .finish()
    }

    pub(crate) fn from_value(value: Value) -> Result<Self, ParseFault> {
        let mut map = Reader::new("key", value)?;
        let purpose = match map.uint(1)? {
            1 => KeyPurpose::Profile,
            2 => KeyPurpose::Signing,
            3 => KeyPurpose::Exchange,
            _ => return Err(ParseFault::NewerFormat),
        };
        let state = match map.uint(2)? {
            1 => KeyState::Active,
            2 => KeyState::Retired,
            3 => KeyState::Revoked,
            _ => return Err(ParseFault::NewerFormat),
        };
        let spki = map.maybe_bytes(3)?.ok_or_else(|| map.malformed())?;
        let opens_until = map.maybe_time(4)?;
        map.finish()?;
        Ok(Self {
            opens_until,
            ..Self::new(purpose, state, &spki)?
        })
    }
}
