//! USB keys: what is plugged in, and what each carries for this computer.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use keyferry_catalogue::{Code, Problem};
use keyferry_client::{AllowWeak, KeyNamed, MoveRequest, UsbKeyFault, UsbKeyFound, read_file};
use keyferry_device::usb::UsbEvent;
use keyferry_token::UsbId;

use crate::{
    mapping,
    record::NamedFile,
    views::{
        BroughtView, CollectedView, CourierRoundView, CourierView, MoveRequestView, ProblemView,
        PutView, SavedView, UsbIdView, UsbKeyView, UsbView,
    },
    wizard::{Shown, Wizard, read_product, read_token},
};

/// How long to wait before asking again a system that does not tell of USB.
const PAUSE: Duration = Duration::from_secs(5);
/// How long to listen before making sure that somebody still does.
const LISTEN: Duration = Duration::from_mins(1);
/// How many requests of other computers are offered for a move. Of more, the right one is found
/// sooner as a file.
const MOST_REQUESTS: usize = 8;

impl Wizard {
    /// The keys that are plugged in. A system that does not tell of them is shown, and is no problem.
    pub(crate) fn usb_keys(&self) -> Shown<UsbView> {
        match self.client.usb_keys() {
            Ok(keys) => Ok(UsbView {
                keys: keys.iter().map(|found| self.usb_key(found)).collect(),
                problem: None,
            }),
            Err(UsbKeyFault::Usb(fault)) => Ok(UsbView {
                keys: Vec::new(),
                problem: Some(fault.problem().into()),
            }),
            Err(fault) => Err(Problem::from(fault).into()),
        }
    }

    fn usb_key(&self, found: &UsbKeyFound) -> UsbKeyView {
        let root = found.courier_root.as_deref();
        let carries = root.map(|root| self.carries(found, root));
        match carries.transpose() {
            Ok(courier) => mapping::usb_key(found, courier, None),
            Err(trouble) => mapping::usb_key(found, None, Some(trouble)),
        }
    }

    fn carries(&self, found: &UsbKeyFound, root: &Path) -> Shown<CourierView> {
        let seen = match found.courier {
            Some(seen) => Some(seen),
            // Nothing is there, or it cannot be read, which is to be told.
            None => self.client.courier_look(root).map_err(Problem::from)?,
        };
        let plan = self.client.courier_plan(root).map_err(Problem::from)?;
        Ok(mapping::courier(seen, &plan))
    }

    /// Calls `changed` whenever a key comes, changes or goes; for ever.
    pub(crate) fn watch_usb(&self, changed: impl Fn()) {
        loop {
            let Ok(mut watch) = self.client.watch_usb() else {
                std::thread::sleep(PAUSE);
                continue;
            };
            // What happened before it was watched is told as well.
            changed();
            while let Ok(events) = watch.next(LISTEN) {
                let events: Vec<UsbEvent> = events;
                if !events.is_empty() {
                    changed();
                }
            }
        }
    }

    pub(crate) fn usb_id(&self, place: &str) -> Shown<UsbIdView> {
        let found = self.key_at(place)?;
        let id = found.id.ok_or_else(|| Problem::new(Code::UsbKeyUnusable))?;
        Ok(mapping::usb_id(&id))
    }

    pub(crate) fn put_license_text(&self, place: &str, text: &str, weak: bool) -> Shown<PutView> {
        self.put_license(place, text.as_bytes(), weak)
            .map_err(|problem| problem.about("text"))
    }

    /// The first of these files that goes onto the key; else what is wrong with the first.
    pub(crate) fn put_license_files(
        &self,
        place: &str,
        paths: &[PathBuf],
        weak: bool,
    ) -> Shown<PutView> {
        let mut trouble = None;
        for path in paths {
            let read = read_file(path).map_err(|fault| ProblemView::from(Problem::from(fault)));
            match read.and_then(|bytes| self.put_license(place, &bytes, weak)) {
                Ok(put) => return Ok(put),
                Err(problem) => trouble = trouble.or(Some(problem)),
            }
        }
        Err(trouble.unwrap_or_else(|| Problem::new(Code::NothingRead).into()))
    }

