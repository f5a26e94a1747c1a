//! Long lists, a page at a time.

/// Which part of a list to read: the entries after one, in the order in which they were added.
#[derive(Clone, Copy, Debug)]
pub struct Page<K> {
    /// The last entry of the page before.
    pub after: Option<K>,
    /// The most entries to read.
    pub limit: u32,
}

impl<K> Page<K> {
    /// The first `limit` entries.
    pub const fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }

    /// The page from one entry more than fits on it.
    pub(crate) fn cut<T>(self, mut items: Vec<T>, key: impl Fn(&T) -> K) -> Paged<T, K> {
        let fits = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = items.len() > fits;
        items.truncate(fits);
        let next = items.last().filter(|_| more).map(key);
        Paged { items, next }
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T, K> {
    /// The entries.
    pub items: Vec<T>,
    /// Where the next page begins, if there is one.
    pub next: Option<K>,
}
