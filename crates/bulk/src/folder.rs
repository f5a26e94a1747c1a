//! The folder of a piece of work in bulk: one program at a time, files whole or absent.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use keyferry_terminal::{Draft, WriteFault, make_folder, sync_folder};

use crate::{BulkFault, results::unwritten, unlinked};

/// What keeps a folder to one program.
const LOCK: &str = ".keyferry-bulk";

/// How many files are written at a time: a medium takes many at once in the time of one.
const WRITERS: usize = 16;

/// A folder that this program alone works in.
#[derive(Debug)]
pub(crate) struct WorkFolder {
    path: PathBuf,
    /// Locked for as long as it is open; the system lets go of it whatever happens.
    _lock: File,
}

impl WorkFolder {
    /// Opens it, and makes it where it is not there. What a program that was killed left half written
    /// is removed.
    pub(crate) fn open(path: &Path) -> Result<Self, BulkFault> {
        make_folder(path)?;
        let file = path.join(LOCK);
        let failed = |fault| unwritten(&file, fault);
        let lock = unlinked::for_lock(&file)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let path = path.display().to_string();
                return Err(BulkFault::InUse { path });
            }
            Err(fs::TryLockError::Error(fault)) => return Err(failed(fault).into()),
        }
        let folder = Self {
            path: path.to_owned(),
            _lock: lock,
        };
        folder.sweep();
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is remembered here of a kind of work.
    pub(crate) fn recall(&self, kind: &str) -> Option<String> {
        let mut note = String::new();
        let file = File::open(self.note_of(kind)).ok()?;
        file.take(NOTE_LIMIT).read_to_string(&mut note).ok()?;
        Some(note)
    }

    /// Remembers something of a kind of work, on the medium.
    pub(crate) fn remember(&self, kind: &str, note: &str) -> Result<(), WriteFault> {
        let path = self.note_of(kind);
        let beside = path.with_extension("part");
        // What lies there is nothing of ours, and may be a link that leads elsewhere.
        let _ = fs::remove_file(&beside);
        let written = File::create_new(&beside)
            .and_then(|mut file| {
                file.write_all(note.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&beside, &path));
        written.map_err(|fault| unwritten(&path, fault))?;
        sync_folder(&self.path);
        Ok(())
    }

    fn note_of(&self, kind: &str) -> PathBuf {
        self.path.join(format!("{LOCK}-{kind}"))
    }

    /// Puts files into it, all of them on the medium when this returns; one that is there already
    /// with the same content is left alone.
    pub(crate) async fn put(&self, files: Vec<(String, String)>) -> Vec<Result<(), WriteFault>> {
        let count = files.len();
        let share = count.div_ceil(WRITERS).max(1);
        let mut shares = Vec::new();
        let mut files = files.into_iter().peekable();
        while files.peek().is_some() {
            let share: Vec<_> = files.by_ref().take(share).collect();
            let folder = self.path.clone();
            shares.push(tokio::task::spawn_blocking(move || {
                let put = |(name, text): &(String, String)| put(&folder.join(name), text);
                share.iter().map(put).collect::<Vec<_>>()
            }));
        }
        let mut written = Vec::with_capacity(count);
        for share in shares {
            match share.await {
                Ok(results) => written.extend(results),
                Err(fault) => {
                    if let Ok(panic) = fault.try_into_panic() {
                        std::panic::resume_unwind(panic);
                    }
                }
            }
        }
        sync_folder(&self.path);
        written
    }

    /// Removes what was being written when a program was killed: nobody else writes here now.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.path) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if (name.starts_with(".keyferry-") || name.starts_with(".results.csv."))
                && name.ends_with(".part")
            {
                // What cannot be removed is in nobody's way.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The most that is remembered.
const NOTE_LIMIT: u64 = 256;

fn put(path: &Path, text: &str) -> Result<(), WriteFault> {
    if holds(path, text) {
        return Ok(());
    }
    let mut draft = Draft::of(path, text.as_bytes())?;
    draft
        .write_all(text.as_bytes())
        .map_err(|fault| unwritten(path, fault))?;
    draft.place()
}

fn holds(path: &Path, text: &str) -> bool {
    let length = fs::metadata(path).map(|found| found.len()).ok();
    length == u64::try_from(text.len()).ok()
        && fs::read(path).is_ok_and(|old| old == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_for_one_program_at_a_time_and_what_was_half_written_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let half = folder.path().join(".keyferry-license-X.lic.7.part");
        let other = folder.path().join(".bashrc.part");
        fs::write(&half, b"half").unwrap();
        fs::write(&other, b"mine").unwrap();
        let first = WorkFolder::open(folder.path()).unwrap();
        assert!(!half.exists() && other.exists());
        first.remember("licenses", "a list").unwrap();
        first.remember("refresh", "a time").unwrap();
        let second = WorkFolder::open(folder.path());
        assert!(matches!(second, Err(BulkFault::InUse { .. })));
        drop(first);
        let again = WorkFolder::open(folder.path()).unwrap();
        assert_eq!(again.recall("licenses").as_deref(), Some("a list"));
        assert_eq!(again.recall("other"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_folder_leads_nothing_elsewhere() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, b"mine").unwrap();
        let work = folder.path().join("work");
        let open = WorkFolder::open(&work).unwrap();
        let planted = work.join(".keyferry-bulk-licenses.part");
        symlink(&elsewhere, &planted).unwrap();
        open.remember("licenses", "a list").unwrap();
        assert_eq!(open.recall("licenses").as_deref(), Some("a list"));
        assert_eq!(fs::read(&elsewhere).unwrap(), b"mine");
        drop(open);

        fs::remove_file(work.join(LOCK)).unwrap();
        symlink(folder.path().join("nowhere"), work.join(LOCK)).unwrap();
        let fault = WorkFolder::open(&work).unwrap_err();
        assert_eq!(fault.code(), keyferry_catalogue::Code::FileExists);
        assert!(!folder.path().join("nowhere").exists());
    }
}
