//! The calls into macOS: entries of the I/O Registry, sysctl, a clock, and the root mount.

#![expect(
    unsafe_code,
    reason = "macOS tells these facts only through its C interface"
)]

use std::ffi::{CStr, CString};
use std::ptr;

use core_foundation::base::{CFType, TCFType, kCFAllocatorDefault};
use core_foundation::boolean::CFBoolean;
use core_foundation::data::CFData;
use core_foundation::dictionary::CFDictionary;
use core_foundation::number::CFNumber;
use core_foundation::string::CFString;
use io_kit_sys::keys::kIOServicePlane;
use io_kit_sys::ret::kIOReturnSuccess;
use io_kit_sys::types::{io_iterator_t, io_registry_entry_t};
use io_kit_sys::{
    IOBSDNameMatching, IOIteratorNext, IOObjectConformsTo, IOObjectRelease,
    IORegistryEntryCreateCFProperty, IORegistryEntryGetParentEntry,
    IORegistryEntryGetRegistryEntryID, IORegistryEntryIDMatching, IORegistryEntrySearchCFProperty,
    IOServiceGetMatchingService, IOServiceGetMatchingServices, IOServiceMatching,
    kIOMasterPortDefault, kIORegistryIterateParents, kIORegistryIterateRecursively,
};
use keyferry_token::Seconds;

/// The longest text that is asked of sysctl, in bytes.
const SYSCTL: usize = 256;

/// An entry of the I/O Registry, released when dropped.
pub(crate) struct Entry(io_registry_entry_t);

impl Entry {
    /// All entries of a class and the classes derived from it.
    pub(crate) fn of_class(class: &CStr) -> Vec<Self> {
        let mut iterator: io_iterator_t = 0;
        // SAFETY: the class name ends in a NUL; a null dictionary is checked for; the call takes
        // the dictionary over and writes one iterator.
        let found = unsafe {
            let matching = IOServiceMatching(class.as_ptr());
            !matching.is_null()
                && IOServiceGetMatchingServices(
                    kIOMasterPortDefault,
                    matching.cast_const(),
                    &raw mut iterator,
                ) == kIOReturnSuccess
        };
        if !found {
            return Vec::new();
        }
        // Owned here like an entry: both are released in the same way.
        let iterator = Self(iterator);
        // SAFETY: the iterator lives as long as the closure; each entry is handed over once.
        std::iter::from_fn(|| match unsafe { IOIteratorNext(iterator.0) } {
            0 => None,
            entry => Some(Self(entry)),
        })
        .collect()
    }

    /// The media object of a disk or volume: `disk3s1s1`.
    pub(crate) fn of_disk(bsd_name: &str) -> Option<Self> {
        let name = CString::new(bsd_name).ok()?;
        // SAFETY: the name ends in a NUL; a null dictionary is checked for; the call takes the
        // dictionary over and hands one entry, or 0, to us.
        let entry = unsafe {
            let matching = IOBSDNameMatching(kIOMasterPortDefault, 0, name.as_ptr());
            if matching.is_null() {
                return None;
            }
            IOServiceGetMatchingService(kIOMasterPortDefault, matching.cast_const())
        };
        (entry != 0).then_some(Self(entry))
    }

    /// The entry with this id of the registry.
    pub(crate) fn with_id(id: u64) -> Option<Self> {
        // SAFETY: a null dictionary is checked for; the call takes the dictionary over and hands
        // one entry, or 0, to us.
        let entry = unsafe {
            let matching = IORegistryEntryIDMatching(id);
            if matching.is_null() {
                return None;
            }
            IOServiceGetMatchingService(kIOMasterPortDefault, matching.cast_const())
        };
        (entry != 0).then_some(Self(entry))
    }

    /// Its id in the registry.
    pub(crate) fn id(&self) -> Option<u64> {
        let mut id = 0;
        // SAFETY: the entry lives during the call, which writes one number.
        let told = unsafe { IORegistryEntryGetRegistryEntryID(self.0, &raw mut id) };
        (told == kIOReturnSuccess).then_some(id)
    }

    /// What it hangs on.
    pub(crate) fn parent(&self) -> Option<Self> {
        let mut parent: io_registry_entry_t = 0;
        // SAFETY: the entry lives during the call, which hands one entry to us.
        let found =
            unsafe { IORegistryEntryGetParentEntry(self.0, kIOServicePlane, &raw mut parent) };
        (found == kIOReturnSuccess && parent != 0).then_some(Self(parent))
    }

    /// Whether it is of a class or one derived from it.
    pub(crate) fn is_a(&self, class: &CStr) -> bool {
        // SAFETY: the entry lives during the call; the class name ends in a NUL.
        unsafe { IOObjectConformsTo(self.0, class.as_ptr()) != 0 }
    }

