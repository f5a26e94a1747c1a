//! Products from a list: added, and changed by the same list later.

use std::{
    collections::HashMap,
    io::Read,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use keyferry_authority::{
    Authority, EmergencyOffer, EmergencyTerms, NewProduct, Origin, Policy, Product, ProductTerms,
};
use keyferry_catalogue::Problem;
use keyferry_terminal::{Draft, duration, duration_or_none, product, text};
use keyferry_token::{ProductCode, Seconds};

use crate::{
    BulkFault, Columns, Report, Row, Sheet, SheetFault, Watch,
    batches::through,
    results::{Results, RowResult},
    sheet::{missing, refused},
};

/// The columns of a list of products.
pub const PRODUCT_COLUMNS: Columns = Columns {
    known: &[
        "product",
        "name",
        "features",
        "offline",
        "grace",
        "emergency",
        "emergency_uses",
        "emergency_on_other_device",
        "rebinds",
        "moves",
        "lost",
    ],
    needed: &["product"],
};

/// Adds the product of each row, or changes the one that is there; or only says what each row would do.
/// There are a few hundred at most, so they go one after the other.
///
/// # Errors
/// `work_stopped`; those of reading the list, of writing the results, and of the database. What is
/// wrong with a row is in its result.
pub async fn import_products<R: Read>(
    authority: &Authority,
    mut sheet: Sheet<R>,
    results: Option<&Path>,
    check: bool,
    watch: &dyn Watch,
) -> Result<Report, BulkFault> {
    let known = Known::all(authority).await?;
    let results = results
        .map(|path| Results::begin(path, sheet.dialect(), &[], Draft::of))
        .transpose()?;
    let known = &known;
    let origin = (!check).then_some(&Origin::Local);
    through(
        || {
            let (number, row) = sheet.next_row()?;
            Some(((number, row), sheet.consumed()))
        },
        (
            |(number, row)| async move {
                Ok(vec![import(authority, known, number, row, origin).await])
            },
            1,
        ),
        results,
        watch,
    )
    .await
}

/// The products that there are.
pub(crate) struct Known(Mutex<HashMap<ProductCode, Product>>);

impl Known {
    pub(crate) async fn all(authority: &Authority) -> Result<Self, BulkFault> {
        let products = authority
            .products()
            .await
            .map_err(|fault| BulkFault::Authority(fault.problem()))?;
        let known = products
            .into_iter()
            .map(|product| (product.code.clone(), product));
        Ok(Self(Mutex::new(known.collect())))
    }

    fn products(&self) -> MutexGuard<'_, HashMap<ProductCode, Product>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds or changes the product of a row; without somebody who does it, only says what would be done.
pub(crate) async fn import(
    authority: &Authority,
    known: &Known,
    number: u64,
    row: Result<Row, SheetFault>,
    origin: Option<&Origin>,
) -> RowResult {
    let row = match row {
        Ok(row) => row,
        Err(fault) => return RowResult::refused(number, fault.problem(), None),
    };
    let named = row.cell("product").map(str::to_owned);
    match done(authority, known, &row, origin).await {
        Ok(outcome) => RowResult {
            row: number,
            id: named,
            outcome,
            problem: None,
            file: None,
            reference: None,
            more: Vec::new(),
        },
        Err(problem) => RowResult::refused(number, problem, named),
    }
}

async fn done(
    authority: &Authority,
    known: &Known,
    row: &Row,
    origin: Option<&Origin>,
) -> Result<&'static str, Problem> {
    let code = row.need("product", product)?;
    let terms = terms(row)?;
    let before = known.products().get(&code).cloned();
    let (product, outcome) = match (before, origin) {
        (Some(before), _) if terms.applied_to(before.clone()) == before => return Ok("unchanged"),
        (Some(before), None) => (terms.applied_to(before), "would_change"),
        (Some(_), Some(origin)) => {
            let changed = authority.product_change(&code, terms, origin).await;
            (changed.map_err(|fault| fault.problem())?.product, "changed")
        }
        (None, origin) => {
            let new = new(code.clone(), terms)?;
            let Some(origin) = origin else {
                return Ok("ready");
            };
            let added = authority.product_add(new, origin).await;
            (added.map_err(|fault| fault.problem())?, "added")
        }
    };
    known.products().insert(code, product);
    Ok(outcome)
}

/// What a row says. A column that the list does not have leaves things as they are, and so does an
/// empty cell where there is no such thing as none.
fn terms(row: &Row) -> Result<ProductTerms, Problem> {
    Ok(ProductTerms {
        name: row.read("name", text::<120>("product"))?,
        features: row
            .has("features")
            .then(|| row.features("features"))
            .transpose()?,
        offline: row.flag("offline")?,
        grace: row.read("grace", duration_or_none)?,
        emergency: emergency(row)?,
        rebinds: row.number("rebinds")?,
        moves: row.number("moves")?,
        lost: row.number("lost")?,
    })
}

fn emergency(row: &Row) -> Result<Option<EmergencyOffer>, Problem> {
    const USES: &str = "emergency_uses";
    let length = row.read("emergency", duration)?;
    let uses = row.count(USES)?.map_or(Ok(1), |uses| {
        u8::try_from(uses.get()).map_err(|_| refused(USES))
    })?;
    let on_wrong_device = row.flag("emergency_on_other_device")?.unwrap_or_default();
    Ok(match length {
        Some(length) => Some(EmergencyOffer::Allowed(EmergencyTerms {
            length,
            uses,
            on_wrong_device,
        })),
        None => row.has("emergency").then_some(EmergencyOffer::NotAllowed),
    })
}

fn new(code: ProductCode, terms: ProductTerms) -> Result<NewProduct, Problem> {
    let usual = Policy::default();
    Ok(NewProduct {
        code,
        name: terms.name.ok_or_else(|| missing("name"))?,
        features: terms.features.unwrap_or_default(),
        offline: terms.offline.unwrap_or_default(),
        grace: terms.grace.unwrap_or(Seconds::ZERO),
        emergency: match terms.emergency {
            Some(EmergencyOffer::Allowed(run)) => Some(run),
            Some(EmergencyOffer::NotAllowed) | None => None,
        },
        policy: Policy {
            rebinds: terms.rebinds.unwrap_or(usual.rebinds),
            moves: terms.moves.unwrap_or(usual.moves),
            lost: terms.lost.unwrap_or(usual.lost),
        },
    })
}
