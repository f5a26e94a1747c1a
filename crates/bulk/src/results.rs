//! What came of each row, written back as a list that a spreadsheet can open without harm.

use std::{
    borrow::Cow,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use keyferry_catalogue::Problem;
use keyferry_terminal::{Draft, LANGUAGE, WriteFault};

use crate::sheet::Dialect;

/// The columns that every list of results has.
pub(crate) const COLUMNS: [&str; 7] = [
    "row",
    "id",
    "outcome",
    "code",
    "message",
    "file",
    "reference",
];

/// What came of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowResult {
    /// Which row; the heading is the first.
    pub row: u64,
    /// What it is known by, if anything was made or found.
    pub id: Option<String>,
    /// What was done, or `refused`.
    pub outcome: &'static str,
    /// Why nothing was.
    pub problem: Option<Problem>,
    /// The file that was written, within the folder of the results.
    pub file: Option<String>,
    /// What the row is known by in the list.
    pub reference: Option<String>,
    /// What stands in further columns.
    pub more: Vec<String>,
}

impl RowResult {
    /// A row that was refused.
    pub(crate) fn refused(row: u64, problem: Problem, reference: Option<String>) -> Self {
        Self {
            row,
            id: None,
            outcome: REFUSED,
            problem: Some(problem),
            file: None,
            reference,
            more: Vec::new(),
        }
    }

    /// As a line of a list.
    pub(crate) fn line(&self, delimiter: u8) -> Vec<u8> {
        let number = self.row.to_string();
        let (code, message) = self
            .problem
            .as_ref()
            .map_or_else(Default::default, |problem| {
                (problem.code.as_str(), problem.message(LANGUAGE))
            });
        let cells = [
            number.as_str(),
            self.id.as_deref().unwrap_or_default(),
            self.outcome,
            code,
            &message,
            self.file.as_deref().unwrap_or_default(),
            self.reference.as_deref().unwrap_or_default(),
        ];
        let cells = cells
            .into_iter()
            .chain(self.more.iter().map(String::as_str));
        line(delimiter, cells)
    }
}

pub(crate) const REFUSED: &str = "refused";

/// The first line of a list of results, with these columns behind the others.
pub(crate) fn heading(dialect: Dialect, more: &[&str]) -> Vec<u8> {
    let mut heading = Vec::new();
    if dialect.marked {
        heading.extend_from_slice(b"\xef\xbb\xbf");
    }
    let columns = COLUMNS.iter().chain(more).copied();
    heading.extend_from_slice(&line(dialect.delimiter, columns));
    heading
}

/// A list of results that is being written; nobody sees it before it is whole.
pub(crate) struct Results {
    draft: Draft,
    path: PathBuf,
    delimiter: u8,
}

impl Results {
    /// Begins a list with these columns behind the others.
    pub(crate) fn begin(
        path: &Path,
        dialect: Dialect,
        more: &[&str],
        draft: impl FnOnce(&Path, &[u8]) -> Result<Draft, WriteFault>,
    ) -> Result<Self, WriteFault> {
        let heading = heading(dialect, more);
        let mut results = Self {
            draft: draft(path, &heading)?,
            path: path.to_owned(),
            delimiter: dialect.delimiter,
        };
        results.put(&heading)?;
        Ok(results)
    }

    /// Adds what came of some rows.
    pub(crate) fn add(&mut self, rows: &[RowResult]) -> Result<(), WriteFault> {
        let lines: Vec<_> = rows.iter().map(|row| row.line(self.delimiter)).collect();
        self.put(&lines.concat())
    }

    /// Puts it in its place, whole and on the medium.
    pub(crate) fn keep(self) -> Result<PathBuf, WriteFault> {
        self.draft.keep()?;
        Ok(self.path)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), WriteFault> {
        let written = self.draft.write_all(bytes);
        written.map_err(|fault| unwritten(&self.path, fault))
    }
}

/// What the system says to a file that cannot be written.
pub(crate) fn unwritten(path: &Path, source: io::Error) -> WriteFault {
    let path = path.display().to_string();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => WriteFault::Full { path },
        _ => WriteFault::Unwritable { path, source },
    }
}

/// A line of a list.
pub(crate) fn line<'c>(delimiter: u8, cells: impl Iterator<Item = &'c str>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    // Writing to memory does not fail.
    for cell in cells {
        let _ = writer.write_field(harmless(cell).as_bytes());
    }
    let _ = writer.write_record(None::<&[u8]>);
    writer.into_inner().unwrap_or_default()
}

/// A cell that no spreadsheet takes for a formula: an apostrophe goes in front of whatever could begin
/// one, where the cell begins, and behind each comma, semicolon, tab and line break in it, since a
/// spreadsheet that parts cells in another way would begin a cell there.
pub(crate) fn harmless(cell: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut begins = true;
    for (at, c) in cell.char_indices() {
        match c {
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' if begins => {
                out.push_str(&cell[copied..at]);
                out.push('\'');
                copied = at;
                begins = false;
            }
            ',' | ';' | '\t' | '\r' | '\n' => begins = true,
            // Neither spaces nor quotation marks keep a formula from being one.
            '"' => {}
            c if c.is_whitespace() => {}
            _ => begins = false,
        }
    }
    if copied == 0 && out.is_empty() {
        return Cow::Borrowed(cell);
    }
    out.push_str(&cell[copied..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_could_be_a_formula_is_none_any_more() {
        for (cell, written) in [
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            ("+1", "'+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "\t'=1"),
            ("\r\n=1", "\r\n'=1"),
            (" \"=1", " \"'=1"),
            ("＝1", "'＝1"),
            ("Acme;=1", "Acme;'=1"),
            ("Acme, \"+1\"", "Acme, \"'+1\""),
        ] {
            assert_eq!(harmless(cell), written, "{cell:?}");
        }
        for cell in [
            "",
            "Acme Tools",
            "7Q2K-9MPX-4RTW-0B3D",
            "a=b",
            "2027-03-31",
            "'=1",
        ] {
            assert_eq!(harmless(cell), cell);
        }
    }
}
