//! Completion scripts for shells, made from the same definition that reads the arguments.

use clap::CommandFactory;
use clap_complete::{Shell, generate};
use serde::Serialize;

use crate::Reply;

/// The fields of `completions` in JSON.
#[derive(Serialize)]
pub struct CompletionsView {
    /// The shell.
    shell: String,
    /// The script.
    text: String,
}

/// The completion script of a program for a shell.
pub fn completions<C: CommandFactory>(program: &str, shell: Shell) -> Reply {
    let mut script = Vec::new();
    generate(shell, &mut C::command(), program, &mut script);
    let text = String::from_utf8_lossy(&script).into_owned();
    let view = CompletionsView {
        shell: shell.to_string(),
        text: text.clone(),
    };
    Reply::of(&view).copying(text)
}
