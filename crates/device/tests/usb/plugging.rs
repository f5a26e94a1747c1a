//! Keys come and go while they are watched.

use std::fs;
use std::time::Duration;

use keyferry_catalogue::Code;
use keyferry_device::usb::{UsbBus, this_bus};

use crate::harness::scenarios;
use crate::stage::{Device, STICK, STORAGE, Stage};
use crate::told::{SOON, UNTOLD, changed, keys, next, only_place, only_volume, plugged, pulled};

scenarios! {
    a_key_is_told_when_it_is_plugged_in_and_when_it_is_pulled
    keys_that_were_there_before_are_present_and_no_events
    without_udev_keys_are_found_by_looking
    a_device_whose_interfaces_come_late_is_told
    a_pulled_key_that_is_still_listed_is_gone
    a_key_that_is_put_back_was_pulled
    news_about_other_devices_neither_spin_nor_hide_a_pull
    what_the_system_does_not_tell_is_a_fault_and_passes
    a_watch_that_ends_leaves_nothing
}

fn a_key_is_told_when_it_is_plugged_in_and_when_it_is_pulled(stage: &Stage) {
    let mut watch = this_bus().watch().unwrap();
    assert_eq!(watch.present(), []);
    let mut slowest = [Duration::ZERO; 2];
    for _ in 0..20 {
        let at = stage.put_mounted(&STICK, "sda", "key");
        stage.tell_added(&STICK);
        let (events, after) = next(&mut watch, UNTOLD);
        let key = plugged(&events);
        assert!(after < SOON, "{after:?}");
        assert_eq!((key.vendor_id, key.product_id), (0x0781, 0x5581));
        assert_eq!(key.serial.as_deref(), STICK.serial);
        assert_eq!(key.maker.as_deref(), Some("SanDisk"));
        assert_eq!(key.name.as_deref(), Some("Ultra"));
        assert_eq!(key.capacity, Some(60_000 * 512));
        assert_eq!(only_place(only_volume(key)), at);
        assert_eq!(watch.present(), std::slice::from_ref(key));
        slowest[0] = slowest[0].max(after);

        stage.unmount(&at);
        stage.take(STICK.port);
        stage.tell_removed(&STICK);
        let (events, after) = next(&mut watch, UNTOLD);
        assert_eq!(pulled(&events).serial.as_deref(), STICK.serial);
        assert!(after < SOON, "{after:?}");
        assert_eq!(watch.present(), []);
        slowest[1] = slowest[1].max(after);
    }
    let [plugged, pulled] = slowest;
    println!("latency from udev's message, slowest of 20: plugged {plugged:?}, pulled {pulled:?}");
}

fn keys_that_were_there_before_are_present_and_no_events(stage: &Stage) {
    stage.put(&STICK);
    let mut watch = this_bus().watch().unwrap();
    assert_eq!(watch.present(), keys());
    assert_eq!(watch.present().len(), 1);
    assert_eq!(watch.next(Duration::from_millis(300)).unwrap(), []);
}

fn without_udev_keys_are_found_by_looking(stage: &Stage) {
    let mut watch = this_bus().watch().unwrap();
    stage.put(&STICK);
    let (events, after) = next(&mut watch, UNTOLD);
    plugged(&events);
    println!("latency of looking: {after:?}");
    stage.take(STICK.port);
    let (events, _) = next(&mut watch, UNTOLD);
    pulled(&events);
}

fn a_device_whose_interfaces_come_late_is_told(stage: &Stage) {
    let mut watch = this_bus().watch().unwrap();
    stage.put(&Device {
        interface: None,
        ..STICK
    });
    stage.tell_added(&STICK);
    assert_eq!(watch.next(Duration::from_millis(100)).unwrap(), []);
    stage.put_interface(STICK.port, STORAGE);
    let (events, after) = next(&mut watch, UNTOLD);
    assert_eq!(plugged(&events).volumes, []);
    assert!(after < Duration::from_millis(500), "{after:?}");
    // Its disk comes later still.
    stage.put_disk(STICK.port, "sda", "8:0", 60_000);
    let (events, after) = next(&mut watch, UNTOLD);
    assert_eq!(changed(&events).volumes.len(), 1);
    assert!(after < Duration::from_millis(500), "{after:?}");
}

fn a_pulled_key_that_is_still_listed_is_gone(stage: &Stage) {
    stage.put(&STICK);
    let mut watch = this_bus().watch().unwrap();
    stage.tell_removed(&STICK);
    pulled(&next(&mut watch, UNTOLD).0);
    assert_eq!(watch.next(Duration::from_millis(400)).unwrap(), []);
    stage.take(STICK.port);
    assert_eq!(watch.next(Duration::from_millis(400)).unwrap(), []);
}

fn a_key_that_is_put_back_was_pulled(stage: &Stage) {
    stage.put(&STICK);
    let mut watch = this_bus().watch().unwrap();
    let first = watch.present()[0].place.clone();
    let again = Device {
        address: 6,
        ..STICK
    };
    stage.take(STICK.port);
    stage.tell_removed(&STICK);
    stage.put(&again);
    stage.tell_added(&again);
    assert_eq!(pulled(&next(&mut watch, UNTOLD).0).place, first);
    let (events, after) = next(&mut watch, UNTOLD);
    assert_ne!(plugged(&events).place, first);
    assert!(after < SOON, "{after:?}");
}

fn news_about_other_devices_neither_spin_nor_hide_a_pull(stage: &Stage) {
    stage.put(&STICK);
    let mut watch = this_bus().watch().unwrap();
    let before = cpu_ticks();
    for _ in 0..100 {
        stage.tell_other();
    }
    assert_eq!(watch.next(Duration::from_millis(700)).unwrap(), []);
    let spent = cpu_ticks() - before;
    assert!(spent < 20, "{spent} hundredths of a second");
    for _ in 0..100 {
        stage.tell_other();
    }
    stage.take(STICK.port);
    stage.tell_removed(&STICK);
    let (events, after) = next(&mut watch, UNTOLD);
    pulled(&events);
    assert!(after < SOON, "{after:?}");
}

/// What this process used of the processor, in hundredths of a second.
fn cpu_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split(' ').collect();
    fields[12].parse::<u64>().unwrap() + fields[13].parse::<u64>().unwrap()
}

fn a_watch_that_ends_leaves_nothing(_stage: &Stage) {
    let files = || fs::read_dir("/proc/self/fd").unwrap().count();
    let threads = || fs::read_dir("/proc/self/task").unwrap().count();
    // nusb starts its one thread with the first watch, and keeps it.
    drop(this_bus().watch().unwrap());
    let before = (files(), threads());
    for _ in 0..50 {
        let mut watch = this_bus().watch().unwrap();
        assert_eq!(watch.next(Duration::ZERO).unwrap(), []);
    }
    assert_eq!((files(), threads()), before);
}

fn what_the_system_does_not_tell_is_a_fault_and_passes(stage: &Stage) {
    let devices = "/sys/bus/usb/devices";
    let mut watch = this_bus().watch().unwrap();
    fs::remove_dir(devices).unwrap();
    fs::write(devices, "").unwrap();
    assert_eq!(this_bus().keys().unwrap_err().code(), Code::UsbUnavailable);
    assert!(this_bus().watch().is_err());
    stage.tell_added(&STICK);
    let fault = watch.next(UNTOLD).unwrap_err();
    assert_eq!(fault.code(), Code::UsbUnavailable);
    fs::remove_file(devices).unwrap();
    fs::create_dir(devices).unwrap();
    stage.put(&STICK);
    plugged(&next(&mut watch, UNTOLD).0);
}
