//! One true time, and what each machine makes of it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use keyferry_client::TimeSource;
use keyferry_fixtures::{FakeUptime, NOW};
use keyferry_token::{Seconds, Timestamp};

/// The true time. It stands still until it passes; machines that are on run along.
#[derive(Clone)]
pub struct Time {
    unix: Arc<AtomicU64>,
    running: Arc<Mutex<Vec<FakeUptime>>>,
}

impl Default for Time {
    fn default() -> Self {
        Self {
            unix: Arc::new(AtomicU64::new(NOW.unix())),
            running: Arc::default(),
        }
    }
}

impl Time {
    /// What it is.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.unix.load(Ordering::SeqCst))
    }

    /// Time passes, for everybody.
    pub fn pass(&self, length: Seconds) {
        self.unix.fetch_add(length.get(), Ordering::SeqCst);
        for uptime in self.running.lock().unwrap().iter() {
            uptime.pass(length);
        }
    }

    /// From now on time passes for this machine, too.
    pub(crate) fn switch_on(&self, uptime: &FakeUptime) {
        self.running.lock().unwrap().push(uptime.clone());
    }

    /// A clock that is right, until somebody sets it.
    pub fn watch(&self) -> Wristwatch {
        Wristwatch {
            time: self.clone(),
            off: Arc::default(),
        }
    }
}

/// The vendor's clock is right.
impl keyferry_authority::Clock for Time {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }
}

/// A machine's clock: the true time, and by how much it is wrong.
#[derive(Clone)]
pub struct Wristwatch {
    time: Time,
    off: Arc<AtomicI64>,
}

impl Wristwatch {
    /// What it shows.
    pub fn shows(&self) -> Timestamp {
        let shown =
            i64::try_from(self.time.now().unix()).unwrap() + self.off.load(Ordering::SeqCst);
        Timestamp::from_unix(u64::try_from(shown).unwrap_or(0))
    }

    /// Somebody sets it. It goes on from there.
    pub fn set(&self, shown: Timestamp) {
        let [shown, right] = [shown, self.time.now()].map(|t| i64::try_from(t.unix()).unwrap());
        self.off.store(shown - right, Ordering::SeqCst);
    }

    /// Whether it is slow.
    pub fn is_behind(&self) -> bool {
        self.off.load(Ordering::SeqCst) < 0
    }

    /// Whether it is fast.
    pub fn is_ahead(&self) -> bool {
        self.off.load(Ordering::SeqCst) > 0
    }

    /// Somebody sets it by the radio.
    pub fn set_right(&self) {
        self.off.store(0, Ordering::SeqCst);
    }
}

impl TimeSource for Wristwatch {
    fn now(&self) -> Timestamp {
        self.shows()
    }
}
