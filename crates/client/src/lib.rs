//! The offline side without a face: the store, and the flows that a user goes through.
//!
//! A face opens a [`Client`], calls, and shows what it gets. Everything that comes from outside
//! goes through [`Client::apply`], the one door (rule C5); nothing but [`Client::trust`] decides
//! whom this computer talks to.

mod activation;
mod claims;
mod client;
mod codes;
mod disk;
mod door;
mod files;
mod inspection;
mod paths;
mod standing;
mod store;
mod vendors;

#[cfg(test)]
mod power_cuts;

pub use activation::{Fresh, RequestFault, RequestSummary, Requested};
pub use claims::Claim;
pub use client::{Client, Options, SystemClock, TimeSource};
pub use codes::{CodeFound, LookupFault};
pub use door::{Activation, Applied, ApplyFault};
pub use files::{FileFault, MAX_FILE, read_file, write_file};
pub use inspection::{Inspection, Signer};
pub use keyferry_picture::PictureFault;
pub use paths::Paths;
pub use standing::{DeviceFacts, HeldGrant, ProductStanding, StandingFault};
pub use store::StoreFault;
pub use vendors::{Confirmation, Origin, PendingVendor, Relation, Vendor, VendorFault};

use keyferry_catalogue::Problem;

/// A fault turns into what a face tells of it.
macro_rules! told {
    ($($fault:ty),*) => {
        $(impl From<$fault> for Problem {
            fn from(fault: $fault) -> Self {
                fault.problem()
            }
        })*
    };
}

told!(
    ApplyFault,
    FileFault,
    LookupFault,
    RequestFault,
    StandingFault,
    StoreFault,
    VendorFault
);
