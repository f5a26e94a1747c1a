//! What each license file is worth, and how a product stands with all of them.

use std::cmp::Ordering;

use keyferry_catalogue::Problem;
use keyferry_device::usb::UsbKey;
use keyferry_license::{
    Action, LicenseFacts, LicenseTime, ReadFrom, Standing, StoreCondition, UsbFacts, best_standing,
    is_key, license_away, license_standing, license_unopened, unread_license,
};
use keyferry_token::{
    License, SeatStatus, SignedLicense, UsbId, VendorId, VendorKeys, Verified, VerifyFault,
};

use super::{
    LicenseFound, LicensePlace, LicenseRead, Plugged, asked::keys_to_ask_for, on_keys::slot_of,
};
use crate::{
    Client, ProductStanding, StoreFault, Vendor,
    store::{Outcome, ProductKey, Repair, SeenLicense, State},
    usb::facts,
    vendors::TrustedVendors,
};

/// The state as a check found it, with the license files that are there.
pub(crate) struct Checked {
    pub(crate) state: State,
    pub(crate) condition: StoreCondition,
    pub(crate) keys: Vec<UsbKey>,
    pub(crate) licenses: Vec<LicenseFound>,
}

/// A license file that was read, and whether it is believed.
pub(super) struct ReadAt {
    pub(super) place: LicensePlace,
    pub(super) read: Result<Believed, Unbelieved>,
}

/// A license whose signature is believed.
pub(crate) struct Believed {
    pub(crate) vendor: Vendor,
    pub(crate) license: Verified<License>,
}

/// What keeps a license file from being believed.
pub(super) enum Unbelieved {
    /// It is damaged, or no license.
    Unread(Problem),
    /// Its signature.
    Refused(VerifyFault),
}

impl Client {
    /// Reads the state for a standing, keeps the floors under the clock up to date, and remembers the
    /// newest of each license that is there.
    pub(crate) fn check(&self) -> Result<Checked, StoreFault> {
        // Where the system does not tell of USB keys there are none for a standing.
        self.check_with(self.look().unwrap_or_default())
    }

    pub(crate) fn check_with(&self, plugged: Plugged) -> Result<Checked, StoreFault> {
        let mut snapshot = self.store.read()?;
        let is_worth_writing = self.keep_time(&mut snapshot.state) || snapshot.unfinished;
        let trusted = self.trusted(&snapshot.state);
        let read = read_all(&snapshot.state, &plugged, &trusted);
        let seen: Vec<SeenLicense> = read.iter().filter_map(seen).collect();
        let mut is_news = self.remember(&mut snapshot.state, &seen);
        let licenses: Vec<LicenseFound> = read
            .iter()
            .map(|at| self.stand(at, &snapshot.state, snapshot.condition, &plugged.keys))
            .collect();
        let asked = keys_to_ask_for(&licenses, &snapshot.state, &plugged.keys);
        for asked in &asked {
            is_news |= snapshot.state.remember_key(asked);
        }
        if snapshot.condition == StoreCondition::Intact
            && (is_news || (snapshot.exists && is_worth_writing))
        {
            // Who may only read, or finds another program at work, still gets an answer; what this
            // check found goes into the answer all the same.
            let _: Result<(), StoreFault> = self.change(Repair::Refused, |state, _| {
                self.remember(state, &seen);
                for asked in &asked {
                    state.remember_key(asked);
                }
                Ok(Outcome::Changed(()))
            });
        }
        Ok(Checked {
            state: snapshot.state,
            condition: snapshot.condition,
            keys: plugged.keys,
            licenses,
        })
    }

    /// Remembers a license file that was looked at and does not lie where license files count: what is
    /// older was seen to be replaced all the same.
    pub(super) fn see(&self, at: &ReadAt, checked: &mut Checked) {
        let Some(seen) = seen(at) else { return };
        if checked.condition == StoreCondition::Intact
            && self.remember_license(&mut checked.state, seen.clone())
        {
            let _: Result<(), StoreFault> = self.change(Repair::Refused, |state, _| {
                self.remember_license(state, seen.clone());
                Ok(Outcome::Changed(()))
            });
        }
    }

    /// Whether any of it is news.
    fn remember(&self, state: &mut State, seen: &[SeenLicense]) -> bool {
        let mut is_news = false;
        for license in seen {
            is_news |= self.remember_license(state, license.clone());
        }
        is_news
    }

    /// Remembers a license; whether it is news. When it was signed counts as seen.
    pub(super) fn remember_license(&self, state: &mut State, license: SeenLicense) -> bool {
        let (vendor, signed) = (license.vendor, license.time.signed());
        let clock = self.clock(state, &vendor);
        let is_news = state.remember_license(license, clock);
        if is_news {
            state
                .floors
                .insert(vendor, clock.with_signed(signed).floor());
        }
        is_news
    }

