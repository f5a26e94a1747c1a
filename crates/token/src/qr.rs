//! A token as QR text, and the symbol that shows it.
//!
//! The text is the portal's address in capitals, `/A#`, and the token in base32 (RFC 4648 §6)
//! without padding; without a portal it is `KEYFERRY:` and the token. A browser never sends what
//! follows `#`, so the token does not reach a server's log. What is too long for one code travels as
//! [`Frame`]s.

mod collector;
mod frames;

use core::fmt::Write as _;

use data_encoding::BASE32_NOPAD;
use qrcode::{
    EcLevel, QrCode, Version,
    bits::Bits,
    optimize::{Segment, total_encoded_len},
    types::Mode,
};

use crate::{MAX_TOKEN, ParseFault, profile::is_portal_address};

pub use collector::{Collected, Collector, Missing};
pub use frames::{Density, FRAMES_PER_SECOND, Frame, MAX_CONTENT, MAX_FRAMES, SequenceId};

pub(crate) use collector::read_all;

const SCHEME: &str = "KEYFERRY:";
const PATH: &str = "/A#";

/// Longest text that may open a phone's browser, in characters.
pub const MAX_URL: usize = 2_000;

/// How much of a symbol may be unreadable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// Level L: for screens.
    Screen,
    /// Level M: for paper.
    Paper,
}

/// The text of a token's QR code.
pub fn text(token: &[u8], portal: Option<&str>) -> String {
    let body = BASE32_NOPAD.encode(token);
    match portal.filter(|address| is_portal_address(address)) {
        Some(address) => format!("{}{PATH}{body}", address.to_ascii_uppercase()),
        None => format!("{SCHEME}{body}"),
    }
}

/// The token in a QR code's text, or `None` when the text is none of ours. Whatever address
/// stands before the `#` is not looked at: a token names its recipient itself.
pub(crate) fn read_text(text: &str) -> Option<Result<Vec<u8>, ParseFault>> {
    let text = text.trim();
    let head = text.get(..SCHEME.len().max(8))?.to_ascii_uppercase();
    let body = if head.starts_with(SCHEME) {
        &text[SCHEME.len()..]
    } else if head.starts_with("HTTPS://") {
        text.split_once('#')?.1
    } else {
        return None;
    };
    let symbols: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    if symbols.len() > MAX_TOKEN * 2 {
        return Some(Err(ParseFault::TooLarge { limit: MAX_TOKEN }));
    }
    let bytes = BASE32_NOPAD.decode(symbols.to_ascii_uppercase().as_bytes());
    Some(bytes.map_err(|_| ParseFault::Damaged))
}

/// A QR symbol: dark and light modules without the quiet zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    version: u8,
    modules: Vec<bool>,
}

impl Symbol {
    /// The smallest symbol that holds the text, or `None` when none does.
    ///
    /// The text is split into alphanumeric, byte and alphanumeric segments around its `#`, which
    /// is the optimum; `qrcode`'s own segmentation wastes up to 370 bits on such texts.
    pub fn draw(text: &str, correction: Correction) -> Option<Self> {
        let level = match correction {
            Correction::Screen => EcLevel::L,
            Correction::Paper => EcLevel::M,
        };
        let bytes = text.as_bytes();
        let segments = segments(bytes);
        let version = (1..=40).map(Version::Normal).find(|version| {
            let room = Bits::new(*version).max_len(level).unwrap_or(0);
            total_encoded_len(&segments, *version) <= room
        })?;
        let mut bits = Bits::new(version);
        bits.push_segments(bytes, segments.into_iter()).ok()?;
        bits.push_terminator(level).ok()?;
        let code = QrCode::with_bits(bits, level).ok()?;
        let Version::Normal(number) = version else {
            return None;
        };
        let modules = code
            .to_colors()
            .into_iter()
            .map(|c| c == qrcode::Color::Dark)
            .collect();
        Some(Self {
            version: u8::try_from(number).ok()?,
            modules,
        })
    }

    /// The version, 1 to 40.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// Modules per side, without the quiet zone of four on each side that a reader needs.
    pub fn side(&self) -> usize {
        17 + 4 * usize::from(self.version)
    }

    /// Rows from top to bottom; `true` is dark.
    pub fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.modules.chunks(self.side())
    }

    /// The dark modules as an SVG path in module units, runs of a row joined.
    pub fn svg_path(&self) -> String {
        let mut path = String::new();
        for (y, row) in self.rows().enumerate() {
            let mut x = 0;
            while x < row.len() {
                let run = row[x..].iter().take_while(|dark| **dark).count();
                if run > 0 {
                    // Writing to a String cannot fail.
                    let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                x += run.max(1);
            }
        }
        path
    }
}

fn segments(text: &[u8]) -> Vec<Segment> {
    let alphanumeric =
        |b: &u8| b.is_ascii_digit() || b.is_ascii_uppercase() || b" $%*+-./:".contains(b);
    let mut segments: Vec<Segment> = Vec::new();
    for (at, byte) in text.iter().enumerate() {
        let mode = if alphanumeric(byte) {
            Mode::Alphanumeric
        } else {
            Mode::Byte
        };
        match segments.last_mut() {
            Some(last) if last.mode == mode => last.end = at + 1,
            _ => segments.push(Segment {
                mode,
                begin: at,
                end: at + 1,
            }),
        }
    }
    segments
}
