//! A machine to plug keys into: a `/sys` and `/run` of our own in this process's mount namespace, and
//! udev's messages in its network namespace.
//!
//! A volume is mounted as a file system in memory. Its folder in `/sys` gets the device number that
//! the kernel gave the mount, so that the mount is found as a stick's is.

#![expect(
    clippy::unused_self,
    reason = "who has a stage may write to /sys: it is no longer the machine's"
)]

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{major, minor};
use rustix::mount::{
    MountFlags, UnmountFlags, mount, mount_bind_recursive, mount_remount, unmount,
};
use rustix::net::netlink::{KOBJECT_UEVENT, SocketAddrNetlink};
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, sendto, socket_with};

/// Where the controller hangs.
const BUS: &str = "/sys/devices/pci0000:00/0000:00:14.0/usb1";
/// The netlink group that udev sends to.
const UDEV: u32 = 2;
/// What a stick's interface is: mass storage, SCSI, bulk only.
pub(crate) const STORAGE: [&str; 3] = ["08", "06", "50"];

pub(crate) struct Stage {
    folder: PathBuf,
    udev: OwnedFd,
}

/// A device at a port: `1-2`, or `1-2.4` behind a hub at `1-2`.
#[derive(Clone, Copy)]
pub(crate) struct Device {
    pub(crate) port: &'static str,
    pub(crate) address: u8,
    pub(crate) id: (&'static str, &'static str),
    pub(crate) serial: Option<&'static str>,
    pub(crate) interface: Option<[&'static str; 3]>,
}

/// A stick as most are.
pub(crate) const STICK: Device = Device {
    port: "1-1",
    address: 5,
    id: ("0781", "5581"),
    serial: Some("4C530001230718115003"),
    interface: Some(STORAGE),
};

impl Stage {
    /// Puts an empty `/sys` with USB, and an empty `/run`, in place of this namespace's own.
    pub(crate) fn new(folder: PathBuf) -> Self {
        let none = MountFlags::empty();
        mount("stage", &folder, "tmpfs", none, None).unwrap();
        for path in ["bus/usb/devices", "class/block", "dev/block"] {
            fs::create_dir_all(folder.join("sys").join(path)).unwrap();
        }
        mount_bind_recursive(folder.join("sys"), "/sys").unwrap();
        mount("stage", "/run", "tmpfs", none, None).unwrap();
        let udev = socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC,
            Some(KOBJECT_UEVENT),
        );
        Self {
            folder,
            udev: udev.unwrap(),
        }
    }

    /// Takes away USB, as on a machine that has none.
    pub(crate) fn without_usb(&self) {
        fs::remove_dir_all("/sys/bus").unwrap();
    }

    /// Makes the kernel show a device. Nobody is told.
    pub(crate) fn put(&self, device: &Device) -> PathBuf {
        let at = folder_of(device.port);
        for (name, value) in [
            ("idVendor", device.id.0),
            ("idProduct", device.id.1),
            ("devnum", &device.address.to_string()),
            ("devpath", device.port.split_once('-').unwrap().1),
            ("busnum", "1"),
            ("bcdDevice", "0100"),
            ("version", " 2.10"),
            ("bDeviceClass", "00"),
            ("bDeviceSubClass", "00"),
            ("bDeviceProtocol", "00"),
            ("speed", "480"),
            ("manufacturer", "SanDisk "),
            ("product", "Ultra"),
        ] {
            write(&at.join(name), value);
        }
        if let Some(serial) = device.serial {
            write(&at.join("serial"), serial);
        }
        if let Some(interface) = device.interface {
            self.put_interface(device.port, interface);
        }
        symlink(&at, Path::new("/sys/bus/usb/devices").join(device.port)).unwrap();
        at
    }

    pub(crate) fn put_interface(&self, port: &str, interface: [&str; 3]) {
        let at = folder_of(port).join(format!("{port}:1.0"));
        write(&at.join("bInterfaceNumber"), "00");
        for (name, value) in ["Class", "SubClass", "Protocol"].iter().zip(interface) {
            write(&at.join(format!("bInterface{name}")), value);
        }
    }

    /// Makes the kernel show a disk on a device, with its size in sectors.
    pub(crate) fn put_disk(&self, port: &str, name: &str, number: &str, sectors: u64) -> PathBuf {
        let scsi = format!("{port}:1.0/host6/target6:0:0/6:0:0:0/block/{name}");
        let at = folder_of(port).join(scsi);
        block(&at, number, sectors);
        at
    }

    /// Makes the kernel show a block device at any place.
    pub(crate) fn put_block(&self, at: &Path, number: &str, sectors: u64) {
        block(at, number, sectors);
    }

    /// Makes the kernel show a partition of a disk.
    pub(crate) fn put_partition(&self, disk: &Path, name: &str, number: &str, sectors: u64) {
        let at = disk.join(name);
        write(&at.join("partition"), "1");
        block(&at, number, sectors);
    }

