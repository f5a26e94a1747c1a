//! What can be wrong with the store.

use std::{
    io,
    path::{Path, PathBuf},
};

use keyferry_catalogue::{Code, Problem};

use crate::disk;

/// Why the store could not be read or changed. Whatever it is, nothing was changed (rule C6).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// Another process held the store for longer than this one waits.
    #[error("another process holds the store")]
    Locked,
    /// The state cannot be read as it was written.
    #[error("the store is damaged")]
    Damaged,
    /// Written by a newer version.
    #[error("the store was written by a newer version")]
    Newer,
    /// The folder or a file in it cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// There is no room left.
    #[error("no room left for {}", path.display())]
    DiskFull {
        /// The folder.
        path: PathBuf,
    },
    /// It would be larger than what is read again.
    #[error("the store would be larger than {limit} bytes")]
    Full {
        /// The most bytes that it may have.
        limit: usize,
    },
    /// A file in it may not be read.
    #[error("{} may not be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
    /// The system's secret store or its randomness failed.
    #[error("the system failed: {reason}")]
    System {
        /// What the system says.
        reason: String,
    },
}

impl StoreFault {
    pub(crate) fn of_writing(path: &Path, error: &io::Error) -> Self {
        let path = path.to_owned();
        if disk::is_full(error) {
            Self::DiskFull { path }
        } else {
            Self::Unwritable {
                path,
                reason: error.to_string(),
            }
        }
    }

    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Locked => Code::StoreLocked,
            Self::Damaged => Code::StoreDamaged,
            Self::Newer => Code::StoreNewer,
            Self::Unwritable { .. } => Code::StoreUnwritable,
            Self::DiskFull { .. } => Code::DiskFull,
            Self::Full { .. } => Code::StoreFull,
            Self::Unreadable { .. } => Code::FileUnreadable,
            Self::System { .. } => Code::SystemFailure,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::Unwritable { path, .. } | Self::DiskFull { path } | Self::Unreadable { path } => {
                problem.with("path", path.display())
            }
            Self::Full { limit } => problem.with("limit", limit),
            Self::System { reason } => problem.with("what", reason),
            Self::Locked | Self::Damaged | Self::Newer => problem,
        }
    }
}
