//! Getting help: the clock and the report.

use clap::{Args, Subcommand};
use keyferry_terminal::Destination;

use super::Place;

/// What the clock looks like.
#[derive(Args, Debug)]
#[command(after_help = "\
Ends with 9 when the clock is behind for a product here.

Examples:
  keyferry clock
  keyferry clock request --out /media/usb/")]
pub struct Clock {
    /// What to do about it.
    #[command(subcommand)]
    pub command: Option<ClockCommand>,
}

/// What to do about the clock.
#[derive(Debug, Subcommand)]
pub enum ClockCommand {
    /// Ask the vendor for a signed time
    #[command(after_help = "\
For a clock that is right and is held to be behind, because it once was far ahead. Set the clock
first: a clock that is really behind mends itself then.

Examples:
  keyferry clock request --out time-request.kft
  keyferry clock request com.acme.cad --qr time-request.png --out time-request.kft")]
    Request {
        /// The product's code or name; the one that the clock blocks unless given
        product: Option<String>,
        /// Where to put it.
        #[command(flatten)]
        place: Place,
    },
}

/// A report for support.
#[derive(Args, Debug)]
#[command(after_help = "\
It can be read before it is passed on, and holds nothing secret: no activation code, no key, no
serial number. With --token a sealed status report is written too, which only the vendor can read.

Examples:
  keyferry report
  keyferry report --out report.txt
  keyferry report --out report.txt --token status.kft com.acme.cad")]
pub struct Report {
    /// The product that the status report is about, by code or name; needed where there are several
    #[arg(requires = "token")]
    pub product: Option<String>,
    /// The file for the report, or a folder; standard output unless given
    #[arg(long, value_name = "FILE")]
    pub out: Option<Destination>,
    /// The file for a status report that only the vendor can read
    #[arg(long, value_name = "FILE")]
    pub token: Option<Destination>,
}
