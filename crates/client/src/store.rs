//! The store: one folder, one sealed record, changed as a whole or not at all.
//!
//! `docs/spec/store.md` says what lies where. Nothing is cached between calls, so that what another
//! process did is seen at once.

mod fault;
mod found;
mod key;
mod licenses;
mod made;
mod record;
mod runs;
mod seal;
mod state;

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

pub use fault::StoreFault;
use keyferry_license::StoreCondition;
pub(crate) use licenses::{KeptLicense, KeyAsked, SeenLicense};
pub(crate) use made::{MadeDeactivation, MadeRequest, MadeTimeRequest, MadeToken};
pub(crate) use state::{DeviceIdentity, HeldActivation, ProductKey, State, TrustedProfile};

use crate::disk::{self, Access, Disk, beside};
use found::{Found, Sealed};
use key::Kept;
use seal::Generation;

/// Most bytes of a sealed record: some fifty vendors with the largest profiles.
const MAX_RECORD: usize = 8 * 1024 * 1024;
/// What is added to the name of a file that a repair sets aside.
const DAMAGED: &str = ".damaged";

/// The store of one scope.
pub(crate) struct Store {
    home: PathBuf,
    disk: Box<dyn Disk>,
    patience: Duration,
}

/// What the store holds, as read at one moment.
pub(crate) struct Snapshot {
    /// The state; of a damaged store, what a repair keeps of it.
    pub(crate) state: State,
    /// Whether the state could be read as it was written.
    pub(crate) condition: StoreCondition,
    /// Whether anything was ever written.
    pub(crate) exists: bool,
    /// Whether a step that gives something up was cut short, and waits to be written out.
    pub(crate) unfinished: bool,
}

/// What a change made of the state.
pub(crate) enum Outcome<T> {
    /// Nothing: there is nothing to write.
    Unchanged(T),
    /// Something that has to be durable before anyone hears of it.
    Changed(T),
    /// Something that nothing may take back: it is in both generations before anyone hears of it
    /// (rule C4).
    Final(T),
}

/// Whether a change may be the one that repairs a damaged store (rule C1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repair {
    /// It may.
    Allowed,
    /// It is refused with `store_damaged`.
    Refused,
}

