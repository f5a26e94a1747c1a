//! Lists that are brought in one piece, such as to the portal: few enough rows for all that came of them
//! to be shown at once.

use std::collections::HashMap;

use keyferry_authority::{Authority, DraftSeed, Origin};
use keyferry_catalogue::{Code, Problem};

use crate::{
    BulkFault, Columns, Dialect, ENTITLEMENT_COLUMNS, PRODUCT_COLUMNS, Row, RowResult, Sheet,
    SheetFault,
    batches::BATCH,
    entitlements,
    lists::MOST_LISTED,
    products::{self, Known},
    results::heading,
};

/// The most rows of a list of products that is brought in one piece: each may sign the vendor profile.
pub const MOST_PRODUCTS: usize = 200;

/// What came of the rows of a list, or would come of them.
pub struct Brought {
    /// The rows, in their order.
    pub rows: Vec<RowResult>,
    dialect: Dialect,
    more: &'static [&'static str],
}

impl Brought {
    /// How many rows ended like this.
    pub fn of(&self, outcome: &str) -> usize {
        let rows = self.rows.iter();
        rows.filter(|row| row.outcome == outcome).count()
    }

    /// As a list that a spreadsheet can open without harm, written as the one that was brought.
    pub fn results(&self) -> Vec<u8> {
        let mut text = heading(self.dialect, self.more);
        for row in &self.rows {
            text.extend_from_slice(&row.line(self.dialect.delimiter));
        }
        text
    }
}

/// A list that can be read, row by row.
struct List {
    rows: Vec<(u64, Result<Row, SheetFault>)>,
    dialect: Dialect,
}

impl List {
    fn read(
        sheet: &[u8],
        columns: Columns,
        pass_over: bool,
        most: usize,
    ) -> Result<Self, BulkFault> {
        let mut sheet = Sheet::open(sheet, columns, pass_over)?;
        let mut rows = Vec::new();
        while let Some(row) = sheet.next_row() {
            if rows.len() == most {
                let problem = Problem::new(Code::ListTooLong).with("most", most);
                return Err(BulkFault::Authority(problem));
            }
            rows.push(row);
        }
        if rows.is_empty() {
            return Err(BulkFault::Authority(Problem::new(Code::NothingRead)));
        }
        let dialect = sheet.dialect();
        Ok(Self { rows, dialect })
    }
}

/// Imports entitlements, as they follow from a form and for whoever sent it; without one only says what
/// each row would do.
///
/// # Errors
/// `list_too_long` with more than [`MOST_LISTED`] rows, `nothing_read` without one; those of reading the
/// list, and of the database: then some rows may be done, and the same form goes on. What is wrong with
/// a row is in its result; `reference_twice` where a row before it has its reference.
pub async fn brought_entitlements(
    authority: &Authority,
    sheet: &[u8],
    pass_over: bool,
    form: Option<(&DraftSeed, &Origin)>,
) -> Result<Brought, BulkFault> {
    let list = List::read(sheet, ENTITLEMENT_COLUMNS, pass_over, MOST_LISTED)?;
    let mut done = Vec::with_capacity(list.rows.len());
    let mut seen = HashMap::new();
    let mut rows = list.rows.into_iter().peekable();
    while rows.peek().is_some() {
        let batch = rows.by_ref().take(BATCH);
        let batch = batch.map(|(number, row)| entitlements::asked(number, row).once(&mut seen));
        let batch = batch.collect();
        done.extend(match form {
            Some((seed, origin)) => {
                entitlements::import_drawn(authority, batch, seed, origin).await?
            }
            None => entitlements::check(authority, batch).await?,
        });
    }
    Ok(Brought {
        rows: done,
        dialect: list.dialect,
        more: if form.is_some() {
            &entitlements::COLUMNS
        } else {
            &[]
        },
    })
}

/// Imports products for somebody; without one only says what each row would do.
///
/// # Errors
/// As with [`brought_entitlements`], with [`MOST_PRODUCTS`] rows.
pub async fn brought_products(
    authority: &Authority,
    sheet: &[u8],
    pass_over: bool,
    origin: Option<&Origin>,
) -> Result<Brought, BulkFault> {
    let list = List::read(sheet, PRODUCT_COLUMNS, pass_over, MOST_PRODUCTS)?;
    let known = Known::all(authority).await?;
    let mut done = Vec::with_capacity(list.rows.len());
    for (number, row) in list.rows {
        done.push(products::import(authority, &known, number, row, origin).await);
    }
    Ok(Brought {
        rows: done,
        dialect: list.dialect,
        more: &[],
    })
}
