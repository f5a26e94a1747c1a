//! The two secrets of a customer: the activation code and the holder secret (rule A13).

use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::crockford;

const TAG: usize = 4;
const CODE: usize = 25;
const HOLDER: usize = 30;
const GROUP: usize = 5;

/// The first four symbols of an activation code, which a vendor profile maps to a product. Public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeTag([u8; TAG]);

impl CodeTag {
    /// The tag that random bytes make: five bits of each are used.
    pub fn from_random(random: [u8; TAG]) -> Self {
        Self(random.map(|byte| byte & 31))
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        crockford::read_symbols(text)?.try_into().ok().map(Self)
    }
}

impl core::str::FromStr for CodeTag {
    type Err = crate::TextFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text).ok_or(crate::TextFault::NotAnId)
    }
}

impl fmt::Display for CodeTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.map(crockford::symbol).iter().collect::<String>())
    }
}

/// What stands in a request: tag and secret of an activation code without its check symbol, 120
/// bits in 15 bytes.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ActivationSecret([u8; 15]);

impl ActivationSecret {
    /// The secret from its bytes.
    pub const fn new(bytes: [u8; 15]) -> Self {
        Self(bytes)
    }

    /// The bytes; handle as a secret.
    pub const fn expose(&self) -> &[u8; 15] {
        &self.0
    }
}

impl PartialEq for ActivationSecret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for ActivationSecret {}

impl fmt::Debug for ActivationSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ActivationSecret(…)")
    }
}

/// Why typed text is not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeFault {
    /// Nothing but separators was given.
    #[error("nothing was given")]
    Empty,
    /// A symbol is missing, or there is one too many.
    #[error("{have} of {want} symbols were given")]
    Length {
        /// Symbols that were given.
        have: usize,
        /// Symbols that the code has.
        want: usize,
    },
    /// A character is not in the alphabet, or the check symbol does not fit.
    #[error("a symbol is mistyped")]
    Mistyped,
    /// The holder secret was given where the activation code belongs.
    #[error("this is a holder secret")]
    HolderSecret,
}

impl CodeFault {
    /// The catalogue code: `nothing_read`, `activation_code_incomplete`,
    /// `activation_code_mistyped` or `holder_secret_given`.
    pub fn code(&self) -> keyferry_catalogue::Code {
        use keyferry_catalogue::Code;
        match self {
            Self::Empty => Code::NothingRead,
            Self::Length { .. } => Code::ActivationCodeIncomplete,
            Self::Mistyped => Code::ActivationCodeMistyped,
            Self::HolderSecret => Code::HolderSecretGiven,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> keyferry_catalogue::Problem {
        let problem = keyferry_catalogue::Problem::new(self.code());
        match self {
            Self::Length { have, want } => problem.with("have", have).with("want", want),
            Self::Empty | Self::Mistyped | Self::HolderSecret => problem,
        }
    }
}

/// A customer's activation code: `TTTTS-SSSSS-SSSSS-SSSSS-SSSSC`, a tag, 100 secret bits and a
/// check symbol. It activates and does nothing else.
#[derive(Clone, Zeroize, ZeroizeOnDrop, PartialEq, Eq)]
pub struct ActivationCode([u8; CODE]);

impl ActivationCode {
    /// Makes a code from a tag and 20 random bytes, of which five bits each are used.
    pub fn from_random(tag: CodeTag, mut random: [u8; 20]) -> Self {
        let mut symbols = [0; CODE];
        symbols[..TAG].copy_from_slice(&tag.0);
        for (to, from) in symbols[TAG..CODE - 1].iter_mut().zip(random) {
            *to = from & 31;
        }
        symbols[CODE - 1] = crockford::check_symbol(&symbols[..CODE - 1]);
        random.zeroize();
        Self(symbols)
    }

    /// Reads what a person typed or pasted: case, spaces, dashes and invisible characters do not
    /// matter, and O, I, L are read as 0, 1, 1.
    ///
    /// # Errors
    /// `nothing_read`, `activation_code_incomplete`, `activation_code_mistyped`,
    /// `holder_secret_given`.
    pub fn read(text: &str) -> Result<Self, CodeFault> {
        let symbols = read_code(text, CODE)?;
        if symbols.len() == HOLDER && has_check(&symbols) {
            return Err(CodeFault::HolderSecret);
        }
        checked(&symbols).map(Self)
    }

    /// The tag in front.
    pub fn tag(&self) -> CodeTag {
        let mut tag = [0; TAG];
        tag.copy_from_slice(&self.0[..TAG]);
        CodeTag(tag)
    }

    /// What a request carries.
    pub fn secret(&self) -> ActivationSecret {
        let mut secret = [0; 15];
        // 24 symbols of five bits are 15 bytes exactly.
        let bytes = zeroize::Zeroizing::new(crockford::symbols_to_whole_bytes(&self.0[..CODE - 1]));
        secret.copy_from_slice(&bytes);
        ActivationSecret(secret)
    }

    /// The code in groups of five; handle as a secret.
    pub fn expose(&self) -> String {
        crockford::grouped(&self.0, GROUP)
    }

    /// Tag and last four symbols with dots between, for telling codes apart on a screen.
    pub fn hint(&self) -> String {
        let last: String = self.0[CODE - 4..]
            .iter()
            .copied()
            .map(crockford::symbol)
            .collect();
        format!("{}…{last}", self.tag())
    }
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActivationCode({}…)", self.tag())
    }
}

/// A holder's secret, given apart from the activation code: 145 secret bits and a check symbol
/// in six groups of five. It manages seats and activates nothing.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct HolderSecret([u8; HOLDER]);

impl HolderSecret {
    /// Makes a secret from 29 random bytes, of which five bits each are used.
    pub fn from_random(mut random: [u8; 29]) -> Self {
        let mut symbols = [0; HOLDER];
        for (to, from) in symbols.iter_mut().zip(random) {
            *to = from & 31;
        }
        symbols[HOLDER - 1] = crockford::check_symbol(&symbols[..HOLDER - 1]);
        random.zeroize();
        Self(symbols)
    }

