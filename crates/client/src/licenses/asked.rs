//! Which USB key is to be asked for where the license of a product is not there.

use keyferry_device::usb::UsbKey;
use keyferry_license::{State as StandingState, usb_id};
use keyferry_token::{Binding, License, UsbId};

use super::{LicenseFound, LicensePlace, standing::key_at};
use crate::{
    store::{KeyAsked, State},
    usb::facts,
};

/// What the files of one license tell.
enum Told {
    Key(UsbId),
    NoKey,
    Nothing,
}

/// What a check tells of the keys to ask for, of each license by its newest file: the one from which it
/// runs; none where it is kept on this computer, and where no key can make it run any more. What
/// does not run for another reason tells nothing, and the key from which it ran before stays.
pub(super) fn keys_to_ask_for(
    found: &[LicenseFound],
    state: &State,
    keys: &[UsbKey],
) -> Vec<KeyAsked> {
    let mut all: Vec<KeyAsked> = Vec::new();
    for license in found.iter().filter_map(|found| of_newest(found, state)) {
        let is_first = all
            .iter()
            .all(|asked| (asked.vendor, asked.license) != (license.vendor, license.id));
        let key = match key_of(license, found, state, keys) {
            Told::Key(key) => Some(key),
            Told::NoKey => None,
            Told::Nothing => continue,
        };
        if is_first {
            all.push(KeyAsked {
                vendor: license.vendor,
                license: license.id,
                sequence: license.sequence,
                key,
            });
        }
    }
    all
}

fn key_of(license: &License, found: &[LicenseFound], state: &State, keys: &[UsbKey]) -> Told {
    let is_same = |found: &&LicenseFound| {
        of_newest(found, state)
            .is_some_and(|other| (other.vendor, other.id) == (license.vendor, license.id))
    };
    let files: Vec<&LicenseFound> = found.iter().filter(is_same).collect();
    if files
        .iter()
        .any(|found| matches!(found.place, LicensePlace::Kept { .. }))
    {
        return Told::NoKey;
    }
    let before = state
        .seen_license(&license.vendor, &license.id)
        .and_then(|seen| seen.key.as_ref());
    let runs_from: Vec<UsbId> = files
        .iter()
        .filter(|found| found.standing.state.runs())
        .filter_map(|found| usb_id(&facts(key_at(&found.place, keys)?)))
        .collect();
    if let Some(first) = runs_from.first() {
        let stays = before.filter(|before| runs_from.contains(before));
        return Told::Key(stays.unwrap_or(first).clone());
    }
    let is_over = files.iter().any(|found| {
        matches!(
            found.standing.state,
            StandingState::Stopped | StandingState::Expired
        )
    });
    let is_bound_elsewhere = match &license.binding {
        Binding::Usb { key, .. } => before.is_some_and(|before| before != key),
        Binding::Unbound | Binding::Device { .. } => false,
    };
    if is_over || is_bound_elsewhere {
        Told::NoKey
    } else {
        Told::Nothing
    }
}

/// The license, if it is believed and no newer file of it was seen.
fn of_newest<'a>(found: &'a LicenseFound, state: &State) -> Option<&'a License> {
    let license = &found.license.as_ref().ok()?.license;
    let newest = state.newest_seen(&license.vendor, &license.id);
    (newest == Some(license.sequence)).then_some(license)
}
