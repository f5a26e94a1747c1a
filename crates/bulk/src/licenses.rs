//! A license for each row of a list.

use std::{io::Read, path::Path};

use keyferry_authority::{
    Authority, LicenseAnchor, LicenseFault, LicenseFile, LicenseRow, NewLicense, Origin,
    RowForecast, RowKey,
};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{
    ArgumentFault, Draft, date, duration_or_none, first_day, product, text, usb_id,
};
use keyferry_token::{ArtefactKind, LicenseTerm, Timestamp, armor};

use crate::{
    BulkFault, Columns, Report, Row, Sheet, SheetFault, Watch,
    batches::{BATCH, UNDER_WAY, through},
    folder::WorkFolder,
    lists::file_name,
    results::{Results, RowResult},
};

/// The columns of a list of licenses.
pub const LICENSE_COLUMNS: Columns = Columns {
    known: &[
        "product",
        "usb",
        "device",
        "unbound",
        "allow_weak",
        "expires",
        "starts",
        "features",
        "edition",
        "holder",
        "grace",
        "reference",
    ],
    needed: &["product"],
};

/// Gives the activation request that a row names, by which a computer is told.
pub type Requests<'r> = dyn Fn(&str) -> Result<Vec<u8>, Problem> + 'r;

/// A row of the list with its number.
pub(crate) type Numbered = (u64, Result<LicenseRow, Refused>);

/// A row that was refused before the authority saw it.
pub(crate) struct Refused {
    problem: Problem,
    reference: Option<String>,
}

/// Makes the license of each row, with its file in a folder and a list of results beside the files.
/// Run again it goes on where it ended: a row is known by its reference, or by its place and content in
/// the lists of this folder, and makes one license.
///
/// # Errors
/// `folder_in_use`, `work_stopped`; those of reading the list, of writing, and of the database. What
/// is wrong with a row is in its result.
pub async fn make_licenses<R: Read>(
    authority: &Authority,
    mut sheet: Sheet<R>,
    folder: &Path,
    requests: &Requests<'_>,
    watch: &dyn Watch,
) -> Result<Report, BulkFault> {
    let folder = WorkFolder::open(folder)?;
    let list = list(&folder)?;
    let results = Results::begin(
        &folder.path().join("results.csv"),
        sheet.dialect(),
        &[],
        Draft::of,
    )?;
    let folder = &folder;
    through(
        || batch(&mut sheet, list, requests),
        (|rows| make(authority, folder, rows), UNDER_WAY),
        Some(results),
        watch,
    )
    .await
}

/// Checks each row as if its license was to be made. Nothing is made, signed or written; rows that only
/// their place tells apart are all taken for new ones.
///
/// # Errors
/// As with [`make_licenses`].
pub async fn check_licenses<R: Read>(
    authority: &Authority,
    mut sheet: Sheet<R>,
    requests: &Requests<'_>,
    watch: &dyn Watch,
) -> Result<Report, BulkFault> {
    let list = random()?;
    through(
        || batch(&mut sheet, list, requests),
        (|rows| check(authority, rows), UNDER_WAY),
        None,
        watch,
    )
    .await
}

/// What the rows of this folder's lists are known by: drawn once for the folder.
fn list(folder: &WorkFolder) -> Result<[u8; 16], BulkFault> {
    const KIND: &str = "licenses";
    let known = folder
        .recall(KIND)
        .and_then(|hex| data_encoding::HEXLOWER.decode(hex.as_bytes()).ok())
        .and_then(|list| list.try_into().ok());
    if let Some(list) = known {
        return Ok(list);
    }
    let list = random()?;
    folder.remember(KIND, &data_encoding::HEXLOWER.encode(&list))?;
    Ok(list)
}

fn random() -> Result<[u8; 16], BulkFault> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|fault| {
        BulkFault::Authority(Problem::new(Code::SystemFailure).with("what", fault))
    })?;
    Ok(bytes)
}

fn batch<R: Read>(
    sheet: &mut Sheet<R>,
    list: [u8; 16],
    requests: &Requests<'_>,
) -> Option<(Vec<Numbered>, u64)> {
    let mut rows = Vec::new();
    while rows.len() < BATCH
        && let Some((number, row)) = sheet.next_row()
    {
        rows.push((number, asked(number, row, list, requests)));
    }
    (!rows.is_empty()).then(|| (rows, sheet.consumed()))
}

pub(crate) fn asked(
    number: u64,
    row: Result<Row, SheetFault>,
    list: [u8; 16],
    requests: &Requests<'_>,
) -> Result<LicenseRow, Refused> {
    let row = row.map_err(|fault| Refused {
        problem: fault.problem(),
        reference: None,
    })?;
    let read = || {
        let key = match row.read("reference", text::<120>("reference"))? {
            Some(reference) => RowKey::Reference(reference),
            None => RowKey::Place { list, row: number },
        };
        let license = license(&row, requests)?;
        Ok(LicenseRow { key, license })
    };
    read().map_err(|problem| Refused {
        problem,
        reference: row.cell("reference").map(str::to_owned),
    })
}

