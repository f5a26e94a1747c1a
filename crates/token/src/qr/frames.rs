//! A content that is too long for one code, as numbered frames that a screen shows one after the other
//! (docs/spec/qr.md, Q4 to Q9).

use core::fmt;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};

use super::{Correction, Symbol};
use crate::{ParseFault, armor::is_invisible};

const HEAD: &str = "KEYFERRY/";
/// What a form begins with that a later version may bring.
const LATER: char = '*';

/// Most bytes of what travels in frames.
pub const MAX_CONTENT: usize = 32 * 1024;
/// Most frames of a sequence.
pub const MAX_FRAMES: u16 = 512;
/// Most bytes in one frame.
const MAX_PART: usize = 1024;
/// How many frames a second are shown (Q9).
pub const FRAMES_PER_SECOND: u8 = 4;

/// Which frames belong together: the first bytes of SHA-256 over what they make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SequenceId([u8; 5]);

impl SequenceId {
    /// That of a content.
    pub fn of(content: &[u8]) -> Self {
        let mut id = [0; 5];
        id.copy_from_slice(&Sha256::digest(content)[..5]);
        Self(id)
    }
}

impl fmt::Display for SequenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE32_NOPAD.encode(&self.0))
    }
}

/// How much a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// Version 15 at most: what a camera takes from a screen.
    Normal,
    /// Version 10 at most: for a poor camera, or from afar.
    Low,
    /// Version 7 at most.
    Lowest,
}

impl Density {
    /// From the densest.
    pub const ALL: [Self; 3] = [Self::Normal, Self::Low, Self::Lowest];

    /// The largest version of its symbols.
    pub fn version(self) -> u8 {
        match self {
            Self::Normal => 15,
            Self::Low => 10,
            Self::Lowest => 7,
        }
    }

    /// Bytes of a part: what is left of the symbol's letters (ISO/IEC 18004 table 7, level L) behind a
    /// head with numbers of three digits.
    fn part(self) -> usize {
        let letters = match self {
            Self::Normal => 758,
            Self::Low => 395,
            Self::Lowest => 224,
        };
        (letters - HEAD.len() - "AAAAAAAA/512/512/".len()) * 5 / 8
    }
}

/// One of the frames that make a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    sequence: SequenceId,
    number: u16,
    total: u16,
    part: Vec<u8>,
}

impl Frame {
    /// The frames of a content, in their order; none when it is empty or longer than
    /// [`MAX_CONTENT`]. All parts but the last have one length, as short as their number allows.
    pub fn all(content: &[u8], density: Density) -> Vec<Self> {
        if content.len() > MAX_CONTENT {
            return Vec::new();
        }
        let count = content.len().div_ceil(density.part());
        let Ok(total) = u16::try_from(count) else {
            return Vec::new();
        };
        let sequence = SequenceId::of(content);
        let length = content.len().div_ceil(count.max(1)).max(1);
        (1..=total)
            .zip(content.chunks(length))
            .map(|(number, part)| Self {
                sequence,
                number,
                total,
                part: part.to_vec(),
            })
            .collect()
    }

    /// Reads the text of a frame; `None` when it is none.
    ///
    /// # Errors
    /// `newer_format` where a later version wrote it; `armor_damaged` where it is not as written;
    /// `too_large` where it tells of more than is ever collected.
    pub fn read(text: &str) -> Option<Result<Self, ParseFault>> {
        let seen: String;
        let mut text = text.trim();
        if text.contains(is_invisible) {
            seen = text.replace(is_invisible, "");
            text = seen.trim();
        }
        let head = text.get(..HEAD.len())?;
        head.eq_ignore_ascii_case(HEAD)
            .then(|| Self::parse(&text[HEAD.len()..]))
    }

    fn parse(text: &str) -> Result<Self, ParseFault> {
        if text.starts_with(LATER) {
            return Err(ParseFault::NewerFormat);
        }
        let most = BASE32_NOPAD.encode_len(MAX_PART);
        let mut fields = text.split('/');
        let mut field = || fields.next().ok_or(ParseFault::Damaged);
        let (sequence, number, total, part) = (field()?, field()?, field()?, field()?);
        if fields.next().is_some() {
            return Err(ParseFault::Damaged);
        }
        let sequence = SequenceId(
            decode(sequence, 8)?
                .try_into()
                .map_err(|_| ParseFault::Damaged)?,
        );
        let (number, total) = (digits(number)?, digits(total)?);
        // Compared as they are written: no number is too long for that.
        if (number.len(), number) > (total.len(), total) {
            return Err(ParseFault::Damaged);
        }
        let too_large = || ParseFault::TooLarge { limit: MAX_CONTENT };
        let (Ok(number), Ok(total)) = (number.parse(), total.parse::<u16>()) else {
            return Err(too_large());
        };
        if total > MAX_FRAMES || part.len() > most {
            return Err(too_large());
        }
        let part = decode(part, most)?;
        if part.is_empty() {
            return Err(ParseFault::Damaged);
        }
        // As long as the others are at least, or as all but the last are.
        let length = part.len() * usize::from(total - u16::from(number < total));
        if length + usize::from(number < total) > MAX_CONTENT {
            return Err(too_large());
        }
        Ok(Self {
            sequence,
            number,
            total,
            part,
        })
    }

    pub(super) fn part_of(sequence: SequenceId, number: u16, total: u16, part: &[u8]) -> Self {
        Self {
            sequence,
            number,
            total,
            part: part.to_vec(),
        }
    }

    /// Its text, which a QR code takes as letters alone.
    pub fn text(&self) -> String {
        let Self {
            sequence,
            number,
            total,
            part,
        } = self;
        let part = BASE32_NOPAD.encode(part);
        format!("{HEAD}{sequence}/{number}/{total}/{part}")
    }

    /// Its symbol, for a screen.
    pub fn draw(&self) -> Option<Symbol> {
        Symbol::draw(&self.text(), Correction::Screen)
    }

    /// Which frames it belongs to.
    pub fn sequence(&self) -> SequenceId {
        self.sequence
    }

    /// Its number, from 1.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// How many there are.
    pub fn total(&self) -> u16 {
        self.total
    }

    /// What it holds of the content.
    pub(super) fn part(&self) -> &[u8] {
        &self.part
    }
}

/// A number without leading zeros, as it is written.
fn digits(text: &str) -> Result<&str, ParseFault> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || text.is_empty() || text.starts_with('0') {
        return Err(ParseFault::Damaged);
    }
    Ok(text)
}

fn decode(symbols: &str, most: usize) -> Result<Vec<u8>, ParseFault> {
    if symbols.len() > most {
        return Err(ParseFault::Damaged);
    }
    BASE32_NOPAD
        .decode(symbols.to_ascii_uppercase().as_bytes())
        .map_err(|_| ParseFault::Damaged)
}
