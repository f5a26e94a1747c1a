//! The key in a file of mode 0600 beside the state: a desktop's keyring is out of reach for
//! services and over SSH.

use std::{io, path::Path};

use super::{Kept, StoreKey};
use crate::{
    disk::{self, Disk, beside},
    store::StoreFault,
};

const NAME: &str = "key";

pub(super) fn load(disk: &dyn Disk, home: &Path) -> Result<Option<Kept>, StoreFault> {
    let path = home.join(NAME);
    match disk.read(&path, 32) {
        Ok(Some(bytes)) => {
            let bytes = zeroize::Zeroizing::new(bytes);
            Ok(StoreKey::from_bytes(&bytes).map(|key| Kept {
                key,
                least_generation: None,
            }))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(StoreFault::Unreadable { path })
        }
        // Missing or not a key: a state that was sealed with it counts as damaged.
        Ok(None) | Err(_) => Ok(None),
    }
}

pub(super) fn make(disk: &dyn Disk, home: &Path) -> Result<Kept, StoreFault> {
    let path = home.join(NAME);
    let unwritable = |error: io::Error| StoreFault::of_writing(home, &error);
    let key = StoreKey::make()?;
    match disk.rename(&path, &beside(&path, ".damaged")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(error)),
        _ => {}
    }
    disk::replace(disk, &path, key.expose()).map_err(unwritable)?;
    // Before anything is sealed with it.
    disk.sync_folder(home).map_err(unwritable)?;
    Ok(Kept {
        key,
        least_generation: None,
    })
}
