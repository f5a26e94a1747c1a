//! The Mac that this program runs on.

use keyferry_license::Uptime;
use keyferry_token::{BoundedText, Label};

use super::facts::{Disk, Facts, Interface, bsd_name};
use super::registry::{Entry, mounted_on_root, since_boot, sysctl_text};
use crate::machine::{label_from_host_name, platform_text};
use crate::{Components, Machine, boot};

/// The Mac that this program runs on.
#[derive(Debug)]
pub(crate) struct MacMachine;

impl Machine for MacMachine {
    fn components(&self) -> Components {
        let platform = Entry::of_class(c"IOPlatformExpertDevice")
            .into_iter()
            .next();
        let facts = Facts {
            platform_uuid: machine_uid::get().ok(),
            platform_serial: platform.and_then(|entry| entry.text("IOPlatformSerialNumber")),
            processor: sysctl_text(c"machdep.cpu.brand_string"),
            disk: system_disk(),
            interfaces: interfaces(),
        };
        facts.components()
    }

    fn label(&self) -> Option<Label> {
        label_from_host_name(&sysctl_text(c"kern.hostname")?)
    }

    fn platform(&self) -> BoundedText<40> {
        let version = sysctl_text(c"kern.osproductversion").unwrap_or_default();
        platform_text(format!("macOS {version}").trim(), "macOS")
    }

    fn uptime(&self) -> Option<Uptime> {
        boot::named(&sysctl_text(c"kern.bootsessionuuid")?, since_boot()?)
    }
}

fn system_disk() -> Option<Disk> {
    let source = mounted_on_root()?;
    let media = Entry::of_disk(bsd_name(&source)?)?;
    let characteristic = |group, name| media.text_in(group, name);
    Some(Disk {
        serial: characteristic("Device Characteristics", "Serial Number")?,
        interconnect: characteristic("Protocol Characteristics", "Physical Interconnect")?,
        location: characteristic("Protocol Characteristics", "Physical Interconnect Location")?,
    })
}

fn interfaces() -> Vec<Interface> {
    let all = Entry::of_class(c"IOEthernetInterface");
    let interfaces = all.iter().filter_map(|entry| {
        Some(Interface {
            unit: entry.number("IOInterfaceUnit")?,
            is_built_in: entry.flag("IOBuiltin"),
            address: entry.bytes("IOMACAddress")?,
        })
    });
    interfaces.collect()
}
