//! Crockford base32: the alphabet people can read aloud, and its check symbol.
//!
//! The check symbol is one of the same 32 symbols, so that a code needs no characters that a
//! phone call or a URL stumbles over. It is a weighted sum over GF(32) (`docs/spec/codes.md`).

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The value (0–31) of a symbol, forgiving case and the look-alikes O, I and L.
pub(crate) fn value(symbol: char) -> Option<u8> {
    let upper = match symbol.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET
        .iter()
        .position(|&a| char::from(a) == upper)
        .and_then(|at| u8::try_from(at).ok())
}

/// The symbol of a value; the high three bits are ignored.
pub(crate) fn symbol(value: u8) -> char {
    char::from(ALPHABET[usize::from(value & 31)])
}

/// Characters that people and programs put between symbols: space of any kind, dashes, dots,
/// soft hyphens, byte-order marks, direction marks and zero-width characters.
pub(crate) fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '_' | '.' | '\u{00ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}'
        )
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Packs bytes into symbols, five bits each, most significant first, the last padded with zeros.
pub(crate) fn symbols_of(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity((bytes.len() * 8).div_ceil(5));
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for &byte in bytes {
        buffer = (buffer << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(((buffer >> bits) & 31) as u8);
        }
    }
    if bits > 0 {
        out.push(((buffer << (5 - bits)) & 31) as u8);
    }
    out
}

/// The reverse of [`symbols_of`]; `None` when the padding bits are not zero.
pub(crate) fn bytes_of(symbols: &[u8]) -> Option<Vec<u8>> {
    let left_over = symbols.len() * 5 % 8;
    let padding = symbols
        .last()
        .map_or(0, |last| last & ((1 << left_over) - 1));
    (left_over < 5 && padding == 0).then(|| symbols_to_whole_bytes(symbols))
}

/// Packs symbols into bytes where no bits are left over; a remainder is dropped.
pub(crate) fn symbols_to_whole_bytes(symbols: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(symbols.len() * 5 / 8);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for &five in symbols {
        buffer = ((buffer << 5) | u32::from(five & 31)) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(((buffer >> bits) & 0xff) as u8);
        }
    }
    out
}

/// Writes bytes as symbols without groups.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    symbols_of(bytes).into_iter().map(symbol).collect()
}

/// Reads symbols, skipping separators; `None` at any other character.
pub(crate) fn read_symbols(text: &str) -> Option<Vec<u8>> {
    text.chars()
        .filter(|&c| !is_separator(c))
        .map(value)
        .collect()
}

/// Reads exactly `N` bytes from text, forgiving separators, case and look-alikes.
pub(crate) fn read_bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    bytes_of(&read_symbols(text)?)?.try_into().ok()
}

/// What a person typed where a code belongs.
pub(crate) struct Typed {
    /// The symbols, without the characters that are none.
    pub(crate) symbols: Vec<u8>,
    /// How many characters there were, separators not counted.
    pub(crate) have: usize,
}

/// The symbols of typed text. A paste of a whole letter is no code, so no more than a line of it is
/// looked at.
pub(crate) fn typed(text: &str) -> Typed {
    let line = text.chars().take(1_000);
    let mut typed = Typed {
        symbols: Vec::with_capacity(32),
        have: 0,
    };
    for c in line.filter(|&c| !is_separator(c)) {
        typed.have += 1;
        typed.symbols.extend(value(c));
    }
    typed
}

/// Writes symbols in groups joined by dashes.
pub(crate) fn grouped(symbols: &[u8], group: usize) -> String {
    let groups: Vec<String> = symbols
        .chunks(group)
        .map(|g| g.iter().copied().map(symbol).collect())
        .collect();
    groups.join("-")
}

/// The check symbol of up to 30 symbols: with weights α¹, α², … from the left and α⁰ for the
/// check symbol itself, the sum over GF(32) with x⁵ + x² + 1 is zero. All weights differ and none
/// is zero, so every single wrong symbol and every swap of two is found.
pub(crate) fn check_symbol(symbols: &[u8]) -> u8 {
    let mut weight = 1;
    symbols.iter().fold(0, |sum, &s| {
        weight = times(weight, 2);
        sum ^ times(weight, s)
    })
}

fn times(a: u8, b: u8) -> u8 {
    let (mut a, mut b, mut product) = (a & 31, b & 31, 0);
    while b != 0 {
        if b & 1 == 1 {
            product ^= a;
        }
        a <<= 1;
        if a & 32 != 0 {
            a ^= 0b10_0101;
        }
        b >>= 1;
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_symbol_and_every_swap_changes_the_check_symbol() {
        let code: Vec<u8> = (0..29).map(|i| (i * 7 + 3) % 32).collect();
        let check = check_symbol(&code);
        for at in 0..code.len() {
            for wrong in 0..32 {
                let mut other = code.clone();
                other[at] = wrong;
                assert_eq!(check_symbol(&other) == check, wrong == code[at]);
            }
            for with in 0..at {
                let mut other = code.clone();
                other.swap(at, with);
                assert_eq!(check_symbol(&other) == check, code[at] == code[with]);
            }
            let mut swapped_with_check = code.clone();
            swapped_with_check[at] = check;
            assert_eq!(
                check_symbol(&swapped_with_check) == code[at],
                code[at] == check
            );
        }
    }

    #[test]
    fn look_alikes_are_read_as_the_digits_they_look_like() {
        assert_eq!(read_symbols("oO iI lL"), Some(vec![0, 0, 1, 1, 1, 1]));
        assert_eq!(read_symbols("U"), None);
    }
}
