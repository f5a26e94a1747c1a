//! A token that a command made.

use keyferry_token::{ArtefactKind, TokenId, TokenKind, armor};
use serde::Serialize;

/// A token in JSON: `token.kind`, `token.id`, `token.reference`, `token.text`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TokenView {
    /// Its kind: `activation_request`, …
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// What people quote.
    pub reference: String,
    /// What travels, as text.
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
