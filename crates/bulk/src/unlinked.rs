//! Files that are opened where they lie, in folders that others may write to as well: nobody can lead
//! what is written elsewhere, or keep a file open that secrets will be written to.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

use keyferry_terminal::WriteFault;

use crate::results::unwritten;

/// Opens a file for reading and writing that its owner alone can read, or makes it. One that somebody
/// else may have put there is refused.
///
/// # Errors
/// `file_exists`, `disk_full`, `file_unwritable`.
pub(crate) fn private(path: &Path) -> Result<File, WriteFault> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    owner_only(&mut options);
    not_through_links(&mut options);
    let failed = |fault| unwritten(path, fault);
    let opened = options.open(path);
    let file = match opened {
        Err(_) if path.is_symlink() => return Err(foreign(path)),
        opened => opened.map_err(failed)?,
    };
    if is_private(&file).map_err(failed)? {
        Ok(file)
    } else {
        Err(foreign(path))
    }
}

/// Opens a file to be locked, or makes it. Nothing is written to it.
///
/// # Errors
/// `file_exists`, `disk_full`, `file_unwritable`.
pub(crate) fn for_lock(path: &Path) -> Result<File, WriteFault> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    not_through_links(&mut options);
    match options.open(path) {
        Err(_) if path.is_symlink() => Err(foreign(path)),
        opened => opened.map_err(|fault| unwritten(path, fault)),
    }
}

fn foreign(path: &Path) -> WriteFault {
    let path = path.display().to_string();
    WriteFault::Exists { path }
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

/// Windows: who can read it is decided by its folder.
#[cfg(windows)]
fn owner_only(_: &mut OpenOptions) {}

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

/// Whether a file is this user's, readable for nobody else, and has no other name. Asked of what was
/// opened: what the path names may be another file by now.
#[cfg(unix)]
fn is_private(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let facts = file.metadata()?;
    Ok(facts.is_file()
        && facts.nlink() == 1
        && facts.mode() & 0o777 == 0o600
        && facts.uid() == rustix::process::geteuid().as_raw())
}

#[cfg(windows)]
fn is_private(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.is_file())
}
