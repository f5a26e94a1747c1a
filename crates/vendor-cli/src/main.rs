//! The program `keyferry-authority` for the vendor.

use std::process::ExitCode;
use std::sync::Arc;

use keyferry_authority::SystemClock;
use keyferry_terminal::Streams;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    let mut streams = Streams::of_this_process();
    let exit = keyferry_vendor_cli::run(&args, &mut streams, Arc::new(SystemClock));
    ExitCode::from(exit.code())
}
