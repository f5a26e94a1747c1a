//! For end-to-end tests only (feature `e2e`): a camera and a microphone that the webview makes up, and a page
//! that asks for them. A `WebDriver` cannot ask: what its page asks for is granted before the wizard is asked.

use webkit2gtk::{LoadEvent, SettingsExt as _, WebView, WebViewExt as _, gio::Cancellable};

/// Environment variable that has the page ask.
const ASKING: &str = "KEYFERRY_E2E_CAPTURE";

/// Asks for one, for the other, and for both: what each time was given, or why nothing was.
const ASK: &str = "
const all = [];
for (const wanted of [{ video: true }, { audio: true }, { audio: true, video: true }]) {
  const given = await navigator.mediaDevices.getUserMedia(wanted).then(
    (stream) => stream.getTracks().map(({ kind }) => kind).join(' and '),
    ({ name }) => name,
  );
  all.push(`${Object.keys(wanted).join(' and ')}: ${given}`);
}
return all.join('; ');
";

/// Has the page ask as soon as it is there, where that is wanted; the answer is a line of standard output.
pub(crate) fn ask_where_told(page: &WebView) {
    if std::env::var_os(ASKING).is_none() {
        return;
    }
    if let Some(settings) = page.settings() {
        settings.set_enable_mock_capture_devices(true);
    }
    page.connect_load_changed(|page, event| {
        if event == LoadEvent::Finished {
            let nowhere = None::<&Cancellable>;
            page.call_async_javascript_function(
                ASK,
                None,
                None,
                None,
                nowhere,
                |given| match given {
                    Ok(given) => println!("{given}"),
                    Err(fault) => println!("{fault}"),
                },
            );
        }
    });
}
