//! What happens to keys, and what has to be told of it.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use keyferry_device::usb::{UsbBus, UsbEvent, UsbKey, UsbWatch, Volume, this_bus};

use crate::harness::Scenario;
use crate::stage::{Device, STICK, STORAGE, Stage};

/// How soon what the system said has to be told.
const SOON: Duration = Duration::from_millis(200);
/// How long is waited for what nobody says.
const UNTOLD: Duration = Duration::from_secs(3);

macro_rules! scenarios {
    ($($name:ident)*) => {
        pub(crate) fn all() -> Vec<Scenario> {
            vec![$((stringify!($name), $name)),*]
        }
    };
}

scenarios! {
    a_key_is_told_when_it_is_plugged_in_and_when_it_is_pulled
    keys_that_were_there_before_are_present_and_no_events
    two_keys_with_one_serial_are_two_keys
    a_key_without_a_serial_is_found
    a_key_behind_a_hub_is_not_the_hub
    other_devices_are_no_keys
    several_volumes_are_found
    a_volume_that_is_mounted_later_is_told_at_once
    a_volume_is_read_only_where_nothing_can_be_written
    a_place_with_a_space_is_found
    folders_of_a_volume_mounted_elsewhere_are_no_places_of_it
    what_udev_knows_of_a_volume_is_read
    an_opened_encrypted_volume_lies_on_its_key
    a_key_without_a_medium_is_found
    without_udev_keys_are_found_by_looking
    a_device_whose_interfaces_come_late_is_told
    without_usb_there_are_no_keys
    a_file_is_followed_to_its_key
    a_mount_that_stays_behind_is_no_key
    a_pulled_key_that_is_still_listed_is_gone
    a_key_that_is_put_back_was_pulled
    news_about_other_devices_neither_spin_nor_hide_a_pull
    a_watch_that_ends_leaves_nothing
}

fn keys() -> Vec<UsbKey> {
    this_bus().keys().unwrap()
}

fn only_key() -> UsbKey {
    let mut keys = keys();
    assert_eq!(keys.len(), 1, "{keys:#?}");
    keys.remove(0)
}

fn only_volume(key: &UsbKey) -> &Volume {
    assert_eq!(key.volumes.len(), 1, "{key:#?}");
    &key.volumes[0]
}

fn only_place(volume: &Volume) -> &Path {
    assert_eq!(volume.mount_points.len(), 1, "{volume:#?}");
    &volume.mount_points[0]
}

/// What is told within a time, and how soon it was.
fn next(watch: &mut Box<dyn UsbWatch>, within: Duration) -> (Vec<UsbEvent>, Duration) {
    let started = Instant::now();
    (watch.next(within).unwrap(), started.elapsed())
}

fn plugged(events: &[UsbEvent]) -> &UsbKey {
    match events {
        [UsbEvent::Plugged(key)] => key,
        other => panic!("{other:#?}"),
    }
}

fn changed(events: &[UsbEvent]) -> &UsbKey {
    match events {
        [UsbEvent::Changed(key)] => key,
        other => panic!("{other:#?}"),
    }
}

fn pulled(events: &[UsbEvent]) -> &UsbKey {
    match events {
        [UsbEvent::Pulled(key)] => key,
        other => panic!("{other:#?}"),
    }
}

/// A stick with one partition that is mounted at a place of this name.
fn put_mounted(stage: &Stage, device: &Device, disk: &str, name: &str) -> PathBuf {
    stage.put(device);
    let whole = stage.put_disk(
        device.port,
        disk,
        &format!("8:{}", device.address * 16),
        60_000,
    );
    let (number, at) = stage.mount(&format!("/dev/{disk}1"), name);
    stage.put_partition(&whole, &format!("{disk}1"), &number, 50_000);
    at
}

