//! Several files at once: each has its own result, and what succeeded stays done.

use keyferry_catalogue::{Exit, Problem};
use serde::Serialize;

use crate::reply::{ErrorView, Opening, joined, merged, object, push_lines};
use crate::{Failure, Reply, Terminal};

/// What came of each of several files.
#[derive(Default)]
pub struct Results {
    objects: Vec<String>,
    data: String,
    first: Option<(Exit, Problem)>,
    succeeded: usize,
    failed: usize,
    fields: String,
    said: Vec<String>,
}

impl Results {
    /// Adds fields that stand beside `results`.
    pub fn showing(&mut self, fields: &impl Serialize) {
        self.fields = object(fields);
    }

    /// Adds a line that people read at the end.
    pub fn saying(&mut self, line: impl Into<String>) {
        self.said.push(line.into());
    }

    /// Adds the content of a file that goes to standard output when no JSON was asked for, as it is.
    pub fn copying(&mut self, content: &str) {
        push_lines(&mut self.data, content);
    }

    /// Ends with a problem of the whole, whatever came of each file.
    pub fn failing(&mut self, terminal: &mut Terminal<'_, '_>, problem: Problem) {
        let failure = Failure::from(problem);
        terminal.explain(&failure);
        self.first = Some((failure.problem.code.exit(), failure.problem));
    }

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
        let results = format!("{{\"results\":[{}]}}", self.objects.join(","));
        Finished {
            body: if self.fields.is_empty() {
                results
            } else {
                merged(&results, &self.fields)
            },
            said: self.said,
            data: self.data,
            // Where there was nothing, the command says so.
            summary: (self.succeeded + self.failed > 0)
                .then(|| format!("Done: {}. Not done: {}.", self.succeeded, self.failed)),
            first: self.first,
        }
    }
}

pub(crate) struct Finished {
    pub(crate) body: String,
    pub(crate) data: String,
    pub(crate) said: Vec<String>,
    pub(crate) summary: Option<String>,
    pub(crate) first: Option<(Exit, Problem)>,
}
