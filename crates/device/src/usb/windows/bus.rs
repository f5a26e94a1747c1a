//! The USB of the Windows machine that this program runs on.

use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nusb::{DeviceId, DeviceInfo, MaybeFuture};

use super::calls::{self, Quiet};
use super::facts::{self, Disk, VolumeFacts};
use super::said::{Said, Text};
use crate::usb::bell::Bell;
use crate::usb::bus::{UsbBus, UsbFault, UsbWatch};
use crate::usb::key::{UsbKey, UsbPlace, tidied};
use crate::usb::known::{Found, Known};
use crate::usb::watch::{Look, MASS_STORAGE, Watching, unavailable};
use crate::windows::{disk_descriptor, stays};

/// The USB of the Windows machine that this program runs on.
#[derive(Clone, Debug, Default)]
pub struct WindowsBus {
    /// What the devices that are there said.
    said: Arc<Mutex<Said>>,
}

impl WindowsBus {
    pub(in crate::usb) fn new() -> Self {
        Self::default()
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Look for WindowsBus {
    fn look(&self) -> Result<Vec<Found<DeviceId>>, UsbFault> {
        let _quiet = Quiet::new();
        let devices: Vec<DeviceInfo> = nusb::list_devices()
            .wait()
            .map_err(|fault| unavailable(&fault))?
            .collect();
        let places: Vec<UsbPlace> = devices.iter().map(place_of).collect();
        self.said().forget_others(&places);
        let disks = disks();
        let on_keys = |number: u32| disks.iter().any(|disk| disk.number == number);
        let volumes: Vec<VolumeFacts> = calls::volumes()
            .into_iter()
            .filter_map(|name| volume(name, on_keys))
            .collect();
        let mut found = Vec::new();
        for device in &devices {
            let place = place_of(device);
            let has_disk = disks.iter().any(|disk| disk.place == place);
            let has_storage = device
                .interfaces()
                .any(|interface| interface.class() == MASS_STORAGE);
            if !has_disk && !has_storage {
                continue;
            }
            let mut said = self.said();
            let maker = said.by(&place, Text::Maker, || {
                device.get_manufacturer_string().wait()
            });
            let serial = said.by(&place, Text::Serial, || {
                device.get_serial_number_string().wait()
            });
            drop(said);
            let (capacity, volumes) = facts::content_of(&place, &disks, &volumes);
            let key = UsbKey {
                place,
                vendor_id: device.vendor_id(),
                product_id: device.product_id(),
                maker: maker.as_deref().and_then(tidied),
                name: device.product_string().and_then(tidied),
                serial: serial.as_deref().and_then(tidied),
                capacity,
                volumes,
            };
            found.push((device.id(), key));
        }
        Ok(found)
    }
}

impl UsbBus for WindowsBus {
    fn keys(&self) -> Result<Vec<UsbKey>, UsbFault> {
        Ok(Known::new(self.look()?).into_keys())
    }

    fn key_of(&self, file: &File) -> Result<Option<UsbPlace>, UsbFault> {
        let number = disk_under(file);
        let disk = disks().into_iter().find(|disk| Some(disk.number) == number);
        Ok(disk.map(|disk| disk.place))
    }

    fn is_removable(&self, file: &File) -> bool {
        if let Some(number) = disk_under(file) {
            let on_usb = disks().iter().any(|disk| disk.number == number);
            return on_usb || !disk_descriptor(number).is_some_and(|about| stays(&about));
        }
        let on_network =
            calls::path_by_letter(file).is_some_and(|path| path.starts_with(r"\\?\UNC\"));
        !on_network
    }

    fn watch(&self) -> Result<Box<dyn UsbWatch>, UsbFault> {
        Ok(Box::new(Watching::start(self.clone(), Bell::default())?))
    }
}

fn place_of(device: &DeviceInfo) -> UsbPlace {
    facts::place(&device.instance_id().to_string_lossy())
}

/// The disks on USB devices.
fn disks() -> Vec<Disk> {
    let disks = calls::disks().into_iter().filter_map(|path| {
        Some(Disk {
            place: facts::usb_device(&calls::upwards(&path))?,
            number: facts::disk_number(&calls::device_number(&path)?)?,
            size: calls::geometry(&path).and_then(|answer| facts::disk_size(&answer)),
        })
    });
    disks.collect()
}

/// A volume on one of the disks that are asked for: others are not touched.
fn volume(name: String, on_keys: impl Fn(u32) -> bool) -> Option<VolumeFacts> {
    let device = name.trim_end_matches('\\');
    let disk = facts::disk_number(&calls::device_number(device)?)?;
    on_keys(disk).then(|| VolumeFacts {
        disk: Some(disk),
        mount_points: calls::mount_points(&name),
        content: calls::content(&name),
        space: calls::space(&name),
        name,
    })
}

/// The number of the disk that an open file lies on.
fn disk_under(file: &File) -> Option<u32> {
    let path = calls::path_by_volume(file)?;
    facts::disk_number(&calls::device_number(facts::volume_of(&path)?)?)
}
