//! Why something about an account was not done.

use keyferry_catalogue::{Code, Problem};

use super::AccountName;
use crate::{DatabaseFault, EntropyFault};

/// Why something about an account was not done.
#[derive(Debug, thiserror::Error)]
pub enum AccountFault {
    /// Name, password and code do not go together: which of them is at fault is told to nobody.
    #[error("not signed in")]
    NotAccepted,
    /// Somebody who has signed in gave another password than their own.
    #[error("not the account's password")]
    PasswordNotAccepted,
    /// A new password is too short.
    #[error("the password is too short")]
    PasswordTooShort {
        /// The fewest characters.
        least: usize,
    },
    /// A new password is too long.
    #[error("the password is too long")]
    PasswordTooLong {
        /// The most characters.
        most: usize,
    },
    /// A new password is among those that are tried first.
    #[error("the password is easy to guess")]
    PasswordTooEasy,
    /// There is no such link, it was used, or it is over.
    #[error("the link does not count")]
    LinkNotAccepted,
    /// The app's code is another one, or counted before.
    #[error("the app shows another code")]
    AppCodeNotAccepted,
    /// There is no such account.
    #[error("there is no such account")]
    Unknown,
    /// The name is another account's.
    #[error("{name} is taken")]
    Exists {
        /// The name.
        name: AccountName,
    },
    /// Not a name to sign in with.
    #[error("not a name to sign in with")]
    NameRefused,
    /// The account is switched off.
    #[error("the account is switched off")]
    Disabled,
    /// A link for one's own account: another admin makes it, or oneself changes the password.
    #[error("nobody makes a link for their own account")]
    OwnLink,
    /// Nobody else who can sign in is an admin.
    #[error("the last admin who can sign in")]
    LastAdmin,
    /// Too much was tried at signing in (rule A13).
    #[error("too many attempts")]
    TooManyAttempts {
        /// How long to wait.
        minutes: u64,
    },
    /// Somebody who has signed in gave too many other passwords than their own (rule A13).
    #[error("too many attempts at the account's password")]
    OwnTooManyAttempts {
        /// How long to wait.
        minutes: u64,
    },
    /// The system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl AccountFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::NotAccepted => Code::SignInNotAccepted,
            Self::PasswordNotAccepted => Code::PasswordNotAccepted,
            Self::PasswordTooShort { .. } => Code::PasswordTooShort,
            Self::PasswordTooLong { .. } => Code::PasswordTooLong,
            Self::PasswordTooEasy => Code::PasswordTooEasy,
            Self::LinkNotAccepted => Code::LinkNotAccepted,
            Self::AppCodeNotAccepted => Code::AppCodeNotAccepted,
            Self::Unknown => Code::AccountUnknown,
            Self::Exists { .. } => Code::AccountExists,
            Self::NameRefused => Code::AccountNameRefused,
            Self::Disabled => Code::AccountDisabled,
            Self::OwnLink => Code::PermissionMissing,
            Self::LastAdmin => Code::LastAdmin,
            Self::TooManyAttempts { .. } => Code::SignInLocked,
            Self::OwnTooManyAttempts { .. } => Code::TooManyAttempts,
            Self::Entropy(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::NotAccepted
            | Self::PasswordNotAccepted
            | Self::PasswordTooEasy
            | Self::LinkNotAccepted
            | Self::AppCodeNotAccepted
            | Self::Unknown
            | Self::NameRefused
            | Self::Disabled
            | Self::OwnLink
            | Self::LastAdmin => problem,
            Self::PasswordTooShort { least } => problem.with("least", least),
            Self::PasswordTooLong { most } => problem.with("most", most),
            Self::Exists { name } => problem.with("name", name),
            Self::TooManyAttempts { minutes } | Self::OwnTooManyAttempts { minutes } => {
                problem.with("minutes", minutes)
            }
            Self::Entropy(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}
