//! A Linux machine, from sysfs, procfs and two files under `/etc`.

mod bus;
mod cpu;
pub(crate) mod disk;
mod network;
mod release;
pub(crate) mod tree;
mod uptime;

use std::path::PathBuf;

use keyferry_license::Uptime;
use keyferry_token::{BoundedText, ComponentKind, Label};

use crate::machine::{label_from_host_name, platform_text};
use crate::{Components, Machine, boot};
use tree::Tree;

/// A Linux machine.
#[derive(Debug)]
pub struct LinuxMachine {
    tree: Tree,
}

impl LinuxMachine {
    pub(crate) fn new() -> Self {
        Self::with_root(PathBuf::from("/"))
    }

    /// The machine whose `/sys`, `/proc` and `/etc` lie under `root`, for tests. There is no
    /// other way to another root: a variable in the environment would be a way to fake a
    /// fingerprint.
    pub fn with_root(root: PathBuf) -> Self {
        Self {
            tree: Tree::new(root),
        }
    }

    fn machine_id(&self) -> Option<String> {
        // The first is systemd's; where only D-Bus made one, it is in the second.
        ["etc/machine-id", "var/lib/dbus/machine-id"]
            .into_iter()
            .find_map(|path| {
                let id = self.tree.text(path)?;
                let plausible = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
                plausible.then_some(id)
            })
    }

    fn board_serial(&self) -> Option<String> {
        // Boards without SMBIOS (most ARM ones) have theirs in the device tree.
        [
            "sys/class/dmi/id/board_serial",
            "sys/firmware/devicetree/base/serial-number",
        ]
        .into_iter()
        .find_map(|path| {
            self.tree
                .text(path)
                .filter(|text| crate::value::telling(text).is_some())
        })
    }
}

impl Machine for LinuxMachine {
    fn components(&self) -> Components {
        let tree = &self.tree;
        let mut components = Components::default();
        for (kind, value) in [
            (ComponentKind::MachineId, self.machine_id()),
            (
                ComponentKind::FirmwareUuid,
                tree.text("sys/class/dmi/id/product_uuid"),
            ),
            (ComponentKind::BoardSerial, self.board_serial()),
            (
                ComponentKind::Cpu,
                tree.text("proc/cpuinfo").as_deref().and_then(cpu::model),
            ),
            (ComponentKind::SystemDisk, disk::system_disk(tree)),
            (ComponentKind::NetworkAdapter, network::first_adapter(tree)),
        ] {
            components.add(kind, value.as_deref());
        }
        components
    }

    fn label(&self) -> Option<Label> {
        label_from_host_name(&self.tree.text("proc/sys/kernel/hostname")?)
    }

    fn platform(&self) -> BoundedText<40> {
        let release = ["etc/os-release", "usr/lib/os-release"]
            .into_iter()
            .find_map(|path| release::system_name(&self.tree.text(path)?));
        platform_text(release.as_deref().unwrap_or_default(), "Linux")
    }

    fn uptime(&self) -> Option<Uptime> {
        // Read from files and not asked of the C library: its answers are what tools such as
        // libfaketime change for the programs that they start, `CLOCK_BOOTTIME` included.
        //
        // A container has its host's boot id. That is right, since a container cannot outlive the
        // boot. Some containers (LXC with lxcfs) count their own uptime, from their own start,
        // which is less than the host's and falls back when they are started again.
        let since_boot = uptime::since_boot(&self.tree.text("proc/uptime")?)?;
        boot::named(
            &self.tree.text("proc/sys/kernel/random/boot_id")?,
            since_boot,
        )
    }
}
