//! Reading license files from USB keys. What lies there is anybody's: only regular files at the root of
//! a volume are opened, no link is followed, and size and number are bounded.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    path::{Component, Path, PathBuf},
};

use keyferry_catalogue::{Code, Problem};
use keyferry_device::usb::{UsbFault, UsbKey, UsbPlace};
use keyferry_token::{Artefact, MAX_LICENSE, ParseFault, SignedLicense};

use crate::{
    Client,
    disk::{not_through_links, read_bounded},
    usb::readable_root,
};

/// Most license files that are read from one volume.
pub(crate) const MAX_FILES: usize = 64;
/// Most entries of a root that are looked at: more than a FAT root is ever used for.
pub(crate) const MAX_ENTRIES: usize = 16 * 1024;
/// Most bytes of a license file: armored, a license takes a third more.
pub(crate) const MAX_LICENSE_FILE: usize = MAX_LICENSE * 2;
/// How the name of the other of two slots ends.
pub(crate) const OTHER_SLOT: &str = ".b.lic";
/// How the name of a license file ends.
pub(crate) const ENDING: &str = ".lic";

/// The USB keys that are plugged in, and the license files on them.
#[derive(Default)]
pub(crate) struct Plugged {
    pub(crate) keys: Vec<UsbKey>,
    pub(crate) files: Vec<KeyFile>,
    /// The keys with more license files on a volume than are read.
    pub(crate) crowded: Vec<UsbPlace>,
}

/// A license file on a USB key.
pub(crate) struct KeyFile {
    /// The key that the file which was opened lies on.
    pub(crate) place: UsbPlace,
    pub(crate) path: PathBuf,
    pub(crate) read: Result<SignedLicense, Problem>,
}

impl Client {
    /// Looks at the USB keys that are plugged in.
    ///
    /// # Errors
    /// `usb_unavailable`.
    pub(crate) fn look(&self) -> Result<Plugged, UsbFault> {
        let keys = self.usb.keys()?;
        let mut files = Vec::new();
        let mut crowded = Vec::new();
        for key in &keys {
            let roots = key.volumes.iter().filter_map(readable_root);
            for root in roots {
                let (names, are_all) = names(root);
                let of_root = names.into_iter();
                files.extend(of_root.filter_map(|name| self.file_on(key, &root.join(name))));
                if !are_all {
                    crowded.push(key.place.clone());
                }
            }
        }
        Ok(Plugged {
            keys,
            files,
            crowded,
        })
    }

    /// A file at the root of a key's volume; `None` for what is no regular file or lies elsewhere, as
    /// where something else is mounted there.
    fn file_on(&self, key: &UsbKey, path: &Path) -> Option<KeyFile> {
        let file = open(path).ok()?;
        let place = self.usb.key_of(&file).ok()??;
        (place == key.place).then(|| KeyFile {
            place,
            path: path.to_owned(),
            read: read_bounded(file, MAX_LICENSE_FILE)
                .map_err(|error| unreadable(path, &error))
                .and_then(|bytes| license_in(&bytes).map_err(|fault| fault.problem())),
        })
    }
}

/// Opens a regular file, and nothing that a link leads to.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    not_through_links(&mut options);
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::ErrorKind::InvalidInput.into())
    }
}

/// The one license in these bytes, the first where there are several.
pub(crate) fn license_in(bytes: &[u8]) -> Result<SignedLicense, ParseFault> {
    let mut fault = None;
    for artefact in Artefact::read(bytes)? {
        match artefact {
            Ok(Artefact::License(license)) => return Ok(license),
            Ok(other) => {
                let found = other.kind().name();
                let wanted = keyferry_token::ArtefactKind::License.name();
                fault = fault.or(Some(ParseFault::Kind { found, wanted }));
            }
            Err(other) => fault = fault.or(Some(other)),
        }
    }
    Err(fault.unwrap_or(ParseFault::Empty))
}

/// That there are more license files on a volume than are read.
pub(crate) fn too_many() -> Problem {
    Problem::new(Code::UsbKeyTooManyLicenses).with("most", MAX_FILES)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    if error.kind() == io::ErrorKind::InvalidData {
        return Problem::new(Code::TooLarge).with("limit", MAX_LICENSE);
    }
    Problem::new(Code::FileUnreadable).with("path", path.display())
}

/// The names of the license files at a root that are read, and whether these are all.
fn names(root: &Path) -> (Vec<PathBuf>, bool) {
    let Ok(mut entries) = fs::read_dir(root) else {
        return (Vec::new(), true);
    };
    let looked_at = entries.by_ref().take(MAX_ENTRIES);
    let mut names = license_names(looked_at.filter_map(|entry| Some(entry.ok()?.file_name())));
    let are_all = names.len() <= MAX_FILES && entries.next().is_none();
    names.truncate(MAX_FILES);
    (names, are_all)
}

/// Those of these names that are of license files, in the order in which they are read. A name that
/// begins with a dot is none: macOS puts such a file beside each that it copies.
pub(crate) fn license_names(names: impl Iterator<Item = OsString>) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = names
        .map(PathBuf::from)
        .filter(|name| is_plain(name) && !is_hidden(name) && ends_with(name, ENDING))
        .collect();
    names.sort();
    names
}

fn is_hidden(name: &Path) -> bool {
    name.as_os_str().as_encoded_bytes().starts_with(b".")
}

/// A name, and no way to somewhere else.
fn is_plain(name: &Path) -> bool {
    let mut components = name.components();
    matches!(components.next(), Some(Component::Normal(_))) && components.next().is_none()
}

pub(crate) fn ends_with(name: &Path, ending: &str) -> bool {
    let name = name.as_os_str().as_encoded_bytes();
    let from = name.len().checked_sub(ending.len());
    from.is_some_and(|from| name[from..].eq_ignore_ascii_case(ending.as_bytes()))
}

/// What two slots of one license file have in common: the folder, and the name up to its ending in
/// small letters.
pub(crate) fn slot_of(path: &Path) -> Vec<u8> {
    let ending = if ends_with(path, OTHER_SLOT) {
        OTHER_SLOT
    } else {
        ENDING
    };
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes[..bytes.len().saturating_sub(ending.len())].to_ascii_lowercase()
}
