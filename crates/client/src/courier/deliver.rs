//! Taking from a courier what is for this computer.

use std::path::{Path, PathBuf};

use keyferry_courier::{Courier, Folder, Found, Medium, MediumFault, is_answer_to};
use keyferry_license::Refusal;
use keyferry_token::{Artefact, KeyId, ParseFault, SealedToken, TokenId, TokenKind};

use super::{
    CourierFault,
    outgoing::{file, left_behind},
    take_back, worth,
};
use crate::{
    Applied, ApplyFault, Client,
    store::State,
    vendors::{Chains, TrustedVendors},
};

/// What became of an answer for this computer on a courier.
#[derive(Clone, Debug)]
pub struct CourierDelivered {
    /// Where it is, or was.
    pub file: PathBuf,
    /// What became of it, as from [`Client::apply`].
    pub result: Result<Applied, ApplyFault>,
    /// Whether it was removed from the courier: it was taken, or nothing here waits for it any more.
    pub removed: bool,
}

/// Something on a courier for this computer.
pub(super) struct Brought {
    path: PathBuf,
    /// What it is called in the inbox; `None` for what lies at the root of the medium, which stays.
    name: Option<String>,
    /// The token; or why there is none in a file that is named as an answer to this computer.
    token: Result<SealedToken, ParseFault>,
    /// Whether everything in its file is for this computer.
    is_all: bool,
    /// Whether it would change something here.
    pub(super) is_of_use: bool,
    /// Whether it answers something that was asked here.
    is_own: bool,
}

impl Client {
    pub(crate) fn deliver_on(
        &self,
        medium: &dyn Medium,
        root: &Path,
    ) -> Result<Vec<CourierDelivered>, CourierFault> {
        let before = self.store.read()?.state;
        let courier = Courier::at(medium, root)?;
        let (mut brought, chains) = brought(&courier, &before, self.trusted(&before))?;
        // What somebody put at the root is his: it stays, and is passed over when it is of no use.
        brought.retain(|one| one.name.is_some() || one.is_of_use);
        if brought.is_empty() && !courier.is_there()? {
            return Err(MediumFault::NotFound {
                path: root.to_owned(),
            }
            .into());
        }
        brought.sort_by_key(Brought::order);
        let mut delivered: Vec<CourierDelivered> = Vec::new();
        let mut settled: Vec<(&Brought, bool)> = Vec::new();
        for one in &brought {
            let result = match &one.token {
                Ok(token) => self.apply_with(token, &chains),
                Err(fault) => Err(fault.clone().into()),
            };
            settled.push((one, is_settled(&result, one.is_own)));
            delivered.push(CourierDelivered {
                file: one.path.clone(),
                result,
                removed: false,
            });
        }
        // All is taken before anything is removed: what fails from here on, the next time mends.
        for (at, (one, is_settled)) in settled.iter().enumerate() {
            let of_file = settled.iter().filter(|(other, _)| other.path == one.path);
            let whole_file = one.is_all && of_file.clone().all(|(_, settled)| *settled);
            if let (Some(name), true, true) = (&one.name, *is_settled, whole_file) {
                delivered[at].removed = courier.remove(Folder::Inbox, name).is_ok();
            }
        }
        self.tidy(&courier, &before);
        Ok(delivered)
    }

    /// Takes back what was answered, as far as the medium allows.
    fn tidy(&self, courier: &Courier<'_>, before: &State) {
        let Ok(snapshot) = self.store.read() else {
            return;
        };
        let trusted = self.trusted(&snapshot.state);
        let mut over = left_behind(&snapshot.state, &trusted);
        // What was made here before and is not remembered any more was answered just now.
        let known: Vec<TokenId> = snapshot.state.made().map(|made| made.id).collect();
        let forgotten = before
            .made()
            .filter(|made| made.kind() != Some(TokenKind::Status) && !known.contains(&made.id));
        over.extend(forgotten.map(file));
        let _: Result<(), CourierFault> = take_back(courier, &over);
    }
}

