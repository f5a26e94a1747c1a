//! A computer without a network: a store in a folder of its own, a machine, and its clock.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use keyferry_catalogue::Code;
use keyferry_client::{
    Applied, ApplyFault, Carried, Client, Confirmation, Fresh, Options, ProductStanding,
    RequestFault, TaskFault,
};
use keyferry_fixtures::{FakeBus, FakeMachine, FakeUptime};
use keyferry_token::{
    ActivationCode, DeactivationReason, Label, ProductCode, Seconds, State, Timestamp, TokenKind,
};
use tempfile::TempDir;

use crate::{Snapshot, Time, VendorSide, Wristwatch, cad, folder};

static BOOTS: AtomicU64 = AtomicU64::new(0);

/// A computer. Every call starts the program anew, as the next one on the same store.
pub struct Computer {
    folder: TempDir,
    /// What it is made of.
    pub machine: FakeMachine,
    /// Its clock.
    pub watch: Wristwatch,
    /// How long it is on.
    pub uptime: FakeUptime,
    /// What USB keys are plugged in.
    pub usb: FakeBus,
    /// The program that it is about.
    pub product: ProductCode,
    time: Time,
}

impl Computer {
    /// A computer on which nothing was done yet; the same name is the same hardware.
    pub fn new(name: &str, time: &Time) -> Self {
        Self::on(FakeMachine::new(name), time)
    }

    /// A computer of this hardware on which nothing was done yet.
    pub fn on(machine: FakeMachine, time: &Time) -> Self {
        let uptime = FakeUptime::new();
        // No two machines were ever started in the same boot.
        uptime.boot(BOOTS.fetch_add(1 << 20, Ordering::Relaxed), Seconds::ZERO);
        time.switch_on(&uptime);
        Self {
            folder: folder(),
            machine: machine.with_uptime(&uptime),
            watch: time.watch(),
            uptime,
            usb: FakeBus::new(),
            product: cad(),
            time: time.clone(),
        }
    }

    /// The same computer, where it is about another program.
    #[must_use]
    pub fn with(mut self, product: ProductCode) -> Self {
        self.product = product;
        self
    }

    /// A computer that trusts a vendor.
    pub fn of(vendor: &VendorSide, name: &str, time: &Time) -> Self {
        let computer = Self::new(name, time);
        computer.trust(vendor);
        computer
    }

    /// A computer with this hardware and a copy of all files of this one.
    #[must_use]
    pub fn copied_to(&self, machine: FakeMachine) -> Self {
        let copy = Self::on(machine, &self.time).with(self.product.clone());
        self.snapshot().restore(&copy.home());
        copy
    }

