//! What lies on a key, and where it is mounted.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use keyferry_device::usb::{UsbBus, this_bus};

use crate::harness::scenarios;
use crate::stage::{Device, STICK, Stage};
use crate::told::{SOON, UNTOLD, changed, keys, next, only_key, only_place, only_volume};

scenarios! {
    several_volumes_are_found
    a_volume_that_is_mounted_later_is_told_at_once
    a_volume_is_read_only_where_nothing_can_be_written
    a_place_with_a_space_is_found
    folders_of_a_volume_mounted_elsewhere_are_no_places_of_it
    a_mount_without_the_devices_number_counts_by_its_source_and_last
    what_udev_knows_of_a_volume_is_read
    an_opened_encrypted_volume_lies_on_its_key
    a_volume_across_two_keys_lies_on_neither
}

fn several_volumes_are_found(stage: &Stage) {
    stage.put(&STICK);
    let disk = stage.put_disk(STICK.port, "sda", "8:0", 60_000);
    let (number, at) = stage.mount("/dev/sda1", "one");
    stage.put_partition(&disk, "sda1", &number, 20_000);
    stage.put_partition(&disk, "sda2", "8:2", 30_000);
    // A disk beside it.
    let beside = Path::new("/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/block/sdx");
    stage.put_block(beside, "8:99", 100);

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
    assert!(only_volume(&watch.present()[0]).mount_points.is_empty());
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
    let at = stage.put_mounted(&STICK, "sda", "key");
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
    let at = stage.put_mounted(&STICK, "sda", "my \\ key\t#1");
    let key = only_key();
    assert_eq!(only_place(only_volume(&key)), at);
    let file = File::open(&at).unwrap();
    assert_eq!(this_bus().key_of(&file).unwrap(), Some(key.place));
}

fn folders_of_a_volume_mounted_elsewhere_are_no_places_of_it(stage: &Stage) {
    let at = stage.put_mounted(&STICK, "sda", "key");
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
    stage.put_stacked("dm-0", &number, 40_000, &[&disk.join("sda1")]);
    let key = only_key();
    assert_eq!(key.capacity, Some(60_000 * 512));
    assert_eq!(only_volume(&key).device, "/dev/dm-0");
    assert_eq!(only_place(only_volume(&key)), at);
    let file = File::open(&at).unwrap();
    assert_eq!(this_bus().key_of(&file).unwrap(), Some(key.place));
    assert!(this_bus().is_removable(&file));
}

fn a_volume_across_two_keys_lies_on_neither(stage: &Stage) {
    let other = Device {
        port: "1-2",
        address: 6,
        ..STICK
    };
    stage.put(&STICK);
    stage.put(&other);
    let disks = [
        stage.put_disk(STICK.port, "sda", "8:0", 60_000),
        stage.put_disk(other.port, "sdb", "8:16", 60_000),
    ];
    let (number, at) = stage.mount("/dev/dm-0", "both");
    stage.put_stacked("dm-0", &number, 40_000, &[&disks[0], &disks[1]]);
    for key in keys() {
        assert_eq!(key.capacity, Some(60_000 * 512));
        assert_eq!(key.volumes, []);
    }
    let file = File::open(&at).unwrap();
    assert_eq!(this_bus().key_of(&file).unwrap(), None);
    assert!(this_bus().is_removable(&file));
}

fn a_mount_without_the_devices_number_counts_by_its_source_and_last(stage: &Stage) {
    stage.put(&STICK);
    let disk = stage.put_disk(STICK.port, "sda", "8:0", 60_000);
    stage.put_partition(&disk, "sda1", "8:1", 50_000);
    // As FUSE mounts a stick.
    let (_, by_program) = stage.mount("/dev/sda1", "program");
    assert_eq!(only_place(only_volume(&only_key())), by_program);
    // The kernel's own mount is the only one then: the other could be anybody's.
    let (number, by_kernel) = stage.mount("/dev/sda1", "kernel");
    fs::write("/sys/class/block/sda1/dev", number).unwrap();
    assert_eq!(only_place(only_volume(&only_key())), by_kernel);
}
