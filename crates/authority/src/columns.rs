//! Between columns and domain types. What does not fit was not written by this program.

use keyferry_token::{
    BoundedText, ComponentKind, Feature, Fingerprint, ProductCode, SeatStatus, Seconds, Timestamp,
};

use crate::{
    DatabaseFault,
    database::{Column, Row},
};

const fn corrupt(what: &'static str) -> DatabaseFault {
    DatabaseFault::Corrupt { what }
}

/// A column as the database gives it.
pub(crate) fn get<'r, T: Column<'r>>(row: &'r Row, name: &'static str) -> Result<T, DatabaseFault> {
    row.get(name)
}

/// A number for a column. Databases count in signed 64 bits; nothing that is stored comes near.
pub(crate) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn number(row: &Row, name: &'static str) -> Result<u64, DatabaseFault> {
    u64::try_from(get::<i64>(row, name)?).map_err(|_| corrupt(name))
}

pub(crate) fn small(row: &Row, name: &'static str) -> Result<u32, DatabaseFault> {
    u32::try_from(get::<i64>(row, name)?).map_err(|_| corrupt(name))
}

pub(crate) fn maybe_number(row: &Row, name: &'static str) -> Result<Option<u64>, DatabaseFault> {
    get::<Option<i64>>(row, name)?
        .map(|number| u64::try_from(number).map_err(|_| corrupt(name)))
        .transpose()
}

pub(crate) fn time(row: &Row, name: &'static str) -> Result<Timestamp, DatabaseFault> {
    number(row, name).map(Timestamp::from_unix)
}

pub(crate) fn maybe_time(
    row: &Row,
    name: &'static str,
) -> Result<Option<Timestamp>, DatabaseFault> {
    Ok(maybe_number(row, name)?.map(Timestamp::from_unix))
}

pub(crate) fn seconds(row: &Row, name: &'static str) -> Result<Seconds, DatabaseFault> {
    number(row, name).map(Seconds::new)
}

pub(crate) fn maybe_seconds(
    row: &Row,
    name: &'static str,
) -> Result<Option<Seconds>, DatabaseFault> {
    Ok(maybe_number(row, name)?.map(Seconds::new))
}

/// The bytes of an id.
pub(crate) fn fixed<const N: usize>(
    row: &Row,
    name: &'static str,
) -> Result<[u8; N], DatabaseFault> {
    get::<Vec<u8>>(row, name)?
        .try_into()
        .map_err(|_| corrupt(name))
}

pub(crate) fn maybe_fixed<const N: usize>(
    row: &Row,
    name: &'static str,
) -> Result<Option<[u8; N]>, DatabaseFault> {
    get::<Option<Vec<u8>>>(row, name)?
        .map(|bytes| bytes.try_into().map_err(|_| corrupt(name)))
        .transpose()
}

/// Anything that is read from its text.
pub(crate) fn parsed<T: std::str::FromStr>(
    row: &Row,
    name: &'static str,
) -> Result<T, DatabaseFault> {
    get::<String>(row, name)?.parse().map_err(|_| corrupt(name))
}

pub(crate) fn product(row: &Row, name: &'static str) -> Result<ProductCode, DatabaseFault> {
    parsed(row, name)
}

pub(crate) fn bounded<const MAX: usize>(
    row: &Row,
    name: &'static str,
) -> Result<BoundedText<MAX>, DatabaseFault> {
    BoundedText::new(&get::<String>(row, name)?).map_err(|_| corrupt(name))
}

pub(crate) fn maybe_bounded<const MAX: usize>(
    row: &Row,
    name: &'static str,
) -> Result<Option<BoundedText<MAX>>, DatabaseFault> {
    get::<Option<String>>(row, name)?
        .map(|text| BoundedText::new(&text).map_err(|_| corrupt(name)))
        .transpose()
}

/// Which of some named states a column holds.
pub(crate) fn one_of<T: Copy, const N: usize>(
    row: &Row,
    name: &'static str,
    states: [T; N],
    text: impl Fn(T) -> &'static str,
) -> Result<T, DatabaseFault> {
    let stored: String = get(row, name)?;
    states
        .into_iter()
        .find(|state| text(*state) == stored)
        .ok_or(corrupt(name))
}

pub(crate) fn seat_status(row: &Row, name: &'static str) -> Result<SeatStatus, DatabaseFault> {
    let states = [
        SeatStatus::Active,
        SeatStatus::Suspended,
        SeatStatus::Revoked,
    ];
    one_of(row, name, states, SeatStatus::name)
}

/// Features as a JSON array.
pub(crate) fn features_text(features: &[Feature]) -> String {
    let list: serde_json::Value = features.iter().map(Feature::as_str).collect();
    list.to_string()
}

pub(crate) fn features(row: &Row, name: &'static str) -> Result<Vec<Feature>, DatabaseFault> {
    serde_json::from_str::<Vec<String>>(&get::<String>(row, name)?)
        .map_err(|_| corrupt(name))?
        .iter()
        .map(|text| Feature::new(text).map_err(|_| corrupt(name)))
        .collect()
}

/// A fingerprint as its components one after the other: the kind's number, then the digest.
pub(crate) fn fingerprint_bytes(fingerprint: &Fingerprint) -> Vec<u8> {
    fingerprint
        .iter()
        .flat_map(|(kind, digest)| std::iter::once(kind.number()).chain(*digest))
        .collect()
}

pub(crate) fn fingerprint(row: &Row, name: &'static str) -> Result<Fingerprint, DatabaseFault> {
    let bytes: Vec<u8> = get(row, name)?;
    let (components, rest) = bytes.as_chunks::<9>();
    if !rest.is_empty() {
        return Err(corrupt(name));
    }
    components
        .iter()
        .map(|[number, digest @ ..]| {
            ComponentKind::ALL
                .into_iter()
                .find(|kind| kind.number() == *number)
                .map(|kind| (kind, *digest))
                .ok_or(corrupt(name))
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Fingerprint::from_digests)
}
