//! What a program is connected to.

use std::io::{IsTerminal, Read, Write, stderr, stdin, stdout};

/// The three streams of a program, and what may be done with them. Tests give their own.
pub struct Streams<'s> {
    /// Standard input.
    pub input: Box<dyn Read + 's>,
    /// Standard output: data.
    pub output: Box<dyn Write + 's>,
    /// Standard error: messages.
    pub messages: Box<dyn Write + 's>,
    /// Whether a person sits at both ends, so that a question makes sense.
    pub interactive: bool,
    /// Whether messages may be set in bold.
    pub bold: bool,
}

impl Streams<'static> {
    /// The streams of this process. Bold needs a terminal that knows it and `NO_COLOR` not to be
    /// asked for (<https://no-color.org>).
    pub fn of_this_process() -> Self {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let plain = set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb");
        Self {
            interactive: stdin().is_terminal() && stderr().is_terminal(),
            bold: stderr().is_terminal() && !plain,
            input: Box::new(stdin()),
            output: Box::new(stdout()),
            messages: Box::new(stderr()),
        }
    }
}
