//! The folder between the two sides, and what can be seen of it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use keyferry_authority::{Brought, CourierRound, RealMedium, Received};
use keyferry_client::{Applied, CourierDelivered};
use keyferry_gap::{Computer, VendorSide, folder, wait};
use tempfile::TempDir;

/// A USB key, as it is mounted.
pub(crate) struct Stick(TempDir);

impl Stick {
    pub(crate) fn new() -> Self {
        Self(folder())
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join("KEYFERRY").join(name)
    }

    /// Every file in a folder of the courier.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else {
            return BTreeMap::new();
        };
        entries
            .map(|entry| entry.unwrap())
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect()
    }

    /// How many files are in a folder of the courier.
    pub(crate) fn count(&self, folder: &str) -> usize {
        fs::read_dir(self.path(folder)).unwrap().count()
    }

    /// The name of the one file in a folder whose name begins like this.
    pub(crate) fn file(&self, folder: &str, beginning: &str) -> PathBuf {
        let names: Vec<String> = self
            .files(folder)
            .into_keys()
            .filter(|name| name.starts_with(beginning))
            .collect();
        assert_eq!(names.len(), 1, "{names:?}");
        self.path(folder).join(&names[0])
    }

    pub(crate) fn collect(&self, computer: &Computer) -> usize {
        computer
            .client()
            .courier_collect(self.root())
            .unwrap()
            .len()
    }

    pub(crate) fn answer(&self, vendor: &VendorSide) -> CourierRound {
        let round = wait(vendor.authority.answer_courier(&RealMedium, self.root())).unwrap();
        assert_eq!(round.trouble, None);
        round
    }

    pub(crate) fn deliver(&self, computer: &Computer) -> Vec<CourierDelivered> {
        computer.client().courier_deliver(self.root()).unwrap()
    }

    /// Delivers what is one activation.
    pub(crate) fn activates(&self, computer: &Computer) {
        let delivered = self.deliver(computer);
        assert_eq!(delivered.len(), 1, "{delivered:?}");
        assert!(delivered[0].removed);
        assert!(
            matches!(delivered[0].result, Ok(Applied::Activated(_))),
            "{delivered:?}"
        );
    }

    /// A copy, as somebody makes it on the way.
    pub(crate) fn copied(&self) -> Self {
        let copy = Self::new();
        keyferry_gap::copy_folder(self.root(), copy.root());
        copy
    }
}

/// How many of what was brought were answered, refused, damaged.
pub(crate) fn counted(round: &CourierRound) -> (usize, usize, usize) {
    let count = |of: fn(&Brought) -> bool| round.brought.iter().filter(|one| of(one)).count();
    let (refused, damaged) = (count(Brought::is_refused), count(Brought::is_damaged));
    (round.brought.len() - refused - damaged, refused, damaged)
}

/// What the computers are called whose requests were answered.
pub(crate) fn served(round: &CourierRound) -> Vec<String> {
    let labels = round.brought.iter().filter_map(|one| match &one.received {
        Received::Answered(answer) => Some(answer.label.to_string()),
        _ => None,
    });
    labels.collect()
}
