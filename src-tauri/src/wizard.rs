//! What the commands do, without `tauri`: calls the client, asks the desktop, maps to views.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Mutex,
};

use keyferry_catalogue::{Code, Language, Problem};
use keyferry_client::{
    Applied, ApplyFault, Client, Confirmation, Fresh, Options, PendingVendor, Requested, read_file,
    write_file,
};
use keyferry_token::{Label, ProductCode};

use crate::{
    host::Host,
    mapping,
    record::{NamedFile, record},
    views::{
        BroughtView, ClaimView, CodeView, HomeView, OutcomeView, PreferencesView, ProblemView,
        RequestView, SavedView, VendorView,
    },
};

/// Unconfirmed vendors that are remembered at once; the oldest is forgotten first.
const MOST_PENDING: usize = 16;
/// Where the user's taste is kept, in the store's folder. Nothing in it decides anything.
const PREFERENCES: &str = "wizard.json";
/// What pasted things are called.
const CLIPBOARD: &str = "clipboard";

type Shown<T> = Result<T, ProblemView>;

/// The wizard behind its window.
pub(crate) struct Wizard {
    client: Client,
    host: Box<dyn Host>,
    pending: Mutex<Pending>,
    at_start: Mutex<Vec<BroughtView>>,
}

#[derive(Default)]
struct Pending {
    last: u64,
    vendors: BTreeMap<u64, PendingVendor>,
}

impl Wizard {
    /// Opens the wizard over a store: `home`, or this user's own. Nothing is read or made yet.
    ///
    /// # Errors
    /// `store_unwritable` when the user has no folder for it.
    pub(crate) fn open(home: Option<&Path>, host: Box<dyn Host>) -> Shown<Self> {
        let options = Options {
            home: home.map(Path::to_path_buf),
            ..Options::default()
        };
        let client = Client::open(options).map_err(Problem::from)?;
        Ok(Self::over(client, host))
    }

    /// The wizard over a client.
    pub(crate) fn over(client: Client, host: Box<dyn Host>) -> Self {
        Self {
            client,
            host,
            pending: Mutex::default(),
            at_start: Mutex::default(),
        }
    }

    pub(crate) fn host(&self) -> &dyn Host {
        self.host.as_ref()
    }

    pub(crate) fn home(&self) -> Shown<HomeView> {
        let vendors = self.client.vendors().map_err(Problem::from)?;
        let products = self.client.products().map_err(Problem::from)?;
        let mut products: Vec<_> = products.iter().map(mapping::product).collect();
        products.sort_by_cached_key(|product| product.product_name.to_lowercase());
        Ok(HomeView {
            device_label: self.client.suggested_label().to_string(),
            vendors: vendors.iter().map(mapping::vendor).collect(),
            products,
        })
    }

    pub(crate) fn read_code(&self, text: &str) -> Shown<CodeView> {
        let found = self
            .client
            .code(text)
            .map_err(|fault| about("code", fault))?;
        Ok(mapping::code(&found))
    }

    pub(crate) fn preview_request(&self, code: &str, label: &str) -> Shown<Vec<ClaimView>> {
        let found = self
            .client
            .code(code)
            .map_err(|fault| about("code", fault))?;
        let label = read_label(label)?;
        let claims = self
            .client
            .preview(&found.code, &label)
            .map_err(Problem::from)?;
        Ok(mapping::claims(&claims, self.language()))
    }

    pub(crate) fn make_request(&self, code: &str, label: &str) -> Shown<RequestView> {
        let found = self
            .client
            .code(code)
            .map_err(|fault| about("code", fault))?;
        let label = read_label(label)?;
        let made = self
            .client
            .request_activation(&found.code, &label, Fresh::No);
        self.show(&made.map_err(Problem::from)?)
    }

    pub(crate) fn request(&self, product: &str) -> Shown<Option<RequestView>> {
        self.outstanding(product)?
            .map(|request| self.show(&request))
            .transpose()
    }

