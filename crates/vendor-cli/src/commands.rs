//! The commands, each in the module of its name.

pub(crate) mod account;
pub(crate) mod activation;
mod answers;
pub(crate) mod api_token;
pub(crate) mod audit;
pub(crate) mod backup;
mod bulk;
pub(crate) mod courier;
pub(crate) mod entitlement;
pub(crate) mod init;
pub(crate) mod key;
pub(crate) mod license;
pub(crate) mod privacy;
pub(crate) mod product;
pub(crate) mod receive;
pub(crate) mod refresh;
mod remedy;
pub(crate) mod restore;
pub(crate) mod serve;
pub(crate) mod status_code;
pub(crate) mod vendor;

use keyferry_authority::Page;
use keyferry_catalogue::{Holds, Problem};
use keyferry_picture::qr_text;
use keyferry_terminal::{Failure, LANGUAGE, Source, Terminal};
use keyferry_token::Timestamp;

/// How many entries of a list are read at a time.
const PAGE: u32 = 500;

/// The part of a list after an entry.
fn page_after<K>(after: Option<K>) -> Page<K> {
    Page { after, limit: PAGE }
}

/// A time as people read it.
fn spoken(at: Timestamp) -> String {
    Holds::Time.in_words(&at.to_string(), LANGUAGE)
}

/// What is in a file, or in the QR code of a picture.
fn read(terminal: &mut Terminal<'_, '_>, file: &Source) -> Result<Vec<u8>, Failure> {
    let bytes = terminal.read(file)?;
    match qr_text(&bytes) {
        Some(text) => Ok(text.map_err(Problem::from)?.into_bytes()),
        None => Ok(bytes),
    }
}
