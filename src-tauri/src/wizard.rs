//! What the commands do, without `tauri`: calls the client, asks the desktop, maps to views.

mod aid;
mod camera;
mod kept;
mod parting;
mod usb;

use std::{
    path::{Path, PathBuf},
    str::FromStr as _,
    sync::{Mutex, MutexGuard, PoisonError},
};

use keyferry_catalogue::{Code, Language, Problem};
use keyferry_client::{
    Applied, ApplyFault, Brought, Carried, Client, Confirmation, Fresh, Gathering, MoveRequest,
    Options, PendingVendor, ProductStanding, Taken, UsbKeyFound, read_file, write_file,
};
use keyferry_device::usb::UsbPlace;
use keyferry_license::Standing;
use keyferry_token::{
    Label, ProductCode, TokenId,
    qr::{Collector, MAX_CONTENT},
};

use crate::{
    host::Host,
    mapping,
    record::{NamedFile, record},
    views::{
        BroughtView, CarriedView, ClaimView, CodeView, DensityView, DoneView, HomeView, MovingView,
        OutcomeView, PreferencesView, ProblemView, SavedView, VendorView,
    },
    wizard::kept::Kept,
};

/// Where the user's taste is kept, in the store's folder. Nothing in it decides anything.
const PREFERENCES: &str = "wizard.json";
/// What pasted things are called.
const CLIPBOARD: &str = "clipboard";

pub(crate) use camera::Sight;
pub(crate) use usb::usb_id_file;

type Shown<T> = Result<T, ProblemView>;

