//! Checking a license file: what it is worth here, and whether one key signed it.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

use keyferry_license::{best_standing, is_key};
use keyferry_token::{KeyId, License, ProductCode, SignedLicense, UsbId, VendorPublicKey};

use super::{
    CheckFault, LicenseFound, LicensePlace,
    on_keys::{MAX_LICENSE_FILE, license_in},
    standing::{ReadAt, Unbelieved, believed, is_unopened},
};
use crate::{
    Client, FileFault,
    disk::read_bounded,
    standing::{name_of, name_of_code},
    store::ProductKey,
    usb::facts,
};

/// Most bytes of a public key file; one has about 800.
const MAX_KEY_FILE: usize = 64 * 1024;
const BEGIN_KEY: &str = "-----BEGIN PUBLIC KEY-----";
const END_KEY: &str = "-----END PUBLIC KEY-----";

/// A license file that one key signed, whoever's it is. No standing: nobody trusts that key by this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// What it says.
    pub license: License,
    /// The key.
    pub key: KeyId,
}

impl Client {
    /// What the license file of a product is worth here. Without `file` it is, of those that count here,
    /// one that runs if any does; with it that file alone, where it lies.
    ///
    /// # Errors
    /// `license_not_found`, `usb_key_missing` where it is on a key that is not plugged in,
    /// `usb_volume_missing` where that is plugged in and not mounted,
    /// `license_for_other_product`; those of reading the file, of parsing it, `usb_unavailable` where it
    /// cannot be told what a file lies on; those of reading the store.
    pub fn check_license(
        &self,
        product: &ProductCode,
        file: Option<&Path>,
    ) -> Result<LicenseFound, CheckFault> {
        match file {
            Some(file) => self.check_file(product, file),
            None => self.check_here(product),
        }
    }

    fn check_here(&self, product: &ProductCode) -> Result<LicenseFound, CheckFault> {
        let checked = self.check_with(self.look()?)?;
        let mut here: Vec<LicenseFound> = checked
            .licenses
            .into_iter()
            .filter(|found| {
                let read = found.license.as_ref();
                read.is_ok_and(|read| read.license.product == *product)
            })
            .collect();
        if let Some(best) = best_standing(here.iter().map(|found| &found.standing)) {
            return Ok(here.swap_remove(best));
        }
        let trusted = self.trusted(&checked.state);
        let away = trusted.iter().any(|vendor| {
            let of: ProductKey = (vendor.id(), product.clone());
            let is_there =
                |key: &UsbId| checked.keys.iter().any(|there| is_key(key, &facts(there)));
            checked.state.keys_for(&of).any(|key| !is_there(key))
        });
        let unopened = trusted.iter().any(|vendor| {
            let of: ProductKey = (vendor.id(), product.clone());
            let mut known = checked.state.keys_for(&of);
            known.any(|key| is_unopened(key, &checked.keys))
        });
        if unopened {
            return Err(CheckFault::VolumeMissing);
        }
        if away {
            return Err(CheckFault::KeyMissing);
        }
        let mut vendors = trusted.iter();
        let vendor = vendors.find(|vendor| vendor.profile.product(product).is_some());
        Err(CheckFault::NotFound {
            product: vendor
                .map_or_else(|| name_of_code(product), |vendor| name_of(vendor, product)),
        })
    }

    fn check_file(&self, product: &ProductCode, path: &Path) -> Result<LicenseFound, CheckFault> {
        let mut checked = self.check_with(self.look()?)?;
        let (file, signed) = open_license(path)?;
        let place = match self.usb.key_of(&file)? {
            Some(place) => LicensePlace::Key {
                place,
                file: path.to_owned(),
            },
            None => LicensePlace::File(path.to_owned()),
        };
        let read = believed(&signed, &self.trusted(&checked.state));
        if let Ok(read) = &read
            && read.license.product != *product
        {
            return Err(CheckFault::OtherProduct {
                product: name_of(&read.vendor, &read.license.product),
            });
        }
        let at = ReadAt {
            place,
            read: read.map_err(Unbelieved::Refused),
        };
        self.see(&at, &mut checked);
        Ok(self.stand(&at, &checked.state, checked.condition, &checked.keys))
    }

    /// Whether the key in this file (PEM) signed a license file. The key need not be trusted, and
    /// nothing runs by it; it must not lie on a medium that can be taken out, which could bring any.
    ///
    /// # Errors
    /// `trust_anchor_on_removable_media`, `key_refused`, `untrusted_key` where another key signed,
    /// `signature_mismatch`; those of reading both files and of parsing the license.
    pub fn signed_by(&self, file: &Path, public_key: &Path) -> Result<SignedBy, CheckFault> {
        let key_file = open(public_key)?;
        if self.usb.is_removable(&key_file) {
            return Err(CheckFault::AnchorOnRemovable {
                path: public_key.display().to_string(),
            });
        }
        let pem = read_bounded(key_file, MAX_KEY_FILE).map_err(|e| fault(public_key, &e))?;
        let key = public_key_in(&pem)?;
        let (_, signed) = open_license(file)?;
        let license = signed.verify_with_key(&key)?;
        Ok(SignedBy {
            license: license.into_claims(),
            key: key.id(),
        })
    }
}

/// The license in a file, and the file that it was read from.
fn open_license(path: &Path) -> Result<(File, SignedLicense), CheckFault> {
    let file = open(path)?;
    let same = file.try_clone().map_err(|error| fault(path, &error))?;
    let bytes = read_bounded(same, MAX_LICENSE_FILE).map_err(|error| fault(path, &error))?;
    Ok((file, license_in(&bytes)?))
}

/// Opens an ordinary file that somebody named; a link is followed, since that is what was named.
fn open(path: &Path) -> Result<File, FileFault> {
    let mut options = OpenOptions::new();
    options.read(true);
    without_waiting(&mut options);
    let file = options.open(path).map_err(|error| fault(path, &error))?;
    match file.metadata() {
        Ok(facts) if facts.is_file() => Ok(file),
        Ok(_) => Err(FileFault::Unreadable {
            path: path.to_owned(),
            reason: "it is no ordinary file".into(),
        }),
        Err(error) => Err(fault(path, &error)),
    }
}

/// A named pipe would hold the program up until somebody writes to it.
#[cfg(unix)]
fn without_waiting(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.custom_flags(libc::O_NONBLOCK);
}

#[cfg(windows)]
fn without_waiting(_: &mut OpenOptions) {}

fn fault(path: &Path, error: &io::Error) -> FileFault {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound => FileFault::NotFound { path },
        io::ErrorKind::InvalidData => FileFault::TooLarge { path },
        _ => FileFault::Unreadable {
            path,
            reason: error.to_string(),
        },
    }
}

/// The key of a PEM file (SubjectPublicKeyInfo).
fn public_key_in(pem: &[u8]) -> Result<VendorPublicKey, keyferry_token::KeyFault> {
    let unreadable = keyferry_token::KeyFault::Unreadable;
    let text = str::from_utf8(pem).map_err(|_| unreadable)?;
    let body = text
        .split_once(BEGIN_KEY)
        .and_then(|(_, rest)| rest.split_once(END_KEY));
    let (body, _) = body.ok_or(unreadable)?;
    let plain: String = body.split_ascii_whitespace().collect();
    let der = data_encoding::BASE64.decode(plain.as_bytes());
    VendorPublicKey::from_spki(&der.map_err(|_| unreadable)?)
}
