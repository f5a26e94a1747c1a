//! What can keep something from being done about a product that is here.

use keyferry_catalogue::{Code, Problem};
use keyferry_license::Refusal;
use keyferry_token::{Name, SealFault};

use crate::{MoveFault, StandingFault, StoreFault};

/// Why something was not done about a product: giving it up, moving it, asking for the time, taking
/// an emergency run, telling how it stands. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskFault {
    /// The product is not here, or where it stands cannot be told.
    #[error(transparent)]
    Standing(#[from] StandingFault),
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No deactivation of the product is kept here.
    #[error("there is no deactivation of {product} here")]
    NoDeactivation {
        /// The product's name.
        product: Name,
    },
    /// What was meant is no deactivation that is kept here.
    #[error("there is no such deactivation here")]
    NothingOutstanding,
    /// What was brought is no request of a new computer.
    #[error(transparent)]
    Move(#[from] MoveFault),
    /// The token could not be made.
    #[error(transparent)]
    Seal(#[from] SealFault),
    /// The store could not be read or changed.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl TaskFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Standing(fault) => fault.code(),
            Self::Refused(refusal) => refusal.code(),
            Self::NoDeactivation { .. } => Code::NoDeactivation,
            Self::NothingOutstanding => Code::NothingOutstanding,
            Self::Move(fault) => fault.code(),
            Self::Seal(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Standing(fault) => fault.problem(),
            Self::Refused(refusal) => refusal.problem(),
            Self::NoDeactivation { product } => Problem::new(self.code()).with("product", product),
            Self::NothingOutstanding => Problem::new(self.code()),
            Self::Move(fault) => fault.problem(),
            Self::Seal(fault) => Problem::new(fault.code()).with("what", fault),
            Self::Store(fault) => fault.problem(),
        }
    }
}
