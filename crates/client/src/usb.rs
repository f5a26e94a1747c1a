//! USB keys: which are plugged in, what each is worth as an anchor, and what lies on it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use keyferry_catalogue::{Code, Problem};
use keyferry_device::usb::{UsbFault, UsbKey, UsbPlace, UsbWatch, Volume};
use keyferry_license::{Rating, UsbFacts, is_key, rate, usb_id};
use keyferry_token::UsbId;

use crate::{Client, CourierSeen, LicenseFound, LicensePlace, StoreFault, licenses::too_many};

/// A USB key that is plugged in.
#[derive(Clone, Debug)]
pub struct UsbKeyFound {
    /// What it says of itself, and its volumes.
    pub key: UsbKey,
    /// How it is named everywhere; `None` where nothing can be bound to it.
    pub id: Option<UsbId>,
    /// What it is worth as an anchor.
    pub rating: Rating,
    /// The license files on it, and what each is worth there. Of two slots of one file the one that
    /// counts.
    pub licenses: Vec<LicenseFound>,
    /// What a courier on it carries, as this computer sees it: on the first volume that has any of it.
    /// `None` also where it cannot be read.
    pub courier: Option<CourierSeen>,
    /// The root of the volume that a courier's files are on, or are to be: [`Client::courier_root`].
    pub courier_root: Option<PathBuf>,
    /// Why not all of the license files on it are among these: `usb_key_too_many_licenses`.
    pub problem: Option<Problem>,
}

/// The USB key that somebody named, and the volume on it if that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyNamed {
    /// The key.
    pub key: UsbKey,
    /// Its id; `None` where nothing can be bound to it.
    pub id: Option<UsbId>,
    /// What it is worth as an anchor.
    pub rating: Rating,
    /// The root of the volume that was named; `None` where the id was.
    pub mount_point: Option<PathBuf>,
}

impl KeyNamed {
    /// A key as it is named among those that are plugged in; no volume of it is meant.
    pub fn among(key: &UsbKey, connected: &[UsbKey]) -> Self {
        let all: Vec<UsbFacts<'_>> = connected.iter().map(facts).collect();
        Self {
            id: usb_id(&facts(key)),
            rating: rate(&facts(key), &all),
            key: key.clone(),
            mount_point: None,
        }
    }

    /// The root of the volume that was named, else of the first that can be written to, else of the
    /// first. `None` where no volume is mounted.
    pub fn root(&self) -> Option<&Path> {
        let mounted = |wanted: fn(&Volume) -> bool| {
            let mut volumes = self.key.volumes.iter().filter(|volume| wanted(volume));
            volumes.find_map(|volume| volume.mount_points.first())
        };
        let named = self.mount_point.as_ref();
        named
            .or_else(|| mounted(|volume| !volume.read_only))
            .or_else(|| mounted(|_| true))
            .map(PathBuf::as_path)
    }

    /// The volume whose root is [`KeyNamed::root`].
    pub fn volume(&self) -> Option<&Volume> {
        let root = self.root()?;
        let mut volumes = self.key.volumes.iter();
        volumes.find(|volume| volume.mount_points.iter().any(|point| point == root))
    }
}

/// Why no USB key can be told of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsbKeyFault {
    /// The system does not tell.
    #[error(transparent)]
    Usb(#[from] UsbFault),
    /// None that is plugged in is named so.
    #[error("no USB key is named so")]
    NotFound,
    /// More than one is named so.
    #[error("several USB keys are named so")]
    Ambiguous,
    /// It is not written like an id.
    #[error("this is no id of a USB key")]
    IdRefused,
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl UsbKeyFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Usb(fault) => fault.code(),
            Self::NotFound => Code::UsbKeyNotFound,
            Self::Ambiguous => Code::UsbKeyAmbiguous,
            Self::IdRefused => Code::UsbIdRefused,
            Self::Store(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Usb(fault) => fault.problem(),
            Self::Store(fault) => fault.problem(),
            Self::NotFound | Self::Ambiguous | Self::IdRefused => Problem::new(self.code()),
        }
    }
}

impl Client {
    /// The USB keys that are plugged in, what each is worth as an anchor, and the license files on
    /// them. Of a license whose signature is believed the newest that was seen is remembered.
    ///
    /// # Errors
    /// `usb_unavailable`; those of reading the store.
    pub fn usb_keys(&self) -> Result<Vec<UsbKeyFound>, UsbKeyFault> {
        let plugged = self.look()?;
        let crowded = plugged.crowded.clone();
        let checked = self.check_with(plugged)?;
        let found = checked.keys.iter().map(|key| {
            let named = KeyNamed::among(key, &checked.keys);
            let courier = self.courier_on(key);
            let root = courier.map(|(root, _)| root).or_else(|| named.root());
            UsbKeyFound {
                licenses: on_key(&checked.licenses, &key.place),
                courier: courier.map(|(_, seen)| seen),
                courier_root: root.map(Path::to_path_buf),
                problem: crowded.contains(&key.place).then(too_many),
                id: named.id,
                rating: named.rating,
                key: key.clone(),
            }
        });
        Ok(found.collect())
    }

