//! Passwords: what is taken as a new one, and how they are kept.
//!
//! Kept is Argon2id over an HMAC of the password, so that the database alone gives nobody anything to
//! try. Working it out takes 19 MiB and a moment on purpose; it is done aside, a few at a time.

use std::fmt;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _},
};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::AccountFault;
use crate::{EntropyFault, authority::aside, entropy, keyring::SecretDigest};

/// The fewest characters of a new password.
pub(super) const LEAST: usize = 12;
/// The most characters of a password.
pub(super) const MOST: usize = 200;
/// The fewest different ones among them.
const LEAST_DIFFERENT: usize = 5;

/// What the OWASP Password Storage Cheat Sheet recommends at least: 19 MiB, two passes, one lane. Stated
/// with each password, so that it can rise.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Stands in where there is no password: as much work as any other, and nothing matches it.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzLg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How many are worked out at once; the others wait. Strangers may send as many as they like.
static PLACES: Semaphore = Semaphore::const_new(4);

/// What many people choose, of those that are long enough; digits and capitals in them make no difference.
const COMMON: &[&str] = &[
    "adminadminadmin",
    "administrator",
    "changemechangeme",
    "correcthorsebatterystaple",
    "iloveyouiloveyou",
    "letmeinletmein",
    "mypasswordis",
    "passwordadmin",
    "passwordpassword",
    "passwortpasswort",
    "thisismypassword",
    "trustnotrust",
    "welcomewelcome",
];

/// What fingers run along.
const RUNS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
];

/// A password as somebody typed it. One text, however their keyboard puts it together (NFC, RFC 8265).
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TypedPassword(String);

