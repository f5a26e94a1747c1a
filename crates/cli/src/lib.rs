//! The program `keyferry` for the machine without a network (`docs/spec/cli.md`).
//!
//! A command unpacks its arguments, calls the client, and puts what it gets into words and JSON.
//! What may happen is decided in `keyferry-client` and below.

mod call;
mod commands;
mod picture;
mod views;

use std::ffi::OsString;

pub use call::Call;
use call::{Clock, ClockCommand, Command, Courier, Deactivation, Usb, Vendor};
use keyferry_catalogue::{Exit, Problem};
use keyferry_client::{Client, Options};
use keyferry_terminal::{Failure, Reply, Results, Streams, Terminal, completions, understand};

/// Runs the program: `args` with its own name in front, on these streams, with this machine and
/// clock. Gives what the process ends with.
pub fn run(args: &[OsString], streams: &mut Streams<'_>, mut options: Options) -> Exit {
    let call: Call = match understand(args, streams) {
        Ok(call) => call,
        Err(exit) => return exit,
    };
    let mut terminal = Terminal::new(streams, &call.manner);
    if call.home.is_some() {
        options.home = call.home;
    }
    match Client::open(options) {
        Ok(client) => match dispatch(call.command, &client, &mut terminal) {
            Outcome::One(outcome) => terminal.finish(outcome),
            Outcome::Several(results) => terminal.finish_all(results),
            Outcome::Told(exit) => exit,
        },
        Err(fault) => terminal.finish(Err(Problem::from(fault).into())),
    }
}

/// What came of a command.
enum Outcome {
    One(Result<Reply, Failure>),
    Several(Results),
    /// Everything was said while it went on.
    Told(Exit),
}

fn dispatch(command: Command, client: &Client, terminal: &mut Terminal<'_, '_>) -> Outcome {
    Outcome::One(match command {
        Command::Vendor(Vendor::Add(add)) => commands::vendor::add(client, terminal, &add),
        Command::Vendor(Vendor::List) => commands::vendor::list(client),
        Command::Vendor(Vendor::Remove { vendor }) => commands::vendor::remove(client, &vendor),
        Command::Status { product: None, .. } => commands::status::all(client),
        Command::Status {
            product: Some(product),
            released,
        } => commands::status::one(client, &product, released),
        Command::Activate(activate) => commands::activate::run(client, terminal, activate),
        Command::Apply { files } => return commands::apply::run(client, terminal, &files),
        Command::Deactivate(call) => commands::deactivate::run(client, terminal, &call),
        Command::Deactivation(Deactivation::Show { product, place }) => {
            commands::deactivate::show(client, &product, &place)
        }
        Command::Deactivation(Deactivation::Delivered { product }) => {
            commands::deactivate::delivered(client, &product)
        }
        Command::Move(call) => commands::moving::run(client, terminal, &call),
        Command::Emergency { product, yes } => {
            commands::emergency::run(client, terminal, &product, yes)
        }
        Command::Clock(Clock { command: None }) => commands::clock::show(client),
        Command::Clock(Clock {
            command: Some(ClockCommand::Request { product, place }),
        }) => commands::clock::request(client, product.as_deref(), &place),
        Command::Forget { license } => commands::forget::run(client, &license),
        Command::Reset(reset) => commands::imaging::run(client, terminal, reset.yes),
        Command::StatusCode { product } => {
            commands::support::status_code(client, product.as_deref())
        }
        Command::Report(report) => commands::support::report(client, &report),
        Command::Inspect { file } => return commands::inspect::run(client, terminal, &file),
        Command::Check(check) => commands::check::run(client, &check),
        Command::Usb(Usb::List) => commands::usb::list(client),
        Command::Usb(Usb::Watch { length }) => {
            return commands::usb_watch::run(client, terminal, length);
        }
        Command::Usb(Usb::Id(call)) => commands::usb::id(client, &call),
        Command::Usb(Usb::Put {
            file,
            key,
            allow_weak,
        }) => commands::usb::put(client, terminal, &file, &key, allow_weak),
        Command::Usb(Usb::Check { key }) => commands::usb::check(client, &key),
        Command::Courier(Courier::Collect { key, dry_run }) => {
            commands::courier::collect(client, terminal, &key, dry_run)
        }
        Command::Courier(Courier::Deliver { key }) => {
            return commands::courier::deliver(client, terminal, &key);
        }
        Command::Device => commands::machine::device(client),
        Command::Paths => Ok(commands::machine::paths(client)),
        Command::Completions { shell } => Ok(completions::<Call>("keyferry", shell)),
    })
}
