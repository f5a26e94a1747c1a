//! The offline side without a face: the store, and the flows that a user goes through.
//!
//! A face opens a [`Client`], calls, and shows what it gets. Everything that comes from outside
//! goes through [`Client::apply`], the one door (rule C5); nothing but [`Client::trust`] decides
//! whom this computer talks to.

mod activation;
mod carried;
mod claims;
mod client;
mod clock;
mod codes;
mod courier;
mod deactivation;
mod disk;
mod door;
mod emergency;
mod fault;
mod files;
mod gathering;
mod imaging;
mod inspection;
mod licenses;
mod moving;
mod paths;
mod refresh;
mod refusals;
mod report;
mod standing;
mod status;
mod store;
mod usb;
mod vendors;

#[cfg(test)]
mod power_cuts;
#[cfg(test)]
mod secrecy;

pub use activation::{Fresh, RequestFault};
pub use carried::{Carried, DeactivationSummary, Refused, RequestSummary};
pub use claims::{Change, Claim};
pub use client::{Client, Options, SystemClock, TimeSource};
pub use clock::ClockState;
pub use codes::{CodeFound, LookupFault};
pub use courier::{
    CollectOutcome, Collected, CourierDelivered, CourierFault, CourierSeen, RequestOnCourier,
};
pub use deactivation::{DeactivationPlan, Delivered};
pub use door::{Applied, ApplyFault, Taken};
pub use fault::TaskFault;
pub use files::{FileFault, MAX_FILE, read_file, write_file};
pub use gathering::{Brought, Gathering};
pub use imaging::{Reset, ResetFault};
pub use inspection::{Inspection, Signer};
pub use keyferry_license::{Action, EmergencyFacts, Rating, RatingReason, Strength};
pub use keyferry_picture::PictureFault;
pub use licenses::{
    AllowWeak, CheckFault, ForgetFault, LicenseAdded, LicenseForgotten, LicenseFound, LicenseHeld,
    LicensePlace, LicenseRead, PutFault, PutLicense, SignedBy,
};
pub use moving::{MoveFault, MoveRequest};
pub use paths::Paths;
pub use report::Report;
pub use standing::{DeviceFacts, HeldGrant, ProductStanding, StandingFault};
pub use status::SpokenStatus;
pub use store::StoreFault;
pub use usb::{KeyNamed, UsbKeyFault, UsbKeyFound};
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
    CheckFault,
    CourierFault,
    FileFault,
    ForgetFault,
    LookupFault,
    MoveFault,
    PutFault,
    RequestFault,
    ResetFault,
    StandingFault,
    StoreFault,
    TaskFault,
    UsbKeyFault,
    VendorFault
);
