//! Writing a file so that a reader finds the old or the new content, never a part.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use keyferry_catalogue::{Code, Problem};

/// Where to write; `-` is standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stream,
    /// A file, or a folder that a file is put into.
    Path(PathBuf),
}

impl From<std::ffi::OsString> for Destination {
    fn from(text: std::ffi::OsString) -> Self {
        if text == "-" {
            Self::Stream
        } else {
            Self::Path(text.into())
        }
    }
}

impl Destination {
    /// The file to write, or `None` for standard output. `name` is used inside a folder.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Stream => None,
            Self::Path(path) if path.is_dir() => Some(path.join(name)),
            Self::Path(path) => Some(path.clone()),
        }
    }

    /// Whether it is a folder that exists.
    pub fn is_folder(&self) -> bool {
        matches!(self, Self::Path(path) if path.is_dir())
    }
}

/// Why something could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteFault {
    /// The disk is full.
    #[error("no room to write {path}")]
    Full {
        /// The file, or `-`.
        path: String,
    },
    /// Anything else: no permission, no such folder, a medium that takes no writing.
    #[error("{path} cannot be written: {source}")]
    Unwritable {
        /// The file, or `-`.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

impl WriteFault {
    pub(crate) fn of(path: &impl ToString, source: io::Error) -> Self {
        let path = path.to_string();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::Unwritable { path, source },
        }
    }

    /// The catalogue code: `disk_full` or `file_unwritable`.
    pub fn code(&self) -> Code {
        match self {
            Self::Full { .. } => Code::DiskFull,
            Self::Unwritable { .. } => Code::FileUnwritable,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Full { path } | Self::Unwritable { path, .. } => {
                Problem::new(self.code()).with("path", path)
            }
        }
    }
}

/// Writes a file in one step and makes sure that it is on the medium. What stands there and is no
/// file (a pipe, a device) is written to directly.
///
/// # Errors
/// `disk_full`, `file_unwritable`; the old content is still there.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), WriteFault> {
    let special = fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
    let written = if special {
        write_into(path, content)
    } else {
        replace(path, content)
    };
    written.map_err(|source| WriteFault::of(&path.display(), source))
}

fn write_into(path: &Path, content: &[u8]) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .open(path)?
        .write_all(content)
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    // A link keeps pointing where it points: its target is what gets replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path
        .file_name()
        .ok_or(ErrorKind::InvalidFilename)?
        .to_string_lossy();
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let draft = folder.join(format!(".{name}.{}.part", std::process::id()));
    let written = File::create(&draft).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&draft, &path)
    });
    if written.is_err() {
        // It may never have been made; the first failure is the one to tell.
        let _ = fs::remove_file(&draft);
    } else if cfg!(unix) {
        // Without it a power cut may forget the new name. Some media refuse; the file is whole.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("request.kft");
        write_file(&file, b"old").unwrap();
        write_file(&file, b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let fault = write_file(&folder.path().join("none/request.kft"), b"x").unwrap_err();
        assert_eq!(fault.code(), Code::FileUnwritable);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_says_so() {
        assert_eq!(
            write_file(Path::new("/dev/full"), b"x").unwrap_err().code(),
            Code::DiskFull
        );
    }

    #[test]
    fn a_folder_takes_a_file_of_the_given_name() {
        let folder = tempfile::tempdir().unwrap();
        let to = |text: &Path| Destination::from(text.as_os_str().to_owned());
        assert_eq!(
            to(folder.path()).file("a.kft"),
            Some(folder.path().join("a.kft"))
        );
        assert_eq!(
            to(&folder.path().join("b")).file("a.kft"),
            Some(folder.path().join("b"))
        );
        assert_eq!(to(Path::new("-")).file("a.kft"), None);
    }
}
