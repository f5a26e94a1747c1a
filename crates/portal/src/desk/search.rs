//! Lists that are looked through by words, product and state: what their address asks for, the form that
//! asks for it (`search.html`), and where their next page is.

use std::{fmt::Write as _, str::FromStr};

use keyferry_authority::{Page, Product};
use keyferry_token::ProductCode;

use super::typed::{Choice, products};
use crate::{account::in_query, trouble::Trouble};

/// Entries on a page of a list.
const MOST: u32 = 50;

/// What the address of a list, or of one entry in it, asks for.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    pub(super) q: String,
    #[serde(default)]
    pub(super) product: String,
    /// A state, or what needs attention.
    #[serde(default)]
    pub(super) show: String,
    pub(super) after: Option<String>,
    /// What was just done, by its name.
    pub(super) done: Option<String>,
}

impl Wanted {
    /// The product, where a product can be called that.
    pub(super) fn product(&self) -> Option<ProductCode> {
        ProductCode::new(&self.product).ok()
    }

    /// The state among `all` that has the name.
    pub(super) fn state<S: Copy>(&self, all: &[S], name: fn(S) -> &'static str) -> Option<S> {
        all.iter().copied().find(|state| name(*state) == self.show)
    }

    /// The part of the list.
    pub(super) fn page<I: FromStr>(&self) -> Result<Page<I>, Trouble> {
        let read = |id: &str| id.parse().map_err(|_| Trouble::page_unknown());
        let after = self.after.as_deref().map(read).transpose()?;
        Ok(Page { after, limit: MOST })
    }

    /// The address in the list at `page` that asks for the same, from an entry on.
    pub(super) fn address(&self, page: &str, after: Option<String>) -> String {
        let after = after.unwrap_or_default();
        let mut address = page.to_owned();
        let mut between = '?';
        for (name, value) in [
            ("q", &self.q),
            ("product", &self.product),
            ("show", &self.show),
            ("after", &after),
        ] {
            if !value.is_empty() {
                let _ = write!(address, "{between}{name}={}", in_query(value));
                between = '&';
            }
        }
        address
    }
}

/// The form above a list.
pub(super) struct Search {
    pub(super) wanted: Wanted,
    /// Choices of products.
    pub(super) products: Vec<Choice>,
    /// Choices of what is shown, by name and as people call it.
    pub(super) shown: Vec<(&'static str, &'static str)>,
}

impl Search {
    pub(super) fn new(
        wanted: Wanted,
        known: &[Product],
        shown: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> Self {
        let all = [("", "All")].into_iter();
        Self {
            wanted,
            products: products(known),
            shown: all.chain(shown).collect(),
        }
    }

    /// Whether something is looked for.
    pub(super) fn narrowed(&self) -> bool {
        let wanted = &self.wanted;
        !(wanted.q.is_empty() && wanted.product.is_empty() && wanted.show.is_empty())
    }
}
