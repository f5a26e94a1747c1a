//! The seal around a record: AES-256-GCM over the state, bound to format and generation.
//!
//! It keeps honest people honest. What cannot be forged is what the vendor signed.

use aes_gcm::{
    Aes256Gcm, KeyInit as _,
    aead::{Aead as _, Payload},
};
use zeroize::Zeroizing;

use super::{StoreFault, key::StoreKey, record, state::State};

/// Magic bytes, format version (2) and generation (8): readable without the key, and authenticated.
const HEADER: usize = 14;
const MAGIC: &[u8; 4] = b"KFST";
const NONCE: usize = 12;
/// The version of the record that this program writes.
const FORMAT: u16 = 2;

/// A state and its number, which rises with every change.
pub(super) struct Generation {
    pub(super) number: u64,
    pub(super) state: State,
    /// Whether it was written ahead: in the place of the previous generation before that of the
    /// newest, so that nothing older is left once it counts.
    pub(super) ahead: bool,
}

/// What a sealed record turned out to be.
pub(super) enum Opened {
    Whole(Box<Generation>),
    /// Sealed with this key by a program that knows more.
    Newer,
    Damaged,
}

impl Opened {
    /// Whether this is no whole state, or one from before `other`.
    pub(super) fn is_before(&self, other: &Generation) -> bool {
        match self {
            Self::Whole(generation) => generation.number < other.number,
            Self::Newer | Self::Damaged => true,
        }
    }
}

pub(super) fn seal(
    key: &StoreKey,
    number: u64,
    state: &State,
    ahead: bool,
) -> Result<Vec<u8>, StoreFault> {
    let unfit = || StoreFault::System {
        reason: "the record does not fit".into(),
    };
    seal_bytes(
        key,
        FORMAT,
        number,
        &record::write(state, ahead).ok_or_else(unfit)?,
    )
}

fn seal_bytes(
    key: &StoreKey,
    format: u16,
    number: u64,
    plain: &[u8],
) -> Result<Vec<u8>, StoreFault> {
    let system = |reason: String| StoreFault::System { reason };
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|error| system(error.to_string()))?;
    let header = header(format, number);
    let payload = Payload {
        msg: plain,
        aad: &header,
    };
    let sealed = Aes256Gcm::new(key.expose().into())
        .encrypt(&nonce.into(), payload)
        .map_err(|_| system("the record was not sealed".into()))?;
    Ok([&header[..], &nonce, &sealed].concat())
}

/// A record as a program of the next format would seal it.
#[cfg(test)]
pub(super) fn seal_as_newer(key: &StoreKey) -> Vec<u8> {
    seal_bytes(key, FORMAT + 1, 3, b"something new").unwrap()
}

/// A record as the program before license files sealed it.
#[cfg(test)]
pub(super) fn seal_as_before(key: &StoreKey, number: u64, state: &State) -> Vec<u8> {
    let record = record::write(state, false).unwrap();
    let mut entries = ciborium::from_reader::<ciborium::Value, _>(&record[..])
        .unwrap()
        .into_map()
        .unwrap();
    entries.retain(|(name, _)| !name.as_text().unwrap().contains("licenses"));
    assert_eq!(entries.len(), 13);
    let mut plain = Vec::new();
    ciborium::into_writer(&ciborium::Value::Map(entries), &mut plain).unwrap();
    seal_bytes(key, 1, number, &plain).unwrap()
}

/// A record that says that it is of the format before license files, and is not.
#[cfg(test)]
pub(super) fn seal_as_neither(key: &StoreKey, number: u64, state: &State) -> Vec<u8> {
    seal_bytes(key, 1, number, &record::write(state, false).unwrap()).unwrap()
}

pub(super) fn open(key: &StoreKey, bytes: &[u8]) -> Opened {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else {
        return Opened::Damaged;
    };
    let Some((nonce, sealed)) = rest.split_first_chunk::<NONCE>() else {
        return Opened::Damaged;
    };
    let [m0, m1, m2, m3, f0, f1, number @ ..] = *header;
    if [m0, m1, m2, m3] != *MAGIC {
        return Opened::Damaged;
    }
    let payload = Payload {
        msg: sealed,
        aad: header,
    };
    let Ok(plain) = Aes256Gcm::new(key.expose().into()).decrypt(&(*nonce).into(), payload) else {
        return Opened::Damaged;
    };
    let plain = Zeroizing::new(plain);
    // Every format keeps header and seal, so that a newer one is told apart from damage.
    let format = u16::from_be_bytes([f0, f1]);
    if format > FORMAT {
        return Opened::Newer;
    }
    match record::read(&plain, format) {
        Some((state, ahead)) => Opened::Whole(Box::new(Generation {
            number: u64::from_be_bytes(number),
            state,
            ahead,
        })),
        None => Opened::Damaged,
    }
}

fn header(format: u16, number: u64) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..4].copy_from_slice(MAGIC);
    header[4..6].copy_from_slice(&format.to_be_bytes());
    header[6..].copy_from_slice(&number.to_be_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(number: u64) -> (StoreKey, Vec<u8>) {
        let key = StoreKey::make().unwrap();
        let sealed = seal(&key, number, &State::default(), false).unwrap();
        (key, sealed)
    }

    #[test]
    fn no_flipped_bit_passes() {
        let (key, good) = sealed(7);
        assert!(matches!(open(&key, &good), Opened::Whole(g) if g.number == 7));
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(open(&key, &bad), Opened::Damaged), "bit {bit}");
        }
        for length in 0..good.len() {
            assert!(
                matches!(open(&key, &good[..length]), Opened::Damaged),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn a_record_of_a_newer_program_is_told_apart_from_damage() {
        let key = StoreKey::make().unwrap();
        let mut sealed = seal_as_newer(&key);
        assert!(matches!(open(&key, &sealed), Opened::Newer));
        sealed[40] ^= 1;
        assert!(matches!(open(&key, &sealed), Opened::Damaged));
    }

    #[test]
    fn two_writes_never_share_a_nonce() {
        let key = StoreKey::make().unwrap();
        let nonce = || {
            let sealed = seal(&key, 1, &State::default(), false).unwrap();
            sealed[HEADER..HEADER + NONCE].to_vec()
        };
        assert_ne!(nonce(), nonce());
    }
}
