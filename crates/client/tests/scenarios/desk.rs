//! A computer on a desk: a store in a folder of its own, a machine, and a clock that tests set.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use keyferry_catalogue::Code;
use keyferry_client::{
    Applied, ApplyFault, Carried, Client, Confirmation, Fresh, Options, ProductStanding, Taken,
    TimeSource,
};
use keyferry_fixtures::{FakeBus, FakeMachine, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{
    ActivationCode, ActivationRequest, DeactivationReason, EmergencyAllowance, Grant, Label,
    Seconds, Timestamp, Verified,
};
use tempfile::TempDir;

/// What a vendor remembers of an activation: enough to make what comes after it.
pub(crate) struct Seat {
    pub(crate) request: Verified<ActivationRequest>,
    pub(crate) grant: Grant,
    pub(crate) response: Vec<u8>,
}

impl Seat {
    /// The next grant, changed as a test wants it, as a refresh.
    pub(crate) fn refresh(&mut self, now: Timestamp, change: impl FnOnce(&mut Grant)) -> Vec<u8> {
        self.grant = TestVendor::renewed(&self.grant, now);
        change(&mut self.grant);
        TestVendor::acme()
            .refresh(&self.request, now, self.grant.clone())
            .bytes
    }
}

pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) machine: FakeMachine,
    pub(crate) clock: SetClock,
    pub(crate) usb: FakeBus,
}

#[derive(Clone)]
pub(crate) struct SetClock(Arc<AtomicU64>);

impl TimeSource for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }
}

impl SetClock {
    pub(crate) fn set(&self, time: Timestamp) {
        self.0.store(time.unix(), Ordering::SeqCst);
    }

    pub(crate) fn pass(&self, length: Seconds) {
        self.set(self.now().plus(length));
    }
}

impl Desk {
    /// A computer on which nothing was done yet.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            machine: FakeMachine::new(name),
            clock: SetClock(Arc::new(AtomicU64::new(NOW.unix()))),
            usb: FakeBus::new(),
        }
    }

    /// A computer that trusts Acme.
    pub(crate) fn with_acme(name: &str) -> Self {
        let desk = Self::new(name);
        desk.trust(TestVendor::acme());
        desk
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("keyferry")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, started anew.
    pub(crate) fn client(&self) -> Client {
        self.client_at(&self.home())
    }

    pub(crate) fn client_at(&self, home: &Path) -> Client {
        self.open(home, Duration::from_millis(300))
    }

    /// A program that waits for as long as it takes.
    pub(crate) fn patient_client(&self) -> Client {
        self.patient_client_at(&self.home())
    }

    pub(crate) fn patient_client_at(&self, home: &Path) -> Client {
        self.open(home, Duration::from_mins(1))
    }

    fn open(&self, home: &Path, patience: Duration) -> Client {
        Client::open(Options {
            home: Some(home.to_owned()),
            machine: Box::new(self.machine.clone()),
            usb: Box::new(self.usb.clone()),
            time: Box::new(self.clock.clone()),
            installed_vendors: Some(self.path("installed")),
            patience,
        })
        .unwrap()
    }

    pub(crate) fn trust(&self, vendor: &TestVendor) {
        let client = self.client();
        let pending = client.read_profile(&vendor.signed_profile()).unwrap();
        client.trust(&pending, Confirmation::ByHand).unwrap();
    }

    pub(crate) fn request(&self, code: &ActivationCode) -> Carried {
        self.client()
            .request_activation(code, &label(), Fresh::No)
            .unwrap()
    }

    /// Asks and gets an answer, without bringing it.
    pub(crate) fn answer(&self) -> Vec<u8> {
        let request = self.request(&TestVendor::acme().code());
        TestVendor::acme()
            .respond(&request.bytes, self.clock.now())
            .bytes
    }

    pub(crate) fn apply(&self, bytes: &[u8]) -> Result<Applied, ApplyFault> {
        let mut done = self.client().apply(bytes);
        assert_eq!(done.len(), 1);
        done.remove(0)
    }

    pub(crate) fn refused(&self, bytes: &[u8]) -> Code {
        self.apply(bytes).unwrap_err().code()
    }

    pub(crate) fn activate(&self) -> Taken {
        match self.apply(&self.answer()).unwrap() {
            Applied::Activated(activation) => activation,
            other => panic!("{other:?}"),
        }
    }

    /// Activates with a grant that a test changes; what the vendor remembers of it.
    pub(crate) fn seat(&self, change: impl FnOnce(&mut Grant)) -> Seat {
        let now = self.clock.now();
        let request = self.request(&TestVendor::acme().code());
        let request = TestVendor::acme().open(&request.bytes);
        let mut grant = TestVendor::grant(&request, now);
        change(&mut grant);
        let response = TestVendor::acme()
            .respond_with(&request, now, grant.clone())
            .bytes;
        self.apply(&response).unwrap();
        Seat {
            request,
            grant,
            response,
        }
    }

    /// The lease that is here runs out, and another activation takes its place.
    pub(crate) fn seat_after_expiry(&self) -> Seat {
        self.clock.pass(Seconds::days(50));
        self.seat(|_| {})
    }

    pub(crate) fn deactivate(&self) -> Carried {
        self.client()
            .deactivate(&TestVendor::product(), DeactivationReason::NotNeeded)
            .unwrap()
    }

    pub(crate) fn reason(&self) -> Option<Code> {
        self.standing().standing.reason()
    }

    pub(crate) fn state(&self) -> State {
        self.standing().standing.state
    }

    pub(crate) fn standing(&self) -> ProductStanding {
        self.client().standing(&TestVendor::product()).unwrap()
    }

    /// All that can be seen of the store.
    pub(crate) fn seen(&self) -> String {
        let client = self.client();
        format!(
            "{:?} {:?} {:?} {:?} {:?}",
            client.vendors(),
            client.products(),
            client
                .deactivation(&TestVendor::product())
                .map(|made| made.map(|made| (made.id, made.companion))),
            client.clock_state(),
            client
                .outstanding_all()
                .map(|all| all.into_iter().map(|r| r.id).collect::<Vec<_>>())
        )
    }
}

/// Two emergency runs of three days, until 60 days from `now`.
pub(crate) fn two_runs(now: Timestamp) -> EmergencyAllowance {
    EmergencyAllowance {
        length: Seconds::days(3),
        uses: 2,
        ends_at: now.plus(Seconds::days(60)),
        on_wrong_device: false,
    }
}

/// Copies the files of one store into the place of another.
pub(crate) fn copy_store(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

pub(crate) fn label() -> Label {
    Label::new("cad-07").unwrap()
}
