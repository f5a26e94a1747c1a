//! The languages that the catalogue speaks.

use crate::{Code, Phrase, Text, text};

/// A language of the catalogue. Another one is a variant here and a module in `text/`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    En,
}

impl Language {
    /// All of them, in the order in which a face offers them.
    pub const ALL: &'static [Self] = &[Self::En];

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
        }
    }

    /// How its speakers call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
        }
    }

    /// Whether it is written from right to left.
    pub const fn right_to_left(self) -> bool {
        match self {
            Self::En => false,
        }
    }

    /// The language that a locale such as `de-AT`, `de_DE.UTF-8` or `de` asks for, where there is one.
    pub fn of_locale(locale: &str) -> Option<Self> {
        let primary = locale
            .split(['-', '_', '.', '@'])
            .next()
            .unwrap_or_default();
        Self::ALL
            .iter()
            .copied()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    pub(crate) const fn problem(self, code: Code) -> Text {
        match self {
            Self::En => text::en::problem(code),
        }
    }

    pub(crate) const fn phrase(self, phrase: Phrase) -> &'static str {
        match self {
            Self::En => text::en::phrase(phrase),
        }
    }

    pub(crate) const fn months(self) -> &'static [&'static str; 12] {
        match self {
            Self::En => &text::en::MONTHS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_locale_is_read_by_its_language() {
        for locale in ["en", "EN", "en-GB", "en_US.UTF-8", "en@euro"] {
            assert_eq!(Language::of_locale(locale), Some(Language::En), "{locale}");
        }
        for locale in ["", "C", "POSIX", "tlh", "english"] {
            assert_eq!(Language::of_locale(locale), None, "{locale}");
        }
    }
}
