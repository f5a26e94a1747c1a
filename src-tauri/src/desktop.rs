//! The real desktop: native dialogs by rfd, the system's clipboard.

use std::path::PathBuf;

use keyferry_catalogue::Code;
use rfd::AsyncFileDialog;
use tauri::AppHandle;

use crate::host::{Answer, Host, SystemClipboard};

/// The desktop that the window is on.
pub(crate) struct Desktop {
    app: AppHandle,
    clipboard: SystemClipboard,
}

impl Desktop {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self {
            app,
            clipboard: SystemClipboard::default(),
        }
    }

    /// Shows a dialog from the main thread, as macOS and GTK want it, and waits for its answer.
    fn ask<T, F>(&self, show: impl FnOnce(AsyncFileDialog) -> F + Send + 'static) -> Answer<T>
    where
        T: Send + 'static,
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let (send, answer) = tauri::async_runtime::channel(1);
        let shown = self.app.run_on_main_thread(move || {
            let answering = show(AsyncFileDialog::new());
            tauri::async_runtime::spawn(async move { send.send(answering.await).await });
        });
        let mut answer = answer;
        Box::pin(async move {
            match shown {
                Ok(()) => answer.recv().await.flatten(),
                Err(_) => None,
            }
        })
    }
}

impl Host for Desktop {
    fn ask_where_to_save(&self, file_name: &str) -> Answer<PathBuf> {
        let file_name = file_name.to_owned();
        self.ask(move |dialog| {
            let saving = dialog.set_file_name(file_name).save_file();
            async move { saving.await.map(|file| file.path().to_path_buf()) }
        })
    }

    fn ask_which_to_open(&self) -> Answer<Vec<PathBuf>> {
        self.ask(|dialog| {
            let picking = dialog
                .add_filter(
                    "Keyferry",
                    &["kft", "kfv", "lic", "txt", "png", "jpg", "jpeg"],
                )
                .add_filter("*", &["*"])
                .pick_files();
            async move {
                let files = picking.await?;
                Some(files.iter().map(|file| file.path().to_path_buf()).collect())
            }
        })
    }

    fn copy(&self, text: &str) -> Result<(), Code> {
        self.clipboard.copy(text)
    }

    fn paste(&self) -> Result<String, Code> {
        self.clipboard.paste()
    }
}