impl Store {
    pub(crate) fn new(home: PathBuf, disk: Box<dyn Disk>, patience: Duration) -> Self {
        Self {
            home,
            disk,
            patience,
        }
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Reads the state.
    ///
    /// # Errors
    /// `store_locked`, `store_newer`, `file_unreadable`, `system_failure`. A damaged store is no
    /// error here: it is a standing.
    pub(crate) fn read(&self) -> Result<Snapshot, StoreFault> {
        let _lock = self.lock(Access::Read)?;
        let kept = key::load(&*self.disk, &self.home)?;
        let (state, condition, exists, unfinished) = match self.find(kept.as_ref())? {
            Found::Nothing => (State::default(), StoreCondition::Intact, false, false),
            Found::Whole { generation, .. } => {
                (generation.state, StoreCondition::Intact, true, false)
            }
            Found::Unfinished { generation } => {
                (generation.state, StoreCondition::Intact, true, true)
            }
            Found::Damaged { fallback } => {
                let salvaged = State::salvaged(fallback.map(|generation| generation.state));
                (salvaged, StoreCondition::Damaged, true, false)
            }
        };
        Ok(Snapshot {
            state,
            condition,
            exists,
            unfinished,
        })
    }

    /// Changes the state: what `change` makes of it is durable before this returns, and when it
    /// fails, or the disk does, the state stays as it was (rule C6). Where no store is, `change` is
    /// tried first and made again under the lock: what it refuses there makes no folder.
    ///
    /// # Errors
    /// `store_locked`, `store_newer`, `store_damaged` unless a repair is allowed,
    /// `store_unwritable`, `disk_full`, `file_unreadable`, `system_failure`; those of `change`.
    pub(crate) fn change<T, F: From<StoreFault>>(
        &self,
        repair: Repair,
        mut change: impl FnMut(&mut State, StoreCondition) -> Result<Outcome<T>, F>,
    ) -> Result<T, F> {
        if matches!(self.read_file(&self.current())?, Sealed::Absent)
            && !self.read()?.exists
            && let Outcome::Unchanged(result) =
                change(&mut State::default(), StoreCondition::Intact)?
        {
            return Ok(result);
        }
        self.disk
            .create_folder(&self.home)
            .map_err(|error| self.unwritable(&error))?;
        let _lock = self.lock(Access::Change)?;
        let kept = key::load(&*self.disk, &self.home)?;
        let (mut state, before) = match self.find(kept.as_ref())? {
            Found::Nothing => (State::default(), Before::Nothing),
            Found::Whole { generation, sealed } => (
                generation.state,
                Before::Whole {
                    number: generation.number,
                    sealed,
                },
            ),
            Found::Unfinished { generation } => {
                let number = generation.number;
                let sealed = self.finish(&generation, kept.as_ref())?;
                (generation.state, Before::Whole { number, sealed })
            }
            Found::Damaged { .. } if repair == Repair::Refused => {
                return Err(StoreFault::Damaged.into());
            }
            Found::Damaged { fallback } => {
                let number = fallback.as_ref().map_or(0, |generation| generation.number);
                let salvaged = State::salvaged(fallback.map(|g| g.state));
                (salvaged, Before::Damaged { number })
            }
        };
        match change(&mut state, before.condition())? {
            Outcome::Unchanged(result) => Ok(result),
            Outcome::Changed(result) => {
                self.write(&state, &before, kept, Extent::Newest)?;
                Ok(result)
            }
            Outcome::Final(result) => {
                self.write(&state, &before, kept, Extent::Both)?;
                Ok(result)
            }
        }
    }

    /// Writes out a final step that was cut short, if there is one.
    ///
    /// # Errors
    /// Those of changing the store.
    pub(crate) fn settle(&self) -> Result<(), StoreFault> {
        self.change(Repair::Refused, |_, _| Ok(Outcome::Unchanged(())))
    }

    /// Removes what was set aside by repairs. A part of a change: nobody else is at work.
    ///
    /// # Errors
    /// `store_unwritable`.
    pub(crate) fn forget_damaged(&self) -> Result<(), StoreFault> {
        [self.current(), self.home.join("key")]
            .iter()
            .try_for_each(|path| self.disk.remove(&beside(path, DAMAGED)))
            .map_err(|error| self.unwritable(&error))
    }

    fn lock(&self, access: Access) -> Result<disk::Lock, StoreFault> {
        match self
            .disk
            .lock(&self.home.join("lock"), access, self.patience)
        {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => Err(StoreFault::Locked),
            // A file where the folder should be holds nothing, and can never be written to.
            Err(error)
                if access == Access::Change || error.kind() == io::ErrorKind::NotADirectory =>
            {
                Err(self.unwritable(&error))
            }
            Err(_) => Err(StoreFault::Unreadable {
                path: self.home.join("lock"),
            }),
        }
    }

    /// Writes a generation, each file durably before the next is touched. A failure on the way
    /// leaves the old one standing.
    fn write(
        &self,
        state: &State,
        before: &Before,
        kept: Option<Kept>,
        extent: Extent,
    ) -> Result<(), StoreFault> {
        let kept = match kept {
            Some(kept) => kept,
            None => key::make(&*self.disk, &self.home)?,
        };
        let number = before
            .number()
            .max(kept.least_generation.unwrap_or(0))
            .saturating_add(1);
        let newest = seal::seal(&kept.key, number, state, false)?;
        let previous = match (before, extent) {
            (Before::Nothing, Extent::Newest) => None,
            (Before::Whole { sealed, .. }, Extent::Newest) => Some(sealed.clone()),
            // A repair leaves nothing behind that could run again.
            (_, Extent::Both) | (Before::Damaged { .. }, _) => {
                Some(seal::seal(&kept.key, number, state, true)?)
            }
        };
        // What was written has to be read again.
        let sizes = previous.iter().chain([&newest]).map(Vec::len);
        if sizes.max() > Some(MAX_RECORD) {
            return Err(StoreFault::Full { limit: MAX_RECORD });
        }
        let old = match self.read_file(&self.previous())? {
            Sealed::Present(bytes) => Some(bytes),
            Sealed::Absent | Sealed::Unreadable => None,
        };
        if let Err(error) = self.write_both(before, previous.as_deref(), &newest) {
            // Nobody knows what would outlast a power cut: what fails changes nothing.
            let sealed = match before {
                Before::Whole { sealed, .. } => Some(sealed),
                Before::Nothing | Before::Damaged { .. } => None,
            };
            self.put_back(&self.current(), sealed);
            self.put_back(&self.previous(), old.as_ref());
            return Err(self.unwritable(&error));
        }
        key::remember(&*self.disk, &self.home, &kept, number);
        Ok(())
    }

    fn write_both(
        &self,
        before: &Before,
        previous: Option<&[u8]>,
        newest: &[u8],
    ) -> io::Result<()> {
        if let Before::Damaged { .. } = before {
            // What was damaged is kept, for someone who knows more.
            self.set_aside(&self.current())?;
        }
        if let Some(previous) = previous {
            self.put(&self.previous(), previous)?;
        }
        self.put(&self.current(), newest)
    }

    /// Writes a final step that was cut short where the newest state belongs; the bytes of it.
    fn finish(&self, ahead: &Generation, kept: Option<&Kept>) -> Result<Vec<u8>, StoreFault> {
        let key = &kept.ok_or(StoreFault::Damaged)?.key;
        let sealed = seal::seal(key, ahead.number, &ahead.state, false)?;
        self.put(&self.current(), &sealed)
            .map_err(|error| self.unwritable(&error))?;
        Ok(sealed)
    }

    fn put(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        disk::replace(&*self.disk, path, bytes)?;
        self.disk.sync_folder(&self.home)
    }

    /// Makes a file what it was, as far as the disk allows.
    fn put_back(&self, path: &Path, bytes: Option<&Vec<u8>>) {
        let now = self.disk.read(path, MAX_RECORD).ok().flatten();
        let _: io::Result<()> = match bytes {
            _ if now.as_ref() == bytes => Ok(()),
            Some(bytes) => self.put(path, bytes),
            None => self.disk.remove(path),
        };
    }

    fn set_aside(&self, damaged: &Path) -> io::Result<()> {
        match self.disk.rename(damaged, &beside(damaged, DAMAGED)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn current(&self) -> PathBuf {
        self.home.join("state")
    }

    fn previous(&self) -> PathBuf {
        self.home.join("state.previous")
    }

    fn unwritable(&self, error: &io::Error) -> StoreFault {
        StoreFault::of_writing(&self.home, error)
    }
}

/// Where a change is written.
#[derive(Clone, Copy)]
enum Extent {
    /// In the place of the newest state; the one before it stays as the previous one.
    Newest,
    /// In both places.
    Both,
}

/// What stood in the store before a change.
enum Before {
    Nothing,
    Whole { number: u64, sealed: Vec<u8> },
    Damaged { number: u64 },
}

impl Before {
    fn condition(&self) -> StoreCondition {
        match self {
            Self::Nothing | Self::Whole { .. } => StoreCondition::Intact,
            Self::Damaged { .. } => StoreCondition::Damaged,
        }
    }

    fn number(&self) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::Whole { number, .. } | Self::Damaged { number } => *number,
        }
    }
}

#[cfg(test)]
mod tests;
