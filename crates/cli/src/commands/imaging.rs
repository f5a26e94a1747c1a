//! `keyferry reset --before-imaging`: an image of this disk makes computers with keys of their own.

use keyferry_catalogue::{Phrase, Problem};
use keyferry_client::{Client, Reset};
use keyferry_terminal::{Failure, LANGUAGE, Reply, Terminal};
use serde::Serialize;

use crate::views::VendorView;

#[derive(Serialize)]
struct ResetView {
    outcome: &'static str,
    vendors: Vec<VendorView>,
}

pub(crate) fn run(
    client: &Client,
    terminal: &mut Terminal<'_, '_>,
    yes: bool,
) -> Result<Reply, Failure> {
    terminal.confirm(yes, Phrase::AskReset.text(LANGUAGE))?;
    let (outcome, told) = match client.reset_before_imaging().map_err(Problem::from)? {
        Reset::Done => ("reset", Phrase::ToldReset),
        Reset::Unchanged => ("unchanged", Phrase::ToldNothingToReset),
    };
    let vendors = client.vendors().map_err(Problem::from)?;
    let view = ResetView {
        outcome,
        vendors: vendors.iter().map(VendorView::from).collect(),
    };
    Ok(Reply::of(&view).saying(told.text(LANGUAGE)))
}
