//! What is sold: products and entitlements.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use keyferry_authority::Policy;
use keyferry_terminal::{Source, date, duration, duration_or_none, feature, product, text};

use super::license::BulkManner;
use keyferry_token::{Feature, Name, ProductCode, Seconds, Timestamp};

/// Products.
#[derive(Debug, Subcommand)]
pub enum Product {
    /// Add a product
    Add(ProductAdd),
    /// Change a product: its name, and what its leases and seats allow
    Change(ProductChange),
    /// Add or change one for each row of a list
    Import(ProductImport),
    /// List the products
    #[command(after_help = "\
Example:
  keyferry-authority --data acme product list")]
    List,
}

/// Add a product.
#[derive(Args, Debug)]
#[command(after_help = "\
Adding a product writes DIR/vendor.kfv anew: hand it out again.

Examples:
  keyferry-authority --data acme product add com.acme.cad --name \"Acme CAD\" --features export,render --offline --grace 7d
  keyferry-authority --data acme product add com.acme.lab --name \"Acme Lab\" --offline --emergency 3d --emergency-uses 2
  keyferry-authority --data acme product add com.acme.pos --name \"Acme Till\" --offline --moves 2 --lost 1")]
pub struct ProductAdd {
    /// Its code, like a web address backwards: com.acme.cad
    #[arg(value_parser = product)]
    pub code: ProductCode,
    /// Its name, as customers know it
    #[arg(long, value_name = "NAME", value_parser = text::<120>("product"))]
    pub name: Name,
    /// The features that entitlements may grant; without any they may grant all
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = feature)]
    pub features: Vec<Feature>,
    /// Let computers without a network be activated
    #[arg(long)]
    pub offline: bool,
    /// How long it runs on after a lease
    #[arg(long, value_name = "DURATION", default_value = "0d", value_parser = duration_or_none)]
    pub grace: Seconds,
    /// Allow emergency runs of this length, for when a lease is over and nobody can be reached
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub emergency: Option<Seconds>,
    /// How many emergency runs each lease allows
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u8).range(1..),
        requires = "emergency"
    )]
    pub emergency_uses: u8,
    /// Allow them also where a computer has changed too much
    #[arg(long, requires = "emergency")]
    pub emergency_on_other_device: bool,
    /// How often in a year a seat may pass to a computer that was set up anew; 0 for never
    #[arg(long, value_name = "N", default_value_t = Policy::default().rebinds)]
    pub rebinds: u32,
    /// How often in a year a seat may be given up and be free at once; 0 for never
    #[arg(long, value_name = "N", default_value_t = Policy::default().moves)]
    pub moves: u32,
    /// How many seats of an entitlement may be released in a year without their computers
    #[arg(long, value_name = "N", default_value_t = Policy::default().lost)]
    pub lost: u32,
}

/// Add or change a product for each row of a list.
#[derive(Args, Debug)]
#[command(after_help = "\
FILE is a list as spreadsheets and other systems export it (CSV). Its first row names the columns:
product, which is the code, and what else there is of name, features, offline, grace, emergency,
emergency_uses, emergency_on_other_device, rebinds, moves and lost. A product that is there is changed
to what its row says now. A column that is not there leaves things as they are.

Examples:
  keyferry-authority --data acme product import products.csv --dry-run
  keyferry-authority --data acme product import products.csv --out results.csv")]
pub struct ProductImport {
    /// The list (- for standard input)
    #[arg(value_name = "FILE")]
    pub list: Source,
    /// A file for what came of each row
    #[arg(long, value_name = "RESULTS")]
    pub out: Option<PathBuf>,
    /// How the list is taken.
    #[command(flatten)]
    pub manner: BulkManner,
}

/// Change a product.
#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("changes").required(true).multiple(true).args([
        "name", "grace", "offline", "no_offline", "emergency", "no_emergency", "rebinds", "moves",
        "lost",
    ]),
    after_help = "\
What is not named stays as it is. Computers get what their leases allow with their next lease or
refresh. Another name writes DIR/vendor.kfv anew: hand it out again.

