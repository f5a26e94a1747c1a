//! USB keys on a Mac: nusb for the devices, the I/O Registry and the list of mounts for what lies
//! on them. All of it answers to unprivileged programs.
//!
//! The way down is device → media → mount, the way up open file → media → device: by registry
//! entries and BSD names. `facts` judges what was read and builds everywhere; `calls` and `bus`
//! only ask.

mod facts;

#[cfg(target_os = "macos")]
mod bus;
#[cfg(target_os = "macos")]
mod calls;

#[cfg(target_os = "macos")]
pub use bus::MacBus;
