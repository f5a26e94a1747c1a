//! Why a courier was not answered.

use keyferry_catalogue::{Code, Problem};
use keyferry_courier::MediumFault;

use crate::ProfileFault;

/// Why a courier was not answered. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CourierFault {
    /// The medium, or what is on it.
    #[error(transparent)]
    Medium(#[from] MediumFault),
    /// Who the vendor is could not be read.
    #[error(transparent)]
    Profile(#[from] ProfileFault),
}

impl CourierFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Medium(fault) => fault.code(),
            Self::Profile(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Medium(fault) => fault.problem(),
            Self::Profile(fault) => fault.problem(),
        }
    }
}
