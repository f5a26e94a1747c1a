//! License files as the store keeps them: those that were added to this computer, and which was the
//! newest of each that was ever seen.

use std::collections::BTreeSet;

use keyferry_license::{Clock, LicenseTime};
use keyferry_token::{LicenseId, ProductCode, Seconds, Sequence, Timestamp, UsbId, VendorId};

use super::state::{ProductKey, State};

/// Most license files that are kept for a product; the one that was added first goes first.
const MAX_KEPT: usize = 16;
/// Most licenses that are remembered of one vendor.
const MAX_SEEN_OF_ONE: usize = 1024;
/// Most licenses that are remembered of all vendors together.
const MAX_SEEN: usize = 8 * MAX_SEEN_OF_ONE;

/// A license file that was added to this computer. What it says is read from it, and checked, each time.
pub(crate) struct KeptLicense {
    pub(crate) vendor: VendorId,
    pub(crate) product: ProductCode,
    pub(crate) id: LicenseId,
    /// As the vendor signed it.
    pub(crate) signed: Vec<u8>,
    pub(crate) added_at: Timestamp,
}

impl KeptLicense {
    pub(crate) fn is_for(&self, (vendor, product): &ProductKey) -> bool {
        self.vendor == *vendor && self.product == *product
    }
}

/// What is remembered of a license whose signature was believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeenLicense {
    pub(crate) vendor: VendorId,
    pub(crate) id: LicenseId,
    pub(crate) product: ProductCode,
    /// The highest sequence number that was seen.
    pub(crate) sequence: Sequence,
    /// Whether the newest file said that it is suspended or revoked.
    pub(crate) stopped: bool,
    /// What is known of the time by it.
    pub(crate) time: LicenseTime,
    /// The USB key that it ran from last, where that is the one to ask for.
    pub(crate) key: Option<UsbId>,
}

/// Which USB key is to be asked for where a license is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyAsked {
    pub(crate) vendor: VendorId,
    pub(crate) license: LicenseId,
    /// Of the file that says so.
    pub(crate) sequence: Sequence,
    pub(crate) key: Option<UsbId>,
}

impl State {
    /// What is remembered of a license.
    pub(crate) fn seen_license(&self, vendor: &VendorId, id: &LicenseId) -> Option<&SeenLicense> {
        let mut seen = self.seen_licenses.iter();
        seen.find(|seen| seen.vendor == *vendor && seen.id == *id)
    }

    /// The highest sequence number that was seen of a license.
    pub(crate) fn newest_seen(&self, vendor: &VendorId, id: &LicenseId) -> Option<Sequence> {
        self.seen_license(vendor, id).map(|seen| seen.sequence)
    }

    /// Raises what is known of the time by a vendor's licenses, which was `passed` ago. Whether it is
    /// worth a write of its own.
    pub(crate) fn raise_licenses(
        &mut self,
        vendor: &VendorId,
        passed: Seconds,
        clock: &Clock,
    ) -> bool {
        let mut is_worth_writing = false;
        for seen in &mut self.seen_licenses {
            if seen.vendor == *vendor {
                let raised = seen.time.raised(passed, clock);
                is_worth_writing |= raised.is_worth_writing(seen.time);
                seen.time = raised;
            }
        }
        is_worth_writing
    }

    /// The vendor's time mended the clock: no license of it has a floor of its own any more.
    pub(crate) fn tell_licenses(&mut self, vendor: &VendorId) {
        for seen in &mut self.seen_licenses {
            if seen.vendor == *vendor {
                seen.time = seen.time.told();
            }
        }
    }

    /// The USB keys from which licenses for a product ran, the latest news first.
    pub(crate) fn keys_for<'a>(&'a self, of: &'a ProductKey) -> impl Iterator<Item = &'a UsbId> {
        self.seen_licenses
            .iter()
            .rev()
            .filter(|seen| seen.vendor == of.0 && seen.product == of.1)
            .filter_map(|seen| seen.key.as_ref())
    }

