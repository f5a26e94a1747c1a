//! Personal data: for how long it is kept, and what is removed when somebody asks for it.

use clap::{Args, Subcommand};
use keyferry_terminal::{ArgumentFault, duration};
use keyferry_token::{ActivationId, Seconds};

use super::EntitlementName;

/// For how long something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// For this long.
    For(Seconds),
    /// For good.
    Forever,
}

fn kept(text: &str) -> Result<Kept, ArgumentFault> {
    match text {
        "forever" => Ok(Kept::Forever),
        other => duration(other).map(Kept::For),
    }
}

/// Show or set for how long personal data is kept.
#[derive(Args, Debug)]
#[command(after_help = "\
Network addresses lie beside the audit log, which has digests of them. Older ones are removed now, and from
then on by each program that is at work on the books. The log stays as proven as it was.

Examples:
  keyferry-authority --data acme retention
  keyferry-authority --data acme retention --addresses 30d")]
pub struct Retention {
    /// For how long network addresses are kept: a duration, or forever
    #[arg(long, value_name = "DURATION", value_parser = kept)]
    pub addresses: Option<Kept>,
}

/// Remove personal data.
#[derive(Debug, Subcommand)]
pub enum Erase {
    /// Of an entitlement: the holder's name, the names of its computers, their addresses
    #[command(after_help = "\
The entitlement and its computers go on. A computer tells its name again with its next request. License
files are not changed: each is a signed document that others hold.

Example:
  keyferry-authority --data acme erase entitlement 7Q2K-9MPX-4RTW-0B3D --yes")]
    Entitlement {
        /// Which one.
        #[command(flatten)]
        name: EntitlementName,
        /// Do it without being asked
        #[arg(long)]
        yes: bool,
    },
    /// Of an activation: the name of its computer and its addresses
    #[command(after_help = "\
Example:
  keyferry-authority --data acme erase activation 7Q2K-9MPX-4RTW-0B3D --yes")]
    Activation {
        /// The activation's id
        #[arg(value_name = "ACTIVATION")]
        id: ActivationId,
        /// Do it without being asked
        #[arg(long)]
        yes: bool,
    },
}
