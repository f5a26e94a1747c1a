//! What makes a reported value worth binding to: its normal form, and the fillers that vendors
//! leave in its place.

/// Longest value that counts, in bytes. Real serial numbers and model names stay far below.
const LONGEST: usize = 256;

/// The normal form of a reported value, or `None` where it tells nothing about this machine.
pub(crate) fn telling(reported: &str) -> Option<String> {
    // C strings and fixed-width fields end in NULs; serials in SCSI pages are padded with spaces.
    let words = reported.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let value = words.join(" ").to_ascii_lowercase();
    (value.len() <= LONGEST && !is_filler(&value)).then_some(value)
}

/// Words that stand where a value should be, in normal form.
const FILLERS: &[&str] = &[
    "0123456789abcdef",
    "base board serial number",
    "board serial number",
    "bss-0123456789",
    "chassis serial number",
    "default",
    "empty",
    "eval",
    "invalid",
    "mb-1234567890",
    "n/a",
    "no asset information",
    "no serial number",
    "none",
    "not applicable",
    "not available",
    "not present",
    "not provided",
    "not settable",
    "not specified",
    "null",
    "o.e.m.",
    "oem",
    "serial number",
    "sernum",
    "sn123456789",
    "standard",
    "sys-1234567890",
    "system serial number",
    "type2 - board serial number",
    "undefined",
    "uninitialized",
    "unknown",
    "unspecified",
    "vmware virtual disk",
];

/// Fragments that only fillers have.
const FILLER_PARTS: &[&str] = &["filled by", "fill by", "default string", "to be set by"];

/// UUIDs that firmware vendors ship in whole series.
const FILLER_UUIDS: &[&str] = &[
    "00010203-0405-0607-0809-0a0b0c0d0e0f",
    "00020003-0004-0005-0006-000700080009",
    "03000200-0400-0500-0006-000700080009",
    "03020100-0504-0706-0809-0a0b0c0d0e0f",
    "11111111-2222-3333-4444-555555555555",
    "12345678-1234-1234-1234-123456789abc",
    "12345678-1234-5678-90ab-cddeefaabbcc",
    // Dell, with an empty service tag.
    "4c4c4544-0000-2010-8020-80c04f202020",
];

fn is_filler(value: &str) -> bool {
    FILLERS.contains(&value)
        || FILLER_PARTS.iter().any(|part| value.contains(part))
        || FILLER_UUIDS.contains(&value)
        || says_one_thing(value)
        || counts_up(value)
        || is_emulated_serial(value)
}

/// Nothing but one character (`0000-0000`, `xxxxxxxx`, `.`), or one pair over and over (`fefefe`).
fn says_one_thing(value: &str) -> bool {
    let telling: Vec<char> = value.chars().filter(|c| c.is_alphanumeric()).collect();
    let repeats = |width: usize| {
        telling
            .iter()
            .zip(telling.iter().skip(width))
            .all(|(a, b)| a == b)
    };
    repeats(1) || (telling.len() >= 6 && repeats(2))
}

/// `123456789`, `0123456789`, `1234567890123`, …
fn counts_up(value: &str) -> bool {
    let digits: Vec<u8> = value.bytes().filter(u8::is_ascii_alphanumeric).collect();
    digits.len() >= 4
        && digits.iter().all(u8::is_ascii_digit)
        && matches!(digits[0], b'0' | b'1')
        && digits
            .windows(2)
            .all(|pair| pair[1] == if pair[0] == b'9' { b'0' } else { pair[0] + 1 })
}

/// The serial that QEMU gives the same disk slot of every machine: `QM00001`.
fn is_emulated_serial(value: &str) -> bool {
    let last = value.rsplit(' ').next().unwrap_or_default();
    last.strip_prefix("qm")
        .is_some_and(|number| number.len() == 5 && number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_without_case_and_padding() {
        assert_eq!(
            telling("  S3Z9NB0K  123\0\0").as_deref(),
            Some("s3z9nb0k 123")
        );
        assert_eq!(telling("s3z9nb0k 123"), telling("S3Z9NB0K\t123\n"));
    }

    #[test]
    fn fillers_tell_nothing() {
        for filler in [
            "",
            " \n",
            ".",
            "0",
            "To be filled by O.E.M.",
            "To Be Filled By O.E.M. ",
            "Default string",
            "None",
            "Not Specified",
            "Not Applicable",
            "System Serial Number",
            "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
            "fefefefe-fefe-fefe-fefe-fefefefefefe",
            "00020003-0004-0005-0006-000700080009",
            "03000200-0400-0500-0006-000700080009",
            "11111111",
            "XXXXXXXXXX",
            "0123456789",
            "123456789",
            "1234567890123",
            "t10.ATA     QEMU HARDDISK                           QM00001",
        ] {
            assert_eq!(telling(filler), None, "{filler:?}");
        }
        assert_eq!(telling(&"ab1".repeat(200)), None);
    }

    #[test]
    fn real_values_stay() {
        for real in [
            "/7XKQ9Z2/CNFCW0018D00QX/",
            "PF2X9Q7R",
            "210687654301234",
            "naa.5002538e40a1b2c3",
            "4c4c4544-0037-5810-8052-b6c04f483233",
            "AuthenticAMD AMD EPYC",
        ] {
            assert!(telling(real).is_some(), "{real:?}");
        }
    }
}