    /// Remembers a license that was seen; whether that is news. Over the vendor's `clock` a newer file
    /// mends a floor that is far ahead.
    pub(crate) fn remember_license(&mut self, mut seen: SeenLicense, clock: Clock) -> bool {
        let same = |other: &SeenLicense| other.vendor == seen.vendor && other.id == seen.id;
        let Some(place) = self.seen_licenses.iter().position(same) else {
            self.make_room_for_seen(seen.vendor);
            self.seen_licenses.push(seen);
            return true;
        };
        let before = &self.seen_licenses[place];
        let is_news = seen.sequence > before.sequence;
        if is_news {
            seen.time = before.time.newer(seen.time.signed(), clock);
            seen.key.clone_from(&before.key);
            self.seen_licenses.remove(place);
            self.seen_licenses.push(seen);
        }
        is_news
    }

    /// Forgets licenses that were seen until there is room for another one of this vendor: its own, and
    /// where all vendors together have too many, those of the one that has most, so that nobody's
    /// flood takes another's memory.
    fn make_room_for_seen(&mut self, vendor: VendorId) {
        let of = |state: &Self, vendor| {
            let seen = state.seen_licenses.iter();
            seen.filter(|seen| seen.vendor == vendor).count()
        };
        while of(self, vendor) >= MAX_SEEN_OF_ONE {
            self.forget_seen(vendor);
        }
        while self.seen_licenses.len() >= MAX_SEEN {
            let vendors: BTreeSet<VendorId> =
                self.seen_licenses.iter().map(|seen| seen.vendor).collect();
            let most = vendors.into_iter().max_by_key(|vendor| of(self, *vendor));
            self.forget_seen(most.unwrap_or(vendor));
        }
    }

    /// Forgets the license of a vendor that is missed least: what keeps a stopped one from coming back,
    /// or stands behind one that is kept, goes last, and before that what tells of a USB key. Of
    /// equals the one that was seen least lately.
    fn forget_seen(&mut self, vendor: VendorId) {
        let is_kept = |seen: &SeenLicense| {
            let mut kept = self.licenses.iter();
            kept.any(|kept| (kept.vendor, kept.id) == (seen.vendor, seen.id))
        };
        let missed = |seen: &SeenLicense| (seen.stopped || is_kept(seen), seen.key.is_some());
        let all = self.seen_licenses.iter().enumerate();
        let least = all
            .filter(|(_, seen)| seen.vendor == vendor)
            .min_by_key(|(place, seen)| (missed(seen), *place))
            .map(|(place, _)| place);
        if let Some(least) = least {
            self.seen_licenses.remove(least);
        }
    }

    /// Remembers which USB key to ask for where the newest file of a license is not there; whether that
    /// is news.
    pub(crate) fn remember_key(&mut self, asked: &KeyAsked) -> bool {
        let newest = self.seen_licenses.iter_mut().find(|seen| {
            seen.vendor == asked.vendor
                && seen.id == asked.license
                && seen.sequence == asked.sequence
        });
        newest.is_some_and(|seen| {
            let is_news = seen.key != asked.key;
            seen.key.clone_from(&asked.key);
            is_news
        })
    }

    /// Keeps a license file, in the place of any other of the same license.
    pub(crate) fn keep_license(&mut self, kept: KeptLicense) {
        let of = (kept.vendor, kept.product.clone());
        self.licenses
            .retain(|other| other.vendor != kept.vendor || other.id != kept.id);
        if self
            .licenses
            .iter()
            .filter(|other| other.is_for(&of))
            .count()
            >= MAX_KEPT
            && let Some(oldest) = self.licenses.iter().position(|other| other.is_for(&of))
        {
            self.licenses.remove(oldest);
        }
        self.lost.remove(&of);
        self.licenses.push(kept);
    }

