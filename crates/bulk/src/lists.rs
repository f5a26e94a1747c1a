//! Lists of licenses that the portal keeps in the books: checked when they are brought, made by
//! whichever portal is there, a batch at a time, so that another one can go on after each.

use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicBool, Ordering},
};

use futures_util::FutureExt as _;
use keyferry_authority::{
    Authority, LicenseFault, LicenseFile, LicenseRow, ListRow, ListWork, ListWorker, NewList,
    Origin, RowKey,
};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::LANGUAGE;
use keyferry_token::{LicenseId, Timestamp};

use crate::{
    BulkFault, Sheet,
    licenses::{self, LICENSE_COLUMNS, Numbered, parted, reference},
    results::{REFUSED, RowResult, heading, line},
};

/// The most rows of a list that the portal keeps.
pub const MOST_LISTED: usize = 2000;
/// How many rows are made at a time: few enough for the portal to show how far it is.
const BATCH: usize = 64;

/// Activation requests by the names of their files.
type Files = [(String, Vec<u8>)];

/// Checks a list as if its licenses were to be made, for the portal to keep. Nothing is made.
///
/// # Errors
/// `list_request_twice` with two requests of one name; `list_too_long`, `nothing_read` without a row; those
/// of reading the list, and of the database. What is wrong with a row is in its result.
pub async fn check_list(
    authority: &Authority,
    name: String,
    sheet: Vec<u8>,
    requests: Vec<(String, Vec<u8>)>,
) -> Result<NewList, BulkFault> {
    let requests = told_apart(requests)?;
    // Which list it will be is not known yet, and none of its rows is known from before by its place.
    let rows = read(&sheet, [0; 16], &requests)?;
    let mut checked = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let batch: Vec<Numbered> = rows.by_ref().take(BATCH).collect();
        let results = licenses::check(authority, batch).await?;
        checked.extend(results.into_iter().map(forecast));
    }
    Ok(NewList {
        name,
        sheet,
        requests,
        rows: checked,
    })
}

/// Takes a list that is to be made, if there is one, and makes its licenses. `false` where there is none.
/// Told to stop it ends after a batch; whoever comes next goes on there.
///
/// # Errors
/// Those of the database and of signing; `portal_trouble` where making panicked. The list says so, and is taken
/// up again later.
pub async fn work_on_list(
    authority: &Authority,
    worker: ListWorker,
    stopped: &AtomicBool,
) -> Result<bool, BulkFault> {
    let taken = authority.license_list_take(worker).await;
    let Some(work) = taken.map_err(|fault| BulkFault::Authority(fault.problem()))? else {
        return Ok(false);
    };
    let id = work.list.id;
    // What a panic left half done ended with its transaction.
    let made = AssertUnwindSafe(make(authority, worker, work, stopped)).catch_unwind();
    let made = made.await.unwrap_or_else(|_| {
        let problem = Problem::new(Code::PortalTrouble);
        Err(BulkFault::Authority(problem))
    });
    let told = match &made {
        Ok(()) => authority.license_list_leave(id, worker).await,
        Err(fault) => {
            authority
                .license_list_trouble(id, worker, fault.code())
                .await
        }
    };
    made?;
    told.map_err(|fault| BulkFault::Authority(fault.problem()))?;
    Ok(true)
}

/// What came of the rows of a list, as a list that a spreadsheet can open without harm: written as the
/// one that was brought.
///
/// # Errors
/// Those of reading the list.
pub fn list_results(sheet: &[u8], rows: &[ListRow]) -> Result<Vec<u8>, BulkFault> {
    let dialect = Sheet::open(sheet, LICENSE_COLUMNS, false)?.dialect();
    let mut text = heading(dialect, &[]);
    for row in rows {
        let number = row.number.to_string();
        let id = row.license.map(|id| id.to_string()).unwrap_or_default();
        let file = row.license.map(file_name).unwrap_or_default();
        let (code, message) = row.refused.clone().unwrap_or_default();
        let reference = row.reference.clone().unwrap_or_default();
        let outcome = row.outcome.unwrap_or(row.forecast);
        let cells = [&number, &id, outcome, &code, &message, &file, &reference];
        text.extend_from_slice(&line(dialect.delimiter, cells.into_iter()));
    }
    Ok(text)
}

/// What the file of a license is called.
pub fn file_name(id: LicenseId) -> String {
    format!("keyferry-license-{id}.lic")
}

/// The requests by the names that rows are looked up by. Of two with one name the licenses could be made
/// for another computer than the one that was checked.
fn told_apart(requests: Vec<(String, Vec<u8>)>) -> Result<Vec<(String, Vec<u8>)>, BulkFault> {
    let mut seen = HashSet::new();
    let mut apart = Vec::with_capacity(requests.len());
    for (path, bytes) in requests {
        let name = last_part(&path).to_owned();
        if !seen.insert(name.clone()) {
            let problem = Problem::new(Code::ListRequestTwice).with("name", name);
            return Err(BulkFault::Authority(problem));
        }
        apart.push((name, bytes));
    }
    Ok(apart)
}

