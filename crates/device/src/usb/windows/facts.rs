//! What Windows says about disks and volumes, and which key they belong to.

use std::path::PathBuf;

use crate::usb::key::{UsbPlace, Volume, tidied};

/// `FILE_DEVICE_DISK`: a disk, and not a tape or a drive for discs, which are numbered apart.
const DISK: u32 = 7;
/// `FILE_READ_ONLY_VOLUME`.
const READ_ONLY: u32 = 0x0008_0000;

/// A disk on a USB device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Disk {
    /// As in `PhysicalDrive3`.
    pub(super) number: u32,
    /// The USB device above it.
    pub(super) place: UsbPlace,
    /// In bytes; `None` without a medium.
    pub(super) size: Option<u64>,
}

/// A volume, as the volume manager and its file system describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct VolumeFacts {
    /// `\\?\Volume{…}\`
    pub(super) name: String,
    /// The disk that it lies on.
    pub(super) disk: Option<u32>,
    /// `E:\`, and folders where it is mounted.
    pub(super) mount_points: Vec<String>,
    /// `None` where it has no file system that Windows knows.
    pub(super) content: Option<Content>,
    /// Free to this user, and in all, in bytes.
    pub(super) space: Option<(u64, u64)>,
}

/// What `GetVolumeInformationW` tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) label: String,
    pub(super) serial: u32,
    pub(super) flags: u32,
    pub(super) file_system: String,
}

impl VolumeFacts {
    fn volume(&self) -> Volume {
        let letter = self.mount_points.iter().find(|at| at.len() == 3);
        let content = self.content.as_ref();
        Volume {
            device: letter
                .unwrap_or(&self.name)
                .trim_end_matches('\\')
                .to_owned(),
            mount_points: self.mount_points.iter().map(PathBuf::from).collect(),
            file_system: content.and_then(|content| tidied(&content.file_system)),
            size: self.space.map(|(_, all)| all),
            free: self.space.map(|(free, _)| free),
            read_only: content.is_some_and(|content| content.flags & READ_ONLY != 0),
            uuid: content.map(|content| {
                format!(
                    "{:04X}-{:04X}",
                    content.serial >> 16,
                    content.serial & 0xffff
                )
            }),
            label: content.and_then(|content| tidied(&content.label)),
        }
    }
}

/// The capacity and the volumes of the key at this place.
pub(super) fn content_of(
    place: &UsbPlace,
    disks: &[Disk],
    volumes: &[VolumeFacts],
) -> (Option<u64>, Vec<Volume>) {
    let mut own: Vec<&Disk> = disks.iter().filter(|disk| disk.place == *place).collect();
    own.sort_by_key(|disk| disk.number);
    let on_own = |volume: &&VolumeFacts| {
        own.iter()
            .any(|disk| disk.size.is_some() && volume.disk == Some(disk.number))
    };
    let mut volumes: Vec<Volume> = volumes
        .iter()
        .filter(on_own)
        .map(VolumeFacts::volume)
        .collect();
    volumes.sort_by(|one, other| one.device.cmp(&other.device));
    (own.iter().find_map(|disk| disk.size), volumes)
}

/// The place of the key whose device has this instance id.
pub(super) fn place(instance: &str) -> UsbPlace {
    // Ids are compared without case.
    UsbPlace::new(instance.to_ascii_uppercase())
}

/// The nearest USB device among a disk and what is above it, by instance ids:
/// `USBSTOR\DISK&VEN_…`, perhaps `USB\VID_0781&PID_5581&MI_00\…`, which is a function of a device
/// that has several, and `USB\VID_0781&PID_5581\4C53…`.
pub(super) fn usb_device<'a>(upwards: impl IntoIterator<Item = &'a String>) -> Option<UsbPlace> {
    let is_device = |id: &&String| {
        let id = id.to_ascii_uppercase();
        let is_function = id.split('\\').nth(1).is_some_and(|id| id.contains("&MI_"));
        id.starts_with(r"USB\VID_") && !is_function
    };
    upwards.into_iter().find(is_device).map(|id| place(id))
}

/// The disk's number in a `STORAGE_DEVICE_NUMBER`.
pub(super) fn disk_number(answer: &[u8]) -> Option<u32> {
    (number_at(answer, 0)? == DISK).then(|| number_at(answer, 4))?
}

/// The size in a `DISK_GEOMETRY_EX`, in bytes.
pub(super) fn disk_size(answer: &[u8]) -> Option<u64> {
    let size = u64::from_le_bytes(answer.get(24..32)?.try_into().ok()?);
    (size > 0).then_some(size)
}

/// `\\?\Volume{…}` from the path of a file on it.
pub(super) fn volume_of(path: &str) -> Option<&str> {
    let end = path.find('}')? + 1;
    let volume = &path[..end];
    volume.starts_with(r"\\?\Volume{").then_some(volume)
}

/// Texts in UTF-16 with a NUL behind each, up to an empty one.
pub(super) fn texts(wide: &[u16]) -> Vec<String> {
    wide.split(|&unit| unit == 0)
        .take_while(|text| !text.is_empty())
        .map(String::from_utf16_lossy)
        .collect()
}

/// A text in UTF-16 up to its NUL.
pub(super) fn text(wide: &[u16]) -> String {
    let end = wide.iter().position(|&unit| unit == 0);
    String::from_utf16_lossy(&wide[..end.unwrap_or(wide.len())])
}

