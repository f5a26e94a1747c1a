//! The store: one folder, one sealed record, changed as a whole or not at all.
//!
//! `docs/spec/store.md` says what lies where. Nothing is cached between calls, so that what another
//! process did is seen at once.

mod fault;
mod key;
mod record;
mod seal;
mod state;

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

pub use fault::StoreFault;
use keyferry_license::StoreCondition;
pub(crate) use state::{
    DeviceIdentity, HeldActivation, MadeRequest, ProductKey, State, TrustedProfile,
};

use crate::disk::{self, Access, Disk, beside};
use key::Kept;
use seal::{Generation, Opened};

/// Most bytes of a sealed record: some fifty vendors with the largest profiles.
const MAX_RECORD: usize = 8 * 1024 * 1024;

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
}

/// What a change made of the state.
pub(crate) enum Outcome<T> {
    /// Nothing: there is nothing to write.
    Unchanged(T),
    /// Something that has to be durable before anyone hears of it.
    Changed(T),
}

/// Whether a change may be the one that repairs a damaged store (rule C1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repair {
    /// It may.
    Allowed,
    /// It is refused with `store_damaged`.
    Refused,
}

/// What the files say before anything is made of it.
enum Found {
    /// No state was ever written.
    Nothing,
    /// The newest state, and the file it stands in.
    Whole {
        generation: Generation,
        sealed: Vec<u8>,
    },
    /// The newest state cannot be read; perhaps an older one can.
    Damaged { fallback: Option<Generation> },
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
        Ok(match self.find(kept.as_ref())? {
            Found::Nothing => Snapshot {
                state: State::default(),
                condition: StoreCondition::Intact,
                exists: false,
            },
            Found::Whole { generation, .. } => Snapshot {
                state: generation.state,
                condition: StoreCondition::Intact,
                exists: true,
            },
            Found::Damaged { fallback } => Snapshot {
                state: State::salvaged(fallback.map(|generation| generation.state)),
                condition: StoreCondition::Damaged,
                exists: true,
            },
        })
    }

    /// Changes the state: what `change` makes of it is durable before this returns, and when it
    /// fails, or the disk does, the state stays as it was (rule C6).
    ///
    /// # Errors
    /// `store_locked`, `store_newer`, `store_damaged` unless a repair is allowed,
    /// `store_unwritable`, `disk_full`, `file_unreadable`, `system_failure`; those of `change`.
    pub(crate) fn change<T, F: From<StoreFault>>(
        &self,
        repair: Repair,
        change: impl FnOnce(&mut State, StoreCondition) -> Result<Outcome<T>, F>,
    ) -> Result<T, F> {
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
            Found::Damaged { .. } if repair == Repair::Refused => {
                return Err(StoreFault::Damaged.into());
            }
            Found::Damaged { fallback } => {
                let number = fallback.as_ref().map_or(0, |generation| generation.number);
                (
                    State::salvaged(fallback.map(|g| g.state)),
                    Before::Damaged { number },
                )
            }
        };
        match change(&mut state, before.condition())? {
            Outcome::Unchanged(result) => Ok(result),
            Outcome::Changed(result) => {
                self.write(&state, &before, kept)?;
                Ok(result)
            }
        }
    }

    fn lock(&self, access: Access) -> Result<disk::Lock, StoreFault> {
        match self
            .disk
            .lock(&self.home.join("lock"), access, self.patience)
        {
            Ok(Some(lock)) => Ok(lock),
            Ok(None) => Err(StoreFault::Locked),
            Err(error) if access == Access::Change => Err(self.unwritable(&error)),
            Err(_) => Err(StoreFault::Unreadable {
                path: self.home.join("lock"),
            }),
        }
    }

    fn find(&self, kept: Option<&Kept>) -> Result<Found, StoreFault> {
        let current = self.read_file(&self.current())?;
        let previous = self.read_file(&self.previous())?;
        if matches!((&current, &previous), (Sealed::Absent, Sealed::Absent)) {
            // A secret store that remembers a state notices when the files were deleted.
            let expected = kept
                .and_then(|kept| kept.least_generation)
                .is_some_and(|n| n > 0);
            return Ok(if expected {
                Found::Damaged { fallback: None }
            } else {
                Found::Nothing
            });
        }
        let least = kept.and_then(|kept| kept.least_generation).unwrap_or(0);
        match (current.open(kept), current) {
            (Opened::Newer, _) => Err(StoreFault::Newer),
            (Opened::Whole(generation), Sealed::Present(sealed)) if generation.number >= least => {
                Ok(Found::Whole { generation, sealed })
            }
            // An older state in the place of the newest: someone put it back.
            (Opened::Whole(generation), _) => Ok(Found::Damaged {
                fallback: Some(generation),
            }),
            (Opened::Damaged, _) => match previous.open(kept) {
                Opened::Newer => Err(StoreFault::Newer),
                Opened::Whole(generation) => Ok(Found::Damaged {
                    fallback: Some(generation),
                }),
                Opened::Damaged => Ok(Found::Damaged { fallback: None }),
            },
        }
    }

    fn read_file(&self, path: &Path) -> Result<Sealed, StoreFault> {
        match self.disk.read(path, MAX_RECORD) {
            Ok(Some(bytes)) => Ok(Sealed::Present(bytes)),
            Ok(None) => Ok(Sealed::Absent),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Err(StoreFault::Unreadable {
                    path: path.to_owned(),
                })
            }
            // A bad sector, a link, or something larger than a record: not as it was written.
            Err(_) => Ok(Sealed::Unreadable),
        }
    }

    /// Writes a generation. The previous one is in place before the new one is, and a failure on
    /// the way leaves the old one standing.
    fn write(&self, state: &State, before: &Before, kept: Option<Kept>) -> Result<(), StoreFault> {
        let kept = match kept {
            Some(kept) => kept,
            None => key::make(&*self.disk, &self.home)?,
        };
        let number = before
            .number()
            .max(kept.least_generation.unwrap_or(0))
            .saturating_add(1);
        let sealed = seal::seal(&kept.key, number, state)?;
        let (current, previous) = (self.current(), self.previous());
        let written = match before {
            Before::Nothing => Ok(()),
            Before::Whole { sealed, .. } => disk::replace(&*self.disk, &previous, sealed),
            // What was damaged is kept, for someone who knows more.
            Before::Damaged { .. } => self.set_aside(&current),
        }
        .and_then(|()| disk::replace(&*self.disk, &current, &sealed));
        written.map_err(|error| self.unwritable(&error))?;
        if let Err(error) = self.disk.sync_folder(&self.home) {
            // Nobody knows whether the new state outlasts a power cut: what fails changes nothing.
            match before {
                Before::Whole { sealed, .. } => {
                    let _ = disk::replace(&*self.disk, &current, sealed);
                }
                Before::Nothing | Before::Damaged { .. } => {
                    let _ = self.disk.remove(&current);
                }
            }
            return Err(self.unwritable(&error));
        }
        key::remember(&*self.disk, &self.home, &kept, number);
        Ok(())
    }

    fn set_aside(&self, damaged: &Path) -> io::Result<()> {
        match self.disk.rename(damaged, &beside(damaged, ".damaged")) {
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

/// A file that should hold a sealed record.
enum Sealed {
    Absent,
    Present(Vec<u8>),
    Unreadable,
}

impl Sealed {
    fn open(&self, kept: Option<&Kept>) -> Opened {
        match (self, kept) {
            (Self::Present(sealed), Some(kept)) => seal::open(&kept.key, sealed),
            _ => Opened::Damaged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::simulated::SimulatedDisk;

    fn store() -> (SimulatedDisk, Store) {
        let disk = SimulatedDisk::default();
        let store = Store::new("/store".into(), Box::new(disk.clone()), Duration::ZERO);
        (disk, store)
    }

    fn write(store: &Store) -> Result<(), StoreFault> {
        store.change(Repair::Refused, |_, _| Ok(Outcome::Changed(())))
    }

    #[test]
    fn a_store_of_a_newer_program_is_left_alone() {
        let (disk, store) = store();
        write(&store).unwrap();
        let kept = key::load(&disk, store.home()).unwrap().unwrap();
        disk.tamper(&store.current(), |bytes| {
            *bytes = seal::seal_as_newer(&kept.key);
        });
        let newer = disk.read(&store.current(), MAX_RECORD).unwrap();
        assert_eq!(store.read().err(), Some(StoreFault::Newer));
        assert_eq!(write(&store), Err(StoreFault::Newer));
        assert_eq!(disk.read(&store.current(), MAX_RECORD).unwrap(), newer);
    }

    #[test]
    fn a_state_older_than_the_secret_store_remembers_was_put_back() {
        let (disk, store) = store();
        for _ in 0..3 {
            write(&store).unwrap();
        }
        let mut kept = key::load(&disk, store.home()).unwrap().unwrap();
        for (least, whole) in [
            (None, true),
            (Some(2), true),
            (Some(3), true),
            (Some(4), false),
        ] {
            kept.least_generation = least;
            let found = store.find(Some(&kept)).unwrap();
            assert_eq!(matches!(found, Found::Whole { .. }), whole, "{least:?}");
        }
        for name in [store.current(), store.previous()] {
            disk.remove(&name).unwrap();
        }
        let deleted = store.find(Some(&kept)).unwrap();
        assert!(matches!(deleted, Found::Damaged { fallback: None }));
    }
}
