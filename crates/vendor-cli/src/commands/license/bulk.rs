//! `keyferry-authority license bulk`: a license for each row of a list.

use std::cell::RefCell;
use std::path::{Component, Path, PathBuf};

use keyferry_authority::Authority;
use keyferry_bulk::{LICENSE_COLUMNS, Report, check_licenses, make_licenses};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{Failure, Reply, Source, Terminal};
use serde::Serialize;

use crate::call::LicenseBulk;
use crate::commands::bulk::{Progress, Shared, length, open, told};
use crate::commands::read;

#[derive(Serialize)]
struct MadeView {
    outcome: &'static str,
    made: u64,
    ready: u64,
    unchanged: u64,
}

pub(crate) async fn run(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    call: &LicenseBulk,
) -> Result<Reply, Failure> {
    let sheet = open(terminal, &call.list, LICENSE_COLUMNS, call.manner)?;
    let folder = beside(&call.list);
    let terminal = RefCell::new(terminal);
    let requests = |named: &str| request(&terminal, &folder, named);
    let progress = Progress::begin(&terminal, length(&call.list));
    let outcome = match &call.out {
        Some(out) if !call.manner.dry_run => {
            make_licenses(authority, sheet, out, &requests, &progress).await
        }
        _ => check_licenses(authority, sheet, &requests, &progress).await,
    };
    drop(progress);
    let checked = call.manner.dry_run;
    told(
        outcome,
        |report| MadeView {
            outcome: if checked { "checked" } else { "made" },
            made: report.tally.of("made"),
            ready: report.tally.of("ready"),
            unchanged: report.tally.of("unchanged"),
        },
        |report| said(report, checked),
    )
}

fn said(report: &Report, checked: bool) -> String {
    let tally = &report.tally;
    let (done, word) = if checked {
        (tally.of("ready"), "would be made")
    } else {
        (tally.of("made"), "made")
    };
    format!(
        "{} rows: {done} {word}, {} made before, {} refused.",
        tally.rows,
        tally.of("unchanged"),
        tally.of("refused")
    )
}

/// The folder in which the requests are that a list names.
fn beside(list: &Source) -> PathBuf {
    match list {
        Source::File(path) => path.parent().map(Path::to_owned).unwrap_or_default(),
        Source::Stream => PathBuf::new(),
    }
}

/// The request in a cell: its text, or the name of a file in the folder of the list. A list comes from
/// elsewhere, so it names no file outside that folder.
fn request(terminal: &Shared<'_, '_, '_>, folder: &Path, named: &str) -> Result<Vec<u8>, Problem> {
    if named.contains("-----BEGIN ") {
        return Ok(named.as_bytes().to_vec());
    }
    let path = Path::new(named);
    let within = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !path.components().all(within) {
        return Err(Problem::new(Code::CellRefused).with("column", "device"));
    }
    let file = Source::File(folder.join(path));
    read(&mut terminal.borrow_mut(), &file).map_err(|failure| failure.problem().clone())
}
