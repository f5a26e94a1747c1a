//! What may differ between a profile and the next one: what was asked for, and nothing else.
//!
//! A profile is composed of what the database says, and whoever can write there is not the vendor.
//! So the profile key signs only what follows from the profile that it signed last.

use keyferry_token::{KeyState, ProductCode, ProductEntry, ProfileKey, VendorProfile};

use crate::{DatabaseFault, keys::KeyRow};

/// Why the next profile is signed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change<'a> {
    /// It is the first of all.
    First,
    /// The vendor says something else of itself: what is here.
    Vendor(&'a VendorProfile),
    /// A product was added or renamed.
    Product(&'a ProductCode),
    /// A key took another one's place.
    Rotated {
        /// The old one, as it is from now on.
        old: &'a KeyRow,
        /// The new one.
        new: &'a KeyRow,
    },
    /// A replaced key was retired for good.
    Retired(&'a KeyRow),
    /// The new profile key signs what the old one has signed.
    Signer,
}

impl Change<'_> {
    /// Makes sure that one profile follows from another by this change alone.
    pub(super) fn leads(
        self,
        before: &VendorProfile,
        next: &VendorProfile,
    ) -> Result<(), DatabaseFault> {
        let wanted = match self {
            Self::Vendor(wanted) => wanted,
            _ => before,
        };
        let vendor = (&before.vendor, &wanted.name, &wanted.support)
            == (&next.vendor, &next.name, &next.support)
            && (&wanted.portal, wanted.colour, &wanted.logo)
                == (&next.portal, next.colour, &next.logo);
        let checks = [
            (vendor, "vendor"),
            (next.number == before.number + 1, "profiles"),
            (same(&self.keys(before)?, &next.keys), "vendor_keys"),
            (self.others(before) == self.others(next), "products"),
        ];
        match checks.into_iter().find(|(holds, _)| !holds) {
            Some((_, what)) => Err(DatabaseFault::Corrupt { what }),
            None => Ok(()),
        }
    }

    /// The keys that the next profile has to list.
    fn keys(self, before: &VendorProfile) -> Result<Vec<ProfileKey>, DatabaseFault> {
        let mut keys = before.keys.clone();
        match self {
            Self::First | Self::Vendor(_) | Self::Product(_) | Self::Signer => {}
            Self::Rotated { old, new } => {
                worsen(&mut keys, old)?;
                keys.push(new.listed()?);
            }
            Self::Retired(row) => worsen(&mut keys, row)?,
        }
        Ok(keys)
    }

    /// The products that stay as they are.
    fn others(self, profile: &VendorProfile) -> Vec<&ProductEntry> {
        let asked = match self {
            Self::Product(code) => Some(code),
            _ => None,
        };
        let products = profile.products.iter();
        products
            .filter(|product| Some(&product.code) != asked)
            .collect()
    }
}

/// Brings one of the keys to what a row says, which never makes it count for more.
fn worsen(keys: &mut [ProfileKey], row: &KeyRow) -> Result<(), DatabaseFault> {
    let listed = row.listed()?;
    let key = keys.iter_mut().find(|key| {
        key.spki() == listed.spki()
            && key.purpose() == listed.purpose()
            && rank(listed.state()) >= rank(key.state())
            && key
                .opens_until()
                .is_none_or(|end| listed.opens_until().is_some_and(|now| now <= end))
    });
    *key.ok_or(DatabaseFault::Corrupt {
        what: "vendor_keys",
    })? = listed;
    Ok(())
}

const fn rank(state: KeyState) -> u8 {
    match state {
        KeyState::Active => 0,
        KeyState::Retired => 1,
        KeyState::Revoked => 2,
    }
}

/// Whether two lists hold the same keys, in any order.
pub(super) fn same(one: &[ProfileKey], other: &[ProfileKey]) -> bool {
    let sorted = |keys: &[ProfileKey]| {
        let mut keys = keys.to_vec();
        keys.sort_by(|a, b| a.spki().cmp(b.spki()));
        keys
    };
    sorted(one) == sorted(other)
}