/// A text in UTF-16 with a NUL behind it.
pub(super) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn number_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..offset + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STICK: &str = r"USB\VID_0781&PID_5581\4C530001230718115003";
    const VOLUME: &str = r"\\?\Volume{8d3f2a51-6c0e-5b7a-9e44-1f2c3b4a5d6e}\";

    fn device_above(ids: &[&str]) -> Option<UsbPlace> {
        usb_device(&ids.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn a_disk_is_followed_to_its_device_and_not_to_the_hub() {
        let plain = [
            r"USBSTOR\DISK&VEN_SANDISK&PROD_ULTRA&REV_1.00\4C530001230718115003&0",
            STICK,
            r"USB\VID_05E3&PID_0610\6&1a2b3c4d&0&3",
            r"USB\ROOT_HUB30\4&2a1b0c9d&0&0",
        ];
        assert_eq!(device_above(&plain), Some(place(STICK)));
        let uasp = [
            r"SCSI\DISK&VEN_X&PROD_Y\7&1f&0&000000",
            r"usb\vid_0781&pid_5581\4c530001230718115003",
        ];
        assert_eq!(device_above(&uasp), Some(place(STICK)));
        let composite = [
            r"USBSTOR\DISK&VEN_X\0",
            r"USB\VID_0781&PID_5581&MI_01\7&2f&0&0001",
            STICK,
        ];
        assert_eq!(device_above(&composite), Some(place(STICK)));
        assert_eq!(
            device_above(&[
                r"SCSI\DISK&VEN_NVME\5&1",
                r"PCI\VEN_144D&DEV_A808\4&1",
                r"HTREE\ROOT\0"
            ]),
            None
        );
        assert_eq!(device_above(&[r"USB\ROOT_HUB30\4&2a1b0c9d&0&0"]), None);
    }

    #[test]
    fn a_key_has_the_volumes_of_its_own_disks() {
        let disk = |number, id: &str, size| Disk {
            number,
            place: place(id),
            size,
        };
        let other = r"USB\VID_0781&PID_5581\5&2F&0&4";
        let disks = [
            disk(3, STICK, Some(64)),
            disk(2, STICK, None),
            disk(4, other, Some(32)),
        ];
        let volume = |disk, at: &str| VolumeFacts {
            name: VOLUME.to_owned(),
            disk: Some(disk),
            mount_points: vec![at.to_owned()],
            ..VolumeFacts::default()
        };
        let volumes = [
            volume(4, r"G:\"),
            volume(3, r"F:\"),
            volume(0, r"C:\"),
            volume(3, r"E:\"),
        ];
        let (capacity, found) = content_of(&place(STICK), &disks, &volumes);
        assert_eq!(capacity, Some(64));
        let devices: Vec<_> = found.iter().map(|volume| volume.device.as_str()).collect();
        assert_eq!(devices, ["E:", "F:"]);
        assert_eq!(
            content_of(&place("USB\\VID_1"), &disks, &volumes),
            (None, vec![])
        );
    }

    #[test]
    fn a_volume_is_called_by_its_letter_or_its_name() {
        let facts = VolumeFacts {
            name: VOLUME.to_owned(),
            disk: Some(3),
            mount_points: vec![r"C:\mnt\key\".to_owned(), r"E:\".to_owned()],
            content: Some(Content {
                label: "KEY ".to_owned(),
                serial: 0xcafe_0012,
                flags: READ_ONLY | 1,
                file_system: "FAT32".to_owned(),
            }),
            space: Some((5, 9)),
        };
        let volume = facts.volume();
        assert_eq!(volume.device, "E:");
        assert_eq!(
            volume.mount_points,
            [r"C:\mnt\key\", r"E:\"].map(PathBuf::from)
        );
        assert_eq!(volume.uuid.as_deref(), Some("CAFE-0012"));
        assert_eq!(volume.label.as_deref(), Some("KEY"));
        assert_eq!((volume.free, volume.size), (Some(5), Some(9)));
        assert!(volume.read_only);
        let raw = VolumeFacts {
            mount_points: vec![],
            content: None,
            ..facts
        };
        assert_eq!(raw.volume().device, VOLUME.trim_end_matches('\\'));
        assert!(!raw.volume().read_only);
    }

    #[test]
    fn answers_of_the_storage_driver_are_read() {
        let number = |kind: u32, number: u32| {
            [kind.to_le_bytes(), number.to_le_bytes(), [1, 0, 0, 0]].concat()
        };
        assert_eq!(disk_number(&number(7, 3)), Some(3));
        // A drive for discs, which has numbers of its own.
        assert_eq!(disk_number(&number(2, 3)), None);
        assert_eq!(disk_number(&number(7, 3)[..7]), None);
        let mut geometry = vec![0; 32];
        assert_eq!(disk_size(&geometry), None);
        geometry[24..].copy_from_slice(&30_752_000_000_u64.to_le_bytes());
        assert_eq!(disk_size(&geometry), Some(30_752_000_000));
        assert_eq!(disk_size(&geometry[..31]), None);
    }

    #[test]
    fn a_path_tells_its_volume() {
        let path = format!(r"{VOLUME}folder\a}}.lic");
        assert_eq!(volume_of(&path), Some(VOLUME.trim_end_matches('\\')));
        assert_eq!(volume_of(r"\\?\UNC\server\share\a}.lic"), None);
        assert_eq!(volume_of(r"\\?\Volume{8d3f"), None);
    }

    #[test]
    fn lists_and_texts_end_at_their_nul() {
        assert_eq!(texts(&wide("a\0bc\0\0d")), ["a", "bc"]);
        assert!(texts(&[0, 0]).is_empty() && texts(&[]).is_empty());
        assert_eq!(text(&wide("ab\0c")), "ab");
        assert_eq!(text(&[97, 98]), "ab");
    }
}
