//! What the programs `keyferry` and `keyferry-authority` share (`docs/spec/cli.md`): streams and
//! files, the JSON object, exit codes, how times and durations are written, questions.
//!
//! It knows no command. A command takes its arguments, calls the client or the authority, and
//! returns a [`Reply`] or a [`Failure`]; [`Terminal::finish`] says it to people or programs.

mod argument;
mod call;
mod completions;
mod examples;
mod failure;
mod input;
mod license;
mod moment;
mod note;
mod output;
mod reply;
mod results;
mod shell;
mod streams;
mod table;
mod terminal;
mod token;
mod visible;

pub use argument::{
    ArgumentFault, colour, date, duration, duration_or_none, feature, first_day, ip_address,
    product, socket_address, text, usb_id,
};
pub use call::{Manner, understand};
pub use completions::{CompletionsView, completions};
pub use examples::{unspecified, wrong_examples};
pub use failure::Failure;
pub use input::{MAX_INPUT, ReadFault, Source};
pub use license::{BindingView, LicenseView, license_end, license_facts};
pub use moment::{DateFault, DurationFault, read_date, read_duration, read_first_day};
pub use note::NoteView;
pub use output::{Destination, Draft, WriteFault, make_folder, sync_folder, write_file};
pub use reply::Reply;
pub use results::Results;
pub use shell::quoted;
pub use streams::Streams;
pub use table::Table;
pub use terminal::{LANGUAGE, Terminal};
pub use token::TokenView;
pub use visible::visible;
