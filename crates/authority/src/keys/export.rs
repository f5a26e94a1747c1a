//! Taking the profile key out of the authority: to a file that is kept somewhere else.

use std::path::{Path, PathBuf};

use keyferry_token::{KeyId, KeyPurpose};

use super::{KeyChangeFault, active};
use crate::{
    Authority, Origin, ProfileFault, SetupFault,
    audit::{Action, NewEntry},
    authority::aside,
    folder,
    key_file::{KeyCabinet, KeyForm, pem},
};

/// The profile key, after it was taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedKey {
    /// The key.
    pub key: KeyId,
    /// Where it is now.
    pub file: PathBuf,
}

impl Authority {
    /// Writes the profile key to a file, sealed with the passphrase, and removes it from the
    /// authority's folder; its public half takes its place. Interrupted, the key is in both places,
    /// or in the file alone; it is removed here only once the file was read back.
    ///
    /// # Errors
    /// `profile_key_away` when it is not here; `passphrase_missing` without one; `file_exists`,
    /// `file_unwritable`, `disk_full`; those of the database.
    pub async fn export_profile_key(
        &self,
        out: &Path,
        origin: &Origin,
    ) -> Result<ExportedKey, KeyChangeFault> {
        let keyring = self.renew_keys().await?;
        let row = active(&keyring.rows, KeyPurpose::Profile)?.clone();
        let (key, here) = (row.kid, self.folder.key(&row.name()));
        if !here.exists() {
            return Err(ProfileFault::KeyAway.into());
        }
        let passphrase = self.opening.passphrase.clone();
        let passphrase = passphrase.ok_or(SetupFault::PassphraseMissing)?;
        let file = out.to_owned();
        if file.exists() {
            return Err(KeyChangeFault::Exists { path: file });
        }
        let public = self.folder.public_half(&row.name());
        aside({
            let (here, file) = (here.clone(), file.clone());
            move || {
                let mut cabinet = KeyCabinet::new(Some(passphrase));
                let secret = cabinet.load(&here, KeyForm::Pkcs8)?;
                cabinet.store_elsewhere(&file, &here, KeyForm::Pkcs8, &secret)?;
                let read_back = cabinet.load_elsewhere(&file, &here, KeyForm::Pkcs8)?;
                if read_back != secret {
                    let path = file.clone();
                    return Err(crate::FileFault::Unreadable { path }.into());
                }
                folder::write_public(&public, pem("PUBLIC KEY", &row.spki).as_bytes())?;
                Ok::<_, SetupFault>(())
            }
        })
        .await?;
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                NewEntry::new(now, origin, Action::KeyExported)
                    .key(key)
                    .with("purpose", KeyPurpose::Profile.name())
                    .write(&mut connection)
                    .await?;
                Ok::<_, KeyChangeFault>((connection, ()))
            })
            .await?;
        folder::remove(&here)?;
        self.take_keys(keyring.rows.clone()).await?;
        Ok(ExportedKey { key, file })
    }
}
