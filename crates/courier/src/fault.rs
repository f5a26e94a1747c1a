//! What can be wrong with a courier.

use std::{
    io,
    path::{Path, PathBuf},
};

use keyferry_catalogue::{Code, Problem};

use crate::MOST;

/// Why a courier could not be read or written. What was whole on it before still is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediumFault {
    /// There is nothing of a courier.
    #[error("there is no courier at {}", path.display())]
    NotFound {
        /// The root of the medium.
        path: PathBuf,
    },
    /// A folder has more entries than are looked at.
    #[error("more than {MOST} files in {}", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
    },
    /// The medium is not there.
    #[error("there is no folder at {}", path.display())]
    NoMedium {
        /// The root that was named.
        path: PathBuf,
    },
    /// A folder cannot be read, or something else lies in its place.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The medium has no room left.
    #[error("no room left for {}", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The medium takes no writing.
    #[error("{} is on a medium that takes no writing", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The medium went away.
    #[error("the medium went away with {}", path.display())]
    Pulled {
        /// The file or folder that was being read or written.
        path: PathBuf,
    },
}

impl MediumFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => Code::CourierNotFound,
            Self::TooMany { .. } => Code::CourierTooMany,
            Self::NoMedium { .. } => Code::FileNotFound,
            Self::Unreadable { .. } => Code::FileUnreadable,
            Self::Unwritable { .. } => Code::FileUnwritable,
            Self::Full { .. } => Code::DiskFull,
            Self::ReadOnly { .. } => Code::UsbVolumeReadOnly,
            Self::Pulled { .. } => Code::UsbKeyPulled,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::TooMany { .. } => problem.with("most", MOST),
            Self::NoMedium { path }
            | Self::Unreadable { path, .. }
            | Self::Unwritable { path, .. }
            | Self::Full { path } => problem.with("path", path.display()),
            Self::NotFound { .. } | Self::ReadOnly { .. } | Self::Pulled { .. } => problem,
        }
    }

    /// What a reading error of the system says.
    pub fn of_reading(path: &Path, error: &io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotADirectory => Self::Unreadable {
                path,
                reason: "something other than a folder is there".into(),
            },
            _ if is_gone(error) => Self::Pulled { path },
            _ => Self::Unreadable {
                path,
                reason: error.to_string(),
            },
        }
    }

    /// What a writing error of the system says.
    pub fn of_writing(path: &Path, error: &io::Error) -> Self {
        use io::ErrorKind as K;
        let path = path.to_owned();
        match error.kind() {
            K::StorageFull | K::QuotaExceeded | K::WriteZero => Self::Full { path },
            K::ReadOnlyFilesystem => Self::ReadOnly { path },
            // A folder that was there a moment ago: that of a stick which was pulled out is empty.
            K::NotFound => Self::Pulled { path },
            _ if is_gone(error) => Self::Pulled { path },
            _ => Self::Unwritable {
                path,
                reason: error.to_string(),
            },
        }
    }
}

/// Whether an error says that the device went away: measured on Linux with sticks pulled out while
/// they were written to.
#[cfg(unix)]
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EIO | libc::ENODEV | libc::ENXIO)
    )
}

/// `ERROR_NOT_READY`, `ERROR_DEV_NOT_EXIST`, `ERROR_NO_SUCH_DEVICE`, `ERROR_FILE_INVALID`,
/// `ERROR_IO_DEVICE`, `ERROR_DEVICE_NOT_CONNECTED`.
#[cfg(windows)]
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(21 | 55 | 433 | 1006 | 1117 | 1167)
    )
}
