//! What a file is that lies where a license file is to be put: only what is surely the remains of one
//! that was written here may be written over.

use keyferry_token::{Artefact, ParseFault, SignedLicense};

/// How every license file begins that is put on a key.
const FIRST_LINE: &[u8] = b"-----BEGIN KEYFERRY LICENSE-----";

/// What a file is.
pub(super) enum Content {
    /// One license; nothing is known of its signature.
    License(SignedLicense),
    /// Nothing, or a part of a license file: what a key that was pulled out leaves.
    Remains,
    /// Anybody's: another program's, several in one, or of a later version.
    Others,
}

impl Content {
    pub(super) fn of(bytes: &[u8]) -> Self {
        match Artefact::read(bytes).as_deref() {
            Ok([Ok(Artefact::License(license))]) => Self::License(license.clone()),
            Ok([Ok(_)] | [_, _, ..]) => Self::Others,
            Ok(_) | Err(_) if is_remains(bytes) => Self::Remains,
            Ok(_) | Err(_) => Self::Others,
        }
    }
}

/// Whether these bytes are a license file as it is put on a key, with parts of it missing, or zero where
/// they were not written.
fn is_remains(bytes: &[u8]) -> bool {
    let is_blank = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace();
    let Some(begin) = bytes.iter().position(|byte| !is_blank(byte)) else {
        return true;
    };
    let rest: Vec<u8> = bytes[begin..]
        .iter()
        .copied()
        .filter(|byte| *byte != 0)
        .collect();
    if FIRST_LINE.starts_with(rest.trim_ascii_end()) {
        return true;
    }
    if !rest.starts_with(FIRST_LINE) {
        // The end of one, the beginning of which was not written.
        return bytes[0] == 0 && rest.iter().all(|byte| is_blank(byte) || is_of_armor(*byte));
    }
    matches!(
        Artefact::read(&rest).as_deref(),
        Ok([Err(ParseFault::LineShort { .. }
            | ParseFault::LineLong { .. }
            | ParseFault::LineCharacter { .. }
            | ParseFault::Damaged
            | ParseFault::Unfinished)])
    )
}

fn is_of_armor(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-')
}

#[cfg(test)]
mod tests {
    use keyferry_fixtures::{NOW, TestVendor};
    use keyferry_token::{ArtefactKind, Binding, armor};

    use super::*;

    fn whole() -> Vec<u8> {
        let vendor = TestVendor::acme();
        let text = vendor.sign(&vendor.license(NOW, Binding::Unbound));
        text.into_bytes()
    }

    fn what(bytes: &[u8]) -> &'static str {
        match Content::of(bytes) {
            Content::License(_) => "license",
            Content::Remains => "remains",
            Content::Others => "others",
        }
    }

    #[test]
    fn whatever_of_it_was_written_of_a_license_file_is_known_for_its_remains() {
        let whole = whole();
        assert_eq!(what(&whole), "license");
        // Without its last line it is still all there.
        let end = whole.len() - "-----END KEYFERRY LICENSE-----\n".len();
        for length in 0..end - 1 {
            let cut = &whole[..length];
            assert_eq!(what(cut), "remains", "{length} bytes");
            let mut with_zeros = cut.to_vec();
            with_zeros.resize(4096, 0);
            assert_eq!(what(&with_zeros), "remains", "{length} bytes and zeros");
        }
        for length in (512..end).step_by(512) {
            let mut late = whole.clone();
            late[..length].fill(0);
            assert_eq!(what(&late), "remains", "{length} bytes not written");
            let mut hole = whole.clone();
            hole[length..length + 64].fill(0);
            assert_eq!(what(&hole), "remains", "a hole at {length}");
        }
        for blank in [&b""[..], b"\n\n\n", &[0; 4096]] {
            assert_eq!(what(blank), "remains");
        }
    }

    #[test]
    fn what_others_wrote_is_no_remains() {
        let text = String::from_utf8(whole()).unwrap();
        let of_later = |name: &str| text.replace("KEYFERRY LICENSE", name).into_bytes();
        let two = [text.as_str(), &text].concat();
        // A COSE message whose type nobody here knows.
        let newer = b"\xd2\x84\x4a\xa1\x10\x67x/later1\xa0\x40\x40";
        for (name, bytes) in [
            (
                "another program's license",
                b"[license]\nkey = 1234\n".to_vec(),
            ),
            ("numbers", b"\0\0\x01\x02 whatever, it is not text".to_vec()),
            ("letters", b"c29tZSBvdGhlciBmaWxl".to_vec()),
            ("a label of later", of_later("KEYFERRY LICENSE LIST")),
            ("another label", of_later("KEYFERRY HOLOGRAM")),
            ("two in one", two.into_bytes()),
            (
                "content of later",
                armor(ArtefactKind::License, newer).into_bytes(),
            ),
            ("binary content of later", newer.to_vec()),
            (
                "a letter about it",
                format!("Dear all,\n{}", &text[..400]).into_bytes(),
            ),
        ] {
            assert_eq!(what(&bytes), "others", "{name}");
        }
    }
}
