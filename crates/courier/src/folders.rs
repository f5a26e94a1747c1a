//! The folders of a courier, and what lies in them.

use std::{
    io,
    path::{Path, PathBuf},
};

use keyferry_token::VendorId;

use crate::{MAX_FILE, MAX_PROFILES, MOST, Medium, MediumFault, names::is_token_file};

/// The folder of a courier at the root of its medium.
const KEYFERRY: &str = "KEYFERRY";
const README: &str = "README.txt";
const RESULTS: &str = "results.html";

/// A folder of a courier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// What computers send.
    Outbox,
    /// What the vendor answers.
    Inbox,
}

impl Folder {
    const fn name(self) -> &'static str {
        match self {
            Self::Outbox => "outbox",
            Self::Inbox => "inbox",
        }
    }
}

/// A courier at a root, there or not yet.
pub struct Courier<'m> {
    pub(crate) medium: &'m dyn Medium,
    root: PathBuf,
}

/// A file that may hold a token.
#[derive(Debug)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// What it is called.
    pub name: String,
    /// What is in it; `None` where it is no regular file, too large, or cannot be read.
    pub content: Option<Vec<u8>>,
}

impl<'m> Courier<'m> {
    /// The courier at the root of a medium. Nothing is read yet.
    ///
    /// # Errors
    /// `file_not_found` when there is no such folder, `file_unreadable` when it is something else.
    pub fn at(medium: &'m dyn Medium, root: &Path) -> Result<Self, MediumFault> {
        let root = if root.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            root.to_owned()
        };
        match medium.has_root(&root) {
            Ok(true) => Ok(Self { medium, root }),
            Ok(false) => Err(MediumFault::NoMedium { path: root }),
            Err(error) => Err(MediumFault::of_reading(&root, &error)),
        }
    }

    /// Whether there is anything of a courier.
    ///
    /// # Errors
    /// `file_unreadable`, `usb_key_pulled`.
    pub fn is_there(&self) -> Result<bool, MediumFault> {
        self.has_folder(&self.keyferry())
    }

    /// A folder of the courier.
    pub fn folder(&self, folder: Folder) -> PathBuf {
        self.keyferry().join(folder.name())
    }

    /// Where a file of a folder is.
    pub fn file(&self, folder: Folder, name: &str) -> PathBuf {
        self.folder(folder).join(name)
    }

    /// The sheet for people.
    pub fn results_file(&self) -> PathBuf {
        self.keyferry().join(RESULTS)
    }

    pub(crate) fn readme_file(&self) -> PathBuf {
        self.keyferry().join(README)
    }

    pub(crate) fn keyferry(&self) -> PathBuf {
        self.root.join(KEYFERRY)
    }

    /// The names of the files in a folder that may hold tokens, in their order; none where the folder
    /// is not there.
    ///
    /// # Errors
    /// `courier_too_many`, `file_unreadable`, `usb_key_pulled`.
    pub fn names(&self, folder: Folder) -> Result<Vec<String>, MediumFault> {
        let path = self.folder(folder);
        // Both, whichever is meant: where one is a link, somebody prepared the medium.
        let places = [
            self.keyferry(),
            self.folder(Folder::Outbox),
            self.folder(Folder::Inbox),
        ];
        for place in places {
            if !self.has_folder(&place)? && (place == path || place == self.keyferry()) {
                return Ok(Vec::new());
            }
        }
        let (names, all) = self.listed(&path)?;
        if all {
            Ok(names)
        } else {
            Err(MediumFault::TooMany { path })
        }
    }

    /// The same for the root of the medium, where somebody may have put an answer by hand. It is full
    /// of other things, so that looking at the first of them has to do.
    ///
    /// # Errors
    /// `file_unreadable`, `usb_key_pulled`.
    pub fn loose_names(&self) -> Result<Vec<String>, MediumFault> {
        Ok(self.listed(&self.root)?.0)
    }

    /// A file of a folder, read.
    ///
    /// # Errors
    /// `usb_key_pulled`: a file that cannot be read alone is no error.
    pub fn found(&self, folder: Folder, name: &str) -> Result<Found, MediumFault> {
        self.read(self.file(folder, name), name)
    }

    /// A file at the root of the medium, read.
    ///
    /// # Errors
    /// `usb_key_pulled`.
    pub fn found_loose(&self, name: &str) -> Result<Found, MediumFault> {
        self.read(self.root.join(name), name)
    }

    /// Where a vendor's newer profiles are that its answers travel with.
    pub fn profiles_file(&self, vendor: VendorId) -> PathBuf {
        self.keyferry().join(format!("{vendor}.kfv"))
    }

    /// A vendor's newer profiles, read; `None` where there are none that can be.
    ///
    /// # Errors
    /// `usb_key_pulled`.
    pub fn profiles(&self, vendor: VendorId) -> Result<Option<Vec<u8>>, MediumFault> {
        let path = self.profiles_file(vendor);
        match self.medium.read(&path, MAX_PROFILES) {
            Ok(content) => Ok(content),
            Err(error) => {
                self.still_there(&path, &error)?;
                Ok(None)
            }
        }
    }

    fn read(&self, path: PathBuf, name: &str) -> Result<Found, MediumFault> {
        let content = match self.medium.read(&path, MAX_FILE) {
            Ok(content) => content,
            Err(error) => {
                self.still_there(&path, &error)?;
                None
            }
        };
        Ok(Found {
            path,
            name: name.to_owned(),
            content,
        })
    }

    /// Tells one file that cannot be read from a medium that went away.
    fn still_there(&self, path: &Path, error: &io::Error) -> Result<(), MediumFault> {
        match (
            MediumFault::of_reading(path, error),
            self.medium.has_folder(&self.keyferry()),
        ) {
            (gone @ MediumFault::Pulled { .. }, Ok(false) | Err(_)) => Err(gone),
            _ => Ok(()),
        }
    }

    /// Whether a folder is there.
    ///
    /// # Errors
    /// `file_unreadable` when something else is, `usb_key_pulled`.
    pub fn has_folder(&self, path: &Path) -> Result<bool, MediumFault> {
        let there = self.medium.has_folder(path);
        there.map_err(|error| MediumFault::of_reading(path, &error))
    }

    fn listed(&self, path: &Path) -> Result<(Vec<String>, bool), MediumFault> {
        let listed = self.medium.list(path, MOST);
        let (names, all) = listed.map_err(|error| MediumFault::of_reading(path, &error))?;
        let mut names: Vec<String> = names
            .into_iter()
            .filter_map(|name| name.into_string().ok())
            .filter(|name| is_token_file(name))
            .collect();
        names.sort_unstable();
        Ok((names, all))
    }
}
