//! License files: made, made anew, stopped.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use keyferry_terminal::{
    Destination, Source, date, duration_or_none, feature, first_day, product, text, usb_id,
};
use keyferry_token::{Feature, LicenseId, Name, ProductCode, Seconds, Timestamp, UsbId};

/// License files.
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    group = ArgGroup::new("bound").required(true).args(["usb", "device", "unbound"]),
    after_help = "\
A license is a file that everyone can read and only you can make. Bound to a USB key it goes from
computer to computer with that key; the customer tells you the key's id, which keyferry usb id shows.
Bound to a computer it needs an activation request (.kft) that was made there for the product. The
product has to be one with --offline.

Examples:
  keyferry-authority --data acme license --product com.acme.cad --usb 0781:5581:4C53%3A0001:30752000000 --expires 2027-12-31 --out cad.lic
  keyferry-authority --data acme license --product com.acme.cad --device request.kft --holder \"Example Works\" --out cad.lic
  keyferry-authority --data acme license --product com.acme.cad --unbound --features export --expires 2027-03-31 --grace 14d >trial.lic"
)]
pub struct License {
    /// The license to make.
    #[command(flatten)]
    pub new: Option<LicenseNew>,
    /// What it is bound to.
    #[command(flatten)]
    pub anchor: Anchor,
    /// What else to do.
    #[command(subcommand)]
    pub task: Option<LicenseTask>,
}

/// A license to make.
#[derive(Args, Debug)]
pub struct LicenseNew {
    /// The product's code
    #[arg(long, value_name = "CODE", value_parser = product)]
    pub product: ProductCode,
    /// When it ends; a date means the end of that day, UTC; without it, never
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub expires: Option<Timestamp>,
    /// From when it counts; a date means the beginning of that day, UTC; from now unless given
    #[arg(long, value_name = "DATE", value_parser = first_day)]
    pub starts: Option<Timestamp>,
    /// The features it grants; without any, all of the product
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = feature)]
    pub features: Vec<Feature>,
    /// The edition
    #[arg(long, value_name = "NAME", value_parser = text::<120>("edition"))]
    pub edition: Option<Name>,
    /// Who holds it
    #[arg(long, value_name = "NAME", value_parser = text::<120>("holder"))]
    pub holder: Option<Name>,
    /// How long the program runs on after the end; that of the product unless given
    #[arg(long, value_name = "DURATION", requires = "expires", value_parser = duration_or_none)]
    pub grace: Option<Seconds>,
    /// The file for the license, or a folder; standard output unless given
    #[arg(long, value_name = "FILE")]
    pub out: Option<Destination>,
}

/// What a license is bound to.
#[derive(Args, Debug)]
pub struct Anchor {
    /// Bind it to the USB key with this id
    #[arg(long, value_name = "ID", conflicts_with_all = ["device", "unbound"], value_parser = usb_id)]
    pub usb: Option<UsbId>,
    /// Bind it to the computer that made this activation request, in any form (- for standard input)
    #[arg(long, value_name = "FILE", conflicts_with = "unbound")]
    pub device: Option<Source>,
    /// Bind it to nothing: whoever has a copy can use it
    #[arg(long)]
    pub unbound: bool,
    /// Take a USB key whose serial number others may have as well
    #[arg(long, requires = "usb", conflicts_with_all = ["device", "unbound"])]
    pub allow_weak: bool,
}

