//! Bringing the private keys into memory: from files, or from where they are kept instead.

use std::path::PathBuf;

use keyferry_catalogue::Code;
use keyferry_token::{KeyId, KeyPurpose, KeyState, SignerFault, Timestamp, VendorSigner};

use super::{
    KeyRow,
    device::{DeviceKey, DeviceSigner},
    row::active,
};
use crate::{
    FileFault, Passphrase, SetupFault,
    folder::Folder,
    key_file::{KeyCabinet, KeyForm},
    keyring::{
        ExchangeKey, KeptKey, Keyring, LookupKey, ProfileKeyring, RsaSigner, SigningKey,
        exchange_from_pkcs8,
    },
    profile::Pin,
};

/// The name of the file that holds the lookup key.
pub(crate) const LOOKUP: &str = "lookup";

/// What the private keys are reached with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opening {
    /// What they are sealed with.
    pub(crate) passphrase: Option<Passphrase>,
    /// The file to which the profile key was exported.
    pub(crate) profile_key: Option<PathBuf>,
    /// What opens the device that a key lives in.
    pub(crate) pin: Option<Passphrase>,
}

/// Loads all keys that work at a time; whether one of them lies there unsealed.
///
/// # Errors
/// `passphrase_missing`, `passphrase_wrong`, `key_file_exposed`, `file_unreadable`;
/// `file_not_found` for the profile key and the lookup key. Without the others it works, as far as it can.
pub(crate) fn load(
    folder: &Folder,
    rows: Vec<KeyRow>,
    opening: &Opening,
    now: Timestamp,
) -> Result<(Keyring, bool), SetupFault> {
    let lies_here = |row: &KeyRow| {
        let name = row.name();
        let places = [
            folder.key(&name),
            folder.public_half(&name),
            folder.device(&name),
        ];
        places.iter().any(|path| path.exists())
    };
    if folder.keys().exists() && !rows.iter().any(lies_here) {
        return Err(SetupFault::OtherVendor);
    }
    let mut cabinet = KeyCabinet::new(opening.passphrase.clone());
    let signing = signing_key(
        folder,
        active(&rows, KeyPurpose::Signing)?,
        opening,
        &mut cabinet,
    )?;
    let exchange = exchange_keys(folder, &rows, &mut cabinet, now)?;
    let row = active(&rows, KeyPurpose::Profile)?;
    let signer = profile_key(folder, row, opening, &mut cabinet)?;
    let profile = ProfileKeyring {
        id: row.kid,
        // What the database says is compared with the public half that lies here, if that is all.
        spki: signer.as_ref().map_or(&*row.spki, RsaSigner::spki).to_vec(),
        signer,
        pin: Pin::new(folder.pin()),
    };
    let path = folder.key(LOOKUP);
    let lookup = cabinet.load(&path, KeyForm::Lookup)?;
    let lookup: &[u8; 32] = lookup
        .as_slice()
        .try_into()
        .map_err(|_| FileFault::Unreadable { path })?;
    let keyring = Keyring {
        profile,
        signing,
        exchange,
        lookup: LookupKey::from_bytes(lookup),
        rows,
    };
    Ok((keyring, cabinet.found_plain()))
}

fn signing_key(
    folder: &Folder,
    row: &KeyRow,
    opening: &Opening,
    cabinet: &mut KeyCabinet,
) -> Result<SigningKey, SetupFault> {
    let device = folder.device(&row.name());
    if device.exists() {
        let key = DeviceKey::read(&device)?;
        let signer = DeviceSigner::new(key, row.spki.clone(), opening.pin.clone());
        return Ok(SigningKey::new(signer));
    }
    let path = folder.key(&row.name());
    let secret = match cabinet.load(&path, KeyForm::Pkcs8) {
        // Another key can still take its place.
        Err(SetupFault::File(FileFault::NotFound { .. })) => {
            return Ok(SigningKey::new(LostKey { id: row.kid, path }));
        }
        other => other?,
    };
    let key = RsaSigner::from_pkcs8(&secret)?;
    Ok(SigningKey::new(belongs(key, row, path)?))
}

/// A signing key whose file is not there.
struct LostKey {
    id: KeyId,
    path: PathBuf,
}

impl KeptKey for LostKey {}

impl VendorSigner for LostKey {
    fn key_id(&self) -> KeyId {
        self.id
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerFault> {
        Err(SignerFault {
            code: Code::FileNotFound,
            reason: self.path.display().to_string(),
        })
    }
}

/// The profile key, unless it is kept elsewhere: then its public half lies in its place, so that
/// nobody who writes to the database alone can name another one.
fn profile_key(
    folder: &Folder,
    row: &KeyRow,
    opening: &Opening,
    cabinet: &mut KeyCabinet,
) -> Result<Option<RsaSigner>, SetupFault> {
    let path = folder.key(&row.name());
    let secret = match &opening.profile_key {
        _ if path.exists() => cabinet.load(&path, KeyForm::Pkcs8)?,
        Some(elsewhere) => cabinet.load_elsewhere(elsewhere, &path, KeyForm::Pkcs8)?,
        None => {
            let public = folder.public_half(&row.name());
            let lies_there =
                std::fs::read_to_string(&public).map_err(|_| FileFault::NotFound { path })?;
            let expected = crate::key_file::pem("PUBLIC KEY", &row.spki);
            if lies_there != *expected {
                return Err(FileFault::Unreadable { path: public }.into());
            }
            return Ok(None);
        }
    };
    let key = RsaSigner::from_pkcs8(&secret)?;
    belongs(key, row, path).map(Some)
}

fn exchange_keys(
    folder: &Folder,
    rows: &[KeyRow],
    cabinet: &mut KeyCabinet,
    now: Timestamp,
) -> Result<Vec<ExchangeKey>, SetupFault> {
    let in_use = active(rows, KeyPurpose::Exchange)?;
    let mut keys = Vec::new();
    let retired = rows
        .iter()
        .rev()
        .filter(|row| row.purpose == KeyPurpose::Exchange && row.state != KeyState::Active);
    for row in std::iter::once(in_use).chain(retired) {
        let opens = row.state == KeyState::Active || row.opens_until.is_some_and(|end| now <= end);
        let secret = if opens {
            let path = folder.key(&row.name());
            match cabinet.load(&path, KeyForm::Pkcs8) {
                // Lost: what is sealed to it is not opened, and all else goes on.
                Err(SetupFault::File(FileFault::NotFound { .. })) => None,
                Err(fault) => return Err(fault),
                Ok(secret) => {
                    let key = exchange_from_pkcs8(&secret)?;
                    if key.public().id() != row.kid {
                        return Err(FileFault::Unreadable { path }.into());
                    }
                    Some(key)
                }
            }
        } else {
            None
        };
        keys.push(ExchangeKey {
            id: row.kid,
            secret,
            opens_until: (row.state != KeyState::Active)
                .then(|| row.opens_until.unwrap_or(row.created_at)),
        });
    }
    Ok(keys)
}

/// A key file under another key's name would sign what no customer believes.
fn belongs(key: RsaSigner, row: &KeyRow, path: PathBuf) -> Result<RsaSigner, SetupFault> {
    if key.key_id() == row.kid {
        Ok(key)
    } else {
        Err(FileFault::Unreadable { path }.into())
    }
}
