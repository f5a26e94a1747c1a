//! Batches of rows, a few at a time, with their results in the order of the rows.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
};

use futures_util::{StreamExt as _, stream::FuturesOrdered};

use crate::{
    BulkFault,
    results::{REFUSED, Results, RowResult},
};

/// How many rows are made in one transaction: enough to share its cost, few enough for a batch to be
/// over in a moment.
pub(crate) const BATCH: usize = 256;
/// How many batches are under way: one is signed while another one is written, and a third is ready.
pub(crate) const UNDER_WAY: usize = 3;
/// How many refused rows are told at the end; the list of results has them all.
const TOLD: usize = 20;

/// Who looks on.
pub trait Watch {
    /// Some more rows are done; so many bytes of the list are behind them.
    fn seen(&self, tally: &Tally, consumed: u64);
    /// Whether to end where the work can be gone on with.
    fn stopped(&self) -> bool;
}

/// What came of the rows so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many rows are done.
    pub rows: u64,
    outcomes: BTreeMap<&'static str, u64>,
    /// The first rows that were refused.
    pub refused: Vec<RowResult>,
}

impl Tally {
    /// How many rows ended like this.
    pub fn of(&self, outcome: &str) -> u64 {
        self.outcomes.get(outcome).copied().unwrap_or_default()
    }

    fn add(&mut self, rows: Vec<RowResult>) {
        for row in rows {
            self.rows += 1;
            *self.outcomes.entry(row.outcome).or_default() += 1;
            if row.outcome == REFUSED && self.refused.len() < TOLD {
                self.refused.push(row);
            }
        }
    }
}

/// What came of a list.
#[derive(Clone, Debug)]
pub struct Report {
    /// What came of its rows.
    pub tally: Tally,
    /// The list of results, where one was written.
    pub results: Option<PathBuf>,
}

/// Works through batches, so many at once. `next` gives the next one with how many bytes were read until then.
pub(crate) async fn through<B, W>(
    mut next: impl FnMut() -> Option<(B, u64)>,
    (work, at_once): (impl Fn(B) -> W, usize),
    mut results: Option<Results>,
    watch: &dyn Watch,
) -> Result<Report, BulkFault>
where
    W: Future<Output = Result<Vec<RowResult>, BulkFault>>,
{
    let mut tally = Tally::default();
    let mut under_way = FuturesOrdered::new();
    // How many bytes were read up to the end of each batch that is under way.
    let mut read = VecDeque::new();
    let mut ended = false;
    loop {
        while !ended && !watch.stopped() && under_way.len() < at_once {
            match next() {
                Some((batch, consumed)) => {
                    under_way.push_back(work(batch));
                    read.push_back(consumed);
                }
                None => ended = true,
            }
        }
        let Some(done) = under_way.next().await else {
            break;
        };
        let done = done?;
        if let Some(results) = &mut results {
            results.add(&done)?;
        }
        tally.add(done);
        watch.seen(&tally, read.pop_front().unwrap_or_default());
    }
    // A list that a pipe brings ends early where who writes it is stopped as well.
    if !ended || watch.stopped() {
        return Err(BulkFault::Stopped { done: tally.rows });
    }
    let results = results.map(Results::keep).transpose()?;
    Ok(Report { tally, results })
}
