//! What can be wrong with trusting a vendor.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{Name, ParseFault, VerifyFault};

use crate::StoreFault;

/// Why a vendor is not trusted or not removed. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VendorFault {
    /// Not a vendor profile.
    #[error(transparent)]
    Parse(#[from] ParseFault),
    /// Not as its maker signed it.
    #[error(transparent)]
    Verify(#[from] VerifyFault),
    /// Nobody confirmed it.
    #[error("nobody confirmed the vendor {vendor}")]
    NotConfirmed {
        /// The vendor's name.
        vendor: Name,
    },
    /// The words are others.
    #[error("the words do not belong to this profile")]
    FingerprintMismatch,
    /// The trusted profile is as new.
    #[error("the trusted profile is as new")]
    ProfileOlder,
    /// None of the trusted vendor's keys signed it.
    #[error("no key of the trusted vendor signed it")]
    ProfileNotChained,
    /// No such vendor is trusted.
    #[error("no such vendor is trusted")]
    Unknown,
    /// An administrator installed it.
    #[error("an administrator installed the vendor")]
    Installed,
    /// A license of the vendor can run.
    #[error("a license of the vendor is in use")]
    InUse,
    /// The store could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl VendorFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Parse(fault) => fault.code(),
            Self::Verify(fault) => fault.code(),
            Self::NotConfirmed { .. } => Code::VendorNotConfirmed,
            Self::FingerprintMismatch => Code::VendorFingerprintMismatch,
            Self::ProfileOlder => Code::ProfileOlder,
            Self::ProfileNotChained => Code::ProfileNotChained,
            Self::Unknown => Code::VendorUnknown,
            Self::Installed => Code::VendorInstalled,
            Self::InUse => Code::VendorInUse,
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Parse(fault) => fault.problem(),
            Self::Verify(fault) => fault.problem(),
            Self::Store(fault) => fault.problem(),
            Self::NotConfirmed { vendor } => Problem::new(self.code()).with("vendor", vendor),
            Self::FingerprintMismatch
            | Self::ProfileOlder
            | Self::ProfileNotChained
            | Self::Unknown
            | Self::Installed
            | Self::InUse => Problem::new(self.code()),
        }
    }
}
