//! What is weak about a serial number. Real keys are the measure: whole batches have one number, or
//! zeros, or the model's name in its place.

use super::{RatingReason, UsbFacts};

/// The Bulk-Only specification asks for twelve; what real keys have of their own begins at eight.
const SHORTEST: usize = 8;
/// So many equal characters in a row, or so long a part of an alphabet, is nobody's own number.
const LONGEST_RUN: usize = 8;

/// What speaks against a serial number as a key's own. `serial` is trimmed.
pub(super) fn weakness(serial: &str, key: &UsbFacts<'_>) -> Option<RatingReason> {
    if !serial.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return Some(RatingReason::UnreadableSerial);
    }
    if is_made_up(serial) {
        return Some(RatingReason::MadeUpSerial);
    }
    let plain = plain(serial);
    if is_filler(&plain) {
        return Some(RatingReason::FillerSerial);
    }
    if is_model(&plain, key) {
        return Some(RatingReason::ModelSerial);
    }
    (plain.len() < SHORTEST).then_some(RatingReason::ShortSerial)
}

/// Letters and digits only, in capitals.
fn plain(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// Windows names a key without a serial number after its port, with `&` in it; QEMU makes a number of
/// the address of its controller (`1-0000:00:01.0-5`).
fn is_made_up(serial: &str) -> bool {
    let is_pci_address = |part: &str| {
        let fields: Vec<&str> = part.split([':', '.']).collect();
        let hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit());
        part.contains('.')
            && fields.iter().map(|field| field.len()).eq([4, 2, 2, 1])
            && fields.into_iter().all(hex)
    };
    serial.contains('&') || serial.split('-').any(is_pci_address)
}

fn is_filler(plain: &str) -> bool {
    let mut different: Vec<char> = plain.chars().collect();
    different.sort_unstable();
    different.dedup();
    let words = ["SERIAL", "NONE", "DEFAULT", "UNKNOWN", "GENERIC", "FILLED"];
    (different.len() < 3 && plain.len() > 2)
        || longest(plain, |a, b| a == b) >= LONGEST_RUN
        || longest(plain, follows) >= LONGEST_RUN
        || words.iter().any(|word| plain.contains(word))
}

/// Whether a digit or letter is the next one: `9` is followed by `0` or `A`.
fn follows(before: char, after: char) -> bool {
    u32::from(after) == u32::from(before) + 1 || (before == '9' && matches!(after, '0' | 'A'))
}

/// How long the longest part is in which each character is to the one before as `is` says.
fn longest(text: &str, is: impl Fn(char, char) -> bool) -> usize {
    let mut before = None;
    let (mut run, mut longest) = (0, 0);
    for character in text.chars() {
        run = match before {
            Some(before) if is(before, character) => run + 1,
            _ => 1,
        };
        longest = longest.max(run);
        before = Some(character);
    }
    longest
}

/// Whether it says what the key is, and not which: its names, or the ids of the model in front.
fn is_model(plain_serial: &str, key: &UsbFacts<'_>) -> bool {
    let ids = format!("{:04X}{:04X}", key.vendor_id, key.product_id);
    let (maker, name) = (
        plain(key.maker.unwrap_or_default()),
        plain(key.name.unwrap_or_default()),
    );
    let model = [maker.as_str(), &name].concat();
    plain_serial.starts_with(&ids)
        || plain_serial == maker
        || plain_serial == name
        || (plain_serial.len() >= SHORTEST && model.contains(plain_serial))
}
