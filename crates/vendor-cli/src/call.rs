//! The command line of `keyferry-authority`: names and flags are a promise
//! (`docs/spec/cli.md`).

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use keyferry_terminal::{
    Destination, Manner, Source, date, duration, duration_or_none, feature, product, text,
};
use keyferry_token::{ActivationId, Feature, Name, ProductCode, Seconds, Timestamp};

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
  keyferry-authority --data acme receive request.kft --out answer.kft";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up an authority: keys, database, vendor profile
    Init(Init),
    /// What is done with an authority that is there.
    #[command(flatten)]
    Daily(Daily),
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
    /// Products: what is licensed
    #[command(subcommand)]
    Product(Product),
    /// Entitlements: what customers bought
    #[command(subcommand)]
    Entitlement(Entitlement),
    /// Answer what computers ask
    Receive(Receive),
    /// Activations: which computer holds which seat
    #[command(subcommand)]
    Activation(Activation),
}

/// Set up an authority.
#[derive(Args, Debug)]
#[command(after_help = "\
Hand out DIR/vendor.kfv with your program, and publish the twelve words where customers can
compare them. DIR/public.pem is for programs that check licenses.

Examples:
  keyferry-authority --data acme init --vendor \"Acme Tools\"
  keyferry-authority --data acme --passphrase-file pass.txt init --vendor \"Acme Tools\" --portal https://licenses.acme.example")]
pub struct Init {
    /// Your name, as customers know it
    #[arg(long, value_name = "NAME", value_parser = text::<120>("vendor"))]
    pub vendor: Name,
    /// The web address that answers requests; a request's QR code then leads a phone there
    #[arg(long, value_name = "URL")]
    pub portal: Option<String>,
}

/// Products.
#[derive(Debug, Subcommand)]
pub enum Product {
    /// Add a product
    Add(ProductAdd),
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

Example:
  keyferry-authority --data acme product add com.acme.cad --name \"Acme CAD\" --features export,render --offline --grace 7d")]
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
    Show {
        /// Its activation code or its id; - reads it from standard input
        #[arg(required = true, value_name = "CODE")]
        code: Vec<String>,
    },
}

/// Add an entitlement.
#[derive(Args, Debug)]
#[command(after_help = "\
The activation code and the holder secret are shown this once: the authority does not keep them.
Give the code to who activates computers, and the secret to who manages the seats.

Examples:
  keyferry-authority --data acme entitlement add --product com.acme.cad --seats 5 --offline-lease 30d
  keyferry-authority --data acme entitlement add --product com.acme.cad --seats 1 --offline-lease 90d --ends 2027-12-31 --holder \"Example Works\"")]
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
}

/// Answer what computers ask.
#[derive(Args, Debug)]
#[command(after_help = "\
The same request gets the same answer again and takes no second seat.

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
    /// Show an activation and who held its seat before
    #[command(after_help = "\
Example:
  keyferry-authority --data acme activation show 7Q2K-9MPX-4RTW-0B3D")]
    Show {
        /// The activation id
        #[arg(value_name = "ACTIVATION")]
        id: ActivationId,
    },
}
