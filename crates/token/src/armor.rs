//! Text armor: forgiving about what mail, chat and people do to text, exact about content.
//!
//! ```text
//! -----BEGIN KEYFERRY ACTIVATION REQUEST-----
//! base64 in lines of 64
//! =CRC-24 (RFC 9580 §6.1)
//! -----END KEYFERRY ACTIVATION REQUEST-----
//! ```

use data_encoding::BASE64;

use crate::{ArtefactKind, ParseFault};

const LINE: usize = 64;
const BEGIN: &str = "BEGIN KEYFERRY ";
const END: &str = "END KEYFERRY ";

/// Writes an artefact as text, lines ended by a line feed.
pub fn armor(kind: ArtefactKind, bytes: &[u8]) -> String {
    let label = kind.armor_label();
    let body = BASE64.encode(bytes);
    let mut out = format!("-----{BEGIN}{label}-----\n");
    for line in body.as_bytes().chunks(LINE) {
        out.extend(line.iter().copied().map(char::from));
        out.push('\n');
    }
    let check = BASE64.encode(&crc24(bytes).to_be_bytes()[1..]);
    out + &format!("={check}\n-----{END}{label}-----\n")
}

/// One armored artefact found in text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Armored {
    /// What its BEGIN line names.
    pub kind: ArtefactKind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Armored {
    /// Finds every armored artefact in text, in order. Text around them does not matter.
    ///
    /// # Errors
    /// Of each: `armor_line_short`, `armor_line_long`, `armor_character`, `armor_damaged`,
    /// `armor_unfinished`, `too_large`, `newer_format` for a label that is not known.
    pub fn find_all(text: &str) -> Vec<Result<Self, ParseFault>> {
        let mut found = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(BEGIN) {
            let after = &rest[at + BEGIN.len()..];
            // The next BEGIN ends an artefact that has lost its END line.
            let next = after.find(BEGIN).unwrap_or(after.len());
            found.push(read_one(&after[..next]));
            rest = &after[next..];
        }
        found
    }
}

/// Reads what follows `BEGIN KEYFERRY `.
fn read_one(text: &str) -> Result<Armored, ParseFault> {
    let kind = ArtefactKind::ALL
        .into_iter()
        .find(|kind| {
            // A longer label may begin with a shorter one.
            text.strip_prefix(kind.armor_label())
                .is_some_and(|after| after.trim_start_matches(is_blank).starts_with(is_dash))
        })
        .ok_or(ParseFault::NewerFormat)?;
    let dash = |c| is_dash(c) || is_space(c);
    let body = text[kind.armor_label().len()..].trim_start_matches(dash);
    let (body, finished) = match body.find(END) {
        Some(end) => (body[..end].trim_end_matches(dash), true),
        None => (body, false),
    };
    // Base64 takes 4 characters for 3 bytes; quoting and line ends may double that.
    if body.len() > kind.limit() * 4 {
        return Err(ParseFault::TooLarge {
            limit: kind.limit(),
        });
    }
    let lines = read_lines(body)?;
    let whole: String = lines.iter().map(|line| line.text.as_str()).collect();
    let (content, check) = split_check(&whole);
    if !finished && check.is_none() {
        // Nobody can tell whether all of it is there.
        return Err(ParseFault::Unfinished);
    }
    match BASE64.decode(content.as_bytes()) {
        Ok(bytes) if check.is_some_and(|check| check != crc24(&bytes)) => Err(damage(&lines)),
        Ok(bytes) if bytes.len() > kind.limit() => Err(ParseFault::TooLarge {
            limit: kind.limit(),
        }),
        Ok(bytes) => Ok(Armored { kind, bytes }),
        Err(_) => Err(damage(&lines)),
    }
}

struct Line {
    /// Counted with the BEGIN line as 1.
    number: usize,
    text: String,
}

