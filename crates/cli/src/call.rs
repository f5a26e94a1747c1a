//! The command line of `keyferry`: names and flags are a promise (`docs/spec/cli.md`).

mod leave;
mod support;
mod usb;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use keyferry_terminal::{Destination, Manner, Source, first_day, text};
use keyferry_token::{Label, LicenseId, Timestamp};

pub(crate) use leave::{Deactivate, Deactivation, Move, ReasonArgument, Reset};
pub(crate) use support::{Clock, ClockCommand, Report};
pub(crate) use usb::{Check, Courier, Usb, UsbIdentity};

/// Licenses for a computer without a network
///
/// A request goes to the vendor and an answer comes back, as a file, as text or as a QR code.
#[derive(Debug, Parser)]
#[command(name = "keyferry", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Call {
    /// Keep everything in this folder instead of your own
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help_heading = "Options of every command"
    )]
    pub home: Option<PathBuf>,
    /// How to answer.
    #[command(flatten)]
    pub manner: Manner,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
An activation, from nothing:
  keyferry vendor add acme.kfv --fingerprint \"ladder mango ... ocean\"
  keyferry activate AB3D9-7Q2K9-MPX4R-TW0B3-D9KX2 --out request.kft
  keyferry apply answer.kft
  keyferry status

Between the second and the third line request.kft goes to the vendor, and answer.kft comes back.
From then on keyferry status says what can be done, and the command for it.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Vendors: whom this computer trusts
    #[command(subcommand)]
    Vendor(Vendor),
    /// Show what may run, why, and until when
    #[command(after_help = "\
With a product the exit code tells: 0 it runs, 3 not licensed, 4 expired, 5 wrong device,
6 tampered, 7 awaiting the answer, 9 the clock, 10 no USB key, 11 suspended or revoked.

Examples:
  keyferry status
  keyferry status com.acme.cad --json
  keyferry status com.acme.cad --released 2027-03-31")]
    Status {
        /// A product's code or name
        product: Option<String>,
        /// When the version came out that is asked for: whether the license covers it
        #[arg(long, value_name = "DATE", requires = "product", value_parser = first_day)]
        released: Option<Timestamp>,
    },
    /// Make an activation request
    Activate(Activate),
    /// Take what came back from the vendor
    #[command(after_help = "\
Takes files, text and pictures of a QR code; says what each one is and what it did: an answer, a
refresh, the vendor's time, a refusal. Applying something again does no harm. A refusal ends with
the exit code of what the vendor refused for.

Examples:
  keyferry apply answer.kft
  keyferry apply refresh.kft
  keyferry apply photo.jpg
  keyferry apply - <mail.txt")]
    Apply {
        /// What came: a file in any form, or - for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<Source>,
    },
    /// Give up this computer's seat, so that another computer can have it
    Deactivate(Deactivate),
    /// The deactivation that was made here: show it again, confirm its delivery
    #[command(subcommand)]
    Deactivation(Deactivation),
    /// Move the license to another computer in one trip
    Move(Move),
    /// Take an emergency run, which the vendor allowed in advance
    #[command(after_help = "\
For when the lease is over and the vendor cannot be reached. The vendor decides how many runs there
are and how long one lasts; what was taken is told with the next request.

Examples:
  keyferry emergency com.acme.cad
  keyferry emergency com.acme.cad --yes")]
    Emergency {
        /// The product's code or name
        product: String,
        /// Take it without being asked
        #[arg(long)]
        yes: bool,
    },
    /// Show what the clock looks like, or ask the vendor for the time
    Clock(Clock),
    /// Forget a license file that was added to this computer
    #[command(after_help = "\
Its id is told by keyferry check. The same file can be added again; an older one cannot.

Example:
  keyferry forget 7Q2K-9MPX-4RTW-0B3D")]
    Forget {
        /// The id of the license
        license: LicenseId,
    },
    /// Forget what tells this computer from others
    Reset(Reset),
    /// Print the code that tells support how a product stands
    #[command(after_help = "\
Twelve letters and digits to read out on the phone. They say how the product stands and why, until
when, and what changed on the computer; nothing secret, and no name.

