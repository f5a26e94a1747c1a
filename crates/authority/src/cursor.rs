//! Where the next part of a list begins, in a form that tells nothing and takes no other.

use data_encoding::BASE64URL_NOPAD;

use crate::{
    Authority,
    sealing::{self, SealingFault},
};

/// The longest text that is looked at.
const LONGEST: usize = 512;

impl Authority {
    /// Writes where the next part of a list begins. `list` names the list with its filters.
    ///
    /// # Errors
    /// `system_failure` without randomness.
    pub fn cursor(&self, list: &str, next: &[u8]) -> Result<String, SealingFault> {
        let key = self.keyring().lookup.cursor();
        let sealed = sealing::seal(&key, list.as_bytes(), next)?;
        Ok(BASE64URL_NOPAD.encode(&sealed))
    }

    /// Reads what [`Self::cursor`] gave for the same list. Anything else is none.
    pub fn read_cursor(&self, list: &str, text: &str) -> Option<Vec<u8>> {
        if text.len() > LONGEST {
            return None;
        }
        let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let key = self.keyring().lookup.cursor();
        let next = sealing::open(&key, list.as_bytes(), &sealed).ok()?;
        Some(next.to_vec())
    }
}
