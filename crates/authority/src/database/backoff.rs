//! How long work waits before it is done anew, and how often.

use std::time::Duration;

use tokio::time::Instant;

use crate::entropy;

/// How long work is begun anew. What another transaction came between for so long has a reason that
/// goes on: its caller is told that the database is busy.
const PATIENCE: Duration = Duration::from_secs(20);
const FIRST: Duration = Duration::from_millis(2);
const LONGEST: Duration = Duration::from_millis(250);

/// The pauses between attempts: each twice as long as the one before at most, and by chance shorter,
/// so that those who met do not meet again.
pub(super) struct Backoff {
    began: Instant,
    attempts: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            attempts: 0,
        }
    }
}

impl Backoff {
    /// Waits; whether to try again after it.
    pub(super) async fn again(&mut self) -> bool {
        if self.began.elapsed() >= PATIENCE {
            return false;
        }
        tokio::time::sleep(self.pause()).await;
        true
    }

    fn pause(&mut self) -> Duration {
        let longest = FIRST
            .saturating_mul(1 << self.attempts.min(10))
            .min(LONGEST);
        self.attempts += 1;
        let chance = entropy::random().map_or(u16::MAX, u16::from_le_bytes);
        longest.mul_f64(f64::from(chance) / f64::from(u16::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_differ() {
        let mut longest = [Duration::ZERO; 16];
        for _ in 0..64 {
            let mut backoff = Backoff::default();
            for most in &mut longest {
                *most = backoff.pause().max(*most);
            }
        }
        assert!(longest[0] <= FIRST);
        assert!(longest[3] > FIRST);
        assert!(longest.iter().all(|most| *most <= LONGEST));
        assert!(longest[15] > LONGEST / 2);
    }
}
