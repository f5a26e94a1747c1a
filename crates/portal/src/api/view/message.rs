//! What became of computers' messages.

use keyferry_authority::{Deactivated, GivenBack, Received, Refused};
use keyferry_token::{Timestamp, TokenKind};
use keyferry_views::{NoteView, StatusReadView, TokenView, time, times, token};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of one message. Which fields stand there depends on `outcome`.
#[derive(Default, Serialize, ToSchema)]
pub(crate) struct ResultView {
    /// Which of the messages of the call it was in, from 0.
    pub(crate) message: usize,
    /// Whether it was taken.
    ok: bool,
    /// `activated`, `moved`, `reissued`, `deactivated`, `leaving`, `recorded`, `repeated`, `outdated`,
    /// `time_given`, `status_read` or `refused`.
    outcome: &'static str,
    kind: Option<&'static str>,
    /// The id of what came.
    answers: Option<String>,
    activation_id: Option<String>,
    product: Option<String>,
    label: Option<String>,
    device_id: Option<String>,
    emergency_runs: Vec<String>,
    lease_expires_at: Option<String>,
    frees_at: Option<String>,
    /// Why a deactivation was made, or what a status gives as its reason.
    reason: Option<&'static str>,
    /// The time that it is told.
    time: Option<String>,
    /// Of a status: what the computer says, what the books say, and in what they differ.
    status: Option<StatusReadView>,
    /// What goes back to the computer: an answer, or a refusal.
    token: Option<TokenView>,
    /// What is to be known of it though it was taken.
    note: Option<NoteView>,
    /// Why it was refused, precisely: this is for the vendor.
    error: Option<NoteView>,
    /// The code that the customer may hear.
    customer_is_told: Option<&'static str>,
}

impl ResultView {
    pub(crate) fn new(message: usize, received: &Received) -> Self {
        let view = match received {
            Received::Answered(answer) => Self {
                ok: true,
                outcome: answer.outcome.name(),
                kind: Some(TokenKind::ActivationRequest.name()),
                answers: Some(answer.request.to_string()),
                activation_id: Some(answer.activation.to_string()),
                product: Some(answer.product.to_string()),
                label: Some(answer.label.to_string()),
                device_id: Some(answer.device.to_string()),
                emergency_runs: times(&answer.emergency_runs),
                lease_expires_at: Some(answer.lease_expires_at.to_string()),
                token: Some(token(&answer.sealed)),
                ..Self::default()
            },
            Received::Deactivated(given_back) => Self::given_back(given_back),
            Received::TimeTold(told) => Self {
                ok: true,
                outcome: if told.reissued {
                    "reissued"
                } else {
                    "time_given"
                },
                kind: Some(TokenKind::TimeRequest.name()),
                answers: Some(told.request.to_string()),
                activation_id: Some(told.activation.to_string()),
                product: Some(told.product.to_string()),
                label: Some(told.label.to_string()),
                device_id: Some(told.device.to_string()),
                emergency_runs: times(&told.emergency_runs),
                time: Some(told.time.to_string()),
                token: Some(token(&told.sealed)),
                ..Self::default()
            },
            Received::Status(read) => Self {
                ok: true,
                outcome: "status_read",
                kind: Some(TokenKind::Status.name()),
                answers: Some(read.token.to_string()),
                activation_id: read.report.activation.map(|id| id.to_string()),
                product: Some(read.report.product.to_string()),
                label: Some(read.report.label.to_string()),
                emergency_runs: times(&read.report.emergency_runs),
                lease_expires_at: time(read.report.lease_expires_at),
                reason: read.reason().map(keyferry_catalogue::Code::as_str),
                device_id: Some(read.report.signing_key.device_id().to_string()),
                note: read.problem().as_ref().map(NoteView::from),
                status: Some(StatusReadView::from(read.as_ref())),
                ..Self::default()
            },
            Received::Refused(refused) => Self::refused(refused),
        };
        Self { message, ..view }
    }

    fn given_back(given_back: &GivenBack) -> Self {
        let (outcome, frees_at): (_, Option<Timestamp>) = match given_back.outcome {
            Deactivated::Freed => ("deactivated", None),
            Deactivated::FreesLater { frees_at } => ("leaving", Some(frees_at)),
            Deactivated::Recorded { .. } => ("recorded", None),
            Deactivated::Repeated => ("repeated", None),
            Deactivated::Outdated => ("outdated", None),
        };
        Self {
            ok: true,
            outcome,
            kind: Some(TokenKind::Deactivation.name()),
            answers: Some(given_back.token.to_string()),
            activation_id: Some(given_back.activation.to_string()),
            product: Some(given_back.product.to_string()),
            label: Some(given_back.label.to_string()),
            device_id: Some(given_back.device.to_string()),
            emergency_runs: times(&given_back.emergency_runs),
            frees_at: time(frees_at),
            reason: Some(given_back.reason.name()),
            note: given_back.outcome.problem().as_ref().map(NoteView::from),
            ..Self::default()
        }
    }

    fn refused(refused: &Refused) -> Self {
        let cause = refused.cause.as_ref().unwrap_or(&refused.problem);
        Self {
            ok: false,
            outcome: "refused",
            kind: refused.kind.map(TokenKind::name),
            answers: refused.token.map(|id| id.to_string()),
            product: refused.product.as_ref().map(ToString::to_string),
            label: refused.label.as_ref().map(ToString::to_string),
            emergency_runs: times(&refused.emergency_runs),
            token: refused.answer.as_ref().map(token),
            error: Some(NoteView::from(&crate::trouble::shown(cause))),
            customer_is_told: Some(refused.problem.code.as_str()),
            ..Self::default()
        }
    }
}

/// What became of the messages of a call, in the order in which they were given.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResultsView {
    /// Whether all of them were taken. What was taken stays so, also where others were not.
    pub(crate) ok: bool,
    pub(crate) results: Vec<ResultView>,
}

impl ResultsView {
    pub(crate) fn new(received: &[Vec<Received>]) -> Self {
        let results: Vec<_> = received
            .iter()
            .enumerate()
            .flat_map(|(message, of)| of.iter().map(move |one| ResultView::new(message, one)))
            .collect();
        Self {
            ok: results.iter().all(|result| result.ok),
            results,
        }
    }
}
