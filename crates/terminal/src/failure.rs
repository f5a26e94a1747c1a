//! A command that did not do its work.

use keyferry_catalogue::Problem;
use serde::Serialize;

use crate::{
    ArgumentFault, ReadFault, WriteFault,
    reply::{merged, object, push_lines},
    visible::visible_lines,
};

/// A problem, and what a command shows beside it.
#[derive(Debug)]
pub struct Failure {
    pub(crate) problem: Problem,
    pub(crate) body: String,
    pub(crate) data: String,
    pub(crate) said: Vec<String>,
    /// Whether the next step is for who reads it.
    pub(crate) has_step: bool,
}

impl Failure {
    /// Adds fields that stand beside `error` in the JSON object.
    #[must_use]
    pub fn showing(mut self, fields: &impl Serialize) -> Self {
        self.body = object(fields);
        self
    }

    /// Adds fields to those that stand beside `error` already.
    #[must_use]
    pub fn showing_also(mut self, fields: &impl Serialize) -> Self {
        self.body = merged(&self.body, &object(fields));
        self
    }

    /// Adds what goes to standard output all the same when no JSON was asked for, such as the answer
    /// that says no. It ends with a line break, and nothing in it acts on a terminal.
    #[must_use]
    pub fn printing(mut self, text: impl AsRef<str>) -> Self {
        push_lines(&mut self.data, &visible_lines(text.as_ref()));
        self
    }

    /// Adds a line that people read before the problem.
    #[must_use]
    pub fn saying(mut self, line: impl Into<String>) -> Self {
        self.said.push(line.into());
        self
    }

    /// Leaves out the next step, which is for somebody else.
    #[must_use]
    pub fn without_step(mut self) -> Self {
        self.has_step = false;
        self
    }

    /// What is the matter.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            body: String::from("{}"),
            data: String::new(),
            said: Vec::new(),
            has_step: true,
        }
    }
}

impl From<ReadFault> for Failure {
    fn from(fault: ReadFault) -> Self {
        fault.problem().into()
    }
}

impl From<WriteFault> for Failure {
    fn from(fault: WriteFault) -> Self {
        fault.problem().into()
    }
}

impl From<ArgumentFault> for Failure {
    fn from(fault: ArgumentFault) -> Self {
        fault.problem().into()
    }
}
