//! Which disk of a Linux machine holds its system, and what identifies it.

use crate::tree::{DISK, FakeTree};
use keyferry_token::ComponentKind::SystemDisk;

const WWID: &str = "naa.5002538e40a1b2c3";
const SECOND: &str = "pci0000:00/0000:00:17.0/ata2/host1/target1:0:0/1:0:0:0/block/sdb";

#[test]
fn luks_and_lvm_are_followed_to_the_drive() {
    let tree = FakeTree::workstation();
    tree.disk(SECOND, "8:16");
    tree.disk_fact(SECOND, "device/wwid", "naa.5002538e99999999");
    tree.stacked("dm-0", "253:0", &[&format!("{DISK}/sda2")]);
    tree.stacked("dm-1", "253:1", &["virtual/block/dm-0"]);
    tree.mount_root("253:1", "/dev/mapper/vg-root");
    assert_eq!(tree.component(SystemDisk).as_deref(), Some(WWID));
}

#[test]
fn a_partition_on_a_mirror_goes_by_the_drive_at_the_lowest_place() {
    let tree = FakeTree::workstation();
    tree.disk(SECOND, "8:16");
    tree.disk_fact(SECOND, "device/wwid", "naa.5002538e99999999");
    tree.stacked("md0", "9:0", &[SECOND, DISK]);
    tree.partition("virtual/block/md0", "md0p1", "259:1");
    tree.mount_root("259:1", "/dev/md0p1");
    assert_eq!(tree.component(SystemDisk).as_deref(), Some(WWID));
}

#[test]
fn devices_stacked_in_a_circle_end_somewhere() {
    let tree = FakeTree::bare();
    tree.stacked("dm-0", "253:0", &["virtual/block/dm-1"]);
    tree.stacked("dm-1", "253:1", &["virtual/block/dm-0"]);
    tree.mount_root("253:0", "/dev/mapper/a");
    assert_eq!(tree.component(SystemDisk), None);
}

#[test]
fn btrfs_is_followed_by_its_source() {
    let tree = FakeTree::workstation();
    tree.disk(SECOND, "8:16");
    tree.write("dev/sda2", "");
    tree.mount_root("0:31", "/dev/sda2");
    assert_eq!(tree.component(SystemDisk).as_deref(), Some(WWID));
}

#[test]
fn an_nvme_drive_is_known_by_its_serial() {
    for place in [
        "pci0000:00/0000:00:1d.0/0000:02:00.0/nvme/nvme0/nvme0n1",
        "virtual/nvme-subsystem/nvme-subsys0/nvme0n1",
    ] {
        let tree = FakeTree::bare();
        tree.disk(place, "259:0");
        tree.disk_fact(place, "wwid", "eui.0025385b71b0a1c2");
        tree.disk_fact(place, "device/serial", "S5GXNX0T123456      ");
        tree.partition(place, "nvme0n1p2", "259:2");
        tree.mount_root("259:2", "/dev/nvme0n1p2");
        assert_eq!(
            tree.component(SystemDisk).as_deref(),
            Some("s5gxnx0t123456"),
            "{place}"
        );
    }
}

#[test]
fn a_disk_without_a_serial_is_left_out() {
    let tree = FakeTree::bare();
    let virtio = "pci0000:00/0000:00:02.0/virtio1/block/vda";
    tree.disk(virtio, "254:0");
    tree.disk(DISK, "8:0");
    tree.disk_fact(DISK, "device/wwid", WWID);
    tree.mount_root("254:0", "/dev/vda");
    assert_eq!(tree.component(SystemDisk), None);
    tree.disk_fact(virtio, "serial", "rootfs");
    assert_eq!(
        tree.component(SystemDisk),
        None,
        "a name that many machines share"
    );
    tree.rewrite(&format!("sys/devices/{virtio}/serial"), "vol-07f3a1");
    assert_eq!(tree.component(SystemDisk).as_deref(), Some("vol-07f3a1"));
}

#[test]
fn a_system_on_a_stick_or_card_has_no_disk() {
    let stick = "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdc";
    let tray = "pci0000:00/0000:00:17.0/ata5/host4/target4:0:0/4:0:0:0/block/sdd";
    let card = "pci0000:00/0000:00:1a.0/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0";
    for (place, fact, value) in [
        (stick, "device/serial", "4C530001230101117392"),
        (tray, "removable", "1"),
        (card, "device/type", "SD"),
    ] {
        let tree = FakeTree::workstation();
        tree.disk(place, "8:32");
        tree.disk_fact(place, "device/wwid", "naa.5002538e77777777");
        std::fs::remove_file(tree.path(&format!("sys/devices/{place}/{fact}"))).ok();
        tree.disk_fact(place, fact, value);
        tree.mount_root("8:32", "/dev/sdc");
        assert_eq!(tree.component(SystemDisk), None, "{place}");
    }
}

#[test]
fn where_the_root_cannot_be_followed_an_only_disk_is_the_systems() {
    let tree = FakeTree::workstation();
    tree.mount_root("0:57", "overlay");
    assert_eq!(tree.component(SystemDisk).as_deref(), Some(WWID));
    let stick = "pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sdc";
    tree.disk(stick, "8:32");
    tree.stacked("loop0", "7:0", &[]);
    assert_eq!(tree.component(SystemDisk).as_deref(), Some(WWID));
    tree.disk(SECOND, "8:16");
    assert_eq!(
        tree.component(SystemDisk),
        None,
        "which of two cannot be known"
    );
}

#[test]
fn an_emmc_chip_with_its_boot_areas_is_one_disk() {
    let tree = FakeTree::bare();
    let chip = "platform/fe310000.mmc/mmc_host/mmc0/mmc0:0001/block/mmcblk0";
    tree.disk(chip, "179:0");
    tree.disk_fact(chip, "device/type", "MMC");
    tree.disk_fact(chip, "device/cid", "150100424a544434520d2a3b4c5d6e7f");
    tree.disk(&format!("{chip}/mmcblk0boot0"), "179:32");
    tree.mount_root("0:57", "overlay");
    let cid = tree.component(SystemDisk);
    assert_eq!(cid.as_deref(), Some("150100424a544434520d2a3b4c5d6e7f"));
}
