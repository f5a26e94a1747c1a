//! What is asked of a medium, in steps as small as a stick pulled out can separate.
//!
//! There is no renaming among them: on Linux `vfat` loses both names in one
//! (`docs/spec/courier.md`, *Writing*).

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Read as _, Write as _},
    path::Path,
};

/// A medium. Every path is one that Keyferry made, or an entry that [`Medium::list`] told of.
pub trait Medium: Send + Sync {
    /// Whether the root of a medium is there. It is the user's own word, and may be a link.
    ///
    /// # Errors
    /// `NotADirectory` when something else is.
    fn has_root(&self, path: &Path) -> io::Result<bool>;

    /// Whether a folder is there.
    ///
    /// # Errors
    /// `NotADirectory` when something else is, a link to a folder included.
    fn has_folder(&self, path: &Path) -> io::Result<bool>;

    /// The names in a folder, at most `most` of them, and whether these are all.
    ///
    /// # Errors
    /// Those of the system.
    fn list(&self, folder: &Path, most: usize) -> io::Result<(Vec<OsString>, bool)>;

    /// The content of a regular file of at most `limit` bytes; `None` where there is nothing.
    ///
    /// # Errors
    /// `InvalidData` for what is larger or no regular file.
    fn read(&self, path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>>;

    /// Creates a folder in one that is there.
    ///
    /// # Errors
    /// Those of the system.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Writes a regular file in its place, whether it is there or not, and makes its content durable.
    ///
    /// # Errors
    /// `InvalidData` for what is no regular file, or one with a second name.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Makes what was created and removed in a folder durable.
    ///
    /// # Errors
    /// Those of the system.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// Removes a file, if it is there.
    ///
    /// # Errors
    /// Those of the system.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The medium that the system has mounted, or any folder.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealMedium;

impl Medium for RealMedium {
    fn has_root(&self, path: &Path) -> io::Result<bool> {
        is_folder(fs::metadata(path))
    }

    fn has_folder(&self, path: &Path) -> io::Result<bool> {
        is_folder(fs::symlink_metadata(path))
    }

    fn list(&self, folder: &Path, most: usize) -> io::Result<(Vec<OsString>, bool)> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if names.len() == most {
                return Ok((names, false));
            }
            names.push(entry.file_name());
        }
        Ok((names, true))
    }

    fn read(&self, path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let mut options = OpenOptions::new();
        options.read(true);
        not_through_links(&mut options);
        let file = match options.open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(of_no_file(error)),
        };
        if !file.metadata()?.is_file() {
            return Err(ErrorKind::InvalidData.into());
        }
        let most = u64::try_from(limit).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        // Whatever the file's size says.
        file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() > limit {
            return Err(ErrorKind::InvalidData.into());
        }
        Ok(Some(bytes))
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        // Not emptied by opening it: first it has to be known what it is.
        options.write(true).create(true).truncate(false);
        not_through_links(&mut options);
        let mut file = options.open(path).map_err(of_no_file)?;
        let facts = file.metadata()?;
        if !facts.is_file() || has_second_name(&facts) {
            return Err(ErrorKind::InvalidData.into());
        }
        let size = bytes.len() as u64;
        if facts.len() < size {
            reserve(&file, path, size);
        }
        // Over what is there, never emptied first: on Linux `vfat` a key that is pulled out then is left with a
        // file that is shorter than its entry says, and is not written to any more once that was read.
        file.write_all(bytes)?;
        if facts.len() > size {
            file.set_len(size)?;
        }
        file.sync_all()
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        sync_folder(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn is_folder(facts: io::Result<fs::Metadata>) -> io::Result<bool> {
    match facts {
        Ok(facts) if facts.is_dir() => Ok(true),
        Ok(_) => Err(ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens what lies at a path itself, and waits for nobody when it is a pipe.
#[cfg(unix)]
fn not_through_links(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
}

/// Opens what lies at a path itself.
#[cfg(windows)]
fn not_through_links(options: &mut OpenOptions) {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
}

/// Takes the room for a file while it is still as short as it was, and makes that durable, where the file system
/// can. On Linux `vfat` syncing a file stores its entry before the table of what is taken, so that a key that is pulled out
/// between the two has an entry for room that is free; syncing the folder stores the table alone.
#[cfg(target_os = "linux")]
fn reserve(file: &fs::File, path: &Path, size: u64) {
    use rustix::fs::{FallocateFlags, fallocate};
    let taken = file
        .sync_all()
        .and_then(|()| Ok(fallocate(file, FallocateFlags::KEEP_SIZE, 0, size)?));
    // What is not taken beforehand is taken by writing, which tells what is in the way.
    if let (Ok(()), Some(folder)) = (taken, path.parent()) {
        let _ = sync_folder(folder);
    }
}

#[cfg(not(target_os = "linux"))]
fn reserve(_: &fs::File, _: &Path, _: u64) {}

/// What the system says when a link, a pipe, a socket or a folder is opened like a file.
#[cfg(unix)]
fn of_no_file(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(libc::ELOOP | libc::ENXIO | libc::EISDIR) => ErrorKind::InvalidData.into(),
        _ => error,
    }
}

#[cfg(windows)]
fn of_no_file(error: io::Error) -> io::Error {
    error
}

/// A file that is known by another name as well may be anybody's.
#[cfg(unix)]
fn has_second_name(facts: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    facts.nlink() > 1
}

#[cfg(windows)]
fn has_second_name(_: &fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    match fs::File::open(path)?.sync_all() {
        // Some file systems (network, FUSE) know no such thing and say so.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Windows has no such call; removable media are written through there unless someone chose otherwise.
#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "as on other systems")]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
