//! The passphrase that the private keys are sealed with.

use std::{fmt, path::Path};

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{FileFault, SetupFault};

/// The passphrase of an authority.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(String);

impl Passphrase {
    /// A passphrase; any text but an empty one.
    ///
    /// # Errors
    /// `passphrase_missing` when it is empty.
    pub fn new(text: &str) -> Result<Self, SetupFault> {
        if text.is_empty() {
            return Err(SetupFault::PassphraseMissing);
        }
        Ok(Self(text.to_owned()))
    }

    /// Reads the first line of a file, as it is except for its line end. The file may be a pipe or
    /// a credential that the system provides.
    ///
    /// # Errors
    /// `file_not_found`, `file_unreadable`; `passphrase_missing` when the line is empty.
    pub fn read_file(path: &Path) -> Result<Self, SetupFault> {
        let content = std::fs::read(path).map_err(|fault| FileFault::reading(path, &fault))?;
        let content = Zeroizing::new(content);
        let unreadable = || FileFault::Unreadable {
            path: path.to_owned(),
        };
        let text = std::str::from_utf8(&content).map_err(|_| unreadable())?;
        Self::new(text.lines().next().unwrap_or_default())
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}
