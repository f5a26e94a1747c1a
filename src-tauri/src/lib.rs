//! The shell of the Keyferry wizard: the only code that names `tauri`.
//!
//! The flows are in `keyferry-client`; a command here unpacks, calls [`wizard`], and maps what
//! comes back to [`views`].

mod camera;
#[cfg(all(target_os = "linux", feature = "e2e"))]
mod capture;
mod commands;
mod desktop;
mod host;
mod mapping;
mod record;
#[cfg(feature = "e2e")]
mod scripted;
mod startup;
pub mod views;
mod wizard;

#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use tauri::{AppHandle, DragDropEvent, Emitter as _, Manager as _, Runtime, WindowEvent};

use crate::{desktop::Desktop, host::Host, startup::Startup, wizard::Wizard};
pub use startup::close_to_automation;

/// Runs the window until it is closed.
///
/// `context` is what `tauri::generate_context!` made of `tauri.conf.json`.
pub fn run(context: tauri::Context) -> ExitCode {
    let startup = Startup::read(std::env::args_os().skip(1));
    let built = tauri::Builder::default()
        // First of all: a second start hands its files over and ends.
        .plugin(tauri_plugin_single_instance::init(|app, args, folder| {
            let later = Startup::read(args.into_iter().skip(1).map(Into::into));
            let files = later
                .files
                .iter()
                .map(|file| Path::new(&folder).join(file))
                .collect();
            show_window(app);
            bring(app, files);
        }))
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .setup(move |app| {
            let wizard = Wizard::open(startup.home.as_deref(), desktop(app.handle()))
                .map_err(|problem| format!("{} ({})", problem.code, problem.reference))?;
            wizard.bring_at_start(&startup.files);
            let wizard = Arc::new(wizard);
            app.manage(Arc::clone(&wizard));
            camera::open_to_page(app.handle());
            watch_usb(app.handle().clone(), wizard);
            Ok(())
        })
        .on_window_event(|window, event| match event {
            WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) => {
                bring(window.app_handle(), paths.clone());
            }
            // Another program may have changed the store while its user was there.
            WindowEvent::Focused(true) => {
                let _ = window.emit("store_changed", ());
            }
            _ => {}
        })
        .on_permission_request(|_, kind| camera::answer(kind))
        .invoke_handler(commands())
        .build(context);
    match built {
        Ok(app) => {
            app.run(|_, _| {});
            ExitCode::SUCCESS
        }
        Err(cause) => {
            eprintln!("The window could not be opened: {cause}");
            ExitCode::FAILURE
        }
    }
}

/// Everything that the frontend may call; `build.rs` and `capabilities/main.json` list the same.
fn commands<R: Runtime>() -> impl Fn(tauri::ipc::Invoke<R>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        commands::brought_at_start,
        commands::home,
        commands::read_code,
        commands::preview_request,
        commands::make_request,
        commands::request,
        commands::save_carried,
        commands::copy_carried,
        commands::moving_code,
        commands::plan_deactivation,
        commands::deactivate,
        commands::deactivation,
        commands::confirm_delivery,
        commands::move_request_dialog,
        commands::move_request_text,
        commands::move_request_files,
        commands::move_away,
        commands::take_emergency,
        commands::clock_state,
        commands::request_time,
        commands::time_request,
        commands::status_code,
        commands::status_token,
        commands::report,
        commands::save_report,
        commands::copy_report,
        commands::copy_text,
        commands::usb_keys,
        commands::usb_id,
        commands::save_usb_id,
        commands::put_license_dialog,
        commands::put_license_text,
        commands::put_license_files,
        commands::courier_collect,
        commands::courier_round,
        commands::take_answers,
        commands::carry_by_usb,
        commands::usb_move_requests,
        commands::bring_text,
        commands::look,
        commands::bring_files,
        commands::bring_dialog,
        commands::paste_clipboard,
        commands::clipboard_text,
        commands::trust_vendor,
        commands::forget_pending,
        commands::save_record,
        commands::preferences,
        commands::set_preferences,
    ]
}

#[cfg(not(feature = "e2e"))]
fn desktop(app: &AppHandle) -> Box<dyn Host> {
    Box::new(Desktop::new(app.clone()))
}

/// End-to-end tests cannot see native dialogs: answers come from a script where there is one.
#[cfg(feature = "e2e")]
fn desktop(app: &AppHandle) -> Box<dyn Host> {
    let real = Desktop::new(app.clone());
    match scripted::Script::from_environment() {
        Some(script) => Box::new(scripted::ScriptedDesktop::new(real, script)),
        None => Box::new(real),
    }
}

/// Brings files from outside the frontend and tells it what became of them.
fn bring<R: Runtime>(app: &AppHandle<R>, paths: Vec<PathBuf>) {
    if paths.is_empty() {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        let wizard = app.state::<Arc<Wizard>>();
        let brought = wizard.bring_files(&paths);
        // Without a window there is nobody to tell; the store has what was applied.
        let _ = app.emit("brought", brought);
    });
}

/// Tells the frontend whenever a USB key comes, changes or goes. It asks for itself what that means.
fn watch_usb(app: AppHandle, wizard: Arc<Wizard>) {
    std::thread::spawn(move || {
        wizard.watch_usb(|| {
            // Without a window there is nobody to tell.
            let _ = app.emit("usb_changed", ());
        });
    });
}

fn show_window(app: &AppHandle) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}
