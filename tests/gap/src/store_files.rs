//! What somebody with all rights on a machine can do with a store's files.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// The files of a folder as they were at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<PathBuf, Vec<u8>>);

impl Snapshot {
    /// Takes one of a folder; of none it is empty.
    pub fn of(folder: &Path) -> Self {
        let Ok(entries) = fs::read_dir(folder) else {
            return Self::default();
        };
        let files = entries.map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().into(), fs::read(&path).unwrap())
        });
        Self(files.collect())
    }

    /// Puts it in the place of whatever is there.
    pub fn restore(&self, folder: &Path) {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).unwrap();
        for name in self.0.keys() {
            self.restore_file(folder, name);
        }
    }

    /// Puts one of its files in the place of whatever is there under that name.
    pub fn restore_file(&self, folder: &Path, name: &Path) {
        match self.0.get(name) {
            Some(bytes) => fs::write(folder.join(name), bytes).unwrap(),
            None => {
                let _ = fs::remove_file(folder.join(name));
            }
        }
    }
}

/// A folder that goes when it is dropped; in memory, where the system offers that. A disk under load
/// takes seconds for what is written safely here hundreds of times, and what outlasts a power cut is
/// proven elsewhere.
pub fn folder() -> TempDir {
    TempDir::new_in("/dev/shm")
        .or_else(|_| TempDir::new())
        .unwrap()
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
