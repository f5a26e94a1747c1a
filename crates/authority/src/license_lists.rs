//! Lists of licenses that are made from the portal: kept in the database, so that whichever portal is
//! there works on them, and goes on where another one ended without a word. What the rows say is read
//! in `keyferry-bulk`.

mod rows;
mod work;

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{LicenseId, Seconds, Timestamp};

use crate::{
    Authority, DatabaseFault, EntropyFault, Origin, Page, Paged,
    columns::{self, int},
    database::{Connection, Row, query},
    entropy,
    form_mark::LIST_BROUGHT,
};

pub use rows::ListRow;
pub use work::{ListWork, ListWorker};

/// How long a list is kept that nobody works on, from when it was brought.
const KEPT: Seconds = Seconds::days(30);

/// The most lists that are kept.
const MOST_KEPT: u32 = 200;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListId([u8; 10]);

impl ListId {
    /// The id of these bytes.
    pub const fn new(bytes: [u8; 10]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 10] {
        &self.0
    }

    /// What its rows are known by that have no reference.
    pub const fn place(&self) -> [u8; 16] {
        let mut place = *b"listed..........";
        let (_, own) = place.split_at_mut(6);
        own.copy_from_slice(&self.0);
        place
    }
}

impl std::fmt::Display for ListId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        LicenseId::new(self.0).fmt(f)
    }
}

impl std::str::FromStr for ListId {
    type Err = keyferry_token::TextFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<LicenseId>().map(|id| Self(*id.as_bytes()))
    }
}

/// A list to keep. Nothing is made of it before it is begun.
#[derive(Clone, Debug)]
pub struct NewList {
    /// What its file was called.
    pub name: String,
    /// The file.
    pub sheet: Vec<u8>,
    /// The activation requests that rows name.
    pub requests: Vec<(String, Vec<u8>)>,
    /// What would come of each row.
    pub rows: Vec<ListRow>,
}

/// A list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseList {
    /// Its id.
    pub id: ListId,
    /// What its file was called.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// Where it is.
    pub state: ListState,
    /// When it was brought.
    pub created_at: Timestamp,
    /// When it was begun.
    pub begun_at: Option<Timestamp>,
    /// When its last row was done, or when it was stopped.
    pub ended_at: Option<Timestamp>,
    /// Why it does not go on at the moment, by the code.
    pub trouble: Option<Code>,
    /// How many rows would each make a license.
    pub ready: u64,
    /// How many rows are done, those that were refused among them.
    pub done: u64,
    /// How many licenses were made.
    pub made: u64,
    /// How many rows have a license from before.
    pub unchanged: u64,
    /// How many rows were refused.
    pub refused: u64,
}

/// Why a list was stopped before each of its rows was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListStop {
    /// The API token or the account that began it may make no licenses any more.
    AccessEnded,
    /// Somebody stopped it.
    ByHand,
}

impl ListStop {
    const ALL: [Self; 2] = [Self::AccessEnded, Self::ByHand];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessEnded => "access_ended",
            Self::ByHand => "by_hand",
        }
    }
}

/// Where a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListState {
    /// Its rows were checked, and nothing is made of them.
    Checked,
    /// Its licenses are being made.
    Working,
    /// They are made.
    Done,
    /// Some are made. Begun again, it goes on.
    Stopped(ListStop),
}

impl ListState {
    /// As they are stored; one that was stopped is done, and says why beside it.
    const STORED: [Self; 3] = [Self::Checked, Self::Working, Self::Done];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Working => "working",
            Self::Done => "done",
            Self::Stopped(_) => "stopped",
        }
    }
}

/// Why a list was not kept or found.
#[derive(Debug, thiserror::Error)]
pub enum ListFault {
    /// There is none of this id, or no longer.
    #[error("no such list")]
    Unknown,
    /// It is being worked on.
    #[error("the list is being worked on")]
    Working,
    /// As many as may be are kept.
    #[error("too many lists are kept")]
    TooMany,
    /// The system gave no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyFault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseFault),
}

impl ListFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::ListUnknown,
            Self::Working => Code::ListWorking,
            Self::TooMany => Code::ListTooMany,
            Self::Entropy(fault) => fault.code(),
            Self::Database(fault) => fault.code(),
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unknown | Self::Working => Problem::new(self.code()),
            Self::TooMany => Problem::new(self.code()).with("most", MOST_KEPT),
            Self::Entropy(fault) => fault.problem(),
            Self::Database(fault) => fault.problem(),
        }
    }
}

