//! The USB of the Mac that this program runs on.

use std::fs::File;

use nusb::{DeviceId, MaybeFuture};

use super::{calls, facts};
use crate::usb::bell::Bell;
use crate::usb::bus::{UsbBus, UsbFault, UsbWatch};
use crate::usb::key::{UsbKey, UsbPlace, tidied};
use crate::usb::known::{Found, Known};
use crate::usb::watch::{Look, MASS_STORAGE, Watching, unavailable};

/// The USB of the Mac that this program runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct MacBus;

impl MacBus {
    pub(in crate::usb) fn new() -> Self {
        Self
    }
}

impl Look for MacBus {
    fn look(&self) -> Result<Vec<Found<DeviceId>>, UsbFault> {
        let devices = nusb::list_devices()
            .wait()
            .map_err(|fault| unavailable(&fault))?;
        let (media, mounts) = (calls::media(), calls::mounts());
        let mut found = Vec::new();
        for device in devices {
            let entry = device.registry_entry_id();
            let has_media = media.iter().any(|one| one.device == entry);
            let has_storage = device
                .interfaces()
                .any(|interface| interface.class() == MASS_STORAGE);
            if !has_media && !has_storage {
                continue;
            }
            // Not nusb's texts, which it also takes from the hub above where a device has none: a
            // key would have the serial number of another device.
            let said = |keys| calls::text_of_device(entry, keys).and_then(|text| tidied(&text));
            let (capacity, volumes) = facts::content_of(entry, &media, &mounts);
            let key = UsbKey {
                place: place(entry),
                vendor_id: device.vendor_id(),
                product_id: device.product_id(),
                maker: said(["kUSBVendorString", "USB Vendor Name"]),
                name: said(["kUSBProductString", "USB Product Name"]),
                serial: said(["kUSBSerialNumberString", "USB Serial Number"]),
                capacity,
                volumes,
            };
            found.push((device.id(), key));
        }
        Ok(found)
    }
}

impl UsbBus for MacBus {
    fn keys(&self) -> Result<Vec<UsbKey>, UsbFault> {
        Ok(Known::new(self.look()?).into_keys())
    }

    fn key_of(&self, file: &File) -> Result<Option<UsbPlace>, UsbFault> {
        let device = calls::mount_of(file).and_then(|(mount, _)| {
            let name = facts::bsd_name(&mount.source)?;
            calls::usb_device_of(name)
        });
        Ok(device.map(place))
    }

    fn is_removable(&self, file: &File) -> bool {
        let Some((mount, is_local)) = calls::mount_of(file) else {
            return true;
        };
        let Some(name) = facts::bsd_name(&mount.source) else {
            return is_local;
        };
        calls::connection_of(name).is_none_or(|(interconnect, location, is_removable)| {
            facts::can_be_taken_out(&interconnect, &location, is_removable)
        })
    }

    fn watch(&self) -> Result<Box<dyn UsbWatch>, UsbFault> {
        Ok(Box::new(Watching::start(*self, Bell::default())?))
    }
}

/// The place of the key whose device has this registry entry. The kernel gives a new one whenever
/// a device is plugged in.
fn place(device: u64) -> UsbPlace {
    UsbPlace::new(format!("{device:#x}"))
}
