//! What a template takes.

use crate::{Language, template};

/// A `{name}` in a template, and what its value is, so that each language and each face can show it
/// in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// The name between the braces.
    pub name: &'static str,
    /// What the value is.
    pub holds: Holds,
}

/// What the value of a placeholder is, or that of a claim. Values travel as text; this says how to
/// read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Text that is shown as it is: a name, a path.
    Text,
    /// A whole number.
    Count,
    /// A number of bytes.
    Bytes,
    /// A time in UTC, RFC 3339.
    Time,
    /// Names of fingerprint components (`network_adapter`), separated by commas.
    Components,
    /// The name of a kind of token or file (`activation_request`).
    Kind,
    /// The name of a claim (`computer_name`).
    Claim,
    /// The name of a state (`licensed`).
    State,
    /// The name of a reason for a deactivation (`not_needed`).
    Reason,
    /// The name of a code (`lease_ended`): its message, or its reference where the message takes
    /// values that are not at hand.
    Code,
}

impl Holds {
    /// All of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::Text,
        Self::Count,
        Self::Bytes,
        Self::Time,
        Self::Components,
        Self::Kind,
        Self::Claim,
        Self::State,
        Self::Reason,
        Self::Code,
    ];

    /// A value as people of this language read it; one that is not in this form stays as it is.
    pub fn in_words(self, value: &str, language: Language) -> String {
        template::shown(value, self, language)
    }

    /// The name in the generated TypeScript.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Count => "count",
            Self::Bytes => "bytes",
            Self::Time => "time",
            Self::Components => "components",
            Self::Kind => "kind",
            Self::Claim => "claim",
            Self::State => "state",
            Self::Reason => "reason",
            Self::Code => "code",
        }
    }
}
