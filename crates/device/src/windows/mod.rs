//! A Windows machine, from the registry, the SMBIOS tables, the storage driver and the interface
//! table. All of them answer to unprivileged programs.
//!
//! What is parsed is parsed by the modules that build everywhere, and tested with fixtures;
//! `machine` and `calls` only ask.

mod placement;
mod product;
mod smbios;
mod storage;

#[cfg(windows)]
pub(crate) mod calls;
#[cfg(windows)]
mod machine;

#[cfg(windows)]
pub(crate) use calls::disk_descriptor;
#[cfg(windows)]
pub(crate) use storage::stays;

#[cfg(windows)]
pub(crate) use machine::WindowsMachine;
