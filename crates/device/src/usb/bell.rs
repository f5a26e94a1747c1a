//! Wakes who waits for USB keys, where nusb's news are all that is waited for.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::Wake;
use std::time::{Duration, Instant};

/// Something to wait at.
#[derive(Default)]
pub(super) struct Bell {
    rang: Mutex<bool>,
    waiting: Condvar,
}

impl Bell {
    /// Waits until it rings, `timeout` at most. Whether it rang.
    pub(super) fn wait(&self, timeout: Duration) -> bool {
        let started = Instant::now();
        let mut rang = self.rang.lock().unwrap_or_else(PoisonError::into_inner);
        while !*rang {
            let left = timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                return false;
            }
            (rang, _) = self
                .waiting
                .wait_timeout(rang, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *rang = false;
        true
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *self.rang.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.waiting.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_heard_once_whether_before_or_during_the_wait() {
        let bell = Arc::new(Bell::default());
        assert!(!bell.wait(Duration::ZERO));
        bell.wake_by_ref();
        assert!(bell.wait(Duration::from_mins(1)));
        assert!(!bell.wait(Duration::from_millis(1)));
        let ringer = Arc::clone(&bell);
        let ringing = std::thread::spawn(move || ringer.wake());
        assert!(bell.wait(Duration::from_mins(1)));
        ringing.join().unwrap();
    }
}
