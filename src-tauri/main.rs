//! The window. All code is in `keyferry-desktop`; this is the package that Tauri bundles.

// A console beside the window would puzzle people on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    keyferry_desktop::close_to_automation();
    keyferry_desktop::run(tauri::generate_context!())
}
