//! Deterministic CBOR (RFC 8949 §4.2.1) and nothing else: a one-pass check of received bytes.
//!
//! The check runs on the bytes themselves before any library sees them, on the artefact, on each
//! protected header and on the signed payload, so that every artefact has exactly one encoding.

use core::cmp::Ordering;

use ciborium::Value;

use crate::fault::ParseFault;

/// Deepest nesting that is read; the deepest artefact has six levels.
const MAX_DEPTH: u8 = 8;

const NOT_DETERMINISTIC: ParseFault = ParseFault::Malformed { what: "cbor" };

/// Checks that `bytes` are one deterministic item, and that it is tagged `tag` if one is given.
/// Tags elsewhere, floats, null, undefined and other simple values are refused: no format here
/// has them.
pub(crate) fn check(bytes: &[u8], tag: Option<u64>) -> Result<(), ParseFault> {
    let start = match tag {
        None => 0,
        Some(wanted) => {
            let (major, value, next) = head(bytes, 0)?;
            if major != 6 || value != wanted {
                return Err(ParseFault::Malformed { what: "cbor tag" });
            }
            next
        }
    };
    if item(bytes, start, MAX_DEPTH)? == bytes.len() {
        Ok(())
    } else {
        Err(NOT_DETERMINISTIC)
    }
}

/// Major type, argument and the position behind an item's head; only the shortest form passes.
fn head(bytes: &[u8], at: usize) -> Result<(u8, u64, usize), ParseFault> {
    let first = *bytes.get(at).ok_or(NOT_DETERMINISTIC)?;
    let (major, short) = (first >> 5, first & 31);
    let (width, least) = match short {
        0..=23 => return Ok((major, u64::from(short), at + 1)),
        24 => (1, 24),
        25 => (2, 1 << 8),
        26 => (4, 1 << 16),
        27 => (8, 1 << 32),
        _ => return Err(NOT_DETERMINISTIC),
    };
    let end = at + 1 + width;
    let argument = bytes.get(at + 1..end).ok_or(NOT_DETERMINISTIC)?;
    let value = argument
        .iter()
        .fold(0_u64, |value, &byte| (value << 8) | u64::from(byte));
    if value < least {
        Err(NOT_DETERMINISTIC)
    } else {
        Ok((major, value, end))
    }
}

/// Walks one item and returns the position behind it. Never allocates, never trusts a length.
fn item(bytes: &[u8], at: usize, depth: u8) -> Result<usize, ParseFault> {
    let (major, value, mut next) = head(bytes, at)?;
    let inner = depth.checked_sub(1).ok_or(NOT_DETERMINISTIC);
    match major {
        0 | 1 => Ok(next),
        2 | 3 => {
            let end = usize::try_from(value)
                .ok()
                .and_then(|length| next.checked_add(length))
                .ok_or(NOT_DETERMINISTIC)?;
            let content = bytes.get(next..end).ok_or(NOT_DETERMINISTIC)?;
            if major == 3 && core::str::from_utf8(content).is_err() {
                return Err(NOT_DETERMINISTIC);
            }
            Ok(end)
        }
        4 => {
            let inner = inner?;
            for _ in 0..value {
                next = item(bytes, next, inner)?;
            }
            Ok(next)
        }
        5 => {
            let inner = inner?;
            let mut last: Option<&[u8]> = None;
            for _ in 0..value {
                let end = item(bytes, next, inner)?;
                let key = &bytes[next..end];
                if let Some(last) = last {
                    match last.cmp(key) {
                        Ordering::Less => {}
                        Ordering::Equal => {
                            return Err(ParseFault::Malformed {
                                what: "duplicate key",
                            });
                        }
                        Ordering::Greater => return Err(NOT_DETERMINISTIC),
                    }
                }
                last = Some(key);
                next = item(bytes, end, inner)?;
            }
            Ok(next)
        }
        // false and true
        7 if value == 20 || value == 21 => Ok(next),
        _ => Err(NOT_DETERMINISTIC),
    }
}

/// Reads checked bytes into a value.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, ParseFault> {
    check(bytes, None)?;
    ciborium::from_reader(bytes).map_err(|_| NOT_DETERMINISTIC)
}

/// Writes a value. Its maps must have been made in the order of their encoded keys.
pub(crate) fn write(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing to memory cannot fail, and every value here is one that ciborium can write.
    let written = ciborium::into_writer(value, &mut out);
    debug_assert!(
        written.is_ok() && check(&out, None).is_ok(),
        "not deterministic: {value:?}"
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(hex: &str) -> bool {
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        check(&bytes, None).is_err()
    }

    #[test]
    fn only_the_shortest_sorted_definite_form_passes() {
        for (hex, why) in [
            ("1801", "an integer that fits a shorter head"),
            ("1900ff", "two bytes where one will do"),
            ("1b00000000ffffffff", "eight bytes where four will do"),
            ("5803010203", "a length that fits a shorter head"),
            ("9f01ff", "an indefinite array"),
            ("5f4101ff", "an indefinite string"),
            ("a202010101", "keys out of order"),
            ("a201010102", "the same key twice"),
            ("a1a2010101026161", "the same key twice in a nested map"),
            ("0101", "bytes behind the item"),
            ("62c328", "text that is not UTF-8"),
            ("f97e00", "a float"),
            ("f6", "null"),
            ("f7", "undefined"),
            ("f0", "a simple value"),
            ("c101", "a tag inside"),
            ("c24101", "a bignum"),
            ("9bffffffffffffffff", "an array longer than the world"),
            ("5bffffffffffffffff", "a string longer than the world"),
            ("", "nothing"),
            ("1c", "a reserved head"),
            ("818181818181818181818101", "too deep"),
        ] {
            assert!(refused(hex), "{why}");
        }
        assert!(!refused("a2010102820141ff"));
        assert!(!refused("818181818181818101"));
        assert!(refused("81818181818181818101"));
    }

    #[test]
    fn the_tag_is_the_wanted_one_and_only_at_the_root() {
        assert!(check(&[0xd2, 0x01], Some(18)).is_ok());
        assert!(check(&[0xd2, 0x01], Some(96)).is_err());
        assert!(check(&[0x01], Some(18)).is_err());
        assert!(check(&[0xd2, 0xd2, 0x01], Some(18)).is_err());
        assert!(check(&[0xd2, 0x01], None).is_err());
    }
}
