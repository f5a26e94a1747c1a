//! Files that a face reads and writes on its user's behalf.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use keyferry_catalogue::{Code, Problem};

use crate::disk::{self, Disk as _, RealDisk, beside, read_bounded};

/// Most bytes of a file that is read: a large picture of a QR code.
pub const MAX_FILE: usize = 16 * 1024 * 1024;

/// Why a file could not be read or written. A file that was there before is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// There is none.
    #[error("there is no file at {}", path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// It may not be read, or is no file.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// It has more bytes than anything that Keyferry reads.
    #[error("{} has more than {MAX_FILE} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// There is no room left.
    #[error("no room left for {}", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
}

impl FileFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => Code::FileNotFound,
            Self::Unreadable { .. } => Code::FileUnreadable,
            Self::TooLarge { .. } => Code::TooLarge,
            Self::Unwritable { .. } => Code::FileUnwritable,
            Self::DiskFull { .. } => Code::DiskFull,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::TooLarge { .. } => problem.with("limit", MAX_FILE),
            Self::NotFound { path }
            | Self::Unreadable { path, .. }
            | Self::Unwritable { path, .. }
            | Self::DiskFull { path } => problem.with("path", path.display()),
        }
    }

    fn of_writing(path: &Path, error: &io::Error) -> Self {
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
}

/// Reads a file of at most [`MAX_FILE`] bytes.
///
/// # Errors
/// `file_not_found`, `file_unreadable`, `too_large`.
pub fn read_file(path: &Path) -> Result<Vec<u8>, FileFault> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => FileFault::NotFound {
            path: path.to_owned(),
        },
        io::ErrorKind::InvalidData => FileFault::TooLarge {
            path: path.to_owned(),
        },
        _ => FileFault::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        },
    };
    // Asked before opening: a named pipe would hold the program up until somebody writes to it.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(FileFault::Unreadable {
            path: path.to_owned(),
            reason: "it is no ordinary file".into(),
        });
    }
    let file = OpenOptions::new()
        .read(true)
        .open(path)
        .map_err(unreadable)?;
    read_bounded(file, MAX_FILE).map_err(unreadable)
}

/// Writes a file as a whole: whatever happens, the old content or the new is there. A file that is
/// there is replaced, so its user has to be asked first, as the system's dialog for saving does. A
/// link is followed, and what it leads to is replaced.
///
/// # Errors
/// `file_unwritable`, `disk_full`.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), FileFault> {
    let unwritable = |error: io::Error| FileFault::of_writing(path, &error);
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(unwritable(error)),
    };
    match fs::metadata(&target) {
        Ok(facts) if !facts.is_file() => {
            let reason = "something other than a file is there".into();
            return Err(FileFault::Unwritable {
                path: path.to_owned(),
                reason,
            });
        }
        _ => {}
    }
    replace(&target, bytes).map_err(unwritable)
}

/// As a user's file, with the permissions that a new file of this user gets; unlike the store's.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use io::Write as _;
    let beside = beside(path, &format!(".{}.new", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    // The name is durable once its folder is; a folder that cannot be opened is no reason to say
    // that the file was not written.
    if let Some(folder) = path.parent() {
        let _ = RealDisk.sync_folder(folder);
    }
    Ok(())
}
