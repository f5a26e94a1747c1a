//! Why a key was not replaced, retired or exported.

use std::path::PathBuf;

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{KeyFault, SignerFault};

use crate::{DatabaseFault, EntropyFault, FileFault, ProfileFault, SetupFault};

/// Why a key was not replaced, retired or exported. Then everything is as it was.
#[derive(Debug, thiserror::Error)]
pub enum KeyChangeFault {
    /// The vendor has no such key.
    #[error("the vendor has no such key")]
    Unknown,
    /// It is the one in use.
    #[error("the key is in use")]
    InUse,
    /// It is kept elsewhere than in the folder, and another one would lie there: only the vendor's own hands
    /// may want that.
    #[error("the key is replaced at the machine only")]
    KeptElsewhere,
    /// Something lies where the key was to be written.
    #[error("{path} is there already")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A key was not made, stored or read.
    #[error(transparent)]
    Setup(#[from] SetupFault),
    /// The profile was not signed or published.
    #[error(transparent)]
    Profile(#[from] ProfileFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

macro_rules! through_setup {
    ($($fault:ty),+) => {$(
        impl From<$fault> for KeyChangeFault {
            fn from(fault: $fault) -> Self {
                Self::Setup(fault.into())
            }
        }
    )+};
}

through_setup!(KeyFault, SignerFault, EntropyFault, FileFault);

impl KeyChangeFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::KeyUnknown,
            Self::InUse => Code::KeyInUse,
            Self::KeptElsewhere => Code::KeyKeptElsewhere,
            Self::Exists { .. } => Code::FileExists,
            Self::Setup(fault) => fault.code(),
            Self::Profile(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unknown | Self::InUse | Self::KeptElsewhere => Problem::new(self.code()),
            Self::Exists { path } => Problem::new(self.code()).with("path", path.display()),
            Self::Setup(fault) => fault.problem(),
            Self::Profile(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}