    fn put_license(&self, place: &str, bytes: &[u8], weak: bool) -> Shown<PutView> {
        let key = named(&self.key_at(place)?);
        let weak = if weak { AllowWeak::Yes } else { AllowWeak::No };
        let put = self.client.put_license(bytes, &key, weak);
        Ok(mapping::put(&put.map_err(Problem::from)?))
    }

    pub(crate) fn courier_collect(&self, place: &str) -> Shown<CourierRoundView> {
        Ok(CourierRoundView {
            collected: self.collect(&self.root_at(place)?)?,
            delivered: Vec::new(),
        })
    }

    /// Answers first: what they answer need not be taken along any more.
    pub(crate) fn courier_round(&self, place: &str) -> Shown<CourierRoundView> {
        let root = self.root_at(place)?;
        Ok(CourierRoundView {
            delivered: self.deliver(&root)?,
            collected: self.collect(&root)?,
        })
    }

    pub(crate) fn take_answers(&self, place: &str) -> Shown<Vec<BroughtView>> {
        self.deliver(&self.root_at(place)?)
    }

    pub(crate) fn carry_by_usb(&self, token: &str, place: &str) -> Shown<SavedView> {
        let root = self.root_at(place)?;
        let collected = self.client.courier_collect_one(&root, &read_token(token)?);
        Ok(SavedView {
            path: collected.map_err(Problem::from)?.file.display().to_string(),
        })
    }

    /// Requests of other computers on the keys that are plugged in, for the vendor of this product. A
    /// key that cannot be looked through has none; its own page says why.
    pub(crate) fn usb_move_requests(&self, product: &str) -> Shown<Vec<MoveRequestView>> {
        let product = read_product(product)?;
        let of = self.client.standing(&product).map_err(Problem::from)?;
        let fits = |request: &MoveRequest| request.vendor.id() == of.vendor.id();
        let mut views = Vec::new();
        for key in self.client.usb_keys().map_err(Problem::from)? {
            let Some(root) = &key.courier_root else {
                continue;
            };
            let found = self.client.courier_move_requests(root).unwrap_or_default();
            let room = MOST_REQUESTS - views.len();
            for one in found
                .into_iter()
                .filter(|one| fits(&one.request))
                .take(room)
            {
                let name = one.file.file_name().unwrap_or_default().to_string_lossy();
                let mut view = self.keep_arriving(&name, &one.request);
                view.place = Some(key.key.place.to_string());
                views.push(view);
            }
        }
        Ok(views)
    }

    fn collect(&self, root: &Path) -> Shown<Vec<CollectedView>> {
        let collected = self.client.courier_collect(root).map_err(Problem::from)?;
        Ok(collected.iter().map(mapping::collected).collect())
    }

    fn deliver(&self, root: &Path) -> Shown<Vec<BroughtView>> {
        let delivered = self.client.courier_deliver(root);
        let delivered = delivered.map_err(Problem::from)?.into_iter();
        Ok(delivered
            .map(|one| BroughtView {
                from: one
                    .file
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                outcome: self.outcome(one.result),
            })
            .collect())
    }

    /// The key at a place, as it is now. A folder where one was mounted would still be there when the
    /// key is gone: what is written goes to a key that has just been seen, or nowhere.
    fn key_at(&self, place: &str) -> Shown<UsbKeyFound> {
        let keys = self.client.usb_keys().map_err(Problem::from)?;
        keys.into_iter()
            .find(|found| found.key.place.to_string() == place)
            .ok_or_else(|| Problem::new(Code::UsbKeyNotFound).into())
    }

    fn root_at(&self, place: &str) -> Shown<PathBuf> {
        let found = self.key_at(place)?;
        found
            .courier_root
            .ok_or_else(|| Problem::new(Code::UsbVolumeMissing).into())
    }
}

/// An id as a file to be saved.
pub(crate) fn usb_id_file(id: &str) -> Shown<NamedFile> {
    let id: UsbId = id.parse().map_err(|_| Problem::new(Code::UsbIdRefused))?;
    Ok(NamedFile {
        name: mapping::id_file(&id),
        content: format!("{id}\n").into_bytes(),
    })
}

/// The key, without a volume that was named.
fn named(found: &UsbKeyFound) -> KeyNamed {
    KeyNamed {
        key: found.key.clone(),
        id: found.id.clone(),
        rating: found.rating,
        mount_point: None,
    }
}