/// The lines with content, without quote marks and characters that cannot be seen.
fn read_lines(body: &str) -> Result<Vec<Line>, ParseFault> {
    let mut lines = Vec::new();
    for (at, raw) in body.lines().enumerate() {
        let unquoted = raw.trim_start_matches(|c: char| c == '>' || c == '|' || is_blank(c));
        let text: String = unquoted.chars().filter(|&c| !is_blank(c)).collect();
        let number = at + 1;
        if text
            .chars()
            .any(|c| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')))
        {
            return Err(ParseFault::LineCharacter { line: number });
        }
        if !text.is_empty() {
            lines.push(Line { number, text });
        }
    }
    Ok(lines)
}

/// Separates the checksum: `=` and four characters at the end. Base64's own padding is never
/// followed by anything, so an `=` at that place is the checksum's.
fn split_check(whole: &str) -> (&str, Option<u32>) {
    let Some(at) = whole.len().checked_sub(5) else {
        return (whole, None);
    };
    if whole.as_bytes()[at] != b'=' {
        return (whole, None);
    }
    match BASE64.decode(&whole.as_bytes()[at + 1..]).as_deref() {
        Ok([a, b, c]) => (&whole[..at], Some(u32::from_be_bytes([0, *a, *b, *c]))),
        _ => (whole, None),
    }
}

/// Says as well as can be told where the text was damaged: the first line that is not 64 long
/// where all others are, else just that it was.
fn damage(lines: &[Line]) -> ParseFault {
    let is_check = |line: &Line| line.text.starts_with('=') && line.text.len() == 5;
    let full = match lines.iter().position(is_check).unwrap_or(lines.len()) {
        0 => return ParseFault::Damaged,
        // The last content line may be of any length.
        content => &lines[..content - 1],
    };
    let mut odd = full.iter().filter(|line| line.text.len() != LINE);
    match (odd.next(), odd.next()) {
        (Some(line), None) if line.text.len() < LINE => ParseFault::LineShort {
            line: line.number,
            missing: LINE - line.text.len(),
        },
        (Some(line), None) => ParseFault::LineLong {
            line: line.number,
            extra: line.text.len() - LINE,
        },
        _ => ParseFault::Damaged,
    }
}

/// Dashes, and what word processors make of them.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Spaces, but no line ends: lines are counted.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}')
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// Characters without a width, which programs put into text or before it.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// CRC-24 as in OpenPGP (RFC 9580 §6.1.1).
fn crc24(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x00b7_04ce, |crc, &byte| {
        (0..8).fold(crc ^ (u32::from(byte) << 16), |crc, _| {
            let shifted = crc << 1;
            if shifted & 0x0100_0000 == 0 {
                shifted
            } else {
                shifted ^ 0x0186_4cfb
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TokenKind;

    const KIND: ArtefactKind = ArtefactKind::Token(TokenKind::ActivationRequest);

    fn bytes() -> Vec<u8> {
        (0..500_u32)
            .map(|i| u8::try_from(i * 7 % 251).unwrap())
            .collect()
    }

    fn read(text: &str) -> Result<Vec<u8>, ParseFault> {
        let mut found = Armored::find_all(text);
        assert_eq!(found.len(), 1, "{text}");
        found.remove(0).map(|armored| armored.bytes)
    }

    #[test]
    fn the_checksum_is_the_one_of_openpgp() {
        assert_eq!(crc24(b""), 0x00b7_04ce);
        assert_eq!(crc24(b"123456789"), 0x0021_cf02);
    }

    #[test]
    fn text_is_read_back_at_every_length() {
        for length in 0..200 {
            let bytes = &bytes()[..length];
            assert_eq!(read(&armor(KIND, bytes)).as_deref(), Ok(bytes), "{length}");
        }
    }

    #[test]
    fn what_mail_and_people_do_to_text_does_not_matter() {
        let good = armor(KIND, &bytes());
        let quoted = format!("> > {}", good.replace('\n', "\n> > "));
        let no_check: Vec<&str> = good.lines().filter(|l| !l.starts_with('=')).collect();
        let narrow: Vec<&str> = good
            .lines()
            .flat_map(|line| match line.split_at(line.len() / 2) {
                _ if line.starts_with('-') => vec![line],
                (left, right) => vec![left, right],
            })
            .collect();
        for (what, text) in [
            ("CRLF", good.replace('\n', "\r\n")),
            ("old Mac line ends", good.replace('\n', "\r")),
            ("one line", good.replace('\n', " ")),
            ("quoted", quoted),
            ("non-breaking spaces", good.replace('\n', "\u{a0}\n\u{a0}")),
            ("zero-width spaces", good.replace('\n', "\u{200b}\n")),
            ("long dashes", good.replace("-----", "\u{2014}\u{2014}-")),
            (
                "text around",
                format!("Dear vendor,\n\n{good}\nKind regards"),
            ),
            ("checksum missing", no_check.join("\n")),
            ("wrapped lines", narrow.join("\n")),
            ("empty lines", good.replace('\n', "\n\n")),
            ("a byte-order mark", format!("\u{feff}{good}")),
        ] {
            assert_eq!(read(&text), Ok(bytes()), "{what}");
        }
    }

    #[test]
    fn several_artefacts_in_one_paste_are_all_found() {
        let text = format!(
            "{}and{}",
            armor(KIND, &[1; 90]),
            armor(ArtefactKind::License, &[2; 9])
        );
        let found: Vec<_> = Armored::find_all(&text)
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[1],
            Armored {
                kind: ArtefactKind::License,
                bytes: vec![2; 9]
            }
        );
    }

    #[test]
    fn missing_characters_are_named_by_line() {
        let good = armor(KIND, &bytes());
        let mut lines: Vec<String> = good.lines().map(str::to_owned).collect();
        lines[3].truncate(61);
        assert_eq!(
            read(&lines.join("\n")),
            Err(ParseFault::LineShort {
                line: 4,
                missing: 3
            })
        );
        lines[3].push_str("AAAAA");
        assert_eq!(
            read(&lines.join("\n")),
            Err(ParseFault::LineLong { line: 4, extra: 2 })
        );
        lines[3].truncate(60);
        lines[3].push_str("*AAA");
        assert_eq!(
            read(&lines.join("\n")),
            Err(ParseFault::LineCharacter { line: 4 })
        );
    }

    #[test]
    fn a_changed_character_is_damage_and_a_lost_end_is_named() {
        let good = armor(KIND, &bytes());
        let at = good.find('\n').unwrap() + 10;
        let mut changed = good.clone();
        let other = if &good[at..=at] == "A" { "B" } else { "A" };
        changed.replace_range(at..=at, other);
        assert_eq!(read(&changed), Err(ParseFault::Damaged));
        let cut = &good[..good.len() / 2];
        assert_eq!(read(cut), Err(ParseFault::Unfinished));
    }

    #[test]
    fn a_label_of_a_later_version_is_named_as_such() {
        for label in ["HOLOGRAM", "LICENSE LIST", "LICENSES"] {
            let text = armor(KIND, &[1]).replace("ACTIVATION REQUEST", label);
            assert_eq!(read(&text), Err(ParseFault::NewerFormat), "{label}");
        }
    }
}
