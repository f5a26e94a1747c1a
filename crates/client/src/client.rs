//! The client: a store, a machine and a clock, and what the flows share.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use keyferry_device::{
    Machine, this_machine,
    usb::{UsbBus, this_bus},
};
use keyferry_license::{Clock, Reading, StoreCondition};
use keyferry_token::{Label, License, Timestamp, VendorId, rand_core::UnwrapErr};

use crate::{
    Paths, StoreFault,
    disk::{Disk, RealDisk},
    paths,
    store::{Outcome, Repair, Snapshot, State, Store},
};

/// How long a program waits for another one that holds the store (rule C7).
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the time comes from.
pub trait TimeSource: Send + Sync {
    /// What the clock shows.
    fn now(&self) -> Timestamp;
}

/// This computer's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl TimeSource for SystemClock {
    fn now(&self) -> Timestamp {
        // Before 1970 the clock is wrong anyway, and the floor counts.
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_unix(since.as_secs())
    }
}

/// What a client is opened with. The default is this machine, this user and this clock.
pub struct Options {
    /// The store's folder; without one, the user's own.
    pub home: Option<PathBuf>,
    /// The machine that licenses are bound to.
    pub machine: Box<dyn Machine>,
    /// The USB of the machine.
    pub usb: Box<dyn UsbBus>,
    /// The clock.
    pub time: Box<dyn TimeSource>,
    /// The folder of the vendor profiles that an administrator installed; without one, the
    /// system's. Never from a flag or the environment: it decides about trust.
    pub installed_vendors: Option<PathBuf>,
    /// How long to wait for another program that holds the store.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            home: None,
            machine: Box::new(this_machine()),
            usb: Box::new(this_bus()),
            time: Box::new(SystemClock),
            installed_vendors: None,
            patience: PATIENCE,
        }
    }
}

/// The offline side of one store. Holds nothing that can grow stale: every call looks anew, so
/// that several clients and programs can work on one store.
pub struct Client {
    pub(crate) store: Store,
    pub(crate) machine: Box<dyn Machine>,
    pub(crate) usb: Box<dyn UsbBus>,
    pub(crate) installed_vendors: PathBuf,
    time: Box<dyn TimeSource>,
}

impl Client {
    /// Opens the store. Nothing is read or created yet.
    ///
    /// # Errors
    /// `store_unwritable` when no folder is named and the user has none.
    pub fn open(options: Options) -> Result<Self, StoreFault> {
        Self::on(Box::new(RealDisk), options)
    }

    pub(crate) fn on(disk: Box<dyn Disk>, options: Options) -> Result<Self, StoreFault> {
        let home = options
            .home
            .or_else(paths::default_home)
            .ok_or(StoreFault::Unwritable {
                path: PathBuf::from("~"),
                reason: "the user has no folder".into(),
            })?;
        Ok(Self {
            store: Store::new(home, disk, options.patience),
            machine: options.machine,
            usb: options.usb,
            installed_vendors: options
                .installed_vendors
                .unwrap_or_else(paths::installed_vendors),
            time: options.time,
        })
    }

    /// Where its files lie.
    pub fn paths(&self) -> Paths {
        Paths::new(self.store.home(), &self.installed_vendors)
    }

    /// The name to suggest for this computer.
    pub fn suggested_label(&self) -> Label {
        self.machine
            .label()
            .or_else(|| Label::new("Computer").ok())
            .unwrap_or_else(|| unreachable!("the fallback is short and plain"))
    }

    /// What this computer's clock shows, right or wrong.
    pub(crate) fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// The clock over the floor that counts for one vendor.
    pub(crate) fn clock(&self, state: &State, vendor: &VendorId) -> Clock {
        Clock::read(self.reading(), state.floor(vendor))
    }

    /// The clock over the floor that counts for one license.
    pub(crate) fn license_clock(&self, state: &State, license: &License) -> Clock {
        let clock = self.clock(state, &license.vendor);
        let seen = state.seen_license(&license.vendor, &license.id);
        seen.map_or(clock, |seen| seen.time.clock(clock))
    }

    fn reading(&self) -> Reading {
        Reading {
            now: self.time.now(),
            uptime: self.machine.uptime(),
        }
    }

    /// Raises every floor to this moment, and withdraws the time requests that a right clock makes
    /// needless. Returns whether anything is worth a write of its own.
    pub(crate) fn keep_time(&self, state: &mut State) -> bool {
        let reading = self.reading();
        let mut is_worth_writing = false;
        for vendor in state.known_vendors() {
            let kept = state.floor(&vendor);
            let clock = Clock::read(reading, kept);
            is_worth_writing |= clock.floor().is_worth_writing(kept);
            is_worth_writing |= !clock.is_behind() && state.withdraw_time_requests(&vendor);
            is_worth_writing |= state.raise_licenses(&vendor, kept.passed(reading), &clock);
            state.floors.insert(vendor, clock.floor());
        }
        is_worth_writing
    }

    /// Reads the state, after a final step that was cut short is written out: what it gave up is
    /// shown only once nothing can bring it back.
    pub(crate) fn settled(&self) -> Result<Snapshot, StoreFault> {
        let snapshot = self.store.read()?;
        if !snapshot.unfinished {
            return Ok(snapshot);
        }
        self.store.settle()?;
        self.store.read()
    }

    /// Changes the state; with any change the floors are raised.
    pub(crate) fn change<T, F: From<StoreFault>>(
        &self,
        repair: Repair,
        mut change: impl FnMut(&mut State, StoreCondition) -> Result<Outcome<T>, F>,
    ) -> Result<T, F> {
        self.store.change(repair, |state, condition| {
            self.keep_time(state);
            if condition == StoreCondition::Damaged {
                state.repaired_at = Some(self.now());
            }
            change(state, condition)
        })
    }
}

/// The system's randomness, for what takes a generator.
///
/// # Errors
/// `system_failure` when the system gives none.
pub(crate) fn randomness() -> Result<UnwrapErr<getrandom::SysRng>, StoreFault> {
    // Asked once before the generator is handed out, which would end the program when it fails.
    getrandom::fill(&mut [0; 32]).map_err(|error| StoreFault::System {
        reason: error.to_string(),
    })?;
    Ok(UnwrapErr(getrandom::SysRng))
}

/// The version of this program, as its tokens name it.
pub(crate) fn client_version() -> Label {
    Label::new(env!("CARGO_PKG_VERSION"))
        .unwrap_or_else(|_| unreachable!("a version is short and plain"))
}
