//! API tokens: what lets a program call the API, for a time, and for what was chosen.

mod answers;
mod books;
mod call;
mod fault;
mod secret;

use keyferry_token::{ApiTokenId, Name, Seconds, Timestamp};

use crate::{Permission, Role};

pub(crate) use books::{may_still, take_back_beyond, take_back_made_by};

pub use answers::{Once, OnceCall, OnceFault};
pub use call::{ApiCaller, ApiRate};
pub use fault::ApiTokenFault;
pub use secret::ApiTokenSecret;

/// How long a token lasts where nothing else is said.
pub const API_TOKEN_LASTS: Seconds = Seconds::days(90);
/// The longest that one may last: a year and a day, so that a yearly change may come a little late.
pub const API_TOKEN_LONGEST: Seconds = Seconds::days(366);

/// A token to make.
#[derive(Clone, Debug)]
pub struct NewApiToken {
    /// What people call it.
    pub name: Name,
    /// What it allows; at least one.
    pub scopes: Vec<Permission>,
    /// When it ends; `None` means after [`API_TOKEN_LASTS`].
    pub expires_at: Option<Timestamp>,
}

/// A token in the books; no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// What people call it.
    pub name: Name,
    /// What it allows.
    pub scopes: Vec<Permission>,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom: an actor, as the audit log names it.
    pub created_by: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used last, to within five minutes.
    pub last_used_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// The state of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiTokenStatus {
    /// It counts.
    Active,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl ApiTokenStatus {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// A token just made, with the secret that is shown this once and stored nowhere.
#[derive(Debug)]
pub struct IssuedApiToken {
    /// The token.
    pub token: ApiToken,
    /// What the program sends.
    pub secret: ApiTokenSecret,
}

/// A token after it was to be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiTokenRevoked {
    /// The token as it is now.
    pub token: ApiToken,
    /// Whether anything changed: asked for twice, the second time is a no-op.
    pub changed: bool,
    /// Those that went with it: it had made them, or what it made had.
    pub others: Vec<ApiTokenId>,
}

impl ApiToken {
    /// What it is at a time.
    pub fn status(&self, now: Timestamp) -> ApiTokenStatus {
        if self.revoked_at.is_some() {
            ApiTokenStatus::Revoked
        } else if self.expires_at <= now {
            ApiTokenStatus::Expired
        } else {
            ApiTokenStatus::Active
        }
    }

    /// Whether it allows what a role does not.
    pub fn is_beyond(&self, role: Role) -> bool {
        self.scopes.iter().any(|scope| !role.may(*scope))
    }

    /// Whether it allows something.
    pub fn may(&self, permission: Permission) -> bool {
        self.scopes.contains(&permission)
    }
}
