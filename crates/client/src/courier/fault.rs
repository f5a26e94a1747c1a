//! What can keep a computer from using a courier.

use keyferry_catalogue::{Code, Problem};
use keyferry_courier::MediumFault;

use crate::StoreFault;

/// Why a courier was not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CourierFault {
    /// The medium, or what is on it.
    #[error(transparent)]
    Medium(#[from] MediumFault),
    /// The token that was meant does not wait here for its vendor.
    #[error("no such token waits here")]
    NothingOutstanding,
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl CourierFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Medium(fault) => fault.code(),
            Self::NothingOutstanding => Code::NothingOutstanding,
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Medium(fault) => fault.problem(),
            Self::NothingOutstanding => Problem::new(self.code()),
            Self::Store(fault) => fault.problem(),
        }
    }
}
