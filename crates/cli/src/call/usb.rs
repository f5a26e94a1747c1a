//! USB keys, the license files on them, and couriers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use keyferry_terminal::{Destination, Source, duration};
use keyferry_token::Seconds;

/// Check a license file.
#[derive(Args, Debug)]
#[command(after_help = "\
Without a file it is the license file of that program on the USB keys that are plugged in, or on this
computer. The exit code is that of its standing. With a public key the question is only whether that
key signed the file.

Examples:
  keyferry check com.acme.cad
  keyferry check com.acme.cad --license /media/usb/com.acme.cad.lic
  keyferry check com.acme.cad --license cad.lic --public-key vendor.pem")]
pub struct Check {
    /// The product's code or name
    pub product: String,
    /// This license file alone
    #[arg(long, value_name = "FILE")]
    pub license: Option<PathBuf>,
    /// Whether this key (PEM) signed it; needs a license file
    #[arg(long, value_name = "FILE", requires = "license")]
    pub public_key: Option<PathBuf>,
}

/// USB keys.
#[derive(Debug, Subcommand)]
pub enum Usb {
    /// List the USB keys that are plugged in
    #[command(after_help = "\
Example:
  keyferry usb list --json")]
    List,
    /// Tell when a USB key comes, changes or goes
    #[command(after_help = "\
Examples:
  keyferry usb watch
  keyferry usb watch --for 1h --json")]
    Watch {
        /// End after this long
        #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
        length: Option<Seconds>,
    },
    /// Print the id of a USB key, for the vendor to make a license for it
    #[command(after_help = "\
Examples:
  keyferry usb id /media/usb
  keyferry usb id /media/usb --out key.txt --qr key.png")]
    Id(UsbIdentity),
    /// Put a license file on the USB key that it is bound to
    #[command(after_help = "\
Example:
  keyferry usb put cad.lic /media/usb")]
    Put {
        /// The license file, or - for standard input
        #[arg(value_name = "FILE")]
        file: Source,
        /// The key's id, or where it is mounted
        #[arg(value_name = "KEY")]
        key: String,
        /// Also where other keys may be taken for it
        #[arg(long)]
        allow_weak: bool,
    },
    /// Check the license files on a USB key
    #[command(after_help = "\
Ends with the exit code of the first that does not run.

Example:
  keyferry usb check /media/usb")]
    Check {
        /// The key's id, or where it is mounted
        #[arg(value_name = "KEY")]
        key: String,
    },
}

/// The id of a USB key.
#[derive(Args, Debug)]
pub struct UsbIdentity {
    /// The key's id, or where it is mounted
    #[arg(value_name = "KEY")]
    pub key: String,
    /// Also where other keys may be taken for it
    #[arg(long)]
    pub allow_weak: bool,
    /// A file for it, or a folder; standard output unless given
    #[arg(long, value_name = "FILE")]
    pub out: Option<Destination>,
    /// A picture of it as a QR code
    #[arg(long, value_name = "FILE.png")]
    pub qr: Option<PathBuf>,
}

/// A USB key, or a folder, that carries what several computers send and get.
#[derive(Debug, Subcommand)]
pub enum Courier {
    /// Leave on it what waits here for a vendor
    #[command(after_help = "\
Done again, nothing is there twice. At the vendor keyferry-authority courier answers all of it.

Examples:
  keyferry courier collect /media/usb
  keyferry courier collect /media/usb --dry-run")]
    Collect {
        /// The key's id, where it is mounted, or any folder
        #[arg(value_name = "KEY")]
        key: String,
        /// Only say what would be taken along
        #[arg(long)]
        dry_run: bool,
    },
    /// Take the answers on it that are for this computer
    #[command(after_help = "\
Example:
  keyferry courier deliver /media/usb")]
    Deliver {
        /// The key's id, where it is mounted, or any folder
        #[arg(value_name = "KEY")]
        key: String,
    },
}
