//! What the vendor says of itself.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use keyferry_terminal::{colour, text};
use keyferry_token::{Colour, Name};

/// The vendor itself.
#[derive(Debug, Subcommand)]
pub enum Vendor {
    /// Show what the vendor profile says: name, support, portal, colour, logo, and the twelve words
    #[command(after_help = "\
Example:
  keyferry-authority --data acme vendor show")]
    Show,
    /// Change what the vendor profile says of you
    Change(Box<VendorChange>),
}

/// Change what the vendor profile says of the vendor.
#[derive(Args, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
#[command(
    group = ArgGroup::new("what").required(true).multiple(true).args([
        "name", "support", "no_support", "portal", "no_portal", "colour", "no_colour", "logo", "no_logo",
    ]),
    after_help = "\
What is not named stays as it is. The vendor profile is signed anew: hand it out again. Those who trust
it already see the change once they have the new one; the twelve words stay the same.

Examples:
  keyferry-authority --data acme vendor change --support \"help@acme.example\" --colour \"#1a5fb4\" --logo acme.png
  keyferry-authority --data acme vendor change --portal https://licenses.acme.example"
)]
pub struct VendorChange {
    /// Your name, as customers know it
    #[arg(long, value_name = "NAME", value_parser = text::<120>("vendor"))]
    pub name: Option<Name>,
    /// How customers reach your support: an address, a number, a sentence
    #[arg(long, value_name = "TEXT", value_parser = text::<120>("support"))]
    pub support: Option<Name>,
    /// Name no support any more
    #[arg(long, conflicts_with = "support")]
    pub no_support: bool,
    /// The web address that answers requests; a request's QR code then leads a phone there
    #[arg(long, value_name = "URL")]
    pub portal: Option<String>,
    /// Name no portal any more
    #[arg(long, conflicts_with = "portal")]
    pub no_portal: bool,
    /// Your colour, for the portal and the window: a hash sign and six digits
    #[arg(long, value_name = "COLOUR", value_parser = colour)]
    pub colour: Option<Colour>,
    /// Have no colour any more
    #[arg(long, conflicts_with = "colour")]
    pub no_colour: bool,
    /// Your logo: a PNG picture of at most 32 KiB and 1024 pixels each way
    #[arg(long, value_name = "FILE.png")]
    pub logo: Option<PathBuf>,
    /// Have no logo any more
    #[arg(long, conflicts_with = "logo")]
    pub no_logo: bool,
}