/// Everything on a courier that is sealed to this computer, and what is named as an answer to it
/// and cannot be read.
pub(super) fn brought(
    courier: &Courier<'_>,
    state: &State,
    trusted: TrustedVendors,
) -> Result<(Vec<Brought>, Chains), CourierFault> {
    let ours = Ours::of(state);
    let mut chains = chains(courier, &trusted)?;
    let mut brought = Vec::new();
    for name in courier.names(Folder::Inbox)? {
        let found = courier.found(Folder::Inbox, &name)?;
        ours.pick(&found, Some(&name), &mut brought);
        add_profiles(&mut chains, found.content.as_deref());
    }
    for name in courier.loose_names()? {
        let found = courier.found_loose(&name)?;
        ours.pick(&found, None, &mut brought);
        add_profiles(&mut chains, found.content.as_deref());
    }
    let trusted = &trusted.following(&chains);
    for one in &mut brought {
        if let Ok(token) = &one.token {
            one.is_of_use = worth::is_of_use(token, state, trusted);
            one.is_own = worth::answers_own(token, state, trusted);
        }
    }
    Ok((brought, chains))
}

/// The newer profiles that lie on a courier for the vendors that are trusted here.
fn chains(courier: &Courier<'_>, trusted: &TrustedVendors) -> Result<Chains, CourierFault> {
    let mut chains = Chains::new();
    for vendor in trusted.iter() {
        add_profiles(&mut chains, courier.profiles(vendor.id())?.as_deref());
    }
    Ok(chains)
}

/// The profiles among what a file holds: somebody may have put there what came by mail.
fn add_profiles(chains: &mut Chains, content: Option<&[u8]>) {
    for artefact in content
        .and_then(|content| Artefact::read(content).ok())
        .into_iter()
        .flatten()
    {
        if let Ok(Artefact::Profile(signed)) = artefact
            && let Ok(profile) = signed.verify_whole()
        {
            chains.entry(profile.vendor).or_default().push(signed);
        }
    }
}

impl Brought {
    /// A refusal before the answer that came after it, and a refresh behind everything.
    fn order(&self) -> u8 {
        match self.token.as_ref().map(SealedToken::kind) {
            Ok(TokenKind::Refusal) => 0,
            Ok(TokenKind::Refresh) => 2,
            Ok(_) => 1,
            Err(_) => 3,
        }
    }
}

/// How this computer knows what is for it.
struct Ours {
    /// The keys that answers are sealed to, those that were given up too.
    keys: Vec<KeyId>,
    made: Vec<TokenId>,
}

impl Ours {
    fn of(state: &State) -> Self {
        let devices = state.devices.values();
        let keys = devices.flat_map(|device| {
            let now = device.exchange.as_ref().map(|key| key.public().id());
            device.retired.iter().copied().chain(now)
        });
        Self {
            keys: keys.collect(),
            made: state.made().map(|made| made.id).collect(),
        }
    }

    fn pick(&self, found: &Found, inbox: Option<&String>, brought: &mut Vec<Brought>) {
        let Some(content) = &found.content else {
            return;
        };
        let artefacts = Artefact::read(content);
        let is_named_ours = || self.made.iter().any(|id| is_answer_to(&found.name, *id));
        let one = |token, is_all| Brought {
            path: found.path.clone(),
            name: inbox.cloned(),
            token,
            is_all,
            is_of_use: false,
            is_own: false,
        };
        match artefacts {
            Err(fault) => {
                if is_named_ours() {
                    brought.push(one(Err(fault), false));
                }
            }
            Ok(artefacts) => {
                let all = artefacts.len();
                let mut ours = Vec::new();
                let mut along = 0;
                for artefact in artefacts {
                    match artefact {
                        Ok(Artefact::Profile(_)) => along += 1,
                        Ok(Artefact::Token(token)) if self.is_for(&token) => ours.push(Ok(token)),
                        Err(fault) if is_named_ours() => ours.push(Err(fault)),
                        _ => {}
                    }
                }
                let is_all = ours.len() + along == all && ours.iter().all(Result::is_ok);
                brought.extend(ours.into_iter().map(|token| one(token, is_all)));
            }
        }
    }

    fn is_for(&self, token: &SealedToken) -> bool {
        !token.kind().from_device() && self.keys.contains(&token.recipient())
    }
}

/// Whether nothing is to be done with an answer any more: it was taken, or what it answers or renews is
/// over.
fn is_settled(result: &Result<Applied, ApplyFault>, is_own: bool) -> bool {
    match result {
        Ok(_) => true,
        Err(ApplyFault::Refused(refusal)) => {
            let is_over = matches!(
                refusal,
                Refusal::AnswersNothingOutstanding
                    | Refusal::RefreshOlder
                    | Refusal::TimeNotAskedFor
            );
            is_over && is_own
        }
        Err(_) => false,
    }
}