    /// Makes the kernel show a device that is made from others: an opened LUKS volume.
    pub(crate) fn put_stacked(&self, name: &str, number: &str, sectors: u64, over: &[&Path]) {
        let at = Path::new("/sys/devices/virtual/block").join(name);
        block(&at, number, sectors);
        for lower in over {
            let lower_name = lower.file_name().unwrap();
            link(lower, &at.join("slaves").join(lower_name));
            link(&at, &lower.join("holders").join(name));
        }
    }

    /// Takes a device away, with what hangs on it. Nobody is told.
    pub(crate) fn take(&self, port: &str) {
        fs::remove_dir_all(folder_of(port)).unwrap();
        for folder in ["/sys/bus/usb/devices", "/sys/class/block", "/sys/dev/block"] {
            for entry in fs::read_dir(folder).unwrap() {
                let link = entry.unwrap().path();
                if !link.exists() {
                    fs::remove_file(link).unwrap();
                }
            }
        }
    }

    /// Mounts a file system at a place under this stage's folder. Its device number and its place.
    pub(crate) fn mount(&self, source: &str, name: &str) -> (String, PathBuf) {
        let at = self.folder.join(name);
        fs::create_dir_all(&at).unwrap();
        mount(source, &at, "tmpfs", MountFlags::empty(), None).unwrap();
        let device = fs::metadata(&at).unwrap().dev();
        (format!("{}:{}", major(device), minor(device)), at)
    }

    /// A stick with one partition that is mounted at a place of this name.
    pub(crate) fn put_mounted(&self, device: &Device, disk: &str, name: &str) -> PathBuf {
        self.put(device);
        let number = format!("8:{}", device.address * 16);
        let whole = self.put_disk(device.port, disk, &number, 60_000);
        let partition = format!("{disk}1");
        let (number, at) = self.mount(&format!("/dev/{partition}"), name);
        self.put_partition(&whole, &partition, &number, 50_000);
        at
    }

    pub(crate) fn bind(&self, what: &Path, name: &str) -> PathBuf {
        let at = self.folder.join(name);
        fs::create_dir_all(&at).unwrap();
        mount_bind_recursive(what, &at).unwrap();
        at
    }

    pub(crate) fn make_read_only(&self, at: &Path) {
        mount_remount(at, MountFlags::RDONLY | MountFlags::BIND, "").unwrap();
    }

    pub(crate) fn unmount(&self, at: &Path) {
        unmount(at, UnmountFlags::DETACH).unwrap();
    }

    /// What udev found out about a volume.
    pub(crate) fn udev_knows(&self, number: &str, text: &str) {
        write(
            &Path::new("/run/udev/data").join(format!("b{number}")),
            text,
        );
    }

    /// Says as udev that a device came.
    pub(crate) fn tell_added(&self, device: &Device) {
        self.tell("add", device);
    }

    /// Says as udev that a device went.
    pub(crate) fn tell_removed(&self, device: &Device) {
        self.tell("remove", device);
    }

    fn tell(&self, action: &str, device: &Device) {
        let path = folder_of(device.port);
        self.send(&[
            ("ACTION", action),
            (
                "DEVPATH",
                path.to_str().unwrap().strip_prefix("/sys").unwrap(),
            ),
            ("SUBSYSTEM", "usb"),
            ("DEVTYPE", "usb_device"),
            ("BUSNUM", "001"),
            ("DEVNUM", &format!("{:03}", device.address)),
        ]);
    }

    /// Says as udev that something else happened.
    pub(crate) fn tell_other(&self) {
        self.send(&[
            ("ACTION", "change"),
            ("DEVPATH", "/devices/LNXSYSTM:00/power_supply/BAT0"),
            ("SUBSYSTEM", "power_supply"),
        ]);
    }

    /// Sends one packet to udev's group: a header of 40 bytes, of which nusb reads the magic and
    /// where the properties lie, then the properties, each with a NUL behind it.
    fn send(&self, properties: &[(&str, &str)]) {
        let body: Vec<u8> = properties
            .iter()
            .flat_map(|(name, value)| format!("{name}={value}\0").into_bytes())
            .collect();
        let header: u32 = 40;
        let length = u32::try_from(body.len()).unwrap();
        let mut packet = b"libudev\0\xfe\xed\xca\xfe".to_vec();
        for number in [header, header, length, 0, 0, 0, 0] {
            packet.extend_from_slice(&number.to_ne_bytes());
        }
        packet.extend_from_slice(&body);
        let group = SocketAddrNetlink::new(0, UDEV);
        sendto(&self.udev, &packet, SendFlags::empty(), &group).unwrap();
    }
}

fn folder_of(port: &str) -> PathBuf {
    let mut at = PathBuf::from(BUS);
    for (end, _) in port.match_indices('.') {
        at.push(&port[..end]);
    }
    at.join(port)
}

fn block(at: &Path, number: &str, sectors: u64) {
    write(&at.join("dev"), number);
    write(&at.join("size"), &sectors.to_string());
    write(&at.join("ro"), "0");
    link(
        at,
        &Path::new("/sys/class/block").join(at.file_name().unwrap()),
    );
    link(at, &Path::new("/sys/dev/block").join(number));
}

fn link(to: &Path, from: &Path) {
    fs::create_dir_all(from.parent().unwrap()).unwrap();
    symlink(to, from).unwrap();
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("{text}\n")).unwrap();
}
