//! `keyferry emergency`: a run that the vendor allowed in advance.

use keyferry_catalogue::{Phrase, Problem};
use keyferry_client::Client;
use keyferry_terminal::{Failure, LANGUAGE, Reply, Terminal};
use serde::Serialize;

use super::product::{find, paragraph};
use crate::views::ProductView;

#[derive(Serialize)]
struct TakenView {
    outcome: &'static str,
    #[serde(flatten)]
    product: ProductView,
}

pub(crate) fn run(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    product: &str,
    yes: bool,
) -> Result<Reply, Failure> {
    let found = find(client, product)?;
    // Where none can be taken there is nothing to ask; the client says why.
    if let Some(run) = found.emergency.filter(|run| run.available) {
        let left = run.uses_left.to_string();
        let args = [("product", found.name.as_str()), ("uses", &left)];
        terminal.confirm(yes, &Phrase::AskEmergency.fill(LANGUAGE, &args))?;
    }
    let taken = client
        .take_emergency(&found.product)
        .map_err(Problem::from)?;
    let left = taken.emergency.map_or(0, |run| run.uses_left).to_string();
    let args = [("product", taken.name.as_str()), ("uses", &left)];
    let view = TakenView {
        outcome: "taken",
        product: ProductView::from(&taken),
    };
    Ok(Reply::of(&view)
        .printing(paragraph(&taken))
        .saying(Phrase::ToldEmergencyTaken.fill(LANGUAGE, &args)))
}
