//! The key in the system's secret store: Windows Credential Manager (DPAPI), macOS Keychain. The
//! file `key` only names the entry.

use std::{fmt::Write as _, io, path::Path};

use keyring::v1::{Entry, Error};
use zeroize::Zeroizing;

use super::{Kept, StoreKey};
use crate::{
    disk::{self, Disk},
    store::StoreFault,
};

const NAME: &str = "key";
const SERVICE: &str = "keyferry";
/// Key and newest generation.
const SECRET: usize = 32 + 8;

pub(super) fn load(disk: &dyn Disk, home: &Path) -> Result<Option<Kept>, StoreFault> {
    let Some(name) = entry_name(disk, home)? else {
        return Ok(None);
    };
    match entry(&name)?.get_secret().map(Zeroizing::new) {
        Ok(secret) if secret.len() == SECRET => {
            let (key, generation) = secret.split_at(32);
            let generation = generation.try_into().map(u64::from_be_bytes).ok();
            let key = StoreKey::from_bytes(key);
            Ok(key.map(|key| Kept {
                key,
                least_generation: generation,
            }))
        }
        Ok(_) | Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(system(&error)),
    }
}

pub(super) fn make(disk: &dyn Disk, home: &Path) -> Result<Kept, StoreFault> {
    let key = StoreKey::make()?;
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(|error| StoreFault::System {
        reason: error.to_string(),
    })?;
    let name = random.iter().fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    });
    let kept = Kept {
        key,
        least_generation: Some(0),
    };
    store(&name, &kept, 0)?;
    let unwritable = |error: io::Error| StoreFault::of_writing(home, &error);
    disk::replace(disk, &home.join(NAME), name.as_bytes()).map_err(unwritable)?;
    disk.sync_folder(home).map_err(unwritable)?;
    Ok(kept)
}

pub(super) fn remember(disk: &dyn Disk, home: &Path, kept: &Kept, generation: u64) {
    if let Ok(Some(name)) = entry_name(disk, home) {
        let _ = store(&name, kept, generation);
    }
}

fn store(name: &str, kept: &Kept, generation: u64) -> Result<(), StoreFault> {
    let mut secret = Zeroizing::new([0; SECRET]);
    secret[..32].copy_from_slice(kept.key.expose());
    secret[32..].copy_from_slice(&generation.to_be_bytes());
    entry(name)?
        .set_secret(&*secret)
        .map_err(|error| system(&error))
}

fn entry(name: &str) -> Result<Entry, StoreFault> {
    Entry::new(SERVICE, name).map_err(|error| system(&error))
}

fn entry_name(disk: &dyn Disk, home: &Path) -> Result<Option<String>, StoreFault> {
    let path = home.join(NAME);
    match disk.read(&path, 32) {
        Ok(Some(bytes)) => Ok(String::from_utf8(bytes)
            .ok()
            .filter(|name| name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit()))),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(StoreFault::Unreadable { path })
        }
        Ok(None) | Err(_) => Ok(None),
    }
}

fn system(error: &Error) -> StoreFault {
    StoreFault::System {
        reason: error.to_string(),
    }
}
