//! What computers sent in vain: the vendor is told the precise cause, and what the customer may be told
//! stands beside it (rule A13), also as a token to be taken back.

use keyferry_authority::Refused;
use keyferry_catalogue::Problem;
use keyferry_terminal::{Failure, LANGUAGE, TokenView};
use keyferry_token::{Label, TokenKind};
use serde::Serialize;

use crate::commands::answers::{Answers, Put};

#[derive(Serialize)]
struct RefusedView {
    kind: Option<&'static str>,
    token_id: Option<String>,
    label: Option<String>,
    customer_is_told: &'static str,
    refusal: Option<TokenView>,
    out: Option<String>,
}

/// The refusal, written where an answer would be. One that cannot be written is told as that: the same
/// token gets a refusal again.
pub(super) fn failure(refused: Refused, answers: &mut Answers<'_>) -> Failure {
    let put = match refused.answer.as_ref().map(|sealed| answers.put(sealed)) {
        Some(Err(unwritten)) => return unwritten,
        Some(Ok(put)) => Some(put),
        None => None,
    };
    let ready = put.as_ref().map(|put| put.ready("Refusal"));
    let printed = put.as_ref().map(Put::printed);
    let (refusal, out) = match put {
        Some(put) => (Some(put.token), put.out),
        None => (None, None),
    };
    let told: Problem = refused.problem.clone();
    let view = RefusedView {
        kind: refused.kind.map(TokenKind::name),
        token_id: refused.token.map(|token| token.to_string()),
        label: refused.label.as_ref().map(ToString::to_string),
        customer_is_told: told.code.as_str(),
        refusal,
        out,
    };
    let hidden = refused.cause.is_some();
    let mut failure = Failure::from(refused.cause.unwrap_or(refused.problem)).showing(&view);
    if let (Some(kind), Some(label)) = (refused.kind, &refused.label) {
        failure = failure.saying(in_vain(kind, label));
    }
    if refused.kind.is_some() {
        // The catalogue speaks to the customer. What could not even be opened may be brought anew.
        failure = failure.without_step();
    }
    if hidden {
        failure = failure.saying(format!(
            "The customer may be told: {}",
            told.message(LANGUAGE)
        ));
    }
    if let Some(ready) = ready {
        failure = failure.saying(format!("{ready}; taken back to the computer, it says why."));
    }
    failure.printing(printed.unwrap_or_default())
}

fn in_vain(kind: TokenKind, label: &Label) -> String {
    match kind {
        TokenKind::ActivationRequest => format!("“{label}” was not activated."),
        TokenKind::Deactivation => format!("The deactivation of “{label}” was not taken."),
        TokenKind::TimeRequest => format!("“{label}” was not told the time."),
        TokenKind::Status
        | TokenKind::ActivationResponse
        | TokenKind::Refresh
        | TokenKind::Time
        | TokenKind::Refusal => format!("What “{label}” sent was not read."),
    }
}
