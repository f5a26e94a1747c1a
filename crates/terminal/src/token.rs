//! A token that a command made.

use keyferry_token::{ArtefactKind, TokenId, TokenKind, armor};
use serde::Serialize;

/// A token in JSON: `token.kind`, `token.id`, `token.reference`, `token.text`.
#[derive(Clone, Debug, Serialize)]
pub struct TokenView {
    /// Its kind: `activation_request`, …
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What people call it.
    pub reference: String,
    /// Its armored text.
    pub text: String,
}

impl TokenView {
    /// The token of this kind and id with this binary form.
    pub fn new(kind: TokenKind, id: TokenId, bytes: &[u8]) -> Self {
        Self {
            kind: kind.name(),
            id: id.to_string(),
            reference: id.reference(),
            text: armor(ArtefactKind::Token(kind), bytes),
        }
    }
}
