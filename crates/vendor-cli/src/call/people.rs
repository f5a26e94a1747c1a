//! Who may sign in at the portal.

use clap::{Args, Subcommand, ValueEnum};
use keyferry_authority::{AccountName, Role};

/// Accounts.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Add somebody, and make the link with which they begin
    #[command(after_help = "\
The link is shown once, and counts once, for a day. Give it to its owner alone: it sets the password.

Examples:
  keyferry-authority --data acme account add ada --role admin
  keyferry-authority --data acme account add bob@acme.example --role support")]
    Add {
        /// The name to sign in with
        #[arg(value_name = "NAME")]
        name: String,
        /// What they may do
        #[arg(long)]
        role: RoleName,
    },
    /// List the accounts: role, state, when somebody last signed in
    #[command(after_help = "\
Example:
  keyferry-authority --data acme account list")]
    List,
    /// Make a new link for somebody who lost theirs, the password or the phone
    #[command(after_help = "\
What they have counts until they use it. Used, it takes the codes of an app away as well.

Example:
  keyferry-authority --data acme account invite ada")]
    Invite(AccountNamed),
    /// Give an account another role, which counts at once
    #[command(after_help = "\
Example:
  keyferry-authority --data acme account role bob@acme.example auditor")]
    Role {
        /// The account
        #[command(flatten)]
        account: AccountNamed,
        /// What they may do
        role: RoleName,
    },
    /// Sign somebody out everywhere and let them in no more
    #[command(after_help = "\
Example:
  keyferry-authority --data acme account disable bob@acme.example")]
    Disable(AccountNamed),
    /// Let somebody in again who was shut out
    #[command(after_help = "\
Example:
  keyferry-authority --data acme account enable bob@acme.example")]
    Enable(AccountNamed),
}

/// An account by its name.
#[derive(Args, Debug)]
pub struct AccountNamed {
    /// The name to sign in with
    #[arg(value_name = "NAME")]
    pub name: String,
}

impl AccountNamed {
    /// The name, if it can be one.
    pub fn read(&self) -> Option<AccountName> {
        AccountName::new(&self.name).ok()
    }
}

/// What somebody is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RoleName {
    /// Everything
    Admin,
    /// Sells and answers: entitlements, activations, licenses
    Issuer,
    /// Sees what customers have
    Support,
    /// Sees everything, changes nothing
    Auditor,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Issuer => Self::Issuer,
            RoleName::Support => Self::Support,
            RoleName::Auditor => Self::Auditor,
        }
    }
}
