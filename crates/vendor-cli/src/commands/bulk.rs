//! What commands over whole lists share: the list, how far they are, and what came of the rows.

mod progress;

use std::cell::RefCell;
use std::fs;
use std::io::Read;

use keyferry_bulk::{BulkFault, Columns, Report, RowResult, Sheet};
use keyferry_terminal::{Failure, LANGUAGE, Reply, Source, Terminal};
use serde::Serialize;

pub(crate) use progress::Progress;

use crate::call::BulkManner;

/// A terminal that several parts of a command speak to.
pub(crate) type Shared<'m, 't, 's> = RefCell<&'m mut Terminal<'t, 's>>;

/// Opens a list, and says which of its columns are passed over.
pub(crate) fn open<'s>(
    terminal: &mut Terminal<'_, 's>,
    list: &Source,
    columns: Columns,
    manner: BulkManner,
) -> Result<Sheet<Box<dyn Read + 's>>, Failure> {
    let input = terminal.open(list)?;
    let sheet = Sheet::open(input, columns, manner.ignore_columns).map_err(BulkFault::from);
    let sheet = sheet.map_err(|fault| fault.problem())?;
    if !sheet.passed_over().is_empty() {
        let names = sheet.passed_over().join(", ");
        terminal.warn(&format!("Columns that are passed over: {names}"));
    }
    Ok(sheet)
}

/// How many bytes a list has, as far as it says before it is read.
pub(crate) fn length(list: &Source) -> Option<u64> {
    let Source::File(path) = list else {
        return None;
    };
    let found = fs::metadata(path).ok()?;
    found.is_file().then_some(found.len())
}

#[derive(Serialize)]
struct ListView {
    rows: u64,
    refused: u64,
    results: Option<String>,
    problems: Vec<RowView>,
}

#[derive(Serialize)]
struct RowView {
    row: u64,
    reference: Option<String>,
    code: &'static str,
    message: String,
}

impl RowView {
    fn of(row: &RowResult) -> Option<Self> {
        let problem = row.problem.as_ref()?;
        Some(Self {
            row: row.row,
            reference: row.reference.clone(),
            code: problem.code.as_str(),
            message: problem.message(LANGUAGE),
        })
    }
}

/// What came of a list, with what else is to be shown and said of it. Where a row was refused it is
/// that row's problem that the command ends with.
pub(crate) fn told<V: Serialize>(
    outcome: Result<Report, BulkFault>,
    fields: impl Fn(&Report) -> V,
    said: impl Fn(&Report) -> String,
) -> Result<Reply, Failure> {
    let report = outcome.map_err(|fault| fault.problem())?;
    let results = report.results.as_ref();
    let results = results.map(|path| path.display().to_string());
    let view = ListView {
        rows: report.tally.rows,
        refused: report.tally.of("refused"),
        problems: report
            .tally
            .refused
            .iter()
            .filter_map(RowView::of)
            .collect(),
        results: results.clone(),
    };
    let mut lines = vec![said(&report)];
    lines.extend(results.map(|path| format!("What came of each row: {path}")));
    let first = report.tally.refused.first();
    let Some((row, problem)) = first.and_then(|row| Some((row, row.problem.clone()?))) else {
        let reply = Reply::of(&fields(&report)).showing(&view);
        return Ok(lines.into_iter().fold(reply, Reply::saying));
    };
    for other in view.problems.iter().skip(1) {
        lines.push(format!("Row {}: {}", other.row, other.message));
    }
    if view.refused > view.problems.len() as u64 {
        lines.push(format!(
            "{} rows were refused; these are the first.",
            view.refused
        ));
    }
    lines.push(format!("Row {}:", row.row));
    let failure = Failure::from(problem)
        .showing(&fields(&report))
        .showing_also(&view);
    Err(lines.into_iter().fold(failure, Failure::saying))
}
