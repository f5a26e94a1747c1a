//! Seats: what computers send, and the activations that hold them.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use keyferry_terminal::{Destination, Source, product};
use keyferry_token::{ActivationId, ProductCode};

/// Take what computers send.
#[derive(Args, Debug)]
#[command(after_help = "\
Takes activation requests, deactivations, requests for the time and status reports, in any form and
order. Deactivations come first, so that a seat that one computer gives up can go to another. What is
brought again gets the same answer again and takes no second seat. A refusal is written like an
answer, for the computer to read.

Examples:
  keyferry-authority --data acme receive request.kft --out answer.kft
  keyferry-authority --data acme receive stick/a.kft stick/b.kft --out answers
  keyferry-authority --data acme receive - <mail.txt >answer.kft")]
pub struct Receive {
    /// What came: a file in any form, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<Source>,
    /// The file for the answer, or the folder for several; standard output unless given
    #[arg(long, value_name = "FILE|DIR")]
    pub out: Option<Destination>,
}

/// Answer everything that a courier brings.
#[derive(Args, Debug)]
#[command(after_help = "\
A courier is a USB key, or any folder, in which computers left what they send. Deactivations come
first. Answers and refusals go back on it, and a sheet for people with a row for each computer: print
it and tick it off. Run again, everything gets the same answer again.

Examples:
  keyferry-authority --data acme courier /media/usb
  keyferry-authority --data acme courier /media/usb --sheet results.html")]
pub struct Courier {
    /// Where it is mounted, or the folder
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// A file for the sheet, beside the one on the courier
    #[arg(long, value_name = "FILE")]
    pub sheet: Option<Destination>,
}

/// Give a computer a new lease without being asked.
#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("whom").required(true).args(["activation", "entitlement"]),
    after_help = "\
The activation has to hold its seat. Where its entitlement is suspended or revoked the refresh says
so, and the program stops on the computer that takes it.

With --entitlement every computer that holds a seat of it gets one, each in a file of its own in DIR,
with results.csv, which says which file is whose. Stopped or cut off, it goes on when the same command
is given again.

Examples:
  keyferry-authority --data acme activation list
  keyferry-authority --data acme refresh 7Q2K-9MPX-4RTW-0B3D --out refresh.kft
  keyferry-authority --data acme refresh --entitlement 7Q2K-9MPX-4RTW-0B3D --out refreshes"
)]
pub struct Refresh {
    /// The activation id
    #[arg(value_name = "ACTIVATION")]
    pub activation: Option<ActivationId>,
    /// Every computer of this entitlement: its activation code or its id; - reads it from standard input
    #[arg(long, value_name = "CODE", requires = "out")]
    pub entitlement: Option<String>,
    /// The file for the refresh, or a folder; standard output unless given
    #[arg(long, value_name = "FILE|DIR")]
    pub out: Option<Destination>,
}

/// Activations.
#[derive(Debug, Subcommand)]
pub enum Activation {
    /// List the activations
    #[command(after_help = "\
Examples:
  keyferry-authority --data acme activation list
  keyferry-authority --data acme activation list --product com.acme.cad")]
    List {
        /// Of this product only
        #[arg(long, value_name = "CODE", value_parser = product)]
        product: Option<ProductCode>,
    },
    /// Show an activation: how it came about, what it got, who held its seat before
    #[command(after_help = "\
Example:
  keyferry-authority --data acme activation show 7Q2K-9MPX-4RTW-0B3D")]
    Show {
        /// The activation id
        #[arg(value_name = "ACTIVATION")]
        id: ActivationId,
    },
    /// Free the seat of a computer that is lost or dead
    #[command(after_help = "\
The computer is blocked for this entitlement until it is allowed again. Where it still starts, it may
run until its lease is over, but gets no refresh. How often this can be done is limited by --lost of
the product.

Example:
  keyferry-authority --data acme activation release-lost 7Q2K-9MPX-4RTW-0B3D --yes")]
    ReleaseLost {
        /// The activation id
        #[arg(value_name = "ACTIVATION")]
        id: ActivationId,
        /// Do it without being asked
        #[arg(long)]
        yes: bool,
    },
    /// Allow the computer of a released activation again
    #[command(after_help = "\
It can then be activated with a seat that is free; it does not get its old seat back.

Example:
  keyferry-authority --data acme activation allow-again 7Q2K-9MPX-4RTW-0B3D")]
    AllowAgain {
        /// The activation id
        #[arg(value_name = "ACTIVATION")]
        id: ActivationId,
    },
}