    /// What a license file is worth.
    pub(super) fn stand(
        &self,
        at: &ReadAt,
        state: &State,
        condition: StoreCondition,
        keys: &[UsbKey],
    ) -> LicenseFound {
        let place = at.place.clone();
        let believed = match &at.read {
            Ok(believed) => believed,
            Err(Unbelieved::Unread(problem)) => {
                return LicenseFound {
                    place,
                    license: Err(problem.clone()),
                    standing: unread_license(problem.clone()),
                };
            }
            Err(Unbelieved::Refused(fault)) => {
                return LicenseFound {
                    place,
                    license: Err(fault.problem()),
                    standing: license_standing(&LicenseFacts {
                        store: condition,
                        license: Err(fault),
                        newest_seen: None,
                        read_from: ReadFrom::Elsewhere,
                        connected: &[],
                        present: &keyferry_token::Fingerprint::from_digests([]),
                        clock: self.clock(state, &VendorId::new([0; 16])),
                    }),
                };
            }
        };
        let license = &believed.license;
        let connected: Vec<UsbFacts<'_>> = keys.iter().map(facts).collect();
        let standing = license_standing(&LicenseFacts {
            store: condition,
            license: Ok(license),
            newest_seen: state.newest_seen(&license.vendor, &license.id),
            read_from: read_from(&place, keys),
            connected: &connected,
            present: &self.machine.fingerprint(&license.vendor, &license.product),
            clock: self.license_clock(state, license),
        });
        LicenseFound {
            place,
            license: Ok(believed.shown()),
            standing,
        }
    }

    /// The license files that are kept here, and what each is worth.
    pub(crate) fn kept_licenses(
        &self,
        state: &State,
        condition: StoreCondition,
    ) -> Vec<LicenseFound> {
        let read = read_all(state, &Plugged::default(), &self.trusted(state));
        read.iter()
            .map(|at| self.stand(at, state, condition, &[]))
            .collect()
    }

    /// A product as it stands with its license files: any that runs wins, its activation's standing
    /// or one of theirs.
    pub(crate) fn with_licenses(
        &self,
        mut found: ProductStanding,
        state: &State,
        licenses: &[LicenseFound],
        keys: &[UsbKey],
    ) -> ProductStanding {
        let of: ProductKey = (found.vendor.id(), found.product.clone());
        let is_for = |license: &&LicenseFound| {
            let read = license.license.as_ref();
            read.is_ok_and(|read| (read.license.vendor, &read.license.product) == (of.0, &of.1))
        };
        let licenses: Vec<&LicenseFound> = licenses.iter().filter(is_for).collect();
        let best = best_standing(licenses.iter().map(|license| &license.standing));
        found.license = best.and_then(|best| licenses[best].held());
        // Of a key that is away it is known only that it was here.
        let is_away = |key: &&UsbId| !keys.iter().any(|there| is_key(key, &facts(there)));
        found.key_away = state.keys_for(&of).find(is_away).cloned();
        let held = found.license.as_ref().map(|held| held.standing.clone());
        let away = found.key_away.as_ref().map(|_| license_away());
        let is_unopened = |key| is_unopened(key, keys);
        let unopened = state.keys_for(&of).any(is_unopened).then(license_unopened);
        let candidates: Vec<Standing> = held.into_iter().chain(unopened).chain(away).collect();
        let Some(best) = best_standing(&candidates) else {
            return found;
        };
        let by_license = candidates[best].clone();
        if best_standing([&found.standing, &by_license]) == Some(1) {
            let clock = match &found.license {
                Some(held) => self.license_clock(state, &held.read.license),
                None => self.clock(state, &of.0),
            };
            let now = clock.effective();
            found.end_is_near = by_license.end_is_near(now);
            found.days_left = by_license.days_left(now);
            found.by_license = true;
            if by_license.state.runs() {
                // What runs needs no seat, and no emergency run.
                found
                    .actions
                    .retain(|action| !matches!(action, Action::Activate | Action::Emergency));
            }
            found.standing = by_license;
        }
        found
    }
}

impl Believed {
    pub(super) fn shown(&self) -> LicenseRead {
        LicenseRead {
            license: (*self.license).clone(),
            signed_by: self
                .license
                .key()
                .unwrap_or_else(|| unreachable!("a license names the key that signed it")),
            vendor: self.vendor.clone(),
        }
    }
}

