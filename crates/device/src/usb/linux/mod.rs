//! USB keys on Linux: nusb for the devices, sysfs and mountinfo for what lies on them.
//!
//! The way down is device → disks → volumes → mounts, the way up open file → block device → USB
//! device. Both go by numbers and places that the kernel gives, never by UUIDs, labels or the
//! links under `/dev/disk`: copies of a volume share those.

mod bell;
mod blocks;
mod boot_sector;
mod mounts;
mod udev;

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nusb::{DeviceId, DeviceInfo, MaybeFuture};
use rustix::fs::{AtFlags, StatxFlags, major, minor, statvfs, statx};

use super::bus::{UsbBus, UsbFault, UsbWatch};
use super::key::{UsbKey, UsbPlace, Volume, tidied};
use super::known::{Found, Known};
use super::watch::{Look, MASS_STORAGE, Watching, unavailable};
use crate::linux::disk;
use crate::linux::tree::Tree;
pub(super) use bell::Bell;
use blocks::Block;
use mounts::{Mount, mounts, visible};

/// The USB of the Linux machine that this program runs on.
#[derive(Clone, Debug)]
pub struct LinuxBus {
    tree: Tree,
}

impl LinuxBus {
    pub(super) fn new() -> Self {
        Self {
            tree: Tree::new(PathBuf::from("/")),
        }
    }

    fn key(&self, device: &DeviceInfo, blocks: &[Block], mounts: &[Mount]) -> Option<UsbKey> {
        let path = device.sysfs_path();
        let folder = path.strip_prefix("/").ok()?;
        let own: Vec<&Block> = blocks.iter().filter(|block| block.on == folder).collect();
        let has_storage = device
            .interfaces()
            .any(|interface| interface.class() == MASS_STORAGE);
        if own.is_empty() && !has_storage {
            return None;
        }
        let port = path.file_name()?.to_str()?;
        Some(UsbKey {
            place: blocks::place_named(
                port,
                device.busnum().into(),
                device.device_address().into(),
            ),
            vendor_id: device.vendor_id(),
            product_id: device.product_id(),
            maker: device.manufacturer_string().and_then(tidied),
            name: device.product_string().and_then(tidied),
            serial: device.serial_number().and_then(tidied),
            capacity: blocks::capacity(&self.tree, &own),
            volumes: own
                .iter()
                .filter(|block| block.is_volume(&self.tree, blocks))
                .filter_map(|block| volume(&self.tree, block, mounts))
                .collect(),
        })
    }

    /// The mount that an open file was reached by.
    fn mount_of(&self, file: &File) -> Option<Mount> {
        let id = statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)
            .ok()?
            .stx_mnt_id;
        mounts(&self.tree).into_iter().find(|mount| mount.id == id)
    }

    /// What an open file lies on.
    fn ground_of(&self, file: &File) -> Ground {
        let Ok(facts) = file.metadata() else {
            return Ground::Unknown;
        };
        let device = facts.dev();
        if major(device) == 0 {
            // FUSE and btrfs show a number of their own, so that only the mount's source tells.
            return self
                .mount_of(file)
                .map_or(Ground::Unknown, |mount| Ground::of(&self.tree, &mount));
        }
        let number = format!("{}:{}", major(device), minor(device));
        Ground::found(self.tree.resolve(Path::new("sys/dev/block").join(number)))
    }
}

/// What a file lies on.
#[derive(Debug, PartialEq, Eq)]
enum Ground {
    /// The block device in this folder.
    Block(PathBuf),
    /// A network, memory, layers of other file systems.
    NoMedium,
    /// The block device is gone, or the system does not tell.
    Unknown,
}

impl Ground {
    /// What lies under a mount, by its source.
    fn of(tree: &Tree, mount: &Mount) -> Self {
        match node_name(tree, &mount.source) {
            Some(name) => Self::found(tree.resolve(Path::new("sys/class/block").join(name))),
            // What a program shows as files may be on anything, such as a camera.
            None if mount.file_system.starts_with("fuse") => Self::Unknown,
            None => Self::NoMedium,
        }
    }

    fn found(block: Option<PathBuf>) -> Self {
        block.map_or(Self::Unknown, Self::Block)
    }
}

impl Look for LinuxBus {
    fn look(&self) -> Result<Vec<Found<DeviceId>>, UsbFault> {
        if self.tree.is_absent("sys/bus/usb/devices") {
            return Ok(Vec::new());
        }
        let devices = nusb::list_devices()
            .wait()
            .map_err(|fault| unavailable(&fault))?;
        let blocks = blocks::on_usb(&self.tree);
        let mounts = visible(mounts(&self.tree));
        let found =
            devices.filter_map(|device| Some((device.id(), self.key(&device, &blocks, &mounts)?)));
        Ok(found.collect())
    }
}

impl UsbBus for LinuxBus {
    fn keys(&self) -> Result<Vec<UsbKey>, UsbFault> {
        Ok(Known::new(self.look()?).into_keys())
    }

    fn key_of(&self, file: &File) -> Result<Option<UsbPlace>, UsbFault> {
        let Ground::Block(block) = self.ground_of(file) else {
            return Ok(None);
        };
        let device = blocks::usb_device_under(&self.tree, &block);
        Ok(device.and_then(|device| blocks::place(&self.tree, &device)))
    }

