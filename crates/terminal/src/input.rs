//! Reading what a person or a script names: bounded, and with a cause for each thing that can go
//! wrong.

use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use keyferry_catalogue::{Code, Problem};

/// The most bytes that are read of a FILE: room for a photograph of a QR code.
pub const MAX_INPUT: usize = 32 * 1024 * 1024;

/// A FILE to read; `-` is standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Standard input.
    Stream,
    /// A file.
    File(PathBuf),
}

impl FromStr for Source {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(PathBuf::from(text)))
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == "-" {
            Self::Stream
        } else {
            Self::File(path)
        }
    }
}

impl From<std::ffi::OsString> for Source {
    fn from(text: std::ffi::OsString) -> Self {
        Self::from(PathBuf::from(text))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream => f.write_str("-"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Why a FILE cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFault {
    /// There is no such file.
    #[error("there is no file {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is there, and cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// The file, or `-`.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is more of it than is ever read.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The most bytes that are read.
        limit: usize,
    },
}

impl ReadFault {
    /// The catalogue code: `file_not_found`, `file_unreadable` or `too_large`.
    pub fn code(&self) -> Code {
        match self {
            Self::Missing { .. } => Code::FileNotFound,
            Self::Unreadable { .. } => Code::FileUnreadable,
            Self::TooLarge { .. } => Code::TooLarge,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::Missing { path } => problem.with("path", path.display()),
            Self::Unreadable { path, .. } => problem.with("path", path),
            Self::TooLarge { limit } => problem.with("limit", limit),
        }
    }
}

/// Reads a file of at most `limit` bytes.
pub(crate) fn read_file(path: &Path, limit: usize) -> Result<Vec<u8>, ReadFault> {
    read_bounded(open_file(path)?, limit)
        .map_err(|source| unreadable(path, source))?
        .ok_or(ReadFault::TooLarge { limit })
}

/// Opens a file.
pub(crate) fn open_file(path: &Path) -> Result<File, ReadFault> {
    File::open(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => ReadFault::Missing {
            path: path.to_owned(),
        },
        _ => unreadable(path, source),
    })
}

fn unreadable(path: &Path, source: std::io::Error) -> ReadFault {
    ReadFault::Unreadable {
        path: path.display().to_string(),
        source,
    }
}

/// Reads a stream of at most `limit` bytes.
pub(crate) fn read_stream(stream: impl Read, limit: usize) -> Result<Vec<u8>, ReadFault> {
    read_bounded(stream, limit)
        .map_err(|source| ReadFault::Unreadable {
            path: "-".to_owned(),
            source,
        })?
        .ok_or(ReadFault::TooLarge { limit })
}

/// All bytes, or `None` when there are more than `limit`. A size that a file claims is not
/// believed: devices claim none.
fn read_bounded(from: impl Read, limit: usize) -> std::io::Result<Option<Vec<u8>>> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    from.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_not_reading_has_its_code() {
        let folder = tempfile::tempdir().unwrap();
        let code = |path: &Path| read_file(path, 4).unwrap_err().code();
        assert_eq!(code(&folder.path().join("none")), Code::FileNotFound);
        assert_eq!(code(folder.path()), Code::FileUnreadable);
        let file = folder.path().join("five");
        std::fs::write(&file, b"12345").unwrap();
        assert_eq!(code(&file), Code::TooLarge);
        assert_eq!(read_file(&file, 5).unwrap(), b"12345");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_endless_file_is_too_large() {
        assert_eq!(
            read_file(Path::new("/dev/zero"), 1000).unwrap_err().code(),
            Code::TooLarge
        );
    }

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!("-".parse(), Ok(Source::Stream));
        assert_eq!("./-".parse(), Ok(Source::File("./-".into())));
    }
}
