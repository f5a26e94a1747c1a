//! Why a license file was not checked.

use keyferry_catalogue::{Code, Problem};
use keyferry_device::usb::UsbFault;
use keyferry_token::{KeyFault, Name, ParseFault, VerifyFault};

use crate::{FileFault, StoreFault};

/// Why a license file was not checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckFault {
    /// There is none for the product.
    #[error("there is no license file for {product}")]
    NotFound {
        /// The product's name.
        product: Name,
    },
    /// The license file is on a USB key that is not plugged in.
    #[error("the USB key with the license is not plugged in")]
    KeyMissing,
    /// The USB key with the license file is plugged in, and no volume of it is mounted.
    #[error("no volume of the USB key with the license is mounted")]
    VolumeMissing,
    /// It is for another product.
    #[error("the license is for {product}")]
    OtherProduct {
        /// The name of the product that it is for.
        product: Name,
    },
    /// The public key lies on a removable medium.
    #[error("the public key {path} lies on a removable medium")]
    AnchorOnRemovable {
        /// The file.
        path: String,
    },
    /// The public key is none that licenses are signed with.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// The file could not be read.
    #[error(transparent)]
    File(#[from] FileFault),
    /// It is no license file, or a damaged one.
    #[error(transparent)]
    Parse(#[from] ParseFault),
    /// Its signature is not believed.
    #[error(transparent)]
    Verify(#[from] VerifyFault),
    /// The system does not tell about USB keys.
    #[error(transparent)]
    Usb(#[from] UsbFault),
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl CheckFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => Code::LicenseNotFound,
            Self::KeyMissing => Code::UsbKeyMissing,
            Self::VolumeMissing => Code::UsbVolumeMissing,
            Self::OtherProduct { .. } => Code::LicenseForOtherProduct,
            Self::AnchorOnRemovable { .. } => Code::TrustAnchorOnRemovableMedia,
            Self::Key(fault) => fault.code(),
            Self::File(fault) => fault.code(),
            Self::Parse(fault) => fault.code(),
            Self::Verify(fault) => fault.code(),
            Self::Usb(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::NotFound { product } | Self::OtherProduct { product } => {
                problem.with("product", product)
            }
            Self::AnchorOnRemovable { path } => problem.with("path", path),
            Self::KeyMissing | Self::VolumeMissing | Self::Key(_) => problem,
            Self::File(fault) => fault.problem(),
            Self::Parse(fault) => fault.problem(),
            Self::Verify(fault) => fault.problem(),
            Self::Usb(fault) => fault.problem(),
            Self::Store(fault) => fault.problem(),
        }
    }
}
