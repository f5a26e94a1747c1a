//! The key that seals the store, and where it is kept.

#[cfg(not(any(windows, target_os = "macos")))]
mod file;
#[cfg(any(windows, target_os = "macos"))]
mod secret_store;

use core::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use super::StoreFault;
use crate::disk::Disk;

/// A store's key: 256 random bits.
#[derive(Clone)]
pub(super) struct StoreKey(Zeroizing<[u8; 32]>);

impl StoreKey {
    /// Makes a key.
    pub(super) fn make() -> Result<Self, StoreFault> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(|error| StoreFault::System {
            reason: error.to_string(),
        })?;
        Ok(Self(bytes))
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes
            .try_into()
            .ok()
            .map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The bytes; handle as a secret.
    pub(super) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey(…)")
    }
}

/// A key, and what is remembered with it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) key: StoreKey,
    /// The newest generation that the secret store knows of, where it can remember one. An older
    /// state was put back by someone.
    pub(super) least_generation: Option<u64>,
}

/// The key of the store in this folder, if it has a readable one.
pub(super) fn load(disk: &dyn Disk, home: &Path) -> Result<Option<Kept>, StoreFault> {
    #[cfg(any(windows, target_os = "macos"))]
    return secret_store::load(disk, home);
    #[cfg(not(any(windows, target_os = "macos")))]
    file::load(disk, home)
}

/// Makes the key of the store in this folder, durably.
pub(super) fn make(disk: &dyn Disk, home: &Path) -> Result<Kept, StoreFault> {
    #[cfg(any(windows, target_os = "macos"))]
    return secret_store::make(disk, home);
    #[cfg(not(any(windows, target_os = "macos")))]
    file::make(disk, home)
}

/// Remembers that this generation is the newest, where there is a place for it.
///
/// A failure is harmless: a state newer than the remembered one is accepted.
pub(super) fn remember(disk: &dyn Disk, home: &Path, kept: &Kept, generation: u64) {
    #[cfg(any(windows, target_os = "macos"))]
    secret_store::remember(disk, home, kept, generation);
    #[cfg(not(any(windows, target_os = "macos")))]
    let _ = (disk, home, kept, generation);
}
