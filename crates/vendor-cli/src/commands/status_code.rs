//! `keyferry-authority status-code`: what a customer reads out on the phone, explained.

use keyferry_authority::{Authority, StatusExplained};
use keyferry_catalogue::Holds;
use keyferry_terminal::{Failure, LANGUAGE, Reply, Table};
use keyferry_token::{ComponentKind, StatusCode};
use serde::Serialize;

use super::activation;
use super::remedy::remedy;
use super::spoken;
use crate::call::Explain;
use crate::views::ActivationView;

#[derive(Serialize)]
struct ExplainedView {
    status_code: String,
    state: &'static str,
    reason: Option<String>,
    day: String,
    ends_in: Option<i16>,
    changed: Vec<&'static str>,
    message: String,
    next_step: Option<String>,
    activations: Vec<ActivationView>,
}

pub(crate) async fn run(authority: &Authority, call: &Explain) -> Result<Reply, Failure> {
    let code = StatusCode::read(&call.code.join(" ")).map_err(|fault| fault.problem())?;
    let explained = authority
        .explain_status_code(&code)
        .await
        .map_err(|fault| fault.problem())?;
    let problem = explained.problem();
    let view = ExplainedView {
        status_code: code.to_string(),
        state: explained.state.name(),
        reason: reason(&explained),
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
    };
    let reply = Reply::of(&view)
        .printing(view.message.clone())
        .printing(lines(&explained, &view).to_string());
    Ok(match explained.candidates.as_slice() {
        [] if code.hint().is_some() => reply.printing("\nNo activation in the books fits it."),
        [] => reply.printing("\nThe computer holds no activation."),
        found => reply.printing(format!(
            "\nActivations that it may be about, the most likely first:\n{}",
            activation::table(found)
        )),
    })
}

/// The reason's name; one of a newer program by its reference.
fn reason(explained: &StatusExplained) -> Option<String> {
    match (explained.reason, explained.reason_number) {
        (Some(code), _) => Some(code.as_str().to_owned()),
        (None, number) => number.map(|number| format!("KF-{number}")),
    }
}

fn lines(explained: &StatusExplained, view: &ExplainedView) -> Table {
    let mut table = Table::plain();
    let mut row = |name: &str, value: String| table.row([format!("  {name}"), value]);
    if let Some(step) = &view.next_step {
        row("Likely fix", step.clone());
    }
    if let Some(step) = remedy(explained.state, explained.reason, explained.ends_in) {
        row("At your side", step.to_owned());
    }
    row(
        "State",
        Holds::State.in_words(explained.state.name(), LANGUAGE),
    );
    row("Its date", spoken(explained.whole_day()));
    if let Some(days) = explained.ends_in {
        row("Lease", lease(days));
    }
    if !explained.changed.is_empty() {
        row("Changed there", changed(&explained.changed));
    }
    table
}

fn lease(days: i16) -> String {
    let count = days.unsigned_abs();
    let unit = if count == 1 { "day" } else { "days" };
    let or_more = if count >= 511 { " or more" } else { "" };
    match days {
        0 => "ends on that day".to_owned(),
        1.. => format!("ends {count} {unit}{or_more} later"),
        ..0 => format!("ended {count} {unit}{or_more} before"),
    }
}

pub(super) fn changed(kinds: &[ComponentKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    Holds::Components.in_words(&names.join(","), LANGUAGE)
}