    /// A property of this entry alone.
    fn own_property(&self, key: &str) -> Option<CFType> {
        let key = CFString::new(key);
        // SAFETY: entry and key live during the call; what comes back is null, or ours to
        // release, which `CFType` does.
        unsafe {
            let value = IORegistryEntryCreateCFProperty(
                self.0,
                key.as_concrete_TypeRef(),
                kCFAllocatorDefault,
                0,
            );
            (!value.is_null()).then(|| CFType::wrap_under_create_rule(value))
        }
    }

    pub(crate) fn own_text(&self, key: &str) -> Option<String> {
        let text = self.own_property(key)?.downcast_into::<CFString>()?;
        Some(text.to_string())
    }

    pub(crate) fn own_number(&self, key: &str) -> Option<u64> {
        let number = self.own_property(key)?.downcast_into::<CFNumber>()?;
        u64::try_from(number.to_i64()?).ok()
    }

    pub(crate) fn own_flag(&self, key: &str) -> bool {
        let flag = self
            .own_property(key)
            .and_then(CFType::downcast_into::<CFBoolean>);
        flag.is_some_and(bool::from)
    }

    /// A property of this entry or of the nearest one above that has it.
    fn property(&self, key: &str) -> Option<CFType> {
        let key = CFString::new(key);
        // SAFETY: entry and key live during the call; what comes back is null, or ours to
        // release, which `CFType` does.
        unsafe {
            let value = IORegistryEntrySearchCFProperty(
                self.0,
                kIOServicePlane,
                key.as_concrete_TypeRef(),
                kCFAllocatorDefault,
                kIORegistryIterateParents | kIORegistryIterateRecursively,
            );
            (!value.is_null()).then(|| CFType::wrap_under_create_rule(value))
        }
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        Some(self.property(key)?.downcast_into::<CFString>()?.to_string())
    }

    pub(super) fn number(&self, key: &str) -> Option<u32> {
        let number = self.property(key)?.downcast_into::<CFNumber>()?.to_i64()?;
        u32::try_from(number).ok()
    }

    pub(super) fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        Some(
            self.property(key)?
                .downcast_into::<CFData>()?
                .bytes()
                .to_vec(),
        )
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        let flag = self
            .property(key)
            .and_then(CFType::downcast_into::<CFBoolean>);
        flag.is_some_and(bool::from)
    }

    /// A text in a dictionary property.
    pub(crate) fn text_in(&self, key: &str, name: &str) -> Option<String> {
        let group = self.property(key)?.downcast_into::<CFDictionary>()?;
        let name = CFString::new(name);
        let value = group.find(name.as_CFTypeRef())?;
        // SAFETY: the dictionary, alive here, holds Core Foundation objects only; the new
        // reference is counted.
        let value = unsafe { CFType::wrap_under_get_rule(*value) };
        Some(value.downcast_into::<CFString>()?.to_string())
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // SAFETY: the entry was handed to us and is released once.
        unsafe { IOObjectRelease(self.0) };
    }
}

/// A text that sysctl knows by this name.
pub(super) fn sysctl_text(name: &CStr) -> Option<String> {
    let mut text = vec![0_u8; SYSCTL];
    let mut length = text.len();
    // SAFETY: the name ends in a NUL; the buffer is writable for `length` bytes; nothing is set.
    let fault = unsafe {
        libc::sysctlbyname(
            name.as_ptr(),
            text.as_mut_ptr().cast(),
            &raw mut length,
            ptr::null_mut(),
            0,
        )
    };
    if fault != 0 {
        return None;
    }
    text.truncate(length);
    Some(
        CStr::from_bytes_until_nul(&text)
            .ok()?
            .to_str()
            .ok()?
            .to_owned(),
    )
}

/// How long the kernel has run, sleep included. `CLOCK_MONOTONIC_RAW` is what Apple recommends in
/// place of `mach_continuous_time`. `CLOCK_UPTIME_RAW` (as in the standard library's `Instant`)
/// stands still in sleep, and `CLOCK_MONOTONIC` follows corrections of the clock.
pub(super) fn since_boot() -> Option<Seconds> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes one `timespec`.
    if unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_RAW, &raw mut time) } != 0 {
        return None;
    }
    time.tv_sec.try_into().ok().map(Seconds::new)
}

/// What is mounted on `/`: `/dev/disk3s1s1`.
pub(super) fn mounted_on_root() -> Option<String> {
    // SAFETY: `statfs` is made of numbers and arrays of numbers, for which zero is a value.
    let mut mount: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: the path ends in a NUL and the call writes one `statfs`.
    if unsafe { libc::statfs(c"/".as_ptr(), &raw mut mount) } != 0 {
        return None;
    }
    let name = mount.f_mntfromname.map(|byte| byte.cast_unsigned());
    Some(
        CStr::from_bytes_until_nul(&name)
            .ok()?
            .to_str()
            .ok()?
            .to_owned(),
    )
}
