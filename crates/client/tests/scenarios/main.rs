//! What a user goes through, on real files, named after the rules (`docs/spec/rules.md`).

#![expect(
    clippy::unwrap_used,
    reason = "the shared desk is outside of a test function"
)]

mod bringing;
mod clock;
mod deactivating;
mod desk;
mod doors;
mod emergency;
mod helping;
mod imaging;
mod key_asked_for;
mod license_clock;
mod license_files;
mod moving;
mod refreshing;
mod refusing;
mod requesting;
mod rolled_back;
mod showing;
mod store_files;
mod usb_keys;
mod vendors;
