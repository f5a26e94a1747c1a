//! Whom this computer talks to: vendor profiles, and who confirmed them.

mod fault;
mod following;
mod installed;

use std::{collections::BTreeMap, path::PathBuf};

use keyferry_catalogue::Code;
use keyferry_license::{State as StandingState, StoreCondition};
use keyferry_token::{
    Artefact, ParseFault, SignedProfile, Timestamp, TokenId, VendorFingerprint, VendorId,
    VendorProfile, Verified,
};

use crate::{
    Client, LicenseRead, StoreFault,
    store::{Outcome, Repair, State},
};

pub use fault::VendorFault;
pub(crate) use following::{Chains, is_sealed_to};
use following::{Link, is_way, lead, reached, stored};

/// A vendor that this computer talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vendor {
    /// What it says of itself.
    pub profile: VendorProfile,
    /// Who decided to trust it.
    pub origin: Origin,
}

/// Who decided to trust a vendor. Going along with its newer profiles is nobody's decision, and leaves
/// this as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user, when the vendor was new here.
    Confirmed(Timestamp),
    /// An administrator of this computer.
    Installed,
}

impl Vendor {
    /// The vendor's id.
    pub fn id(&self) -> VendorId {
        self.profile.vendor
    }
}

/// A profile that was read and is whole. Nothing trusts it yet: [`Client::trust`] does.
#[derive(Clone, Debug)]
pub struct PendingVendor {
    /// The profiles, from the oldest to the newest: a client that slept through a change of keys
    /// is given the chain.
    chain: Vec<Link>,
    newest: SignedProfile,
    profile: Verified<VendorProfile>,
    relation: Relation,
}

/// How a profile relates to what is trusted already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// No profile of this vendor is trusted yet.
    New,
    /// This very profile is trusted already.
    Known,
    /// Newer than the trusted one, and signed by a key that it lists.
    Successor,
    /// Not newer than the trusted one.
    Older,
    /// In the name of a trusted vendor, and not signed by its keys.
    NotChained,
}

impl PendingVendor {
    /// What the vendor says of itself.
    pub fn profile(&self) -> &VendorProfile {
        &self.profile
    }

    /// The words to compare with those that the vendor made known elsewhere.
    pub fn fingerprint(&self) -> VendorFingerprint {
        self.profile.fingerprint()
    }

    /// How it relates to what was trusted when it was read.
    pub fn relation(&self) -> Relation {
        self.relation
    }

    /// Whether a person has to confirm it before it is trusted.
    pub fn needs_confirmation(&self) -> bool {
        self.relation == Relation::New
    }

    fn relation_to(&self, trusted: Option<&Trusted>) -> Relation {
        let Some(trusted) = trusted else {
            return Relation::New;
        };
        if self.profile.id() == trusted.id {
            return Relation::Known;
        }
        if self.profile.number <= trusted.vendor.profile.number {
            return Relation::Older;
        }
        match lead(&trusted.vendor.profile, &self.chain) {
            Some(_) => Relation::Successor,
            None => Relation::NotChained,
        }
    }
}

/// What a person did to confirm a vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation<'a> {
    /// Typed the words that the vendor made known.
    Words(&'a str),
    /// Compared the words, and said that they are the same.
    ByHand,
    /// Nothing. Enough for a newer profile that the trusted vendor signed.
    Nothing,
}

/// A vendor with its profile's id.
pub(crate) struct Trusted {
    pub(crate) vendor: Vendor,
    id: TokenId,
}

/// The vendors that are trusted at one moment.
pub(crate) struct TrustedVendors(BTreeMap<VendorId, Trusted>);

impl TrustedVendors {
    pub(crate) fn get(&self, vendor: &VendorId) -> Option<&Vendor> {
        self.0.get(vendor).map(|trusted| &trusted.vendor)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Vendor> {
        self.0.values().map(|trusted| &trusted.vendor)
    }
}

impl Client {
    /// The vendors that this computer talks to.
    ///
    /// # Errors
    /// Those of reading the store.
    pub fn vendors(&self) -> Result<Vec<Vendor>, StoreFault> {
        let snapshot = self.store.read()?;
        Ok(self
            .trusted(&snapshot.state)
            .0
            .into_values()
            .map(|trusted| trusted.vendor)
            .collect())
    }

    /// The files that an administrator installed and that hold no profile that can be read: their
    /// vendors are missing here.
    pub(crate) fn unread_vendors(&self) -> Vec<PathBuf> {
        installed::read(&self.installed_vendors).unread
    }