fn a_key_is_told_when_it_is_plugged_in_and_when_it_is_pulled(stage: &Stage) {
    let mut watch = this_bus().watch().unwrap();
    assert_eq!(watch.present(), []);
    let mut slowest = [Duration::ZERO; 2];
    for _ in 0..20 {
        let at = put_mounted(stage, &STICK, "sda", "key");
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

fn two_keys_with_one_serial_are_two_keys(stage: &Stage) {
    let twin = Device {
        port: "1-2",
        address: 6,
        ..STICK
    };
    put_mounted(stage, &STICK, "sda", "one");
    put_mounted(stage, &twin, "sdb", "other");
    let found = keys();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].serial, found[1].serial);
    assert_ne!(found[0].place, found[1].place);
    assert_eq!(only_volume(&found[0]).device, "/dev/sda1");
    assert_eq!(only_volume(&found[1]).device, "/dev/sdb1");

    let mut watch = this_bus().watch().unwrap();
    stage.take(twin.port);
    stage.tell_removed(&twin);
    let (events, _) = next(&mut watch, UNTOLD);
    assert_eq!(pulled(&events).place, found[1].place);
    assert_eq!(watch.present()[0].place, found[0].place);
}

fn a_key_without_a_serial_is_found(stage: &Stage) {
    stage.put(&Device {
        serial: None,
        ..STICK
    });
    stage.put(&Device {
        port: "1-2",
        address: 6,
        serial: Some(" \u{1} "),
        ..STICK
    });
    assert_eq!(
        keys().iter().map(|key| &key.serial).collect::<Vec<_>>(),
        [&None, &None]
    );
}

fn a_key_behind_a_hub_is_not_the_hub(stage: &Stage) {
    let hub = Device {
        port: "1-4",
        address: 2,
        interface: Some(["09", "00", "00"]),
        ..STICK
    };
    let behind = Device {
        port: "1-4.3",
        address: 7,
        ..STICK
    };
    let deeper = Device {
        port: "1-4.1.2",
        address: 8,
        ..STICK
    };
    stage.put(&hub);
    let at = put_mounted(stage, &behind, "sda", "key");
    stage.put(&Device {
        port: "1-4.1",
        address: 3,
        ..hub
    });
    put_mounted(stage, &deeper, "sdb", "deeper");

    let found = keys();
    assert_eq!(found.len(), 2, "{found:#?}");
    let disks: Vec<_> = found
        .iter()
        .map(|key| only_volume(key).device.as_str())
        .collect();
    assert_eq!(disks, ["/dev/sdb1", "/dev/sda1"]);
    let file = File::open(&at).unwrap();
    assert_eq!(
        this_bus().key_of(&file).unwrap(),
        Some(found[1].place.clone())
    );

    // The hub is pulled with all that hangs on it.
    let mut watch = this_bus().watch().unwrap();
    stage.take(hub.port);
    for gone in [&deeper, &behind, &hub] {
        stage.tell_removed(gone);
    }
    let mut gone = 0;
    while gone < 2 {
        let (events, after) = next(&mut watch, UNTOLD);
        assert!(after < SOON, "{after:?}");
        gone += events.len();
        assert!(
            events
                .iter()
                .all(|event| matches!(event, UsbEvent::Pulled(_)))
        );
    }
    assert_eq!(watch.present(), []);
}

fn other_devices_are_no_keys(stage: &Stage) {
    stage.put(&Device {
        interface: Some(["03", "01", "02"]),
        ..STICK
    });
    assert_eq!(keys(), []);
    // Storage with a maker's own interface is told by its disk.
    let own = Device {
        port: "1-2",
        address: 6,
        interface: Some(["ff", "00", "00"]),
        ..STICK
    };
    stage.put(&own);
    assert_eq!(keys(), []);
    stage.put_disk(own.port, "sda", "8:0", 100);
    assert_eq!(only_key().capacity, Some(51_200));
}

