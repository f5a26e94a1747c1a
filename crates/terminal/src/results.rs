//! Several files at once: each has its own result, and what succeeded stays done.

use keyferry_catalogue::{Exit, Problem};

use crate::reply::{ErrorView, Opening, joined};
use crate::{Failure, Reply, Terminal};

/// What came of each of several files.
#[derive(Default)]
pub struct Results {
    objects: Vec<String>,
    data: String,
    first: Option<(Exit, Problem)>,
    succeeded: usize,
    failed: usize,
}

impl Results {
    /// Takes down what came of one file, and says it to people at once.
    pub fn add(
        &mut self,
        terminal: &mut Terminal<'_, '_>,
        file: &str,
        outcome: Result<Reply, Failure>,
    ) {
        let (problem, body) = match &outcome {
            Ok(reply) => (None, reply.body.as_str()),
            Err(failure) => (Some(&failure.problem), failure.body.as_str()),
        };
        let opening = Opening {
            schema: None,
            file: Some(file),
            ok: problem.is_none(),
            error: problem.map(ErrorView::from),
        };
        self.objects.push(joined(&opening, body));
        terminal.say(&format!("{file}:"));
        match outcome {
            Ok(reply) => {
                self.succeeded += 1;
                self.data.push_str(&reply.data);
                for line in &reply.said {
                    terminal.say(line);
                }
            }
            Err(failure) => {
                self.failed += 1;
                self.data.push_str(&failure.data);
                terminal.explain(&failure);
                self.first
                    .get_or_insert((failure.problem.code.exit(), failure.problem));
            }
        }
    }

    pub(crate) fn finish(self) -> Finished {
        Finished {
            body: format!("{{\"results\":[{}]}}", self.objects.join(",")),
            data: self.data,
            summary: format!("Done: {}. Not done: {}.", self.succeeded, self.failed),
            first: self.first,
        }
    }
}

pub(crate) struct Finished {
    pub(crate) body: String,
    pub(crate) data: String,
    pub(crate) summary: String,
    pub(crate) first: Option<(Exit, Problem)>,
}
