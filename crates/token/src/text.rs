//! Text that people will read: bounded, NFC, without control or direction-changing characters.

use core::fmt;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::fault::TextFault;

/// Text of 1 to `MAX` characters that can be shown anywhere without surprise.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BoundedText<const MAX: usize>(String);

/// A device's label, as given by its user: up to 40 characters.
pub type Label = BoundedText<40>;
/// The name of a vendor, product, holder, edition or contact: up to 120 characters.
pub type Name = BoundedText<120>;
/// A feature code: up to 40 characters.
pub type Feature = BoundedText<40>;

impl<const MAX: usize> BoundedText<MAX> {
    /// Takes text as it must stand in a signed claim.
    ///
    /// # Errors
    /// `text_refused` when it is empty, longer than `MAX` characters, not NFC, or has characters
    /// that are not for showing.
    pub fn new(text: &str) -> Result<Self, TextFault> {
        if text.trim().is_empty() {
            return Err(TextFault::Empty);
        }
        // Four bytes at most per character: refuse before walking a megabyte.
        if text.len() > MAX * 4 || text.chars().count() > MAX {
            return Err(TextFault::TooLong { limit: MAX });
        }
        if text.chars().any(is_hidden) || !is_nfc(text) {
            return Err(TextFault::Unshowable);
        }
        Ok(Self(text.to_owned()))
    }

    /// Makes the best of what a person typed or a system reports: normalises, drops characters
    /// that are not for showing, trims, and cuts to `MAX` characters.
    ///
    /// # Errors
    /// `text_refused` when nothing is left.
    pub fn tidied(text: &str) -> Result<Self, TextFault> {
        let tidy: String = text
            .chars()
            .take(MAX * 8)
            .filter(|&c| !is_hidden(c))
            .nfc()
            .collect();
        let cut: String = tidy.trim().chars().take(MAX).collect();
        Self::new(cut.trim_end())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        )
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

impl<const MAX: usize> fmt::Debug for BoundedText<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const MAX: usize> fmt::Display for BoundedText<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> AsRef<str> for BoundedText<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_could_mislead_a_reader_is_refused() {
        for bad in [
            "",
            "  ",
            "a\nb",
            "a\u{202e}b",
            "e\u{301}",
            "zero\u{200b}width",
        ] {
            assert!(Label::new(bad).is_err(), "{bad:?}");
        }
        assert!(Label::new(&"x".repeat(41)).is_err());
        assert!(Label::new("工作站 7, Zürich").is_ok());
    }

    #[test]
    fn typed_text_is_tidied_into_text_that_can_be_signed() {
        assert_eq!(
            Label::tidied("  e\u{301}tage\u{202e} 2\n")
                .unwrap()
                .as_str(),
            "étage 2"
        );
        assert_eq!(Label::tidied(&"x".repeat(100)).unwrap().as_str().len(), 40);
        assert_eq!(Label::tidied("\u{200b}"), Err(TextFault::Empty));
    }
}