fn license(row: &Row, requests: &Requests<'_>) -> Result<NewLicense, Problem> {
    let term = row.read("expires", end)?.unwrap_or(LicenseTerm::Perpetual);
    let grace = row.read("grace", duration_or_none)?;
    if grace.is_some() && term == LicenseTerm::Perpetual {
        return Err(crate::sheet::missing("expires"));
    }
    Ok(NewLicense {
        product: row.need("product", product)?,
        anchor: anchor(row, requests)?,
        starts_at: row.read("starts", first_day)?,
        term,
        features: row.features("features")?,
        edition: row.read("edition", text::<120>("edition"))?,
        holder: row.read("holder", text::<120>("holder"))?,
        grace,
    })
}

/// An end, or the word that there is none.
fn end(cell: &str) -> Result<LicenseTerm, ArgumentFault> {
    if cell.eq_ignore_ascii_case("never") {
        return Ok(LicenseTerm::Perpetual);
    }
    date(cell).map(|end: Timestamp| LicenseTerm::Until(end))
}

fn anchor(row: &Row, requests: &Requests<'_>) -> Result<LicenseAnchor, Problem> {
    let usb = row.read("usb", usb_id)?;
    let device = row.cell("device");
    let unbound = row.flag("unbound")?.unwrap_or_default();
    let allow_weak = row.flag("allow_weak")?.unwrap_or_default();
    match (usb, device, unbound) {
        (Some(id), None, false) => Ok(LicenseAnchor::UsbKey { id, allow_weak }),
        (None, Some(named), false) => Ok(LicenseAnchor::Device {
            request: requests(named)?,
        }),
        (None, None, true) => Ok(LicenseAnchor::Unbound),
        _ => Err(Problem::new(Code::LicenseBindingUnclear)),
    }
}

/// The rows that can be asked for, and the results of the others; both in order.
pub(crate) fn parted(rows: Vec<Numbered>) -> (Vec<u64>, Vec<LicenseRow>, Vec<RowResult>) {
    let (mut numbers, mut asked, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for (number, row) in rows {
        match row {
            Ok(row) => {
                numbers.push(number);
                asked.push(row);
            }
            Err(Refused { problem, reference }) => {
                refused.push(RowResult::refused(number, problem, reference));
            }
        }
    }
    (numbers, asked, refused)
}

async fn make(
    authority: &Authority,
    folder: &WorkFolder,
    rows: Vec<Numbered>,
) -> Result<Vec<RowResult>, BulkFault> {
    let (numbers, asked, mut results) = parted(rows);
    let made = authority
        .license_rows_make(&asked, &Origin::Local)
        .await
        .map_err(|fault| BulkFault::Authority(fault.problem()))?;
    // In the books first: a file that is not written after all is written the next time.
    let files = made.iter().filter_map(|made| made.as_ref().ok());
    let written = folder.put(files.map(text_of).collect()).await;
    let mut written = written.into_iter();
    for ((number, row), made) in numbers.into_iter().zip(&asked).zip(made) {
        let placed = made.as_ref().ok().and_then(|_| written.next());
        let unplaced = match placed {
            Some(Err(fault)) if fault.code() == Code::FileExists => Some(fault.problem()),
            // Of the medium, and so of all rows.
            Some(Err(fault)) => return Err(fault.into()),
            Some(Ok(())) | None => None,
        };
        results.push(told(number, row, made, unplaced));
    }
    results.sort_by_key(|result| result.row);
    Ok(results)
}

pub(crate) async fn check(
    authority: &Authority,
    rows: Vec<Numbered>,
) -> Result<Vec<RowResult>, BulkFault> {
    let (numbers, asked, mut results) = parted(rows);
    let checked = authority
        .license_rows_check(&asked)
        .await
        .map_err(|fault| BulkFault::Authority(fault.problem()))?;
    for ((number, row), checked) in numbers.into_iter().zip(&asked).zip(checked) {
        let (outcome, id) = match checked {
            Ok(RowForecast::New) => ("ready", None),
            Ok(RowForecast::Known(id)) => ("unchanged", Some(id.to_string())),
            Err(fault) => {
                let refused = RowResult::refused(number, fault.problem(), reference(row));
                results.push(refused);
                continue;
            }
        };
        results.push(RowResult {
            row: number,
            id,
            outcome,
            problem: None,
            file: None,
            reference: reference(row),
            more: Vec::new(),
        });
    }
    results.sort_by_key(|result| result.row);
    Ok(results)
}

/// What came of a row; a file that could not be put in its place is a problem of that row.
fn told(
    number: u64,
    row: &LicenseRow,
    made: Result<LicenseFile, LicenseFault>,
    unplaced: Option<Problem>,
) -> RowResult {
    let made = match made {
        Ok(made) => made,
        Err(fault) => return RowResult::refused(number, fault.problem(), reference(row)),
    };
    let id = Some(made.issued.license.id.to_string());
    if let Some(problem) = unplaced {
        let refused = RowResult::refused(number, problem, reference(row));
        return RowResult { id, ..refused };
    }
    RowResult {
        row: number,
        id,
        outcome: if made.changed { "made" } else { "unchanged" },
        problem: None,
        file: Some(name_of(&made)),
        reference: reference(row),
        more: Vec::new(),
    }
}

pub(crate) fn reference(row: &LicenseRow) -> Option<String> {
    match &row.key {
        RowKey::Reference(reference) => Some(reference.to_string()),
        RowKey::Place { .. } => None,
    }
}

fn name_of(made: &LicenseFile) -> String {
    file_name(made.issued.license.id)
}

fn text_of(made: &LicenseFile) -> (String, String) {
    (name_of(made), armor(ArtefactKind::License, &made.bytes))
}
