//! Secrets of entitlements that are being made, brought to safety before the books have them: the
//! authority keeps none, so a program that is killed in between would lose them.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::Mutex,
};

use keyferry_authority::EntitlementDraft;
use keyferry_terminal::{WriteFault, sync_folder};
use zeroize::Zeroizing;

use crate::{BulkFault, results::unwritten, unlinked};

/// The two secrets of an entitlement, as people read them.
pub(crate) type Secrets = [Zeroizing<String>; 2];

/// A file beside the results, for its owner alone, which is gone when the results are there.
pub(crate) struct Safe {
    path: PathBuf,
    /// Locked for as long as it is open.
    file: Mutex<File>,
    /// What a program that was cut off left, by the ids of the entitlements.
    left: HashMap<String, Secrets>,
}

impl Safe {
    /// Opens the one beside these results. One that somebody else may have put there, to read along or
    /// to lead the secrets elsewhere, is refused.
    pub(crate) fn beside(results: &Path) -> Result<Self, BulkFault> {
        let name = results.file_name().unwrap_or_default().to_string_lossy();
        let path = results.with_file_name(format!(".{name}.codes"));
        let failed = |fault| unwritten(&path, fault);
        let mut file = unlinked::private(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let path = results.display().to_string();
                return Err(BulkFault::InUse { path });
            }
            Err(fs::TryLockError::Error(fault)) => return Err(failed(fault).into()),
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(failed)?;
        let left = text.lines().filter_map(entry).collect();
        // Behind whatever part of a line a cut left.
        let ended = file
            .seek(SeekFrom::End(0))
            .and_then(|_| file.write_all(b"\n"));
        ended.map_err(failed)?;
        sweep(results);
        Ok(Self {
            file: Mutex::new(file),
            path,
            left,
        })
    }

    /// Brings secrets to safety, on the medium.
    pub(crate) fn keep<'d>(
        &self,
        drafts: impl Iterator<Item = &'d EntitlementDraft>,
    ) -> Result<(), WriteFault> {
        let mut text = Zeroizing::new(String::new());
        for draft in drafts {
            let code = Zeroizing::new(draft.code.expose());
            let secret = Zeroizing::new(draft.holder_secret.expose());
            for part in [&draft.id.to_string(), " ", &code, " ", &secret, "\n"] {
                text.push_str(part);
            }
        }
        if text.is_empty() {
            return Ok(());
        }
        let mut file = match self.file.lock() {
            Ok(file) => file,
            Err(poisoned) => poisoned.into_inner(),
        };
        let kept = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all());
        kept.map_err(|fault| unwritten(&self.path, fault))?;
        if let Some(folder) = self.path.parent() {
            sync_folder(folder);
        }
        Ok(())
    }

    /// The secrets of an entitlement that was made by a program that was cut off.
    pub(crate) fn left(&self, entitlement: &str) -> Option<&Secrets> {
        self.left.get(entitlement)
    }

    /// Removes it: the results have everything.
    pub(crate) fn remove(self) -> Result<(), WriteFault> {
        fs::remove_file(&self.path).map_err(|fault| unwritten(&self.path, fault))
    }
}

fn entry(line: &str) -> Option<(String, Secrets)> {
    let mut words = line.split(' ');
    let id = words.next()?.to_owned();
    let [code, secret] = [words.next()?, words.next()?].map(|word| Zeroizing::new(word.to_owned()));
    words.next().is_none().then_some((id, [code, secret]))
}

/// Removes results that a program which was killed left half written: they hold secrets.
fn sweep(results: &Path) {
    let folder = match results.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = results.file_name().unwrap_or_default().to_string_lossy();
    let half = format!(".{name}.");
    for found in fs::read_dir(folder).into_iter().flatten().flatten() {
        let found_name = found.file_name();
        let found_name = found_name.to_string_lossy();
        if found_name.starts_with(&half) && found_name.ends_with(".part") {
            // What cannot be removed is in nobody's way.
            let _ = fs::remove_file(found.path());
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use keyferry_catalogue::Code;

    use super::*;

    #[test]
    fn a_file_that_somebody_else_may_have_put_there_gets_no_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("codes.csv");
        let planted = folder.path().join(".codes.csv.codes");
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, b"mine").unwrap();
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(&elsewhere, private).unwrap();
        let refused = |what: &str| {
            let fault = Safe::beside(&results).err().unwrap();
            assert_eq!(fault.code(), Code::FileExists, "{what}");
            assert_eq!(fs::read(&elsewhere).unwrap(), b"mine", "{what}");
        };
        symlink(&elsewhere, &planted).unwrap();
        refused("a link");
        fs::remove_file(&planted).unwrap();
        symlink(folder.path().join("nowhere"), &planted).unwrap();
        refused("a link to nothing");
        assert!(!folder.path().join("nowhere").exists());
        fs::remove_file(&planted).unwrap();
        fs::hard_link(&elsewhere, &planted).unwrap();
        refused("another name of a file");
        fs::remove_file(&planted).unwrap();
        fs::write(&planted, b"").unwrap();
        fs::set_permissions(&planted, fs::Permissions::from_mode(0o644)).unwrap();
        refused("a file that others can read");
        fs::remove_file(&planted).unwrap();

        // What this program left is gone on with.
        drop(Safe::beside(&results).unwrap());
        let mode = fs::metadata(&planted).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        Safe::beside(&results).unwrap().remove().unwrap();
    }
}