Examples:
  keyferry status-code
  keyferry status-code com.acme.cad")]
    StatusCode {
        /// The product's code or name; the one that most needs help unless given
        product: Option<String>,
    },
    /// Write a report for support
    Report(Report),
    /// Show what a file says and who signed it; nothing is changed
    #[command(after_help = "\
Examples:
  keyferry inspect request.kft
  keyferry inspect acme.kfv --json")]
    Inspect {
        /// The file in any form, or - for standard input
        #[arg(value_name = "FILE")]
        file: Source,
    },
    /// Check a license file: who signed it, what it says, and whether the program may run by it
    Check(Check),
    /// USB keys: which are there, their ids, and the license files on them
    #[command(subcommand)]
    Usb(Usb),
    /// Carry what several computers send and get on one USB key
    #[command(subcommand)]
    Courier(Courier),
    /// Show what a license on this computer is bound to
    #[command(after_help = "\
Example:
  keyferry device")]
    Device,
    /// Show where things lie on this computer
    #[command(after_help = "\
Example:
  keyferry paths --json")]
    Paths,
    /// Print a completion script for a shell
    #[command(after_help = "\
Example:
  keyferry completions bash >~/.local/share/bash-completion/completions/keyferry")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Vendors.
#[derive(Debug, Subcommand)]
pub enum Vendor {
    /// Trust a vendor
    Add(VendorAdd),
    /// List the vendors that this computer trusts
    #[command(after_help = "\
Example:
  keyferry vendor list")]
    List,
    /// No longer trust a vendor
    #[command(after_help = "\
Example:
  keyferry vendor remove \"Acme Tools\"")]
    Remove {
        /// The vendor's name or id
        vendor: String,
    },
}

/// Trust a vendor.
#[derive(Args, Debug)]
#[command(after_help = "\
Anyone can write any name into a profile. Twelve words tell one vendor from another: compare them
with those that the vendor publishes, or got to you by a way that you trust.

Examples:
  keyferry vendor add acme.kfv
  keyferry vendor add acme.kfv --fingerprint \"ladder mango ... ocean\"
  keyferry vendor add /mnt/rollout/acme.kfv --trust --no-input")]
pub struct VendorAdd {
    /// The vendor profile, or - for standard input
    #[arg(value_name = "FILE.kfv")]
    pub file: Source,
    /// The vendor's twelve words; four letters of each are enough
    #[arg(long, value_name = "WORDS", conflicts_with = "trust")]
    pub fingerprint: Option<String>,
    /// Trust it without words, because of the way it came
    #[arg(long)]
    pub trust: bool,
}

/// Where a token that goes to the vendor is put.
#[derive(Args, Debug)]
pub struct Place {
    /// The file for it, or a folder; standard output unless given
    #[arg(long, value_name = "FILE")]
    pub out: Option<Destination>,
    /// A picture of it as a QR code
    #[arg(long, value_name = "FILE.png")]
    pub qr: Option<PathBuf>,
}

/// Make an activation request.
#[derive(Args, Debug)]
#[command(after_help = "\
Asked again, it is the same request. It stays on this computer until it is answered.

Examples:
  keyferry activate AB3D9-7Q2K9-MPX4R-TW0B3-D9KX2 --out request.kft
  keyferry activate AB3D9-7Q2K9-MPX4R-TW0B3-D9KX2 --label \"Lab 3\" --qr request.png --out request.kft
  keyferry activate AB3D9-7Q2K9-MPX4R-TW0B3-D9KX2 --usb /media/usb
  keyferry activate - --no-input <code.txt >request.kft")]
pub struct Activate {
    /// The activation code, with or without dashes; - reads it from standard input
    #[arg(required = true, value_name = "CODE")]
    pub code: Vec<String>,
    /// What the vendor's list calls this computer; its own name unless given
    #[arg(long, value_name = "TEXT", value_parser = text::<40>("computer_name"))]
    pub label: Option<Label>,
    /// Where to put it.
    #[command(flatten)]
    pub place: Place,
    /// Leave it on this USB key or in this folder, as a courier
    #[arg(long, value_name = "KEY")]
    pub usb: Option<String>,
    /// Make a new request instead of the one that is waiting
    #[arg(long)]
    pub new: bool,
}
