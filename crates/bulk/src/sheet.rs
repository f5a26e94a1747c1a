//! A list as spreadsheets and other systems export it (CSV), read row by row: any bytes, any length,
//! in flat memory.

mod dialect;
mod row;

use std::{
    cell::Cell,
    io::{self, Cursor, Read},
    rc::Rc,
};

use csv::ByteRecord;
use keyferry_catalogue::{Code, Problem};

pub use dialect::Dialect;
pub use row::Row;
pub(crate) use row::{missing, refused};

/// The most bytes that a row may have.
pub const MAX_ROW: usize = 64 * 1024;

/// Why a list, or a row of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SheetFault {
    /// The first row lacks names.
    #[error("the heading lacks {columns}")]
    HeadingMissing {
        /// What is missing.
        columns: String,
    },
    /// The first row has names that mean nothing, or one twice.
    #[error("the heading has {columns}")]
    ColumnUnknown {
        /// The names.
        columns: String,
    },
    /// A row is too long.
    #[error("row {row} is too long")]
    RowTooLong {
        /// Which.
        row: u64,
    },
    /// A row is not in UTF-8.
    #[error("row {row} is not UTF-8")]
    Encoding {
        /// Which.
        row: u64,
    },
    /// A row has more cells than the first one.
    #[error("row {row} has too many cells")]
    Uneven {
        /// Which.
        row: u64,
    },
    /// What it is read from fails.
    #[error("the list cannot be read: {0}")]
    Unreadable(#[source] io::Error),
}

impl SheetFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::HeadingMissing { .. } => Code::SheetHeadingMissing,
            Self::ColumnUnknown { .. } => Code::SheetColumnUnknown,
            Self::RowTooLong { .. } => Code::SheetRowTooLong,
            Self::Encoding { .. } => Code::SheetEncoding,
            Self::Uneven { .. } => Code::SheetRowUneven,
            Self::Unreadable(_) => Code::SystemFailure,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::HeadingMissing { columns } | Self::ColumnUnknown { columns } => {
                problem.with("columns", columns)
            }
            Self::RowTooLong { row } => problem.with("row", row).with("limit", MAX_ROW),
            Self::Encoding { row } | Self::Uneven { row } => problem.with("row", row),
            Self::Unreadable(fault) => problem.with("what", fault),
        }
    }
}

/// The columns that a list may have.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// All of them.
    pub known: &'static [&'static str],
    /// Those that it has to have.
    pub needed: &'static [&'static str],
}

/// A list that is being read.
pub struct Sheet<R> {
    reader: csv::Reader<Bounded<R>>,
    allowance: Rc<Cell<usize>>,
    consumed: Rc<Cell<u64>>,
    heading: Rc<Heading>,
    dialect: Dialect,
    passed_over: Vec<String>,
    row: u64,
    ended: bool,
}

