//! A status report that a computer sent, beside what the books say, for whoever helps.

use keyferry_authority::{ActivationStatus, Difference, EntitlementStatus, StatusRead};
use keyferry_catalogue::{Code, Holds, Problem};
use keyferry_terminal::{LANGUAGE, Reply};
use keyferry_token::{State, StatusReport, TokenKind};
use keyferry_views::{ActivationView, NoteView, reason, time, times};
use serde::Serialize;

use super::taken::{TakenView, with_runs};
use crate::commands::remedy::remedy;
use crate::commands::spoken;
use crate::commands::status_code::changed;

#[derive(Serialize)]
struct StatusView {
    report: ReportView,
    note: Option<NoteView>,
    books: Option<BooksView>,
    differences: Vec<DifferenceView>,
}

/// What the computer says.
#[derive(Serialize)]
struct ReportView {
    platform: String,
    client: String,
    state: &'static str,
    reason: Option<String>,
    until: Option<String>,
    sequence: Option<u64>,
    lease_expires_at: Option<String>,
    clock: String,
    changed: Vec<&'static str>,
    store_repaired: bool,
}

/// What the books say.
#[derive(Serialize)]
struct BooksView {
    #[serde(flatten)]
    activation: ActivationView,
    sequence: u64,
    entitlement_status: Option<&'static str>,
}

#[derive(Serialize)]
struct DifferenceView {
    name: &'static str,
    message: String,
}

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
        further: StatusView {
            report: report_view(read),
            note: problem.as_ref().map(NoteView::from),
            books: books_view(read),
            differences: read
                .differences
                .iter()
                .map(|one| difference(*one))
                .collect(),
        },
    };
    let said = says(report, problem.as_ref());
    let reply = said.into_iter().fold(Reply::of(&view), Reply::saying);
    let reply = with_runs(reply, &report.emergency_runs).saying(books(read));
    let reply = view
        .further
        .differences
        .iter()
        .fold(reply, |reply, one| reply.saying(one.message.clone()));
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

fn report_view(read: &StatusRead) -> ReportView {
    let report = &read.report;
    ReportView {
        platform: report.platform.to_string(),
        client: report.client.to_string(),
        state: report.state.name(),
        reason: reason(read.reason(), report.reason),
        until: time(report.until),
        sequence: report.sequence.map(|sequence| sequence.0),
        lease_expires_at: time(report.lease_expires_at),
        clock: report.clock_floor.to_string(),
        changed: report.changed.iter().map(|kind| kind.name()).collect(),
        store_repaired: report.store_repaired,
    }
}

fn books_view(read: &StatusRead) -> Option<BooksView> {
    let record = read.activation.as_ref()?;
    Some(BooksView {
        activation: ActivationView::from(&record.activation),
        sequence: record.activation.sequence.0,
        entitlement_status: read.entitlement.map(EntitlementStatus::name),
    })
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

fn difference(one: Difference) -> DifferenceView {
    let message = match one {
        Difference::ActivationUnknown => {
            "It names an activation that is not in the books, or is another computer's.".to_owned()
        }
        Difference::SeatEnded(status) => format!(
            "It does not know that its activation is {}: it gets no new lease, and runs on until the one that it has is over.",
            status.name()
        ),
        Difference::Entitlement(status) => format!(
            "It does not know that its entitlement is {}: it learns of it with a refresh.",
            status.name()
        ),
        Difference::AnswerNotApplied => {
            "It has a seat here and does not know: the answer did not arrive. Have the same request brought again, or send the answer once more.".to_owned()
        }
        Difference::OlderGrant { device, books } => format!(
            "It has grant {}; the latest is {}: an answer or refresh did not arrive. A new one mends it: refresh ACTIVATION",
            device.0, books.0
        ),
        Difference::NewerGrant { device, books } => format!(
            "It has grant {}; the latest in the books is {}: they seem to be those of a backup.",
            device.0, books.0
        ),
        Difference::Clock { device, latest_seen } => format!(
            "Its clock showed {}; the latest time that it has seen is {}. One of them is far off.",
            spoken(device),
            spoken(latest_seen)
        ),
    };
    DifferenceView {
        name: one.name(),
        message,
    }
}