/// A file's name without its folders, however a system writes them.
fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// All rows, as what they ask for.
fn read(sheet: &[u8], list: [u8; 16], requests: &Files) -> Result<Vec<Numbered>, BulkFault> {
    let by_name: HashMap<&str, &[u8]> = requests
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let request = |named: &str| {
        let last = last_part(named);
        let found = by_name.get(last).map(|bytes| bytes.to_vec());
        found.ok_or_else(|| Problem::new(Code::FileNotFound).with("path", last))
    };
    let mut sheet = Sheet::open(sheet, LICENSE_COLUMNS, false)?;
    let mut rows = Vec::new();
    while let Some((number, row)) = sheet.next_row() {
        if rows.len() == MOST_LISTED {
            let problem = Problem::new(Code::ListTooLong).with("most", MOST_LISTED);
            return Err(BulkFault::Authority(problem));
        }
        rows.push((number, licenses::asked(number, row, list, &request)));
    }
    if rows.is_empty() {
        return Err(BulkFault::Authority(Problem::new(Code::NothingRead)));
    }
    Ok(rows)
}

async fn make(
    authority: &Authority,
    worker: ListWorker,
    work: ListWork,
    stopped: &AtomicBool,
) -> Result<(), BulkFault> {
    let place = work.list.id.place();
    let mut rows = read(&work.sheet, place, &work.requests)?;
    rows.retain(|(number, _)| work.left.binary_search(number).is_ok());
    let since = work.list.begun_at;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() && !stopped.load(Ordering::Relaxed) {
        let batch: Vec<Numbered> = rows.by_ref().take(BATCH).collect();
        let done = make_batch(authority, batch, &work.origin, since).await?;
        let noted = authority
            .license_list_note(work.list.id, worker, &done)
            .await;
        if !noted.map_err(|fault| BulkFault::Authority(fault.problem()))? {
            // It was stopped, or another one goes on with it, and finds what was made here.
            return Ok(());
        }
    }
    Ok(())
}

async fn make_batch(
    authority: &Authority,
    rows: Vec<Numbered>,
    origin: &Origin,
    since: Option<Timestamp>,
) -> Result<Vec<ListRow>, BulkFault> {
    let (numbers, asked, refused) = parted(rows);
    let made = authority
        .license_rows_make(&asked, origin)
        .await
        .map_err(|fault| BulkFault::Authority(fault.problem()))?;
    let mut done: Vec<ListRow> = refused.into_iter().map(forecast).collect();
    for ((number, row), made) in numbers.into_iter().zip(&asked).zip(made) {
        match made {
            Ok(file) => done.push(made_row(number, row, &file, since)),
            // The key is away or fails: no fault of the row.
            Err(fault @ LicenseFault::Seal(_)) => {
                return Err(BulkFault::Authority(fault.problem()));
            }
            Err(fault) => {
                let refused = RowResult::refused(number, fault.problem(), reference(row));
                done.push(forecast(refused));
            }
        }
    }
    Ok(done)
}

fn made_row(
    number: u64,
    row: &LicenseRow,
    file: &LicenseFile,
    since: Option<Timestamp>,
) -> ListRow {
    // Whoever was here before may have made it without being able to say so any more.
    let ours = matches!(row.key, RowKey::Place { .. })
        || since.is_some_and(|since| file.issued.created_at >= since);
    let outcome = if file.changed || ours {
        "made"
    } else {
        "unchanged"
    };
    ListRow {
        number,
        reference: reference(row),
        forecast: "ready",
        outcome: Some(outcome),
        license: Some(file.issued.license.id),
        refused: None,
    }
}

/// What a check says of a row; one that is refused is done.
fn forecast(result: RowResult) -> ListRow {
    let refused = result
        .problem
        .map(|problem| (problem.code.as_str().to_owned(), problem.message(LANGUAGE)));
    ListRow {
        number: result.row,
        reference: result.reference,
        forecast: result.outcome,
        outcome: (result.outcome == REFUSED).then_some(REFUSED),
        license: None,
        refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brought(names: &[&str]) -> Result<Vec<String>, Problem> {
        let files = names.iter().map(|name| ((*name).to_owned(), vec![0]));
        let apart = told_apart(files.collect()).map_err(|fault| fault.problem())?;
        Ok(apart.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn no_two_requests_have_one_name_whichever_folders_they_are_in() {
        let apart = brought(&["hall/press-04.kft", "C:\\north\\press-05.kft"]);
        assert_eq!(apart.unwrap(), ["press-04.kft", "press-05.kft"]);
        for twice in [
            ["request.kft", "request.kft"],
            ["a/request.kft", "b/request.kft"],
            ["a\\request.kft", "request.kft"],
        ] {
            let problem = brought(&twice).unwrap_err();
            assert_eq!(problem.code, Code::ListRequestTwice);
            assert_eq!(problem.arg("name"), Some("request.kft"));
        }
    }
}
