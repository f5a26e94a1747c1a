//! The few forms of CBOR that the audit log is hashed and its heads are signed in
//! (RFC 8949, deterministic).

// Major types of RFC 8949 §3.1.
pub(super) const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
pub(super) const BYTES: u8 = 2;
pub(super) const TEXT: u8 = 3;
pub(super) const ARRAY: u8 = 4;
pub(super) const MAP: u8 = 5;
pub(super) const TAG: u8 = 6;

/// Writes the head of an item in its shortest form.
pub(super) fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let bytes = argument.to_be_bytes();
    let (short, length) = match argument {
        0..=23 => (bytes[7], 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push(major << 5 | short);
    out.extend_from_slice(&bytes[8 - length..]);
}

/// Writes the number `-1 - argument`.
pub(super) fn negative(out: &mut Vec<u8>, argument: u64) {
    head(out, NEGATIVE, argument);
}

/// Writes a byte string.
pub(super) fn bytes(out: &mut Vec<u8>, content: &[u8]) {
    head(out, BYTES, content.len() as u64);
    out.extend_from_slice(content);
}

/// Writes a text string.
pub(super) fn text(out: &mut Vec<u8>, content: &str) {
    head(out, TEXT, content.len() as u64);
    out.extend_from_slice(content.as_bytes());
}

/// Takes what is expected from the front of some bytes. It is lenient about encodings: whoever reads
/// writes what was read once more and compares, so that there is one form of everything.
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl<'a> Input<'a> {
    /// The argument of the next item, which is of this major type.
    pub(super) fn head(&mut self, major: u8) -> Option<u64> {
        let (&first, rest) = self.0.split_first()?;
        if first >> 5 != major {
            return None;
        }
        let length = match first & 0x1f {
            short @ 0..=23 => {
                self.0 = rest;
                return Some(u64::from(short));
            }
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return None,
        };
        let (argument, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(
            argument
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        )
    }

    /// The next item, a byte string.
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.head(BYTES)?).ok()?;
        let (content, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }

    /// The next item, a byte string of this length.
    pub(super) fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes()?.try_into().ok()
    }

    /// The next item, an unsigned number, after the key that stands before it.
    pub(super) fn number_at(&mut self, key: u64) -> Option<u64> {
        self.key(key)?;
        self.head(UNSIGNED)
    }

    /// The key of the next pair, which is this one.
    pub(super) fn key(&mut self, key: u64) -> Option<()> {
        (self.head(UNSIGNED)? == key).then_some(())
    }
}
