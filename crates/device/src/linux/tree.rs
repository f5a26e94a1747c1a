//! Bounded reading of the small text files in which Linux describes a machine.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What is read of a file at most, in bytes. sysfs attributes have no more; of `/proc/cpuinfo` the
/// first processor is enough.
const SMALL: u64 = 4 * 1024;
/// What is read of the list of mounts at most, in bytes. Container hosts have hundreds.
const LIST: u64 = 256 * 1024;

/// Everyone may read it.
const WORLD_READABLE: u32 = 0o004;

/// The files of one machine.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    root: PathBuf,
}

impl Tree {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The start of a text file, without the white space and NULs at its ends. `None` where it
    /// cannot be read, is not text, or is for an administrator only: a program that runs as
    /// root today and as a user tomorrow has to see the same machine.
    pub(crate) fn text(&self, path: impl AsRef<Path>) -> Option<String> {
        self.read(path.as_ref(), SMALL)
    }

    /// A list that may be longer than an attribute.
    pub(crate) fn list(&self, path: impl AsRef<Path>) -> Option<String> {
        self.read(path.as_ref(), LIST)
    }

    fn read(&self, path: &Path, limit: u64) -> Option<String> {
        let bytes = self.bytes(path, limit)?;
        // A cut may fall inside a character; what stands before it is still text.
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(fault) if bytes.len() as u64 == limit => {
                std::str::from_utf8(&bytes[..fault.valid_up_to()]).ok()?
            }
            Err(_) => return None,
        };
        Some(
            text.trim_matches(|c: char| c.is_whitespace() || c == '\0')
                .to_owned(),
        )
    }

    /// The start of a file that is not all text, as `text` reads one.
    pub(crate) fn bytes(&self, path: impl AsRef<Path>, limit: u64) -> Option<Vec<u8>> {
        let path = self.root.join(path);
        // Looked at before it is opened, since opening a named pipe would wait for its writer.
        if !fs::metadata(&path).ok()?.is_file() {
            return None;
        }
        let file = File::open(path).ok()?;
        if file.metadata().ok()?.mode() & WORLD_READABLE == 0 {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// Where a path of this machine really is, for what is not a small text file.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// Where a path leads, links followed, as a path under the root: `sys/devices/…`.
    pub(crate) fn resolve(&self, path: impl AsRef<Path>) -> Option<PathBuf> {
        let full = fs::canonicalize(self.root.join(path)).ok()?;
        let root = fs::canonicalize(&self.root).ok()?;
        full.strip_prefix(root).ok().map(Path::to_owned)
    }

    /// The names in a folder, sorted; none where there is no such folder.
    pub(crate) fn names(&self, folder: impl AsRef<Path>) -> Vec<String> {
        let entries = fs::read_dir(self.root.join(folder))
            .into_iter()
            .flatten()
            .flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    }

    /// Nothing is there, which is not the same as that we may not look.
    pub(crate) fn is_absent(&self, path: impl AsRef<Path>) -> bool {
        self.root
            .join(path)
            .try_exists()
            .is_ok_and(|exists| !exists)
    }

    pub(crate) fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.root.join(path).exists()
    }
}
