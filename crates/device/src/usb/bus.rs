//! What the rest of Keyferry asks about USB keys.

use std::fs::File;
use std::time::Duration;

use keyferry_catalogue::{Code, Problem};

use super::key::{UsbKey, UsbPlace};

/// The USB of a machine.
pub trait UsbBus: Send + Sync {
    /// The keys that are plugged in, by place. None on a machine without USB.
    ///
    /// # Errors
    /// `usb_unavailable` when the system does not tell.
    fn keys(&self) -> Result<Vec<UsbKey>, UsbFault>;

    /// The key that an open file lies on, by the device that the file was opened from. `None` for
    /// a file elsewhere, and for one on a key that was pulled in the meantime: that it can still
    /// be read says nothing.
    ///
    /// # Errors
    /// `usb_unavailable` when the system does not tell.
    fn key_of(&self, file: &File) -> Result<Option<UsbPlace>, UsbFault>;

    /// Whether an open file lies on a medium that can be taken out: USB, a card, a disc. Where that
    /// cannot be told, it does. File systems without a medium of their own, such as a network's or
    /// memory's, are none.
    fn is_removable(&self, file: &File) -> bool;

    /// Watches keys come and go, from now on.
    ///
    /// # Errors
    /// `usb_unavailable` when the system does not tell.
    fn watch(&self) -> Result<Box<dyn UsbWatch>, UsbFault>;
}

/// Keys as they come and go. Watching ends when it is dropped.
pub trait UsbWatch: Send {
    /// The keys that are there after all events that were told; before the first one, those that
    /// were there when watching began, which are not told as events.
    fn present(&self) -> &[UsbKey];

    /// Waits until something happened, `timeout` at most; empty when nothing did.
    ///
    /// # Errors
    /// `usb_unavailable` when the system does not tell. It can be called again.
    fn next(&mut self, timeout: Duration) -> Result<Vec<UsbEvent>, UsbFault>;
}

/// What happened to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsbEvent {
    /// It was plugged in.
    Plugged(UsbKey),
    /// Its medium or volumes came or went, or were mounted, or changed otherwise. This is how it is
    /// now. Free space alone is no change.
    Changed(UsbKey),
    /// It was pulled. This is how it was.
    Pulled(UsbKey),
}

/// Why nothing is known about USB keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsbFault {
    /// The system did not tell.
    #[error("USB devices cannot be listed: {reason}")]
    Unavailable {
        /// What the system said.
        reason: String,
    },
}

impl UsbFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unavailable { .. } => Code::UsbUnavailable,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unavailable { reason } => Problem::new(self.code()).with("what", reason),
        }
    }
}
