//! A computer on a desk: a store in a folder of its own, a machine, and a clock that tests set.

use std::{
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
use keyferry_fixtures::{FakeMachine, NOW, TestVendor};
use keyferry_token::{ActivationCode, Label, Seconds, Timestamp};
use tempfile::TempDir;

pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) machine: FakeMachine,
    pub(crate) clock: SetClock,
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

    pub(crate) fn standing(&self) -> ProductStanding {
        self.client().standing(&TestVendor::product()).unwrap()
    }

    /// All that can be seen of the store.
    pub(crate) fn seen(&self) -> String {
        let client = self.client();
        format!(
            "{:?} {:?} {:?}",
            client.vendors(),
            client.products(),
            client
                .outstanding_all()
                .map(|all| all.into_iter().map(|r| r.id).collect::<Vec<_>>())
        )
    }
}

pub(crate) fn label() -> Label {
    Label::new("cad-07").unwrap()
}
