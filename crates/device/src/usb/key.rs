//! What a USB key is, as all systems tell it.

use std::fmt;
use std::path::PathBuf;

use keyferry_token::BoundedText;

/// A USB key that is plugged in.
///
/// Its texts are what the device says, cleaned: up to 126 characters (more does not fit into a
/// string descriptor), trimmed, without control and direction-changing characters. What then is
/// empty is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbKey {
    /// Where it is plugged in.
    pub place: UsbPlace,
    /// USB vendor id.
    pub vendor_id: u16,
    /// USB product id.
    pub product_id: u16,
    /// Its maker's name.
    pub maker: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// What its medium holds, in bytes. `None` without a medium. Of several disks in one device
    /// (card readers) that of the first one with a medium.
    pub capacity: Option<u64>,
    /// Its volumes, by device.
    pub volumes: Vec<Volume>,
}

impl UsbKey {
    /// What people call it: its maker and its name, the maker once. `None` where it tells neither.
    pub fn title(&self) -> Option<String> {
        match (&self.maker, &self.name) {
            (Some(maker), Some(name)) if begins_with(name, maker) => Some(name.clone()),
            (Some(maker), Some(name)) => Some(format!("{maker} {name}")),
            (maker, name) => maker.clone().or_else(|| name.clone()),
        }
    }
}

fn begins_with(name: &str, maker: &str) -> bool {
    name.to_lowercase().starts_with(&maker.to_lowercase())
}

/// Where a key is plugged in: the same for as long as the same key stays plugged in, another one
/// when it is put back. Its text means nothing outside this program and run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbPlace(String);

impl UsbPlace {
    /// A place by its name, which only has to tell it from other places.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for UsbPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A volume on a USB key: a partition, or a whole disk without partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// What the system calls it: `/dev/sdb1`, `E:`, `disk4s1`.
    pub device: String,
    /// Where its root can be reached; none while it is not mounted.
    pub mount_points: Vec<PathBuf>,
    /// Its file system, as the system calls it.
    pub file_system: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// What is free on it, in bytes, where it is mounted.
    pub free: Option<u64>,
    /// Nothing can be written to it here.
    pub read_only: bool,
    /// Its UUID or volume serial number, as the system spells it. Copies of the volume have the
    /// same.
    pub uuid: Option<String>,
    /// Its label.
    pub label: Option<String>,
}

/// A text from a device, cleaned as [`UsbKey`] says.
pub(super) fn tidied(text: &str) -> Option<String> {
    BoundedText::<126>::tidied(text)
        .ok()
        .map(|tidy| tidy.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_called_by_its_maker_and_name_and_the_maker_is_said_once() {
        let title = |maker: Option<&str>, name: Option<&str>| {
            let key = UsbKey {
                place: UsbPlace::new("1-2"),
                vendor_id: 0x0781,
                product_id: 0x5581,
                maker: maker.map(str::to_owned),
                name: name.map(str::to_owned),
                serial: None,
                capacity: None,
                volumes: Vec::new(),
            };
            key.title()
        };
        let called = |name: &str| Some(name.to_owned());
        assert_eq!(
            title(Some("SanDisk"), Some("Ultra Fit")),
            called("SanDisk Ultra Fit")
        );
        assert_eq!(
            title(Some("SanDisk"), Some("SANDISK Cruzer")),
            called("SANDISK Cruzer")
        );
        assert_eq!(title(Some("SanDisk"), None), called("SanDisk"));
        assert_eq!(title(None, Some("Flash Disk")), called("Flash Disk"));
        assert_eq!(title(None, None), None);
    }

    #[test]
    fn what_a_device_says_is_cleaned() {
        assert_eq!(
            tidied("  4C53\u{0}\u{202e}01 \n").as_deref(),
            Some("4C5301")
        );
        assert_eq!(tidied(" \u{0}\u{7} "), None);
        assert_eq!(tidied(&"x".repeat(500)).unwrap().len(), 126);
        assert_eq!(tidied("Série-日本").as_deref(), Some("Série-日本"));
    }
}
