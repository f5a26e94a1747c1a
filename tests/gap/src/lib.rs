//! The stage on which both sides of the gap are played: real clients on folders of their own, a real
//! authority on its database, one true time for all, and nothing between them but bytes.
//!
//! For tests only. What an attacker can do with files, clocks and machines is here; what is expected
//! of it is in the tests.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a stage fails like the tests that are played on it"
)]

mod computer;
mod rescue;
mod store_files;
mod time;
mod vendor_side;

pub use computer::{Computer, runs};
pub use rescue::{Rescue, Rescued, offers_a_way_on};
pub use store_files::{Snapshot, copy_folder, folder};
pub use time::{Time, Wristwatch};
pub use vendor_side::{Terms, VendorSide, wait};

use keyferry_token::ProductCode;

/// The program that is licensed.
pub fn cad() -> ProductCode {
    ProductCode::new("com.acme.cad").unwrap()
}

/// Another program of the same vendor, without emergency runs.
pub fn view() -> ProductCode {
    ProductCode::new("com.acme.view").unwrap()
}

/// A program whose vendor lets seats change hands once a year, and emergency runs be taken on another
/// device.
pub fn lab() -> ProductCode {
    ProductCode::new("com.acme.lab").unwrap()
}
