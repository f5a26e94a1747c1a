//! License files: those on the USB keys that are plugged in, and those that were added to this
//! computer. What each is worth is worked out anew each time, from the file that was opened.

mod asked;
mod check;
mod fault;
mod forgetting;
mod keeping;
mod on_keys;
mod putting;
mod standing;

use std::path::{Path, PathBuf};

use keyferry_catalogue::Problem;
use keyferry_device::usb::UsbPlace;
use keyferry_license::Standing;
use keyferry_token::{KeyId, License, LicenseId, Timestamp};

use crate::Vendor;

pub use check::SignedBy;
pub use fault::CheckFault;
pub use forgetting::{ForgetFault, LicenseForgotten};
pub use keeping::LicenseAdded;
pub(crate) use on_keys::{Plugged, too_many};
pub use putting::{AllowWeak, PutFault, PutLicense};
pub(crate) use standing::{Believed, Checked, believed, licenses_of};

/// A license file, what it says if it is believed, and what it is worth here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseFound {
    /// Where it is.
    pub place: LicensePlace,
    /// What it says, or what keeps it from being read or believed.
    pub license: Result<LicenseRead, Problem>,
    /// What it is worth here.
    pub standing: Standing,
}

impl LicenseFound {
    /// The license, where it is believed.
    pub fn held(&self) -> Option<LicenseHeld> {
        let read = self.license.as_ref().ok()?.clone();
        Some(LicenseHeld {
            read,
            place: self.place.clone(),
            standing: self.standing.clone(),
        })
    }
}

/// A license whose signature is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseRead {
    /// What it says.
    pub license: License,
    /// The key that signed it.
    pub signed_by: KeyId,
    /// Whose key that is.
    pub vendor: Vendor,
}

/// A license whose signature is believed, where it is, and what it is worth here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseHeld {
    /// What it says and who signed it.
    pub read: LicenseRead,
    /// Where it is.
    pub place: LicensePlace,
    /// What it is worth here.
    pub standing: Standing,
}

impl LicenseHeld {
    /// Its lasting identity.
    pub fn id(&self) -> LicenseId {
        self.read.license.id
    }
}

/// Where a license file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LicensePlace {
    /// On a USB key that is plugged in.
    Key {
        /// Which one.
        place: UsbPlace,
        /// The file.
        file: PathBuf,
    },
    /// Added to this computer.
    Kept {
        /// When.
        added_at: Timestamp,
    },
    /// In a file that was named, on no USB key.
    File(PathBuf),
}

impl LicensePlace {
    /// The file; `None` for what was added to this computer.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Key { file, .. } | Self::File(file) => Some(file),
            Self::Kept { .. } => None,
        }
    }
}
