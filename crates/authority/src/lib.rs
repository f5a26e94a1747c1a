//! The vendor's side: products, entitlements, seats and signing.
//!
//! An [`Authority`] lives in a folder with its keys and its database. Whatever devices send comes
//! in through its one door, [`Authority::receive`]. The rules that decide are in
//! `keyferry-license`; here the facts are read, what was decided is done in one transaction, and
//! the answer is signed.

mod activation;
mod attempts;
mod audit;
mod authority;
mod clock;
mod columns;
mod database;
mod entitlement;
mod entropy;
mod fault;
mod folder;
mod key_file;
mod keyring;
mod page;
mod passphrase;
mod policy;
mod portal;
mod product;
mod profile;
mod receive;
mod received;
mod request;
mod seats;
mod setup;

pub use activation::{
    Activation, ActivationFault, ActivationFilter, ActivationRecord, ActivationStatus,
};
pub use audit::{AuditEntry, AuditHash, AuditSeal, audit_genesis, audit_hash};
pub use authority::{Authority, Warning};
pub use clock::{Clock, SystemClock};
pub use entitlement::{
    Entitlement, EntitlementFault, EntitlementKey, EntitlementStatus, IssuedEntitlement,
    NewEntitlement,
};
pub use entropy::EntropyFault;
pub use fault::{DatabaseFault, FileFault, SetupFault};
pub use page::{Page, Paged};
pub use passphrase::Passphrase;
pub use portal::PortalAddress;
pub use product::{NewProduct, Product, ProductFault};
pub use profile::ProfileFault;
pub use received::{Answer, AnswerOutcome, Origin, Received, Refused};
pub use setup::{InitOptions, OpenOptions};
