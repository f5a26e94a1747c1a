//! Answering everything that a courier brings in one go (`docs/spec/courier.md`).

mod fault;
mod sheet;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use keyferry_catalogue::{Code, Problem};
use keyferry_courier::{Courier, Folder, Found, answer_name, answered_name, token_name};
use keyferry_token::{Artefact, TokenId, TokenKind, VendorId};

use crate::{Authority, Origin, Received, Refused, SealedAnswer, profile};

pub use fault::CourierFault;
pub use keyferry_courier::{Medium, MediumFault, RealMedium};

/// What became of everything on a courier.
#[derive(Debug)]
pub struct CourierRound {
    /// What was brought, in the order of the files' names; what another vendor is to get is not here.
    pub brought: Vec<Brought>,
    /// How many tokens are for other vendors; they were passed over.
    pub for_others: usize,
    /// The sheet for people, as it was written on the courier.
    pub sheet: String,
    /// Where it is there.
    pub sheet_file: PathBuf,
    /// What kept answers, or the sheet, from being written; run again, everything is written that is
    /// missing.
    pub trouble: Option<MediumFault>,
}

/// A token that a courier brought, or a file in which none can be read.
#[derive(Debug)]
pub struct Brought {
    /// Its file.
    pub file: PathBuf,
    /// What became of it.
    pub received: Received,
    /// Where the answer is on the courier; `None` where there is none, or it could not be written.
    pub answer: Option<PathBuf>,
}

impl Brought {
    /// Whether its file is damaged, or holds no token.
    pub fn is_damaged(&self) -> bool {
        matches!(&self.received, Received::Refused(refused) if refused.kind.is_none())
    }

    /// Whether it is a token that was not answered with a yes.
    pub fn is_refused(&self) -> bool {
        matches!(&self.received, Received::Refused(refused) if refused.kind.is_some())
    }
}

impl Authority {
    /// Takes everything that lies in a courier's outbox, deactivations first, each token by itself as
    /// [`Authority::receive`] does; puts answers and refusals into its inbox, and a sheet for people
    /// beside them. `root` is where the medium is mounted, or any folder. Run again, everything gets
    /// the same answer once more; what is whole on the courier stays as it is.
    ///
    /// Reads and writes the medium in place: for a program that does nothing else meanwhile.
    ///
    /// # Errors
    /// `courier_not_found`, `file_not_found`, `courier_too_many`, `usb_key_pulled`, `file_unreadable`;
    /// when a folder is missing and cannot be made, `usb_volume_read_only`, `disk_full`,
    /// `file_unwritable`; those of reading the profile. Then nothing was answered. What fails later is
    /// told as [`CourierRound::trouble`].
    pub async fn answer_courier(
        &self,
        medium: &dyn Medium,
        root: &Path,
    ) -> Result<CourierRound, CourierFault> {
        let profile = self.profile().await?;
        let courier = Courier::at(medium, root)?;
        if !courier.is_there()? {
            let path = root.to_owned();
            return Err(MediumFault::NotFound { path }.into());
        }
        let names = courier.names(Folder::Outbox)?;
        let mut inbox = Inbox::of(&courier, self.vendor)?;
        let found = names.iter().map(|name| courier.found(Folder::Outbox, name));
        let found = found.collect::<Result<Vec<Found>, MediumFault>>()?;
        courier.prepare()?;

        let contents: Vec<&[u8]> = found
            .iter()
            .map(|file| file.content.as_deref().unwrap_or_default())
            .collect();
        let received = self.receive_all(&contents, &Origin::Local).await;
        let mut round = CourierRound {
            brought: Vec::new(),
            for_others: 0,
            sheet: String::new(),
            sheet_file: courier.results_file(),
            trouble: None,
        };
        for (file, mut received) in found.iter().zip(received) {
            if file.content.is_none() {
                received = vec![unreadable(file)];
            }
            for received in received {
                if is_for_other(&received) {
                    round.for_others += 1;
                    continue;
                }
                let answer = round.put(&mut inbox, &received);
                round.brought.push(Brought {
                    file: file.path.clone(),
                    received,
                    answer,
                });
            }
        }
        round.sheet = sheet::render(&profile, self.clock.now(), &round);
        if round.trouble.is_none() {
            round.trouble = courier.put_results(round.sheet.as_bytes()).err();
        }
        Ok(round)
    }
}

