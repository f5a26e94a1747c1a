//! What the scenarios ask of the machine's USB, and what they expect to hear.

use std::path::Path;
use std::time::{Duration, Instant};

use keyferry_device::usb::{UsbBus, UsbEvent, UsbKey, UsbWatch, Volume, this_bus};

/// How soon what the system said has to be told.
pub(crate) const SOON: Duration = Duration::from_millis(200);
/// How long is waited for what nobody says.
pub(crate) const UNTOLD: Duration = Duration::from_secs(3);

pub(crate) fn keys() -> Vec<UsbKey> {
    this_bus().keys().unwrap()
}

pub(crate) fn only_key() -> UsbKey {
    let mut keys = keys();
    assert_eq!(keys.len(), 1, "{keys:#?}");
    keys.remove(0)
}

pub(crate) fn only_volume(key: &UsbKey) -> &Volume {
    assert_eq!(key.volumes.len(), 1, "{key:#?}");
    &key.volumes[0]
}

pub(crate) fn only_place(volume: &Volume) -> &Path {
    assert_eq!(volume.mount_points.len(), 1, "{volume:#?}");
    &volume.mount_points[0]
}

/// What is told within a time, and how soon it was.
pub(crate) fn next(watch: &mut Box<dyn UsbWatch>, within: Duration) -> (Vec<UsbEvent>, Duration) {
    let started = Instant::now();
    (watch.next(within).unwrap(), started.elapsed())
}

pub(crate) fn plugged(events: &[UsbEvent]) -> &UsbKey {
    match events {
        [UsbEvent::Plugged(key)] => key,
        other => panic!("{other:#?}"),
    }
}

pub(crate) fn changed(events: &[UsbEvent]) -> &UsbKey {
    match events {
        [UsbEvent::Changed(key)] => key,
        other => panic!("{other:#?}"),
    }
}

pub(crate) fn pulled(events: &[UsbEvent]) -> &UsbKey {
    match events {
        [UsbEvent::Pulled(key)] => key,
        other => panic!("{other:#?}"),
    }
}
