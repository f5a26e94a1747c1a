//! Which devices are keys, and which files lie on them.

use std::env;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use keyferry_device::usb::{UsbBus, UsbEvent, this_bus};

use rustix::fs::{major, minor};

use crate::harness::scenarios;
use crate::stage::{Device, STICK, Stage};
use crate::told::{SOON, UNTOLD, keys, next, only_key, only_volume, pulled};

scenarios! {
    two_keys_with_one_serial_are_two_keys
    a_key_without_a_serial_is_found
    a_key_behind_a_hub_is_not_the_hub
    other_devices_are_no_keys
    a_key_without_a_medium_is_found
    without_usb_there_are_no_keys
    a_file_is_followed_to_its_key
    a_file_is_followed_by_the_number_of_its_device
    a_mount_that_stays_behind_is_no_key
    only_what_is_built_in_is_not_removable
}

fn two_keys_with_one_serial_are_two_keys(stage: &Stage) {
    let twin = Device {
        port: "1-2",
        address: 6,
        ..STICK
    };
    stage.put_mounted(&STICK, "sda", "one");
    stage.put_mounted(&twin, "sdb", "other");
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
    let at = stage.put_mounted(&behind, "sda", "key");
    stage.put(&Device {
        port: "1-4.1",
        address: 3,
        ..hub
    });
    stage.put_mounted(&deeper, "sdb", "deeper");

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

fn a_key_without_a_medium_is_found(stage: &Stage) {
    stage.put(&STICK);
    stage.put_disk(STICK.port, "sda", "8:0", 0);
    let key = only_key();
    assert_eq!(key.capacity, None);
    assert_eq!(key.volumes, []);
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
    let one = stage.put_mounted(&STICK, "sda", "one");
    let other = stage.put_mounted(&twin, "sdb", "other");
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

/// By a file of this machine, since a mount in memory has no block device's number.
fn a_file_is_followed_by_the_number_of_its_device(stage: &Stage) {
    let file = File::open(env::current_exe().unwrap()).unwrap();
    let device = file.metadata().unwrap().dev();
    if major(device) == 0 {
        println!("nothing to see: the file lies on a file system without a block device");
        return;
    }
    let number = format!("{}:{}", major(device), minor(device));
    assert_eq!(this_bus().key_of(&file).unwrap(), None);
    assert!(this_bus().is_removable(&file));
    stage.put(&STICK);
    let disk = stage.put_disk(STICK.port, "sda", "8:0", 60_000);
    stage.put_partition(&disk, "sda1", &number, 50_000);
    let place = Some(only_key().place);
    assert_eq!(this_bus().key_of(&file).unwrap(), place);
    assert!(this_bus().is_removable(&file));
    stage.take(STICK.port);
    assert_eq!(this_bus().key_of(&file).unwrap(), None);

    let built_in = Path::new("/sys/devices/pci0000:00/0000:00:1d.0/nvme/nvme0/nvme0n1");
    stage.put_block(built_in, &number, 60_000);
    assert_eq!(this_bus().key_of(&file).unwrap(), None);
    assert!(!this_bus().is_removable(&file));
}

fn a_mount_that_stays_behind_is_no_key(stage: &Stage) {
    let at = stage.put_mounted(&STICK, "sda", "key");
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

fn only_what_is_built_in_is_not_removable(stage: &Stage) {
    let pci = "/sys/devices/pci0000:00";
    let disks = [
        ("nvme0n1", "0000:00:1d.0/nvme/nvme0", false),
        (
            "sdc",
            "0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block",
            false,
        ),
        ("mmcblk0", "0000:00:1c.0/mmc0/mmc0:aaaa/block", true),
        ("sdd", "0000:00:14.0/usb2/2-1/2-1:1.0/host9/block", true),
    ];
    for (name, place, is_removable) in disks {
        let at = Path::new(pci).join(place).join(name);
        stage.put_block(&at, "8:80", 100);
        if name == "mmcblk0" {
            fs::create_dir(at.join("device")).unwrap();
            fs::write(at.join("device/type"), "SD\n").unwrap();
        }
        let (_, mounted) = stage.mount(&format!("/dev/{name}"), name);
        let file = File::open(mounted).unwrap();
        assert_eq!(this_bus().is_removable(&file), is_removable, "{name}");
        assert_eq!(this_bus().key_of(&file).unwrap(), None);
        fs::remove_file("/sys/dev/block/8:80").unwrap();
    }
    // A disk that says so itself.
    let sdc = Path::new("/sys/class/block/sdc");
    fs::write(sdc.join("removable"), "1\n").unwrap();
    let (_, mounted) = stage.mount("/dev/sdc", "again");
    assert!(this_bus().is_removable(&File::open(mounted).unwrap()));
    // What cannot be followed.
    let (_, mounted) = stage.mount("/dev/sdz", "unknown");
    assert!(this_bus().is_removable(&File::open(mounted).unwrap()));
}
