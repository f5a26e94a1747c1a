//! The calls into Windows: each copies what the system gives and judges nothing.

#![expect(
    unsafe_code,
    reason = "Windows tells these facts only through its C interface"
)]

use std::fs::File;
use std::os::windows::io::AsRawHandle;
use std::ptr;

use windows_sys::Win32::Devices::DeviceAndDriverInstallation::{
    CM_GET_DEVICE_INTERFACE_LIST_PRESENT, CM_Get_Device_IDW, CM_Get_Device_Interface_List_SizeW,
    CM_Get_Device_Interface_ListW, CM_Get_Device_Interface_PropertyW, CM_Get_Parent,
    CM_LOCATE_DEVNODE_NORMAL, CM_Locate_DevNodeW, CR_BUFFER_SMALL, CR_SUCCESS, MAX_DEVICE_ID_LEN,
};
use windows_sys::Win32::Devices::Properties::{DEVPKEY_Device_InstanceId, DEVPROP_TYPE_STRING};
use windows_sys::Win32::Foundation::{INVALID_HANDLE_VALUE, MAX_PATH};
use windows_sys::Win32::Storage::FileSystem::{
    FindFirstVolumeW, FindNextVolumeW, FindVolumeClose, GetDiskFreeSpaceExW,
    GetFinalPathNameByHandleW, GetVolumeInformationW, GetVolumePathNamesForVolumeNameW,
    VOLUME_NAME_DOS, VOLUME_NAME_GUID,
};
use windows_sys::Win32::System::Diagnostics::Debug::{SEM_FAILCRITICALERRORS, SetThreadErrorMode};
use windows_sys::Win32::System::Ioctl::{
    GUID_DEVINTERFACE_DISK, IOCTL_DISK_GET_DRIVE_GEOMETRY_EX, IOCTL_STORAGE_GET_DEVICE_NUMBER,
};

use super::facts::{Content, text, texts, wide};
use crate::windows::calls::ask_device;

/// The longest list or path that is taken, in UTF-16 units.
const LONGEST: u32 = 32 * 1024;
/// How many devices are followed upwards: hubs stack five deep, and functions and adapters come
/// between.
const HIGHEST: usize = 16;

/// Keeps Windows from asking for a medium with a dialog while it is alive.
pub(super) struct Quiet {
    before: u32,
}

impl Quiet {
    pub(super) fn new() -> Self {
        let mut before = 0;
        // SAFETY: the call writes one number.
        unsafe { SetThreadErrorMode(SEM_FAILCRITICALERRORS, &raw mut before) };
        Self { before }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // SAFETY: null says that the mode until now is not asked for.
        unsafe { SetThreadErrorMode(self.before, ptr::null_mut()) };
    }
}

/// The paths of all disks that are there: `\\?\usbstor#disk&ven_…`.
pub(super) fn disks() -> Vec<String> {
    loop {
        let mut length = 0;
        // SAFETY: the class id lives during the call, which writes one number.
        let asked = unsafe {
            CM_Get_Device_Interface_List_SizeW(
                &raw mut length,
                &GUID_DEVINTERFACE_DISK,
                ptr::null(),
                CM_GET_DEVICE_INTERFACE_LIST_PRESENT,
            )
        };
        if asked != CR_SUCCESS || length > LONGEST {
            return Vec::new();
        }
        let mut list = vec![0_u16; length as usize];
        // SAFETY: the list is writable for the length given.
        let listed = unsafe {
            CM_Get_Device_Interface_ListW(
                &GUID_DEVINTERFACE_DISK,
                ptr::null(),
                list.as_mut_ptr(),
                length,
                CM_GET_DEVICE_INTERFACE_LIST_PRESENT,
            )
        };
        match listed {
            CR_SUCCESS => return texts(&list),
            // A disk came between the two calls.
            CR_BUFFER_SMALL => {}
            _ => return Vec::new(),
        }
    }
}

/// The instance ids of the device behind a path, and of those above it.
pub(super) fn upwards(path: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut next = node(path);
    while let Some(node) = next
        && ids.len() < HIGHEST
    {
        let mut id = [0_u16; MAX_DEVICE_ID_LEN as usize + 1];
        // SAFETY: the buffer is writable for the length given.
        let named = unsafe { CM_Get_Device_IDW(node, id.as_mut_ptr(), MAX_DEVICE_ID_LEN + 1, 0) };
        if named != CR_SUCCESS {
            break;
        }
        ids.push(text(&id));
        let mut parent = 0;
        // SAFETY: the call writes one number.
        let found = unsafe { CM_Get_Parent(&raw mut parent, node, 0) };
        next = (found == CR_SUCCESS).then_some(parent);
    }
    ids
}

