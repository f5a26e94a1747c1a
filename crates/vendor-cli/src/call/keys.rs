//! The vendor's keys: listed, replaced, retired, taken out.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use keyferry_authority::Rotation;
use keyferry_terminal::{Source, duration};
use keyferry_token::{KeyId, Seconds};

/// The vendor's keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// List the keys: what for, in which state, since when, where they are
    #[command(after_help = "\
Example:
  keyferry-authority --data acme key list")]
    List,
    /// Put a new key in the place of the one in use
    Rotate(KeyRotate),
    /// End what a replaced key still does
    #[command(after_help = "\
An exchange key then opens nothing any more. What a signing key signed counts nowhere any more: every
computer and every license that rests on it needs another answer or file. Without --yes it says what
would be left behind, and changes nothing.

Examples:
  keyferry-authority --data acme key retire 0123456789abcdef
  keyferry-authority --data acme key retire 0123456789abcdef --yes")]
    Retire {
        /// The key id, as key list shows it
        #[arg(value_name = "KEY")]
        key: KeyId,
        /// Do it without being asked
        #[arg(long)]
        yes: bool,
    },
    /// Lock the private keys with another passphrase, or with their first one
    #[command(after_help = "\
--passphrase-file has the passphrase that they are locked with now, if they are; --profile-key names a
profile key that was taken out, to lock its file anew as well. Cut off, the same call goes on.

Examples:
  keyferry-authority --data acme key lock --new-passphrase-file pass.txt
  keyferry-authority --data acme --passphrase-file old.txt key lock --new-passphrase-file new.txt")]
    Lock {
        /// The first line of FILE is the new passphrase
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Source,
    },
    /// Take the profile key out, to a file that is kept somewhere else
    #[command(after_help = "\
The file is locked with the passphrase of the authority, which works on without it. What signs a vendor
profile then needs the file: vendor change, product add, a product's new name, key rotate, key retire.

Examples:
  keyferry-authority --data acme --passphrase-file pass.txt key export-profile-key --out /media/usb/profile.key
  keyferry-authority --data acme --passphrase-file pass.txt --profile-key /media/usb/profile.key key rotate signing")]
    #[command(name = "export-profile-key")]
    Export {
        /// The file for the key, where none is yet
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Put a new key in the place of the one in use.
#[derive(Args, Debug)]
#[command(after_help = "\
What an old signing key signed still counts. An old exchange key opens what computers locked for it until
the time given with --opens-for is over. Computers learn of the new keys with their next answer.

Examples:
  keyferry-authority --data acme key rotate signing
  keyferry-authority --data acme key rotate exchange --opens-for 365d
  keyferry-authority --data acme --pin-file pin.txt key rotate signing --pkcs11 /usr/lib/softhsm/libsofthsm2.so --token acme")]
pub struct KeyRotate {
    /// Which key
    pub purpose: Purpose,
    /// How long the old exchange key still opens
    #[arg(long, value_name = "DURATION", default_value_t = Rotation::OPENS_FOR, value_parser = duration)]
    pub opens_for: Seconds,
    /// Make the signing key in a device that speaks PKCS#11: the library for it
    #[arg(long, value_name = "MODULE", requires = "token")]
    pub pkcs11: Option<PathBuf>,
    /// The label of the token in that device
    #[arg(long, value_name = "LABEL", requires = "pkcs11")]
    pub token: Option<String>,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Purpose {
    /// Signs vendor profiles
    Profile,
    /// Signs licenses and answers
    Signing,
    /// Opens what computers lock for you
    Exchange,
}
