//! A refresh for each activation of an entitlement.

use std::path::Path;

use keyferry_authority::{ActivationFilter, ActivationStatus, Authority, Origin, Page, RefreshRow};
use keyferry_catalogue::Code;
use keyferry_terminal::Draft;
use keyferry_token::{ActivationId, EntitlementId, Seconds, Timestamp};

use crate::{
    BulkFault, Dialect, Report, Watch,
    batches::{BATCH, UNDER_WAY, through},
    folder::WorkFolder,
    results::{Results, RowResult},
};

/// What stands in the results beside the columns that all have.
const COLUMNS: [&str; 4] = ["label", "device_id", "status", "lease_expires_at"];

/// How many activations are listed at a time.
const PAGE: u32 = 500;

/// Makes a refresh for each activation that holds a seat of an entitlement, with its file in a folder
/// and a list of results beside the files. Run again after it was cut off it goes on where it ended;
/// run again after it was whole it makes newer refreshes. [`Watch::seen`] is told how many activations
/// there are behind it, in place of bytes.
///
/// # Errors
/// `folder_in_use`, `work_stopped`; those of writing, and of the database. Why an activation gets no
/// refresh is in its result.
pub async fn refresh_all(
    authority: &Authority,
    entitlement: EntitlementId,
    folder: &Path,
    watch: &dyn Watch,
) -> Result<Report, BulkFault> {
    let folder = WorkFolder::open(folder)?;
    let note = Note::of(&folder, entitlement, authority.now());
    let note = note.kept(&folder)?;
    let activations = active(authority, entitlement).await?;
    let results = Results::begin(
        &folder.path().join("results.csv"),
        Dialect {
            delimiter: b',',
            marked: false,
        },
        &COLUMNS,
        Draft::of,
    )?;
    let mut batches = activations.chunks(BATCH);
    let mut behind = 0;
    let folder = &folder;
    let report = through(
        || {
            let batch = batches.next()?;
            let first = behind + 1;
            behind += batch.len() as u64;
            Some(((first, batch), behind))
        },
        (
            |(first, batch)| refresh(authority, folder, note.since, first, batch),
            UNDER_WAY,
        ),
        Some(results),
        watch,
    )
    .await?;
    // From now on it is another piece of work.
    folder.remember(KIND, "")?;
    Ok(report)
}

const KIND: &str = "refresh";

/// Which entitlement is being refreshed, and since when.
struct Note {
    entitlement: EntitlementId,
    since: Timestamp,
}

impl Note {
    /// What was begun here within a day and did not come to its end, else what begins now: a lease
    /// of long ago is no good any more.
    fn of(folder: &WorkFolder, entitlement: EntitlementId, now: Timestamp) -> Self {
        let begun = folder.recall(KIND).and_then(|note| {
            let (of, since) = note.split_once(' ')?;
            let same = of.parse() == Ok(entitlement);
            let since = Timestamp::from_unix(since.parse().ok()?);
            let recent = since <= now && now < since.plus(Seconds::DAY);
            (same && recent).then_some(since)
        });
        Self {
            entitlement,
            since: begun.unwrap_or(now),
        }
    }

    fn kept(self, folder: &WorkFolder) -> Result<Self, BulkFault> {
        let note = format!("{} {}", self.entitlement, self.since.unix());
        folder.remember(KIND, &note)?;
        Ok(self)
    }
}

async fn active(
    authority: &Authority,
    entitlement: EntitlementId,
) -> Result<Vec<ActivationId>, BulkFault> {
    let filter = ActivationFilter {
        entitlement: Some(entitlement),
        active: true,
        ..ActivationFilter::default()
    };
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = Page { after, limit: PAGE };
        let page = authority
            .activations(&filter, page)
            .await
            .map_err(|fault| BulkFault::Authority(fault.problem()))?;
        let active = |activation: &keyferry_authority::Activation| {
            (activation.status == ActivationStatus::Active).then_some(activation.id)
        };
        found.extend(page.items.iter().filter_map(active));
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

async fn refresh(
    authority: &Authority,
    folder: &WorkFolder,
    since: Timestamp,
    first: u64,
    activations: &[ActivationId],
) -> Result<Vec<RowResult>, BulkFault> {
    let made = authority
        .refresh_rows(activations, since, &Origin::Local)
        .await
        .map_err(|fault| BulkFault::Authority(fault.problem()))?;
    // In the books first: a file that is not written after all is written the next time.
    let files = made.iter().filter_map(|made| made.as_ref().ok());
    let mut written = folder.put(files.map(text_of).collect()).await.into_iter();
    let mut results = Vec::with_capacity(made.len());
    for ((row, id), made) in (first..).zip(activations).zip(made) {
        let placed = made.as_ref().ok().and_then(|_| written.next());
        let id = id.to_string();
        results.push(match (made, placed) {
            (Err(fault), _) => RowResult {
                id: Some(id),
                more: blank(),
                ..RowResult::refused(row, fault.problem(), None)
            },
            (Ok(_), Some(Err(fault))) if fault.code() == Code::FileExists => RowResult {
                id: Some(id),
                more: blank(),
                ..RowResult::refused(row, fault.problem(), None)
            },
            // Of the medium, and so of all of them.
            (Ok(_), Some(Err(fault))) => return Err(fault.into()),
            (Ok(made), _) => told(row, id, &made),
        });
    }
    Ok(results)
}

fn blank() -> Vec<String> {
    vec![String::new(); COLUMNS.len()]
}

fn told(row: u64, id: String, made: &RefreshRow) -> RowResult {
    let refreshed = &made.refreshed;
    let lease = refreshed.lease_expires_at;
    RowResult {
        row,
        id: Some(id),
        outcome: if made.made { "refreshed" } else { "unchanged" },
        problem: None,
        file: Some(name_of(made)),
        reference: None,
        more: vec![
            refreshed.label.to_string(),
            refreshed.device.to_string(),
            refreshed.status.name().to_owned(),
            lease.map_or_else(String::new, |end| end.to_string()),
        ],
    }
}

fn name_of(made: &RefreshRow) -> String {
    let reference = made.refreshed.sealed.id.reference();
    format!("keyferry-refresh-{reference}.kft")
}

fn text_of(made: &RefreshRow) -> (String, String) {
    (name_of(made), made.refreshed.sealed.armored())
}