    /// Reads a vendor profile, or the chain of one vendor's profiles. Changes nothing.
    ///
    /// # Errors
    /// Those of parsing, `wrong_kind`, `signature_mismatch`, `untrusted_key`, `malformed`; those of
    /// reading the store.
    pub fn read_profile(&self, bytes: &[u8]) -> Result<PendingVendor, VendorFault> {
        let profiles = profiles(bytes)?;
        let snapshot = self.store.read()?;
        pending(profiles, &self.trusted(&snapshot.state))
    }

    /// Trusts a vendor: its answers are believed from now on, and its profile is copied into the
    /// store. Trusting it again changes nothing.
    ///
    /// # Errors
    /// `vendor_not_confirmed`, `vendor_fingerprint_mismatch`, `profile_older`,
    /// `profile_not_chained`; those of changing the store.
    pub fn trust(
        &self,
        pending: &PendingVendor,
        confirmation: Confirmation<'_>,
    ) -> Result<Vendor, VendorFault> {
        if let Confirmation::Words(typed) = confirmation
            && !pending.fingerprint().matches(typed)
        {
            return Err(VendorFault::FingerprintMismatch);
        }
        let id = pending.profile.vendor;
        // A vendor has to be known before an activation can repair a damaged store (rule C1).
        self.change(Repair::Allowed, |state, _| {
            let mut trusted = self.trusted(state).0;
            match pending.relation_to(trusted.get(&id)) {
                Relation::Older => return Err(VendorFault::ProfileOlder),
                Relation::NotChained => return Err(VendorFault::ProfileNotChained),
                Relation::New if confirmation == Confirmation::Nothing => {
                    let vendor = pending.profile.name.clone();
                    return Err(VendorFault::NotConfirmed { vendor });
                }
                Relation::Known => {
                    if let Some(trusted) = trusted.remove(&id) {
                        return Ok(Outcome::Unchanged(trusted.vendor));
                    }
                }
                Relation::New | Relation::Successor => {}
            }
            Ok(Outcome::Changed(self.install(state, pending)?))
        })
    }

    /// Stops talking to a vendor, and forgets its requests and what is over. This computer's keys
    /// for it stay, so that it is the same device if the vendor comes back, and so does the floor
    /// under the clock. What an administrator installed stays, and with it what it led to: without that
    /// an older profile would count again, and keys that were revoked since.
    ///
    /// # Errors
    /// `vendor_unknown`, `vendor_installed`, `vendor_in_use` while an activation or a license file that was
    /// added here can run, a request
    /// waits for its answer or a deactivation for its delivery; those of changing the store.
    pub fn remove_vendor(&self, id: &VendorId) -> Result<(), VendorFault> {
        self.change(Repair::Refused, |state, condition| {
            let trusted = self.trusted(state);
            let vendor = trusted.get(id).ok_or(VendorFault::Unknown)?;
            for of in state.activations.keys().filter(|(vendor, _)| vendor == id) {
                match self
                    .standing_of(state, condition, vendor, of)
                    .standing
                    .state
                {
                    StandingState::Expired | StandingState::Stopped => {}
                    StandingState::Licensed
                    | StandingState::Grace
                    | StandingState::Emergency
                    | StandingState::Unlicensed
                    | StandingState::Blocked => return Err(VendorFault::InUse),
                }
            }
            if self.license_counts(state, condition, vendor) {
                return Err(VendorFault::InUse);
            }
            let mut requests = state.requests.iter();
            let mut deactivations = state.deactivations.iter();
            if requests.any(|made| made.token.vendor == *id && !made.withdrawn)
                || deactivations.any(|made| made.token.vendor == *id && made.is_undelivered())
            {
                return Err(VendorFault::InUse);
            }
            if vendor.origin == Origin::Installed {
                return Err(VendorFault::Installed);
            }
            state.vendors.remove(id);
            state.forget_vendor(id);
            Ok(Outcome::Changed(()))
        })
    }

    /// Whether a license file of a vendor is kept here that runs, or may again.
    fn license_counts(&self, state: &State, condition: StoreCondition, vendor: &Vendor) -> bool {
        let kept = self.kept_licenses(state, condition);
        kept.iter().any(|found| {
            let of_vendor = |read: &LicenseRead| read.license.vendor == vendor.id();
            found.license.as_ref().is_ok_and(of_vendor)
                && !matches!(
                    found.standing.state,
                    StandingState::Expired | StandingState::Stopped
                )
                && !matches!(
                    found.standing.reason(),
                    // It was replaced, or is another computer's.
                    Some(Code::LicenseSuperseded | Code::WrongDevice)
                )
        })
    }

