//! Why an API token was not made, found or taken.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::Seconds;

use super::API_TOKEN_LONGEST;
use crate::{DatabaseFault, EntropyFault, Permission};

/// Why a token was not made, found, or let in.
#[derive(Debug, thiserror::Error)]
pub enum ApiTokenFault {
    /// There is none of this id.
    #[error("no such API token")]
    Unknown,
    /// It is none, or one that is over or was taken back: which of these, strangers are not told.
    #[error("the API token does not count")]
    Refused,
    /// It allows nothing.
    #[error("the API token has no scope")]
    NoScope,
    /// It allows more than whoever makes it may do.
    #[error("who makes the API token may not {scope}")]
    WiderThanOwn {
        /// What is more.
        scope: Permission,
    },
    /// It would end too late, or before it begins.
    #[error("the API token cannot end then")]
    End,
    /// Too many calls within the minute.
    #[error("too many calls")]
    TooManyCalls {
        /// After how many seconds there may be another one.
        seconds: u64,
    },
    /// The system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl ApiTokenFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::ApiTokenUnknown,
            Self::Refused => Code::ApiAccessRefused,
            Self::NoScope => Code::FieldMissing,
            Self::WiderThanOwn { .. } => Code::ApiScopeMissing,
            Self::End => Code::ApiTokenEndRefused,
            Self::TooManyCalls { .. } => Code::ApiTooManyCalls,
            Self::Entropy(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::Unknown | Self::Refused | Self::NoScope => problem,
            Self::WiderThanOwn { scope } => problem.with("scope", scope),
            Self::End => {
                let longest = API_TOKEN_LONGEST.get() / Seconds::DAY.get();
                problem.with("days", longest)
            }
            Self::TooManyCalls { seconds } => problem.with("seconds", seconds),
            Self::Entropy(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}
