//! Putting a license file on the USB key that it is bound to, so that the key can be pulled out at any
//! moment: two slots, one written after the other, and no renaming (`docs/spec/license.md`).

mod fault;
mod slots;

use std::path::PathBuf;

use keyferry_courier::RealMedium;
use keyferry_license::{StoreCondition, is_key};
use keyferry_token::{Artefact, Binding, SignedLicense};

use super::{
    LicenseFound, LicenseHeld, LicensePlace, LicenseRead,
    on_keys::{license_in, open},
    standing::{Believed, believed},
};
use crate::{Client, KeyNamed, StoreFault, usb::facts};

pub use fault::PutFault;
use slots::{Slots, Written};

/// Whether whoever asks accepts a key that others may be taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowWeak {
    /// No.
    No,
    /// Yes.
    Yes,
}

/// A license file that is on its USB key.
#[derive(Clone, Debug)]
pub struct PutLicense {
    /// Whether both slots held it before; nothing was written then.
    pub unchanged: bool,
    /// The license, and what it is worth there.
    pub license: LicenseHeld,
    /// The two files.
    pub files: [PathBuf; 2],
}

impl Client {
    /// Puts a license file on the USB key that it is bound to, in two slots at the root of a volume: the one
    /// that is damaged or older first, and the other once that one was read back. Whenever the key is
    /// pulled out, one whole file is on it, if there was one before. Files of others,
    /// other licenses, and what a later version wrote, are left alone.
    ///
    /// # Errors
    /// Those of reading the license and of checking its signature; `license_not_for_key`,
    /// `license_for_other_key`, `usb_key_unusable`, `usb_key_weak` unless `weak` allows it,
    /// `license_superseded`, `file_exists`, `usb_key_too_many_licenses`, `usb_volume_missing`,
    /// `usb_volume_read_only`, `disk_full`, `usb_key_pulled`, `file_unwritable`, `usb_unavailable`; those of reading the store.
    pub fn put_license(
        &self,
        file: &[u8],
        key: &KeyNamed,
        weak: AllowWeak,
    ) -> Result<PutLicense, PutFault> {
        let signed = license_in(file)?;
        let checked = self.check_with(self.look()?)?;
        if checked.condition == StoreCondition::Damaged {
            return Err(StoreFault::Damaged.into());
        }
        let Believed { vendor, license } = believed(&signed, &self.trusted(&checked.state))?;
        let Binding::Usb { key: bound, .. } = &license.binding else {
            return Err(PutFault::NotForKey);
        };
        if !is_key(bound, &facts(&key.key)) {
            return Err(PutFault::ForOtherKey);
        }
        key.rating
            .accept(weak == AllowWeak::Yes)
            .map_err(PutFault::Anchor)?;
        let newest = checked.state.newest_seen(&license.vendor, &license.id);
        if newest.is_some_and(|newest| license.sequence < newest) {
            return Err(PutFault::Superseded);
        }
        if !checked
            .keys
            .iter()
            .any(|there| there.place == key.key.place)
        {
            return Err(PutFault::Pulled);
        }
        let root = key.root().ok_or(PutFault::NoVolume)?;
        if key.volume().is_some_and(|volume| volume.read_only) {
            return Err(PutFault::ReadOnly);
        }
        let believed = |signed: &SignedLicense| signed.verify(&vendor.profile.signing_keys());
        let slots = Slots::new(&RealMedium, root, &license, believed);
        let text = Artefact::License(signed.clone()).armored();
        let written = slots
            .write(&signed, text.as_bytes())
            .map_err(|fault| self.told(fault, key))?;
        let files = written.files();
        let license = LicenseRead {
            signed_by: license
                .key()
                .unwrap_or_else(|| unreachable!("a license names the key that signed it")),
            license: license.into_claims(),
            vendor,
        };
        Ok(PutLicense {
            unchanged: matches!(written, Written::Unchanged(_)),
            license: self.standing_there(&license, key, &files)?,
            files,
        })
    }

    /// What the license is worth now, read once more from where it was put.
    fn standing_there(
        &self,
        license: &LicenseRead,
        key: &KeyNamed,
        files: &[PathBuf; 2],
    ) -> Result<LicenseHeld, PutFault> {
        let is_there = |file: &PathBuf| {
            let file = open(file).ok()?;
            self.usb.key_of(&file).ok()?
        };
        if files
            .iter()
            .any(|file| is_there(file).as_ref() != Some(&key.key.place))
        {
            return Err(PutFault::Pulled);
        }
        let checked = self.check_with(self.look()?)?;
        let is_it = |found: &&LicenseFound| {
            found.license.as_ref().is_ok_and(|read| read == license)
                && matches!(&found.place, LicensePlace::Key { place, .. } if *place == key.key.place)
        };
        let found = checked.licenses.iter().find(is_it);
        found.and_then(LicenseFound::held).ok_or(PutFault::Pulled)
    }

    /// Whatever the system says, a key that is not there any more was pulled out.
    fn told(&self, fault: PutFault, key: &KeyNamed) -> PutFault {
        let keys = self.usb.keys().unwrap_or_default();
        if keys.iter().any(|there| there.place == key.key.place) {
            fault
        } else {
            PutFault::Pulled
        }
    }
}
