//! Writing on a courier so that a stick which is pulled out at any moment loses nothing that was whole
//! (`docs/spec/courier.md`, *Writing*).

use std::{io::ErrorKind, path::Path};

use keyferry_token::{Artefact, VendorId, armor};

use crate::{Courier, Folder, MAX_FILE, MOST, MediumFault};

/// What people find beside the folders. Nothing reads it back.
const README: &str = "\
Keyferry courier\r\n\
\r\n\
This folder carries license messages between computers without a network and the maker of their\r\n\
software.\r\n\
\r\n\
outbox        what computers send: requests, and licenses given back\r\n\
inbox         the answers\r\n\
results.html  what became of each computer, to read and to print\r\n\
\r\n\
1. Plug this USB key into each computer and let Keyferry leave its message here.\r\n\
2. Bring the key to the software maker, or to whoever has access to them.\r\n\
3. Plug the key into each computer again: each takes its own answer, and no other.\r\n\
\r\n\
The messages are sealed: a computer cannot read those of another, and nobody else can. They may be\r\n\
copied, and brought twice. Deleting this folder loses nothing: Keyferry leaves the same messages\r\n\
here once more, and gets the same answers.\r\n";

/// What became of writing a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there now.
    Written,
    /// It was there already.
    AlreadyThere,
}

