//! The command line of `keyferry-authority`: names and flags are a promise
//! (`docs/spec/cli.md`).

mod api_token;
mod books;
mod keys;
mod license;
mod people;
mod privacy;
mod seats;
mod serve;
mod sold;
mod support;
mod vendor;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use keyferry_terminal::{Manner, Source, text};
use keyferry_token::Name;

pub(crate) use api_token::{ApiToken, ApiTokenAdd};
pub(crate) use books::{Backup, Restore};
pub(crate) use keys::{Key, KeyRotate, Purpose};
pub(crate) use license::{
    Anchor, BulkManner, License, LicenseBulk, LicenseName, LicenseNew, LicenseReissue, LicenseTask,
};
pub(crate) use people::{Account, AccountNamed, RoleName};
pub(crate) use privacy::{Erase, Kept, Retention};
pub(crate) use seats::{Activation, Courier, Receive, Refresh};
pub(crate) use serve::Serve;
pub(crate) use sold::{
    Entitlement, EntitlementAdd, EntitlementImport, EntitlementName, EntitlementRenew, Product,
    ProductAdd, ProductChange, ProductImport,
};
pub(crate) use support::{Audit, AuditExport, AuditTask, Explain};
pub(crate) use vendor::{Vendor, VendorChange};

/// The vendor's side of Keyferry: products, entitlements and the answers to requests
///
/// An authority is a folder with its keys and its database. Requests come from computers without a
/// network, by file, mail or QR code; the answers go back the same way.
#[derive(Debug, Parser)]
#[command(name = "keyferry-authority", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Call {
    /// The folder of the authority
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help_heading = "Options of every command"
    )]
    pub data: Option<PathBuf>,
    /// The file whose first line unlocks the keys (- for standard input)
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Options of every command"
    )]
    pub passphrase_file: Option<Source>,
    /// The file whose first line is the address of a PostgreSQL database, in place of one in DIR
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Options of every command"
    )]
    pub database_url_file: Option<Source>,
    /// The file to which the profile key was exported, for what signs a vendor profile
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Options of every command"
    )]
    pub profile_key: Option<PathBuf>,
    /// The file whose first line opens the device that the signing key lives in (- for standard input)
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help_heading = "Options of every command"
    )]
    pub pin_file: Option<Source>,
    /// How to answer.
    #[command(flatten)]
    pub manner: Manner,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
A first activation, from nothing:
  keyferry-authority --data acme init --vendor \"Acme Tools\"
  keyferry-authority --data acme product add com.acme.cad --name \"Acme CAD\" --offline
  keyferry-authority --data acme entitlement add --product com.acme.cad --seats 5 --offline-lease 30d
  keyferry-authority --data acme receive request.kft --out answer.kft

A license for a USB key, which needs no activation:
  keyferry-authority --data acme license --product com.acme.cad --usb 0781:5581:4C53%3A0001:30752000000 --out cad.lic

When a customer calls:
  keyferry-authority --data acme status-code AB3D-9KX2-7QRM
  keyferry-authority --data acme activation list
  keyferry-authority --data acme refresh 7Q2K-9MPX-4RTW-0B3D --out refresh.kft

A portal, where customers help themselves:
  keyferry-authority --data acme serve --listen 127.0.0.1:8480";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up an authority: keys, database, vendor profile
    Init(Init),
    /// What is done with an authority that is there.
    #[command(flatten)]
    Daily(Daily),
    /// Bring the books back from a backup, and what the audit log tells of the time since
    Restore(Restore),
    /// Run the portal: web pages for customers and for you
    Serve(Serve),
    /// Print a completion script for a shell
    #[command(after_help = "\
Example:
  keyferry-authority completions bash >~/.local/share/bash-completion/completions/keyferry-authority")]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// What is done with an authority that is there.
#[derive(Debug, Subcommand)]
pub enum Daily {
    /// The vendor itself: name, support, portal, colour, logo
    #[command(subcommand)]
    Vendor(Vendor),
    /// Products: what is licensed
    #[command(subcommand)]
    Product(Product),
    /// Entitlements: what customers bought
    #[command(subcommand)]
    Entitlement(Entitlement),
    /// Take what computers send, and answer it
    Receive(Receive),
    /// Answer everything that a courier brings: one USB key for many computers
    Courier(Courier),
    /// Give a computer a new lease without being asked
    Refresh(Refresh),
    /// Activations: which computer holds which seat
    #[command(subcommand)]
    Activation(Activation),
    /// License files: for a USB key, a computer, or unbound
    License(Box<License>),
    /// Keys: which there are, and how one takes another's place
    #[command(subcommand)]
    Key(Key),
    /// API tokens: what lets a program call the portal's API
    #[command(subcommand)]
    ApiToken(ApiToken),
    /// Accounts: who may sign in at the portal, as what
    #[command(subcommand)]
    Account(Account),
    /// Explain the code that a customer reads out
    StatusCode(Explain),
    /// The audit log: what was done, for whom, on whose word
    Audit(Audit),
    /// Write the books to a file, while programs are at work on them
    Backup(Backup),
    /// For how long personal data is kept
    Retention(Retention),
    /// Remove personal data that somebody has a right to have removed
    #[command(subcommand)]
    Erase(Erase),
}

/// Set up an authority.
#[derive(Args, Debug)]
#[command(after_help = "\
Hand out DIR/vendor.kfv with your program, and publish the twelve words where customers can
compare them. DIR/public.pem is for programs that check licenses.

Examples:
  keyferry-authority --data acme init --vendor \"Acme Tools\"
  keyferry-authority --data acme --passphrase-file pass.txt init --vendor \"Acme Tools\" --portal https://licenses.acme.example --admin ada
  keyferry-authority --data acme --pin-file pin.txt init --vendor \"Acme Tools\" --pkcs11 /usr/lib/softhsm/libsofthsm2.so --token acme")]
pub struct Init {
    /// Your name, as customers know it
    #[arg(long, value_name = "NAME", value_parser = text::<120>("vendor"))]
    pub vendor: Name,
    /// The web address that answers requests; a request's QR code then leads a phone there
    #[arg(long, value_name = "URL")]
    pub portal: Option<String>,
    /// The name with which the first admin signs in at the portal: prints the link to begin with
    #[arg(long, value_name = "NAME")]
    pub admin: Option<String>,
    /// Make the signing key in a device that speaks PKCS#11: the library for it
    #[arg(long, value_name = "MODULE", requires = "token")]
    pub pkcs11: Option<PathBuf>,
    /// The label of the token in that device
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    pub token: Option<String>,
}
