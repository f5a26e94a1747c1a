//! One USB key for many computers (`docs/spec/courier.md`): real clients, a real authority, and a folder
//! between them.

mod fleet;
mod hostile;
mod pulled;
mod round;
mod stick;