/// The wizard behind its window.
pub(crate) struct Wizard {
    client: Client,
    host: Box<dyn Host>,
    /// Vendors that were brought and that nobody has confirmed yet.
    pending: Kept<PendingVendor>,
    /// Requests of new computers that were brought for a move.
    arriving: Kept<MoveRequest>,
    /// Frames of moving QR codes that are not whole yet: more of them come in other files.
    frames: Mutex<Collector>,
    /// Held while something is looked for in what the camera sees.
    looking: Mutex<()>,
    at_start: Mutex<Vec<BroughtView>>,
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
            pending: Kept::default(),
            arriving: Kept::default(),
            frames: Mutex::default(),
            looking: Mutex::default(),
            at_start: Mutex::default(),
        }
    }

    pub(crate) fn host(&self) -> &dyn Host {
        self.host.as_ref()
    }

    pub(crate) fn home(&self) -> Shown<HomeView> {
        let vendors = self.client.vendors().map_err(Problem::from)?;
        let products = self.client.products().map_err(Problem::from)?;
        let keys = self.keys_of(&products);
        let title_of = |place: &UsbPlace| {
            let key = keys.iter().find(|found| found.key.place == *place)?;
            key.key.title()
        };
        let mut products: Vec<_> = products
            .iter()
            .map(|of| mapping::product(of, mapping::bound_key(of, title_of)))
            .collect();
        products.sort_by_cached_key(|product| product.product_name.to_lowercase());
        Ok(HomeView {
            device_label: self.client.suggested_label().to_string(),
            vendors: vendors.iter().map(mapping::vendor).collect(),
            products,
        })
    }

    /// The keys that are plugged in, where a product runs by one of them.
    fn keys_of(&self, products: &[ProductStanding]) -> Vec<UsbKeyFound> {
        if products.iter().any(|of| of.by_license) {
            // Without them a card names no key, and says all else.
            self.client.usb_keys().unwrap_or_default()
        } else {
            Vec::new()
        }
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

    pub(crate) fn make_request(&self, code: &str, label: &str) -> Shown<CarriedView> {
        let found = self
            .client
            .code(code)
            .map_err(|fault| about("code", fault))?;
        let label = read_label(label)?;
        let made = self
            .client
            .request_activation(&found.code, &label, Fresh::No);
        Ok(self.show(&made.map_err(Problem::from)?))
    }

    pub(crate) fn request(&self, product: &str) -> Shown<Option<CarriedView>> {
        let made = self.client.outstanding(&read_product(product)?);
        Ok(made
            .map_err(Problem::from)?
            .map(|request| self.show(&request)))
    }

    /// A token of this computer as the parts of a moving code.
    pub(crate) fn moving_code(&self, token: &str, density: DensityView) -> Shown<MovingView> {
        let moving = mapping::moving(&self.carried(token)?, density);
        Ok(moving.ok_or_else(|| {
            let limit = MAX_CONTENT.to_string();
            Problem::new(Code::TooLarge).with("limit", limit)
        })?)
    }

    /// A token of this computer as a file to be saved.
    pub(crate) fn carried_file(&self, token: &str) -> Shown<NamedFile> {
        let carried = self.carried(token)?;
        Ok(NamedFile {
            name: carried.file_name,
            content: carried.armored.into_bytes(),
        })
    }

    pub(crate) fn copy_carried(&self, token: &str) -> Shown<()> {
        self.copy_text(&self.carried(token)?.armored)
    }

    pub(crate) fn copy_text(&self, text: &str) -> Shown<()> {
        self.host
            .copy(text)
            .map_err(|code| Problem::new(code).into())
    }

    pub(crate) fn bring_text(&self, text: &str) -> Shown<Vec<BroughtView>> {
        let brought = self.bring(CLIPBOARD, text.as_bytes().to_vec());
        // A single thing that cannot be used belongs to the field that it was typed into.
        match brought.as_slice() {
            [
                BroughtView {
                    outcome: OutcomeView::Problem { problem },
                    ..
                },
            ] if problem.code != Code::FramesMissing.as_str() => Err(problem.clone().about("text")),
            _ => Ok(brought),
        }
    }

    pub(crate) fn bring_files(&self, paths: &[PathBuf]) -> Vec<BroughtView> {
        let mut gathering = Gathering::default();
        let mut brought = Vec::new();
        for path in paths {
            let name = path.file_name().unwrap_or(path.as_os_str());
            let name = name.to_string_lossy();
            match read_file(path) {
                Ok(bytes) => {
                    if let Some(bytes) = gathering.take(&name, bytes) {
                        brought.extend(self.bring_whole(&name, &bytes));
                    }
                }
                Err(fault) => brought.push(problem(&name, fault)),
            }
        }
        if let Some((names, frames)) = gathering.frames() {
            brought.extend(self.bring(&names, frames));
        }
        brought
    }

    /// Brings what is in the clipboard.
    pub(crate) fn bring_clipboard(&self) -> Shown<Vec<BroughtView>> {
        let text = self.clipboard_text()?;
        Ok(self.bring(CLIPBOARD, text.into_bytes()))
    }

    pub(crate) fn clipboard_text(&self) -> Shown<String> {
        self.host.paste().map_err(|code| Problem::new(code).into())
    }

    /// Brings the files that the program was started with; the frontend asks for the outcome when
    /// it is ready.
    pub(crate) fn bring_at_start(&self, paths: &[PathBuf]) {
        let brought = self.bring_files(paths);
        self.at_start().extend(brought);
    }

    /// What was brought before the frontend listened; once.
    pub(crate) fn brought_at_start(&self) -> Vec<BroughtView> {
        std::mem::take(&mut *self.at_start())
    }

    /// What was brought then, also after a panic: nothing but lists is moved while it is held.
    fn at_start(&self) -> MutexGuard<'_, Vec<BroughtView>> {
        self.at_start.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn trust_vendor(&self, pending: &str) -> Shown<VendorView> {
        let found = self
            .pending
            .get(pending)
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
        self.pending.forget(pending);
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

    fn show(&self, carried: &Carried) -> CarriedView {
        mapping::carried(carried, self.language())
    }

    fn carried(&self, token: &str) -> Shown<Carried> {
        let carried = self.client.carried(&read_token(token)?);
        let carried = carried.map_err(Problem::from)?;
        Ok(carried.ok_or_else(|| Problem::new(Code::NothingOutstanding))?)
    }

    /// Brings something; frames wait for those that are missing.
    fn bring(&self, from: &str, bytes: Vec<u8>) -> Vec<BroughtView> {
        let text = match Brought::of(bytes) {
            Brought::Whole(bytes) => return self.bring_whole(from, &bytes),
            Brought::Frames(text) => text,
        };
        let found = self.frames().read(&text);
        let found = found.unwrap_or_default().into_iter();
        found
            .flat_map(|content| match content {
                Ok(content) => self.told(from, self.client.apply_content(&content)),
                Err(fault) => vec![problem(from, ApplyFault::from(fault))],
            })
            .collect()
    }

    /// The parts of moving codes. They begin anew where a panic left them half taken.
    fn frames(&self) -> MutexGuard<'_, Collector> {
        self.frames.lock().unwrap_or_else(|poisoned| {
            self.frames.clear_poison();
            let mut frames = poisoned.into_inner();
            *frames = Collector::default();
            frames
        })
    }

    fn bring_whole(&self, from: &str, bytes: &[u8]) -> Vec<BroughtView> {
        self.told(from, self.client.apply(bytes))
    }

    fn told(&self, from: &str, applied: Vec<Result<Applied, ApplyFault>>) -> Vec<BroughtView> {
        applied
            .into_iter()
            .map(|result| BroughtView {
                from: from.to_owned(),
                outcome: self.outcome(result),
            })
            .collect()
    }

    fn outcome(&self, result: Result<Applied, ApplyFault>) -> OutcomeView {
        match result {
            Ok(Applied::Activated(taken)) => {
                settled(&taken, |done| OutcomeView::Activated { done })
            }
            Ok(Applied::AlreadyApplied(taken)) => {
                settled(&taken, |done| OutcomeView::AlreadyApplied { done })
            }
            Ok(Applied::Refreshed { taken, changes }) => {
                settled(&taken, |done| OutcomeView::Refreshed {
                    done,
                    changes: mapping::changes(&changes, self.language()),
                })
            }
            Ok(Applied::ClockMended(taken)) => {
                settled(&taken, |done| OutcomeView::ClockMended { done })
            }
            Ok(Applied::Refused {
                taken,
                request,
                problem,
                refused_at,
            }) => OutcomeView::Refused {
                refusal: mapping::refusal(&taken.product, &request, problem, refused_at),
            },
            Ok(Applied::LicenseAdded(added)) => OutcomeView::LicenseAdded {
                license: mapping::license(&added.license),
                already_there: added.already_there,
            },
            Ok(Applied::VendorFound(found)) => {
                let handle = self.pending.keep(found.clone());
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

/// What was taken, if a grant holds now; else why none does.
fn settled(taken: &Taken, outcome: impl FnOnce(DoneView) -> OutcomeView) -> OutcomeView {
    match mapping::done(taken) {
        Some(done) => outcome(done),
        None => OutcomeView::Problem {
            problem: why_not(&taken.product.standing).into(),
        },
    }
}

/// The reason of a standing without a grant.
fn why_not(standing: &Standing) -> Problem {
    let reason = standing.problem.clone();
    reason.unwrap_or_else(|| Problem::new(Code::NotActivated))
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

fn read_product(code: &str) -> Shown<ProductCode> {
    Ok(ProductCode::new(code).map_err(|fault| Problem::new(fault.code()))?)
}

fn read_token(id: &str) -> Shown<TokenId> {
    Ok(TokenId::from_str(id).map_err(|_| Problem::new(Code::NothingOutstanding))?)
}
