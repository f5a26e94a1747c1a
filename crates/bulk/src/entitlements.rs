//! Entitlements from a list of another system: made, and changed by the same list later.

use std::{
    collections::{HashMap, hash_map::Entry},
    io::Read,
    path::Path,
};

use keyferry_authority::{
    Authority, DraftSeed, Draw, EntitlementDraft, EntitlementFault, EntitlementRow,
    EntitlementRowDone, EntitlementRowOutcome, EntitlementTerms, Origin,
};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{ArgumentFault, Draft, WriteFault, date, duration, product, text};
use keyferry_token::Name;

use crate::{
    BulkFault, Columns, Report, Row, Sheet, SheetFault, Watch,
    batches::{BATCH, UNDER_WAY, through},
    results::{Results, RowResult},
    safe::Safe,
};

/// The columns of a list of entitlements.
pub const ENTITLEMENT_COLUMNS: Columns = Columns {
    known: &[
        "reference",
        "product",
        "seats",
        "offline_lease",
        "ends",
        "features",
        "holder",
        "trial",
        "maintenance_end",
    ],
    needed: &["reference", "product"],
};

/// What stands in the results beside the columns that all have.
pub(crate) const COLUMNS: [&str; 2] = ["activation_code", "holder_secret"];

/// A row with its number, and what it is known by.
pub(crate) struct Asked {
    number: u64,
    reference: Option<String>,
    row: Result<EntitlementRow, Problem>,
}

impl Asked {
    /// Refuses it where a row before it has its reference, and remembers it for those that come.
    pub(crate) fn once(mut self, rows: &mut HashMap<Name, u64>) -> Self {
        if let Ok(row) = &self.row {
            match rows.entry(row.reference.clone()) {
                Entry::Vacant(free) => {
                    free.insert(self.number);
                }
                Entry::Occupied(first) => {
                    let twice = Problem::new(Code::ReferenceTwice)
                        .with("reference", first.key())
                        .with("row", first.get());
                    self.row = Err(twice);
                }
            }
        }
        self
    }
}

/// Makes the entitlement of each row, or changes the one that its reference stands for. The results go
/// to a new file that only its owner can read: the one place where the codes are. Cut off and run again
/// it goes on, and the results have the codes of what was made before as well.
///
/// # Errors
/// `file_exists` where something is in the place of the results; `folder_in_use`, `work_stopped`;
/// those of reading the list, of writing, and of the database. What is wrong with a row is in its
/// result.
pub async fn import_entitlements<R: Read>(
    authority: &Authority,
    mut sheet: Sheet<R>,
    results: &Path,
    watch: &dyn Watch,
) -> Result<Report, BulkFault> {
    let draft = |path: &Path, _: &[u8]| Draft::of_secrets(path);
    if std::fs::symlink_metadata(results).is_ok() {
        let path = results.display().to_string();
        return Err(WriteFault::Exists { path }.into());
    }
    let safe = Safe::beside(results)?;
    let results = Results::begin(results, sheet.dialect(), &COLUMNS, draft)?;
    let kept = &safe;
    let report = through(
        || batch(&mut sheet),
        (|rows| import(authority, kept, rows), UNDER_WAY),
        Some(results),
        watch,
    )
    .await?;
    safe.remove()?;
    Ok(report)
}

/// Checks each row, and says what it would do. Nothing is made or changed.
///
/// # Errors
/// Those of reading the list, and of the database; `work_stopped`.
pub async fn check_entitlements<R: Read>(
    authority: &Authority,
    mut sheet: Sheet<R>,
    watch: &dyn Watch,
) -> Result<Report, BulkFault> {
    through(
        || batch(&mut sheet),
        (|rows| check(authority, rows), UNDER_WAY),
        None,
        watch,
    )
    .await
}

fn batch<R: Read>(sheet: &mut Sheet<R>) -> Option<(Vec<Asked>, u64)> {
    let mut rows = Vec::new();
    while rows.len() < BATCH
        && let Some((number, row)) = sheet.next_row()
    {
        rows.push(asked(number, row));
    }
    (!rows.is_empty()).then(|| (rows, sheet.consumed()))
}

