//! Things that the frontend may come back to by a handle, and that no store keeps.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

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
    /// The things, also after a panic: each is there or not.
    fn shelf(&self) -> MutexGuard<'_, Shelf<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a thing; its handle.
    pub(super) fn keep(&self, thing: T) -> String {
        let mut shelf = self.shelf();
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
        self.shelf().things.get(&handle).cloned()
    }

    /// Forgets it.
    pub(super) fn forget(&self, handle: &str) {
        if let Ok(handle) = handle.parse() {
            self.shelf().things.remove(&handle);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

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

    #[test]
    fn a_panic_over_one_thing_leaves_the_others_kept() {
        let kept = Kept::default();
        let before = kept.keep(7);
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let _shelf = kept.shelf();
            panic!("in the middle of a look");
        }));
        assert!(looked.is_err());
        assert_eq!(kept.get(&before), Some(7));
        let after = kept.keep(8);
        assert_ne!(after, before);
        kept.forget(&before);
        assert_eq!(kept.get(&before), None);
        assert_eq!(kept.get(&after), Some(8));
    }
}