    /// The outstanding request as a file to be saved.
    pub(crate) fn request_file(&self, product: &str) -> Shown<NamedFile> {
        let request = self.needed(product)?;
        Ok(NamedFile {
            name: request.file_name,
            content: request.armored.into_bytes(),
        })
    }

    pub(crate) fn copy_request(&self, product: &str) -> Shown<()> {
        let request = self.needed(product)?;
        self.host
            .copy(&request.armored)
            .map_err(|code| Problem::new(code).into())
    }

    pub(crate) fn bring_text(&self, text: &str) -> Shown<Vec<BroughtView>> {
        let brought = self.bring(CLIPBOARD, text.as_bytes());
        // A single thing that cannot be used belongs to the field that it was typed into.
        match brought.as_slice() {
            [
                BroughtView {
                    outcome: OutcomeView::Problem { problem },
                    ..
                },
            ] => Err(problem.clone().about("text")),
            _ => Ok(brought),
        }
    }

    pub(crate) fn bring_files(&self, paths: &[PathBuf]) -> Vec<BroughtView> {
        paths
            .iter()
            .flat_map(|path| {
                let name = path
                    .file_name()
                    .unwrap_or(path.as_os_str())
                    .to_string_lossy();
                match read_file(path) {
                    Ok(bytes) => self.bring(&name, &bytes),
                    Err(fault) => vec![problem(&name, fault)],
                }
            })
            .collect()
    }

    /// Brings what is in the clipboard.
    pub(crate) fn bring_clipboard(&self) -> Shown<Vec<BroughtView>> {
        let text = self.clipboard_text()?;
        Ok(self.bring(CLIPBOARD, text.as_bytes()))
    }

    pub(crate) fn clipboard_text(&self) -> Shown<String> {
        self.host.paste().map_err(|code| Problem::new(code).into())
    }

    /// Brings the files that the program was started with; the frontend asks for the outcome when
    /// it is ready.
    pub(crate) fn bring_at_start(&self, paths: &[PathBuf]) {
        if let Ok(mut at_start) = self.at_start.lock() {
            at_start.extend(self.bring_files(paths));
        }
    }

    /// What was brought before the frontend listened; once.
    pub(crate) fn brought_at_start(&self) -> Vec<BroughtView> {
        self.at_start
            .lock()
            .map(|mut brought| std::mem::take(&mut *brought))
            .unwrap_or_default()
    }

    pub(crate) fn trust_vendor(&self, pending: &str) -> Shown<VendorView> {
        let found = self
            .pending(pending)
            .ok_or_else(|| Problem::new(Code::VendorUnknown))?;
        let confirmation = if found.needs_confirmation() {
            Confirmation::ByHand
        } else {
            Confirmation::Nothing
        };
        let vendor = self
            .client
            .trust(&found, confirmation)
            .map_err(Problem::from)?;
        self.forget_pending(pending);
        Ok(mapping::vendor(&vendor))
    }

    pub(crate) fn forget_pending(&self, pending: &str) {
        if let (Ok(handle), Ok(mut held)) = (pending.parse(), self.pending.lock()) {
            held.vendors.remove(&handle);
        }
    }

    /// The record of an activation as a file to be saved.
    pub(crate) fn record_file(&self, activation: &str) -> Shown<NamedFile> {
        let products = self.client.products().map_err(Problem::from)?;
        let of = products.iter().find_map(|product| {
            let grant = product.grant.as_ref()?;
            (grant.activation.to_string() == activation).then_some((product, grant))
        });
        let (product, grant) = of.ok_or_else(|| Problem::new(Code::NotActivated))?;
        Ok(record(product, grant, self.language()))
    }