Examples:
  keyferry-authority --data acme product change com.acme.cad --moves 8 --lost 3
  keyferry-authority --data acme product change com.acme.cad --name \"Acme CAD 2\" --grace 14d
  keyferry-authority --data acme product change com.acme.lab --emergency 5d --emergency-uses 2
  keyferry-authority --data acme product change com.acme.lab --no-emergency"
)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, and clap sees to those that exclude each other"
)]
pub struct ProductChange {
    /// Its code
    #[arg(value_parser = product)]
    pub code: ProductCode,
    /// Its name, as customers know it
    #[arg(long, value_name = "NAME", value_parser = text::<120>("product"))]
    pub name: Option<Name>,
    /// Let computers without a network be activated
    #[arg(long, conflicts_with = "no_offline")]
    pub offline: bool,
    /// Do not let computers without a network be activated or refreshed any more
    #[arg(long)]
    pub no_offline: bool,
    /// How long it runs on after a lease
    #[arg(long, value_name = "DURATION", value_parser = duration_or_none)]
    pub grace: Option<Seconds>,
    /// Allow emergency runs of this length, on the terms that are named with it
    #[arg(long, value_name = "DURATION", value_parser = duration, conflicts_with = "no_emergency")]
    pub emergency: Option<Seconds>,
    /// How many emergency runs each lease allows
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u8).range(1..),
        requires = "emergency"
    )]
    pub emergency_uses: u8,
    /// Allow them also where a computer has changed too much
    #[arg(long, requires = "emergency")]
    pub emergency_on_other_device: bool,
    /// Allow no emergency runs any more
    #[arg(long)]
    pub no_emergency: bool,
    /// How often in a year a seat may pass to a computer that was set up anew; 0 for never
    #[arg(long, value_name = "N")]
    pub rebinds: Option<u32>,
    /// How often in a year a seat may be given up and be free at once; 0 for never
    #[arg(long, value_name = "N")]
    pub moves: Option<u32>,
    /// How many seats of an entitlement may be released in a year without their computers
    #[arg(long, value_name = "N")]
    pub lost: Option<u32>,
}

/// Entitlements.
#[derive(Debug, Subcommand)]
pub enum Entitlement {
    /// Add an entitlement and get its activation code
    Add(EntitlementAdd),
    /// List the entitlements
    #[command(after_help = "\
Example:
  keyferry-authority --data acme entitlement list --json")]
    List,
    /// Show an entitlement and the computers that hold its seats
    #[command(after_help = "\
Examples:
  keyferry-authority --data acme entitlement show 7Q2K-9MPX-4RTW-0B3D
  keyferry-authority --data acme entitlement show - <code.txt")]
    Show(EntitlementName),
    /// Suspend it: no computer is activated, and those that are learn of it with a refresh
    #[command(after_help = "\
Its computers run on until their leases end, or until they take a refresh.

Example:
  keyferry-authority --data acme entitlement suspend 7Q2K-9MPX-4RTW-0B3D")]
    Suspend(EntitlementName),
    /// Put a suspended entitlement in force again
    #[command(after_help = "\
Computers that have stopped run again with their next refresh.

Example:
  keyferry-authority --data acme entitlement reinstate 7Q2K-9MPX-4RTW-0B3D")]
    Reinstate(EntitlementName),
    /// Revoke it for good: nothing brings it back
    #[command(after_help = "\
Its computers run on until their leases end, or until they take a refresh. To stop them for a while
only, suspend it.

Example:
  keyferry-authority --data acme entitlement revoke 7Q2K-9MPX-4RTW-0B3D")]
    Revoke(EntitlementName),
    /// Give it a new end
    Renew(EntitlementRenew),
    /// Put a new holder secret in the place of one that was lost or stolen
    #[command(after_help = "\
The new secret is shown this once. The old one does nothing any more, and who entered the portal with it is
out of it at once. The activation code stays as it is.

Example:
  keyferry-authority --data acme entitlement holder-secret 7Q2K-9MPX-4RTW-0B3D")]
    HolderSecret(EntitlementName),
    /// Add or change one for each row of a list
    Import(EntitlementImport),
}

