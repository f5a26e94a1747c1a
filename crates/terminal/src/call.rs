//! Understanding the command line.

use std::error::Error;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser};
use keyferry_catalogue::{Code, Exit, Problem};

use crate::{ArgumentFault, Failure, Streams, Terminal};

/// How a program wants to be spoken with: options of every command.
#[derive(Args, Clone, Debug, Default)]
pub struct Manner {
    /// Print one JSON object instead of sentences
    #[arg(long, global = true, help_heading = "Options of every command")]
    pub json: bool,
    /// Never ask; end with a problem instead
    #[arg(long, global = true, help_heading = "Options of every command")]
    pub no_input: bool,
}

/// Reads the command line. `Err` has said everything already.
///
/// # Errors
/// The exit code: that of the problem for what was not understood, 0 for help and version.
pub fn understand<C: Parser>(args: &[OsString], streams: &mut Streams<'_>) -> Result<C, Exit> {
    let fault = match C::try_parse_from(args) {
        Ok(call) => return Ok(call),
        Err(fault) => fault,
    };
    let manner = Manner {
        json: args.iter().any(|arg| arg == "--json"),
        no_input: true,
    };
    let text = fault.render();
    if matches!(
        fault.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let told = write!(streams.output, "{text}").and_then(|()| streams.output.flush());
        return Err(if told.is_ok() {
            Exit::Runs
        } else {
            Exit::InputOutput
        });
    }
    let mut terminal = Terminal::new(streams, &manner);
    let problem = if let Some(argument) = argument_fault(&fault) {
        if let Some(name) = argument_name(&fault) {
            terminal.warn(&format!("{name}:"));
        }
        argument.problem()
    } else {
        for line in veiled(&text.to_string(), args).trim_end().lines() {
            terminal.warn(line);
        }
        if !manner.json {
            return Err(Exit::Usage);
        }
        Problem::new(Code::Usage)
    };
    Err(terminal.finish(Err(Failure::from(problem))))
}

/// The argument that could not be read, where clap was told why.
fn argument_fault(fault: &clap::Error) -> Option<ArgumentFault> {
    fault.source()?.downcast_ref::<ArgumentFault>().copied()
}

fn argument_name(fault: &clap::Error) -> Option<String> {
    match fault.get(ContextKind::InvalidArg)? {
        ContextValue::String(name) => Some(name.clone()),
        _ => None,
    }
}

/// The text without the arguments that are secrets: clap quotes what it does not understand.
fn veiled(text: &str, args: &[OsString]) -> String {
    let secrets = args
        .iter()
        .filter_map(|arg| arg.to_str())
        .filter(|arg| is_secret(arg));
    secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "…"))
}

/// Whether this has the shape of an activation code or a holder secret, right or mistyped.
fn is_secret(arg: &str) -> bool {
    let symbols = arg.chars().filter(char::is_ascii_alphanumeric).count();
    let shape = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == ' ';
    (20..=36).contains(&symbols) && !arg.starts_with('-') && arg.chars().all(shape)
}
