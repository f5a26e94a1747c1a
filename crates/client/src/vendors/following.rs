//! Going along with a trusted vendor's newer profiles (`docs/spec/profile.md`, P2 and P3): those that
//! came with its answer, and those that somebody confirmed.

use std::collections::BTreeMap;

use keyferry_token::{
    ArtefactKind, Deactivation, SealedToken, SignedProfile, VendorId, VendorProfile, Verified,
    armor, seal_for_vendor,
};

use super::{
    Origin, PendingVendor, Relation, Trusted, TrustedVendors, Vendor, VendorFault, installed,
    pending,
};
use crate::{
    Client,
    client::randomness,
    store::{MadeToken, State, TrustedProfile},
};

/// Profiles that were brought together with something else, by vendor.
pub(crate) type Chains = BTreeMap<VendorId, Vec<SignedProfile>>;

/// A profile whose signature was checked, beside what was signed.
pub(super) type Link = (SignedProfile, Verified<VendorProfile>);

impl Client {
    /// Trusts the newer profiles of a vendor that is trusted already, where they lead on from what is
    /// trusted; whether they do.
    ///
    /// # Errors
    /// Those of changing the store.
    pub(crate) fn follow(
        &self,
        state: &mut State,
        vendor: &VendorId,
        chains: &Chains,
    ) -> Result<bool, VendorFault> {
        let Some(brought) = chains.get(vendor) else {
            return Ok(false);
        };
        match pending(brought.clone(), &self.trusted(state)) {
            Ok(pending) if pending.relation() == Relation::Successor => {
                self.install(state, &pending)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Keeps a profile as the trusted one of its vendor.
    pub(super) fn install(
        &self,
        state: &mut State,
        pending: &PendingVendor,
    ) -> Result<Vendor, VendorFault> {
        let id = pending.profile.vendor;
        let clock = self.clock(state, &id);
        let origin = match self.trusted(state).get(&id) {
            Some(trusted) => trusted.origin,
            None => Origin::Confirmed(clock.effective()),
        };
        let trusted_at = match origin {
            Origin::Confirmed(then) => then,
            Origin::Installed => clock.effective(),
        };
        state.floors.insert(id, clock.floor());
        let bytes = self.kept_form(state, pending);
        state
            .vendors
            .insert(id, TrustedProfile { bytes, trusted_at });
        seal_anew(state, &pending.profile)?;
        Ok(Vendor {
            profile: (*pending.profile).clone(),
            origin,
        })
    }

    /// What is kept of a profile: itself, and where an administrator installed an older one, the way
    /// from there to it.
    fn kept_form(&self, state: &State, pending: &PendingVendor) -> Vec<u8> {
        let id = pending.profile.vendor;
        let mut links = pending.chain.clone();
        if let Some(before) = state.vendors.get(&id) {
            links.extend(stored(&before.bytes).into_iter().flatten());
        }
        links.sort_by_key(|(_, profile)| profile.number);
        installed::profiles(&self.installed_vendors)
            .iter()
            .filter_map(|signed| signed.verify_whole().ok())
            .filter(|profile| profile.vendor == id)
            .max_by_key(|profile| profile.number)
            .and_then(|installed| lead(&installed, &links))
            .filter(|way| !way.is_empty())
            .map_or_else(
                || pending.newest.bytes().to_vec(),
                |way| {
                    way.iter()
                        .map(|signed| armor(ArtefactKind::Profile, signed.bytes()))
                        .collect::<String>()
                        .into_bytes()
                },
            )
    }
}

/// Deactivations that the vendor may not have yet are made again for the exchange key that it uses
/// now: a key that was replaced is not opened for ever, and what they give back is gone here. Each
/// gets a number of its own; if both arrive, the second one changes nothing.
fn seal_anew(state: &mut State, profile: &VendorProfile) -> Result<(), VendorFault> {
    let device = state.devices.get_mut(&profile.vendor);
    let (Some(device), Some(key)) = (device, profile.exchange_key()) else {
        return Ok(());
    };
    let mut rng = randomness()?;
    let waiting = state
        .deactivations
        .iter_mut()
        .filter(|made| made.is_undelivered() && made.token.vendor == profile.vendor)
        .filter(|made| !is_sealed_to(&made.token, key.id()));
    for made in waiting {
        let Some(claims) = made.token.open::<Deactivation>() else {
            continue;
        };
        let claims = Deactivation {
            recipient: key.id(),
            number: device.next_number(),
            ..claims.into_claims()
        };
        if let Ok(sealed) = seal_for_vendor(&claims, &device.signing, key, &mut rng) {
            made.token = MadeToken::new(made.token.of(), sealed);
        }
    }
    Ok(())
}

impl TrustedVendors {
    /// As it will be once something is taken that came with these profiles.
    pub(crate) fn following(mut self, chains: &Chains) -> Self {
        for (vendor, brought) in chains {
            let Ok(pending) = pending(brought.clone(), &self) else {
                continue;
            };
            if pending.relation() == Relation::Successor
                && let Some(trusted) = self.0.get_mut(vendor)
            {
                *trusted = Trusted::new(pending.profile, trusted.vendor.origin);
            }
        }
        self
    }
}

/// Whether a token made here is for this key.
pub(crate) fn is_sealed_to(made: &MadeToken, key: keyferry_token::KeyId) -> bool {
    SealedToken::parse(&made.bytes).is_ok_and(|token| token.recipient() == key)
}

/// Whether what is kept is the way from an installed profile, which is text, and not a profile that a
/// person confirmed, which is not. A way counts for nothing by itself: nobody confirmed where it leads.
pub(super) fn is_way(bytes: &[u8]) -> bool {
    SignedProfile::parse(bytes).is_err()
}

/// What is kept of a vendor's profiles: the newest last.
pub(super) fn stored(bytes: &[u8]) -> Option<Vec<Link>> {
    let profiles = match SignedProfile::parse(bytes) {
        Ok(one) => vec![one],
        Err(_) => super::profiles(bytes).ok()?,
    };
    profiles
        .into_iter()
        .map(|signed| {
            let profile = signed.verify_whole().ok()?;
            Some((signed, profile))
        })
        .collect()
}

/// Which of several profiles, in the order of their numbers, a trusted one leads to, by itself or
/// through others of them.
pub(super) fn reached(from: &VendorProfile, links: &[Link]) -> Vec<bool> {
    let mut known = vec![from];
    let mut found = Vec::with_capacity(links.len());
    for (signed, profile) in links {
        let follows = |last: &&VendorProfile| {
            last.number < profile.number && signed.verify_successor(last).is_ok()
        };
        let led_to = known.iter().any(follows);
        if led_to {
            known.push(profile);
        }
        found.push(led_to);
    }
    found
}

/// The fewest profiles that lead from a trusted one to the newest of several, which are in the order of
/// their numbers; `None` where they do not.
pub(super) fn lead<'l>(from: &VendorProfile, links: &'l [Link]) -> Option<Vec<&'l SignedProfile>> {
    let (_, newest) = links.last()?;
    let mut way = Vec::new();
    let mut last = from;
    while last.number < newest.number {
        let (signed, profile) = links.iter().rev().find(|(signed, profile)| {
            profile.number > last.number && signed.verify_successor(last).is_ok()
        })?;
        way.push(signed);
        last = profile;
    }
    (*last == **newest).then_some(way)
}