    /// What its user likes; the defaults where nothing is kept or it cannot be read.
    pub(crate) fn preferences(&self) -> PreferencesView {
        read_file(&self.preferences_file())
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    pub(crate) fn set_preferences(&self, preferences: &PreferencesView) -> Shown<()> {
        let file = self.preferences_file();
        if let Some(folder) = file.parent() {
            // Where this fails, writing the file says why.
            let _ = make_private_folder(folder);
        }
        let text = serde_json::to_vec(preferences).unwrap_or_default();
        write_file(&file, &text).map_err(|fault| Problem::from(fault).into())
    }

    fn preferences_file(&self) -> PathBuf {
        self.client.paths().home.join(PREFERENCES)
    }

    fn language(&self) -> Language {
        self.preferences()
            .language
            .as_deref()
            .and_then(Language::of_locale)
            .unwrap_or(Language::En)
    }

    fn show(&self, request: &Requested) -> Shown<RequestView> {
        mapping::request(request, self.language())
            .ok_or_else(|| Problem::new(Code::SystemFailure).with("what", "QR").into())
    }

    fn outstanding(&self, product: &str) -> Shown<Option<Requested>> {
        let code = ProductCode::new(product).map_err(|fault| Problem::new(fault.code()))?;
        Ok(self.client.outstanding(&code).map_err(Problem::from)?)
    }

    fn needed(&self, product: &str) -> Shown<Requested> {
        self.outstanding(product)?
            .ok_or_else(|| Problem::new(Code::NothingOutstanding).into())
    }

    fn pending(&self, handle: &str) -> Option<PendingVendor> {
        let handle = handle.parse().ok()?;
        self.pending.lock().ok()?.vendors.get(&handle).cloned()
    }

    fn keep_pending(&self, vendor: PendingVendor) -> String {
        let Ok(mut pending) = self.pending.lock() else {
            return String::new();
        };
        pending.last += 1;
        let handle = pending.last;
        pending.vendors.insert(handle, vendor);
        while pending.vendors.len() > MOST_PENDING {
            pending.vendors.pop_first();
        }
        handle.to_string()
    }

    fn bring(&self, from: &str, bytes: &[u8]) -> Vec<BroughtView> {
        let applied = self.client.apply(bytes).into_iter();
        applied
            .map(|result| BroughtView {
                from: from.to_owned(),
                outcome: self.outcome(result),
            })
            .collect()
    }

    fn outcome(&self, result: Result<Applied, ApplyFault>) -> OutcomeView {
        let missing = || OutcomeView::Problem {
            problem: Problem::new(Code::NotActivated).into(),
        };
        match result {
            Ok(Applied::Activated(activation)) => mapping::done(&activation)
                .map_or_else(missing, |done| OutcomeView::Activated { done }),
            Ok(Applied::AlreadyApplied(activation)) => mapping::done(&activation)
                .map_or_else(missing, |done| OutcomeView::AlreadyApplied { done }),
            Ok(Applied::VendorFound(found)) => {
                let handle = self.keep_pending(found.clone());
                OutcomeView::VendorFound {
                    pending: mapping::pending(handle, &found),
                }
            }
            Err(fault) => OutcomeView::Problem {
                problem: Problem::from(fault).into(),
            },
        }
    }
}

/// Writes a file where its user chose.
pub(crate) fn save(path: &Path, file: &NamedFile) -> Shown<SavedView> {
    write_file(path, &file.content).map_err(Problem::from)?;
    Ok(SavedView {
        path: path.display().to_string(),
    })
}

/// The store's folder is for its owner alone, whoever makes it first.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn about(field: &str, fault: impl Into<Problem>) -> ProblemView {
    ProblemView::from(fault.into()).about(field)
}

fn problem(from: &str, fault: impl Into<Problem>) -> BroughtView {
    let problem = ProblemView::from(fault.into());
    BroughtView {
        from: from.to_owned(),
        outcome: OutcomeView::Problem { problem },
    }
}

fn read_label(text: &str) -> Shown<Label> {
    Label::tidied(text).map_err(|fault| {
        let problem = Problem::new(fault.code()).with("field", "computer_name");
        ProblemView::from(problem).about("label")
    })
}
