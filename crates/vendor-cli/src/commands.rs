//! The commands, each in the module of its name.

pub(crate) mod activation;
pub(crate) mod entitlement;
pub(crate) mod init;
pub(crate) mod product;
pub(crate) mod receive;

use keyferry_authority::Page;

/// How many entries of a list are read at a time.
const PAGE: u32 = 500;

/// The part of a list after an entry.
fn page_after<K>(after: Option<K>) -> Page<K> {
    Page { after, limit: PAGE }
}
