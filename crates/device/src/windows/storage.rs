//! Reader of what Windows' storage driver says about volumes and disks.

/// `STORAGE_BUS_TYPE` values of disks that get pulled: IEEE 1394, USB, SD.
const PLUGGED: [u32; 3] = [4, 7, 12];
/// Those of disks that exist in software only: virtual, file-backed, storage spaces.
const MADE_UP: [u32; 3] = [14, 15, 16];

/// The serial number in a `STORAGE_DEVICE_DESCRIPTOR`, if it is that of a disk that stays in
/// the machine.
pub(super) fn fixed_disk_serial(descriptor: &[u8]) -> Option<String> {
    if !stays(descriptor) || MADE_UP.contains(&number_at(descriptor, 28)?) {
        return None;
    }
    let offset = usize::try_from(number_at(descriptor, 24)?).ok()?;
    // No serial is said by zero or, by old drivers, by all ones. The text follows the fields.
    let text = descriptor.get(offset..).filter(|_| offset >= 36)?;
    let text = &text[..text.iter().position(|&byte| byte == 0)?];
    let serial = std::str::from_utf8(text).ok()?.trim();
    (!serial.is_empty()).then(|| serial.to_owned())
}

/// Whether a `STORAGE_DEVICE_DESCRIPTOR` is that of a disk that is not taken out. One that exists
/// in software only is not either.
pub(crate) fn stays(descriptor: &[u8]) -> bool {
    let removable = descriptor.get(10).is_none_or(|&flag| flag != 0);
    let bus = number_at(descriptor, 28);
    !removable && bus.is_some_and(|bus| !PLUGGED.contains(&bus))
}

/// The number of the first disk in a `VOLUME_DISK_EXTENTS`: the one whose extent has the lowest
/// number, where a volume spans several.
pub(super) fn first_disk(extents: &[u8]) -> Option<u32> {
    // The array of 24-byte extents is aligned to 8 bytes.
    let (count, extents) = (number_at(extents, 0)?, extents.get(8..)?);
    let extents = extents.chunks_exact(24).take(usize::try_from(count).ok()?);
    extents.filter_map(|extent| number_at(extent, 0)).min()
}

fn number_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(offset..offset + 4)?.try_into().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SATA: u32 = 11;

    fn descriptor(bus: u32, removable: bool, serial: Option<&str>) -> Vec<u8> {
        let mut bytes = vec![0; 40];
        bytes[10] = u8::from(removable);
        bytes[28..32].copy_from_slice(&bus.to_le_bytes());
        if let Some(serial) = serial {
            bytes[24..28].copy_from_slice(&40_u32.to_le_bytes());
            bytes.extend_from_slice(serial.as_bytes());
            bytes.push(0);
        }
        bytes
    }

    #[test]
    fn a_built_in_disk_has_its_serial() {
        let sata = descriptor(SATA, false, Some("  S3Z9NB0K412345  "));
        assert_eq!(fixed_disk_serial(&sata).as_deref(), Some("S3Z9NB0K412345"));
    }

    #[test]
    fn disks_that_get_pulled_and_disks_without_a_serial_are_left_out() {
        for bus in PLUGGED.into_iter().chain(MADE_UP) {
            assert_eq!(
                fixed_disk_serial(&descriptor(bus, false, Some("AB12"))),
                None,
                "{bus}"
            );
        }
        assert_eq!(
            fixed_disk_serial(&descriptor(SATA, true, Some("AB12"))),
            None
        );
        assert_eq!(fixed_disk_serial(&descriptor(SATA, false, None)), None);
        let mut old = descriptor(SATA, false, Some("AB12"));
        old[24..28].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(fixed_disk_serial(&old), None);
    }

    #[test]
    fn a_cut_descriptor_is_left_out() {
        let whole = descriptor(SATA, false, Some("AB12"));
        for length in 0..whole.len() {
            assert_eq!(fixed_disk_serial(&whole[..length]), None);
        }
    }

    #[test]
    fn a_volume_over_several_disks_goes_by_the_lowest_number() {
        let mut extents = vec![0; 8 + 2 * 24];
        extents[0] = 2;
        extents[8] = 3;
        extents[32] = 1;
        assert_eq!(first_disk(&extents), Some(1));
        assert_eq!(first_disk(&[0; 8]), None);
        assert_eq!(first_disk(&[]), None);
    }
}
