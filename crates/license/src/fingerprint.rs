//! Whether a device is still the one that was enrolled (rules, *Device*).

use keyferry_token::{ComponentKind, Fingerprint};

use crate::Refusal;

/// The share of enrolled components that must still match where the vendor sets none, in percent.
pub const DEFAULT_TOLERANCE: u8 = 60;
/// Fewer components than these neither enrol a device nor recognise it.
pub const LEAST_COMPONENTS: usize = 2;

/// What became of the enrolled components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Those that differ or can no longer be read, in the order of their numbers.
    pub changed: Vec<ComponentKind>,
    /// How many are as they were.
    pub matching: usize,
    /// Whether it still counts as the same device.
    pub within: bool,
}

/// Compares a device with what was enrolled.
///
/// It is the same device when at least `tolerance_percent` of the enrolled components still match,
/// at least [`LEAST_COMPONENTS`] of them, and one of the hardware ones
/// ([`ComponentKind::is_hardware`]) where any was enrolled. A component that cannot be read now has
/// changed; one that was not enrolled plays no part.
pub fn compare(enrolled: &Fingerprint, present: &Fingerprint, tolerance_percent: u8) -> Match {
    let (same, changed): (Vec<_>, Vec<_>) = enrolled
        .iter()
        .partition(|(kind, digest)| present.get(*kind) == Some(*digest));
    let hardware_enrolled = enrolled.iter().any(|(kind, _)| kind.is_hardware());
    let hardware_matches = same.iter().any(|(kind, _)| kind.is_hardware());
    let share_holds = same.len() * 100 >= enrolled.len() * usize::from(tolerance_percent);
    Match {
        changed: changed.into_iter().map(|(kind, _)| kind).collect(),
        matching: same.len(),
        within: share_holds
            && same.len() >= LEAST_COMPONENTS
            && (hardware_matches || !hardware_enrolled),
    }
}

/// Whether a device shows enough of itself to be recognised again.
///
/// # Errors
/// `fingerprint_too_small` with fewer than [`LEAST_COMPONENTS`] components.
pub fn enrollable(fingerprint: &Fingerprint) -> Result<(), Refusal> {
    if fingerprint.len() < LEAST_COMPONENTS {
        return Err(Refusal::FingerprintTooSmall);
    }
    Ok(())
}
