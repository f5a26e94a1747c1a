//! What the page may ask the system for: the camera, and nothing else.

use tauri::{
    AppHandle, Runtime,
    webview::{PermissionKind, PermissionResponse},
};
#[cfg(target_os = "linux")]
use {tauri::Manager as _, webkit2gtk::SettingsExt as _, webkit2gtk::WebViewExt as _};

/// Answers what the page asks for. Where the system asks its user as well, that comes on top.
pub(crate) fn answer(kind: PermissionKind) -> PermissionResponse {
    match kind {
        PermissionKind::Camera => PermissionResponse::Allow,
        _ => PermissionResponse::Deny,
    }
}

/// `WebKitGTK` knows no camera until it is told to. Without one the page says that there is none.
#[cfg(target_os = "linux")]
pub(crate) fn open_to_page<R: Runtime>(app: &AppHandle<R>) {
    let Some(window) = app.get_webview_window("main") else {
        return;
    };
    let _ = window.with_webview(|page| {
        if let Some(settings) = page.inner().settings() {
            settings.set_enable_media_stream(true);
        }
        #[cfg(feature = "e2e")]
        crate::capture::ask_where_told(&page.inner());
    });
}

/// Elsewhere a page has it from the start.
#[cfg(not(target_os = "linux"))]
pub(crate) fn open_to_page<R: Runtime>(_app: &AppHandle<R>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_gets_the_camera_and_nothing_else() {
        assert_eq!(answer(PermissionKind::Camera), PermissionResponse::Allow);
        for kind in [
            PermissionKind::Microphone,
            PermissionKind::Geolocation,
            PermissionKind::Notifications,
            PermissionKind::ClipboardRead,
            PermissionKind::DisplayCapture,
            PermissionKind::Midi,
            PermissionKind::Sensors,
            PermissionKind::LocalFonts,
            PermissionKind::FileSystemAccess,
            PermissionKind::Other,
        ] {
            assert_eq!(answer(kind), PermissionResponse::Deny);
        }
    }
}
