//! What was reached: a model that reached nothing has proven nothing.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use keyferry_catalogue::{Code, Language, Problem};

/// How often each outcome was seen, by every runner together.
#[derive(Default)]
pub(crate) struct Tally(Mutex<BTreeMap<String, usize>>);

impl Tally {
    pub(crate) fn count(&self, outcome: impl Into<String>) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *seen.entry(outcome.into()).or_default() += 1;
    }

    pub(crate) fn of(&self, outcome: &str) -> usize {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(outcome).copied().unwrap_or_default()
    }

    /// Counts a no, and holds it to what every no promises: a code with one next step, and words
    /// that miss nothing.
    pub(crate) fn refused(&self, by: &str, problem: &Problem) -> Result<(), String> {
        self.count(format!("{by}: {}", problem.code.as_str()));
        let (message, next) = (
            problem.message(Language::En),
            problem.next_step(Language::En),
        );
        let whole = !next.is_empty() && !message.is_empty();
        let complete = !message.contains("not known") && !next.contains("not known");
        if whole && complete {
            Ok(())
        } else {
            Err(format!("no way on after {problem:?}: {message} {next}"))
        }
    }

    pub(crate) fn code(&self, by: &str, code: Code) {
        self.count(format!("{by}: {}", code.as_str()));
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (outcome, times) in &*seen {
            writeln!(f, "{times:>7}  {outcome}")?;
        }
        Ok(())
    }
}