/// How an entitlement is named.
#[derive(Args, Debug)]
pub struct EntitlementName {
    /// Its activation code or its id; - reads it from standard input
    #[arg(required = true, value_name = "CODE")]
    pub code: Vec<String>,
}

/// Add or change an entitlement for each row of a list.
#[derive(Args, Debug)]
#[command(after_help = "\
FILE is a list as spreadsheets and other systems export it (CSV). Its first row names the columns:
reference and product, and what else there is of seats, offline_lease, ends, features, holder, trial and maintenance_end. The
reference, such as the number of an order, stands for one entitlement for good: brought again, the row
changes that one to what it says now. A column that is not there leaves things as they are.

RESULTS has a row for each row of FILE, with the activation code and holder secret of what was made.
They are nowhere else: keep it.

Examples:
  keyferry-authority --data acme entitlement import orders.csv --dry-run
  keyferry-authority --data acme entitlement import orders.csv --out codes.csv")]
pub struct EntitlementImport {
    /// The list (- for standard input)
    #[arg(value_name = "FILE")]
    pub list: Source,
    /// The new file for the results and the codes, which only its owner can read
    #[arg(long, value_name = "RESULTS", required_unless_present = "dry_run")]
    pub out: Option<PathBuf>,
    /// How the list is taken.
    #[command(flatten)]
    pub manner: BulkManner,
}

/// Give an entitlement a new end.
#[derive(Args, Debug)]
#[command(after_help = "\
Its computers get the new end with their next refresh or activation. What is suspended stays so.

Examples:
  keyferry-authority --data acme entitlement renew 7Q2K-9MPX-4RTW-0B3D --ends 2028-03-31
  keyferry-authority --data acme entitlement renew 7Q2K-9MPX-4RTW-0B3D --ends 2028-03-31 --offline-lease 90d")]
pub struct EntitlementRenew {
    /// Which one.
    #[command(flatten)]
    pub name: EntitlementName,
    /// When it ends from now on; a date means the end of that day, UTC
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub ends: Timestamp,
    /// How long a computer may work without asking again; as it was unless given
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub offline_lease: Option<Seconds>,
    /// Until when versions that come out are covered; as it was unless given
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub maintenance_end: Option<Timestamp>,
}

/// Add an entitlement.
#[derive(Args, Debug)]
#[command(after_help = "\
The activation code and the holder secret are shown this once: the authority does not keep them.
Give the code to who activates computers, and the secret to who manages the seats.

Examples:
  keyferry-authority --data acme entitlement add --product com.acme.cad --seats 5 --offline-lease 30d
  keyferry-authority --data acme entitlement add --product com.acme.cad --seats 1 --offline-lease 90d --ends 2027-12-31 --holder \"Example Works\"
  keyferry-authority --data acme entitlement add --product com.acme.cad --seats 1 --offline-lease 14d --ends 2027-01-31 --trial")]
pub struct EntitlementAdd {
    /// The product's code
    #[arg(long, value_name = "CODE", value_parser = product)]
    pub product: ProductCode,
    /// How many computers may hold a seat at once
    #[arg(long, value_name = "N")]
    pub seats: NonZeroU32,
    /// How long a computer may work without asking again; needed for activation without a network
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub offline_lease: Option<Seconds>,
    /// When it ends; a date means the end of that day, UTC
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub ends: Option<Timestamp>,
    /// The features it grants; without any, all of the product
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = feature)]
    pub features: Vec<Feature>,
    /// Who bought it
    #[arg(long, value_name = "NAME", value_parser = text::<120>("holder"))]
    pub holder: Option<Name>,
    /// A trial: it needs an end, and a computer gets one of a product
    #[arg(long, requires = "ends")]
    pub trial: bool,
    /// Until when versions that come out are covered; all unless given
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub maintenance_end: Option<Timestamp>,
}
