//! Working on a list: one portal at a time, and another one where it ends without a word.

use keyferry_catalogue::Code;
use keyferry_token::{Seconds, Timestamp};

use super::{LicenseList, ListFault, ListId, ListRow, ListState, ListStop, find};
use crate::{
    Authority, DatabaseFault, EntropyFault, Origin, Permission,
    audit::{Action, NewEntry},
    columns::{self, int},
    database::{Connection, Row, query},
    entropy,
};

/// How long a list is for one worker alone after each sign of life.
const HELD: Seconds = Seconds::new(60);

/// Who works on lists: another one each time that a program begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListWorker([u8; 16]);

impl ListWorker {
    /// Another one.
    ///
    /// # Errors
    /// `system_failure` without randomness.
    pub fn new() -> Result<Self, EntropyFault> {
        Ok(Self(entropy::random()?))
    }
}

/// A list that is taken to be worked on.
#[derive(Clone, Debug)]
pub struct ListWork {
    /// Which.
    pub list: LicenseList,
    /// The file.
    pub sheet: Vec<u8>,
    /// The activation requests that rows name.
    pub requests: Vec<(String, Vec<u8>)>,
    /// The rows that are left, by their numbers.
    pub left: Vec<u64>,
    /// Who began it.
    pub origin: Origin,
}

impl Authority {
    /// Begins a list: its licenses are made from now on. Begun again, nothing changes, unless it was
    /// stopped: then it goes on, for whoever begins it now. One of which every row was refused is done at
    /// once, since no worker would find anything to say of it.
    ///
    /// # Errors
    /// `list_unknown`; those of the database.
    pub async fn license_list_begin(
        &self,
        id: ListId,
        origin: &Origin,
    ) -> Result<LicenseList, ListFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                // Whoever was at work for somebody else lets go of it.
                let begun = query(
                    "UPDATE license_lists SET state = 'working', begun_at = COALESCE(begun_at, $2),
                         actor = $3, ended_at = NULL, stopped = NULL, worker = NULL,
                         held_until = NULL, trouble = NULL
                     WHERE id = $1 AND (state = 'checked' OR stopped IS NOT NULL)",
                )
                .bind(id.as_bytes().to_vec())
                .bind(int(now.unix()))
                .bind(origin.actor())
                .execute(&mut connection)
                .await?;
                if begun.rows_affected() > 0 {
                    NewEntry::new(now, origin, Action::LicenseListBegun)
                        .with("list", id.to_string())
                        .write(&mut connection)
                        .await?;
                }
                end_if_done(&mut connection, id, now).await?;
                let list = find(&mut connection, id).await?;
                Ok((connection, list.ok_or(ListFault::Unknown)?))
            })
            .await
    }

    /// Stops a list that is being worked on; what was made of it stays. At most the rows that a worker is
    /// making at this moment are made as well.
    ///
    /// # Errors
    /// `list_unknown`; those of the database.
    pub async fn license_list_stop(
        &self,
        id: ListId,
        origin: &Origin,
    ) -> Result<LicenseList, ListFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                stop(&mut connection, id, (ListStop::ByHand, origin), now).await?;
                let list = find(&mut connection, id).await?;
                Ok((connection, list.ok_or(ListFault::Unknown)?))
            })
            .await
    }

    /// Takes the oldest list that is to be worked on and that nobody works on, if there is one. Those
    /// ahead of it that were begun by somebody who may make no licenses any more are stopped.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn license_list_take(
        &self,
        worker: ListWorker,
    ) -> Result<Option<ListWork>, DatabaseFault> {
        let now = self.clock.now();
        // Most of the time there is none, and looking is cheaper than a transaction that writes.
        let mut transaction = self.database.read().await?;
        if to_take(&mut transaction, now).await?.is_none() {
            return Ok(None);
        }
        drop(transaction);
        self.database
            .write(|mut connection| async move {
                while let Some(id) = to_take(&mut connection, now).await? {
                    if goes_on(&mut connection, id, now).await? {
                        hold(&mut connection, id, worker, now).await?;
                        let work = ListWork::read(&mut connection, id).await?;
                        return Ok((connection, work));
                    }
                }
                Ok::<_, DatabaseFault>((connection, None))
            })
            .await
    }

    /// Writes what came of some rows, and holds the list on. `false` where the worker is to leave it: it
    /// was stopped, or whoever began it may make no licenses any more; or another worker has taken it,
    /// since this one has been silent for too long, and nothing is written.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn license_list_note(
        &self,
        id: ListId,
        worker: ListWorker,
        rows: &[ListRow],
    ) -> Result<bool, DatabaseFault> {
        let now = self.clock.now();
        self.database
            .write(|mut connection| async move {
                if !still_holds(&mut connection, id, worker, now).await? {
                    return Ok((connection, false));
                }
                for row in rows {
                    row.end(&mut connection, id).await?;
                }
                let over = end_if_done(&mut connection, id, now).await?;
                let holds = over || goes_on(&mut connection, id, now).await?;
                Ok::<_, DatabaseFault>((connection, holds))
            })
            .await
    }

    /// Says why a list does not go on. It is taken up again when the hold on it is over.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn license_list_trouble(
        &self,
        id: ListId,
        worker: ListWorker,
        code: Code,
    ) -> Result<(), DatabaseFault> {
        self.database
            .write(|mut connection| async move {
                query(
                    "UPDATE license_lists SET trouble = $3
                     WHERE id = $1 AND worker = $2 AND state = 'working'",
                )
                .bind(id.as_bytes().to_vec())
                .bind(worker.0.to_vec())
                .bind(code.as_str())
                .execute(&mut connection)
                .await?;
                Ok::<_, DatabaseFault>((connection, ()))
            })
            .await
    }

    /// Lets go of a list, so that another worker goes on at once.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn license_list_leave(
        &self,
        id: ListId,
        worker: ListWorker,
    ) -> Result<(), DatabaseFault> {
        self.database
            .write(|mut connection| async move {
                query(
                    "UPDATE license_lists SET worker = NULL, held_until = NULL
                     WHERE id = $1 AND worker = $2",
                )
                .bind(id.as_bytes().to_vec())
                .bind(worker.0.to_vec())
                .execute(&mut connection)
                .await?;
                Ok::<_, DatabaseFault>((connection, ()))
            })
            .await
    }
}

