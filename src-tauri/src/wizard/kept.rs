//! Things that the frontend may come back to by a handle, and that no store keeps.

use std::{collections::BTreeMap, sync::Mutex};

/// How many are remembered at once; the oldest is forgotten first.
const MOST: usize = 16;

/// Things under handles. A restart forgets them.
pub(super) struct Kept<T>(Mutex<Shelf<T>>);

struct Shelf<T> {
    last: u64,
    things: BTreeMap<u64, T>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(Shelf {
            last: 0,
            things: BTreeMap::new(),
        }))
    }
}

impl<T: Clone> Kept<T> {
    /// Keeps a thing; its handle.
    pub(super) fn keep(&self, thing: T) -> String {
        let Ok(mut shelf) = self.0.lock() else {
            return String::new();
        };
        shelf.last += 1;
        let handle = shelf.last;
        shelf.things.insert(handle, thing);
        while shelf.things.len() > MOST {
            shelf.things.pop_first();
        }
        handle.to_string()
    }

    /// The thing with this handle, if it is still kept.
    pub(super) fn get(&self, handle: &str) -> Option<T> {
        let handle = handle.parse().ok()?;
        self.0.lock().ok()?.things.get(&handle).cloned()
    }

    /// Forgets it.
    pub(super) fn forget(&self, handle: &str) {
        if let (Ok(handle), Ok(mut shelf)) = (handle.parse(), self.0.lock()) {
            shelf.things.remove(&handle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, MOST};

    #[test]
    fn the_oldest_is_forgotten_first_and_no_handle_comes_twice() {
        let kept = Kept::default();
        let handles: Vec<String> = (0..=MOST).map(|thing| kept.keep(thing)).collect();
        assert_eq!(kept.get(&handles[0]), None);
        assert_eq!(kept.get(&handles[MOST]), Some(MOST));
        kept.forget(&handles[MOST]);
        assert_eq!(kept.get(&handles[MOST]), None);
        assert!(!handles.contains(&kept.keep(7)));
        assert_eq!(kept.get("none"), None);
    }
}
