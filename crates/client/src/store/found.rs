//! What the files of a store say: which state counts, and whether it is the one that was written last.

use std::{io, path::Path};

use super::{
    MAX_RECORD, Store, StoreFault,
    key::Kept,
    seal::{self, Generation, Opened},
};

/// What the files say before anything is made of it.
pub(super) enum Found {
    /// No state was ever written.
    Nothing,
    /// The newest state, and the file it stands in.
    Whole {
        generation: Box<Generation>,
        sealed: Vec<u8>,
    },
    /// The newest state stands in the place of the previous one only: a final step was cut short
    /// when nothing could take it back any more.
    Unfinished { generation: Box<Generation> },
    /// The newest state cannot be read, or an older one was put in its place; perhaps a state can
    /// be read that tells who this computer is.
    Damaged { fallback: Option<Box<Generation>> },
}

impl Store {
    /// Finds the state that counts.
    ///
    /// # Errors
    /// `store_newer`, `file_unreadable`.
    pub(super) fn find(&self, kept: Option<&Kept>) -> Result<Found, StoreFault> {
        let current = self.read_file(&self.current())?;
        let previous = self.read_file(&self.previous())?;
        let least = kept.and_then(|kept| kept.least_generation).unwrap_or(0);
        if matches!((&current, &previous), (Sealed::Absent, Sealed::Absent)) {
            // A secret store that remembers a state notices when the files were deleted.
            return Ok(if least > 0 {
                Found::Damaged { fallback: None }
            } else {
                Found::Nothing
            });
        }
        let bare = matches!(previous, Sealed::Absent);
        Ok(match (current.open(kept), previous.open(kept)) {
            (Opened::Newer, _) | (_, Opened::Newer) => return Err(StoreFault::Newer),
            (newest, Opened::Whole(ahead))
                if ahead.ahead && ahead.number >= least && newest.is_before(&ahead) =>
            {
                Found::Unfinished { generation: ahead }
            }
            // An older state in the place of the newest: someone put it back.
            (Opened::Whole(newest), Opened::Whole(previous)) if newest.number < previous.number => {
                Found::Damaged {
                    fallback: Some(previous),
                }
            }
            // From the second state on there is a previous one, unless someone took it away.
            (Opened::Whole(newest), _) if newest.number < least || (bare && newest.number > 1) => {
                Found::Damaged {
                    fallback: Some(newest),
                }
            }
            (Opened::Whole(generation), _) => Found::Whole {
                generation,
                sealed: current.into_bytes(),
            },
            (Opened::Damaged, Opened::Whole(previous)) => Found::Damaged {
                fallback: Some(previous),
            },
            (Opened::Damaged, Opened::Damaged) => Found::Damaged { fallback: None },
        })
    }

    pub(super) fn read_file(&self, path: &Path) -> Result<Sealed, StoreFault> {
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
}

/// A file that should hold a sealed record.
pub(super) enum Sealed {
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

    fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Present(bytes) => bytes,
            Self::Absent | Self::Unreadable => Vec::new(),
        }
    }
}
