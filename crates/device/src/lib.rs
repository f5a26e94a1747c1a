//! This machine: what its fingerprint is made of, how it may be called, how long it has run, and
//! which USB keys are plugged in.
//!
//! Reads facts, decides nothing: which changes are tolerated, and what time counts, are rules of
//! `keyferry-license`.
//! Everything is read as an unprivileged program can read it, and is the same for an
//! administrator: see `docs/decisions/fingerprint-sources.md`.
//!
//! [`this_machine`] is the machine that the program runs on, [`usb::this_bus`] its USB. What each system tells, and how, is
//! in a module per system; what is read from it is judged here, once for all.

mod adapter;
mod boot;
mod components;
mod machine;
mod value;

#[cfg(target_os = "linux")]
pub mod linux;
#[cfg(any(target_os = "macos", test))]
mod macos;
pub mod usb;
#[cfg(any(windows, test))]
mod windows;

pub use components::Components;
pub use machine::{Machine, this_machine};
