//! The Windows machine that this program runs on.

use keyferry_license::Uptime;
use keyferry_token::{BoundedText, ComponentKind, Label};
use windows_registry::{Key, LOCAL_MACHINE};

use super::placement::{AdapterDevice, built_in_place};
use super::{calls, product, smbios, storage};
use crate::adapter::{self, Adapter};
use crate::machine::{label_from_host_name, platform_text};
use crate::{Components, Machine, boot};

/// The Windows machine that this program runs on.
#[derive(Debug)]
pub(crate) struct WindowsMachine;

/// Where the system keeps, as `BootId`, how often it was started.
const STARTS: &str =
    r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters";

/// Device setup class of network adapters.
const NETWORK_CLASS: &str =
    r"SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}";

impl Machine for WindowsMachine {
    fn components(&self) -> Components {
        let smbios = calls::smbios_tables()
            .map(|raw| smbios::identity(&raw))
            .unwrap_or_default();
        let mut components = Components::default();
        for (kind, value) in [
            (ComponentKind::MachineId, machine_uid::get().ok()),
            (ComponentKind::FirmwareUuid, smbios.uuid),
            (ComponentKind::BoardSerial, smbios.board_serial),
            (ComponentKind::Cpu, processor()),
            (ComponentKind::SystemDisk, system_disk()),
            (
                ComponentKind::NetworkAdapter,
                adapter::first(built_in_adapters()),
            ),
        ] {
            components.add(kind, value.as_deref());
        }
        components
    }

    fn label(&self) -> Option<Label> {
        let key = r"SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName";
        label_from_host_name(&value(key, "ComputerName")?)
    }

    fn platform(&self) -> BoundedText<40> {
        let key = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
        let name = product::system_name(
            &value(key, "ProductName").unwrap_or_default(),
            &value(key, "CurrentBuildNumber").unwrap_or_default(),
            value(key, "DisplayVersion").as_deref(),
        );
        platform_text(&name, "Windows")
    }

    fn uptime(&self) -> Option<Uptime> {
        let boots = LOCAL_MACHINE.open(STARTS).ok()?.get_u32("BootId").ok()?;
        boot::counted(&machine_uid::get().ok()?, boots, calls::since_boot())
    }
}

fn value(key: &str, name: &str) -> Option<String> {
    LOCAL_MACHINE.open(key).ok()?.get_string(name).ok()
}

fn processor() -> Option<String> {
    let key = LOCAL_MACHINE
        .open(r"HARDWARE\DESCRIPTION\System\CentralProcessor\0")
        .ok()?;
    let model = key.get_string("ProcessorNameString").ok()?;
    Some(format!(
        "{} {model}",
        key.get_string("VendorIdentifier").unwrap_or_default()
    ))
}

fn system_disk() -> Option<String> {
    // `C:\Windows`: the volume's drive letter, or nothing that we would guess from.
    let folder = value(
        r"SOFTWARE\Microsoft\Windows NT\CurrentVersion",
        "SystemRoot",
    )?;
    let drive = folder.get(..2).filter(|drive| drive.ends_with(':'))?;
    let disk = storage::first_disk(&calls::volume_extents(drive)?)?;
    storage::fixed_disk_serial(&calls::disk_descriptor(disk)?)
}

fn built_in_adapters() -> Vec<Adapter> {
    let Ok(class) = LOCAL_MACHINE.open(NETWORK_CLASS) else {
        return Vec::new();
    };
    let names: Vec<String> = class.keys().map(Iterator::collect).unwrap_or_default();
    let devices: Vec<(String, AdapterDevice)> = names
        .iter()
        .filter_map(|name| adapter_device(&class, name))
        .collect();
    let interfaces = calls::hardware_interfaces();
    let adapters = interfaces.into_iter().filter_map(|interface| {
        let (_, device) = devices
            .iter()
            .find(|(guid, _)| guid.eq_ignore_ascii_case(&interface.guid))?;
        Some(Adapter {
            place: built_in_place(device)?,
            port: 0,
            address: interface.address,
        })
    });
    adapters.collect()
}

/// The interface's GUID, and its device, by the number of a driver's key.
fn adapter_device(class: &Key, name: &str) -> Option<(String, AdapterDevice)> {
    // Some keys beside them (`Properties`) are not for everybody to open.
    let driver = class.open(name).ok()?;
    let instance = driver.get_string("DeviceInstanceID").ok()?;
    let device = LOCAL_MACHINE
        .open(format!(r"SYSTEM\CurrentControlSet\Enum\{instance}"))
        .ok()?;
    let found = AdapterDevice {
        capabilities: device.get_u32("Capabilities").unwrap_or_default(),
        location: device.get_string("LocationInformation").ok()?,
        instance,
    };
    Some((driver.get_string("NetCfgInstanceId").ok()?, found))
}
