//! Embeds the configuration and the permissions. The build script belongs to the root package, and
//! steps into `src-tauri/` so that capabilities and generated files lie there.

use std::{env, error::Error, path::PathBuf};

/// Every command that the frontend may call; each gets its own permission.
const COMMANDS: &[&str] = &[
    "brought_at_start",
    "home",
    "read_code",
    "preview_request",
    "make_request",
    "request",
    "save_carried",
    "copy_carried",
    "moving_code",
    "plan_deactivation",
    "deactivate",
    "deactivation",
    "confirm_delivery",
    "move_request_dialog",
    "move_request_text",
    "move_request_files",
    "move_away",
    "take_emergency",
    "clock_state",
    "request_time",
    "time_request",
    "status_code",
    "status_token",
    "report",
    "save_report",
    "copy_report",
    "copy_text",
    "usb_keys",
    "usb_id",
    "save_usb_id",
    "put_license_dialog",
    "put_license_text",
    "put_license_files",
    "courier_collect",
    "courier_round",
    "take_answers",
    "carry_by_usb",
    "usb_move_requests",
    "bring_text",
    "look",
    "bring_files",
    "bring_dialog",
    "paste_clipboard",
    "clipboard_text",
    "trust_vendor",
    "forget_pending",
    "save_record",
    "preferences",
    "set_preferences",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("no manifest folder")?);
    env::set_current_dir(root.join("src-tauri"))?;
    let windows =
        tauri_build::WindowsAttributes::new().window_icon_path(root.join("icons").join("icon.ico"));
    let manifest = tauri_build::AppManifest::new()
        .commands(COMMANDS)
        // Without a pattern of its own the build is dirty for ever.
        .permissions_path_pattern("./permissions/**/*.toml");
    tauri_build::try_build(
        tauri_build::Attributes::new()
            .config_path(root.join("tauri.conf.json"))
            .windows_attributes(windows)
            .app_manifest(manifest),
    )?;
    Ok(())
}
