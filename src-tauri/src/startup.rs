//! How the program was started: its arguments, and what its environment may not do.

use std::{ffi::OsString, path::PathBuf};

/// Environment variables by which a webview lets itself be driven or inspected from outside.
/// `TAURI_WEBVIEW_AUTOMATION` opens even a release build to `WebDriver`.
const AUTOMATION: [&str; 3] = [
    "TAURI_WEBVIEW_AUTOMATION",
    "WEBKIT_INSPECTOR_SERVER",
    "WEBKIT_INSPECTOR_HTTP_SERVER",
];

/// Takes away what could open the window to remote control. To be called first in `main`, before
/// any thread starts. A build with the feature `e2e` stays open: the tests drive it.
pub fn close_to_automation() {
    if cfg!(feature = "e2e") {
        return;
    }
    for name in AUTOMATION {
        #[expect(unsafe_code, reason = "the environment can only be changed this way")]
        // SAFETY: this is the first statement of `main`; no other thread reads the environment.
        unsafe {
            std::env::remove_var(name);
        }
    }
}

/// What the arguments ask for: `keyferry-wizard [--home DIR] [FILE…]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Startup {
    /// Another store than this user's own.
    pub(crate) home: Option<PathBuf>,
    /// Files to bring at once, as by double click.
    pub(crate) files: Vec<PathBuf>,
}

impl Startup {
    /// Reads arguments without the program's name. What begins with a dash and is not known is
    /// passed over: desktops add options of their own.
    pub(crate) fn read(args: impl IntoIterator<Item = OsString>) -> Self {
        let mut startup = Self::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            if arg == "--home" {
                startup.home = args.next().map(PathBuf::from);
            } else if !arg.to_string_lossy().starts_with('-') {
                startup.files.push(PathBuf::from(arg));
            }
        }
        startup
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_and_files_are_taken_and_a_desktops_own_options_are_not() {
        let args = ["--home", "/a", "--gapplication-service", "x.kft"].map(OsString::from);
        let startup = Startup::read(args);
        assert_eq!(startup.home, Some(PathBuf::from("/a")));
        assert_eq!(startup.files, [PathBuf::from("x.kft")]);
    }
}