    /// The store's folder.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("keyferry")
    }

    /// A place beside the store.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, started anew.
    pub fn client(&self) -> Client {
        self.client_with(&self.path("installed"))
    }

    /// The program where vendor profiles are installed in this folder.
    pub fn client_with(&self, installed_vendors: &Path) -> Client {
        Client::open(Options {
            home: Some(self.home()),
            machine: Box::new(self.machine.clone()),
            usb: Box::new(self.usb.clone()),
            time: Box::new(self.watch.clone()),
            installed_vendors: Some(installed_vendors.to_owned()),
            patience: Duration::from_secs(20),
        })
        .unwrap()
    }

    /// Its user compares a vendor's words, and trusts it.
    pub fn trust(&self, vendor: &VendorSide) {
        let Ok(Applied::VendorFound(pending)) = self.apply(&vendor.profile()) else {
            panic!("no vendor profile");
        };
        self.client().trust(&pending, Confirmation::ByHand).unwrap();
    }

    /// Asks for a seat; what waits for its answer is given out again.
    ///
    /// # Errors
    /// Those of the client.
    pub fn request(&self, code: &ActivationCode) -> Result<Carried, RequestFault> {
        self.client()
            .request_activation(code, &self.label(), Fresh::No)
    }

    /// Asks for a seat with a request of its own.
    ///
    /// # Errors
    /// Those of the client.
    pub fn request_anew(&self, code: &ActivationCode) -> Result<Carried, RequestFault> {
        self.client()
            .request_activation(code, &self.label(), Fresh::Yes)
    }

    fn label(&self) -> Label {
        self.client().suggested_label()
    }

    /// Brings one thing.
    ///
    /// # Errors
    /// Those of the client.
    pub fn apply(&self, bytes: &[u8]) -> Result<Applied, ApplyFault> {
        let mut done = self.client().apply(bytes);
        assert_eq!(done.len(), 1);
        done.remove(0)
    }

    /// Brings one thing that is not taken: why.
    pub fn refuses(&self, bytes: &[u8]) -> Code {
        match self.apply(bytes) {
            Err(fault) => fault.code(),
            Ok(taken) => panic!("it was taken: {taken:?}"),
        }
    }

    /// Asks for a seat, carries the request to the vendor and the answer home.
    pub fn activate(&self, vendor: &VendorSide, code: &ActivationCode) {
        let answer = vendor.answer(&self.request(code).unwrap().bytes);
        let taken = self.apply(&answer);
        assert!(matches!(taken, Ok(Applied::Activated(_))), "{taken:?}");
        assert!(runs(self.state()));
    }

    /// Asks once more, where it still runs, and gets another grant.
    pub fn activate_again(&self, vendor: &VendorSide, code: &ActivationCode) {
        let answer = vendor.answer(&self.request_anew(code).unwrap().bytes);
        self.apply(&answer).unwrap();
    }

    /// Gives the product back.
    ///
    /// # Errors
    /// Those of the client.
    pub fn deactivate(&self) -> Result<Carried, TaskFault> {
        self.client()
            .deactivate(&self.product, DeactivationReason::NotNeeded)
    }

    /// Where the product stands.
    pub fn standing(&self) -> ProductStanding {
        self.client().standing(&self.product).unwrap()
    }

    /// In which state the product is; `None` where that cannot be told.
    pub fn state(&self) -> Option<State> {
        let standing = self.client().standing(&self.product).ok()?;
        Some(standing.standing.state)
    }

    /// Why it is so, also where no standing can be told.
    pub fn reason(&self) -> Option<Code> {
        match self.client().standing(&self.product) {
            Ok(found) => found.standing.reason(),
            Err(fault) => Some(fault.code()),
        }
    }

    /// The files of its store.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.home())
    }

    /// Puts the files of its store back.
    pub fn restore(&self, snapshot: &Snapshot) {
        snapshot.restore(&self.home());
    }

    /// Its disk is replaced, or its user deletes everything.
    pub fn wipe(&self) {
        fs::remove_dir_all(self.home()).unwrap();
    }

    /// A bad sector in a file of its store.
    pub fn damage(&self, file: &str) {
        fs::write(self.home().join(file), b"a bad sector").unwrap();
    }

    /// The last moment at which the program runs, looked for each `step` over the next `span`, by a
    /// user who takes every emergency run that there is; `None` if it never does.
    pub fn last_run(&self, step: Seconds, span: Seconds) -> Option<Timestamp> {
        let mut last = None;
        let mut passed = Seconds::ZERO;
        while passed.get() <= span.get() {
            let _ = self.client().take_emergency(&self.product);
            if runs(self.state()) {
                last = Some(self.time.now());
            }
            self.time.pass(step);
            passed = Seconds::new(passed.get() + step.get());
        }
        last
    }

    /// A token that it makes of a kind; the product has to stand so that it can.
    pub fn makes(&self, kind: TokenKind, code: &ActivationCode) -> Vec<u8> {
        match kind {
            TokenKind::ActivationRequest => self.request(code).unwrap().bytes,
            TokenKind::Deactivation => self.deactivate().unwrap().bytes,
            TokenKind::TimeRequest => {
                self.client()
                    .request_time(Some(&self.product))
                    .unwrap()
                    .bytes
            }
            TokenKind::Status => self.client().status_report(&self.product).unwrap().bytes,
            TokenKind::ActivationResponse
            | TokenKind::Refresh
            | TokenKind::Time
            | TokenKind::Refusal => panic!("a vendor makes it"),
        }
    }
}

/// Whether the program runs.
pub fn runs(state: Option<State>) -> bool {
    state.is_some_and(State::runs)
}