/// What stands in each column; `None` for one that is passed over.
struct Heading(Vec<Option<&'static str>>);

impl<R: Read> Sheet<R> {
    /// Reads the heading. Names are compared without case, and a space or dash is an underscore.
    /// Columns that mean nothing are refused, since a mistyped name would leave out what stands below
    /// it, unless they are to be passed over.
    ///
    /// # Errors
    /// `sheet_heading_missing`, `sheet_column_unknown`, `sheet_row_too_long`, `sheet_encoding`,
    /// `system_failure`.
    pub fn open(mut input: R, columns: Columns, pass_over: bool) -> Result<Self, SheetFault> {
        let (dialect, head) = dialect::sniff(&mut input)?;
        let allowance = Rc::new(Cell::new(MAX_ROW));
        let consumed = Rc::new(Cell::new(0));
        let bounded = Bounded {
            head: Cursor::new(head),
            rest: input,
            allowance: Rc::clone(&allowance),
            consumed: Rc::clone(&consumed),
        };
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(dialect.delimiter)
            .from_reader(bounded);
        let mut sheet = Self {
            reader,
            allowance,
            consumed,
            heading: Rc::new(Heading(Vec::new())),
            dialect,
            passed_over: Vec::new(),
            row: 0,
            ended: false,
        };
        sheet.read_heading(columns, pass_over)?;
        Ok(sheet)
    }

    /// How it is written.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The names of the columns that are passed over.
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// How many bytes were read of it.
    pub fn consumed(&self) -> u64 {
        self.consumed.get()
    }

    /// The next row, with what is wrong with it where it cannot be taken; rows without any content
    /// are passed over. `None` at the end, and behind what nothing can be read after.
    pub fn next_row(&mut self) -> Option<(u64, Result<Row, SheetFault>)> {
        loop {
            if self.ended {
                return None;
            }
            let record = self.record();
            let row = self.row;
            let taken = match record {
                Ok(None) => {
                    self.ended = true;
                    return None;
                }
                Ok(Some(record)) if record.iter().all(<[u8]>::is_empty) => continue,
                Ok(Some(record)) => self.take(&record),
                Err(fault) => {
                    // The reader stands somewhere within the row.
                    self.ended = true;
                    Err(fault)
                }
            };
            return Some((row, taken));
        }
    }

    fn read_heading(&mut self, columns: Columns, pass_over: bool) -> Result<(), SheetFault> {
        let mut names = Vec::new();
        let mut twice = Vec::new();
        if let Some(record) = self.record()? {
            for cell in &record {
                let given = std::str::from_utf8(cell)
                    .map_err(|_| SheetFault::Encoding { row: 1 })?
                    .trim();
                let name = given.to_lowercase().replace([' ', '-'], "_");
                let known = columns.known.iter().copied().find(|known| *known == name);
                if known.is_some() && names.contains(&known) {
                    twice.push(shown(given));
                } else if known.is_none() && !given.is_empty() {
                    self.passed_over.push(shown(given));
                }
                names.push(known);
            }
        }
        let missing: Vec<&str> = columns
            .needed
            .iter()
            .copied()
            .filter(|name| !names.contains(&Some(*name)))
            .collect();
        if !missing.is_empty() {
            let columns = missing.join(", ");
            return Err(SheetFault::HeadingMissing { columns });
        }
        if !pass_over {
            twice.append(&mut self.passed_over);
        }
        if !twice.is_empty() {
            twice.truncate(MOST_SHOWN);
            let columns = twice.join(", ");
            return Err(SheetFault::ColumnUnknown { columns });
        }
        self.heading = Rc::new(Heading(names));
        Ok(())
    }

    /// The next record, however many cells it has.
    fn record(&mut self) -> Result<Option<ByteRecord>, SheetFault> {
        self.row += 1;
        self.allowance.set(MAX_ROW);
        let row = self.row;
        let mut record = ByteRecord::new();
        let more =
            self.reader
                .read_byte_record(&mut record)
                .map_err(|fault| match fault.into_kind() {
                    csv::ErrorKind::Io(fault) if is_too_long(&fault) => {
                        SheetFault::RowTooLong { row }
                    }
                    csv::ErrorKind::Io(fault) => SheetFault::Unreadable(fault),
                    _ => SheetFault::Encoding { row },
                })?;
        Ok(more.then_some(record))
    }

    fn take(&self, record: &ByteRecord) -> Result<Row, SheetFault> {
        let row = self.row;
        let mut cells = Vec::with_capacity(self.heading.0.len());
        if record.as_slice().len() > MAX_ROW {
            return Err(SheetFault::RowTooLong { row });
        }
        for (at, cell) in record.iter().enumerate() {
            let text = std::str::from_utf8(cell).map_err(|_| SheetFault::Encoding { row })?;
            // No text of a spreadsheet has one, and not every database keeps it.
            if text.contains('\0') {
                return Err(SheetFault::Encoding { row });
            }
            let text = text.trim();
            match self.heading.0.get(at) {
                Some(Some(name)) => cells.push((*name, text.to_owned())),
                Some(None) => {}
                None if text.is_empty() => {}
                None => return Err(SheetFault::Uneven { row }),
            }
        }
        Ok(Row::new(cells))
    }
}

/// How many names of columns are told.
const MOST_SHOWN: usize = 10;

/// A name that someone else wrote, for a message.
fn shown(name: &str) -> String {
    let mut shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    if shown.is_empty() {
        shown.push('?');
    }
    shown
}

/// More was asked for than a row may have.
#[derive(Debug, thiserror::Error)]
#[error("the row is too long")]
struct TooLong;

fn is_too_long(fault: &io::Error) -> bool {
    match fault.get_ref() {
        Some(cause) => cause.is::<TooLong>(),
        None => false,
    }
}

/// Lets through what a row may have, so that one that never ends does not fill the memory.
struct Bounded<R> {
    /// What was read to see how the list is written.
    head: Cursor<Vec<u8>>,
    rest: R,
    allowance: Rc<Cell<usize>>,
    consumed: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.allowance.get());
        if most == 0 && !buffer.is_empty() {
            return Err(io::Error::other(TooLong));
        }
        let read = match self.head.read(&mut buffer[..most])? {
            0 => self.rest.read(&mut buffer[..most])?,
            read => read,
        };
        self.allowance.set(self.allowance.get() - read);
        self.consumed.set(self.consumed.get() + read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: Columns = Columns {
        known: &["product", "holder", "reference"],
        needed: &["product"],
    };

    fn rows(text: &[u8]) -> Vec<(u64, Result<Row, Code>)> {
        let mut sheet = Sheet::open(text, COLUMNS, false).unwrap();
        std::iter::from_fn(|| sheet.next_row())
            .map(|(number, row)| (number, row.map_err(|fault| fault.code())))
            .collect()
    }

    fn cells(text: &str) -> Vec<[String; 2]> {
        let cell = |row: &Row, name| row.cell(name).unwrap_or_default().to_owned();
        rows(text.as_bytes())
            .into_iter()
            .map(|(_, row)| row.unwrap())
            .map(|row| [cell(&row, "product"), cell(&row, "holder")])
            .collect()
    }

    #[test]
    fn a_list_is_read_as_spreadsheets_of_any_country_write_it() {
        let wanted = [
            ["cad", "Müller, Söhne; & Co \"Nord\""],
            ["lab", "two\nlines"],
        ];
        for text in [
            "product,holder\ncad,\"Müller, Söhne; & Co \"\"Nord\"\"\"\nlab,\"two\nlines\"\n",
            "\u{feff}product;holder\r\ncad;\"Müller, Söhne; & Co \"\"Nord\"\"\"\r\nlab;\"two\nlines\"",
            "Holder\tPRODUCT\n\"Müller, Söhne; & Co \"\"Nord\"\"\"\t cad \n\"two\nlines\"\tlab\n",
            "sep=;\nproduct;holder\n\ncad;\"Müller, Söhne; & Co \"\"Nord\"\"\"\n;\nlab;\"two\nlines\";;\n",
        ] {
            assert_eq!(cells(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_row_is_known_by_the_number_that_a_spreadsheet_shows() {
        let numbers = |text: &str| -> Vec<u64> {
            rows(text.as_bytes())
                .into_iter()
                .map(|(row, _)| row)
                .collect()
        };
        assert_eq!(numbers("product\na\nb\n"), [2, 3]);
        assert_eq!(numbers("product,holder\na,x\n,\nb,y\n"), [2, 4]);
    }

    #[test]
    fn a_heading_names_what_is_needed_and_nothing_else_unless_it_is_passed_over() {
        let open =
            |text: &str, pass| Sheet::open(text.as_bytes(), COLUMNS, pass).map(|s| s.passed_over);
        let fault = |text: &str| open(text, false).unwrap_err();
        assert_eq!(fault("holder\n").code(), Code::SheetHeadingMissing);
        assert_eq!(fault("").code(), Code::SheetHeadingMissing);
        let unknown = fault("product,holdr,when\n");
        assert_eq!(unknown.problem().arg("columns"), Some("holdr, when"));
        assert_eq!(fault("product,Product\n").code(), Code::SheetColumnUnknown);
        assert_eq!(open("product,when,\n", true).unwrap(), ["when"]);
        assert_eq!(
            open("product,product\n", true).unwrap_err().code(),
            Code::SheetColumnUnknown
        );
    }

    #[test]
    fn a_row_with_a_character_that_no_database_keeps_is_refused_and_the_others_are_read() {
        let long = "x".repeat(8 * 1024);
        let text = format!("product,holder,reference\na,{long},1\nb,\0,2\nc,y,3\n");
        let read = rows(text.as_bytes());
        let told = |row: &Result<Row, Code>| row.as_ref().err().copied();
        let told: Vec<_> = read
            .iter()
            .map(|(number, row)| (*number, told(row)))
            .collect();
        assert_eq!(told, [(2, None), (3, Some(Code::SheetEncoding)), (4, None)]);
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_row() {
        let codes = |text: &[u8]| -> Vec<(u64, Code)> {
            let named = |(row, taken): (u64, Result<Row, Code>)| Some((row, taken.err()?));
            rows(text).into_iter().filter_map(named).collect()
        };
        assert_eq!(
            codes(b"product\ncad\nM\xfcller\nlab\n"),
            [(3, Code::SheetEncoding)]
        );
        assert_eq!(
            codes(b"product\ncad,2,3\nlab\n"),
            [(2, Code::SheetRowUneven)]
        );
        let utf16 = b"\xff\xfep\0r\0o\0";
        let fault = Sheet::open(&utf16[..], COLUMNS, false).err().unwrap();
        assert_eq!(fault.code(), Code::SheetEncoding);
        // A quotation mark without its partner makes one row of the rest, which is not kept.
        let open = [b"product\ncad\n\"lab\n".to_vec(), vec![b'x'; 3 * MAX_ROW]].concat();
        assert_eq!(codes(&open), [(3, Code::SheetRowTooLong)]);
        let long = [
            b"product\n".to_vec(),
            vec![b'x'; MAX_ROW + 1],
            b"\ncad\n".to_vec(),
        ]
        .concat();
        assert_eq!(codes(&long)[0], (2, Code::SheetRowTooLong));
    }

    /// An endless row, which says how much of it was asked for.
    struct Endless(Rc<Cell<usize>>);

    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(b'x');
            self.0.set(self.0.get() + buffer.len());
            Ok(buffer.len())
        }
    }

    #[test]
    fn a_row_without_an_end_takes_no_more_memory_than_a_long_one() {
        let asked = Rc::new(Cell::new(0));
        let endless = b"product\n".chain(Endless(Rc::clone(&asked)));
        let mut sheet = Sheet::open(endless, COLUMNS, false).unwrap();
        let (row, taken) = sheet.next_row().unwrap();
        assert_eq!((row, taken.unwrap_err().code()), (2, Code::SheetRowTooLong));
        assert!(sheet.next_row().is_none());
        assert!(asked.get() <= 2 * MAX_ROW, "{}", asked.get());
        let fault = Sheet::open(Endless(asked), COLUMNS, false).err().unwrap();
        assert_eq!(fault.code(), Code::SheetRowTooLong);
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_rows_end_and_are_bounded(
            heading in prop::sample::select(vec!["product,holder\n", "product;holder\r\n", "\u{feff}product\n", ""]),
            bytes in prop::collection::vec(
                prop_oneof![any::<u8>(), prop::sample::select(b"\",;\t\r\n= \xc3\xbc".to_vec())],
                0..600,
            ),
        ) {
            let text = [heading.as_bytes(), &bytes].concat();
            if let Ok(mut sheet) = Sheet::open(&text[..], COLUMNS, true) {
                let mut last = 1;
                while let Some((number, row)) = sheet.next_row() {
                    prop_assert!(number > last);
                    last = number;
                    if let Ok(row) = row {
                        let length: usize = COLUMNS.known.iter().filter_map(|name| row.cell(name)).map(str::len).sum();
                        prop_assert!(length <= bytes.len());
                    }
                }
                prop_assert!(last <= text.len() as u64 + 1);
            }
        }

        #[test]
        fn what_is_written_reads_as_it_was_and_begins_no_formula(
            cells in prop::collection::vec("[ =+@;,\"\t\r\nA-]{0,12}", 1..4),
            delimiter in prop::sample::select(vec![b',', b';', b'\t']),
        ) {
            let line = crate::results::line(delimiter, cells.iter().map(String::as_str));
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .delimiter(delimiter)
                .from_reader(&line[..]);
            let read = reader.records().next();
            // A line of one empty cell is written with quotation marks, so that it is no empty line.
            let read = read.unwrap().unwrap();
            prop_assert_eq!(read.len(), cells.len());
            for (read, cell) in read.iter().zip(&cells) {
                prop_assert_eq!(read, crate::results::harmless(cell));
                prop_assert_eq!(read.replace('\'', ""), cell.clone());
            }
            // Parted in whatever way, no cell is a formula.
            let text = String::from_utf8(line).unwrap();
            for part in text.split([',', ';', '\t', '\r', '\n']) {
                let begins = part.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
                prop_assert!(!begins.starts_with(['=', '+', '-', '@']), "{part:?} of {text:?}");
            }
        }
    }
}
