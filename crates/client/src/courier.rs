//! What a computer does with a courier (`docs/spec/courier.md`): leaves what waits for a vendor, takes
//! its own answers, and takes back what nothing waits for any more. What others left there it neither
//! opens nor touches.

mod deliver;
mod fault;
mod outgoing;
mod requests;
#[cfg(test)]
mod tests;
mod worth;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use keyferry_courier::{Courier, Folder, Medium, Put, RealMedium, answered_name, token_name};
use keyferry_token::TokenId;

use crate::{Carried, Client};

pub use deliver::CourierDelivered;
pub use fault::CourierFault;
use outgoing::{Outgoing, left_behind, to_send};
pub use requests::RequestOnCourier;

/// What of this computer's a courier takes along.
#[derive(Clone, Debug)]
pub struct Collected {
    /// The token.
    pub token: Carried,
    /// Where it is on the courier.
    pub file: PathBuf,
    /// Where the request is that travels with a deactivation, where one does.
    pub companion: Option<PathBuf>,
    /// What became of it.
    pub outcome: CollectOutcome,
}

/// What became of a token that a courier is to take along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CollectOutcome {
    /// It is on the courier now; of a plan: it would be.
    Collected,
    /// It was there already.
    AlreadyThere,
}

impl CollectOutcome {
    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Collected => "collected",
            Self::AlreadyThere => "already_there",
        }
    }
}

/// What is on a courier, as this computer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CourierSeen {
    /// Whether it is a courier: it has the folder of one. Else somebody put an answer at the root of the
    /// medium by hand.
    pub is_courier: bool,
    /// How many files wait for a vendor on it, those without an answer beside them.
    pub waiting: usize,
    /// How many of them are this computer's own.
    pub own: usize,
    /// How many answers for this computer are on it that would change something here.
    pub answers: usize,
}

impl Client {
    /// Leaves on a courier what waits here for a vendor: deactivations whose delivery is not confirmed,
    /// requests and time requests that are not answered, each the same bytes as ever; and takes back
    /// what nothing waits for any more. `root` is where the medium is mounted, or any folder. Nothing is
    /// written where there is nothing to take along. Cut short at any moment, the next time mends it.
    ///
    /// # Errors
    /// `file_not_found` when `root` is not there; `courier_too_many`, `disk_full`,
    /// `usb_volume_read_only`, `usb_key_pulled`, `file_unwritable`, `file_unreadable`; those of reading
    /// the store.
    pub fn courier_collect(&self, root: &Path) -> Result<Vec<Collected>, CourierFault> {
        self.collect_on(&RealMedium, root)
    }

    /// Leaves one token on a courier, by its id: that of a task which a USB key is the carrier of. A
    /// status token too, which [`Client::courier_collect`] does not take along by itself.
    ///
    /// # Errors
    /// `nothing_outstanding` when it is no token that waits here for its vendor; those of
    /// [`Client::courier_collect`].
    pub fn courier_collect_one(
        &self,
        root: &Path,
        token: &TokenId,
    ) -> Result<Collected, CourierFault> {
        self.collect_one_on(&RealMedium, root, token)
    }

    /// What [`Client::courier_collect`] would take along. Changes nothing.
    ///
    /// # Errors
    /// As there, but for those of writing.
    pub fn courier_plan(&self, root: &Path) -> Result<Vec<Collected>, CourierFault> {
        self.plan_on(&RealMedium, root)
    }

    /// Takes from a courier what the vendor answered to this computer, each through the one door, and
    /// nothing else; answers at the root of the medium too, where somebody put them by hand. Empty where
    /// there is none. What was taken is removed from the courier's folders, and so is what it answers;
    /// where that cannot be, because the medium takes no writing, it is taken all the same.
    ///
    /// # Errors
    /// `courier_not_found` where the medium has nothing of a courier; `file_not_found` when `root` is not
    /// there; `courier_too_many`, `usb_key_pulled`, `file_unreadable`; those of reading the store. Then
    /// nothing was taken.
    pub fn courier_deliver(&self, root: &Path) -> Result<Vec<CourierDelivered>, CourierFault> {
        self.deliver_on(&RealMedium, root)
    }

    /// What is on a courier. Changes nothing. `None` where there is neither a courier nor an answer for
    /// this computer.
    ///
    /// # Errors
    /// `file_not_found` when `root` is not there; `courier_too_many`, `usb_key_pulled`,
    /// `file_unreadable`; those of reading the store.
    pub fn courier_look(&self, root: &Path) -> Result<Option<CourierSeen>, CourierFault> {
        self.look_on(&RealMedium, root)
    }

