//! Emergency runs that were taken here, and which of them the vendor has surely been told of.

use keyferry_license::EmergencyRun;
use keyferry_token::{Sequence, Timestamp};

/// Most runs that one token tells of.
const MAX_TOLD: usize = 16;
/// Most runs that are remembered for a product; no grant allows more.
const MAX_RUNS: usize = 255;

/// An emergency run that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TakenRun {
    pub(crate) taken_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    /// The grant that allowed it.
    pub(crate) sequence: Sequence,
    /// Whether an answer came to a token that told of it.
    pub(crate) told: bool,
}

/// The runs for one product, in the order of taking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TakenRuns(pub(crate) Vec<TakenRun>);

impl TakenRuns {
    pub(crate) fn take(&mut self, run: EmergencyRun, sequence: Sequence) {
        if self.0.len() >= MAX_RUNS {
            self.0.remove(0);
        }
        self.0.push(TakenRun {
            taken_at: run.started,
            ends_at: run.ends,
            sequence,
            told: false,
        });
    }

    /// How many were taken on a grant: each brings its allowance anew.
    pub(crate) fn of_grant(&self, sequence: Sequence) -> impl Iterator<Item = &TakenRun> {
        self.0.iter().filter(move |run| run.sequence == sequence)
    }

    /// The last one that was taken on a grant.
    pub(crate) fn last_of(&self, sequence: Sequence) -> Option<EmergencyRun> {
        self.of_grant(sequence).last().map(|run| EmergencyRun {
            started: run.taken_at,
            ends: run.ends_at,
        })
    }

    /// What the next token tells: all that no answer has confirmed yet, the newest where there are
    /// more than a token has room for.
    pub(crate) fn to_tell(&self) -> Vec<Timestamp> {
        let mut untold: Vec<Timestamp> = self
            .0
            .iter()
            .filter(|run| !run.told)
            .map(|run| run.taken_at)
            .collect();
        untold.sort_unstable();
        untold.dedup();
        untold.split_off(untold.len().saturating_sub(MAX_TOLD))
    }

    /// An answer came to a token that told of these.
    pub(crate) fn told(&mut self, times: &[Timestamp]) {
        for run in &mut self.0 {
            run.told |= times.contains(&run.taken_at);
        }
    }

    /// Ends what runs: on a clock that was put right it would begin once more.
    pub(crate) fn end_all(&mut self) {
        for run in &mut self.0 {
            run.ends_at = run.ends_at.min(run.taken_at);
        }
    }

    /// Forgets what was told and counts for no grant any more.
    pub(crate) fn forget_told(&mut self, held: Option<Sequence>) {
        self.0.retain(|run| !run.told || Some(run.sequence) == held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_unix(second)
    }

    fn taken(seconds: impl IntoIterator<Item = u64>) -> TakenRuns {
        let mut runs = TakenRuns::default();
        for second in seconds {
            let run = EmergencyRun {
                started: at(second),
                ends: at(second + 10),
            };
            runs.take(run, Sequence(1));
        }
        runs
    }

    #[test]
    fn the_next_token_tells_of_the_newest_runs_that_no_answer_confirmed() {
        let mut runs = taken([3, 1, 2]);
        assert_eq!(runs.to_tell(), [at(1), at(2), at(3)]);
        runs.told(&[at(2)]);
        assert_eq!(runs.to_tell(), [at(1), at(3)]);
        let many = taken(0..20).to_tell();
        assert_eq!((many.len(), many[0]), (16, at(4)));
    }

    #[test]
    fn a_run_that_was_told_is_kept_for_as_long_as_its_grant_is_held() {
        let mut runs = taken([1]);
        runs.told(&[at(1)]);
        runs.forget_told(Some(Sequence(1)));
        assert_eq!(runs.of_grant(Sequence(1)).count(), 1);
        runs.forget_told(Some(Sequence(2)));
        assert!(runs.0.is_empty());

        let mut untold = taken([1]);
        untold.forget_told(None);
        assert_eq!(untold.to_tell(), [at(1)]);
    }
}
