//! What a Mac says about media and mounts, and which key they belong to.

use std::path::PathBuf;

use crate::usb::key::{Volume, tidied};

/// An `IOMedia` on a USB device: a disk, a partition, or a volume in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Media {
    /// `BSD Name`: `disk4s1`.
    pub(super) name: String,
    /// The registry entry of the USB device above it.
    pub(super) device: u64,
    /// In bytes; 0 without a medium.
    pub(super) size: u64,
    /// It is the device's own disk, and not a part of another medium.
    pub(super) is_disk: bool,
    /// Nothing is made from it.
    pub(super) is_leaf: bool,
    pub(super) is_writable: bool,
}

/// A mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    /// `/dev/disk4s1`, or `msdos://disk4s1` where the file system is a program.
    pub(super) source: String,
    pub(super) at: PathBuf,
    pub(super) file_system: String,
    pub(super) read_only: bool,
    /// In bytes.
    pub(super) free: u64,
}

/// The capacity and the volumes of the key whose device has this registry entry.
pub(super) fn content_of(
    device: u64,
    media: &[Media],
    mounts: &[Mount],
) -> (Option<u64>, Vec<Volume>) {
    let mut own: Vec<&Media> = media.iter().filter(|one| one.device == device).collect();
    own.sort_by_key(|one| number(&one.name));
    let disk = own.iter().find(|one| one.is_disk && one.size > 0);
    let capacity = disk.map(|disk| disk.size);
    let volumes = own.iter().filter(|one| one.size > 0);
    let volumes = volumes.filter_map(|one| volume(one, mounts)).collect();
    (capacity, volumes)
}

fn volume(media: &Media, mounts: &[Mount]) -> Option<Volume> {
    let is_own = |mount: &&Mount| bsd_name(&mount.source) == Some(media.name.as_str());
    let mounts: Vec<&Mount> = mounts.iter().filter(is_own).collect();
    // A disk without partitions is a leaf; one that is mounted although parts of it are known
    // counts as well.
    if !media.is_leaf && mounts.is_empty() {
        return None;
    }
    let first = mounts.first();
    let label = first.and_then(|mount| tidied(mount.at.file_name()?.to_str()?));
    Some(Volume {
        device: format!("/dev/{}", media.name),
        mount_points: mounts.iter().map(|mount| mount.at.clone()).collect(),
        file_system: first.and_then(|mount| tidied(&mount.file_system)),
        size: Some(media.size),
        free: first.map(|mount| mount.free),
        read_only: !media.is_writable
            || (!mounts.is_empty() && mounts.iter().all(|mount| mount.read_only)),
        uuid: None,
        label,
    })
}

/// `disk4s1` from what a mount names as its source.
pub(super) fn bsd_name(source: &str) -> Option<&str> {
    let name = source
        .strip_prefix("/dev/")
        .or_else(|| Some(source.split_once("://")?.1))?;
    let number = name.strip_prefix("disk")?;
    let is_number = number.starts_with(|first: char| first.is_ascii_digit());
    (is_number && !number.contains('/')).then_some(name)
}

/// The numbers in `disk4s1`, to sort by.
fn number(name: &str) -> Vec<u32> {
    name.split(|other: char| !other.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

/// Whether a medium can be taken out, by what its driver says: `Physical Interconnect`,
/// `Physical Interconnect Location` and `Removable`.
pub(super) fn can_be_taken_out(interconnect: &str, location: &str, is_removable: bool) -> bool {
    is_removable || location != "Internal" || ["USB", "Secure Digital"].contains(&interconnect)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(name: &str, device: u64, size: u64) -> Media {
        Media {
            name: name.to_owned(),
            device,
            size,
            is_disk: !name[4..].contains('s'),
            is_leaf: name[4..].contains('s'),
            is_writable: true,
        }
    }

    fn mount(source: &str, at: &str) -> Mount {
        Mount {
            source: source.to_owned(),
            at: PathBuf::from(at),
            file_system: "msdos".to_owned(),
            read_only: false,
            free: 7,
        }
    }

    #[test]
    fn a_key_has_the_media_below_its_own_device() {
        let all = [
            media("disk4", 1, 64),
            media("disk4s1", 1, 60),
            media("disk4s10", 1, 2),
            media("disk4s2", 1, 1),
            media("disk5", 2, 32),
            media("disk5s1", 2, 30),
        ];
        let mounts = [
            mount("/dev/disk3s1s1", "/"),
            mount("/dev/disk4s1", "/Volumes/KEY"),
            mount("msdos://disk5s1", "/Volumes/KEY 1"),
        ];
        let (capacity, volumes) = content_of(1, &all, &mounts);
        assert_eq!(capacity, Some(64));
        let devices: Vec<_> = volumes.iter().map(|one| one.device.as_str()).collect();
        assert_eq!(devices, ["/dev/disk4s1", "/dev/disk4s2", "/dev/disk4s10"]);
        assert_eq!(volumes[0].mount_points, [PathBuf::from("/Volumes/KEY")]);
        assert_eq!((volumes[0].free, volumes[1].free), (Some(7), None));
        assert_eq!(volumes[0].label.as_deref(), Some("KEY"));
        let (_, other) = content_of(2, &all, &mounts);
        assert_eq!(other[0].mount_points, [PathBuf::from("/Volumes/KEY 1")]);
        assert_eq!(content_of(3, &all, &mounts), (None, vec![]));
    }

    #[test]
    fn a_disk_without_partitions_or_without_a_medium() {
        let whole = Media {
            is_leaf: true,
            is_writable: false,
            ..media("disk4", 1, 64)
        };
        let (capacity, volumes) = content_of(1, &[whole], &[]);
        assert_eq!((capacity, volumes.len()), (Some(64), 1));
        assert!(volumes[0].read_only && volumes[0].mount_points.is_empty());
        let empty = Media {
            is_leaf: true,
            ..media("disk4", 1, 0)
        };
        assert_eq!(content_of(1, &[empty], &[]), (None, vec![]));
    }

    #[test]
    fn a_source_tells_its_disk() {
        assert_eq!(bsd_name("/dev/disk4s1"), Some("disk4s1"));
        assert_eq!(bsd_name("exfat://disk4s1"), Some("disk4s1"));
        for none in [
            "map auto_home",
            "//anna@server/share",
            "devfs",
            "/dev/disk",
            "/dev/disk4/x",
            "smb://disk4s1/x",
            "",
        ] {
            assert_eq!(bsd_name(none), None, "{none:?}");
        }
    }

    #[test]
    fn only_what_is_built_in_stays() {
        assert!(!can_be_taken_out("Apple Fabric", "Internal", false));
        assert!(can_be_taken_out("USB", "External", false));
        assert!(can_be_taken_out("USB", "Internal", false));
        assert!(can_be_taken_out("Secure Digital", "Internal", true));
        assert!(can_be_taken_out("PCI-Express", "External", false));
        assert!(can_be_taken_out("SATA", "Internal", true));
        // A disk image, or nothing that is known.
        assert!(can_be_taken_out("Virtual Interface", "File", false));
        assert!(can_be_taken_out("", "", false));
    }
}
