//! `keyferry-authority status-code`: what a customer reads out on the phone, explained.

use keyferry_authority::{Authority, StatusExplained};
use keyferry_catalogue::Holds;
use keyferry_terminal::{Failure, LANGUAGE, Reply, Table};
use keyferry_token::{ComponentKind, StatusCode};
use keyferry_views::StatusExplainedView;

use super::activation;
use super::remedy::remedy;
use super::spoken;
use crate::call::Explain;

pub(crate) async fn run(authority: &Authority, call: &Explain) -> Result<Reply, Failure> {
    let code = StatusCode::read(&call.code.join(" ")).map_err(|fault| fault.problem())?;
    let explained = authority
        .explain_status_code(&code)
        .await
        .map_err(|fault| fault.problem())?;
    let view = StatusExplainedView::new(&code, &explained);
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

fn lines(explained: &StatusExplained, view: &StatusExplainedView) -> Table {
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
