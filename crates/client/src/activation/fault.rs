//! What can keep a request from being made.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::Refusal;
use keyferry_token::SealFault;

use crate::{LookupFault, StoreFault};

/// Why no request was made. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestFault {
    /// The code leads to no product.
    #[error(transparent)]
    Lookup(#[from] LookupFault),
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The token could not be made.
    #[error(transparent)]
    Seal(#[from] SealFault),
    /// The store could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl RequestFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Lookup(fault) => fault.code(),
            Self::Refused(refusal) => refusal.code(),
            Self::Seal(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Lookup(fault) => fault.problem(),
            Self::Refused(refusal) => refusal.problem(),
            Self::Seal(fault) => Problem::new(fault.code()).with("what", fault),
            Self::Store(fault) => fault.problem(),
        }
    }
}
