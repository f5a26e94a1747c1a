//! Giving a seat up: deactivation, move, and what makes an image of a disk safe.

use clap::{Args, Subcommand, ValueEnum};
use keyferry_terminal::Source;
use keyferry_token::DeactivationReason;

use super::Place;

/// Give up this computer's seat.
#[derive(Args, Debug)]
#[command(after_help = "\
The program stops running here for good, and only then the deactivation is written. It is kept and
can be shown again until its delivery is confirmed. The seat becomes free when the vendor has it.

Examples:
  keyferry deactivate com.acme.cad --dry-run
  keyferry deactivate com.acme.cad --yes --out /media/usb/
  keyferry deactivate com.acme.cad --yes --reason repair --qr deactivation.png --out deactivation.kft")]
pub struct Deactivate {
    /// The product's code or name
    pub product: String,
    /// Do it without being asked
    #[arg(long)]
    pub yes: bool,
    /// Why; the vendor is told
    #[arg(long, value_enum, default_value_t = ReasonArgument::Other)]
    pub reason: ReasonArgument,
    /// Where to put it.
    #[command(flatten)]
    pub place: Place,
    /// Only say what would happen
    #[arg(long)]
    pub dry_run: bool,
}

/// Why a computer gives its seat up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReasonArgument {
    /// The license moves to another computer
    Moving,
    /// The program is not needed here any more
    NotNeeded,
    /// The computer is going to be repaired or replaced
    Repair,
    /// Another reason
    Other,
}

impl From<ReasonArgument> for DeactivationReason {
    fn from(reason: ReasonArgument) -> Self {
        match reason {
            ReasonArgument::Moving => Self::Moving,
            ReasonArgument::NotNeeded => Self::NotNeeded,
            ReasonArgument::Repair => Self::Repair,
            ReasonArgument::Other => Self::Other,
        }
    }
}

/// The deactivation that was made here.
#[derive(Debug, Subcommand)]
pub enum Deactivation {
    /// Show it again
    #[command(after_help = "\
Examples:
  keyferry deactivation show com.acme.cad --out /media/usb/
  keyferry deactivation show com.acme.cad >deactivation.kft")]
    Show {
        /// The product's code or name
        product: String,
        /// Where to put it.
        #[command(flatten)]
        place: Place,
    },
    /// Confirm that the vendor has it
    #[command(after_help = "\
Nothing comes back from the vendor, so a person has to say it.

Example:
  keyferry deactivation delivered com.acme.cad")]
    Delivered {
        /// The product's code or name
        product: String,
    },
}

/// Move the license to another computer.
#[derive(Args, Debug)]
#[command(after_help = "\
Make an activation request on the new computer and bring it here. It goes into one file with this
computer's deactivation; the vendor frees the seat and gives it to the new computer in one go.

If this computer does not start any more there is nothing to be done here: activate the new one;
where no seat is free, have the vendor release the lost one.

Examples:
  keyferry move com.acme.cad --request new.kft --dry-run
  keyferry move com.acme.cad --request new.kft --yes --out both.kft
  keyferry move com.acme.cad --yes --out /media/usb/")]
pub struct Move {
    /// The product's code or name
    pub product: String,
    /// The activation request of the new computer, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub request: Option<Source>,
    /// Do it without being asked
    #[arg(long)]
    pub yes: bool,
    /// Where to put it.
    #[command(flatten)]
    pub place: Place,
    /// Only say what would happen
    #[arg(long)]
    pub dry_run: bool,
}

/// Forget what tells this computer from others.
#[derive(Args, Debug)]
#[command(after_help = "\
Before an image of this disk is taken: keys, counters and what was sent are forgotten, so that each
computer made from the image has keys of its own. Trusted vendors stay. A product that is activated
here has to be deactivated first.

Example:
  keyferry reset --before-imaging --yes")]
pub struct Reset {
    /// What it is for; there is no other reason to forget it all
    #[arg(long, required = true)]
    pub before_imaging: bool,
    /// Do it without being asked
    #[arg(long)]
    pub yes: bool,
}
