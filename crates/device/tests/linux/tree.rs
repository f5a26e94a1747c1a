//! A machine's `/sys`, `/proc` and `/etc` in a temporary folder, laid out as the kernel does it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use keyferry_device::linux::LinuxMachine;
use keyferry_device::{Components, Machine};
use keyferry_token::ComponentKind;
use tempfile::TempDir;

/// On-board adapter and disk controller of the workstation.
pub(crate) const ON_BOARD_ADAPTER: &str = "pci0000:00/0000:00:1f.6";
pub(crate) const DISK: &str = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda";

/// Which boot is running, and for how long.
pub(crate) const BOOT_ID: &str = "proc/sys/kernel/random/boot_id";
pub(crate) const UPTIME: &str = "proc/uptime";

pub(crate) struct FakeTree {
    root: TempDir,
}

impl FakeTree {
    /// A machine about which nothing is known.
    pub(crate) fn bare() -> Self {
        Self {
            root: TempDir::new().unwrap(),
        }
    }

    /// A desk workstation with everything readable: `/` on the second partition of a SATA disk.
    pub(crate) fn workstation() -> Self {
        let tree = Self::bare();
        tree.write("etc/machine-id", "0f1e2d3c4b5a69788796a5b4c3d2e1f0\n");
        tree.write(
            "sys/class/dmi/id/product_uuid",
            "4C4C4544-0037-5810-8052-B6C04F483233\n",
        );
        tree.write(
            "sys/class/dmi/id/board_serial",
            "/7XKQ9Z2/CNFCW0018D00QX/\n",
        );
        tree.write(
            "proc/cpuinfo",
            "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) W-1270\n\n",
        );
        tree.write("proc/sys/kernel/hostname", "cad-07.works.example\n");
        tree.write(BOOT_ID, "87ecf5ab-a0e8-44a9-8223-5b986c7c9f3b\n");
        tree.write(UPTIME, "12584.49 19245.32\n");
        tree.write(
            "etc/os-release",
            "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n",
        );
        tree.disk(DISK, "8:0");
        tree.disk_fact(DISK, "device/wwid", "naa.5002538e40a1b2c3");
        tree.partition(DISK, "sda2", "8:2");
        tree.mount_root("8:2", "/dev/sda2");
        tree.adapter(ON_BOARD_ADAPTER, "eno1", "3c:52:82:0a:b1:c2");
        tree
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    }

    pub(crate) fn rewrite(&self, path: &str, text: &str) {
        fs::remove_file(self.path(path)).unwrap();
        self.write(path, text);
    }

    pub(crate) fn only_for_root(&self, path: &str) {
        fs::set_permissions(self.path(path), Permissions::from_mode(0o400)).unwrap();
    }

    /// A link as sysfs has them: relative, so that it stays under the root.
    pub(crate) fn link(&self, from: &str, to: &str) {
        let from_path = self.path(from);
        fs::create_dir_all(from_path.parent().unwrap()).unwrap();
        let up = "../".repeat(Path::new(from).components().count() - 1);
        symlink(format!("{up}{to}"), from_path).unwrap();
    }

    /// A whole disk at a place under `sys/devices`.
    pub(crate) fn disk(&self, place: &str, number: &str) {
        let name = place.rsplit('/').next().unwrap();
        let device = format!("sys/devices/{place}");
        self.write(&format!("{device}/removable"), "0\n");
        self.link(&format!("sys/block/{name}"), &device);
        self.link(&format!("sys/class/block/{name}"), &device);
        self.link(&format!("sys/dev/block/{number}"), &device);
    }

    pub(crate) fn disk_fact(&self, place: &str, name: &str, value: &str) {
        self.write(
            &format!("sys/devices/{place}/{name}"),
            &format!("{value}\n"),
        );
    }

    pub(crate) fn partition(&self, disk: &str, name: &str, number: &str) {
        let device = format!("sys/devices/{disk}/{name}");
        self.write(&format!("{device}/partition"), "2\n");
        self.link(&format!("sys/class/block/{name}"), &device);
        self.link(&format!("sys/dev/block/{number}"), &device);
    }

    /// A device-mapper or RAID device over others, given by their paths under `sys/devices`.
    pub(crate) fn stacked(&self, name: &str, number: &str, over: &[&str]) {
        let device = format!("virtual/block/{name}");
        self.disk(&device, number);
        for lower in over {
            let lower_name = lower.rsplit('/').next().unwrap();
            self.link(
                &format!("sys/devices/{device}/slaves/{lower_name}"),
                &format!("sys/devices/{lower}"),
            );
        }
    }

    pub(crate) fn mount_root(&self, number: &str, source: &str) {
        let mounts = format!(
            "1 1 0:2 / / rw - rootfs rootfs rw\n\
             27 1 {number} / / rw,relatime shared:1 - ext4 {source} rw\n\
             28 27 0:22 / /proc rw - proc proc rw\n"
        );
        let path = "proc/self/mountinfo";
        if self.path(path).exists() {
            self.rewrite(path, &mounts);
        } else {
            self.write(path, &mounts);
        }
    }

    /// An Ethernet interface of a device at a place under `sys/devices`.
    pub(crate) fn adapter(&self, place: &str, name: &str, address: &str) -> String {
        let interface = format!("sys/devices/{place}/net/{name}");
        self.write(&format!("{interface}/address"), &format!("{address}\n"));
        self.write(&format!("{interface}/addr_assign_type"), "0\n");
        self.write(&format!("{interface}/type"), "1\n");
        self.write(&format!("{interface}/dev_port"), "0\n");
        self.link(
            &format!("{interface}/device"),
            &format!("sys/devices/{place}"),
        );
        self.link(&format!("sys/class/net/{name}"), &interface);
        interface
    }

    pub(crate) fn without_adapter(&self, name: &str) {
        fs::remove_file(self.path(&format!("sys/class/net/{name}"))).unwrap();
    }

    pub(crate) fn machine(&self) -> LinuxMachine {
        LinuxMachine::with_root(self.root.path().to_owned())
    }

    pub(crate) fn components(&self) -> Components {
        self.machine().components()
    }

    pub(crate) fn component(&self, kind: ComponentKind) -> Option<String> {
        self.components().get(kind).map(str::to_owned)
    }
}
