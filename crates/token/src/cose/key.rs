//! `COSE_Key`: the keys of devices, and the one-time keys of envelopes.

use ciborium::Value;
use p256::PublicKey;

use crate::{ParseFault, claims::Reader, keys};

/// A P-256 public key as a `COSE_Key` with exactly kty, crv, x and y (RFC 9053 §7.1.1): its
/// coordinates, of which `y` may be a sign only.
fn read_coordinates(value: Value) -> Result<([u8; 32], Value), ParseFault> {
    let mut map = Reader::new("COSE_Key", value)?;
    let kinds = (map.uint(1)?, map.uint(-1)?);
    let coordinates = (map.fixed(-2)?, map.need(-3)?);
    map.finish_exactly()?;
    // EC2 on P-256.
    if kinds == (2, 1) {
        Ok(coordinates)
    } else {
        Err(ParseFault::Key(crate::KeyFault::Unreadable))
    }
}

fn read_point(sec1: &[u8]) -> Result<PublicKey, ParseFault> {
    keys::point_from_sec1(sec1).ok_or(ParseFault::Key(crate::KeyFault::Unreadable))
}

/// Reads an ephemeral key, its point in full. The agreed secret depends on x alone, and nothing
/// authenticates this header: with a sign in place of y one flipped bit would pass.
pub(super) fn read_ephemeral(value: Value) -> Result<PublicKey, ParseFault> {
    match read_coordinates(value)? {
        (x, Value::Bytes(y)) if y.len() == 32 => read_point(&[&[4], &x[..], &y].concat()),
        _ => Err(ParseFault::Malformed { what: "COSE_Key" }),
    }
}

/// Reads a device's public key from a `cnf` claim's `COSE_Key` (RFC 8747 §3.2).
pub(crate) fn read_device_key(value: Value) -> Result<crate::DevicePublicKey, ParseFault> {
    use p256::elliptic_curve::sec1::ToSec1Point as _;
    let point = match read_coordinates(value)? {
        (x, Value::Bytes(y)) if y.len() == 32 => read_point(&[&[4], &x[..], &y].concat())?,
        (x, Value::Bool(odd)) => read_point(&[&[2 + u8::from(odd)], &x[..]].concat())?,
        _ => return Err(ParseFault::Malformed { what: "COSE_Key" }),
    };
    Ok(crate::DevicePublicKey::from_sec1(
        point.to_sec1_point(true).as_bytes(),
    )?)
}

/// Writes a device's public key as a `COSE_Key` with a compressed point: claims are read by us.
pub(crate) fn device_key(key: &crate::DevicePublicKey) -> Value {
    let sec1 = key.to_sec1();
    Value::Map(vec![
        (1.into(), 2.into()),
        ((-1).into(), 1.into()),
        ((-2).into(), Value::Bytes(sec1[1..].to_vec())),
        ((-3).into(), Value::Bool(sec1[0] == 3)),
    ])
}
