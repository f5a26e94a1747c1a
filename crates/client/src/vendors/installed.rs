//! Vendor profiles that an administrator installed: files that this program's user cannot write.

use std::{
    fs::{self, OpenOptions},
    path::Path,
};

use keyferry_token::{MAX_PROFILE, SignedProfile};

use crate::disk::{not_through_links, read_bounded};

/// Most files that are looked at.
const MAX_FILES: usize = 256;

/// The profiles in the folder. What is no profile, or what others than an administrator can write,
/// is passed over: it decides nothing.
pub(super) fn profiles(folder: &Path) -> Vec<SignedProfile> {
    let Ok(facts) = fs::symlink_metadata(folder) else {
        return Vec::new();
    };
    if !facts.is_dir() || !only_administrators_write(&facts) {
        return Vec::new();
    }
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries
        .take(MAX_FILES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "kfv"))
        .collect();
    // So that the same files always make the same vendors.
    paths.sort();
    paths
        .iter()
        .filter_map(|path| profile(path))
        .flatten()
        .collect()
}

fn profile(path: &Path) -> Option<Vec<SignedProfile>> {
    let mut options = OpenOptions::new();
    options.read(true);
    not_through_links(&mut options);
    let file = options.open(path).ok()?;
    let facts = file.metadata().ok()?;
    if !facts.is_file() || !only_administrators_write(&facts) {
        return None;
    }
    // Armored, a profile takes a third more.
    let bytes = read_bounded(file, MAX_PROFILE * 2).ok()?;
    let artefacts = keyferry_token::Artefact::read(&bytes).ok()?;
    Some(
        artefacts
            .into_iter()
            .filter_map(|artefact| match artefact {
                Ok(keyferry_token::Artefact::Profile(profile)) => Some(profile),
                _ => None,
            })
            .collect(),
    )
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