    /// The trusted vendors: what an administrator installed, and what the user confirmed. What is kept
    /// of an installed vendor counts only where the installed profile leads to it.
    pub(crate) fn trusted(&self, state: &State) -> TrustedVendors {
        let mut trusted: BTreeMap<VendorId, Trusted> = BTreeMap::new();
        for signed in installed::profiles(&self.installed_vendors) {
            let Ok(profile) = signed.verify_whole() else {
                continue;
            };
            let newer = trusted
                .get(&profile.vendor)
                .is_none_or(|other| other.vendor.profile.number < profile.number);
            if newer {
                trusted.insert(profile.vendor, Trusted::new(profile, Origin::Installed));
            }
        }
        for (id, confirmed) in &state.vendors {
            let Some(mut links) = stored(&confirmed.bytes) else {
                continue;
            };
            let origin = match trusted.get(id).map(|trusted| &trusted.vendor) {
                Some(installed) if leads_on(&installed.profile, &links) => installed.origin,
                None if !is_way(&confirmed.bytes) => Origin::Confirmed(confirmed.trusted_at),
                _ => continue,
            };
            if let Some((_, profile)) = links.pop()
                && profile.vendor == *id
            {
                trusted.insert(*id, Trusted::new(profile, origin));
            }
        }
        TrustedVendors(trusted)
    }
}

/// Whether there are newer profiles, and they lead on from one.
fn leads_on(from: &VendorProfile, links: &[Link]) -> bool {
    lead(from, links).is_some_and(|way| !way.is_empty())
}

/// The profiles in what somebody brought, and nothing else.
fn profiles(bytes: &[u8]) -> Result<Vec<SignedProfile>, ParseFault> {
    let mut profiles = Vec::new();
    for artefact in Artefact::read(bytes)? {
        match artefact? {
            Artefact::Profile(profile) => profiles.push(profile),
            other => {
                let found = other.kind().name();
                return Err(ParseFault::Kind {
                    found,
                    wanted: "vendor_profile",
                });
            }
        }
    }
    Ok(profiles)
}

/// The trusted profile and those that it leads to, where any of them is there; otherwise all. Anybody
/// can make a whole profile in a vendor's name, with any number: it does not stand in the way of
/// those that the vendor made.
fn without_strangers(chain: Vec<Link>, trusted: &Trusted) -> Vec<Link> {
    let own: Vec<bool> = reached(&trusted.vendor.profile, &chain)
        .into_iter()
        .zip(&chain)
        .map(|(led_to, (_, profile))| led_to || profile.id() == trusted.id)
        .collect();
    if !own.contains(&true) {
        return chain;
    }
    let chain = chain.into_iter().zip(own);
    chain
        .filter_map(|(link, own)| own.then_some(link))
        .collect()
}

/// Checks the profiles of one vendor.
pub(crate) fn pending(
    profiles: Vec<SignedProfile>,
    trusted: &TrustedVendors,
) -> Result<PendingVendor, VendorFault> {
    let mut chain = Vec::with_capacity(profiles.len());
    for signed in profiles {
        let profile = signed.verify_whole()?;
        chain.push((signed, profile));
    }
    chain.sort_by_key(|(_, profile)| profile.number);
    let (_, some) = chain.first().ok_or(ParseFault::Empty)?;
    let vendor = some.vendor;
    if chain.iter().any(|(_, other)| other.vendor != vendor) {
        return Err(ParseFault::Malformed {
            what: "several vendors",
        }
        .into());
    }
    if let Some(trusted) = trusted.0.get(&vendor) {
        chain = without_strangers(chain, trusted);
    }
    let (newest, profile) = chain.last().cloned().ok_or(ParseFault::Empty)?;
    if profile.exchange_key().is_none() {
        return Err(ParseFault::Malformed {
            what: "exchange key",
        }
        .into());
    }
    let mut pending = PendingVendor {
        chain,
        newest,
        profile,
        relation: Relation::New,
    };
    pending.relation = pending.relation_to(trusted.0.get(&pending.profile.vendor));
    Ok(pending)
}

impl Trusted {
    fn new(profile: Verified<VendorProfile>, origin: Origin) -> Self {
        let id = profile.id();
        Self {
            vendor: Vendor {
                profile: profile.into_claims(),
                origin,
            },
            id,
        }
    }
}
