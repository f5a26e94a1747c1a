//! What the tests build on: points in time, devices and their fingerprints.

use keyferry_catalogue::Code;
use keyferry_license::{Reading, Standing, State};
use keyferry_token::{
    ActivationId, ComponentKind, DeviceId, Fingerprint, Grant, Name, SeatStatus, Seconds, Sequence,
    Timestamp, TokenId,
};
use proptest::{collection::btree_map, prelude::*, sample::select};

/// A point in time that the tests agree on: 2026-11-23T04:00:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_795_406_400);

pub(crate) fn device(name: u8) -> DeviceId {
    DeviceId::new([name; 16])
}

pub(crate) fn activation(name: u8) -> ActivationId {
    ActivationId::new([name; 10])
}

pub(crate) fn token(name: u8) -> TokenId {
    TokenId::new([name; 32])
}

pub(crate) fn product() -> Name {
    Name::new("Acme CAD").unwrap()
}

pub(crate) fn in_days(days: u64) -> Timestamp {
    NOW.plus(Seconds::days(days))
}

pub(crate) fn days_ago(days: u64) -> Timestamp {
    NOW.minus(Seconds::days(days))
}

/// A machine that tells its time and not how long it is on.
pub(crate) const fn clock_only(now: Timestamp) -> Reading {
    Reading { now, uptime: None }
}

/// A standing of which nothing else is known.
pub(crate) fn standing(state: State, reason: Option<Code>) -> Standing {
    Standing {
        state,
        problem: reason.map(keyferry_catalogue::Problem::new),
        until: None,
        features: Vec::new(),
        changed: Vec::new(),
        other_device: false,
        lease: None,
    }
}

/// A grant of the activation of this name with 30 days of lease and 7 of grace.
pub(crate) fn grant(name: u8) -> Grant {
    Grant {
        activation: activation(name),
        sequence: Sequence(NOW.unix()),
        status: SeatStatus::Active,
        lease_expires_at: Some(in_days(30)),
        grace: Seconds::days(7),
        subscription_end: None,
        features: Vec::new(),
        edition: None,
        holder: None,
        enrolled: machine(name, &ComponentKind::ALL),
        tolerance: 60,
        emergency: None,
        trial: false,
        maintenance_end: None,
    }
}

/// A machine with these components, each made by the same maker.
pub(crate) fn machine(maker: u8, kinds: &[ComponentKind]) -> Fingerprint {
    Fingerprint::from_digests(kinds.iter().map(|kind| (*kind, [maker; 8])))
}

/// The same machine with another part in each of these places.
pub(crate) fn replaced(machine: &Fingerprint, kinds: &[ComponentKind]) -> Fingerprint {
    Fingerprint::from_digests(machine.iter().map(|(kind, digest)| {
        let digest = if kinds.contains(&kind) {
            [0xee; 8]
        } else {
            *digest
        };
        (kind, digest)
    }))
}

/// The same machine with these parts missing or unreadable.
pub(crate) fn without(machine: &Fingerprint, kinds: &[ComponentKind]) -> Fingerprint {
    Fingerprint::from_digests(
        machine
            .iter()
            .filter(|(kind, _)| !kinds.contains(kind))
            .map(|(kind, digest)| (kind, *digest)),
    )
}

/// Any set of components, of so few makers that machines often have parts in common.
pub(crate) fn any_machine() -> impl Strategy<Value = Fingerprint> {
    btree_map(select(&ComponentKind::ALL[..]), 0..3_u8, 0..=6).prop_map(|parts| {
        Fingerprint::from_digests(parts.into_iter().map(|(kind, maker)| (kind, [maker; 8])))
    })
}

pub(crate) fn any_time() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_u64).prop_map(Timestamp::from_unix)
}

pub(crate) fn any_length() -> impl Strategy<Value = Seconds> {
    (0..800 * 86_400_u64).prop_map(Seconds::new)
}