/// Reads every license file that is there; of two slots the one that counts.
fn read_all(state: &State, plugged: &Plugged, trusted: &TrustedVendors) -> Vec<ReadAt> {
    let on_keys = plugged.files.iter().map(|file| ReadAt {
        place: LicensePlace::Key {
            place: file.place.clone(),
            file: file.path.clone(),
        },
        read: match &file.read {
            Ok(signed) => believed(signed, trusted).map_err(Unbelieved::Refused),
            Err(problem) => Err(Unbelieved::Unread(problem.clone())),
        },
    });
    let mut all = one_of_two_slots(on_keys);
    all.extend(state.licenses.iter().map(|kept| ReadAt {
        place: LicensePlace::Kept {
            added_at: kept.added_at,
        },
        read: match SignedLicense::parse(&kept.signed) {
            Ok(signed) => believed(&signed, trusted).map_err(Unbelieved::Refused),
            Err(fault) => Err(Unbelieved::Unread(fault.problem())),
        },
    }));
    all
}

/// The license files of a vendor that are kept here, those that are believed.
pub(crate) fn licenses_of<'a>(
    state: &'a State,
    vendor: &'a Vendor,
) -> impl Iterator<Item = Verified<License>> + 'a {
    let keys = vendor.profile.signing_keys();
    let id = vendor.id();
    let kept = state.licenses.iter().filter(move |kept| kept.vendor == id);
    kept.filter_map(move |kept| SignedLicense::parse(&kept.signed).ok()?.verify(&keys).ok())
}

/// Checks a license against the keys of every trusted vendor.
///
/// # Errors
/// Those of checking it. A key that one vendor has says more than that others do not have it.
pub(crate) fn believed(
    signed: &SignedLicense,
    trusted: &TrustedVendors,
) -> Result<Believed, VerifyFault> {
    let mut untrusted = None;
    for vendor in trusted.iter() {
        match signed.verify(&vendor.profile.signing_keys()) {
            Ok(license) => {
                let vendor = vendor.clone();
                return Ok(Believed { vendor, license });
            }
            Err(fault @ VerifyFault::UntrustedKey { .. }) => untrusted = Some(fault),
            Err(fault) => return Err(fault),
        }
    }
    match untrusted {
        Some(fault) => Err(fault),
        // Without any vendor there is still a key to name.
        None => signed
            .verify(&VendorKeys::new(VendorId::new([0; 16]), Vec::new()))
            .and(Err(VerifyFault::Signature)),
    }
}

/// Of two slots of one license file the one with the higher number counts, and one that is believed before
/// one that is not. What only looks like the other slot, and is another license, stands on its own.
fn one_of_two_slots(files: impl Iterator<Item = ReadAt>) -> Vec<ReadAt> {
    let mut folded: Vec<ReadAt> = Vec::new();
    for file in files {
        let slot = file.place.file().map(slot_of);
        let other = folded
            .iter()
            .position(|other| other.place.file().map(slot_of) == slot && may_be_one(other, &file));
        match other {
            Some(other) if better(&folded[other], &file) == Ordering::Less => folded[other] = file,
            Some(_) => {}
            None => folded.push(file),
        }
    }
    folded
}

fn may_be_one(one: &ReadAt, other: &ReadAt) -> bool {
    match (&one.read, &other.read) {
        (Ok(one), Ok(other)) => one.license.id == other.license.id,
        _ => true,
    }
}

fn better(one: &ReadAt, other: &ReadAt) -> Ordering {
    let sequence = |at: &ReadAt| at.read.as_ref().ok().map(|read| read.license.sequence);
    sequence(one).cmp(&sequence(other))
}

/// Whether a key is plugged in, and no volume of it is mounted.
pub(super) fn is_unopened(key: &UsbId, keys: &[UsbKey]) -> bool {
    let mut there = keys
        .iter()
        .filter(|there| is_key(key, &facts(there)))
        .peekable();
    let is_closed = |key: &UsbKey| {
        key.volumes
            .iter()
            .all(|volume| volume.mount_points.is_empty())
    };
    there.peek().is_some() && there.all(is_closed)
}

pub(super) fn key_at<'a>(place: &LicensePlace, keys: &'a [UsbKey]) -> Option<&'a UsbKey> {
    match place {
        LicensePlace::Key { place, .. } => keys.iter().find(|key| key.place == *place),
        LicensePlace::Kept { .. } | LicensePlace::File(_) => None,
    }
}

fn read_from<'a>(place: &LicensePlace, keys: &'a [UsbKey]) -> ReadFrom<'a> {
    match (place, key_at(place, keys)) {
        (_, Some(key)) => ReadFrom::Key(facts(key)),
        (LicensePlace::Key { .. }, None) => ReadFrom::PulledKey,
        (LicensePlace::Kept { .. } | LicensePlace::File(_), None) => ReadFrom::Elsewhere,
    }
}

/// What is remembered of a license that is there.
pub(super) fn seen(at: &ReadAt) -> Option<SeenLicense> {
    let Believed { license, .. } = at.read.as_ref().ok()?;
    Some(SeenLicense {
        vendor: license.vendor,
        id: license.id,
        product: license.product.clone(),
        sequence: license.sequence,
        stopped: license.status != SeatStatus::Active,
        time: LicenseTime::first(license.issued_at),
        key: None,
    })
}
