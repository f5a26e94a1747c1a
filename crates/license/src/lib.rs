//! The rules of licensing as pure functions: leases, seats, requests, the clock, the fingerprint,
//! and the standing that they add up to.
//!
//! `docs/spec/rules.md` is their specification. Nothing here reads a clock, a disk or a random
//! number: whoever asks brings the facts, and the same facts get the same answer.

mod clock;
mod fingerprint;
mod lease;
mod offline;
mod refusal;
mod requests;
mod seats;
mod standing;

pub use clock::{BootId, CLOCK_LEEWAY, Clock, Floor, Uptime};
pub use fingerprint::{DEFAULT_TOLERANCE, LEAST_COMPONENTS, Match, compare, enrollable};
pub use lease::{Lease, Phase, Terms, lease};
pub use offline::{OfflineSupport, offline_allowed};
pub use refusal::Refusal;
pub use requests::{Acceptance, Ask, Outstanding, may_accept, may_request};
pub use seats::{
    Answered, Decision, Entitlement, HeldSeat, REBIND_WINDOW, Rebinding, SeatRequest, Seating,
    decide,
};
pub use standing::{END_NOTICE, Facts, GrantHeld, Held, Standing, StoreCondition, standing};

pub use keyferry_token::State;
