//! The program `keyferry` for the machine without a network.

use std::process::ExitCode;

use keyferry_client::Options;
use keyferry_terminal::Streams;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    let exit = keyferry_cli::run(&args, &mut Streams::of_this_process(), Options::default());
    ExitCode::from(exit.code())
}
