//! What computers sent and got their will: requests, deactivations, requests for the time.

use keyferry_authority::{Answer, AnswerOutcome, Deactivated, GivenBack, TimeTold};
use keyferry_catalogue::Holds;
use keyferry_terminal::{Failure, LANGUAGE, Reply, TokenView};
use keyferry_token::{DeactivationReason, Timestamp, TokenKind};
use keyferry_views::{NoteView, time, times};
use serde::Serialize;

use crate::commands::answers::Answers;
use crate::commands::spoken;

/// The fields of every token that was taken, and those of its kind.
#[derive(Serialize)]
pub(super) struct TakenView<F: Serialize> {
    pub(super) outcome: &'static str,
    pub(super) kind: &'static str,
    pub(super) answers: String,
    pub(super) activation_id: Option<String>,
    pub(super) product: String,
    pub(super) label: String,
    pub(super) device_id: String,
    pub(super) emergency_runs: Vec<String>,
    #[serde(flatten)]
    pub(super) further: F,
}

#[derive(Serialize)]
struct AnswerView {
    lease_expires_at: String,
    token: TokenView,
    out: Option<String>,
}

#[derive(Serialize)]
struct GivenBackView {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    frees_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<NoteView>,
}

#[derive(Serialize)]
struct TimeView {
    time: String,
    token: TokenView,
    out: Option<String>,
}

pub(super) fn answered(answer: &Answer, answers: &mut Answers<'_>) -> Result<Reply, Failure> {
    let put = answers.put(&answer.sealed)?;
    let (ready, printed) = (put.ready("Answer"), put.printed());
    let again = match answer.outcome {
        AnswerOutcome::Activated => "",
        AnswerOutcome::Moved => " (on the seat that it held before)",
        AnswerOutcome::Reissued => " (the same as before)",
    };
    let view = TakenView {
        outcome: answer.outcome.name(),
        kind: TokenKind::ActivationRequest.name(),
        answers: answer.request.to_string(),
        activation_id: Some(answer.activation.to_string()),
        product: answer.product.to_string(),
        label: answer.label.to_string(),
        device_id: answer.device.to_string(),
        emergency_runs: times(&answer.emergency_runs),
        further: AnswerView {
            lease_expires_at: answer.lease_expires_at.to_string(),
            token: put.token,
            out: put.out,
        },
    };
    let reply = Reply::of(&view)
        .saying(format!(
            "“{}” may run {}{again}.",
            answer.label, answer.product
        ))
        .saying(format!("Activation {}", answer.activation));
    Ok(with_runs(reply, &answer.emergency_runs)
        .saying(ready)
        .saying("Next: take it back to the computer.")
        .printing(printed))
}

pub(super) fn given_back(token: &GivenBack) -> Reply {
    let note = token.outcome.problem();
    let frees_at = match token.outcome {
        Deactivated::FreesLater { frees_at } => Some(frees_at),
        Deactivated::Freed
        | Deactivated::Recorded { .. }
        | Deactivated::Repeated
        | Deactivated::Outdated => None,
    };
    let view = TakenView {
        outcome: outcome(&token.outcome),
        kind: TokenKind::Deactivation.name(),
        answers: token.token.to_string(),
        activation_id: Some(token.activation.to_string()),
        product: token.product.to_string(),
        label: token.label.to_string(),
        device_id: token.device.to_string(),
        emergency_runs: times(&token.emergency_runs),
        further: GivenBackView {
            reason: token.reason.name(),
            frees_at: time(frees_at),
            note: note.as_ref().map(NoteView::from),
        },
    };
    let mut reply = Reply::of(&view).saying(format!(
        "“{}” {} {}.",
        token.label,
        does(&token.outcome),
        token.product
    ));
    if token.reason != DeactivationReason::Other {
        reply = reply.saying(Holds::Reason.in_words(token.reason.name(), LANGUAGE));
    }
    let reply = reply.saying(format!("Activation {}", token.activation));
    let reply = with_runs(reply, &token.emergency_runs);
    match note {
        Some(note) => reply
            .saying(note.message(LANGUAGE))
            .saying(note.next_step(LANGUAGE)),
        None => reply
            .saying("The seat is free for another computer.")
            .saying(format!(
                "Next: have it confirmed on “{}”: keyferry deactivation delivered {}",
                token.label, token.product
            )),
    }
}

/// What a deactivation comes to: a seat is given up only by a computer that holds one.
const fn does(outcome: &Deactivated) -> &'static str {
    match outcome {
        Deactivated::Freed | Deactivated::FreesLater { .. } => "gives up its seat for",
        Deactivated::Recorded { .. } | Deactivated::Repeated | Deactivated::Outdated => {
            "sent a deactivation of"
        }
    }
}

const fn outcome(of: &Deactivated) -> &'static str {
    match of {
        Deactivated::Freed => "deactivated",
        Deactivated::FreesLater { .. } => "leaving",
        Deactivated::Recorded { .. } => "recorded",
        Deactivated::Repeated => "repeated",
        Deactivated::Outdated => "outdated",
    }
}

pub(super) fn time_told(told: &TimeTold, answers: &mut Answers<'_>) -> Result<Reply, Failure> {
    let put = answers.put(&told.sealed)?;
    let (ready, printed) = (put.ready("Time"), put.printed());
    let (outcome, again) = if told.reissued {
        ("reissued", " (the same as before)")
    } else {
        ("time_given", "")
    };
    let view = TakenView {
        outcome,
        kind: TokenKind::TimeRequest.name(),
        answers: told.request.to_string(),
        activation_id: Some(told.activation.to_string()),
        product: told.product.to_string(),
        label: told.label.to_string(),
        device_id: told.device.to_string(),
        emergency_runs: times(&told.emergency_runs),
        further: TimeView {
            time: told.time.to_string(),
            token: put.token,
            out: put.out,
        },
    };
    let reply = Reply::of(&view)
        .saying(format!(
            "“{}” is told that it is {}{again}; its own clock showed {}.",
            told.label,
            spoken(told.time),
            spoken(told.device_time)
        ))
        .saying(format!("Activation {}", told.activation));
    Ok(with_runs(reply, &told.emergency_runs)
        .saying(ready)
        .saying("Next: take it back to the computer.")
        .printing(printed))
}

/// Adds a line for each emergency run that a computer tells of.
pub(super) fn with_runs(reply: Reply, runs: &[Timestamp]) -> Reply {
    runs.iter().fold(reply, |reply, run| {
        reply.saying(format!("It took an emergency run on {}.", spoken(*run)))
    })
}
