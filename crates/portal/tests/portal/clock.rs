//! The time as tests set it: a clock that stands still, and that breaks when it is told to.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use keyferry_authority::Clock;
use keyferry_fixtures::NOW;
use keyferry_token::{Seconds, Timestamp};

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Dial>);

struct Dial {
    now: AtomicU64,
    broken: AtomicBool,
    /// How many may ask until one panics, that one counted; nobody does at 0.
    fuse: AtomicUsize,
    panics: AtomicUsize,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Dial {
            now: AtomicU64::new(NOW.unix()),
            broken: AtomicBool::new(false),
            fuse: AtomicUsize::new(0),
            panics: AtomicUsize::new(0),
        }))
    }

    pub(crate) fn pass(&self, length: Seconds) {
        self.0.now.fetch_add(length.get(), Ordering::SeqCst);
    }

    /// Whether whoever asks it panics.
    pub(crate) fn is_broken(&self, broken: bool) {
        self.0.broken.store(broken, Ordering::SeqCst);
    }

    /// Whoever asks it after so many others panics, and nobody else does.
    pub(crate) fn breaks_after(&self, others: usize) {
        self.0.fuse.store(others + 1, Ordering::SeqCst);
    }

    /// Nobody panics any more.
    pub(crate) fn is_mended(&self) {
        self.is_broken(false);
        self.0.fuse.store(0, Ordering::SeqCst);
    }

    /// How many have.
    pub(crate) fn panics(&self) -> usize {
        self.0.panics.load(Ordering::SeqCst)
    }

    fn breaks_now(&self) -> bool {
        let burn = |left: usize| left.checked_sub(1);
        let fuse = &self.0.fuse;
        let before = fuse.fetch_update(Ordering::SeqCst, Ordering::SeqCst, burn);
        before == Ok(1) || self.0.broken.load(Ordering::SeqCst)
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        if self.breaks_now() {
            self.0.panics.fetch_add(1, Ordering::SeqCst);
            panic!("the clock is broken, as the test wants it");
        }
        Timestamp::from_unix(self.0.now.load(Ordering::SeqCst))
    }
}
