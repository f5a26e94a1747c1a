//! Why a license file was not put on a USB key.

use std::path::PathBuf;

use keyferry_catalogue::{Code, Problem};
use keyferry_courier::MediumFault;
use keyferry_device::usb::UsbFault;
use keyferry_token::{ParseFault, VerifyFault};

use crate::{StoreFault, licenses::too_many};

/// Why a license file was not put on a USB key. What was whole on it before still is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutFault {
    /// It is no license file, or a damaged one.
    #[error(transparent)]
    Parse(#[from] ParseFault),
    /// Its signature is not believed.
    #[error(transparent)]
    Verify(#[from] VerifyFault),
    /// It is not bound to a USB key.
    #[error("the license is not bound to a USB key")]
    NotForKey,
    /// It is bound to another one.
    #[error("the license is bound to another USB key")]
    ForOtherKey,
    /// The key is no good anchor.
    #[error("the USB key is no good anchor: {}", .0.code)]
    Anchor(Problem),
    /// A newer file of the license was seen.
    #[error("a newer file of the license was seen")]
    Superseded,
    /// Both places for it hold something else that is not to be lost.
    #[error("something else is at {path:?}")]
    Taken {
        /// One of them.
        path: PathBuf,
    },
    /// There are so many license files on the volume that it would not be read.
    #[error("there are too many license files on the volume")]
    TooMany,
    /// No volume of the key is mounted.
    #[error("no volume of the USB key is mounted")]
    NoVolume,
    /// The volume takes no writing.
    #[error("the volume takes no writing")]
    ReadOnly,
    /// The key is not there any more.
    #[error("the USB key was pulled out")]
    Pulled,
    /// The volume could not be written to.
    #[error(transparent)]
    Medium(#[from] MediumFault),
    /// The system does not tell about USB keys.
    #[error(transparent)]
    Usb(#[from] UsbFault),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl PutFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Parse(fault) => fault.code(),
            Self::Verify(fault) => fault.code(),
            Self::NotForKey => Code::LicenseNotForKey,
            Self::ForOtherKey => Code::LicenseForOtherKey,
            Self::Anchor(problem) => problem.code,
            Self::Superseded => Code::LicenseSuperseded,
            Self::Taken { .. } => Code::FileExists,
            Self::TooMany => Code::UsbKeyTooManyLicenses,
            Self::NoVolume => Code::UsbVolumeMissing,
            Self::ReadOnly => Code::UsbVolumeReadOnly,
            Self::Pulled => Code::UsbKeyPulled,
            Self::Medium(fault) => fault.code(),
            Self::Usb(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Parse(fault) => fault.problem(),
            Self::Verify(fault) => fault.problem(),
            Self::Anchor(problem) => problem.clone(),
            Self::Taken { path } => Problem::new(self.code()).with("path", path.display()),
            Self::TooMany => too_many(),
            Self::Medium(fault) => fault.problem(),
            Self::Usb(fault) => fault.problem(),
            Self::Store(fault) => fault.problem(),
            Self::NotForKey
            | Self::ForOtherKey
            | Self::Superseded
            | Self::NoVolume
            | Self::ReadOnly
            | Self::Pulled => Problem::new(self.code()),
        }
    }
}
