//! `keyferry-authority entitlement import`: what other systems sold.

use std::cell::RefCell;

use keyferry_authority::Authority;
use keyferry_bulk::{ENTITLEMENT_COLUMNS, Report, check_entitlements, import_entitlements};
use keyferry_terminal::{Failure, Reply, Terminal};
use serde::Serialize;

use crate::call::EntitlementImport;
use crate::commands::bulk::{Progress, length, open, told};

#[derive(Serialize)]
struct ImportView {
    outcome: &'static str,
    added: u64,
    changed: u64,
    unchanged: u64,
}

pub(crate) async fn run(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    call: &EntitlementImport,
) -> Result<Reply, Failure> {
    let sheet = open(terminal, &call.list, ENTITLEMENT_COLUMNS, call.manner)?;
    let terminal = RefCell::new(terminal);
    let progress = Progress::begin(&terminal, length(&call.list));
    let checked = call.manner.dry_run;
    let outcome = match &call.out {
        Some(out) if !checked => import_entitlements(authority, sheet, out, &progress).await,
        _ => check_entitlements(authority, sheet, &progress).await,
    };
    drop(progress);
    told(
        outcome,
        |report| {
            let tally = &report.tally;
            ImportView {
                outcome: if checked { "checked" } else { "imported" },
                added: tally.of("added") + tally.of("ready"),
                changed: tally.of("changed") + tally.of("would_change"),
                unchanged: tally.of("unchanged"),
            }
        },
        |report| said(report, checked),
    )
}

fn said(report: &Report, checked: bool) -> String {
    let tally = &report.tally;
    let (added, changed) = if checked {
        (tally.of("ready"), tally.of("would_change"))
    } else {
        (tally.of("added"), tally.of("changed"))
    };
    let word = if checked { "would be " } else { "" };
    format!(
        "{} rows: {added} {word}added, {changed} {word}changed, {} as they are, {} refused.",
        tally.rows,
        tally.of("unchanged"),
        tally.of("refused")
    )
}