fn several_volumes_are_found(stage: &Stage) {
    stage.put(&STICK);
    let disk = stage.put_disk(STICK.port, "sda", "8:0", 60_000);
    let (number, at) = stage.mount("/dev/sda1", "one");
    stage.put_partition(&disk, "sda1", &number, 20_000);
    stage.put_partition(&disk, "sda2", "8:2", 30_000);
    // Another computer's disk, which is no part of it.
    let elsewhere = Path::new("/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/block/sdx");
    fs::create_dir_all(elsewhere).unwrap();
    fs::write(elsewhere.join("dev"), "8:99").unwrap();
    std::os::unix::fs::symlink(elsewhere, "/sys/class/block/sdx").unwrap();

    let key = only_key();
    assert_eq!(key.capacity, Some(60_000 * 512));
    let [one, two] = &key.volumes[..] else {
        panic!("{key:#?}")
    };
    assert_eq!(
        (one.device.as_str(), one.size),
        ("/dev/sda1", Some(20_000 * 512))
    );
    assert_eq!(only_place(one), at);
    assert_eq!(one.file_system.as_deref(), Some("tmpfs"));
    assert!(one.free.is_some_and(|free| free > 0));
    assert!(!one.read_only);
    assert_eq!(
        (two.device.as_str(), two.size),
        ("/dev/sda2", Some(30_000 * 512))
    );
    assert!(two.mount_points.is_empty() && two.free.is_none());
}

fn a_volume_that_is_mounted_later_is_told_at_once(stage: &Stage) {
    stage.put(&STICK);
    // A stick without partitions. What a later mount's number will be is found out by one that
    // goes again.
    let (number, at) = stage.mount("/dev/sda", "key");
    stage.unmount(&at);
    stage.put_disk(STICK.port, "sda", &number, 60_000);
    let mut watch = this_bus().watch().unwrap();
    assert_eq!(
        only_volume(&watch.present()[0]).mount_points,
        [""; 0].map(PathBuf::from)
    );
    assert_eq!(watch.next(Duration::from_millis(100)).unwrap(), []);

    let (_, at) = stage.mount("/dev/sda", "key");
    let (events, after) = next(&mut watch, UNTOLD);
    println!("latency from the mount: {after:?}");
    assert!(after < SOON, "{after:?}");
    assert_eq!(only_place(only_volume(changed(&events))), at);

    stage.unmount(&at);
    let (events, after) = next(&mut watch, UNTOLD);
    assert!(after < SOON, "{after:?}");
    assert!(only_volume(changed(&events)).mount_points.is_empty());
}

fn a_volume_is_read_only_where_nothing_can_be_written(stage: &Stage) {
    let at = put_mounted(stage, &STICK, "sda", "key");
    assert!(!only_volume(&only_key()).read_only);
    stage.make_read_only(&at);
    assert!(only_volume(&only_key()).read_only);
    // Or the key itself has a switch for it.
    stage.unmount(&at);
    assert!(!only_volume(&only_key()).read_only);
    fs::write("/sys/class/block/sda1/ro", "1\n").unwrap();
    assert!(only_volume(&only_key()).read_only);
}

fn a_place_with_a_space_is_found(stage: &Stage) {
    let at = put_mounted(stage, &STICK, "sda", "my \\ key\t#1");
    let key = only_key();
    assert_eq!(only_place(only_volume(&key)), at);
    let file = File::open(&at).unwrap();
    assert_eq!(this_bus().key_of(&file).unwrap(), Some(key.place));
}

fn folders_of_a_volume_mounted_elsewhere_are_no_places_of_it(stage: &Stage) {
    let at = put_mounted(stage, &STICK, "sda", "key");
    fs::create_dir(at.join("KEYFERRY")).unwrap();
    let whole = stage.bind(&at, "again");
    let folder = stage.bind(&at.join("KEYFERRY"), "folder");
    let key = only_key();
    assert_eq!(only_volume(&key).mount_points, [at, whole]);
    let file = File::open(folder).unwrap();
    assert_eq!(this_bus().key_of(&file).unwrap(), Some(key.place));
}

fn what_udev_knows_of_a_volume_is_read(stage: &Stage) {
    stage.put(&STICK);
    stage.put_disk(STICK.port, "sda", "8:0", 60_000);
    stage.udev_knows(
        "8:0",
        "E:ID_FS_UUID=CAFE-1234\nE:ID_FS_TYPE=vfat\nE:ID_FS_LABEL=My_key\nE:ID_FS_LABEL_ENC=My\\x20key",
    );
    let key = only_key();
    let volume = only_volume(&key);
    assert_eq!(volume.uuid.as_deref(), Some("CAFE-1234"));
    assert_eq!(volume.label.as_deref(), Some("My key"));
    assert_eq!(volume.file_system.as_deref(), Some("vfat"));
}

