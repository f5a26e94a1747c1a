//! Watching keys: the system's news, and a look at the keys whenever there may be something new.
//!
//! News alone would not do. On Linux they come from udev and not from the kernel: where no udev
//! runs (containers, small systems) there are none, and nothing says so. They come before the
//! disks of a device do, and before a device's interfaces are known. So the keys are also looked
//! at when mounts change, for a while after a device came, and slowly all the time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_core::Stream;
use nusb::DeviceId;
use nusb::hotplug::{HotplugEvent, HotplugWatch};

#[cfg(not(target_os = "linux"))]
use super::bell::Bell;
use super::bus::{UsbEvent, UsbFault, UsbWatch};
use super::key::UsbKey;
use super::known::{Found, Known};
#[cfg(target_os = "linux")]
use super::linux::Bell;

/// `bInterfaceClass` of mass storage.
pub(super) const MASS_STORAGE: u8 = 8;

/// How often the keys are looked at without any news.
const SLOWLY: Duration = Duration::from_secs(1);
/// How often they are looked at for a while after something came, since disks follow their
/// device by a second and more.
const QUICKLY: Duration = Duration::from_millis(250);
/// How long that while is.
const SETTLING: Duration = Duration::from_secs(6);
/// The shortest time between two looks that news about something else asked for: one key makes
/// dozens of them.
const APART: Duration = Duration::from_millis(50);

/// What nusb could not do.
pub(super) fn unavailable(fault: &nusb::Error) -> UsbFault {
    UsbFault::Unavailable {
        reason: fault.to_string(),
    }
}

/// Lists the keys of a system.
pub(super) trait Look: Send {
    fn look(&self) -> Result<Vec<Found<DeviceId>>, UsbFault>;
}

/// A watch over the keys that `L` lists.
pub(super) struct Watching<L> {
    look: L,
    news: Option<HotplugWatch>,
    bell: Arc<Bell>,
    waker: Waker,
    known: Known<DeviceId>,
    looked: Instant,
    look_at: Instant,
    settled_at: Instant,
}

impl<L: Look> Watching<L> {
    /// Starts watching.
    ///
    /// # Errors
    /// `usb_unavailable` when the system does not tell.
    pub(super) fn start(look: L, bell: Bell) -> Result<Self, UsbFault> {
        let bell = Arc::new(bell);
        // Before the first look, so that nothing comes unseen between the two. Without news the
        // looks are enough.
        let news = nusb::watch_devices().ok();
        let known = Known::new(look.look()?);
        let now = Instant::now();
        Ok(Self {
            look,
            news,
            waker: Waker::from(Arc::clone(&bell)),
            bell,
            known,
            looked: now,
            look_at: now + SLOWLY,
            settled_at: now,
        })
    }

    /// Takes in the system's news. What was pulled is told by them alone: another look could take
    /// its time.
    fn hear(&mut self, now: Instant) -> Vec<UsbEvent> {
        let mut pulled = Vec::new();
        let mut context = Context::from_waker(&self.waker);
        while let Some(Poll::Ready(Some(event))) = self
            .news
            .as_mut()
            .map(|news| Pin::new(news).poll_next(&mut context))
        {
            self.look_at = now;
            match event {
                HotplugEvent::Connected(device) => {
                    self.known.connected(device.id());
                    self.settled_at = now + SETTLING;
                }
                HotplugEvent::Disconnected(id) => pulled.extend(self.known.disconnected(id, now)),
            }
        }
        pulled
    }

    fn look(&mut self, now: Instant) -> Result<Vec<UsbEvent>, UsbFault> {
        self.looked = now;
        self.look_at = now + SLOWLY;
        let events = self.known.looked(self.look.look()?, now);
        let came = |event: &UsbEvent| matches!(event, UsbEvent::Plugged(_));
        if events.iter().any(came) {
            self.settled_at = now + SETTLING;
        }
        if now < self.settled_at {
            self.look_at = now + QUICKLY;
        }
        Ok(events)
    }
}

impl<L: Look> UsbWatch for Watching<L> {
    fn present(&self) -> &[UsbKey] {
        self.known.keys()
    }

    fn next(&mut self, timeout: Duration) -> Result<Vec<UsbEvent>, UsbFault> {
        let started = Instant::now();
        loop {
            let now = Instant::now();
            let mut events = self.hear(now);
            if events.is_empty() && now >= self.look_at {
                events = self.look(now)?;
            }
            let left = timeout.saturating_sub(started.elapsed());
            if !events.is_empty() || left.is_zero() {
                return Ok(events);
            }
            let until_look = self.look_at.saturating_duration_since(Instant::now());
            if self.bell.wait(left.min(until_look)) {
                self.look_at = self.look_at.min(self.looked + APART);
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    #[derive(Clone, Default)]
    struct Counted(Arc<AtomicUsize>);

    impl Look for Counted {
        fn look(&self) -> Result<Vec<Found<DeviceId>>, UsbFault> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(Vec::new())
        }
    }

    #[test]
    fn however_often_it_rings_looks_are_apart() {
        let looks = Counted::default();
        let mut watch = Watching::start(looks.clone(), Bell::new(None).unwrap()).unwrap();
        let ends = Arc::new(AtomicBool::new(false));
        let (bell, ended) = (Arc::clone(&watch.bell), Arc::clone(&ends));
        let ringing = std::thread::spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                Waker::from(Arc::clone(&bell)).wake();
                std::thread::yield_now();
            }
        });
        let started = Instant::now();
        assert_eq!(watch.next(APART * 6).unwrap(), []);
        let most = started.elapsed().as_millis() / APART.as_millis() + 1;
        ends.store(true, Ordering::Relaxed);
        ringing.join().unwrap();
        let looks = looks.0.load(Ordering::Relaxed);
        assert!(looks > 2, "{looks}");
        assert!(looks as u128 <= most + 1, "{looks}, {most}");
    }
}