    /// The root of the volume of a key that a courier's files are on, or are to be: the one that was
    /// named; else the first that has anything of a courier; else [`KeyNamed::root`]. `None` where no
    /// volume is mounted.
    pub fn courier_root(&self, key: &KeyNamed) -> Option<PathBuf> {
        let there = || self.courier_on(&key.key).map(|(root, _)| root);
        let root = key.mount_point.as_deref().or_else(there);
        root.or_else(|| key.root()).map(Path::to_path_buf)
    }

    /// The first volume that has anything of a courier, and what that is.
    fn courier_on<'k>(&self, key: &'k UsbKey) -> Option<(&'k Path, CourierSeen)> {
        let mut roots = key.volumes.iter().filter_map(readable_root);
        roots.find_map(|root| Some((root, self.courier_look(root).ok()??)))
    }

    /// Finds the USB key that is named by its id, or by a place where it is mounted.
    ///
    /// # Errors
    /// `usb_key_not_found`, `usb_key_ambiguous` where two keys give this id, `usb_id_refused`,
    /// `usb_unavailable`.
    pub fn find_key(&self, named: &str) -> Result<KeyNamed, UsbKeyFault> {
        let named = named.trim();
        let keys = self.usb.keys()?;
        if let Some((key, mount_point)) = mounted_at(&keys, Path::new(named)) {
            let mount_point = Some(mount_point);
            return Ok(KeyNamed {
                mount_point,
                ..KeyNamed::among(key, &keys)
            });
        }
        let id: UsbId = match named.parse() {
            Ok(id) => id,
            Err(_) if looks_like_an_id(named) => return Err(UsbKeyFault::IdRefused),
            Err(_) => return Err(UsbKeyFault::NotFound),
        };
        let mut named_so = keys.iter().filter(|key| is_key(&id, &facts(key)));
        match (named_so.next(), named_so.next()) {
            (None, _) => Err(UsbKeyFault::NotFound),
            (Some(key), None) => Ok(KeyNamed::among(key, &keys)),
            (Some(_), Some(_)) => Err(UsbKeyFault::Ambiguous),
        }
    }

    /// Watches USB keys come and go. What they carry is asked for anew after an event.
    ///
    /// # Errors
    /// `usb_unavailable`.
    pub fn watch_usb(&self) -> Result<Box<dyn UsbWatch>, UsbKeyFault> {
        Ok(self.usb.watch()?)
    }
}

/// A place where a volume is mounted that this user may look into.
pub(crate) fn readable_root(volume: &Volume) -> Option<&Path> {
    let mut points = volume.mount_points.iter();
    let readable = points.find(|point| fs::read_dir(point).is_ok())?;
    Some(readable)
}

/// What rules ask of a key.
pub(crate) fn facts(key: &UsbKey) -> UsbFacts<'_> {
    UsbFacts {
        vendor_id: key.vendor_id,
        product_id: key.product_id,
        serial: key.serial.as_deref(),
        capacity: key.capacity,
        maker: key.maker.as_deref(),
        name: key.name.as_deref(),
    }
}

fn on_key(licenses: &[LicenseFound], key: &UsbPlace) -> Vec<LicenseFound> {
    let is_there = |found: &&LicenseFound| matches!(&found.place, LicensePlace::Key { place, .. } if place == key);
    licenses.iter().filter(is_there).cloned().collect()
}

/// The key, and the root of its volume, that is mounted at a place.
fn mounted_at<'a>(keys: &'a [UsbKey], named: &Path) -> Option<(&'a UsbKey, PathBuf)> {
    let named = fs::canonicalize(named).ok()?;
    let same = |point: &&PathBuf| fs::canonicalize(point).is_ok_and(|point| point == named);
    keys.iter().find_map(|key| {
        let mut points = key.volumes.iter().flat_map(|volume| &volume.mount_points);
        Some((key, points.find(same)?.clone()))
    })
}

/// Whether somebody meant an id, and not a place.
fn looks_like_an_id(named: &str) -> bool {
    named.matches(':').count() > 1 && !named.contains(['/', '\\'])
}
