//! Why a webhook was not added or found.

use keyferry_catalogue::{Code, Problem};

use super::MOST;
use crate::{DatabaseFault, EntropyFault, SealingFault};

/// Why a webhook was not added, found or changed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookFault {
    /// There is none of this id.
    #[error("no such webhook")]
    Unknown,
    /// Not an address that a webhook can have.
    #[error("not an address for a webhook")]
    Address,
    /// The audit log has no such action.
    #[error("no event {event}")]
    Event {
        /// What was given.
        event: String,
    },
    /// There are as many as there may be.
    #[error("{MOST} webhooks are there")]
    TooMany,
    /// It was told no such message.
    #[error("no such delivery")]
    DeliveryUnknown,
    /// It is under way, or somebody asked for it, or for others, a moment ago.
    #[error("asked for a moment ago")]
    TooOften {
        /// How long to wait.
        seconds: u64,
    },
    /// A secret was not sealed, or does not open.
    #[error(transparent)]
    Sealing(#[from] SealingFault),
    /// The system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl WebhookFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::WebhookUnknown,
            Self::Address => Code::WebhookAddressRefused,
            Self::Event { .. } => Code::WebhookEventUnknown,
            Self::TooMany => Code::WebhookTooMany,
            Self::DeliveryUnknown => Code::WebhookDeliveryUnknown,
            Self::TooOften { .. } => Code::WebhookTooOften,
            Self::Sealing(fault) => fault.code(),
            Self::Entropy(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::Unknown | Self::Address | Self::DeliveryUnknown => problem,
            Self::Event { event } => problem.with("event", event),
            Self::TooMany => problem.with("most", MOST),
            Self::TooOften { seconds } => problem.with("seconds", seconds),
            Self::Sealing(fault) => fault.problem(),
            Self::Entropy(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}