    /// Reads what a person typed, as forgivingly as an activation code.
    ///
    /// # Errors
    /// `nothing_read`, `activation_code_incomplete`, `activation_code_mistyped`.
    pub fn read(text: &str) -> Result<Self, CodeFault> {
        checked(&read_code(text, HOLDER)?).map(Self)
    }

    /// The secret in groups of five; handle as a secret.
    pub fn expose(&self) -> String {
        crockford::grouped(&self.0, GROUP)
    }
}

impl fmt::Debug for HolderSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HolderSecret(…)")
    }
}

/// The symbols of typed text; `want` is for the message only.
fn read_code(text: &str, want: usize) -> Result<Vec<u8>, CodeFault> {
    let crockford::Typed { symbols, have } = crockford::typed(text);
    let foreign = symbols.len() < have;
    match (have, foreign) {
        (0, _) => Err(CodeFault::Empty),
        (_, false) => Ok(symbols),
        (have, true) if have == want => Err(CodeFault::Mistyped),
        (have, true) => Err(CodeFault::Length { have, want }),
    }
}

fn checked<const N: usize>(symbols: &[u8]) -> Result<[u8; N], CodeFault> {
    let whole: [u8; N] = symbols.try_into().map_err(|_| CodeFault::Length {
        have: symbols.len(),
        want: N,
    })?;
    if has_check(&whole) {
        Ok(whole)
    } else {
        Err(CodeFault::Mistyped)
    }
}

fn has_check(symbols: &[u8]) -> bool {
    symbols
        .split_last()
        .is_some_and(|(last, rest)| crockford::check_symbol(rest) == *last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> ActivationCode {
        let tag = CodeTag::from_random([10, 12, 14, 1]);
        ActivationCode::from_random(tag, core::array::from_fn(|i| u8::try_from(i * 5).unwrap()))
    }

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let text = code().expose();
        let sloppy = text
            .to_lowercase()
            .replace('-', " \u{200b}– ")
            .replace('0', "o")
            .replace('1', "l");
        assert_eq!(ActivationCode::read(&sloppy).unwrap().expose(), text);
        assert_eq!(
            ActivationCode::read(&text.replace('-', ""))
                .unwrap()
                .secret(),
            code().secret()
        );
    }

    #[test]
    fn a_mistyped_code_is_told_from_a_short_one() {
        let text = code().expose();
        assert_eq!(
            ActivationCode::read(&text[..text.len() - 1]).unwrap_err(),
            CodeFault::Length { have: 24, want: 25 }
        );
        let last = if text.ends_with('7') { "8" } else { "7" };
        let wrong = format!("{}{last}", &text[..text.len() - 1]);
        assert_eq!(
            ActivationCode::read(&wrong).unwrap_err(),
            CodeFault::Mistyped
        );
        let foreign = format!("{}U", &text[..text.len() - 1]);
        assert_eq!(
            ActivationCode::read(&foreign).unwrap_err(),
            CodeFault::Mistyped
        );
        assert_eq!(ActivationCode::read(" - ").unwrap_err(), CodeFault::Empty);
    }

    #[test]
    fn a_holder_secret_is_recognised_where_a_code_belongs() {
        let secret = HolderSecret::from_random([9; 29]);
        assert_eq!(
            ActivationCode::read(&secret.expose()).unwrap_err(),
            CodeFault::HolderSecret
        );
        assert_eq!(
            HolderSecret::read(&secret.expose()).unwrap().expose(),
            secret.expose()
        );
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let text = code().expose();
        assert!(!format!("{:?}", code()).contains(&text[6..11]));
        assert_eq!(format!("{:?}", code().secret()), "ActivationSecret(…)");
    }
}
