//! Names to sign in with.

use std::{fmt, str::FromStr};

use super::AccountFault;

const LEAST: usize = 2;
const MOST: usize = 64;

/// A name to sign in with, in small letters: 2 to 64 of `a` to `z`, digits, and `.-_+@`. So that no two
/// look alike, and a mail address is one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(String);

impl AccountName {
    /// Reads a name; capitals and space around it make no difference.
    ///
    /// # Errors
    /// `account_name_refused`.
    pub fn new(text: &str) -> Result<Self, AccountFault> {
        let name = text.trim().to_ascii_lowercase();
        let fits = (LEAST..=MOST).contains(&name.len());
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_+@".contains(c);
        if fits && name.chars().all(known) {
            Ok(Self(name))
        } else {
            Err(AccountFault::NameRefused)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountName {
    type Err = AccountFault;

    fn from_str(text: &str) -> Result<Self, AccountFault> {
        Self::new(text)
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_capitals_and_has_no_look_alikes() {
        let name = AccountName::new(" Ada.Lovelace@Acme.example ").unwrap();
        assert_eq!(name.as_str(), "ada.lovelace@acme.example");
        let long = "x".repeat(65);
        for text in ["", "a", "аda", "ada lovelace", "a\u{202e}da", "<b>", &long] {
            assert!(AccountName::new(text).is_err(), "{text:?}");
        }
    }
}
