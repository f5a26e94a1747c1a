//! The rules of licensing as pure functions: leases, seats, what devices send and take, the clock,
//! the fingerprint, USB keys, license files, and the standing that they add up to.
//!
//! `docs/spec/rules.md` is their specification. Nothing here reads a clock, a disk or a random
//! number: whoever asks brings the facts, and the same facts get the same answer.

mod actions;
mod anchor;
mod clock;
mod deactivation;
mod emergency;
mod fingerprint;
mod history;
mod lease;
mod license_standing;
mod license_time;
mod maintenance;
mod offline;
mod policy;
mod refresh;
mod refusal;
mod release;
mod requests;
mod seats;
mod standing;
mod status;
mod time_request;
mod trial;

pub use actions::{Action, actions};
pub use anchor::{Rating, RatingReason, Strength, UsbFacts, is_key, rate, rate_id, usb_id};
pub use clock::{BootId, CLOCK_LEEWAY, Clock, Floor, Reading, Uptime};
pub use deactivation::{
    Deactivated, Departure, DepartureFacts, decide_deactivation, may_deactivate,
};
pub use emergency::{
    EMERGENCY_WINDOW, EmergencyFacts, EmergencyRun, EmergencyTerms, emergency_allowance,
    emergency_facts, may_take_emergency,
};
pub use fingerprint::{DEFAULT_TOLERANCE, LEAST_COMPONENTS, Match, compare, enrollable};
pub use history::{Answered, DeviceHistory, Ended, LatestToken};
pub use keyferry_token::State;
pub use lease::{Lease, Phase, Terms, lease};
pub use license_standing::{
    LicenseFacts, ReadFrom, best_standing, license_away, license_standing, license_unopened,
    may_keep_license, unread_license,
};
pub use license_time::LicenseTime;
pub use maintenance::for_release;
pub use offline::{OfflineSupport, licenses_allowed, offline_allowed};
pub use policy::{CAP_WINDOW, Policy};
pub use refresh::{Renewal, decide_refresh, may_refresh};
pub use refusal::Refusal;
pub use release::decide_release;
pub use requests::{
    Acceptance, Ask, Outstanding, can_be_brought_again, may_accept, may_request,
    speaks_against_the_number,
};
pub use seats::{Decision, Entitlement, HeldSeat, Rebinding, SeatRequest, Seating, decide};
pub use standing::{END_NOTICE, Facts, GrantHeld, Held, Standing, StoreCondition, standing};
pub use status::{EntitlementStatus, change_status};
pub use time_request::{AskedTime, ToldTime, may_accept_time, may_request_time};
pub use trial::first_trial;
