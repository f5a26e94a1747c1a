//! The rows of a list: what would come of each, and what came of it.

use keyferry_token::LicenseId;

use super::{ListFault, ListId};
use crate::{
    Authority, DatabaseFault, Page, Paged,
    columns::{self, int},
    database::{Connection, Row, query},
};

/// A row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// Which; the heading is the first.
    pub number: u64,
    /// What the row is known by in the list.
    pub reference: Option<String>,
    /// What would come of it: `ready`, `unchanged` or `refused`.
    pub forecast: &'static str,
    /// What came of it: `made`, `unchanged` or `refused`; nothing before it is done.
    pub outcome: Option<&'static str>,
    /// Its license, once it is made.
    pub license: Option<LicenseId>,
    /// Why it was refused: the code and its message.
    pub refused: Option<(String, String)>,
}

const FORECASTS: [&str; 3] = ["ready", "unchanged", "refused"];
const OUTCOMES: [&str; 3] = ["made", "unchanged", "refused"];

impl Authority {
    /// The rows of a list, or those that were refused, in their order.
    ///
    /// # Errors
    /// `list_unknown`; those of the database.
    pub async fn license_list_rows(
        &self,
        id: ListId,
        refused: bool,
        page: Page<u64>,
    ) -> Result<Paged<ListRow, u64>, ListFault> {
        let mut transaction = self.database.read().await?;
        let list = super::find(&mut transaction, id).await?;
        list.ok_or(ListFault::Unknown)?;
        let items = query(
            "SELECT * FROM license_list_rows WHERE list = $1 AND number > $2
                 AND (NOT $4 OR outcome = 'refused')
             ORDER BY number LIMIT $3",
        )
        .bind(id.as_bytes().to_vec())
        .bind(int(page.after.unwrap_or_default()))
        .bind(i64::from(page.limit) + 1)
        .bind(refused)
        .fetch_all(&mut transaction)
        .await?
        .iter()
        .map(ListRow::from_row)
        .collect::<Result<_, _>>()?;
        Ok(page.cut(items, |row: &ListRow| row.number))
    }
}

impl ListRow {
    pub(super) async fn insert(
        &self,
        connection: &mut Connection,
        list: ListId,
    ) -> Result<(), DatabaseFault> {
        let (code, message) = self.refused.clone().unzip();
        query(
            "INSERT INTO license_list_rows (list, number, reference, forecast, outcome, license,
                 code, message)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(list.as_bytes().to_vec())
        .bind(int(self.number))
        .bind(self.reference.as_deref())
        .bind(self.forecast)
        .bind(self.outcome)
        .bind(self.license.map(|id| id.as_bytes().to_vec()))
        .bind(code)
        .bind(message)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Writes what came of it, unless that was written before.
    pub(super) async fn end(
        &self,
        connection: &mut Connection,
        list: ListId,
    ) -> Result<(), DatabaseFault> {
        let (code, message) = self.refused.clone().unzip();
        query(
            "UPDATE license_list_rows SET outcome = $3, license = $4, code = $5, message = $6
             WHERE list = $1 AND number = $2 AND outcome IS NULL",
        )
        .bind(list.as_bytes().to_vec())
        .bind(int(self.number))
        .bind(self.outcome)
        .bind(self.license.map(|id| id.as_bytes().to_vec()))
        .bind(code)
        .bind(message)
        .execute(connection)
        .await?;
        Ok(())
    }

    fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
        let same = |text: &'static str| text;
        let code: Option<String> = columns::get(row, "code")?;
        let message: Option<String> = columns::get(row, "message")?;
        let ended: Option<String> = columns::get(row, "outcome")?;
        Ok(Self {
            number: columns::number(row, "number")?,
            reference: columns::get(row, "reference")?,
            forecast: columns::one_of(row, "forecast", FORECASTS, same)?,
            outcome: ended
                .map(|_| columns::one_of(row, "outcome", OUTCOMES, same))
                .transpose()?,
            license: columns::maybe_fixed(row, "license")?.map(LicenseId::new),
            refused: code.map(|code| (code, message.unwrap_or_default())),
        })
    }
}
