//! What the catalogue says of something, as a part of a JSON object.

use keyferry_catalogue::Problem;
use serde::Serialize;

use crate::terminal::LANGUAGE;

/// What the catalogue says of something: `code`, `reference`, `message`, `next_step`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct NoteView {
    /// The catalogue's code, which never changes its meaning.
    #[cfg_attr(feature = "schema", schema(example = "no_free_seat"))]
    code: &'static str,
    /// What people quote.
    #[cfg_attr(feature = "schema", schema(example = "KF-203"))]
    reference: &'static str,
    /// What is the matter, for people.
    message: String,
    /// What to do, for people.
    next_step: String,
}

impl From<&Problem> for NoteView {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.as_str(),
            reference: problem.code.reference(),
            message: problem.message(LANGUAGE),
            next_step: problem.next_step(LANGUAGE),
        }
    }
}
