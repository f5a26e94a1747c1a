//! What tokens, licenses and profiles say, as a list that people can read.

mod brought;
mod made;

use keyferry_catalogue::{Holds, Language, Phrase};
use keyferry_token::{
    ArtefactKind, ComponentKind, ProductCode, Timestamp, TokenId, TokenKind, VendorProfile,
};

pub(crate) use brought::{
    changes, of_binding, of_license, of_profile, of_refresh, of_refusal, of_response,
    of_time_answer,
};
pub(crate) use made::{
    DeactivationFacts, RequestFacts, of_deactivation, of_made_deactivation, of_made_request,
    of_request, of_status, of_time_request,
};

/// One claim: its name in the catalogue and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name; [`Phrase::why`] explains it in a line.
    pub name: Phrase,
    /// Its value, in the form that [`Holds`] lists for `holds`.
    pub value: String,
    /// What the value is, so that each language can show it in its own way.
    pub holds: Holds,
    /// The exact form behind a value that was put in words: an id, a key, a version.
    pub detail: Option<String>,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "values are given as they are"
)]
impl Claim {
    pub(crate) fn new(name: Phrase, holds: Holds, value: impl ToString) -> Self {
        Self {
            name,
            value: value.to_string(),
            holds,
            detail: None,
        }
    }

    pub(crate) fn text(name: Phrase, value: impl ToString) -> Self {
        Self::new(name, Holds::Text, value)
    }

    pub(crate) fn time(name: Phrase, value: Timestamp) -> Self {
        Self::new(name, Holds::Time, value)
    }

    pub(crate) fn detailed(mut self, detail: impl ToString) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// The value as people of this language read it.
    pub fn in_words(&self, language: Language) -> String {
        self.holds.in_words(&self.value, language)
    }
}

/// A claim that a refresh changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which one.
    pub name: Phrase,
    /// What was said before, if anything.
    pub before: Option<Claim>,
    /// What is said now, if anything.
    pub after: Option<Claim>,
}

fn kind(kind: TokenKind) -> Claim {
    let name = ArtefactKind::Token(kind).name();
    Claim::new(Phrase::ClaimKind, Holds::Kind, name)
}

fn reference(id: TokenId) -> Claim {
    Claim::text(Phrase::ClaimReference, id.reference()).detailed(id)
}

fn vendor(profile: &VendorProfile) -> Claim {
    Claim::text(Phrase::ClaimVendor, &profile.name).detailed(profile.vendor)
}

fn product(profile: &VendorProfile, code: &ProductCode) -> Claim {
    match profile.product(code) {
        Some(entry) => Claim::text(Phrase::ClaimProduct, &entry.name).detailed(code),
        None => Claim::text(Phrase::ClaimProduct, code),
    }
}

pub(crate) fn components(name: Phrase, kinds: &[ComponentKind]) -> Claim {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    Claim::new(name, Holds::Components, names.join(","))
}
