//! What the store asks of a disk, in steps as small as a power cut can separate.
//!
//! Every change of a file goes through here, so that a test can cut the power between any two.

mod real;
#[cfg(test)]
pub(crate) mod simulated;

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

pub(crate) use real::{RealDisk, not_through_links, read_bounded};

/// A disk. Nothing but [`Disk::sync`] and [`Disk::sync_folder`] makes anything outlast a power cut.
pub(crate) trait Disk: Send + Sync {
    /// The content of a regular file of at most `limit` bytes; `None` where there is none.
    ///
    /// # Errors
    /// `InvalidData` for what is no regular file, is larger, or belongs to someone else than the
    /// folder that it lies in.
    fn read(&self, path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>>;

    /// Creates a folder and those above it, for nobody else to look into, if it is not there.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Writes a new file in the place of any old one, for nobody else to read.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Makes the content of a file durable.
    fn sync(&self, path: &Path) -> io::Result<()>;

    /// Moves a file over any other.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes what was created, renamed and removed in a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// Removes a file, if it is there.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Keeps other processes away for as long as the result lives. `None` when another one did not
    /// let go within `patience`.
    fn lock(&self, path: &Path, access: Access, patience: Duration) -> io::Result<Option<Lock>>;
}

/// What a lock is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reading: others may read too.
    Read,
    /// Changing: nobody else.
    Change,
}

/// A lock, let go when dropped. Empty where there is nothing to keep others from.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held for its drop")] pub(crate) Option<File>);

/// Puts new content in a file's place so that a power cut leaves the old or the new, never a mix:
/// write beside it, make that durable, rename. The folder is the caller's to sync, so that several
/// files cost one.
pub(crate) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = beside(path, ".new");
    let written = disk
        .write(&beside, bytes)
        .and_then(|()| disk.sync(&beside))
        .and_then(|()| disk.rename(&beside, path));
    if written.is_err() {
        // On a full disk the half-written file would take the room that others need.
        let _ = disk.remove(&beside);
    }
    written
}

/// The path with something added to the file's name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether an error says that the disk, or the user's share of it, is full.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::WriteZero
    )
}
