//! What the first sector of a volume says, where there is no udev and we may read the volume, as
//! root of a small system. Spelled as blkid, and so udev, spells it.

use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{OFlags, major, minor};

use super::udev::Content;
use crate::usb::key::tidied;

const SECTOR: usize = 512;

/// The content of a block device, by its node and its number.
pub(super) fn content(node: &Path, number: &str) -> Option<Content> {
    // A drive should not wait for a medium.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).ok()?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(node)
        .ok()?;
    let facts = file.metadata().ok()?;
    let its_number = format!("{}:{}", major(facts.rdev()), minor(facts.rdev()));
    if !facts.file_type().is_block_device() || its_number != number {
        return None;
    }
    let mut sector = [0; SECTOR];
    (&file).read_exact(&mut sector).ok()?;
    parse(&sector)
}

fn parse(sector: &[u8; SECTOR]) -> Option<Content> {
    if sector[510..] != [0x55, 0xaa] {
        return None;
    }
    let found = |file_system: &str, uuid: Option<String>, label: Option<&[u8]>| {
        let label = label
            .filter(|label| *label != b"NO NAME    ")
            .and_then(|label| tidied(std::str::from_utf8(label).ok()?));
        Some(Content {
            file_system: Some(file_system.to_owned()),
            uuid,
            label,
        })
    };
    // Volume number and label are there where this says so.
    let has_number = |at: usize| matches!(sector[at], 0x28 | 0x29);
    let short_at = |at: usize| Some(short(sector[at..].first_chunk().copied()?));
    let long_at = |at: usize| {
        let number = u64::from_le_bytes(sector[at..].first_chunk().copied()?);
        Some(format!("{number:016X}"))
    };
    match sector {
        _ if sector[3..11] == *b"EXFAT   " => found("exfat", short_at(100), None),
        _ if sector[3..11] == *b"NTFS    " => found("ntfs", long_at(72), None),
        _ if sector[82..90] == *b"FAT32   " && has_number(66) => {
            found("vfat", short_at(67), Some(&sector[71..82]))
        }
        _ if sector[54..57] == *b"FAT" && has_number(38) => {
            found("vfat", short_at(39), Some(&sector[43..54]))
        }
        _ => None,
    }
}

/// `CAFE-1234`
fn short(number: [u8; 4]) -> String {
    let number = u32::from_le_bytes(number);
    format!("{:04X}-{:04X}", number >> 16, number & 0xffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sector(parts: &[(usize, &[u8])]) -> [u8; SECTOR] {
        let mut sector = [0; SECTOR];
        sector[510..].copy_from_slice(&[0x55, 0xaa]);
        for (at, bytes) in parts {
            sector[*at..at + bytes.len()].copy_from_slice(bytes);
        }
        sector
    }

    /// File system, UUID and label.
    fn found(parts: &[(usize, &[u8])]) -> Option<[String; 3]> {
        let content = parse(&sector(parts))?;
        let label = content.label.unwrap_or_default();
        Some([content.file_system?, content.uuid?, label])
    }

    fn told(told: [&str; 3]) -> [String; 3] {
        told.map(str::to_owned)
    }

    #[test]
    fn file_systems_of_sticks_are_read_as_udev_does() {
        let number = [0x34, 0x12, 0xfe, 0xca];
        assert_eq!(
            found(&[(66, &[0x29]), (67, &number), (71, b"KEY        FAT32   ")]),
            Some(told(["vfat", "CAFE-1234", "KEY"]))
        );
        assert_eq!(
            found(&[(38, &[0x29]), (39, &number), (43, b"NO NAME    FAT16   ")]),
            Some(told(["vfat", "CAFE-1234", ""]))
        );
        assert_eq!(
            found(&[(3, b"EXFAT   "), (100, &number)]),
            Some(told(["exfat", "CAFE-1234", ""]))
        );
        assert_eq!(
            found(&[(3, b"NTFS    "), (72, &[8, 7, 6, 5, 4, 3, 2, 1])]),
            Some(told(["ntfs", "0102030405060708", ""]))
        );
    }

    #[test]
    fn other_sectors_tell_nothing() {
        assert_eq!(parse(&[0; SECTOR]), None);
        assert_eq!(found(&[]), None);
        // A FAT that does not say that it has a number.
        assert_eq!(found(&[(82, b"FAT32   ")]), None);
        let mut unsigned = sector(&[(3, b"EXFAT   ")]);
        unsigned[511] = 0;
        assert_eq!(parse(&unsigned), None);
    }

    #[test]
    fn only_the_block_device_that_is_meant_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sda1");
        std::fs::write(&file, sector(&[(3, b"EXFAT   ")])).unwrap();
        assert_eq!(content(&file, "0:0"), None);
    }
}
