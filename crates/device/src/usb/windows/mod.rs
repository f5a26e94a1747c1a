//! USB keys on Windows: nusb for the devices, the device tree and the volume manager for what lies
//! on them. All of it answers to unprivileged programs.
//!
//! The way down is device → disk → volume, the way up open file → volume → disk → device: by disk
//! numbers and instance ids. `facts` judges what was read, `said` remembers what devices
//! answered, and both build everywhere; `calls` and `bus` only ask.

mod facts;
mod said;

#[cfg(windows)]
mod bus;
#[cfg(windows)]
mod calls;

#[cfg(windows)]
pub use bus::WindowsBus;
