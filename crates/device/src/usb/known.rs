//! Which keys are known to be there, and what a new look at them makes of that.

use std::time::{Duration, Instant};

use super::bus::UsbEvent;
use super::key::{UsbKey, Volume};

/// For how long a device that was told to be gone is left out though it is still listed. The
/// kernel tells first and takes its files away then, within milliseconds. Should the news that it is back
/// get lost, it counts again after this.
const LINGERS: Duration = Duration::from_secs(2);

/// A key, and the system's own id of its device, by which the system says that it is gone.
pub(super) type Found<I> = (I, UsbKey);

/// The keys that are known to be there.
pub(super) struct Known<I> {
    /// By place; `ids` are theirs.
    keys: Vec<UsbKey>,
    ids: Vec<I>,
    /// Told to be gone, and still listed when it was last looked.
    lingering: Vec<(I, Instant)>,
}

impl<I: Copy + Eq> Known<I> {
    pub(super) fn new(found: Vec<Found<I>>) -> Self {
        let (ids, keys) = by_place(found).into_iter().unzip();
        Self {
            keys,
            ids,
            lingering: Vec::new(),
        }
    }

    pub(super) fn keys(&self) -> &[UsbKey] {
        &self.keys
    }

    pub(super) fn into_keys(self) -> Vec<UsbKey> {
        self.keys
    }

    /// A device was plugged in, whether a key or not.
    pub(super) fn connected(&mut self, id: I) {
        self.lingering.retain(|(gone, _)| *gone != id);
    }

    /// A device was pulled, whether a key or not.
    pub(super) fn disconnected(&mut self, id: I, now: Instant) -> Option<UsbEvent> {
        self.lingering.push((id, now));
        let at = self.ids.iter().position(|known| *known == id)?;
        self.ids.remove(at);
        Some(UsbEvent::Pulled(self.keys.remove(at)))
    }

    /// What happened between the last look and this one: first what was pulled, then the rest by
    /// place.
    pub(super) fn looked(&mut self, mut found: Vec<Found<I>>, now: Instant) -> Vec<UsbEvent> {
        self.lingering.retain(|(gone, since)| {
            now.saturating_duration_since(*since) < LINGERS
                && found.iter().any(|(id, _)| id == gone)
        });
        found.retain(|(id, _)| self.lingering.iter().all(|(gone, _)| gone != id));
        for (id, key) in &mut found {
            let was =
                self.ids.iter().zip(&self.keys).find(|(known, was)| {
                    *known == id && was.place == key.place && is_going(was, key)
                });
            if let Some((_, was)) = was {
                *key = was.clone();
            }
        }
        let before = std::mem::replace(self, Self::new(found));
        self.lingering = before.lingering;

        let was = before.ids.iter().zip(before.keys);
        let is = self.ids.iter().zip(&self.keys);
        let mut events = Vec::new();
        let mut stayed = Vec::new();
        for (id, key) in was {
            let stays =
                |(now_id, now_key): (&I, &UsbKey)| now_id == id && now_key.place == key.place;
            if is.clone().any(stays) {
                stayed.push(key);
            } else {
                events.push(UsbEvent::Pulled(key));
            }
        }
        for (_, key) in is {
            match stayed.iter().find(|earlier| earlier.place == key.place) {
                None => events.push(UsbEvent::Plugged(key.clone())),
                Some(earlier) if differ(earlier, key) => {
                    events.push(UsbEvent::Changed(key.clone()));
                }
                Some(_) => {}
            }
        }
        events
    }
}

fn by_place<I>(mut found: Vec<Found<I>>) -> Vec<Found<I>> {
    found.sort_by(|(_, one), (_, other)| one.place.cmp(&other.place));
    found.dedup_by(|(_, one), (_, other)| one.place == other.place);
    found
}

/// Whether a key lost something that it said of itself. A device says that once, when it is plugged in: it is
/// being taken out of the list piece by piece, and is what it was until it is gone.
fn is_going(was: &UsbKey, is: &UsbKey) -> bool {
    let lost = |was: &Option<String>, is: &Option<String>| was.is_some() && is.is_none();
    lost(&was.serial, &is.serial) || lost(&was.maker, &is.maker) || lost(&was.name, &is.name)
}

