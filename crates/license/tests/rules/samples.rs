//! What the tests build on: points in time, devices and their fingerprints.

use keyferry_token::{
    ActivationId, ComponentKind, DeviceId, Fingerprint, Seconds, Timestamp, TokenId,
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