impl Courier<'_> {
    /// Makes what is missing of the folders, and of the page that explains them.
    ///
    /// # Errors
    /// `disk_full`, `usb_volume_read_only`, `usb_key_pulled`, `file_unwritable`; `file_unreadable` when
    /// something else lies in the place of a folder.
    pub fn prepare(&self) -> Result<(), MediumFault> {
        let keyferry = self.keyferry();
        for folder in [
            keyferry.clone(),
            self.folder(Folder::Outbox),
            self.folder(Folder::Inbox),
        ] {
            if !self.has_folder(&folder)? {
                self.medium
                    .create_folder(&folder)
                    .and_then(|()| match folder.parent() {
                        Some(above) => self.medium.sync_folder(above),
                        None => Ok(()),
                    })
                    .map_err(|error| MediumFault::of_writing(&folder, &error))?;
            }
        }
        let readme = self.readme_file();
        // Somebody else's words stay; what a pulled stick left of ours is written anew.
        match self.medium.read(&readme, MAX_FILE) {
            Ok(None) => self.write(&readme, README.as_bytes()),
            Ok(Some(there)) if is_cut(&there) => self.write(&readme, README.as_bytes()),
            Ok(Some(_)) | Err(_) => Ok(()),
        }
    }

    /// Puts a token into a folder. What is whole there is left as it is; what is damaged is written
    /// anew.
    ///
    /// # Errors
    /// `courier_too_many`, `disk_full`, `usb_volume_read_only`, `usb_key_pulled`, `file_unwritable`.
    pub fn put(&self, folder: Folder, name: &str, token: &Artefact) -> Result<Put, MediumFault> {
        let path = self.file(folder, name);
        let unwritable = |reason: &str| MediumFault::Unwritable {
            path: path.clone(),
            reason: reason.into(),
        };
        match self.medium.read(&path, MAX_FILE) {
            Ok(Some(there)) => match whole(&there) {
                Some(tokens) if tokens.iter().any(|bytes| bytes == token.bytes()) => {
                    return Ok(Put::AlreadyThere);
                }
                Some(_) => return Err(unwritable("another token has this name")),
                None => {}
            },
            Ok(None) => self.has_room(folder)?,
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return Err(unwritable("something other than a token is there"));
            }
            // What cannot be read may still be written.
            Err(_) => {}
        }
        let text = armor(token.kind(), token.bytes());
        self.write(&path, text.as_bytes())?;
        Ok(Put::Written)
    }

    /// Writes the sheet for people in the place of an older one.
    ///
    /// # Errors
    /// `disk_full`, `usb_volume_read_only`, `usb_key_pulled`, `file_unwritable`.
    pub fn put_results(&self, sheet: &[u8]) -> Result<Put, MediumFault> {
        let path = self.results_file();
        let limit = sheet.len();
        if matches!(self.medium.read(&path, limit), Ok(Some(there)) if there == sheet) {
            return Ok(Put::AlreadyThere);
        }
        self.write(&path, sheet)?;
        Ok(Put::Written)
    }

    /// Puts a vendor's newer profiles beside the folders, in the place of older ones.
    ///
    /// # Errors
    /// `disk_full`, `usb_volume_read_only`, `usb_key_pulled`, `file_unwritable`.
    pub fn put_profiles(&self, vendor: VendorId, profiles: &[u8]) -> Result<Put, MediumFault> {
        if self.profiles(vendor)?.as_deref() == Some(profiles) {
            return Ok(Put::AlreadyThere);
        }
        self.write(&self.profiles_file(vendor), profiles)?;
        Ok(Put::Written)
    }

    /// Removes a file that was found here.
    ///
    /// # Errors
    /// `usb_volume_read_only`, `usb_key_pulled`, `file_unwritable`.
    pub fn remove(&self, folder: Folder, name: &str) -> Result<(), MediumFault> {
        let path = self.file(folder, name);
        self.medium
            .remove(&path)
            .and_then(|()| self.medium.sync_folder(&self.folder(folder)))
            .map_err(|error| MediumFault::of_writing(&path, &error))
    }

    /// Removes a token from a folder by the name that it got there, also where only a part of it is
    /// left. Anything else under this name stays.
    ///
    /// # Errors
    /// `usb_volume_read_only`, `usb_key_pulled`, `file_unwritable`.
    pub fn take_back(&self, folder: Folder, name: &str, token: &[u8]) -> Result<(), MediumFault> {
        match self.found(folder, name)?.content.as_deref().map(whole) {
            Some(None) => self.remove(folder, name),
            Some(Some(tokens)) if tokens.iter().any(|bytes| bytes == token) => {
                self.remove(folder, name)
            }
            Some(Some(_)) | None => Ok(()),
        }
    }

    /// Whether a folder has this token, whole, under this name.
    ///
    /// # Errors
    /// `usb_key_pulled`.
    pub fn holds(&self, folder: Folder, name: &str, token: &Artefact) -> Result<bool, MediumFault> {
        let tokens = self.found(folder, name)?.content.as_deref().and_then(whole);
        Ok(tokens.is_some_and(|tokens| tokens.iter().any(|bytes| bytes == token.bytes())))
    }

    fn has_room(&self, folder: Folder) -> Result<(), MediumFault> {
        let path = self.folder(folder);
        match self.medium.list(&path, MOST) {
            Ok((names, _)) if names.len() < MOST => Ok(()),
            Ok(_) => Err(MediumFault::TooMany { path }),
            Err(error) => Err(MediumFault::of_writing(&path, &error)),
        }
    }

    /// Writes, makes it durable, and reads it back.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), MediumFault> {
        let failed = |error: &std::io::Error| MediumFault::of_writing(path, error);
        let folder = path.parent().unwrap_or(Path::new("."));
        if let Err(error) = self.medium.write(path, bytes) {
            if error.kind() == ErrorKind::StorageFull {
                // The beginning of a file would take the room that others need.
                let _ = self.medium.remove(path);
            }
            return Err(failed(&error));
        }
        self.medium
            .sync_folder(folder)
            .map_err(|error| failed(&error))?;
        match self.medium.read(path, bytes.len()) {
            Ok(Some(kept)) if kept == bytes => Ok(()),
            Ok(_) => Err(MediumFault::Unwritable {
                path: path.to_owned(),
                reason: "what was read back is not what was written".into(),
            }),
            Err(error) => Err(failed(&error)),
        }
    }
}

/// The tokens of a file in which nothing is damaged, whatever their form.
fn whole(content: &[u8]) -> Option<Vec<Vec<u8>>> {
    let tokens = Artefact::read(content).ok()?;
    tokens
        .into_iter()
        .map(|token| Some(token.ok()?.bytes().to_vec()))
        .collect()
}

/// Whether this is the beginning of the page, as a stick that was pulled out leaves it.
fn is_cut(page: &[u8]) -> bool {
    page.len() < README.len() && README.as_bytes().starts_with(page)
}
