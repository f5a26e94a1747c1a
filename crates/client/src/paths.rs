//! Where things lie on this computer.

use std::{
    env,
    path::{Path, PathBuf},
};

/// Where a client keeps and finds its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The folder of the store.
    pub home: PathBuf,
    /// The sealed state.
    pub state: PathBuf,
    /// The key of the store, or where the system's secret store keeps it, its name there.
    pub key: PathBuf,
    /// The folder of the vendor profiles that an administrator installed.
    pub installed_vendors: PathBuf,
}

impl Paths {
    pub(crate) fn new(home: &Path, installed_vendors: &Path) -> Self {
        Self {
            home: home.to_owned(),
            state: home.join("state"),
            key: home.join("key"),
            installed_vendors: installed_vendors.to_owned(),
        }
    }
}

/// The store's folder where none is named: the user's own.
#[cfg(not(any(windows, target_os = "macos")))]
pub(crate) fn default_home() -> Option<PathBuf> {
    // The XDG base directory specification asks to ignore what is not absolute.
    let data = env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    data.or_else(|| Some(env::home_dir()?.join(".local/share")))
        .map(|data| data.join("keyferry"))
}

/// The store's folder where none is named: the user's own.
#[cfg(target_os = "macos")]
pub(crate) fn default_home() -> Option<PathBuf> {
    Some(env::home_dir()?.join("Library/Application Support/Keyferry"))
}

/// The store's folder where none is named: the user's own, on this computer only.
#[cfg(windows)]
pub(crate) fn default_home() -> Option<PathBuf> {
    env::var_os("LOCALAPPDATA")
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join("AppData").join("Local")))
        .map(|data| data.join("Keyferry"))
}

/// Where an administrator installs vendor profiles.
#[cfg(not(any(windows, target_os = "macos")))]
pub(crate) fn installed_vendors() -> PathBuf {
    PathBuf::from("/etc/keyferry/vendors")
}

/// Where an administrator installs vendor profiles.
#[cfg(target_os = "macos")]
pub(crate) fn installed_vendors() -> PathBuf {
    PathBuf::from("/Library/Application Support/Keyferry/vendors")
}

/// Where an administrator installs vendor profiles: the programs' folder, since every user may
/// create folders in `ProgramData`. Asked of the part of the registry that administrators write:
/// in the environment a user can name any folder, and it decides about trust.
#[cfg(windows)]
pub(crate) fn installed_vendors() -> PathBuf {
    windows_registry::LOCAL_MACHINE
        .open(r"SOFTWARE\Microsoft\Windows\CurrentVersion")
        .and_then(|version| version.get_string("ProgramFilesDir"))
        .map_or_else(|_| PathBuf::from(r"C:\Program Files"), PathBuf::from)
        .join("Keyferry")
        .join("vendors")
}
