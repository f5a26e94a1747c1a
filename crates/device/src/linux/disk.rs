//! The disk that holds the system: from the root mount down to the drive, and what identifies it.

use std::path::{Path, PathBuf};

use super::bus::is_built_in;
use super::tree::Tree;
use crate::value::telling;

/// How many layers (partition, LUKS, LVM, RAID, …) are followed.
pub(crate) const DEEPEST: usize = 12;

/// What identifies the built-in disk that holds `/`. Where that cannot be followed (overlay, ZFS,
/// network roots), the only built-in disk, if there is only one.
///
/// With several disks under one RAID or volume, the one at the lowest place that has a value.
pub(super) fn system_disk(tree: &Tree) -> Option<String> {
    let disks = match root_device(tree).map(|device| disks_under(tree, &device, DEEPEST)) {
        Some(disks) if !disks.is_empty() => disks,
        _ => only_disk(tree).into_iter().collect(),
    };
    disks
        .iter()
        .filter(|disk| is_fixed(tree, disk))
        .find_map(|disk| identity(tree, disk))
}

/// The block device that is mounted on `/`, as a folder under `sys`.
fn root_device(tree: &Tree) -> Option<PathBuf> {
    let mounts = tree.list("proc/self/mountinfo")?;
    // proc(5): the fields before " - " have a fixed order; after it come type and source. Of two
    // mounts on one place the later one is seen.
    let root = mounts
        .lines()
        .rfind(|line| line.split(' ').nth(4) == Some("/"))?;
    let number = root.split(' ').nth(2)?;
    tree.resolve(Path::new("sys/dev/block").join(number))
        .or_else(|| {
            // Btrfs shows a number of its own, so that only the source tells.
            let source = root.split_once(" - ")?.1.split(' ').nth(1)?;
            let node = tree.resolve(source.strip_prefix('/')?)?;
            tree.resolve(Path::new("sys/class/block").join(node.file_name()?))
        })
}

/// The disks that a block device lies on, through partitions and stacked devices, by place.
pub(crate) fn disks_under(tree: &Tree, device: &Path, depth: usize) -> Vec<PathBuf> {
    if depth == 0 {
        return Vec::new();
    }
    if tree.exists(device.join("partition")) {
        return device
            .parent()
            .map(|disk| disks_under(tree, disk, depth - 1))
            .unwrap_or_default();
    }
    let below = tree.names(device.join("slaves"));
    if below.is_empty() {
        // A loop or RAM device lies on nothing that could be followed.
        let made_up = device.starts_with("sys/devices/virtual/block");
        return if made_up {
            Vec::new()
        } else {
            vec![device.to_owned()]
        };
    }
    let mut disks: Vec<PathBuf> = below
        .iter()
        .filter_map(|name| tree.resolve(device.join("slaves").join(name)))
        .flat_map(|lower| disks_under(tree, &lower, depth - 1))
        .collect();
    disks.sort();
    disks.dedup();
    disks
}

fn only_disk(tree: &Tree) -> Option<PathBuf> {
    let all: Vec<PathBuf> = tree
        .names("sys/block")
        .iter()
        .filter_map(|name| tree.resolve(Path::new("sys/block").join(name)))
        .filter(|disk| is_fixed(tree, disk))
        .collect();
    // The boot areas of an eMMC chip are shown as disks inside its disk.
    let mut disks = all.iter().filter(|disk| {
        !all.iter()
            .any(|other| other != *disk && disk.starts_with(other))
    });
    let only = disks.next()?;
    disks.next().is_none().then(|| only.clone())
}

/// Whether all that a block device lies on stays in the machine. Devices that software makes (loop,
/// RAM, network) are not followed and do not count as staying.
pub(crate) fn stays(tree: &Tree, block: &Path) -> bool {
    let disks = disks_under(tree, block, DEEPEST);
    !disks.is_empty() && disks.iter().all(|disk| is_fixed(tree, disk))
}

/// A disk that stays in the machine: no stick, no card, nothing on a cable that gets pulled.
fn is_fixed(tree: &Tree, disk: &Path) -> bool {
    let flag = |path: &str| tree.text(disk.join(path));
    is_built_in(tree, disk)
        && flag("removable").as_deref() != Some("1")
        && flag("device/type").as_deref() != Some("SD")
}

fn identity(tree: &Tree, disk: &Path) -> Option<String> {
    let is_nvme = disk.file_name()?.to_str()?.starts_with("nvme");
    // NVMe: the kernel corrects bogus wide names from version to version, but not serials.
    // Others: a SCSI serial is shown by new kernels only, so the wide name has to go first.
    let sources: &[&str] = if is_nvme {
        &["device/serial", "wwid"]
    } else {
        &[
            "device/wwid",
            "wwid",
            "device/cid",
            "device/serial",
            "serial",
        ]
    };
    sources.iter().find_map(|path| {
        let text = tree.text(disk.join(path))?;
        (telling(&text).is_some() && !is_a_given_name(&text)).then_some(text)
    })
}

/// What the owner of a virtual machine calls its disk in place of a serial: `rootfs`,
/// `drive-scsi0`. Makers' serials and wide names have more digits.
fn is_a_given_name(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() < 2
}
