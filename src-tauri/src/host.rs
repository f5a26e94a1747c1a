//! What the shell asks of the desktop: file dialogs and the clipboard, behind a trait so that the
//! commands can be tried without a desktop.

use std::{future::Future, path::PathBuf, pin::Pin, sync::Mutex};

use keyferry_catalogue::Code;

/// A dialog's answer, later; `None` when its user cancelled.
pub(crate) type Answer<T> = Pin<Box<dyn Future<Output = Option<T>> + Send>>;

/// The desktop around the window.
pub(crate) trait Host: Send + Sync {
    /// Asks where to save a file of this name.
    fn ask_where_to_save(&self, file_name: &str) -> Answer<PathBuf>;

    /// Asks which files to open.
    fn ask_which_to_open(&self) -> Answer<Vec<PathBuf>>;

    /// Puts text into the clipboard.
    ///
    /// # Errors
    /// `clipboard_unavailable`.
    fn copy(&self, text: &str) -> Result<(), Code>;

    /// The text in the clipboard; empty when it holds something else.
    ///
    /// # Errors
    /// `clipboard_unavailable`.
    fn paste(&self) -> Result<String, Code>;
}

/// The system's clipboard. On X11 its content lives as long as this does.
#[derive(Default)]
pub(crate) struct SystemClipboard(Mutex<Option<arboard::Clipboard>>);

impl SystemClipboard {
    fn with<T>(
        &self,
        act: impl FnOnce(&mut arboard::Clipboard) -> Result<T, arboard::Error>,
    ) -> Result<T, arboard::Error> {
        // It begins anew where a panic left it in the middle of something.
        let mut held = self.0.lock().unwrap_or_else(|poisoned| {
            self.0.clear_poison();
            let mut held = poisoned.into_inner();
            *held = None;
            held
        });
        let clipboard = match held.as_mut() {
            Some(clipboard) => clipboard,
            None => held.insert(arboard::Clipboard::new()?),
        };
        act(clipboard)
    }

    pub(crate) fn copy(&self, text: &str) -> Result<(), Code> {
        self.with(|clipboard| clipboard.set_text(text))
            .map_err(|_| Code::ClipboardUnavailable)
    }

    pub(crate) fn paste(&self) -> Result<String, Code> {
        match self.with(arboard::Clipboard::get_text) {
            Ok(text) => Ok(text),
            Err(arboard::Error::ContentNotAvailable) => Ok(String::new()),
            Err(_) => Err(Code::ClipboardUnavailable),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::SystemClipboard;

    #[test]
    fn a_panic_over_the_clipboard_leaves_it_to_be_opened_again() {
        let clipboard = SystemClipboard::default();
        let used = catch_unwind(AssertUnwindSafe(|| {
            let _held = clipboard.0.lock().unwrap();
            panic!("in the middle of a copy");
        }));
        assert!(used.is_err());
        // Whether there is one depends on where this runs.
        let _ = clipboard.paste();
        assert!(!clipboard.0.is_poisoned());
    }
}