impl CourierRound {
    /// Puts an answer into the inbox, unless the medium failed before. One file that cannot be written
    /// stops nobody else's.
    fn put(&mut self, inbox: &mut Inbox<'_>, received: &Received) -> Option<PathBuf> {
        let (answers, sealed) = answer_of(received)?;
        if !matches!(self.trouble, None | Some(MediumFault::Unwritable { .. })) {
            return None;
        }
        match inbox
            .put_profiles(sealed)
            .and_then(|()| inbox.put(answers, sealed))
        {
            Ok(path) => Some(path),
            Err(fault) => {
                self.trouble = Some(fault);
                None
            }
        }
    }
}

/// The inbox of a courier, and which of its files answers what.
struct Inbox<'c> {
    courier: &'c Courier<'c>,
    vendor: VendorId,
    /// By the name of what they answer.
    answers: BTreeMap<String, Vec<String>>,
}

impl<'c> Inbox<'c> {
    fn of(courier: &'c Courier<'c>, vendor: VendorId) -> Result<Self, MediumFault> {
        let mut answers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in courier.names(Folder::Inbox)? {
            if let Some(answered) = answered_name(&name) {
                answers.entry(answered).or_default().push(name);
            }
        }
        Ok(Self {
            courier,
            vendor,
            answers,
        })
    }

    /// Puts the profiles there that an answer needs, before the answer is.
    fn put_profiles(&self, sealed: &SealedAnswer) -> Result<(), MediumFault> {
        if !sealed.profiles.is_empty() {
            let profiles = profile::armored(&sealed.profiles);
            self.courier
                .put_profiles(self.vendor, profiles.as_bytes())?;
        }
        Ok(())
    }

    /// Puts an answer there. Once it is, an earlier refusal of the same request goes.
    fn put(&mut self, answers: TokenId, sealed: &SealedAnswer) -> Result<PathBuf, MediumFault> {
        let name = answer_name(answers, sealed.id);
        let path = self.courier.file(Folder::Inbox, &name);
        let artefact = artefact(sealed).ok_or_else(|| MediumFault::Unwritable {
            path: path.clone(),
            reason: "the answer is no token".into(),
        })?;
        // A refusal of the same moment has the same name, and is sealed anew all the same.
        if sealed.kind != TokenKind::Refusal || !self.is_refusal(&name, Damaged::IsNone)? {
            self.courier.put(Folder::Inbox, &name, &artefact)?;
        }
        let answered = token_name(answers).to_ascii_uppercase();
        for earlier in self.answers.remove(&answered).unwrap_or_default() {
            if !earlier.eq_ignore_ascii_case(&name) && self.is_refusal(&earlier, Damaged::IsOne)? {
                self.courier.remove(Folder::Inbox, &earlier)?;
            }
        }
        Ok(path)
    }

    /// Whether everything in a file is a refusal.
    fn is_refusal(&self, name: &str, damaged: Damaged) -> Result<bool, MediumFault> {
        let found = self.courier.found(Folder::Inbox, name)?;
        let of_damaged = damaged == Damaged::IsOne;
        Ok(found.content.is_some_and(|content| {
            Artefact::read(&content).map_or(of_damaged, |tokens| {
                tokens.iter().all(|token| match token {
                    Ok(Artefact::Token(token)) => token.kind() == TokenKind::Refusal,
                    Ok(Artefact::License(_) | Artefact::Profile(_)) => false,
                    Err(_) => of_damaged,
                })
            })
        }))
    }
}

/// What the rest of a file counts as that a pulled stick left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Damaged {
    IsOne,
    IsNone,
}

fn artefact(sealed: &SealedAnswer) -> Option<Artefact> {
    Artefact::read(&sealed.bytes).ok()?.pop()?.ok()
}

/// What goes back, and what it answers.
fn answer_of(received: &Received) -> Option<(TokenId, &SealedAnswer)> {
    match received {
        Received::Answered(answer) => Some((answer.request, &answer.sealed)),
        Received::TimeTold(told) => Some((told.request, &told.sealed)),
        Received::Refused(refused) => Some((refused.token?, refused.answer.as_ref()?)),
        Received::Deactivated(_) | Received::Status(_) => None,
    }
}

/// A file that is too large, cannot be read, or is none.
fn unreadable(file: &Found) -> Received {
    let problem = Problem::new(Code::FileUnreadable).with("path", &file.name);
    Refused::unread(None, problem)
}

fn is_for_other(received: &Received) -> bool {
    let other = |refused: &Refused| {
        refused.token.is_none() && refused.problem.code == Code::TokenForOtherVendor
    };
    matches!(received, Received::Refused(refused) if other(refused))
}
