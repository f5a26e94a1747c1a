//! A status report that a computer sent, beside what the books say, for whoever helps.

use keyferry_authority::{ActivationStatus, Difference, EntitlementStatus, StatusRead};
use keyferry_catalogue::{Code, Holds, Problem};
use keyferry_terminal::{LANGUAGE, Reply};
use keyferry_token::{State, StatusReport, TokenKind};
use keyferry_views::{StatusReadView, difference, times};

use super::taken::{TakenView, with_runs};
use crate::commands::remedy::remedy;
use crate::commands::spoken;
use crate::commands::status_code::changed;

pub(super) fn reply(read: &StatusRead) -> Reply {
    let report = &read.report;
    let problem = read.problem();
    let view = TakenView {
        outcome: "status_read",
        kind: TokenKind::Status.name(),
        answers: read.token.to_string(),
        activation_id: report.activation.map(|id| id.to_string()),
        product: report.product.to_string(),
        label: report.label.to_string(),
        device_id: report.signing_key.device_id().to_string(),
        emergency_runs: times(&report.emergency_runs),
        further: StatusReadView::from(read),
    };
    let said = says(report, problem.as_ref());
    let reply = said.into_iter().fold(Reply::of(&view), Reply::saying);
    let reply = with_runs(reply, &report.emergency_runs).saying(books(read));
    let reply = read
        .differences
        .iter()
        .fold(reply, |reply, one| reply.saying(difference(*one)));
    match step(read) {
        Some(step) => reply.saying(format!("At your side: {step}")),
        None => reply,
    }
}

/// The likely fix at the vendor's side. What the books know better than the computer comes first.
fn step(read: &StatusRead) -> Option<&'static str> {
    let known = read
        .differences
        .iter()
        .find_map(|difference| match difference {
            Difference::Entitlement(EntitlementStatus::Revoked) => Some(Code::Revoked),
            Difference::Entitlement(_) => Some(Code::Suspended),
            Difference::SeatEnded(status) => ended(*status),
            Difference::AnswerNotApplied => Some(Code::AwaitingAnswer),
            Difference::ActivationUnknown
            | Difference::OlderGrant { .. }
            | Difference::NewerGrant { .. }
            | Difference::Clock { .. } => None,
        });
    remedy(read.report.state, known.or(read.reason()), None)
}

/// Why an activation holds its seat no longer, as a standing would say it.
const fn ended(status: ActivationStatus) -> Option<Code> {
    match status {
        ActivationStatus::Superseded => Some(Code::ActivationSuperseded),
        ActivationStatus::Released => Some(Code::ActivationReleased),
        ActivationStatus::Leaving | ActivationStatus::Deactivated => {
            Some(Code::ActivationDeactivated)
        }
        ActivationStatus::Active => None,
    }
}

/// What the computer says, a line for each thing that helps.
fn says(report: &StatusReport, problem: Option<&Problem>) -> Vec<String> {
    let state = Holds::State.in_words(report.state.name(), LANGUAGE);
    let mut lines = vec![format!(
        "“{}” ({}, Keyferry {}) says of {}, on {}: {}.",
        report.label,
        report.platform,
        report.client,
        report.product,
        spoken(report.issued_at),
        state.to_lowercase()
    )];
    if let Some(problem) = problem {
        lines.push(problem.message(LANGUAGE));
        lines.push(format!("Likely fix: {}", problem.next_step(LANGUAGE)));
    }
    if report.state == State::Licensed
        && let Some(until) = report.until
    {
        lines.push(format!("It runs until {}.", spoken(until)));
    }
    if !report.changed.is_empty() {
        lines.push(format!("Changed there: {}.", changed(&report.changed)));
    }
    if report.store_repaired {
        lines.push("Its store was damaged once and mended.".to_owned());
    }
    lines
}

/// What the books say.
fn books(read: &StatusRead) -> String {
    let Some(record) = &read.activation else {
        return "In the books: nothing is known of this computer.".to_owned();
    };
    let activation = &record.activation;
    let entitlement = read.entitlement.map_or_else(String::new, |status| {
        format!(", entitlement {} {}", activation.entitlement, status.name())
    });
    format!(
        "In the books: activation {} is {}, lease until {}{entitlement}.",
        activation.id,
        activation.status.name(),
        spoken(activation.lease_expires_at)
    )
}