    pub(crate) fn collect_on(
        &self,
        medium: &dyn Medium,
        root: &Path,
    ) -> Result<Vec<Collected>, CourierFault> {
        // What is not final yet is not shown (rule C4).
        let snapshot = self.settled()?;
        let trusted = self.trusted(&snapshot.state);
        let courier = Courier::at(medium, root)?;
        courier.names(Folder::Outbox)?;
        take_back(&courier, &left_behind(&snapshot.state, &trusted))?;
        let outgoing = to_send(&snapshot.state, &trusted);
        if outgoing.is_empty() {
            return Ok(Vec::new());
        }
        courier.prepare()?;
        let left = outgoing.into_iter().map(|one| leave(&courier, one));
        left.collect()
    }

    pub(crate) fn collect_one_on(
        &self,
        medium: &dyn Medium,
        root: &Path,
        token: &TokenId,
    ) -> Result<Collected, CourierFault> {
        let snapshot = self.settled()?;
        let trusted = self.trusted(&snapshot.state);
        let one = outgoing::one(&snapshot.state, &trusted, token)
            .ok_or(CourierFault::NothingOutstanding)?;
        let courier = Courier::at(medium, root)?;
        courier.names(Folder::Outbox)?;
        courier.prepare()?;
        leave(&courier, one)
    }

    fn plan_on(&self, medium: &dyn Medium, root: &Path) -> Result<Vec<Collected>, CourierFault> {
        let snapshot = self.settled()?;
        let trusted = self.trusted(&snapshot.state);
        let courier = Courier::at(medium, root)?;
        courier.names(Folder::Outbox)?;
        to_send(&snapshot.state, &trusted)
            .into_iter()
            .map(|one| {
                let file = token_name(one.token.id);
                let is_there = courier.holds(Folder::Outbox, &file, &one.artefact)?;
                let mut collected = one.at(&courier);
                if is_there {
                    collected.outcome = CollectOutcome::AlreadyThere;
                }
                Ok(collected)
            })
            .collect()
    }

    pub(crate) fn look_on(
        &self,
        medium: &dyn Medium,
        root: &Path,
    ) -> Result<Option<CourierSeen>, CourierFault> {
        let snapshot = self.store.read()?;
        let trusted = self.trusted(&snapshot.state);
        let courier = Courier::at(medium, root)?;
        let (brought, _) =
            deliver::brought(&courier, &snapshot.state, self.trusted(&snapshot.state))?;
        let answers = brought.iter().filter(|brought| brought.is_of_use).count();
        if !courier.is_there()? {
            return Ok((answers > 0).then_some(CourierSeen {
                is_courier: false,
                waiting: 0,
                own: 0,
                answers,
            }));
        }
        let inbox = courier.names(Folder::Inbox)?;
        let answered: BTreeSet<String> = inbox
            .iter()
            .filter_map(|name| answered_name(name))
            .collect();
        let mut waiting: BTreeSet<String> = courier
            .names(Folder::Outbox)?
            .iter()
            .map(|name| name.to_ascii_uppercase())
            .collect();
        waiting.retain(|name| !answered.contains(name));
        let own = to_send(&snapshot.state, &trusted);
        let own = own
            .iter()
            .map(|one| token_name(one.token.id).to_ascii_uppercase());
        Ok(Some(CourierSeen {
            is_courier: true,
            own: own.filter(|name| waiting.contains(name)).count(),
            waiting: waiting.len(),
            answers,
        }))
    }
}

/// Leaves a token, and what travels with it.
fn leave(courier: &Courier<'_>, one: Outgoing) -> Result<Collected, CourierFault> {
    let name = token_name(one.token.id);
    let mut put = courier.put(Folder::Outbox, &name, &one.artefact)?;
    if let Some((name, request)) = &one.companion
        && courier.put(Folder::Outbox, name, request)? == Put::Written
    {
        put = Put::Written;
    }
    let mut collected = one.at(courier);
    if put == Put::AlreadyThere {
        collected.outcome = CollectOutcome::AlreadyThere;
    }
    Ok(collected)
}

/// Removes this computer's own files by the names that it gave them.
fn take_back(courier: &Courier<'_>, names: &[(String, Vec<u8>)]) -> Result<(), CourierFault> {
    if !courier.is_there()? || !courier.has_folder(&courier.folder(Folder::Outbox))? {
        return Ok(());
    }
    for (name, bytes) in names {
        courier.take_back(Folder::Outbox, name, bytes)?;
    }
    Ok(())
}
