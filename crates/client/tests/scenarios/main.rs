//! What a user goes through, on real files, named after the rules (`docs/spec/rules.md`).

#![expect(
    clippy::unwrap_used,
    reason = "the shared desk is outside of a test function"
)]

mod bringing;
mod desk;
mod requesting;
mod showing;
mod store_files;
mod vendors;
