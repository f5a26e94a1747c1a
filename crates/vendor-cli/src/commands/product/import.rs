//! `keyferry-authority product import`: what is licensed, from a list.

use std::cell::RefCell;

use keyferry_authority::Authority;
use keyferry_bulk::{PRODUCT_COLUMNS, Report, import_products};
use keyferry_terminal::{Failure, Reply, Terminal};
use serde::Serialize;

use crate::call::ProductImport;
use crate::commands::bulk::{Progress, length, open, told};

#[derive(Serialize)]
struct ImportView {
    outcome: &'static str,
    added: u64,
    changed: u64,
    unchanged: u64,
    /// The vendor profile, where it may have been written anew.
    profile: Option<String>,
}

pub(crate) async fn run(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    call: &ProductImport,
) -> Result<Reply, Failure> {
    let sheet = open(terminal, &call.list, PRODUCT_COLUMNS, call.manner)?;
    let terminal = RefCell::new(terminal);
    let progress = Progress::begin(&terminal, length(&call.list));
    let checked = call.manner.dry_run;
    let results = call.out.as_deref().filter(|_| !checked);
    let outcome = import_products(authority, sheet, results, checked, &progress).await;
    drop(progress);
    let profile = authority.profile_file().display().to_string();
    told(
        outcome,
        |report| {
            let (added, changed) = done(report);
            let new = !checked && added + changed > 0;
            ImportView {
                outcome: if checked { "checked" } else { "imported" },
                added,
                changed,
                unchanged: report.tally.of("unchanged"),
                profile: new.then(|| profile.clone()),
            }
        },
        |report| said(report, checked),
    )
}

fn done(report: &Report) -> (u64, u64) {
    let tally = &report.tally;
    (
        tally.of("added") + tally.of("ready"),
        tally.of("changed") + tally.of("would_change"),
    )
}

fn said(report: &Report, checked: bool) -> String {
    let tally = &report.tally;
    let (added, changed) = done(report);
    let word = if checked { "would be " } else { "" };
    let counts = format!(
        "{} rows: {added} {word}added, {changed} {word}changed, {} as they are, {} refused.",
        tally.rows,
        tally.of("unchanged"),
        tally.of("refused")
    );
    if checked || added + changed == 0 {
        counts
    } else {
        format!("{counts} Hand out the vendor profile again.")
    }
}
