//! The shell without a desktop: commands through Tauri's own IPC, and the wizard over a real
//! store, with a vendor's real answers.

mod camera;
mod care;
mod ipc;
mod pretend;
mod tasks;
mod usb;