/// In more than free space, which changes with each file that is written.
fn differ(one: &UsbKey, other: &UsbKey) -> bool {
    let steady = |key: &UsbKey| {
        let mut key = key.clone();
        for volume in &mut key.volumes {
            *volume = Volume {
                free: None,
                ..volume.clone()
            };
        }
        key
    };
    steady(one) != steady(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usb::UsbPlace;

    fn key(place: &str) -> UsbKey {
        UsbKey {
            place: UsbPlace::new(place),
            vendor_id: 0x0781,
            product_id: 0x5581,
            maker: None,
            name: None,
            serial: Some("4C530001".to_owned()),
            capacity: None,
            volumes: Vec::new(),
        }
    }

    fn volume(free: u64) -> Volume {
        Volume {
            device: "/dev/sdb1".to_owned(),
            mount_points: vec!["/media/usb".into()],
            file_system: None,
            size: None,
            free: Some(free),
            read_only: false,
            uuid: None,
            label: None,
        }
    }

    fn with_volume(place: &str, free: u64) -> UsbKey {
        UsbKey {
            volumes: vec![volume(free)],
            ..key(place)
        }
    }

    #[test]
    fn keys_come_change_and_go() {
        let now = Instant::now();
        let mut known = Known::new(vec![(1, key("a"))]);
        assert_eq!(known.keys(), [key("a")]);
        assert_eq!(known.looked(vec![(1, key("a"))], now), []);
        assert_eq!(
            known.looked(vec![(2, key("b")), (1, key("a"))], now),
            [UsbEvent::Plugged(key("b"))]
        );
        assert_eq!(
            known.looked(vec![(1, with_volume("a", 5)), (2, key("b"))], now),
            [UsbEvent::Changed(with_volume("a", 5))]
        );
        assert_eq!(
            known.looked(vec![(2, key("b")), (3, key("c"))], now),
            [
                UsbEvent::Pulled(with_volume("a", 5)),
                UsbEvent::Plugged(key("c"))
            ]
        );
        assert_eq!(known.keys(), [key("b"), key("c")]);
    }

    #[test]
    fn a_file_that_is_written_is_no_event_but_the_free_space_is_known() {
        let mut known = Known::new(vec![(1, with_volume("a", 5))]);
        assert_eq!(
            known.looked(vec![(1, with_volume("a", 4))], Instant::now()),
            []
        );
        assert_eq!(known.keys(), [with_volume("a", 4)]);
    }

    #[test]
    fn two_keys_that_say_the_same_are_two() {
        let mut known = Known::new(vec![(1, key("a")), (2, key("b"))]);
        assert_eq!(
            known.looked(vec![(2, key("b"))], Instant::now()),
            [UsbEvent::Pulled(key("a"))]
        );
    }

    #[test]
    fn a_key_that_was_put_back_between_two_looks_was_pulled() {
        let now = Instant::now();
        // As on Linux, where the place has the new address in it.
        let mut known = Known::new(vec![(1, key("1-2@1.4"))]);
        let events = known.looked(vec![(2, key("1-2@1.5"))], now);
        assert_eq!(
            events,
            [
                UsbEvent::Pulled(key("1-2@1.4")),
                UsbEvent::Plugged(key("1-2@1.5"))
            ]
        );
        // As where the place stays the same.
        let mut known = Known::new(vec![(1, key("a"))]);
        let events = known.looked(vec![(2, key("a"))], now);
        assert_eq!(
            events,
            [UsbEvent::Pulled(key("a")), UsbEvent::Plugged(key("a"))]
        );
    }

    #[test]
    fn what_is_told_to_be_gone_does_not_come_back_by_being_listed_still() {
        let now = Instant::now();
        let mut known = Known::new(vec![(1, key("a"))]);
        assert_eq!(known.disconnected(1, now), Some(UsbEvent::Pulled(key("a"))));
        assert_eq!(known.keys(), []);
        assert_eq!(known.looked(vec![(1, key("a"))], now), []);
        assert_eq!(known.looked(vec![], now), []);
        // Gone from the list: what now has the id is plugged in.
        assert_eq!(
            known.looked(vec![(1, key("a"))], now),
            [UsbEvent::Plugged(key("a"))]
        );
    }

    #[test]
    fn what_was_put_back_counts_at_once_or_after_a_while() {
        let now = Instant::now();
        let told = |news: fn(&mut Known<u8>), later: Duration| {
            let mut known = Known::new(vec![(1, key("a"))]);
            known.disconnected(1, now);
            news(&mut known);
            known.looked(vec![(1, key("a"))], now + later)
        };
        let plugged = [UsbEvent::Plugged(key("a"))];
        assert_eq!(told(|known| known.connected(1), Duration::ZERO), plugged);
        assert_eq!(told(|_| {}, LINGERS / 2), []);
        assert_eq!(told(|_| {}, LINGERS), plugged);
    }

    #[test]
    fn a_key_that_is_half_gone_is_what_it_was_until_it_is_gone() {
        let now = Instant::now();
        let mut known = Known::new(vec![(1, with_volume("a", 5))]);
        let half = UsbKey {
            serial: None,
            ..key("a")
        };
        assert_eq!(known.looked(vec![(1, half)], now), []);
        assert_eq!(known.keys(), [with_volume("a", 5)]);
        assert_eq!(
            known.looked(vec![], now),
            [UsbEvent::Pulled(with_volume("a", 5))]
        );
    }

    #[test]
    fn a_device_that_is_no_key_is_no_event() {
        let mut known = Known::new(vec![(1, key("a"))]);
        assert_eq!(known.disconnected(7, Instant::now()), None);
        assert_eq!(known.keys(), [key("a")]);
    }
}