pub(crate) fn asked(number: u64, row: Result<Row, SheetFault>) -> Asked {
    match row {
        Ok(row) => Asked {
            number,
            reference: row.cell("reference").map(str::to_owned),
            row: entitlement(&row),
        },
        Err(fault) => Asked {
            number,
            reference: None,
            row: Err(fault.problem()),
        },
    }
}

/// What a row says. A column that the list does not have leaves things as they are; an empty cell says
/// that there is none.
fn entitlement(row: &Row) -> Result<EntitlementRow, Problem> {
    let offline_lease = row.read("offline_lease", duration)?;
    let ends_at = row.read("ends", end)?.flatten();
    let maintenance_end = row.read("maintenance_end", end)?.flatten();
    let features = row.features("features")?;
    let holder = row.read("holder", text::<120>("holder"))?;
    Ok(EntitlementRow {
        reference: row.need("reference", text::<120>("reference"))?,
        product: row.need("product", product)?,
        terms: EntitlementTerms {
            seats: row.count("seats")?,
            offline_lease: row.has("offline_lease").then_some(offline_lease),
            ends_at: row.has("ends").then_some(ends_at),
            features: row.has("features").then_some(features),
            holder: row.has("holder").then_some(holder),
            trial: row.flag("trial")?,
            maintenance_end: row.has("maintenance_end").then_some(maintenance_end),
        },
    })
}

fn end(cell: &str) -> Result<Option<keyferry_token::Timestamp>, ArgumentFault> {
    if cell.eq_ignore_ascii_case("never") {
        return Ok(None);
    }
    date(cell).map(Some)
}

/// What each row would do, with the problems of those that are refused; in order.
async fn drafted(
    authority: &Authority,
    rows: Vec<Asked>,
    draw: Draw<'_>,
) -> Result<Vec<(Asked, Option<Drafted>)>, BulkFault> {
    let readable: Vec<EntitlementRow> = rows
        .iter()
        .filter_map(|asked| asked.row.as_ref().ok().cloned())
        .collect();
    let drafts = authority
        .entitlement_rows_draft(&readable, draw)
        .await
        .map_err(|fault| BulkFault::Authority(fault.problem()))?;
    let mut drafts = drafts.into_iter();
    let paired = rows.into_iter().map(|asked| {
        let draft = asked.row.as_ref().ok().and_then(|_| drafts.next());
        (asked, draft)
    });
    Ok(paired.collect())
}

type Drafted = Result<Result<EntitlementDraft, EntitlementRowDone>, EntitlementFault>;

pub(crate) async fn check(
    authority: &Authority,
    rows: Vec<Asked>,
) -> Result<Vec<RowResult>, BulkFault> {
    let rows = drafted(authority, rows, Draw::AtRandom).await?;
    let told = rows.into_iter().map(|(asked, draft)| match draft {
        Some(Ok(Ok(_))) => plain(&asked, "ready", None),
        Some(Ok(Err(done))) => {
            let outcome = match done.outcome {
                EntitlementRowOutcome::Changed => "would_change",
                other => other.name(),
            };
            plain(&asked, outcome, Some(done.entitlement.id.to_string()))
        }
        Some(Err(fault)) => refused(&asked, fault.problem()),
        None => unreadable(asked),
    });
    Ok(told.collect())
}

async fn import(
    authority: &Authority,
    safe: &Safe,
    rows: Vec<Asked>,
) -> Result<Vec<RowResult>, BulkFault> {
    let (writable, mut results) = parted(drafted(authority, rows, Draw::AtRandom).await?);
    // Before the books have them, since nobody else keeps them.
    safe.keep(writable.iter().filter_map(|(_, (_, draft))| draft.as_ref()))?;
    let safe = Some(safe);
    results.extend(write(authority, writable, safe, &Origin::Local).await?);
    results.sort_by_key(|result| result.row);
    Ok(results)
}

