//! The one reader of untrusted bytes: finds out what they are, whatever carried them.

use crate::{
    Armored, ArtefactKind, ParseFault, SealedToken, SignedLicense, SignedProfile, armor, qr,
};

/// Most bytes that are read at once: a paste may hold several artefacts.
pub const MAX_PASTE: usize = 1024 * 1024;

/// Something that Keyferry wrote, its form right and its signature not checked yet.
#[derive(Clone, Debug)]
pub enum Artefact {
    /// A sealed token.
    Token(SealedToken),
    /// A license file.
    License(SignedLicense),
    /// A vendor profile.
    Profile(SignedProfile),
}

impl Artefact {
    /// Reads binary, armored and QR forms, and several armored artefacts in one text. Each is
    /// read or refused on its own. Frames of a moving QR code are put together; what they make is
    /// read in the same way.
    ///
    /// # Errors
    /// Of the whole: `nothing_read`, `too_large`, `unrecognised`. Of each artefact: those of its
    /// parser and of its armor; `wrong_kind` when the armor's label is not what is inside;
    /// `frames_missing`.
    pub fn read(bytes: &[u8]) -> Result<Vec<Result<Self, ParseFault>>, ParseFault> {
        if bytes.len() > MAX_PASTE {
            return Err(ParseFault::TooLarge { limit: MAX_PASTE });
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(ParseFault::Empty);
        }
        if let Some(binary) = Self::read_binary(bytes) {
            return Ok(vec![binary]);
        }
        let text = text_of(bytes).ok_or(ParseFault::Unrecognised)?;
        match Self::read_text(&text) {
            Err(ParseFault::Unrecognised) => Self::read_frames(&text),
            read => read,
        }
    }

    fn read_frames(text: &str) -> Result<Vec<Result<Self, ParseFault>>, ParseFault> {
        let found = qr::read_all(text).ok_or(ParseFault::Unrecognised)?;
        let mut all = Vec::new();
        for content in found {
            match content.map(|content| Self::read_content(&content)) {
                Ok(Ok(read)) => all.extend(read),
                Ok(Err(fault)) | Err(fault) => all.push(Err(fault)),
            }
        }
        Ok(all)
    }

    /// Reads what frames made: an artefact, or armored text with several; never frames again, nor the
    /// text of another QR code.
    ///
    /// # Errors
    /// Of the whole: `unrecognised`. Of each artefact, as for [`Artefact::read`].
    pub fn read_content(content: &[u8]) -> Result<Vec<Result<Self, ParseFault>>, ParseFault> {
        if let Some(binary) = Self::read_binary(content) {
            return Ok(vec![binary]);
        }
        let text = text_of(content).ok_or(ParseFault::Unrecognised)?;
        Self::read_armored(&text).ok_or(ParseFault::Unrecognised)
    }

    fn read_armored(text: &str) -> Option<Vec<Result<Self, ParseFault>>> {
        let armored = Armored::find_all(text);
        (!armored.is_empty()).then(|| {
            let parse = |armored: Armored| Self::parse(armored.kind, &armored.bytes);
            armored.into_iter().map(|one| one.and_then(parse)).collect()
        })
    }

    fn read_text(text: &str) -> Result<Vec<Result<Self, ParseFault>>, ParseFault> {
        if let Some(armored) = Self::read_armored(text) {
            return Ok(armored);
        }
        match qr::read_text(text) {
            Some(token) => Ok(vec![
                token.and_then(|b| Ok(Self::Token(SealedToken::parse(&b)?))),
            ]),
            None => Err(ParseFault::Unrecognised),
        }
    }

    /// What it is.
    pub fn kind(&self) -> ArtefactKind {
        match self {
            Self::Token(token) => ArtefactKind::Token(token.kind()),
            Self::License(_) => ArtefactKind::License,
            Self::Profile(_) => ArtefactKind::Profile,
        }
    }

    /// The binary form.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Token(token) => token.bytes(),
            Self::License(license) => license.bytes(),
            Self::Profile(profile) => profile.bytes(),
        }
    }

    /// The text form.
    pub fn armored(&self) -> String {
        armor(self.kind(), self.bytes())
    }

    fn parse(kind: ArtefactKind, bytes: &[u8]) -> Result<Self, ParseFault> {
        let found = match kind {
            ArtefactKind::Token(_) => SealedToken::parse(bytes).map(Self::Token)?,
            ArtefactKind::License => SignedLicense::parse(bytes).map(Self::License)?,
            ArtefactKind::Profile => SignedProfile::parse(bytes).map(Self::Profile)?,
        };
        if found.kind() == kind {
            Ok(found)
        } else {
            Err(ParseFault::Kind {
                found: found.kind().name(),
                wanted: kind.name(),
            })
        }
    }

    /// Reads what begins with the CBOR tag of a `COSE_Encrypt` (96) or `COSE_Sign1` (18).
    fn read_binary(bytes: &[u8]) -> Option<Result<Self, ParseFault>> {
        match bytes {
            [0xd8, 0x60, ..] => Some(SealedToken::parse(bytes).map(Self::Token)),
            [0xd2, ..] => {
                // A license and a profile differ in `typ` only; each parser names the other.
                let license = SignedLicense::parse(bytes).map(Self::License);
                Some(match SignedProfile::parse(bytes) {
                    Ok(profile) => Ok(Self::Profile(profile)),
                    Err(fault) => license.or(Err(fault)),
                })
            }
            _ => None,
        }
    }
}

/// Text in UTF-8, or in UTF-16 with a byte-order mark as some editors save it; `None` where bytes are no
/// text.
pub fn text_of(bytes: &[u8]) -> Option<String> {
    let utf16 = |rest: &[u8], word: fn([u8; 2]) -> u16| {
        let words = rest.chunks_exact(2).map(|pair| word([pair[0], pair[1]]));
        char::decode_utf16(words)
            .collect::<Result<String, _>>()
            .ok()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // A Latin-1 letter in the text around does not make the artefact unreadable.
        _ if bytes.contains(&0) => None,
        _ => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}
