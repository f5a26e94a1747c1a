//! The calls into Windows: each copies what the system gives and judges nothing.

#![expect(
    unsafe_code,
    reason = "Windows tells these facts only through its C interface"
)]

use std::fs::{File, OpenOptions};
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::AsRawHandle;
use std::ptr;

use keyferry_token::Seconds;
use windows_sys::Win32::Foundation::NO_ERROR;
use windows_sys::Win32::NetworkManagement::IpHelper::{
    FreeMibTable, GetIfTable2, MIB_IF_ROW2, MIB_IF_TABLE2,
};
use windows_sys::Win32::Storage::FileSystem::IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS;
use windows_sys::Win32::System::IO::DeviceIoControl;
use windows_sys::Win32::System::Ioctl::{
    IOCTL_STORAGE_QUERY_PROPERTY, PropertyStandardQuery, STORAGE_PROPERTY_QUERY,
    StorageDeviceProperty,
};
use windows_sys::Win32::System::SystemInformation::{GetSystemFirmwareTable, GetTickCount64, RSMB};

/// More than any answer here needs, in bytes; what does not fit is not asked for again.
const ANSWER: usize = 4 * 1024;
/// The largest SMBIOS tables that are read, in bytes.
const TABLES: u32 = 256 * 1024;

/// A network interface with hardware behind it.
pub(super) struct HardwareInterface {
    /// `{9F1C0C1E-…}`, as the registry spells it.
    pub(super) guid: String,
    /// The address from the adapter's maker.
    pub(super) address: [u8; 6],
}

/// The SMBIOS tables, with the header of `RawSMBIOSData` before them.
pub(super) fn smbios_tables() -> Option<Vec<u8>> {
    // SAFETY: a null buffer of length 0 asks for the length only.
    let length = unsafe { GetSystemFirmwareTable(RSMB, 0, ptr::null_mut(), 0) };
    if length == 0 || length > TABLES {
        return None;
    }
    let mut tables = vec![0_u8; usize::try_from(length).ok()?];
    // SAFETY: the buffer is writable and `length` bytes long.
    let written = unsafe { GetSystemFirmwareTable(RSMB, 0, tables.as_mut_ptr(), length) };
    // A larger number than before means that the tables did not fit.
    (written != 0 && written <= length).then(|| {
        tables.truncate(written as usize);
        tables
    })
}

/// How long the kernel has run. `GetTickCount64` counts sleep and hibernation, which
/// `QueryUnbiasedInterruptTime` leaves out. After a fast start Windows counts on from before.
pub(super) fn since_boot() -> Seconds {
    // SAFETY: takes nothing and cannot fail.
    Seconds::new(unsafe { GetTickCount64() } / 1_000)
}

/// The `VOLUME_DISK_EXTENTS` of a drive such as `C:`.
pub(super) fn volume_extents(drive: &str) -> Option<Vec<u8>> {
    ask(
        &open_for_questions(drive)?,
        IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS,
        None,
    )
}

/// The `STORAGE_DEVICE_DESCRIPTOR` of a disk.
pub(crate) fn disk_descriptor(disk: u32) -> Option<Vec<u8>> {
    let query = STORAGE_PROPERTY_QUERY {
        PropertyId: StorageDeviceProperty,
        QueryType: PropertyStandardQuery,
        AdditionalParameters: [0],
    };
    let disk = open_for_questions(&format!("PhysicalDrive{disk}"))?;
    ask(&disk, IOCTL_STORAGE_QUERY_PROPERTY, Some(&query))
}

/// What the device behind a path answers to a question without parameters.
pub(crate) fn ask_device(path: &str, question: u32) -> Option<Vec<u8>> {
    ask(&open_path(path)?, question, None)
}

/// Opens a device without the right to read or write, which everybody may.
fn open_for_questions(name: &str) -> Option<File> {
    open_path(&format!(r"\\.\{name}"))
}

fn open_path(path: &str) -> Option<File> {
    OpenOptions::new().access_mode(0).open(path).ok()
}

fn ask(device: &File, question: u32, query: Option<&STORAGE_PROPERTY_QUERY>) -> Option<Vec<u8>> {
    let mut answer = vec![0_u8; ANSWER];
    let mut length = 0_u32;
    let (input, input_length) = match query {
        Some(query) => (
            ptr::from_ref(query).cast(),
            size_of::<STORAGE_PROPERTY_QUERY>(),
        ),
        None => (ptr::null(), 0),
    };
    // SAFETY: the handle is open during the call; `input` is null or points to a query of the
    // given length; `answer` is writable for the length given; without an OVERLAPPED the call
    // has ended when it returns.
    let done = unsafe {
        DeviceIoControl(
            device.as_raw_handle(),
            question,
            input,
            u32::try_from(input_length).ok()?,
            answer.as_mut_ptr().cast(),
            u32::try_from(answer.len()).ok()?,
            &raw mut length,
            ptr::null_mut(),
        )
    };
    (done != 0).then(|| {
        answer.truncate(length as usize);
        answer
    })
}

/// The interfaces that have hardware with a connector behind them.
pub(super) fn hardware_interfaces() -> Vec<HardwareInterface> {
    let mut table: *mut MIB_IF_TABLE2 = ptr::null_mut();
    // SAFETY: the call writes one pointer.
    if unsafe { GetIfTable2(&raw mut table) } != NO_ERROR || table.is_null() {
        return Vec::new();
    }
    // SAFETY: on success the table holds `NumEntries` rows, from `Table` on, until it is freed.
    // The place of the rows is taken from the raw pointer, since `Table` is declared with one.
    let rows = unsafe {
        let first = (&raw const (*table).Table).cast::<MIB_IF_ROW2>();
        std::slice::from_raw_parts(first, (*table).NumEntries as usize)
    };
    let found = rows.iter().filter_map(hardware_interface).collect();
    // SAFETY: the table came from `GetIfTable2`, and nothing borrowed from it is left.
    unsafe { FreeMibTable(table.cast()) };
    found
}

fn hardware_interface(row: &MIB_IF_ROW2) -> Option<HardwareInterface> {
    const HARDWARE: u8 = 1 << 0;
    const FILTER: u8 = 1 << 1;
    const CONNECTOR: u8 = 1 << 2;
    let flags = row.InterfaceAndOperStatusFlags._bitfield;
    let is_hardware = flags & (HARDWARE | FILTER | CONNECTOR) == HARDWARE | CONNECTOR;
    if !is_hardware || row.PhysicalAddressLength != 6 {
        return None;
    }
    let id = row.InterfaceGuid;
    let (node, clock) = (&id.data4[2..], &id.data4[..2]);
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<String>()
    };
    Some(HardwareInterface {
        guid: format!(
            "{{{:08X}-{:04X}-{:04X}-{}-{}}}",
            id.data1,
            id.data2,
            id.data3,
            hex(clock),
            hex(node)
        ),
        address: row.PermanentPhysicalAddress[..6].try_into().ok()?,
    })
}