    fn is_removable(&self, file: &File) -> bool {
        match self.ground_of(file) {
            Ground::Block(block) => !disk::stays(&self.tree, &block),
            Ground::NoMedium => false,
            Ground::Unknown => true,
        }
    }

    fn watch(&self) -> Result<Box<dyn UsbWatch>, UsbFault> {
        let mounts = File::open(self.tree.path("proc/self/mountinfo")).ok();
        Ok(Box::new(Watching::start(self.clone(), Bell::new(mounts)?)?))
    }
}

fn volume(tree: &Tree, block: &Block, mounts: &[Mount]) -> Option<Volume> {
    let mounts = mounts_of(tree, block, mounts);
    let size = block.size(tree);
    if mounts.is_empty() && (size == 0 || block.is_disc()) {
        return None;
    }
    let content = udev::content(tree, &block.number)
        .or_else(|| boot_sector::content(&tree.path(block.node()), &block.number))
        .unwrap_or_default();
    let mounted_read_only = !mounts.is_empty() && mounts.iter().all(|mount| mount.read_only);
    Some(Volume {
        device: block.shown_as(tree),
        free: mounts.first().and_then(|mount| free(&mount.at)),
        mount_points: mounts.iter().map(|mount| mount.at.clone()).collect(),
        file_system: file_system(mounts.first().copied(), content.file_system),
        size: (size > 0).then_some(size),
        read_only: mounted_read_only || block.is_read_only(tree),
        uuid: content.uuid,
        label: content.label,
    })
}

/// What FUSE mounts is what udev calls it.
fn file_system(mount: Option<&Mount>, known: Option<String>) -> Option<String> {
    match mount.map(|mount| mount.file_system.clone()) {
        Some(fuse) if fuse.starts_with("fuse") => known.or(Some(fuse)),
        mounted => mounted.or(known),
    }
}

/// The mounts that show the root of a block device's file system. Folders of it that are mounted
/// elsewhere are left out; a btrfs is always mounted by such a folder.
fn mounts_of<'a>(tree: &Tree, block: &Block, mounts: &'a [Mount]) -> Vec<&'a Mount> {
    let shows_root = |mount: &&Mount| mount.root == Path::new("/") || mount.file_system == "btrfs";
    let by_number: Vec<&Mount> = mounts
        .iter()
        .filter(|mount| mount.device == block.number)
        .filter(shows_root)
        .collect();
    if !by_number.is_empty() {
        return by_number;
    }
    // FUSE and btrfs have numbers of their own. What such a mount names as its source is the word
    // of whoever mounted it, so that it counts only where the kernel knows of no mount.
    let names_it = |mount: &&Mount| {
        mount.device.starts_with("0:")
            && node_name(tree, &mount.source).as_deref() == Some(block.name.as_str())
    };
    mounts.iter().filter(names_it).filter(shows_root).collect()
}

/// The kernel's name of the block device behind a node: `dm-0` for `/dev/mapper/…`.
fn node_name(tree: &Tree, source: &Path) -> Option<String> {
    let inside = source.strip_prefix("/dev").ok()?;
    let node = tree.resolve(Path::new("dev").join(inside));
    let name = node.as_deref().unwrap_or(inside).file_name()?.to_str()?;
    Some(name.to_owned())
}

fn free(at: &Path) -> Option<u64> {
    let space = statvfs(at).ok()?;
    space.f_bavail.checked_mul(space.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounted(file_system: &str, source: &str) -> Mount {
        Mount {
            id: 7,
            device: "0:50".to_owned(),
            root: PathBuf::from("/"),
            at: PathBuf::from("/media/key"),
            file_system: file_system.to_owned(),
            source: PathBuf::from(source),
            read_only: false,
        }
    }

    #[test]
    fn what_lies_under_a_mount_without_a_number_is_told_by_its_source() {
        let folder = tempfile::tempdir().unwrap();
        let block = "sys/class/block/sdb1";
        std::fs::create_dir_all(folder.path().join(block)).unwrap();
        let tree = Tree::new(folder.path().to_owned());
        let ground = |file_system, source| Ground::of(&tree, &mounted(file_system, source));
        assert_eq!(ground("fuseblk", "/dev/sdb1"), Ground::Block(block.into()));
        assert_eq!(ground("btrfs", "/dev/sdc"), Ground::Unknown);
        assert_eq!(ground("fuse.gvfsd-fuse", "gvfsd-fuse"), Ground::Unknown);
        for (file_system, source) in [
            ("nfs4", "server:/x"),
            ("overlay", "overlay"),
            ("tmpfs", "tmpfs"),
        ] {
            assert_eq!(ground(file_system, source), Ground::NoMedium);
        }
    }

    #[test]
    fn a_file_system_is_called_as_the_kernel_or_else_udev_calls_it() {
        let called = |mount: Option<&str>, known: Option<&str>| {
            let mount = mount.map(|file_system| mounted(file_system, "/dev/sdb1"));
            file_system(mount.as_ref(), known.map(str::to_owned))
        };
        assert_eq!(called(Some("vfat"), Some("exfat")).as_deref(), Some("vfat"));
        assert_eq!(
            called(Some("fuseblk"), Some("ntfs")).as_deref(),
            Some("ntfs")
        );
        assert_eq!(called(Some("fuseblk"), None).as_deref(), Some("fuseblk"));
        assert_eq!(called(None, Some("vfat")).as_deref(), Some("vfat"));
        assert_eq!(called(None, None), None);
    }
}
