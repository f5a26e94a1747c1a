//! USB keys: which are plugged in, what they say of themselves, and which files lie on them.
//!
//! A USB key is a USB device with a mass-storage interface, or with a disk below it. It is found
//! by `nusb` and followed from there to its disks, their volumes and their mounts by what the
//! system tells to unprivileged programs; a file is followed the other way. Whether a key is a
//! good anchor, and what lies on it, are judged elsewhere. See
//! `docs/decisions/usb-keys-are-found.md`.
//!
//! Everything that a device says is a claim and untrusted: it is bounded and cleaned here.

#[cfg(any(not(target_os = "linux"), test))]
mod bell;
mod bus;
mod key;
mod known;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(target_os = "macos", test))]
mod macos;
mod watch;
#[cfg(any(windows, test))]
mod windows;

pub use bus::{UsbBus, UsbEvent, UsbFault, UsbWatch};
pub use key::{UsbKey, UsbPlace, Volume};

#[cfg(target_os = "linux")]
pub use linux::LinuxBus as SystemBus;
#[cfg(target_os = "macos")]
pub use macos::MacBus as SystemBus;
#[cfg(windows)]
pub use windows::WindowsBus as SystemBus;

/// The USB of the machine that this program runs on.
pub fn this_bus() -> SystemBus {
    SystemBus::new()
}