/// The node in the device tree behind a path.
fn node(path: &str) -> Option<u32> {
    let path = wide(path);
    let mut kind = 0;
    let mut id = [0_u16; MAX_DEVICE_ID_LEN as usize + 1];
    let mut size = u32::try_from(size_of_val(&id)).ok()?;
    // SAFETY: path and key live during the call; the buffer is writable for `size` bytes.
    let told = unsafe {
        CM_Get_Device_Interface_PropertyW(
            path.as_ptr(),
            &DEVPKEY_Device_InstanceId,
            &raw mut kind,
            id.as_mut_ptr().cast(),
            &raw mut size,
            0,
        )
    };
    if told != CR_SUCCESS || kind != DEVPROP_TYPE_STRING {
        return None;
    }
    let id = wide(&text(&id));
    let mut node = 0;
    // SAFETY: the id ends in a NUL; the call writes one number.
    let found = unsafe { CM_Locate_DevNodeW(&raw mut node, id.as_ptr(), CM_LOCATE_DEVNODE_NORMAL) };
    (found == CR_SUCCESS).then_some(node)
}

/// The `STORAGE_DEVICE_NUMBER` of a disk or volume.
pub(super) fn device_number(path: &str) -> Option<Vec<u8>> {
    ask_device(path, IOCTL_STORAGE_GET_DEVICE_NUMBER)
}

/// The `DISK_GEOMETRY_EX` of a disk.
pub(super) fn geometry(path: &str) -> Option<Vec<u8>> {
    ask_device(path, IOCTL_DISK_GET_DRIVE_GEOMETRY_EX)
}

/// The names of all volumes: `\\?\Volume{…}\`.
pub(super) fn volumes() -> Vec<String> {
    let mut name = [0_u16; MAX_PATH as usize];
    // SAFETY: the buffer is writable for the length given.
    let search = unsafe { FindFirstVolumeW(name.as_mut_ptr(), MAX_PATH) };
    if search == INVALID_HANDLE_VALUE {
        return Vec::new();
    }
    let mut names = vec![text(&name)];
    // SAFETY: the search is open, and the buffer writable for the length given.
    while unsafe { FindNextVolumeW(search, name.as_mut_ptr(), MAX_PATH) } != 0 {
        names.push(text(&name));
    }
    // SAFETY: the search is open, and closed once.
    unsafe { FindVolumeClose(search) };
    names
}

/// Where a volume is mounted.
pub(super) fn mount_points(volume: &str) -> Vec<String> {
    let volume = wide(volume);
    let mut paths = vec![0_u16; LONGEST as usize];
    let mut length = 0;
    // SAFETY: the name ends in a NUL; the buffer is writable for the length given.
    let told = unsafe {
        GetVolumePathNamesForVolumeNameW(
            volume.as_ptr(),
            paths.as_mut_ptr(),
            LONGEST,
            &raw mut length,
        )
    };
    if told == 0 { Vec::new() } else { texts(&paths) }
}

/// What a volume's file system says about it.
pub(super) fn content(volume: &str) -> Option<Content> {
    let volume = wide(volume);
    let mut label = [0_u16; MAX_PATH as usize + 1];
    let mut file_system = [0_u16; MAX_PATH as usize + 1];
    let (mut serial, mut flags) = (0, 0);
    // SAFETY: the name ends in a NUL; both buffers are writable for the lengths given; null says
    // that a component's length is not asked for.
    let told = unsafe {
        GetVolumeInformationW(
            volume.as_ptr(),
            label.as_mut_ptr(),
            MAX_PATH + 1,
            &raw mut serial,
            ptr::null_mut(),
            &raw mut flags,
            file_system.as_mut_ptr(),
            MAX_PATH + 1,
        )
    };
    (told != 0).then(|| Content {
        label: text(&label),
        serial,
        flags,
        file_system: text(&file_system),
    })
}

/// What is free to this user, and the size, in bytes.
pub(super) fn space(volume: &str) -> Option<(u64, u64)> {
    let volume = wide(volume);
    let (mut free, mut all) = (0, 0);
    // SAFETY: the name ends in a NUL; the call writes two numbers.
    let told = unsafe {
        GetDiskFreeSpaceExW(
            volume.as_ptr(),
            &raw mut free,
            &raw mut all,
            ptr::null_mut(),
        )
    };
    (told != 0).then_some((free, all))
}

/// The path of an open file from its volume on: `\\?\Volume{…}\a.lic`.
pub(super) fn path_by_volume(file: &File) -> Option<String> {
    final_path(file, VOLUME_NAME_GUID)
}

/// The path of an open file as people write it: `\\?\E:\a.lic`, `\\?\UNC\server\…`.
pub(super) fn path_by_letter(file: &File) -> Option<String> {
    final_path(file, VOLUME_NAME_DOS)
}

fn final_path(file: &File, form: u32) -> Option<String> {
    let mut path = vec![0_u16; LONGEST as usize];
    // SAFETY: the handle is open during the call; the buffer is writable for the length given.
    let length = unsafe {
        GetFinalPathNameByHandleW(file.as_raw_handle(), path.as_mut_ptr(), LONGEST, form)
    };
    (length != 0 && length < LONGEST).then(|| text(&path))
}
