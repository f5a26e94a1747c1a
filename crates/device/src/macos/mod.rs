//! A Mac, from the I/O Registry and sysctl. Both answer to unprivileged programs.
//!
//! `facts` judges what was read and builds everywhere; `registry` and `machine` only ask.
//! A Mac has no machine id beside its platform UUID, which counts once, as the firmware's.

mod facts;

#[cfg(target_os = "macos")]
mod machine;
#[cfg(target_os = "macos")]
mod registry;

#[cfg(target_os = "macos")]
pub(crate) use registry::Entry;

#[cfg(target_os = "macos")]
pub(crate) use machine::MacMachine;
