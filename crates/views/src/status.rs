//! What status codes say.

use keyferry_authority::StatusExplained;
use keyferry_catalogue::Code;
use keyferry_terminal::LANGUAGE;
use keyferry_token::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ActivationView;

/// The name of a reason; one of a newer program by its reference.
pub fn reason(known: Option<Code>, number: Option<u16>) -> Option<String> {
    match known {
        Some(code) => Some(code.as_str().to_owned()),
        None => number.map(|number| format!("KF-{number}")),
    }
}

/// What a status code says.
#[derive(Serialize, ToSchema)]
pub struct StatusExplainedView {
    status_code: String,
    state: &'static str,
    /// The code of the reason; one of a newer program by its reference.
    reason: Option<String>,
    /// The day on the computer's clock.
    #[schema(example = "2027-03-31")]
    day: String,
    /// Days from then to the end of the lease; below zero when it is over.
    ends_in: Option<i16>,
    changed: Vec<&'static str>,
    /// What it comes to, in a sentence.
    pub message: String,
    /// The likely fix.
    pub next_step: Option<String>,
    /// The activations that it may be about, the most likely first; at most five.
    activations: Vec<ActivationView>,
}

impl StatusExplainedView {
    /// What `code` says, `explained`.
    pub fn new(code: &StatusCode, explained: &StatusExplained) -> Self {
        let problem = explained.problem();
        Self {
            status_code: code.to_string(),
            state: explained.state.name(),
            reason: reason(explained.reason, explained.reason_number),
            day: explained.day.to_string().chars().take(10).collect(),
            ends_in: explained.ends_in,
            changed: explained.changed.iter().map(|kind| kind.name()).collect(),
            message: explained.sentence(LANGUAGE),
            next_step: problem.as_ref().map(|problem| problem.next_step(LANGUAGE)),
            activations: explained
                .candidates
                .iter()
                .map(ActivationView::from)
                .collect(),
        }
    }
}
