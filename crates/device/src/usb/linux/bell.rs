//! Wakes who waits for USB keys: when nusb has news, and when a mount comes or goes.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::task::Wake;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use crate::usb::UsbFault;

/// Something to wait at.
pub(in crate::usb) struct Bell {
    rope: OwnedFd,
    /// The kernel marks it as exceptional when the mounts changed since it was last waited for
    /// (proc(5)).
    mounts: Option<File>,
}

impl Bell {
    pub(in crate::usb) fn new(mounts: Option<File>) -> Result<Self, UsbFault> {
        let rope = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(|fault| {
            UsbFault::Unavailable {
                reason: fault.to_string(),
            }
        })?;
        Ok(Self { rope, mounts })
    }

    /// Waits until it rings, `timeout` at most. Whether it rang.
    pub(in crate::usb) fn wait(&self, timeout: Duration) -> bool {
        let mut sources = vec![PollFd::new(&self.rope, PollFlags::IN)];
        if let Some(mounts) = &self.mounts {
            sources.push(PollFd::new(mounts, PollFlags::PRI));
        }
        let timeout = Timespec::try_from(timeout).ok();
        // A signal that interrupts is no ring; who waits looks at the clock.
        let rang = poll(&mut sources, timeout.as_ref()).is_ok_and(|ready| ready > 0);
        if rang {
            let mut count = [0; 8];
            // Nothing to take where the mounts rang.
            let _ = rustix::io::read(&self.rope, &mut count);
        }
        rang
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // It can fail only when it rang more often than can be counted.
        let _ = rustix::io::write(&self.rope, &1_u64.to_ne_bytes());
    }
}