/// What else to do with licenses.
#[derive(Debug, Subcommand)]
pub enum LicenseTask {
    /// Make a license for each row of a list
    Bulk(LicenseBulk),
    /// List the licenses, the newest first
    #[command(after_help = "\
Examples:
  keyferry-authority --data acme license list
  keyferry-authority --data acme license list --product com.acme.cad")]
    List {
        /// Of this product only
        #[arg(long, value_name = "CODE", value_parser = product)]
        product: Option<ProductCode>,
    },
    /// Show a license: what it says, and every file that was made of it
    #[command(after_help = "\
Example:
  keyferry-authority --data acme license show 7Q2K-9MPX-4RTW-0B3D")]
    Show {
        /// The license id
        id: LicenseId,
    },
    /// Make another file of it, which takes the place of the earlier ones
    Reissue(LicenseReissue),
    /// Suspend it: the file that is made says so to every computer that it reaches
    #[command(after_help = "\
A copy that never sees the newer file runs to its end.

Example:
  keyferry-authority --data acme license suspend 7Q2K-9MPX-4RTW-0B3D --out cad.lic")]
    Suspend(LicenseName),
    /// Put a suspended license in force again
    #[command(after_help = "\
Example:
  keyferry-authority --data acme license reinstate 7Q2K-9MPX-4RTW-0B3D --out cad.lic")]
    Reinstate(LicenseName),
    /// Revoke it for good: nothing brings it back
    #[command(after_help = "\
A copy that never sees the newer file runs to its end. To stop it for a while only, suspend it.

Example:
  keyferry-authority --data acme license revoke 7Q2K-9MPX-4RTW-0B3D --out cad.lic")]
    Revoke(LicenseName),
}

/// Make a license for each row of a list.
#[derive(Args, Debug)]
#[command(after_help = "\
FILE is a list as spreadsheets export it (CSV). Its first row names the columns: product; one of usb,
device and unbound; and what else there is of allow_weak, expires, starts, features, edition, holder,
grace and reference. The license files go to DIR, with results.csv, which has a row for each row of
FILE. Rows that cannot be made are named there and passed over.

Stopped or cut off, it goes on when the same command is given again: no row gets a second license.

Examples:
  keyferry-authority --data acme license bulk keys.csv --out licenses --dry-run
  keyferry-authority --data acme license bulk keys.csv --out licenses
  keyferry-authority --data acme license bulk - --out licenses --ignore-columns --json <orders.csv")]
pub struct LicenseBulk {
    /// The list (- for standard input)
    #[arg(value_name = "FILE")]
    pub list: Source,
    /// The folder for the license files and the results; it is made where it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "dry_run")]
    pub out: Option<PathBuf>,
    /// How the list is taken.
    #[command(flatten)]
    pub manner: BulkManner,
}

/// How a list is taken.
#[derive(Args, Clone, Copy, Debug)]
pub struct BulkManner {
    /// Check every row and make nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Pass over columns that mean nothing here
    #[arg(long)]
    pub ignore_columns: bool,
}

/// How a license is named, and where its file goes.
#[derive(Args, Debug)]
pub struct LicenseName {
    /// The license id
    pub id: LicenseId,
    /// The file for the license, or a folder; standard output unless given
    #[arg(long, value_name = "FILE")]
    pub out: Option<Destination>,
}

/// Make another file of a license.
#[derive(Args, Debug)]
#[command(after_help = "\
What is not named stays. Wherever the new file has been seen, the earlier ones count no longer.

Examples:
  keyferry-authority --data acme license reissue 7Q2K-9MPX-4RTW-0B3D --expires 2028-12-31 --out cad.lic
  keyferry-authority --data acme license reissue 7Q2K-9MPX-4RTW-0B3D --usb 0951:1666:60A44C3FAE22B1:15500000000 --out cad.lic
  keyferry-authority --data acme license reissue 7Q2K-9MPX-4RTW-0B3D --perpetual --features export,render --out cad.lic")]
pub struct LicenseReissue {
    /// Which one, and where to.
    #[command(flatten)]
    pub name: LicenseName,
    /// What it is bound to from now on.
    #[command(flatten)]
    pub anchor: Anchor,
    /// When it ends from now on; a date means the end of that day, UTC
    #[arg(long, value_name = "DATE", conflicts_with = "perpetual", value_parser = date)]
    pub expires: Option<Timestamp>,
    /// Let it never end
    #[arg(long)]
    pub perpetual: bool,
    /// The features it grants from now on
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = feature)]
    pub features: Vec<Feature>,
}
