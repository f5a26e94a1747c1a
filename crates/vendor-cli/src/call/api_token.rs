//! API tokens: what lets a program call the portal's API.

use clap::{Args, Subcommand};
use keyferry_terminal::{date, text};
use keyferry_token::{ApiTokenId, Name, Timestamp};

/// API tokens.
#[derive(Debug, Subcommand)]
pub enum ApiToken {
    /// Make one and get its secret
    Add(ApiTokenAdd),
    /// List them, the newest first, also those that count no longer
    #[command(after_help = "\
Example:
  keyferry-authority --data acme api-token list")]
    List,
    /// Take one back, at once and for good
    #[command(after_help = "\
Example:
  keyferry-authority --data acme api-token revoke 7Q2K-9MPX-4RTW-0B3D")]
    Revoke {
        /// Its id, as api-token list shows it
        #[arg(value_name = "ID")]
        id: ApiTokenId,
    },
}

/// Make an API token.
#[derive(Args, Debug)]
#[command(after_help = "\
The secret is shown this once: the authority does not keep it. The program sends it as
Authorization: Bearer SECRET. Permissions are products, entitlements, activations, licenses, keys,
webhooks and settings, each with :read or :write, and audit:read, messages:answer and access:manage.

Examples:
  keyferry-authority --data acme api-token add --name \"Web shop\" --scopes products:read,entitlements:write
  keyferry-authority --data acme api-token add --name \"Night report\" --scopes audit:read --expires 2027-03-31")]
pub struct ApiTokenAdd {
    /// What you call it
    #[arg(long, value_name = "NAME", value_parser = text::<120>("name"))]
    pub name: Name,
    /// What it allows
    #[arg(long, required = true, value_name = "A,B", value_delimiter = ',')]
    pub scopes: Vec<String>,
    /// When it ends, at most a year ahead; 90 days from now unless given
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub expires: Option<Timestamp>,
}