impl TypedPassword {
    /// Takes what was typed.
    pub fn new(text: &str) -> Self {
        // More than this is no password of ours, and need not be put together.
        let text = if text.len() > MOST * 8 { "" } else { text };
        Self(text.nfc().collect())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether it may be a new password of somebody who has these names around them.
    ///
    /// # Errors
    /// `password_too_short`, `password_too_long`, `password_too_easy`.
    pub(super) fn check(&self, names: &[&str]) -> Result<(), AccountFault> {
        let length = self.0.chars().count();
        if length < LEAST {
            Err(AccountFault::PasswordTooShort { least: LEAST })
        } else if length > MOST {
            Err(AccountFault::PasswordTooLong { most: MOST })
        } else if is_easy(&self.0, names) {
            Err(AccountFault::PasswordTooEasy)
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for TypedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedPassword(…)")
    }
}

/// Whether it is among what is tried first.
fn is_easy(password: &str, names: &[&str]) -> bool {
    let small: Vec<char> = password
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    let text: String = small.iter().collect();
    let letters: String = small.iter().filter(|c| c.is_alphabetic()).collect();
    let mut different: Vec<char> = password.to_lowercase().chars().collect();
    different.sort_unstable();
    different.dedup();
    different.len() < LEAST_DIFFERENT
        || repeats(&small)
        || COMMON.contains(&letters.as_str())
        || follows(&text)
        || names.iter().any(|name| is_made_of(&text, name))
}

/// Whether a few characters are there again and again.
fn repeats(text: &[char]) -> bool {
    (1..=text.len() / 3).any(|period| {
        let mut pairs = text.iter().zip(text.iter().skip(period));
        pairs.all(|(one, other)| one == other)
    })
}

/// Whether all of it but a little runs along the alphabet or the keyboard, from either end.
fn follows(text: &str) -> bool {
    let back: String = text.chars().rev().collect();
    let few = |rest: usize| rest < LEAST / 2;
    [text, &back].iter().any(|text| {
        RUNS.iter().any(|run| {
            let twice = format!("{run}{run}");
            let longest = longest_shared(text, &twice);
            longest >= 4 && few(text.chars().count().saturating_sub(longest))
        })
    })
}

/// The length of the longest piece of `text` that is in `run`.
fn longest_shared(text: &str, run: &str) -> usize {
    let chars: Vec<char> = text.chars().collect();
    let mut longest = 0;
    for start in 0..chars.len() {
        let mut piece = String::new();
        for (count, c) in chars[start..].iter().enumerate() {
            piece.push(*c);
            if !run.contains(&piece) {
                break;
            }
            longest = longest.max(count + 1);
        }
    }
    longest
}

/// Whether little is left of it without a name that stands around it.
fn is_made_of(text: &str, name: &str) -> bool {
    let words = name.to_lowercase();
    let words = words.split(|c: char| !c.is_alphanumeric());
    let mut rest = text.to_owned();
    let mut found = false;
    for word in words.filter(|word| word.chars().count() >= 3) {
        found |= rest.contains(word);
        rest = rest.replace(word, "");
    }
    found && rest.chars().count() < LEAST / 2
}

/// Works out what is kept of a new password.
///
/// # Errors
/// `system_failure` without randomness or memory.
pub(super) async fn keep(digest: SecretDigest) -> Result<String, EntropyFault> {
    let salt: [u8; 16] = entropy::random()?;
    let _place = PLACES.acquire().await;
    let unwilling = |reason: String| EntropyFault { reason };
    aside(move || {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
        let params = params.map_err(|fault| unwilling(fault.to_string()))?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(&digest, &salt)
            .map(|kept| kept.to_string())
            .map_err(|fault| unwilling(fault.to_string()))
    })
    .await
}

/// Whether a password is the one of which this was kept. Takes as long where nothing was.
pub(super) async fn matches(digest: SecretDigest, kept: Option<&str>) -> bool {
    let _place = PLACES.acquire().await;
    let kept = kept.unwrap_or(NOBODYS).to_owned();
    aside(move || {
        Argon2::default()
            .verify_password(&digest, kept.as_str())
            .is_ok()
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), AccountFault> {
        TypedPassword::new(text).check(&["ada.lovelace", "Acme Tools"])
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for text in [
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "Passw0rdPassw0rdPassw0rd",
            "123456789012",
            "qwertyuiop12",
            "QwertyUiop[]123",
            "1qaz2wsx3edc",
            "zyxwvutsrqponm",
            "Password-Password1",
            "Administrator2026!",
            "ada.lovelace1",
            "AcmeTools2026",
            "!!!!!!!!!!!!!!!!",
        ] {
            let found = check(text);
            assert!(
                matches!(found, Err(AccountFault::PasswordTooEasy)),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn a_long_one_counts_whatever_it_is_made_of() {
        for text in [
            "four plain words here",
            "tischlampe regen 4711",
            "acme is where I work on tuesdays",
            "zwölf Boxkämpfer",
            "正しい馬の電池ホチキスです。はい",
            "x7!kQ2#vLp9z",
        ] {
            assert!(check(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn it_has_twelve_to_two_hundred_characters_however_many_bytes_they_take() {
        assert!(matches!(
            check("elf Zeichen"),
            Err(AccountFault::PasswordTooShort { least: 12 })
        ));
        assert!(matches!(
            check(&"four plain words here ".repeat(10)),
            Err(AccountFault::PasswordTooLong { most: 200 })
        ));
        assert!(check(&"正しい馬の電池ホチキス".repeat(2)).is_ok());
    }

    #[tokio::test]
    async fn what_stands_in_for_no_password_takes_the_same_work_and_matches_nothing() {
        let kept = keep([7; 32]).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(NOBODYS.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(kept.len(), NOBODYS.len());
        assert!(matches([7; 32], Some(&kept)).await);
        assert!(!matches([8; 32], Some(&kept)).await);
        assert!(!matches([7; 32], None).await);
    }

    #[test]
    fn one_text_is_one_password_however_it_was_put_together() {
        let (one, other) = (TypedPassword::new("é"), TypedPassword::new("e\u{301}"));
        assert_eq!(one.bytes(), other.bytes());
        assert_eq!(format!("{one:?}"), "TypedPassword(…)");
    }
}
