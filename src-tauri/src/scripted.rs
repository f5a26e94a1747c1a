//! For end-to-end tests only (feature `e2e`): file dialogs answered by a script, because a
//! `WebDriver` cannot see native ones. The clipboard stays the system's.

use std::{
    future::ready,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use keyferry_catalogue::Code;

use crate::{
    desktop::Desktop,
    host::{Answer, Host},
};

/// Environment variable with the folder that holds the script.
const FOLDER: &str = "KEYFERRY_E2E_DIALOGS";

/// Answers as files `1`, `2`, … in a folder, taken in turn; each holds one path, or nothing for
/// "cancelled". A test writes the next answer before it presses the button.
pub(crate) struct Script {
    folder: PathBuf,
    taken: AtomicUsize,
}

impl Script {
    pub(crate) fn from_environment() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os(FOLDER)?);
        Some(Self {
            folder,
            taken: AtomicUsize::new(0),
        })
    }

    fn next(&self) -> Option<PathBuf> {
        let turn = self.taken.fetch_add(1, Ordering::Relaxed) + 1;
        let path = std::fs::read_to_string(self.folder.join(turn.to_string())).ok()?;
        (!path.trim().is_empty()).then(|| PathBuf::from(path.trim()))
    }
}

/// The real desktop but for its dialogs.
pub(crate) struct ScriptedDesktop {
    real: Desktop,
    script: Script,
}

impl ScriptedDesktop {
    pub(crate) fn new(real: Desktop, script: Script) -> Self {
        Self { real, script }
    }
}

impl Host for ScriptedDesktop {
    fn ask_where_to_save(&self, _file_name: &str) -> Answer<PathBuf> {
        Box::pin(ready(self.script.next()))
    }

    fn ask_which_to_open(&self) -> Answer<Vec<PathBuf>> {
        Box::pin(ready(self.script.next().map(|path| vec![path])))
    }

    fn copy(&self, text: &str) -> Result<(), Code> {
        self.real.copy(text)
    }

    fn paste(&self) -> Result<String, Code> {
        self.real.paste()
    }
}
