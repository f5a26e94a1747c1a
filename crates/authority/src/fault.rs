//! What can go wrong with files, with the database, and in setting an authority up or opening it.

use std::{
    io,
    path::{Path, PathBuf},
};

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{KeyFault, SignerFault};

use crate::{EntropyFault, ProfileFault};

/// What is wrong with a file of the authority's folder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// It is not there.
    #[error("{path} is not there")]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read, or what is in it is not what belongs there.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("{path} cannot be written")]
    Unwritable {
        /// The file.
        path: PathBuf,
    },
    /// There is no room to write it.
    #[error("there is no room for {path}")]
    Full {
        /// The file.
        path: PathBuf,
    },
}

impl FileFault {
    pub(crate) fn reading(path: &Path, fault: &io::Error) -> Self {
        let path = path.to_owned();
        match fault.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            _ => Self::Unreadable { path },
        }
    }

    pub(crate) fn writing(path: &Path, fault: &io::Error) -> Self {
        let path = path.to_owned();
        match fault.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::Unwritable { path },
        }
    }

    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => Code::FileNotFound,
            Self::Unreadable { .. } => Code::FileUnreadable,
            Self::Unwritable { .. } => Code::FileUnwritable,
            Self::Full { .. } => Code::DiskFull,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::NotFound { path }
            | Self::Unreadable { path }
            | Self::Unwritable { path }
            | Self::Full { path } => Problem::new(self.code()).with("path", path.display()),
        }
    }
}

/// What is wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseFault {
    /// A newer version of the program made it.
    #[error("the database is of a newer version")]
    Newer,
    /// Others held on to it for too long.
    #[error("the database is busy")]
    Busy,
    /// There is no room on its disk.
    #[error("there is no room for the database")]
    Full {
        /// What there is no room for.
        path: &'static str,
    },
    /// Its file may not be written.
    #[error("the database may not be written")]
    ReadOnly,
    /// Nobody's books are in it.
    #[error("the database holds no authority")]
    Empty,
    /// Its server does not answer.
    #[error("the database server does not answer")]
    Unreachable,
    /// Its server does not let this program in, or not do what it has to.
    #[error("the database server refuses this program")]
    Refused,
    /// Its server offers no connection that is as safe as was asked for.
    #[error("the connection to the database server is not safe")]
    NotSecured,
    /// Its server only reads: a replica, as a rule.
    #[error("the database server takes no changes")]
    Replica,
    /// Its server went away during the commit, or what follows a commit was not done: the change may stand.
    #[error("whether the change was committed is not known")]
    Uncertain,
    /// The form that asks for it has done so before.
    #[error("the form was sent before")]
    SentBefore {
        /// What was done then, by its name in the audit log.
        action: String,
        /// What came of it: what kind of thing, and its id.
        made: String,
    },
    /// Its file is missing, damaged, or out of reach.
    #[error(transparent)]
    File(#[from] FileFault),
    /// A row holds what no version of the program writes.
    #[error("{what} in the database is not as it was written")]
    Corrupt {
        /// The column.
        what: &'static str,
    },
    /// The database did not do what was asked.
    #[error("the database failed: {0}")]
    Failed(#[source] sqlx::Error),
}

impl DatabaseFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Newer => Code::DatabaseNewer,
            Self::Busy => Code::DatabaseBusy,
            Self::Full { .. } => Code::DiskFull,
            Self::ReadOnly => Code::FileUnwritable,
            Self::Empty => Code::AuthorityMissing,
            Self::Unreachable => Code::DatabaseUnreachable,
            Self::Refused => Code::DatabaseRefused,
            Self::NotSecured => Code::DatabaseNotSecured,
            Self::Replica => Code::DatabaseReplica,
            Self::Uncertain => Code::ChangeUncertain,
            Self::SentBefore { .. } => Code::FormSentBefore,
            Self::File(fault) => fault.code(),
            Self::Corrupt { .. } | Self::Failed(_) => Code::SystemFailure,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::Newer
            | Self::Busy
            | Self::Empty
            | Self::Unreachable
            | Self::Refused
            | Self::NotSecured
            | Self::Replica
            | Self::Uncertain => problem,
            Self::SentBefore { action, made } => problem.with("action", action).with("made", made),
            Self::Full { path } => problem.with("path", path),
            Self::ReadOnly => problem.with("path", "authority.db"),
            Self::File(fault) => fault.problem(),
            Self::Corrupt { .. } => problem.with("what", self),
            Self::Failed(fault) => problem.with("what", fault),
        }
    }
}

/// Why an authority was not set up or not opened.
#[derive(Debug, thiserror::Error)]
pub enum SetupFault {
    /// The folder holds one already.
    #[error("the folder holds an authority")]
    Exists,
    /// The folder holds none.
    #[error("the folder holds no authority")]
    Missing,
    /// Another program is setting one up in the same folder.
    #[error("another program is at work in the folder")]
    Busy,
    /// The keys are sealed and no passphrase was given.
    #[error("the keys are sealed with a passphrase")]
    PassphraseMissing,
    /// The passphrase does not open the keys.
    #[error("the passphrase does not open the keys")]
    PassphraseWrong,
    /// Others than its owner can read a key file.
    #[error("{path} is open to other users")]
    KeyFileExposed {
        /// The file.
        path: PathBuf,
    },
    /// Not an address that a portal can have.
    #[error("not an address for a portal")]
    Portal,
    /// Not an address of a database server. It is a secret, so that no more is told.
    #[error("not the address of a database server")]
    DatabaseUrl,
    /// The database is that of another authority than the folder.
    #[error("the database is another authority's")]
    OtherVendor,
    /// A key was not made or not accepted.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// A key did not sign.
    #[error(transparent)]
    Signer(#[from] SignerFault),
    /// The vendor profile was not made or published.
    #[error(transparent)]
    Profile(#[from] ProfileFault),
    /// The system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyFault),
    /// A file failed.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl SetupFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AuthorityExists,
            Self::Missing => Code::AuthorityMissing,
            Self::Busy => Code::DatabaseBusy,
            Self::PassphraseMissing => Code::PassphraseMissing,
            Self::PassphraseWrong => Code::PassphraseWrong,
            Self::KeyFileExposed { .. } => Code::KeyFileExposed,
            Self::Portal => Code::PortalRefused,
            Self::DatabaseUrl => Code::DatabaseUrlRefused,
            Self::OtherVendor => Code::DatabaseOfOther,
            Self::Key(fault) => fault.code(),
            Self::Signer(fault) => fault.code,
            Self::Profile(fault) => fault.code(),
            Self::Entropy(fault) => fault.code(),
            Self::File(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::Exists
            | Self::Missing
            | Self::Busy
            | Self::PassphraseMissing
            | Self::PassphraseWrong
            | Self::Portal
            | Self::DatabaseUrl
            | Self::OtherVendor
            | Self::Key(_) => problem,
            Self::KeyFileExposed { path } => problem.with("path", path.display()),
            Self::Signer(fault) => fault.problem(),
            Self::Profile(fault) => fault.problem(),
            Self::Entropy(fault) => fault.problem(),
            Self::File(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}
