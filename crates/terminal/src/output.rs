//! Writing a file so that a reader finds the old or the new content, never a part.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use keyferry_catalogue::{Code, Problem};
use keyferry_token::Artefact;

use crate::MAX_INPUT;
use crate::input::read_file;

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
    /// A file is there that Keyferry did not write.
    #[error("another file is at {path}")]
    Exists {
        /// The file.
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

    /// The catalogue code: `disk_full`, `file_exists` or `file_unwritable`.
    pub fn code(&self) -> Code {
        match self {
            Self::Full { .. } => Code::DiskFull,
            Self::Exists { .. } => Code::FileExists,
            Self::Unwritable { .. } => Code::FileUnwritable,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Full { path } | Self::Exists { path } | Self::Unwritable { path, .. } => {
                Problem::new(self.code()).with("path", path)
            }
        }
    }
}

/// Makes a folder, and those above it, unless it is there.
///
/// # Errors
/// `disk_full`, `file_unwritable`.
pub fn make_folder(path: &Path) -> Result<(), WriteFault> {
    fs::create_dir_all(path).map_err(|source| WriteFault::of(&path.display(), source))
}

/// Writes a file in one step and makes sure that it is on the medium. A file of Keyferry's is
/// replaced, another one never. What stands there and is no file (a pipe, a device) is written to
/// directly.
///
/// # Errors
/// `disk_full`, `file_exists`, `file_unwritable`; the old content is still there.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), WriteFault> {
    let written = match fs::metadata(path) {
        Ok(found) if found.is_file() && !is_ours(path, content) => {
            return Err(WriteFault::Exists {
                path: path.display().to_string(),
            });
        }
        Ok(found) if !found.is_file() && !found.is_dir() => write_into(path, content),
        _ => replace(path, content),
    };
    written.map_err(|source| WriteFault::of(&path.display(), source))
}

/// Whether a file is empty, a picture in the place of a picture, or holds an artefact, so that a
/// slip of the hand costs nobody a document.
fn is_ours(path: &Path, new: &[u8]) -> bool {
    let is_png = |bytes: &[u8]| bytes.starts_with(b"\x89PNG\r\n\x1a\n");
    read_file(path, MAX_INPUT).is_ok_and(|old| {
        old.is_empty()
            || is_png(&old) && is_png(new)
            || Artefact::read(&old).is_ok_and(|found| found.iter().any(Result::is_ok))
    })
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
    // New, so that no link which someone left there is followed.
    let written = File::create_new(&draft).and_then(|mut file| {
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
    fn a_picture_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("request.png");
        write_file(&file, b"\x89PNG\r\n\x1a\nold").unwrap();
        write_file(&file, b"\x89PNG\r\n\x1a\nnew").unwrap();
        assert!(fs::read(&file).unwrap().ends_with(b"new"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_document_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("thesis.txt");
        fs::write(&file, b"years of work").unwrap();
        assert_eq!(
            write_file(&file, b"x").unwrap_err().code(),
            Code::FileExists
        );
        assert_eq!(fs::read(&file).unwrap(), b"years of work");
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
