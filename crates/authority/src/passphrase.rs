//! The passphrase that the private keys are sealed with.

use std::{fmt, fs::File, io::Read as _, path::Path};

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{FileFault, SetupFault};

/// Most bytes that are read for a secret, so that a wrong path (a disk, `/dev/zero`) ends.
const MAX_FILE: usize = 64 * 1024;

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
    /// `file_not_found`; `file_unreadable`, also when it is no text or larger than 64 KiB;
    /// `passphrase_missing` when the line is empty.
    pub fn read_file(path: &Path) -> Result<Self, SetupFault> {
        let content = read_secret(path)?;
        Self::new(content.lines().next().unwrap_or_default())
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

/// What is in a file that holds a secret.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<String>, FileFault> {
    let unreadable = || FileFault::Unreadable {
        path: path.to_owned(),
    };
    // Of its full size at once: growing would leave copies behind.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_FILE + 1));
    File::open(path)
        .and_then(|file| file.take(MAX_FILE as u64 + 1).read_to_end(&mut content))
        .map_err(|fault| FileFault::reading(path, &fault))?;
    if content.len() > MAX_FILE {
        return Err(unreadable());
    }
    let text = std::str::from_utf8(&content).map_err(|_| unreadable())?;
    Ok(Zeroizing::new(text.to_owned()))
}
