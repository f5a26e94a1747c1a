//! Accounts: who signs in to the vendor's pages, as what, and how.
//!
//! What would let somebody in is stored as a digest or sealed with a key that is not in the database.
//! The log names accounts by their id alone: a name can be taken away, an entry cannot.

mod app;
mod fault;
mod link;
mod lockout;
mod name;
mod own_password;
mod password;
mod people;
mod recovery;
mod row;
mod session;
mod sign_in;

use keyferry_token::{AccountId, Timestamp};

use crate::{
    Origin, Role,
    audit::{Action, NewEntry},
};

pub(crate) use recovery::drop_all as drop_recovery_codes;
pub(crate) use row::{forget_secrets, role_now};

pub use app::AppSecret;
pub use fault::AccountFault;
pub use link::LinkSecret;
pub use name::AccountName;
pub use password::TypedPassword;
pub use people::{AccountChange, AccountChanged, Invitation};
pub use recovery::RecoveryCodes;
pub use session::AccountSession;
pub use sign_in::SignIn;

/// Somebody who can sign in, or could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id, which the log tells.
    pub id: AccountId,
    /// The name to sign in with.
    pub name: AccountName,
    /// What it may do.
    pub role: Role,
    /// Whether it is switched off.
    pub disabled: bool,
    /// Whether a password was set; before that there is a link only.
    pub has_password: bool,
    /// Whether signing in takes a code of an app as well.
    pub has_app: bool,
    /// How many recovery codes are left.
    pub recovery_codes: u32,
    /// Until when its latest link counts, while it was not used.
    pub link_until: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub signed_in_at: Option<Timestamp>,
}

/// The entry of somebody who changed how they sign in.
fn changed(id: AccountId, now: Timestamp) -> NewEntry {
    NewEntry::new(now, &Origin::Account(id), Action::AccountChanged).with("account", id.to_string())
}
