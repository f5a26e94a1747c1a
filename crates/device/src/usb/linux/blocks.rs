//! Block devices, and the USB devices that they lie on, from sysfs.

use std::path::{Path, PathBuf};

use crate::linux::disk::{DEEPEST, disks_under};
use crate::linux::tree::Tree;
use crate::usb::key::UsbPlace;

/// The unit of `size`, whatever the disk's own is.
const SECTOR: u64 = 512;

/// A disk, a partition, or a device made from others (LUKS, LVM), on a USB device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// `sdb1`
    pub(super) name: String,
    /// `8:17`
    pub(super) number: String,
    /// Its folder, resolved, under the root of the tree.
    pub(super) path: PathBuf,
    /// The folder of the USB device that all of it lies on.
    pub(super) on: PathBuf,
}

/// All block devices that lie on a USB device, by name.
pub(super) fn on_usb(tree: &Tree) -> Vec<Block> {
    let names = tree.names("sys/class/block");
    let blocks = names.into_iter().filter_map(|name| {
        let path = tree.resolve(Path::new("sys/class/block").join(&name))?;
        Some(Block {
            on: usb_device_under(tree, &path)?,
            number: tree.text(path.join("dev"))?,
            name,
            path,
        })
    });
    blocks.collect()
}

impl Block {
    /// Neither divided into partitions nor opened as something else (LUKS, LVM): it can hold files
    /// itself. `others` are all block devices.
    pub(super) fn is_volume(&self, tree: &Tree, others: &[Self]) -> bool {
        let is_divided = others
            .iter()
            .any(|other| other.path.parent() == Some(&self.path));
        !is_divided && tree.names(self.path.join("holders")).is_empty()
    }

    /// In bytes. 0 without a medium.
    pub(super) fn size(&self, tree: &Tree) -> u64 {
        tree.text(self.path.join("size"))
            .and_then(|size| size.parse::<u64>().ok())
            .unwrap_or_default()
            .saturating_mul(SECTOR)
    }

    pub(super) fn is_read_only(&self, tree: &Tree) -> bool {
        tree.text(self.path.join("ro")).as_deref() == Some("1")
    }

    /// A disc in a drive. The kernel shows a size for it even without one.
    pub(super) fn is_disc(&self) -> bool {
        self.name.starts_with("sr")
    }

    /// Its node: `dev/dm-0`.
    pub(super) fn node(&self) -> PathBuf {
        Path::new("dev").join(&self.name)
    }

    /// What people call it: `/dev/sdb1`, `/dev/mapper/luks-…`
    pub(super) fn shown_as(&self, tree: &Tree) -> String {
        match tree.text(self.path.join("dm/name")) {
            Some(name) => format!("/dev/mapper/{name}"),
            None => format!("/dev/{}", self.name),
        }
    }

    /// Its number among the disks of its device. `None` for what is no disk of the device itself.
    fn unit(&self, tree: &Tree) -> Option<u64> {
        if self.is_disc() || tree.exists(self.path.join("partition")) {
            return None;
        }
        // …/host6/target6:0:0/6:0:0:1/block/sdb
        let address = self.path.parent()?.parent()?.file_name()?.to_str()?;
        address.rsplit(':').next()?.parse().ok()
    }
}

/// What the first disk with a medium holds, in bytes.
pub(super) fn capacity(tree: &Tree, blocks: &[&Block]) -> Option<u64> {
    let disks = blocks.iter().filter_map(|block| {
        let size = block.size(tree);
        (size > 0).then_some((block.unit(tree)?, size))
    });
    disks.min().map(|(_, size)| size)
}

/// The USB device that a block device lies on, through partitions and stacked devices. `None`
/// where a part of it lies elsewhere.
pub(super) fn usb_device_under(tree: &Tree, block: &Path) -> Option<PathBuf> {
    let disks = disks_under(tree, block, DEEPEST);
    let (first, rest) = disks.split_first()?;
    let device = usb_device_above(tree, first)?;
    let on_it = |disk: &PathBuf| usb_device_above(tree, disk).as_ref() == Some(&device);
    rest.iter().all(on_it).then_some(device)
}

/// The nearest USB device above: the key, and not the hub that it is plugged into.
fn usb_device_above(tree: &Tree, disk: &Path) -> Option<PathBuf> {
    let is_usb_device = |at: &&Path| {
        ["busnum", "devnum", "idVendor"]
            .iter()
            .all(|name| tree.exists(at.join(name)))
    };
    disk.ancestors()
        .skip(1)
        .take_while(|at| at.starts_with("sys/devices"))
        .find(is_usb_device)
        .map(Path::to_owned)
}

/// Where the USB device in this folder is plugged in: its port, and the address that the bus gave
/// it when it was.
pub(super) fn place(tree: &Tree, device: &Path) -> Option<UsbPlace> {
    let number = |name| tree.text(device.join(name))?.parse::<u32>().ok();
    Some(place_named(
        device.file_name()?.to_str()?,
        number("busnum")?,
        number("devnum")?,
    ))
}

pub(super) fn place_named(port: &str, bus: u32, address: u32) -> UsbPlace {
    UsbPlace::new(format!("{port}@{bus}.{address}"))
}