/// The same with codes that follow from a form: sent once more, they are in its results again.
pub(crate) async fn import_drawn(
    authority: &Authority,
    rows: Vec<Asked>,
    seed: &DraftSeed,
    origin: &Origin,
) -> Result<Vec<RowResult>, BulkFault> {
    let (writable, mut results) = parted(drafted(authority, rows, Draw::From(seed)).await?);
    results.extend(write(authority, writable, None, origin).await?);
    results.sort_by_key(|result| result.row);
    Ok(results)
}

/// A row that can be written, with the draft of a new entitlement.
type Writable = (Asked, (EntitlementRow, Option<EntitlementDraft>));

/// Those that can be written, and the results of the others.
fn parted(rows: Vec<(Asked, Option<Drafted>)>) -> (Vec<Writable>, Vec<RowResult>) {
    let (mut writable, mut results) = (Vec::new(), Vec::new());
    for (asked, draft) in rows {
        match (draft, &asked.row) {
            (Some(Ok(draft)), Ok(row)) => {
                let row = row.clone();
                writable.push((asked, (row, draft.ok())));
            }
            (Some(Err(fault)), _) => results.push(refused(&asked, fault.problem())),
            _ => results.push(unreadable(asked)),
        }
    }
    (writable, results)
}

async fn write(
    authority: &Authority,
    writable: Vec<Writable>,
    safe: Option<&Safe>,
    origin: &Origin,
) -> Result<Vec<RowResult>, BulkFault> {
    let (known, rows): (Vec<_>, Vec<_>) = writable.into_iter().unzip();
    let done = authority
        .entitlement_rows_write(&rows, origin)
        .await
        .map_err(|fault| BulkFault::Authority(fault.problem()))?;
    let told = known.iter().zip(&rows).zip(done);
    let told = told.map(|((asked, (_, draft)), done)| match done {
        Ok(done) => told_of(asked, draft.as_ref(), &done, safe),
        Err(fault) => refused(asked, fault.problem()),
    });
    Ok(told.collect())
}

/// What came of a row, with its codes where they were made now, or by a program that was cut off.
fn told_of(
    asked: &Asked,
    draft: Option<&EntitlementDraft>,
    done: &EntitlementRowDone,
    safe: Option<&Safe>,
) -> RowResult {
    let id = done.entitlement.id.to_string();
    let ours = draft.filter(|draft| draft.id == done.entitlement.id);
    let left = safe.and_then(|safe| safe.left(&id));
    let more = match (ours, left) {
        (Some(draft), _) => {
            let code = done.opens.code.then(|| draft.code.expose());
            let holder = done.opens.holder_secret;
            let holder = holder.then(|| draft.holder_secret.expose());
            vec![code.unwrap_or_default(), holder.unwrap_or_default()]
        }
        (None, Some(left)) => left.each_ref().map(|secret| secret.to_string()).to_vec(),
        (None, None) => blank(),
    };
    RowResult {
        more,
        ..plain(asked, done.outcome.name(), Some(id))
    }
}

fn plain(asked: &Asked, outcome: &'static str, id: Option<String>) -> RowResult {
    RowResult {
        row: asked.number,
        id,
        outcome,
        problem: None,
        file: None,
        reference: asked.reference.clone(),
        more: blank(),
    }
}

fn refused(asked: &Asked, problem: Problem) -> RowResult {
    RowResult {
        more: blank(),
        ..RowResult::refused(asked.number, problem, asked.reference.clone())
    }
}

fn unreadable(asked: Asked) -> RowResult {
    let Asked {
        number,
        reference,
        row,
    } = asked;
    let problem = row.err();
    RowResult {
        row: number,
        id: None,
        outcome: crate::results::REFUSED,
        problem,
        file: None,
        reference,
        more: blank(),
    }
}

fn blank() -> Vec<String> {
    vec![String::new(); COLUMNS.len()]
}
