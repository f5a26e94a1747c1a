//! Vendor profiles that an administrator installed: files that this program's user cannot write.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
};

use keyferry_token::{Artefact, MAX_PASTE, SignedProfile};

use crate::disk::{not_through_links, read_bounded};

/// Most files that are looked at.
const MAX_FILES: usize = 256;

/// What is in the folder.
#[derive(Default)]
pub(super) struct Installed {
    /// The profiles.
    pub(super) profiles: Vec<SignedProfile>,
    /// The files that an administrator put there in vain.
    pub(super) unread: Vec<PathBuf>,
}

/// The profiles in the folder.
pub(super) fn profiles(folder: &Path) -> Vec<SignedProfile> {
    read(folder).profiles
}

/// Reads the folder. What others than an administrator can write is passed over: it decides nothing,
/// and is not told of, either.
pub(super) fn read(folder: &Path) -> Installed {
    let mut found = Installed::default();
    let Ok(facts) = fs::symlink_metadata(folder) else {
        return found;
    };
    if !facts.is_dir() || !only_administrators_write(&facts) {
        return found;
    }
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    let mut paths: Vec<_> = entries
        .take(MAX_FILES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "kfv"))
        .collect();
    // So that the same files always make the same vendors.
    paths.sort();
    for path in paths {
        let Some(file) = of_administrator(&path) else {
            continue;
        };
        match in_file(file) {
            Some(profiles) => found.profiles.extend(profiles),
            None => found.unread.push(path),
        }
    }
    found
}

/// Opens a file that only an administrator can write.
fn of_administrator(path: &Path) -> Option<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    not_through_links(&mut options);
    let file = options.open(path).ok()?;
    let facts = file.metadata().ok()?;
    (facts.is_file() && only_administrators_write(&facts)).then_some(file)
}

/// The profiles in a file, which holds the chain of them after changes of keys: as long as anything
/// that is read. `None` where there is none.
fn in_file(file: File) -> Option<Vec<SignedProfile>> {
    let bytes = read_bounded(file, MAX_PASTE).ok()?;
    let profiles: Vec<_> = Artefact::read(&bytes)
        .ok()?
        .into_iter()
        .filter_map(|artefact| match artefact {
            Ok(Artefact::Profile(profile)) => Some(profile),
            _ => None,
        })
        .collect();
    (!profiles.is_empty()).then_some(profiles)
}

#[cfg(unix)]
fn only_administrators_write(facts: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    facts.uid() == 0 && facts.mode() & 0o022 == 0
}

/// Windows: the programs' folder is writable for administrators only, by inheritance.
#[cfg(windows)]
fn only_administrators_write(_: &fs::Metadata) -> bool {
    true
}