/// Lists as [`LicenseList::from_row`] reads them. Only the rows of those that are asked for are counted.
macro_rules! select {
    ($which:literal) => {
        concat!(
            "WITH shown AS (
                 SELECT id, name, row_count, state, stopped, created_at, begun_at, ended_at, trouble
                 FROM license_lists ",
            $which,
            ") SELECT l.id, l.name, l.row_count, l.state, l.stopped, l.created_at, l.begun_at, l.ended_at,
                 l.trouble, COALESCE(r.ready, 0) AS ready, COALESCE(r.done, 0) AS done,
                 COALESCE(r.made, 0) AS made, COALESCE(r.unchanged, 0) AS unchanged,
                 COALESCE(r.refused, 0) AS refused
             FROM shown l LEFT JOIN (
                 SELECT list, COUNT(CASE WHEN forecast = 'ready' THEN 1 END) AS ready,
                     COUNT(outcome) AS done,
                     COUNT(CASE WHEN outcome = 'made' THEN 1 END) AS made,
                     COUNT(CASE WHEN COALESCE(outcome, forecast) = 'unchanged' THEN 1 END)
                         AS unchanged,
                     COUNT(CASE WHEN outcome = 'refused' THEN 1 END) AS refused
                 FROM license_list_rows WHERE list IN (SELECT id FROM shown) GROUP BY list
             ) r ON r.list = l.id
             ORDER BY l.created_at DESC, l.id DESC"
        )
    };
}

impl Authority {
    /// Keeps a list. Lists that were brought 30 days ago, and that nobody works on, go; what was made of them stays.
    ///
    /// # Errors
    /// `list_too_many`; those of the database.
    pub async fn license_list_add(
        &self,
        new: NewList,
        origin: &Origin,
    ) -> Result<ListId, ListFault> {
        let now = self.clock.now();
        let id = ListId(entropy::random()?);
        let new = &new;
        self.database
            .write(|mut connection| async move {
                if let Some(mark) = origin.mark() {
                    let made = format!("license_list {id}");
                    mark.take(&mut connection, LIST_BROUGHT, &made, now).await?;
                }
                sweep(&mut connection, now).await?;
                if count(&mut connection).await? >= u64::from(MOST_KEPT) {
                    return Err(ListFault::TooMany);
                }
                new.insert(&mut connection, id, now).await?;
                Ok((connection, id))
            })
            .await
    }

    /// One list.
    ///
    /// # Errors
    /// `list_unknown`; those of the database.
    pub async fn license_list(&self, id: ListId) -> Result<LicenseList, ListFault> {
        let mut transaction = self.database.read().await?;
        find(&mut transaction, id).await?.ok_or(ListFault::Unknown)
    }

    /// The file of a list, as it was brought.
    ///
    /// # Errors
    /// `list_unknown`; those of the database.
    pub async fn license_list_sheet(&self, id: ListId) -> Result<Vec<u8>, ListFault> {
        let mut transaction = self.database.read().await?;
        let row = query("SELECT sheet FROM license_lists WHERE id = $1")
            .bind(id.as_bytes().to_vec())
            .fetch_optional(&mut transaction)
            .await?
            .ok_or(ListFault::Unknown)?;
        Ok(columns::get(&row, "sheet")?)
    }

    /// The lists, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn license_lists(
        &self,
        page: Page<ListId>,
    ) -> Result<Paged<LicenseList, ListId>, DatabaseFault> {
        let mut transaction = self.database.read().await?;
        let items = query(select!(
            "WHERE $1 IS NULL OR (created_at, id) <
                 (SELECT created_at, id FROM license_lists WHERE id = $1)
             ORDER BY created_at DESC, id DESC LIMIT $2"
        ))
        .bind(page.after.map(|id| id.as_bytes().to_vec()))
        .bind(i64::from(page.limit) + 1)
        .fetch_all(&mut transaction)
        .await?
        .iter()
        .map(LicenseList::from_row)
        .collect::<Result<_, _>>()?;
        Ok(page.cut(items, |list: &LicenseList| list.id))
    }

    /// Drops a list that nobody works on. What was made of it stays.
    ///
    /// # Errors
    /// `list_unknown`, `list_working`; those of the database.
    pub async fn license_list_drop(&self, id: ListId) -> Result<(), ListFault> {
        self.database
            .write(|mut connection| async move {
                let list = find(&mut connection, id).await?;
                if list.ok_or(ListFault::Unknown)?.state == ListState::Working {
                    return Err(ListFault::Working);
                }
                remove(&mut connection, id.as_bytes()).await?;
                Ok((connection, ()))
            })
            .await
    }
}

