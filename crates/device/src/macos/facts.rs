//! What a Mac says about itself, and which of it counts.

use keyferry_token::ComponentKind;

use crate::Components;
use crate::adapter::{self, Adapter};

/// What was read from the I/O Registry and sysctl.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// `IOPlatformUUID`.
    pub(super) platform_uuid: Option<String>,
    /// `IOPlatformSerialNumber`, which is that of the Mac and of its only board.
    pub(super) platform_serial: Option<String>,
    /// `machdep.cpu.brand_string`: `Apple M2`.
    pub(super) processor: Option<String>,
    /// The disk under the volume that is mounted on `/`.
    pub(super) disk: Option<Disk>,
    /// The Ethernet and Wi-Fi interfaces.
    pub(super) interfaces: Vec<Interface>,
}

/// A disk, from the dictionaries that its driver publishes.
#[derive(Debug, Default)]
pub(super) struct Disk {
    /// `Serial Number` of `Device Characteristics`.
    pub(super) serial: String,
    /// `Physical Interconnect` of `Protocol Characteristics`: `Apple Fabric`, `PCI-Express`, `USB`.
    pub(super) interconnect: String,
    /// `Physical Interconnect Location`: `Internal`, `External`, `File`.
    pub(super) location: String,
}

/// A network interface.
#[derive(Debug)]
pub(super) struct Interface {
    /// `IOInterfaceUnit`: 0 for `en0`. macOS keeps the numbers of built-in interfaces.
    pub(super) unit: u32,
    /// `IOBuiltin`.
    pub(super) is_built_in: bool,
    /// `IOMACAddress` of its controller, which private Wi-Fi addresses leave alone.
    pub(super) address: Vec<u8>,
}

impl Facts {
    pub(super) fn components(&self) -> Components {
        let mut components = Components::default();
        let disk = self.disk.as_ref().filter(|disk| disk.is_fixed());
        let adapter = adapter::first(self.interfaces.iter().filter_map(Interface::built_in));
        for (kind, value) in [
            (ComponentKind::FirmwareUuid, self.platform_uuid.as_deref()),
            (ComponentKind::BoardSerial, self.platform_serial.as_deref()),
            (ComponentKind::Cpu, self.processor.as_deref()),
            (
                ComponentKind::SystemDisk,
                disk.map(|disk| disk.serial.as_str()),
            ),
            (ComponentKind::NetworkAdapter, adapter.as_deref()),
        ] {
            components.add(kind, value);
        }
        components
    }
}

impl Disk {
    fn is_fixed(&self) -> bool {
        self.location == "Internal" && !["USB", "Secure Digital"].contains(&&*self.interconnect)
    }
}

impl Interface {
    fn built_in(&self) -> Option<Adapter> {
        let address = self.address.as_slice().try_into().ok()?;
        self.is_built_in.then(|| Adapter {
            place: String::new(),
            port: self.unit,
            address,
        })
    }
}

/// `disk3s1s1` from the `/dev/disk3s1s1` that a mount names.
pub(super) fn bsd_name(mounted_from: &str) -> Option<&str> {
    mounted_from
        .strip_prefix("/dev/")
        .filter(|name| !name.is_empty() && !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn macbook() -> Facts {
        Facts {
            platform_uuid: Some("8D3F2A51-6C0E-5B7A-9E44-1F2C3B4A5D6E".into()),
            platform_serial: Some("C02ZK1ABLVDL".into()),
            processor: Some("Apple M2".into()),
            disk: Some(Disk {
                serial: "0ba01c2d3e4f5061".into(),
                interconnect: "Apple Fabric".into(),
                location: "Internal".into(),
            }),
            interfaces: vec![
                // A Thunderbolt bridge port, a USB adapter, then Wi-Fi.
                Interface {
                    unit: 1,
                    is_built_in: true,
                    address: vec![0x36, 0x7d, 0xda, 1, 2, 3],
                },
                Interface {
                    unit: 5,
                    is_built_in: false,
                    address: vec![0, 0xe0, 0x4c, 1, 2, 3],
                },
                Interface {
                    unit: 0,
                    is_built_in: true,
                    address: vec![0xf4, 0xd4, 0x88, 1, 2, 3],
                },
            ],
        }
    }

    #[test]
    fn a_macbook_has_every_component_but_a_machine_id() {
        let components = macbook().components();
        let all: Vec<_> = components.iter().collect();
        assert_eq!(
            all,
            [
                (
                    ComponentKind::FirmwareUuid,
                    "8d3f2a51-6c0e-5b7a-9e44-1f2c3b4a5d6e"
                ),
                (ComponentKind::BoardSerial, "c02zk1ablvdl"),
                (ComponentKind::Cpu, "apple m2"),
                (ComponentKind::SystemDisk, "0ba01c2d3e4f5061"),
                (ComponentKind::NetworkAdapter, "f4:d4:88:01:02:03"),
            ]
        );
    }

    #[test]
    fn adapters_on_a_plug_never_count() {
        let mut mac = macbook();
        mac.interfaces.retain(|interface| interface.unit != 0);
        assert_eq!(mac.components().get(ComponentKind::NetworkAdapter), None);
    }

    #[test]
    fn a_system_on_an_external_disk_has_no_disk_component() {
        for (interconnect, location) in [
            ("USB", "External"),
            ("USB", "Internal"),
            ("Virtual Interface", "File"),
            ("", ""),
        ] {
            let mut mac = macbook();
            mac.disk = Some(Disk {
                serial: "AB12".into(),
                interconnect: interconnect.into(),
                location: location.into(),
            });
            assert_eq!(mac.components().get(ComponentKind::SystemDisk), None);
        }
    }

    #[test]
    fn what_a_mac_does_not_say_is_left_out() {
        assert_eq!(Facts::default().components().iter().count(), 0);
        let mut mac = macbook();
        mac.platform_uuid = Some("00000000-0000-0000-0000-000000000000".into());
        assert_eq!(mac.components().get(ComponentKind::FirmwareUuid), None);
    }

    #[test]
    fn only_a_disk_is_followed_from_the_root_mount() {
        assert_eq!(bsd_name("/dev/disk3s1s1"), Some("disk3s1s1"));
        for other in ["", "/dev/", "server:/export", "/dev/fd/3"] {
            assert_eq!(bsd_name(other), None);
        }
    }
}
