//! Adding a license file to this computer (rule C5): one that is bound to it, or to nothing.

use keyferry_device::usb::UsbKey;
use keyferry_license::{Acceptance, LicenseTime, StoreCondition, may_keep_license};
use keyferry_token::{Binding, License, SeatStatus, SignedLicense};

use super::{LicenseFound, LicenseHeld, LicensePlace, standing::ReadAt};
use crate::{
    Applied, ApplyFault, Client, ProductStanding, StoreFault,
    licenses::standing::{Believed, Checked, believed},
    store::{KeptLicense, KeyAsked, Outcome, Repair, SeenLicense, State},
};

/// A license file that was brought, and where its product stands now.
#[derive(Clone, Debug)]
pub struct LicenseAdded {
    /// The license, where it is and what it is worth.
    pub license: LicenseHeld,
    /// The product.
    pub product: ProductStanding,
    /// Whether it was there before: kept already, or on the USB key that it is bound to. Nothing was
    /// changed then.
    pub already_there: bool,
}

impl Client {
    /// Keeps a license file that is bound to this computer or to nothing. One that its vendor suspended
    /// or revoked takes the place of the one before. Trusts nobody.
    pub(crate) fn apply_license(&self, signed: &SignedLicense) -> Result<Applied, ApplyFault> {
        let checked = self.check()?;
        if checked.condition == StoreCondition::Damaged {
            return Err(StoreFault::Damaged.into());
        }
        let there = believed(signed, &self.trusted(&checked.state))?;
        if let Some(held) = on_its_key(&there.license, &checked.licenses) {
            let product = self.product_of(&there, &checked.state, &checked.licenses, &checked.keys);
            return Ok(Applied::LicenseAdded(Box::new(LicenseAdded {
                license: held,
                product,
                already_there: true,
            })));
        }
        self.change(Repair::Refused, |state, condition| {
            let brought = believed(signed, &self.trusted(state))?;
            self.keep(state, condition, &brought, signed, &checked)
        })
    }

    fn keep(
        &self,
        state: &mut State,
        condition: StoreCondition,
        brought: &Believed,
        signed: &SignedLicense,
        checked: &Checked,
    ) -> Result<Outcome<Applied>, ApplyFault> {
        let license = &brought.license;
        let kept = state
            .licenses
            .iter()
            .find(|kept| kept.vendor == license.vendor && kept.id == license.id);
        let before = kept.and_then(|kept| {
            let signed = SignedLicense::parse(&kept.signed).ok()?;
            let before = believed(&signed, &self.trusted(state)).ok()?;
            Some((before.license.into_claims(), kept.added_at))
        });
        let acceptance = may_keep_license(
            license,
            before.as_ref().map(|(license, _)| license),
            state.newest_seen(&license.vendor, &license.id),
            &self.machine.fingerprint(&license.vendor, &license.product),
        )?;
        let already = match (acceptance, before) {
            (Acceptance::AlreadyApplied, Some((_, added_at))) => Some(added_at),
            _ => None,
        };
        let added_at = match already {
            Some(added_at) => added_at,
            None => self.hold(state, brought, signed),
        };
        let at = ReadAt {
            place: LicensePlace::Kept { added_at },
            read: Ok(Believed {
                vendor: brought.vendor.clone(),
                license: license.clone(),
            }),
        };
        let found = self.stand(&at, state, condition, &[]);
        let held = found.held().ok_or(StoreFault::Damaged)?;
        // What was there besides, but for the one whose place it takes.
        let mut all: Vec<LicenseFound> = checked
            .licenses
            .iter()
            .filter(|other| !is_kept(other, license))
            .cloned()
            .collect();
        all.push(found);
        let applied = Applied::LicenseAdded(Box::new(LicenseAdded {
            license: held,
            product: self.product_of(brought, state, &all, &checked.keys),
            already_there: already.is_some(),
        }));
        Ok(match already {
            Some(_) => Outcome::Unchanged(applied),
            // What it replaces may have run, and must not come back.
            None => Outcome::Final(applied),
        })
    }

    /// Puts it into the state; when it was added.
    fn hold(
        &self,
        state: &mut State,
        brought: &Believed,
        signed: &SignedLicense,
    ) -> keyferry_token::Timestamp {
        let license = &brought.license;
        let seen = SeenLicense {
            vendor: license.vendor,
            id: license.id,
            product: license.product.clone(),
            sequence: license.sequence,
            stopped: license.status != SeatStatus::Active,
            time: LicenseTime::first(license.issued_at),
            key: None,
        };
        self.remember_license(state, seen);
        // No key is needed for what is here.
        state.remember_key(&KeyAsked {
            vendor: license.vendor,
            license: license.id,
            sequence: license.sequence,
            key: None,
        });
        let added_at = self.license_clock(state, license).effective();
        state.keep_license(KeptLicense {
            vendor: license.vendor,
            product: license.product.clone(),
            id: license.id,
            signed: signed.bytes().to_vec(),
            added_at,
        });
        added_at
    }

    fn product_of(
        &self,
        read: &Believed,
        state: &State,
        licenses: &[LicenseFound],
        keys: &[UsbKey],
    ) -> ProductStanding {
        let of = (read.license.vendor, read.license.product.clone());
        let found = self.standing_of(state, StoreCondition::Intact, &read.vendor, &of);
        self.with_licenses(found, state, licenses, keys)
    }
}

fn is_kept(found: &LicenseFound, license: &License) -> bool {
    matches!(found.place, LicensePlace::Kept { .. })
        && found.license.as_ref().is_ok_and(|read| {
            (read.license.vendor, read.license.id) == (license.vendor, license.id)
        })
}

/// The same license on the USB key that it is bound to, where that is plugged in.
fn on_its_key(license: &License, found: &[LicenseFound]) -> Option<LicenseHeld> {
    if !matches!(license.binding, Binding::Usb { .. }) {
        return None;
    }
    let mut same = found.iter().filter_map(LicenseFound::held);
    same.find(|held| {
        held.read.license == *license
            && held.standing.reason() != Some(keyferry_catalogue::Code::WrongUsbKey)
    })
}