impl NewList {
    async fn insert(
        &self,
        connection: &mut Connection,
        id: ListId,
        now: Timestamp,
    ) -> Result<(), DatabaseFault> {
        let rows = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        query(
            "INSERT INTO license_lists (id, name, sheet, row_count, state, created_at)
             VALUES ($1, $2, $3, $4, 'checked', $5)",
        )
        .bind(id.as_bytes().to_vec())
        .bind(self.name.as_str())
        .bind(self.sheet.as_slice())
        .bind(int(rows))
        .bind(int(now.unix()))
        .execute(&mut *connection)
        .await?;
        for (name, bytes) in &self.requests {
            query(
                "INSERT INTO license_list_files (list, name, bytes) VALUES ($1, $2, $3)
                 ON CONFLICT (list, name) DO NOTHING",
            )
            .bind(id.as_bytes().to_vec())
            .bind(name.as_str())
            .bind(bytes.as_slice())
            .execute(&mut *connection)
            .await?;
        }
        for row in &self.rows {
            row.insert(connection, id).await?;
        }
        Ok(())
    }
}

impl LicenseList {
    fn from_row(row: &Row) -> Result<Self, DatabaseFault> {
        let trouble: Option<String> = columns::get(row, "trouble")?;
        let stopped: Option<String> = columns::get(row, "stopped")?;
        let state = match stopped {
            Some(_) => columns::one_of(row, "stopped", ListStop::ALL, ListStop::name)
                .map(ListState::Stopped)?,
            None => columns::one_of(row, "state", ListState::STORED, ListState::name)?,
        };
        Ok(Self {
            id: columns::fixed(row, "id").map(ListId)?,
            name: columns::get(row, "name")?,
            rows: columns::number(row, "row_count")?,
            state,
            created_at: columns::time(row, "created_at")?,
            begun_at: columns::maybe_time(row, "begun_at")?,
            ended_at: columns::maybe_time(row, "ended_at")?,
            trouble: trouble.and_then(|name| Code::named(&name)),
            ready: columns::number(row, "ready")?,
            done: columns::number(row, "done")?,
            made: columns::number(row, "made")?,
            unchanged: columns::number(row, "unchanged")?,
            refused: columns::number(row, "refused")?,
        })
    }
}

async fn find(
    connection: &mut Connection,
    id: ListId,
) -> Result<Option<LicenseList>, DatabaseFault> {
    query(select!("WHERE id = $1"))
        .bind(id.as_bytes().to_vec())
        .fetch_optional(connection)
        .await?
        .as_ref()
        .map(LicenseList::from_row)
        .transpose()
}

/// Removes the lists that were kept long enough.
async fn sweep(connection: &mut Connection, now: Timestamp) -> Result<(), DatabaseFault> {
    let old = query("SELECT id FROM license_lists WHERE state <> 'working' AND created_at < $1")
        .bind(int(now.minus(KEPT).unix()))
        .fetch_all(&mut *connection)
        .await?;
    for row in &old {
        remove(connection, &columns::fixed(row, "id")?).await?;
    }
    Ok(())
}

async fn count(connection: &mut Connection) -> Result<u64, DatabaseFault> {
    let row = query("SELECT COUNT(*) AS lists FROM license_lists")
        .fetch_one(connection)
        .await?;
    columns::number(&row, "lists")
}

async fn remove(connection: &mut Connection, id: &[u8; 10]) -> Result<(), DatabaseFault> {
    for sql in [
        "DELETE FROM license_list_rows WHERE list = $1",
        "DELETE FROM license_list_files WHERE list = $1",
        "DELETE FROM license_lists WHERE id = $1",
    ] {
        query(sql)
            .bind(id.to_vec())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
