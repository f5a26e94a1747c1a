//! The authority's folder: the names in it, its permissions, and files written whole or not at all.
//!
//! `docs/spec/authority-folder.md` says what lies where.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use crate::{FileFault, SetupFault};

/// The folder of one authority.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    pub(crate) fn key(&self, name: &str) -> PathBuf {
        self.keys().join(format!("{name}.key"))
    }

    /// The public half of a key whose private one is kept elsewhere.
    pub(crate) fn public_half(&self, name: &str) -> PathBuf {
        self.keys().join(format!("{name}.pem"))
    }

    /// Where a key is that lives in a device of its own.
    pub(crate) fn device(&self, name: &str) -> PathBuf {
        self.keys().join(format!("{name}.device"))
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("authority.db")
    }

    pub(crate) fn profile(&self) -> PathBuf {
        self.0.join("vendor.kfv")
    }

    /// The last profile that was signed or seen here.
    pub(crate) fn pin(&self) -> PathBuf {
        self.0.join("last-profile")
    }

    pub(crate) fn public_key(&self) -> PathBuf {
        self.0.join("public.pem")
    }

    /// Lies here from the first step of setting up to the last.
    pub(crate) fn unfinished(&self) -> PathBuf {
        self.0.join("setup-unfinished")
    }

    /// Whether an authority was set up here, all steps of it.
    pub(crate) fn is_complete(&self) -> bool {
        (self.keys().exists() || self.database().exists()) && !self.unfinished().exists()
    }

    /// Keeps other programs from setting up in this folder for as long as the file lives. The lock
    /// is on a file that stays, since a lock on a file that goes away keeps nobody out.
    ///
    /// # Errors
    /// `file_unwritable`; `database_busy` when another program holds it.
    pub(crate) fn lock(&self) -> Result<File, SetupFault> {
        let path = self.0.join("lock");
        let file = options(true)
            .open(&path)
            .map_err(|fault| FileFault::writing(&path, &fault))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => Err(SetupFault::Busy),
            Err(fs::TryLockError::Error(fault)) => Err(FileFault::writing(&path, &fault).into()),
        }
    }

    /// Takes away what an interrupted setup left. Nothing of it was ever in use: setting up ends
    /// by removing the mark that stands for it.
    pub(crate) fn clear_unfinished(&self) -> Result<(), FileFault> {
        let keys = self.keys();
        unless_missing(fs::remove_dir_all(&keys))
            .map_err(|fault| FileFault::writing(&keys, &fault))?;
        for path in [self.profile(), self.pin(), self.public_key()] {
            remove_if_there(&path).map_err(|fault| FileFault::writing(&path, &fault))?;
        }
        remove_database(&self.database())
    }
}

/// Makes a folder that only its owner can enter, where there is none.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), FileFault> {
    fs::create_dir_all(path)
        .and_then(|()| set_mode(path, 0o700))
        .map_err(|fault| FileFault::writing(path, &fault))
}

/// Writes a file that only its owner can read: whole, on the disk, and under its name last.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), FileFault> {
    write(path, content, true)
}

/// Writes a file for everybody in the same way.
pub(crate) fn write_public(path: &Path, content: &[u8]) -> Result<(), FileFault> {
    write(path, content, false)
}

/// A draft is named after the program: two parts of one write in turn.
static IN_TURN: Mutex<()> = Mutex::new(());

fn write(path: &Path, content: &[u8], private: bool) -> Result<(), FileFault> {
    let _turn = IN_TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let failed = |fault: io::Error| FileFault::writing(path, &fault);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(failed(io::ErrorKind::InvalidInput.into()));
    };
    // The process id keeps two programs that bring the same file up to date apart.
    let draft = folder.join(format!(".{}.{}", name.display(), std::process::id()));
    // Made anew: what lies there already would keep its owner and its permissions.
    let result = remove_if_there(&draft)
        .and_then(|()| options(private).create_new(true).open(&draft))
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&draft, path))
        .and_then(|()| sync_folder(folder));
    if result.is_err() {
        // What is left of the draft is in nobody's way; the first fault is the one to tell.
        let _ = fs::remove_file(&draft);
    }
    result.map_err(failed)
}

/// The name of a file with something behind it.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Copies a file to one that only its owner can read.
pub(crate) fn copy_private(from: &Path, to: &Path) -> Result<(), FileFault> {
    let mut source = File::open(from).map_err(|fault| FileFault::reading(from, &fault))?;
    remove_if_there(to)
        .and_then(|()| options(true).create_new(true).open(to))
        .and_then(|mut copy| {
            io::copy(&mut source, &mut copy)?;
            copy.sync_all()
        })
        .map_err(|fault| FileFault::writing(to, &fault))
}

/// Gives a file that is whole its name, on the disk too.
pub(crate) fn settle(draft: &Path, path: &Path) -> Result<(), FileFault> {
    File::open(draft)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(draft, path))
        .and_then(|()| path.parent().map_or(Ok(()), sync_name))
        .map_err(|fault| FileFault::writing(path, &fault))
}

/// [`sync_folder`], of the folder of a name that may have none in front.
fn sync_name(folder: &Path) -> io::Result<()> {
    let here = folder.as_os_str().is_empty();
    sync_folder(if here { Path::new(".") } else { folder })
}

/// Removes an SQLite database with the files beside it, where they are there.
pub(crate) fn remove_database(path: &Path) -> Result<(), FileFault> {
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        remove_if_there(&file).map_err(|fault| FileFault::writing(&file, &fault))?;
    }
    Ok(())
}

/// Removes a file, on the disk too, where it is there.
pub(crate) fn remove(path: &Path) -> Result<(), FileFault> {
    remove_if_there(path)
        .and_then(|()| path.parent().map_or(Ok(()), sync_name))
        .map_err(|fault| FileFault::writing(path, &fault))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    unless_missing(fs::remove_file(path))
}

fn unless_missing(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Brings a folder's names to the disk.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Brings a folder's names to the disk: elsewhere than on Unix the system does it by itself.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// How files are opened for writing; private ones are made for their owner alone from the start.
fn options(private: bool) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if private { 0o600 } else { 0o644 });
    }
    #[cfg(not(unix))]
    let _ = private;
    options
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// Whether others than a file's owner may read or write it. Where there are no such permissions,
/// the folder's decide.
#[cfg(unix)]
pub(crate) fn is_exposed(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

/// Whether others than a file's owner may read or write it. Where there are no such permissions,
/// the folder's decide.
#[cfg(not(unix))]
pub(crate) fn is_exposed(_metadata: &fs::Metadata) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn a_private_file_is_its_owners_alone_whatever_lay_in_its_way() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("signing.key"), dir.path().join("other"));
        let draft = dir
            .path()
            .join(format!(".signing.key.{}", std::process::id()));
        let write = || {
            write_private(&path, b"secret").unwrap();
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        };
        fs::write(&draft, b"left by a program that ended").unwrap();
        write();
        symlink(&other, &draft).unwrap();
        write();
        assert!(!other.exists());
    }
}