impl ListWork {
    async fn read(connection: &mut Connection, id: ListId) -> Result<Option<Self>, DatabaseFault> {
        let Some(list) = find(connection, id).await? else {
            return Ok(None);
        };
        let row = query("SELECT sheet, actor FROM license_lists WHERE id = $1")
            .bind(id.as_bytes().to_vec())
            .fetch_one(&mut *connection)
            .await?;
        let requests = query("SELECT name, bytes FROM license_list_files WHERE list = $1")
            .bind(id.as_bytes().to_vec())
            .fetch_all(&mut *connection)
            .await?
            .iter()
            .map(|row| Ok((columns::get(row, "name")?, columns::get(row, "bytes")?)))
            .collect::<Result<_, DatabaseFault>>()?;
        let left = query(
            "SELECT number FROM license_list_rows WHERE list = $1 AND outcome IS NULL
             ORDER BY number",
        )
        .bind(id.as_bytes().to_vec())
        .fetch_all(connection)
        .await?
        .iter()
        .map(|row| columns::number(row, "number"))
        .collect::<Result<_, _>>()?;
        Ok(Some(Self {
            sheet: columns::get(&row, "sheet")?,
            origin: begun_by(&row)?,
            list,
            requests,
            left,
        }))
    }
}

async fn to_take(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<Option<ListId>, DatabaseFault> {
    query(
        "SELECT id FROM license_lists
         WHERE state = $1 AND (held_until IS NULL OR held_until <= $2)
         ORDER BY begun_at, id LIMIT 1",
    )
    .bind(ListState::Working.name())
    .bind(int(now.unix()))
    .fetch_optional(connection)
    .await?
    .map(|row| columns::fixed(&row, "id").map(ListId))
    .transpose()
}

async fn hold(
    connection: &mut Connection,
    id: ListId,
    worker: ListWorker,
    now: Timestamp,
) -> Result<(), DatabaseFault> {
    query("UPDATE license_lists SET worker = $2, held_until = $3 WHERE id = $1")
        .bind(id.as_bytes().to_vec())
        .bind(worker.0.to_vec())
        .bind(int(now.plus(HELD).unix()))
        .execute(connection)
        .await?;
    Ok(())
}

fn begun_by(row: &Row) -> Result<Origin, DatabaseFault> {
    columns::get::<Option<String>>(row, "actor")?
        .and_then(|actor| Origin::of_actor(&actor))
        .ok_or(DatabaseFault::Corrupt { what: "actor" })
}

/// Whether the list is still to be worked on. It is stopped where whoever began it may make no licenses
/// any more: nobody else stands for what it makes.
async fn goes_on(
    connection: &mut Connection,
    id: ListId,
    now: Timestamp,
) -> Result<bool, DatabaseFault> {
    let row = query("SELECT actor FROM license_lists WHERE id = $1 AND state = 'working'")
        .bind(id.as_bytes().to_vec())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else {
        return Ok(false);
    };
    let by = begun_by(&row)?;
    let may = by
        .may_still(connection, Permission::WriteLicenses, now)
        .await?;
    if !may {
        stop(connection, id, (ListStop::AccessEnded, &by), now).await?;
    }
    Ok(may)
}

/// Stops a list that is worked on, and tells the audit log who it stops by. Its worker may still say what came of
/// the rows that it has begun.
async fn stop(
    connection: &mut Connection,
    id: ListId,
    (why, by): (ListStop, &Origin),
    now: Timestamp,
) -> Result<(), DatabaseFault> {
    let stopped = query(
        "UPDATE license_lists SET state = 'done', stopped = $2, ended_at = $3, trouble = NULL
         WHERE id = $1 AND state = 'working'",
    )
    .bind(id.as_bytes().to_vec())
    .bind(why.name())
    .bind(int(now.unix()))
    .execute(&mut *connection)
    .await?;
    if stopped.rows_affected() == 0 {
        return Ok(());
    }
    NewEntry::new(now, by, Action::LicenseListStopped)
        .with("list", id.to_string())
        .with("why", why.name())
        .write(connection)
        .await
}

/// Ends a list that is worked on, or was until it was stopped, when something came of each row, and says
/// whether it did.
async fn end_if_done(
    connection: &mut Connection,
    id: ListId,
    now: Timestamp,
) -> Result<bool, DatabaseFault> {
    let ended = query(
        "UPDATE license_lists SET state = 'done', stopped = NULL, ended_at = $2, worker = NULL,
             held_until = NULL
         WHERE id = $1 AND (state = 'working' OR stopped IS NOT NULL) AND NOT EXISTS
             (SELECT 1 FROM license_list_rows r WHERE r.list = $1 AND r.outcome IS NULL)",
    )
    .bind(id.as_bytes().to_vec())
    .bind(int(now.unix()))
    .execute(connection)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Whether the list is still this worker's; then it is for longer, and goes on.
async fn still_holds(
    connection: &mut Connection,
    id: ListId,
    worker: ListWorker,
    now: Timestamp,
) -> Result<bool, DatabaseFault> {
    let held = query(
        "UPDATE license_lists SET held_until = $3, trouble = NULL
         WHERE id = $1 AND worker = $2 AND (state = 'working' OR stopped IS NOT NULL)",
    )
    .bind(id.as_bytes().to_vec())
    .bind(worker.0.to_vec())
    .bind(int(now.plus(HELD).unix()))
    .execute(connection)
    .await?;
    Ok(held.rows_affected() == 1)
}