fn an_opened_encrypted_volume_lies_on_its_key(stage: &Stage) {
    stage.put(&STICK);
    let disk = stage.put_disk(STICK.port, "sda", "8:0", 60_000);
    stage.put_partition(&disk, "sda1", "8:1", 50_000);
    let (number, at) = stage.mount("/dev/dm-0", "key");
    stage.put_stacked("dm-0", &number, 40_000, &disk.join("sda1"));
    let key = only_key();
    assert_eq!(key.capacity, Some(60_000 * 512));
    assert_eq!(only_volume(&key).device, "/dev/dm-0");
    assert_eq!(only_place(only_volume(&key)), at);
    let file = File::open(&at).unwrap();
    assert_eq!(this_bus().key_of(&file).unwrap(), Some(key.place));
    assert!(this_bus().is_removable(&file));
}

fn a_key_without_a_medium_is_found(stage: &Stage) {
    stage.put(&STICK);
    stage.put_disk(STICK.port, "sda", "8:0", 0);
    let key = only_key();
    assert_eq!(key.capacity, None);
    assert_eq!(key.volumes, []);
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

fn without_usb_there_are_no_keys(stage: &Stage) {
    stage.without_usb();
    assert_eq!(keys(), []);
    let mut watch = this_bus().watch().unwrap();
    assert_eq!(watch.present(), []);
    assert_eq!(watch.next(Duration::from_millis(50)).unwrap(), []);
}

fn a_file_is_followed_to_its_key(stage: &Stage) {
    let twin = Device {
        port: "1-2",
        address: 6,
        ..STICK
    };
    let one = put_mounted(stage, &STICK, "sda", "one");
    let other = put_mounted(stage, &twin, "sdb", "other");
    let found = keys();
    let bus = this_bus();
    for (at, key) in [(&one, &found[0]), (&other, &found[1])] {
        fs::write(at.join("a.lic"), "license").unwrap();
        let file = File::open(at.join("a.lic")).unwrap();
        assert_eq!(bus.key_of(&file).unwrap().as_ref(), Some(&key.place));
        assert!(bus.is_removable(&file));
    }
    // By the mount that it was opened from, wherever a link to it lies.
    let (_, elsewhere) = stage.mount("memory", "elsewhere");
    fs::write(elsewhere.join("a.lic"), "license").unwrap();
    let file = File::open(elsewhere.join("a.lic")).unwrap();
    assert_eq!(bus.key_of(&file).unwrap(), None);
    assert!(!bus.is_removable(&file));
}

fn a_mount_that_stays_behind_is_no_key(stage: &Stage) {
    let at = put_mounted(stage, &STICK, "sda", "key");
    fs::write(at.join("a.lic"), "license").unwrap();
    let mut file = File::open(at.join("a.lic")).unwrap();
    let mut watch = this_bus().watch().unwrap();
    stage.take(STICK.port);
    stage.tell_removed(&STICK);
    pulled(&next(&mut watch, UNTOLD).0);
    assert_eq!(keys(), []);

    // It reads as before, and proves nothing.
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "license");
    assert_eq!(this_bus().key_of(&file).unwrap(), None);
    assert!(this_bus().is_removable(&file));

    // Put back it is another disk, which nobody mounted yet.
    stage.put(&Device {
        address: 9,
        ..STICK
    });
    stage.put_disk(STICK.port, "sdb", "8:16", 60_000);
    assert!(only_volume(&only_key()).mount_points.is_empty());
    assert_eq!(this_bus().key_of(&file).unwrap(), None);
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

/// What this process used of the processor, in hundredths of a second.
fn cpu_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split(' ').collect();
    fields[12].parse::<u64>().unwrap() + fields[13].parse::<u64>().unwrap()
}
