//! The vendor's keys: which there are, and how one takes another's place
//! (`docs/spec/profile.md`, `docs/spec/authority-folder.md`).

mod device;
mod export;
mod fault;
mod loading;
mod lock;
mod pin_once;
mod retire;
mod rotate;
mod row;
mod travelling;

use std::path::PathBuf;

use keyferry_token::{KeyId, KeyPurpose, KeyState, SignerFault, Timestamp};

use crate::{
    Authority, DatabaseFault,
    authority::aside,
    folder::Folder,
    key_file::{is_sealed, pem},
};

pub use device::KeyDevice;
pub(crate) use device::{DeviceKey, DeviceSigner};
pub use export::ExportedKey;
pub use fault::KeyChangeFault;
pub(crate) use loading::{LOOKUP, Opening, load};
pub use lock::{LockedKeys, lock_keys};
pub use retire::{Retired, Stranded};
pub use rotate::{Rotated, Rotation};
pub(crate) use row::{KeyRow, active, is_by_active, is_revoked};

/// A key of the vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// Its state, as the vendor profile lists it.
    pub state: KeyState,
    /// Since when it is there.
    pub since: Timestamp,
    /// When another key took its place.
    pub replaced_at: Option<Timestamp>,
    /// Until when a replaced exchange key opens what devices sealed to it.
    pub opens_until: Option<Timestamp>,
    /// Where its private half is.
    pub home: KeyHome,
    /// Its public half (SubjectPublicKeyInfo, PEM).
    pub public_key: String,
}

/// Where the private half of a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyHome {
    /// In a file of the authority's folder, sealed with the passphrase.
    SealedFile(PathBuf),
    /// In a file of the authority's folder, for its owner alone.
    PlainFile(PathBuf),
    /// In a device of its own.
    Device(KeyDevice),
    /// Taken out of the authority: its public half lies in its place.
    Elsewhere,
    /// Gone: it was retired for good.
    Gone,
}

impl KeyHome {
    fn of(folder: &Folder, key: &KeyRow) -> Self {
        let file = folder.key(&key.name());
        match is_sealed(&file) {
            Some(true) => Self::SealedFile(file),
            Some(false) => Self::PlainFile(file),
            None if file.exists() => Self::PlainFile(file),
            None if folder.public_half(&key.name()).exists() => Self::Elsewhere,
            None => DeviceKey::read(&folder.device(&key.name()))
                .map_or(Self::Gone, |key| Self::Device(key.device)),
        }
    }

    /// The name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SealedFile(_) => "sealed_file",
            Self::PlainFile(_) => "plain_file",
            Self::Device(_) => "device",
            Self::Elsewhere => "elsewhere",
            Self::Gone => "gone",
        }
    }
}

impl KeyRecord {
    /// Whether somebody who is not at the machine may put another key in its place, which then lies in the
    /// folder: not where this one is kept elsewhere on purpose.
    pub const fn replaceable_from_afar(&self) -> bool {
        matches!(self.state, KeyState::Active)
            && !matches!(self.home, KeyHome::Device(_) | KeyHome::Elsewhere)
    }
}

impl Authority {
    /// All keys of the vendor, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keys(&self) -> Result<Vec<KeyRecord>, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        let rows = KeyRow::all(&mut transaction).await?;
        Ok(rows.iter().map(|key| self.record(key)).collect())
    }

    /// Whether the profile key is at hand, so that a key can be replaced or retired here.
    pub fn has_profile_key(&self) -> bool {
        self.keyring().profile.signer.is_some()
    }

    /// Opens what the signing key lives in, where that is a device: so that a PIN which it refuses is
    /// told before anything is to be signed. It is not tried again then.
    ///
    /// # Errors
    /// `key_device_missing`, `key_device_pin_missing`, `key_device_pin_wrong`, `key_device_locked`,
    /// `key_device_failed`.
    pub async fn open_signing_key(&self) -> Result<(), SignerFault> {
        let keyring = self.keyring();
        aside(move || keyring.signing.open()).await
    }

    fn record(&self, key: &KeyRow) -> KeyRecord {
        KeyRecord {
            id: key.kid,
            purpose: key.purpose,
            state: key.state,
            since: key.created_at,
            replaced_at: key.replaced_at,
            opens_until: key.opens_until,
            home: KeyHome::of(&self.folder, key),
            public_key: pem("PUBLIC KEY", &key.spki).to_string(),
        }
    }
}
