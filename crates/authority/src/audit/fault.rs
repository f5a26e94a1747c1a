//! What is wrong with the audit log.

use std::io;

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{SignerFault, Timestamp};

use crate::{DatabaseFault, ProfileFault};

/// Why the audit log was not proven or exported.
#[derive(Debug, thiserror::Error)]
pub enum AuditFault {
    /// An entry is not what was sealed in its place.
    #[error("entry {position} of the audit log is not what was sealed there")]
    Broken {
        /// The first position at which it shows.
        position: u64,
    },
    /// Entries that a head has seen are missing at the end.
    #[error("the audit log ends before its entry {position}")]
    Truncated {
        /// The first position that is missing.
        position: u64,
    },
    /// Entries that a head has seen were lost when the authority was restored from a backup.
    #[error("entries from {position} on were lost when the authority was restored")]
    Lost {
        /// The first position at which something else stands since.
        position: u64,
        /// When the authority was restored.
        restored_at: Timestamp,
    },
    /// Not a head that this vendor signed.
    #[error("not a head that this vendor signed")]
    HeadRefused,
    /// Not an export of this vendor's log.
    #[error("not an export of this vendor's audit log")]
    LogRefused,
    /// The key did not sign the head.
    #[error(transparent)]
    Signer(#[from] SignerFault),
    /// The vendor's own profile does not stand up to the check.
    #[error(transparent)]
    Profile(#[from] ProfileFault),
    /// What the log is written to failed.
    #[error("the log was not written: {0}")]
    Output(#[from] io::Error),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl AuditFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Broken { .. } => Code::AuditBroken,
            Self::Truncated { .. } => Code::AuditTruncated,
            Self::Lost { .. } => Code::AuditLost,
            Self::HeadRefused => Code::AuditHeadRefused,
            Self::LogRefused => Code::AuditLogRefused,
            Self::Signer(fault) => fault.code,
            Self::Output(_) => Code::SystemFailure,
            Self::Profile(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::Broken { position } | Self::Truncated { position } => {
                problem.with("position", position)
            }
            Self::Lost {
                position,
                restored_at,
            } => problem
                .with("position", position)
                .with("restored", restored_at),
            Self::HeadRefused | Self::LogRefused => problem,
            Self::Signer(fault) => fault.problem(),
            Self::Output(fault) => problem.with("what", fault),
            Self::Profile(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}
