//! The disk of this machine.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::{Access, Disk, Lock};

/// How long to wait before looking again whether another process has let go.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The disk of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let mut options = OpenOptions::new();
        options.read(true);
        not_through_links(&mut options);
        let file = match options.open(path) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let facts = file.metadata()?;
        if !facts.is_file() || !same_owner(&facts, path)? {
            return Err(io::ErrorKind::InvalidData.into());
        }
        read_bounded(file, limit).map(Some)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
            self.create_folder(above)?;
            make_private_folder(path)?;
            return self.sync_folder(above);
        }
        make_private_folder(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.remove(path)?;
        let mut options = OpenOptions::new();
        // New, so that no link which someone left there is followed.
        options.write(true).create_new(true);
        private(&mut options);
        let mut file = options.open(path)?;
        hand_over(&file, path);
        file.write_all(bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        sync_folder(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if !is_absent(&error) => Err(error),
            _ => Ok(()),
        }
    }

    fn lock(&self, path: &Path, access: Access, patience: Duration) -> io::Result<Option<Lock>> {
        let mut options = OpenOptions::new();
        match access {
            Access::Read => options.read(true),
            Access::Change => options.read(true).write(true).create(true).truncate(false),
        };
        not_through_links(&mut options);
        private(&mut options);
        let file = match options.open(path) {
            Ok(file) => file,
            // Nobody has ever changed anything here.
            Err(error) if access == Access::Read && error.kind() == io::ErrorKind::NotFound => {
                return Ok(Some(Lock(None)));
            }
            Err(error) => return Err(error),
        };
        if access == Access::Change {
            hand_over(&file, path);
        }
        let until = Instant::now() + patience;
        loop {
            let tried = match access {
                Access::Read => file.try_lock_shared(),
                Access::Change => file.try_lock(),
            };
            match tried {
                Ok(()) => return Ok(Some(Lock(Some(file)))),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if Instant::now() >= until => return Ok(None),
                Err(TryLockError::WouldBlock) => thread::sleep(LOOK_AGAIN),
            }
        }
    }
}

/// Reads at most `limit` bytes, whatever the file's size says.
pub(crate) fn read_bounded(file: File, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        Err(io::ErrorKind::InvalidData.into())
    } else {
        Ok(bytes)
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Opens what lies at a path itself, and does not wait for a writer when it is a pipe.
#[cfg(unix)]
pub(crate) fn not_through_links(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
}

/// Opens what lies at a path itself.
#[cfg(windows)]
pub(crate) fn not_through_links(options: &mut OpenOptions) {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

/// Windows: a user's folder is nobody else's by inheritance.
#[cfg(windows)]
fn private(_: &mut OpenOptions) {}

#[cfg(unix)]
fn make_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    already_there(fs::DirBuilder::new().mode(0o700).create(path))?;
    let mut options = OpenOptions::new();
    options.read(true);
    not_through_links(&mut options);
    if let Ok(folder) = options.open(path) {
        hand_over(&folder, path);
    }
    Ok(())
}

#[cfg(windows)]
fn make_private_folder(path: &Path) -> io::Result<()> {
    already_there(fs::create_dir(path))
}

/// Another process may have made the folder in between.
fn already_there(made: io::Result<()>) -> io::Result<()> {
    match made {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Whether a file belongs to whom its folder belongs to, or to root: in a folder that others may
/// write to, they could have put it there.
#[cfg(unix)]
fn same_owner(facts: &fs::Metadata, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(facts.uid() == 0 || facts.uid() == fs::metadata(folder_of(path))?.uid())
}

/// Gives what root made to the owner of the folder that it lies in: whoever calls the program once
/// through `sudo` would otherwise be locked out of their own store. For anyone else a no-op.
///
/// By its handle, and never a file with a second name: that owner may have put a link to somebody
/// else's file there, which would be given away.
#[cfg(unix)]
fn hand_over(file: &File, path: &Path) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    if let (Ok(facts), Ok(folder)) = (file.metadata(), fs::metadata(folder_of(path)))
        && facts.uid() == 0
        && (facts.is_dir() || facts.is_file() && facts.nlink() == 1)
    {
        let _ = fchown(file, Some(folder.uid()), Some(folder.gid()));
    }
}

#[cfg(windows)]
fn hand_over(_: &File, _: &Path) {}

#[cfg(unix)]
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "as on other systems")]
fn same_owner(_: &fs::Metadata, _: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    match File::open(path)?.sync_all() {
        // Some file systems (network, FUSE) know no such thing and say so.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

/// Windows has no such call; NTFS journals a rename before the call returns to us.
#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "as on other systems")]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, chown};

    #[test]
    fn root_gives_no_file_away_that_a_user_linked_into_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let (home, elsewhere) = (folder.path().join("home"), folder.path().join("shadow"));
        fs::create_dir(&home).unwrap();
        fs::write(&elsewhere, b"root's").unwrap();
        let owner = fs::metadata(&elsewhere).unwrap().uid();
        if chown(&home, Some(4242), Some(4242)).is_err() {
            println!("skipped: giving a folder to another user needs root");
            return;
        }
        let lock = home.join("lock");
        fs::hard_link(&elsewhere, &lock).unwrap();
        RealDisk
            .lock(&lock, Access::Change, Duration::ZERO)
            .unwrap();
        assert_eq!(fs::metadata(&elsewhere).unwrap().uid(), owner);
    }
}
