//! The words, one module per language.

pub(crate) mod en;

/// What is told about a code, as templates with `{placeholders}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// What is the matter: one sentence.
    pub message: &'static str,
    /// Why, in a few sentences, for who wants to know more.
    pub cause: &'static str,
    /// The one thing to do now: one sentence.
    pub next_step: &'static str,
}

const fn text(message: &'static str, cause: &'static str, next_step: &'static str) -> Text {
    Text {
        message,
        cause,
        next_step,
    }
}
