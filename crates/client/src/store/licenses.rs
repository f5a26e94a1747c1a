//! License files as the store keeps them: those that were added to this computer, and which was the
//! newest of each that was ever seen.

use keyferry_license::{Clock, LicenseTime};
use keyferry_token::{LicenseId, ProductCode, Seconds, Sequence, Timestamp, UsbId, VendorId};

use super::state::{ProductKey, State};

/// Most license files that are kept for a product; the one that was added first goes first.
const MAX_KEPT: usize = 16;
/// Most licenses that are remembered, of all vendors; the one that was seen least lately goes first.
const MAX_SEEN: usize = 1024;

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
            if self.seen_licenses.len() >= MAX_SEEN {
                self.seen_licenses.remove(0);
            }
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
            time: LicenseTime::default(),
            key: None,
        }
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
    fn as_many_licenses_are_remembered_as_there_is_room_for() {
        let mut state = State::default();
        for number in 0..=u16::try_from(MAX_SEEN).unwrap() {
            let [high, low] = number.to_be_bytes();
            let mut id = [0; 10];
            (id[0], id[1]) = (high, low);
            let license = SeenLicense {
                id: LicenseId::new(id),
                ..seen(0, 1)
            };
            assert!(state.remember_license(license, clock()));
        }
        assert_eq!(state.seen_licenses.len(), MAX_SEEN);
        assert_eq!(
            state.newest_seen(&VendorId::new([1; 16]), &LicenseId::new([0; 10])),
            None
        );
    }
}
