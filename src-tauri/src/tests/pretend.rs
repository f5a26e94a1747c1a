//! A desktop whose dialogs a test answers, and a wizard over a store in a new folder.

use std::{
    future::ready,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use keyferry_catalogue::Code;
use keyferry_client::{Client, Options};
use keyferry_fixtures::{FakeBus, FakeMachine, TestVendor};
use keyferry_token::{ArtefactKind, armor};
use tempfile::TempDir;

use crate::{
    host::{Answer, Host},
    views::{BroughtView, OutcomeView},
    wizard::Wizard,
};

/// What the pretended desktop holds; shared with the test.
#[derive(Clone, Default)]
pub(crate) struct PretendDesktop {
    /// Where the next dialog points; `None` is "cancelled".
    pub(crate) chosen: Arc<Mutex<Option<PathBuf>>>,
    /// The clipboard's text.
    pub(crate) clipboard: Arc<Mutex<String>>,
}

impl Host for PretendDesktop {
    fn ask_where_to_save(&self, _file_name: &str) -> Answer<PathBuf> {
        Box::pin(ready(self.chosen.lock().unwrap().clone()))
    }

    fn ask_which_to_open(&self) -> Answer<Vec<PathBuf>> {
        Box::pin(ready(
            self.chosen.lock().unwrap().clone().map(|path| vec![path]),
        ))
    }

    fn copy(&self, text: &str) -> Result<(), Code> {
        text.clone_into(&mut self.clipboard.lock().unwrap());
        Ok(())
    }

    fn paste(&self) -> Result<String, Code> {
        Ok(self.clipboard.lock().unwrap().clone())
    }
}

/// A wizard, its desktop, and the folder that its store and files lie in.
pub(crate) struct Pretend {
    pub(crate) wizard: Arc<Wizard>,
    pub(crate) desktop: PretendDesktop,
    pub(crate) folder: TempDir,
    /// What is plugged in.
    pub(crate) bus: FakeBus,
}

impl Pretend {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (desktop, bus) = (PretendDesktop::default(), FakeBus::new());
        let client = client(&folder, &bus);
        let wizard = Arc::new(Wizard::over(client, Box::new(desktop.clone())));
        Self {
            wizard,
            desktop,
            folder,
            bus,
        }
    }

    /// A wizard that trusts Acme.
    pub(crate) fn with_vendor() -> Self {
        let pretend = Self::new();
        let pending = pretend.bring_profile();
        pretend.wizard.trust_vendor(&pending).unwrap();
        pretend
    }

    /// Brings Acme's profile as text; the handle to confirm it by.
    pub(crate) fn bring_profile(&self) -> String {
        let profile = armor(ArtefactKind::Profile, &TestVendor::acme().signed_profile());
        match self.wizard.bring_text(&profile).unwrap().remove(0) {
            BroughtView {
                outcome: OutcomeView::VendorFound { pending },
                ..
            } => pending.pending,
            other => panic!("{other:?}"),
        }
    }

    /// The same store behind another window, as after a restart.
    pub(crate) fn restarted(self) -> Self {
        let desktop = PretendDesktop::default();
        let client = client(&self.folder, &self.bus);
        let wizard = Arc::new(Wizard::over(client, Box::new(desktop.clone())));
        Self {
            wizard,
            desktop,
            folder: self.folder,
            bus: self.bus,
        }
    }
}

fn client(folder: &TempDir, bus: &FakeBus) -> Client {
    let options = Options {
        home: Some(folder.path().join("home")),
        machine: Box::new(FakeMachine::new("cad-07")),
        usb: Box::new(bus.clone()),
        installed_vendors: Some(folder.path().join("installed")),
        ..Options::default()
    };
    Client::open(options).unwrap()
}
