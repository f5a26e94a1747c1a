//! The two slots of a license file.

mod content;

use std::{
    io,
    path::{Path, PathBuf},
};

use keyferry_courier::{Medium, MediumFault};
use keyferry_token::{License, Sequence, SignedLicense, Verified, VerifyFault};

use super::PutFault;
use crate::licenses::on_keys::{
    ENDING, MAX_ENTRIES, MAX_FILES, MAX_LICENSE_FILE, OTHER_SLOT, license_in, license_names,
};
use content::Content;

/// A slot is filled up with empty lines to a multiple of so many bytes: a license of about the same size then changes
/// neither the slot's entry nor its place on the medium, which a key that is pulled out could leave at odds.
const ROOM: usize = 4096;

/// Names that Windows keeps for devices, whatever comes after the first dot.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Where a license file lies on a medium, or is to lie.
pub(super) struct Slots<'a, F> {
    medium: &'a dyn Medium,
    root: &'a Path,
    license: &'a License,
    /// Checks a license against the vendor's keys.
    believed: F,
}

/// What was done.
#[derive(Debug)]
pub(super) enum Written {
    /// Both slots are written.
    Put([PathBuf; 2]),
    /// Both held it already.
    Unchanged([PathBuf; 2]),
}

impl Written {
    pub(super) fn files(&self) -> [PathBuf; 2] {
        match self {
            Self::Put(files) | Self::Unchanged(files) => files.clone(),
        }
    }
}

/// What lies in the place of a slot, the least valuable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    /// Nothing.
    Empty,
    /// What is left of a license file that was written here.
    Damaged,
    /// A file of this license.
    Older(Sequence),
    /// What is to be written.
    Same,
    /// Something else that is not to be lost.
    Others,
}

impl<'a, F> Slots<'a, F>
where
    F: Fn(&SignedLicense) -> Result<Verified<License>, VerifyFault>,
{
    pub(super) fn new(
        medium: &'a dyn Medium,
        root: &'a Path,
        license: &'a License,
        believed: F,
    ) -> Self {
        Self {
            medium,
            root,
            license,
            believed,
        }
    }

    /// Writes both slots, the less valuable one first; the other only when the first was read back whole.
    ///
    /// # Errors
    /// `license_superseded`, `file_exists`, `usb_key_too_many_licenses`, `disk_full`, `usb_volume_read_only`, `usb_key_pulled`,
    /// `file_unwritable`.
    pub(super) fn write(&self, signed: &SignedLicense, text: &[u8]) -> Result<Written, PutFault> {
        let (files, slots) = self.place()?;
        let newer =
            |slot: &Slot| matches!(slot, Slot::Older(other) if *other > self.license.sequence);
        if slots.iter().any(newer) {
            return Err(PutFault::Superseded);
        }
        if slots == [Slot::Same, Slot::Same] {
            return Ok(Written::Unchanged(files));
        }
        self.will_be_read(&files)?;
        let text = filled(text);
        let order = if slots[0] <= slots[1] { [0, 1] } else { [1, 0] };
        for at in order {
            if slots[at] != Slot::Same {
                self.write_one(&files[at], signed, &text)?;
            }
        }
        Ok(Written::Put(files))
    }

    /// The two files: named after the product, or, where another license lies there, after the license
    /// too.
    fn place(&self) -> Result<([PathBuf; 2], [Slot; 2]), PutFault> {
        let product = plain(self.license.product.as_str());
        let id = self.license.id.to_string().to_lowercase().replace('-', "");
        for name in [product.clone(), format!("{product}-{id}")] {
            let files =
                [ENDING, OTHER_SLOT].map(|ending| self.root.join(format!("{name}{ending}")));
            let slots = [self.slot(&files[0])?, self.slot(&files[1])?];
            if !slots.contains(&Slot::Others) {
                return Ok((files, slots));
            }
        }
        let path = self.root.join(format!("{product}-{id}{ENDING}"));
        Err(PutFault::Taken { path })
    }

    /// Makes sure that both files will be among those that are read, and keep no other from being read.
    fn will_be_read(&self, files: &[PathBuf; 2]) -> Result<(), PutFault> {
        let listed = self.medium.list(self.root, MAX_ENTRIES);
        let (there, are_all) =
            listed.map_err(|error| MediumFault::of_reading(self.root, &error))?;
        let names = license_names(there.into_iter());
        let is_among = |names: &[PathBuf], file: &&PathBuf| {
            let is_it =
                |name: &PathBuf| self.root.join(name).as_os_str().eq_ignore_ascii_case(file);
            names.iter().any(is_it)
        };
        let count = |names: &[PathBuf]| files.iter().filter(|file| is_among(names, file)).count();
        let new = files.len() - count(&names);
        let will_be = if new == 0 {
            count(&names[..names.len().min(MAX_FILES)]) == files.len()
        } else {
            are_all && names.len() + new <= MAX_FILES
        };
        if will_be {
            Ok(())
        } else {
            Err(PutFault::TooMany)
        }
    }

    fn slot(&self, path: &Path) -> Result<Slot, PutFault> {
        let there = match self.medium.read(path, MAX_LICENSE_FILE) {
            Ok(Some(there)) => there,
            Ok(None) => return Ok(Slot::Empty),
            // A link, a folder, or far too large: nothing of ours.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(Slot::Others),
            Err(error) => return Err(MediumFault::of_reading(path, &error).into()),
        };
        let found = match Content::of(&there) {
            Content::License(found) => found,
            Content::Remains => return Ok(Slot::Damaged),
            Content::Others => return Ok(Slot::Others),
        };
        Ok(match (self.believed)(&found) {
            // Signed twice, the bytes differ and what they say does not.
            Ok(other) if *other == *self.license => Slot::Same,
            Ok(other) if other.id == self.license.id => Slot::Older(other.sequence),
            // Whole, and not to be judged here: another vendor's, or of a later version.
            Ok(_) | Err(_) => Slot::Others,
        })
    }

    /// Writes one slot, makes it durable, and reads it back.
    fn write_one(&self, path: &Path, signed: &SignedLicense, text: &[u8]) -> Result<(), PutFault> {
        let failed = |error: &io::Error| MediumFault::of_writing(path, error);
        self.medium
            .write(path, text)
            .and_then(|()| self.medium.sync_folder(self.root))
            .map_err(|error| failed(&error))?;
        let back = self.medium.read(path, MAX_LICENSE_FILE);
        let back = back.map_err(|error| failed(&error))?.unwrap_or_default();
        let whole = license_in(&back)
            .is_ok_and(|back| back.bytes() == signed.bytes() && (self.believed)(&back).is_ok());
        if whole {
            return Ok(());
        }
        Err(PutFault::Medium(MediumFault::Unwritable {
            path: path.to_owned(),
            reason: "what was read back is not what was written".into(),
        }))
    }
}

fn filled(text: &[u8]) -> Vec<u8> {
    let mut filled = text.to_vec();
    filled.resize(text.len().next_multiple_of(ROOM), b'\n');
    filled
}

/// A product code as a name that every system takes.
fn plain(product: &str) -> String {
    let first = product.split('.').next().unwrap_or_default();
    let numbered = first.len() == 4
        && (first.starts_with("com") || first.starts_with("lpt"))
        && first.ends_with(|last: char| last.is_ascii_digit());
    if numbered || RESERVED.contains(&first) {
        format!("license-{product}")
    } else {
        product.to_owned()
    }
}

#[cfg(test)]
mod tests;
