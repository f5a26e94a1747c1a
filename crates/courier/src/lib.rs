//! A courier: a USB key, or any folder, that carries the tokens of many computers to a vendor and the
//! answers back. Here is what it looks like on its medium, and how it is read and written
//! (`docs/spec/courier.md`); what is put there and what becomes of it, each side of the gap decides.
//!
//! Nothing on a medium is trusted: only regular files of a bounded size are read, no link is followed,
//! no more entries are looked at than [`MOST`], and no name says anything.

mod fault;
mod folders;
mod medium;
mod names;
mod writing;

pub use fault::MediumFault;
pub use folders::{Courier, Folder, Found};
pub use medium::{Medium, RealMedium};
pub use names::{answer_name, answered_name, brought_name, is_answer_to, token_name};
pub use writing::Put;

/// Most entries of each folder.
pub const MOST: usize = 4096;
/// Most bytes of a file: the largest token in its text form, with room for a few of the usual size.
pub const MAX_FILE: usize = 32 * 1024;
/// Most bytes of a vendor's profiles: what is read at once of anything.
pub const MAX_PROFILES: usize = keyferry_token::MAX_PASTE;
