//! Why work in bulk ended before its end.

use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::WriteFault;

use crate::sheet::SheetFault;

/// Why work in bulk ended before its end. What was done stays done, and the same work goes on where it
/// ended.
#[derive(Debug, thiserror::Error)]
pub enum BulkFault {
    /// The list cannot be read.
    #[error(transparent)]
    Sheet(#[from] SheetFault),
    /// Something cannot be written.
    #[error(transparent)]
    Write(#[from] WriteFault),
    /// Another program is at work in the folder.
    #[error("{path} is in use")]
    InUse {
        /// The folder.
        path: String,
    },
    /// It was told to stop.
    #[error("stopped after {done} rows")]
    Stopped {
        /// How many rows were dealt with.
        done: u64,
    },
    /// The authority cannot go on.
    #[error("the authority cannot go on: {}", .0.code.as_str())]
    Authority(Problem),
}

impl BulkFault {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::Sheet(fault) => fault.code(),
            Self::Write(fault) => fault.code(),
            Self::InUse { .. } => Code::FolderInUse,
            Self::Stopped { .. } => Code::WorkStopped,
            Self::Authority(problem) => problem.code,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Sheet(fault) => fault.problem(),
            Self::Write(fault) => fault.problem(),
            Self::InUse { path } => Problem::new(self.code()).with("path", path),
            Self::Stopped { done } => Problem::new(self.code()).with("done", done),
            Self::Authority(problem) => problem.clone(),
        }
    }
}
