//! Vendor keys that are replaced while computers without a network sleep.

#![expect(
    clippy::unwrap_used,
    reason = "helpers fail like the tests that they serve"
)]

mod forged;
mod rotated;
mod undelivered;

use keyferry_authority::Rotation;
use keyferry_gap::{Computer, VendorSide};

/// Replaces the exchange key, which goes on opening.
pub(crate) const EXCHANGE: Rotation = Rotation::Exchange {
    opens_for: Rotation::OPENS_FOR,
};

/// The number of the profile that a computer trusts.
pub(crate) fn trusted(computer: &Computer) -> u64 {
    computer.client().vendors().unwrap()[0].profile.number
}

/// The number of the vendor's latest profile.
pub(crate) fn latest(vendor: &VendorSide) -> u64 {
    keyferry_gap::wait(vendor.authority.profile())
        .unwrap()
        .number
}
