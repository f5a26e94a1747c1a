//! The calls into macOS: the media below USB devices, and mounts.

#![expect(
    unsafe_code,
    reason = "macOS tells these facts only through its C interface"
)]

use std::ffi::{CStr, c_char};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::ptr;

use super::facts::{Media, Mount};
use crate::macos::Entry;

/// How many entries are followed upwards: hubs stack five deep, with ports and drivers between.
const HIGHEST: usize = 64;
/// How many mounts are taken.
const MOUNTS: usize = 4096;

/// The media on USB devices. Discs are left out: they are media of their own kind.
pub(super) fn media() -> Vec<Media> {
    let all = Entry::of_class(c"IOMedia");
    let disks = all
        .iter()
        .filter(|entry| !entry.is_a(c"IOCDMedia") && !entry.is_a(c"IODVDMedia"));
    disks.filter_map(one_medium).collect()
}

fn one_medium(entry: &Entry) -> Option<Media> {
    let above = above(entry)?;
    Some(Media {
        name: entry.own_text("BSD Name")?,
        device: above.device,
        size: entry.own_number("Size").unwrap_or_default(),
        is_disk: !above.through_media,
        is_leaf: entry.own_flag("Leaf"),
        is_writable: entry.own_flag("Writable"),
    })
}

/// The USB device that a medium lies on, by its registry entry.
pub(super) fn usb_device_of(bsd_name: &str) -> Option<u64> {
    Some(above(&Entry::of_disk(bsd_name)?)?.device)
}

/// What a driver says of where a medium is: how it is connected, whether inside, whether it can be
/// taken out.
pub(super) fn connection_of(bsd_name: &str) -> Option<(String, String, bool)> {
    let media = Entry::of_disk(bsd_name)?;
    let said = |name| media.text_in("Protocol Characteristics", name);
    Some((
        said("Physical Interconnect")?,
        said("Physical Interconnect Location")?,
        media.own_flag("Removable") || media.own_flag("Ejectable"),
    ))
}

struct Above {
    device: u64,
    through_media: bool,
}

/// The nearest USB device above a medium: the key, and not the hub that it is plugged into.
fn above(medium: &Entry) -> Option<Above> {
    let mut through_media = false;
    let mut next = medium.parent();
    for _ in 0..HIGHEST {
        let entry = next?;
        // The old name is what systems before 10.11 have.
        if entry.is_a(c"IOUSBHostDevice") || entry.is_a(c"IOUSBDevice") {
            return Some(Above {
                device: entry.id()?,
                through_media,
            });
        }
        through_media |= entry.is_a(c"IOMedia");
        next = entry.parent();
    }
    None
}

/// A text that a USB device itself has, and neither a hub above it nor a child.
pub(super) fn text_of_device(device: u64, keys: [&str; 2]) -> Option<String> {
    let entry = Entry::with_id(device)?;
    keys.iter().find_map(|key| entry.own_text(key))
}

/// All mounts, as the kernel has them: no file system is asked, since one may hang.
pub(super) fn mounts() -> Vec<Mount> {
    // SAFETY: without a buffer the number of mounts is all that is asked for.
    let count = unsafe { libc::getfsstat(ptr::null_mut(), 0, libc::MNT_NOWAIT) };
    // Some room for what is mounted between the two calls.
    let room = usize::try_from(count).unwrap_or_default().min(MOUNTS) + 8;
    // SAFETY: `statfs` is made of numbers and arrays of numbers, for which zero is a value.
    let mut list: Vec<libc::statfs> = vec![unsafe { std::mem::zeroed() }; room];
    let Ok(bytes) = libc::c_int::try_from(size_of::<libc::statfs>() * room) else {
        return Vec::new();
    };
    // SAFETY: the buffer is writable for the number of bytes given.
    let count = unsafe { libc::getfsstat(list.as_mut_ptr(), bytes, libc::MNT_NOWAIT) };
    list.truncate(usize::try_from(count).unwrap_or_default());
    list.iter().filter_map(mount).collect()
}

/// The mount that an open file was reached by, and whether it is one of this machine's own.
pub(super) fn mount_of(file: &File) -> Option<(Mount, bool)> {
    // SAFETY: as above.
    let mut found: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: the descriptor is open during the call, which writes one `statfs`.
    if unsafe { libc::fstatfs(file.as_raw_fd(), &raw mut found) } != 0 {
        return None;
    }
    Some((mount(&found)?, has(&found, libc::MNT_LOCAL)))
}

fn mount(found: &libc::statfs) -> Option<Mount> {
    Some(Mount {
        source: text(&found.f_mntfromname)?,
        at: PathBuf::from(text(&found.f_mntonname)?),
        file_system: text(&found.f_fstypename)?,
        read_only: has(found, libc::MNT_RDONLY),
        free: found.f_bavail.checked_mul(u64::from(found.f_bsize))?,
    })
}

fn has(mount: &libc::statfs, flag: libc::c_int) -> bool {
    mount.f_flags & flag.cast_unsigned() != 0
}

fn text(field: &[c_char]) -> Option<String> {
    let bytes: Vec<u8> = field.iter().map(|byte| byte.cast_unsigned()).collect();
    let text = CStr::from_bytes_until_nul(&bytes).ok()?;
    Some(text.to_str().ok()?.to_owned())
}
