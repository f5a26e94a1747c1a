//! Another passphrase for the private keys, or their first one: every key file is sealed anew.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::loading::LOOKUP;
use crate::{
    FileFault, OpenOptions, Passphrase, SetupFault,
    folder::Folder,
    key_file::{KeyCabinet, KeyForm, is_sealed},
};

/// What was locked with another passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedKeys {
    /// The files that were sealed anew, in the order of their names.
    pub sealed: Vec<PathBuf>,
    /// How many the passphrase opened before.
    pub unchanged: usize,
}

/// Seals the private keys in an authority's folder with a passphrase, each file on its own: those that lie there
/// unsealed, and those that `options` has the passphrase of. So is the exported profile key that `options` names.
/// The database is not needed.
///
/// Every file is opened before the first is written. Interrupted, the same call goes on: what the new passphrase
/// opens is left as it is. Programs that have the keys open go on with them.
///
/// # Errors
/// `authority_missing`; `database_busy` while another program does the same; `key_file_exposed` where others than
/// its owner may read a file; `passphrase_missing`, `passphrase_wrong`; `file_not_found`, `file_unreadable`,
/// `file_unwritable`, `disk_full`.
pub fn lock_keys(
    dir: &Path,
    options: &OpenOptions,
    new: &Passphrase,
) -> Result<LockedKeys, SetupFault> {
    let folder = Folder::new(dir);
    if !folder.is_complete() {
        return Err(SetupFault::Missing);
    }
    let _alone = folder.lock()?;
    let mut opening = Opening {
        new: KeyCabinet::new(Some(new.clone())),
        before: KeyCabinet::new(options.passphrase.clone()),
    };
    let mut left = Vec::new();
    let mut unchanged = 0;
    for path in lying_in(&folder.keys(), "key")? {
        let form = match path.file_stem() {
            Some(name) if name == LOOKUP => KeyForm::Lookup,
            _ => KeyForm::Pkcs8,
        };
        let own = path.clone();
        let file = KeyFile { path, own, form };
        match opening.secret(&file)? {
            Some(secret) => left.push((file, secret)),
            None => unchanged += 1,
        }
    }
    if let Some(path) = &options.profile_key {
        match opening.exported(&folder, path)? {
            (file, Some(secret)) => left.push((file, secret)),
            (_, None) => unchanged += 1,
        }
    }
    // The salt is a new one.
    let mut cabinet = KeyCabinet::new(Some(new.clone()));
    let mut sealed = Vec::with_capacity(left.len());
    for (file, secret) in left {
        cabinet.store_elsewhere(&file.path, &file.own, file.form, &secret)?;
        sealed.push(file.path);
    }
    Ok(LockedKeys { sealed, unchanged })
}

/// A private key in memory.
type Secret = Zeroizing<Vec<u8>>;

/// A file with a private key.
struct KeyFile {
    path: PathBuf,
    /// What it is called in the folder of the authority, which its seal covers.
    own: PathBuf,
    form: KeyForm,
}

impl KeyFile {
    fn open(&self, cabinet: &mut KeyCabinet) -> Result<Secret, SetupFault> {
        if self.path == self.own {
            cabinet.load(&self.path, self.form)
        } else {
            cabinet.load_elsewhere(&self.path, &self.own, self.form)
        }
    }
}

/// What opens the files.
struct Opening {
    new: KeyCabinet,
    before: KeyCabinet,
}

impl Opening {
    /// The key, unless it is sealed with the new passphrase.
    fn secret(&mut self, file: &KeyFile) -> Result<Option<Secret>, SetupFault> {
        if is_sealed(&file.path) == Some(true) {
            match file.open(&mut self.new) {
                Err(SetupFault::PassphraseWrong) => {}
                opened => return opened.map(|_| None),
            }
        }
        file.open(&mut self.before).map(Some)
    }

    /// The profile key that was exported. Its public half lies in its place, and tells what it is called.
    fn exported(
        &mut self,
        folder: &Folder,
        path: &Path,
    ) -> Result<(KeyFile, Option<Secret>), SetupFault> {
        let public = lying_in(&folder.keys(), "pem")?;
        // Where none was taken out, the file is not of this authority.
        if public.is_empty() {
            let path = path.to_owned();
            return Err(FileFault::Unreadable { path }.into());
        }
        for public in public {
            let file = KeyFile {
                path: path.to_owned(),
                own: public.with_extension("key"),
                form: KeyForm::Pkcs8,
            };
            match self.secret(&file) {
                Err(SetupFault::PassphraseWrong) => {}
                opened => return opened.map(|secret| (file, secret)),
            }
        }
        Err(SetupFault::PassphraseWrong)
    }
}

/// The files with an ending, by name.
fn lying_in(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, FileFault> {
    let failed = |fault: io::Error| FileFault::reading(folder, &fault);
    let entries = fs::read_dir(folder).map_err(failed)?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<io::Result<_>>().map_err(failed)?;
    paths.retain(|path| path.extension().is_some_and(|is| is == ending));
    paths.sort();
    Ok(paths)
}