    /// Forgets the license files of a vendor. That they were seen is kept: an older one does not come
    /// back with its vendor.
    pub(super) fn forget_licenses(&mut self, vendor: &VendorId) {
        self.licenses.retain(|kept| kept.vendor != *vendor);
        for seen in &mut self.seen_licenses {
            if seen.vendor == *vendor {
                seen.key = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use keyferry_license::{Floor, Reading};

    use super::*;

    fn seen(id: u8, sequence: u64) -> SeenLicense {
        SeenLicense {
            vendor: VendorId::new([1; 16]),
            id: LicenseId::new([id; 10]),
            product: "com.acme.cad".parse().unwrap(),
            sequence: Sequence(sequence),
            stopped: false,
            time: LicenseTime::default(),
            key: None,
        }
    }

    fn numbered(vendor: u8, number: usize) -> SeenLicense {
        let mut id = [0; 10];
        id[..8].copy_from_slice(&number.to_be_bytes());
        SeenLicense {
            vendor: VendorId::new([vendor; 16]),
            id: LicenseId::new(id),
            ..seen(0, 1)
        }
    }

    fn flood(state: &mut State, vendor: u8, count: usize) {
        for number in 1..=count {
            assert!(state.remember_license(numbered(vendor, number), clock()));
        }
    }

    fn remembers(state: &State, vendor: u8, number: usize) -> bool {
        let license = numbered(vendor, number);
        state.seen_license(&license.vendor, &license.id).is_some()
    }

    fn clock() -> Clock {
        let now = Timestamp::from_unix(0);
        let uptime = None;
        Clock::read(Reading { now, uptime }, Floor::default())
    }

    #[test]
    fn the_highest_number_that_was_seen_never_falls() {
        let mut state = State::default();
        assert!(state.remember_license(seen(1, 5), clock()));
        assert!(!state.remember_license(seen(1, 5), clock()));
        assert!(!state.remember_license(seen(1, 4), clock()));
        assert!(state.remember_license(seen(1, 6), clock()));
        assert!(state.remember_license(seen(2, 1), clock()));
        let newest = |id| state.newest_seen(&VendorId::new([1; 16]), &LicenseId::new([id; 10]));
        assert_eq!(newest(1), Some(Sequence(6)));
        assert_eq!(newest(2), Some(Sequence(1)));
        assert_eq!(newest(3), None);
    }

    #[test]
    fn as_many_licenses_of_a_vendor_are_remembered_as_there_is_room_for() {
        let mut state = State::default();
        flood(&mut state, 1, MAX_SEEN_OF_ONE + 1);
        assert_eq!(state.seen_licenses.len(), MAX_SEEN_OF_ONE);
        assert!(!remembers(&state, 1, 1), "the first goes first");
        assert!(remembers(&state, 1, 2));
    }

    #[test]
    fn a_flood_of_licenses_takes_no_other_vendors_memory() {
        let mut state = State::default();
        flood(&mut state, 0, 1);
        for vendor in 1..=9 {
            flood(&mut state, vendor, MAX_SEEN_OF_ONE);
        }
        assert_eq!(state.seen_licenses.len(), MAX_SEEN);
        assert!(remembers(&state, 0, 1));
    }

    #[test]
    fn what_keeps_a_stopped_license_from_coming_back_goes_last() {
        let mut state = State::default();
        let stopped = SeenLicense {
            stopped: true,
            ..numbered(1, 0)
        };
        assert!(state.remember_license(stopped, clock()));
        let kept = numbered(1, MAX_SEEN_OF_ONE + 1);
        assert!(state.remember_license(kept.clone(), clock()));
        state.keep_license(KeptLicense {
            vendor: kept.vendor,
            product: kept.product,
            id: kept.id,
            signed: Vec::new(),
            added_at: Timestamp::from_unix(0),
        });
        let with_key = numbered(1, MAX_SEEN_OF_ONE + 2);
        assert!(state.remember_license(with_key.clone(), clock()));
        assert!(state.remember_key(&KeyAsked {
            vendor: with_key.vendor,
            license: with_key.id,
            sequence: with_key.sequence,
            key: "0781:5581:4C53%3A0001:30752000000".parse().ok(),
        }));
        flood(&mut state, 1, MAX_SEEN_OF_ONE);
        assert_eq!(state.seen_licenses.len(), MAX_SEEN_OF_ONE);
        for number in [0, MAX_SEEN_OF_ONE + 1, MAX_SEEN_OF_ONE + 2] {
            assert!(remembers(&state, 1, number), "{number}");
        }
    }
}
