//! What the vendor allows, where nothing else is set.

use keyferry_license::DEFAULT_TOLERANCE;

/// The share of enrolled components that must still match, in percent.
pub(crate) const TOLERANCE: u8 = DEFAULT_TOLERANCE;
/// Refused attempts with one activation code per hour (rule A13). Accepted ones are not counted: a
/// fleet may come with one code, all on the same day.
pub(crate) const ATTEMPTS_PER_CODE: u64 = 10;
/// Codes and ids that open nothing, tried from one address per hour (rule A13).
pub(crate) const ATTEMPTS_PER_ADDRESS: u64 = 60;
/// Refusals with one good code, or about one activation, from one address per hour: more than the largest fleet
/// whose seats are all taken, and few enough that nobody fills the audit log with them.
pub(crate) const REFUSALS_OF_KNOWN: u64 = 1000;
