//! Lists, a part at a time: where the next one begins is told by a cursor that only this vendor's
//! portals can make and read.

use axum::http::StatusCode;
use keyferry_authority::Page;
use keyferry_catalogue::Code;

use super::problem::told;
use crate::{Portal, trouble::Trouble};

/// How many entries a part has where nothing is said.
const USUAL: u32 = 50;
/// The most that it may have.
pub(super) const MOST: u32 = 200;

/// The longest text that is looked for.
const LONGEST: usize = 200;

/// What is looked for in a list, if anything.
///
/// # Errors
/// `parameter_refused`.
pub(super) fn searched(text: Option<&String>) -> Result<Option<String>, Trouble> {
    match text {
        Some(text) if text.chars().count() > LONGEST => {
            Err(super::problem::parameter_refused("search"))
        }
        text => Ok(text.cloned()),
    }
}

/// A list with its filters: a cursor counts for these only.
pub(crate) struct List<'p> {
    portal: &'p Portal,
    name: String,
}

impl<'p> List<'p> {
    /// `filters` are all values that make this list another one.
    pub(crate) fn new(portal: &'p Portal, name: &str, filters: &[Option<&str>]) -> Self {
        let filters = filters.iter().map(|filter| {
            filter.map_or_else(|| "-".to_owned(), |text| format!("{}:{text}", text.len()))
        });
        let name = std::iter::once(name.to_owned()).chain(filters);
        Self {
            portal,
            name: name.collect::<Vec<_>>().join("\n"),
        }
    }

    /// The part that is asked for.
    ///
    /// # Errors
    /// `cursor_refused`, `parameter_refused`.
    pub(crate) fn page<const N: usize, K>(
        &self,
        cursor: Option<&str>,
        limit: Option<u32>,
        key: impl Fn([u8; N]) -> K,
    ) -> Result<Page<K>, Trouble> {
        let refused = || Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, Code::CursorRefused);
        let after = cursor
            .map(|text| {
                let read = self.portal.authority().read_cursor(&self.name, text);
                let read = read.and_then(|bytes| bytes.try_into().ok());
                read.map(&key).ok_or_else(refused)
            })
            .transpose()?;
        let limit = limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(super::problem::parameter_refused("limit"));
        }
        Ok(Page { after, limit })
    }

    /// Where the next part begins.
    ///
    /// # Errors
    /// `system_failure`.
    pub(crate) fn next(&self, after: Option<impl AsRef<[u8]>>) -> Result<Option<String>, Trouble> {
        let cursor = after.map(|next| self.portal.authority().cursor(&self.name, next.as_ref()));
        cursor.transpose().map_err(|fault| told(fault.problem()))
    }
}
