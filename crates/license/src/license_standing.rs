//! What a license file is worth here (rules, *License files*), and how the standings of one product
//! add up.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{
    Binding, Fingerprint, License, LicenseTerm, SeatStatus, Sequence, Timestamp, VerifyFault,
};

use crate::{
    Acceptance, Clock, Lease, Match, Phase, Refusal, Standing, State, StoreCondition, UsbFacts,
    compare, is_key, standing::wrong_device,
};

/// Where a license file was read from: what the file that was opened lies on, not what is plugged in
/// besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFrom<'a> {
    /// A USB key that is plugged in.
    Key(UsbFacts<'a>),
    /// A USB key that was pulled out since, whether or not its file can still be read.
    PulledKey,
    /// No USB key: this computer's own disk, or the store.
    Elsewhere,
}

/// Everything that the standing of a license file rests on.
#[derive(Clone, Copy, Debug)]
pub struct LicenseFacts<'a> {
    /// The store's condition.
    pub store: StoreCondition,
    /// What it says, or why its signature is not believed.
    pub license: Result<&'a License, &'a VerifyFault>,
    /// The highest sequence number that was ever seen of this license, here and now included.
    pub newest_seen: Option<Sequence>,
    /// Where it was read from.
    pub read_from: ReadFrom<'a>,
    /// All USB keys that are plugged in.
    pub connected: &'a [UsbFacts<'a>],
    /// The components of this device as they are now, for the vendor and the product.
    pub present: &'a Fingerprint,
    /// The clock that counts for the license ([`crate::LicenseTime::clock`]).
    pub clock: Clock,
}

/// Where a license file stands. The first that applies counts: a damaged store, a signature that is not
/// believed, a newer file that was seen, suspended or revoked, the clock, the binding, its days.
///
/// Without an end a license does not ask the clock more than whether it has begun.
pub fn license_standing(facts: &LicenseFacts<'_>) -> Standing {
    if facts.store == StoreCondition::Damaged {
        return Standing::with_reason(State::Blocked, Code::StoreDamaged);
    }
    match facts.license {
        Err(fault) => Standing::with_reason(State::Blocked, refused(fault)),
        Ok(license) => of_license(license, facts),
    }
}

/// What was signed and cannot be read is of a newer format; what is there as a signature and is none
/// was changed.
fn refused(fault: &VerifyFault) -> Problem {
    match fault {
        VerifyFault::UntrustedKey { .. } | VerifyFault::Content(_) => fault.problem(),
        VerifyFault::Signature | VerifyFault::OtherRecipient | VerifyFault::OtherVendor => {
            Problem::new(Code::Tampered)
        }
    }
}

/// The standing of a license file that could not be read.
pub fn unread_license(problem: Problem) -> Standing {
    Standing::with_reason(State::Blocked, problem)
}

/// The standing of a license on a USB key that is not plugged in, of which it is only remembered that
/// it was there.
pub fn license_away() -> Standing {
    Standing::with_reason(State::Blocked, Code::UsbKeyMissing)
}

/// The standing of a license on a USB key that is plugged in while no volume of it is mounted, of which
/// it is only remembered that it was there.
pub fn license_unopened() -> Standing {
    Standing::with_reason(State::Blocked, Code::UsbVolumeMissing)
}

fn of_license(license: &License, facts: &LicenseFacts<'_>) -> Standing {
    if facts
        .newest_seen
        .is_some_and(|newest| license.sequence < newest)
    {
        return Standing::with_reason(State::Blocked, Code::LicenseSuperseded);
    }
    let device = match &license.binding {
        Binding::Device {
            components,
            tolerance,
        } => Some(compare(components, facts.present, *tolerance)),
        Binding::Unbound | Binding::Usb { .. } => None,
    };
    Standing {
        other_device: device.as_ref().is_some_and(|found| !found.within),
        changed: device
            .as_ref()
            .map_or(Vec::new(), |found| found.changed.clone()),
        lease: term_of(license),
        ..of_status(license, facts, device.as_ref())
    }
}

fn of_status(license: &License, facts: &LicenseFacts<'_>, device: Option<&Match>) -> Standing {
    match license.status {
        SeatStatus::Revoked => return Standing::with_reason(State::Stopped, Code::Revoked),
        SeatStatus::Suspended => return Standing::with_reason(State::Stopped, Code::Suspended),
        SeatStatus::Active => {}
    }
    let clock = facts.clock.with_signed(license.issued_at);
    let begun = license.not_before <= clock.effective();
    let now = match (license.term, clock.checked()) {
        (LicenseTerm::Perpetual, Err(_)) if begun => clock.effective(),
        // No time can be asked for a license file alone, so the way on is another one.
        (_, Err(_)) => return Standing::with_reason(State::Blocked, Code::LicenseClockBehind),
        (_, Ok(now)) => now,
    };
    if let Err(problem) = bound(license, facts, device) {
        return Standing::with_reason(State::Blocked, problem);
    }
    if !begun {
        let problem = Problem::new(Code::LicenseNotYet).with("from", license.not_before);
        return Standing::with_reason(State::Blocked, problem);
    }
    of_term(license, now)
}

/// Whether what the license is bound to is there.
fn bound(
    license: &License,
    facts: &LicenseFacts<'_>,
    device: Option<&Match>,
) -> Result<(), Problem> {
    let Binding::Usb { key, .. } = &license.binding else {
        return match device {
            Some(found) if !found.within => Err(wrong_device(&found.changed)),
            _ => Ok(()),
        };
    };
    let is_there = || facts.connected.iter().any(|other| is_key(key, other));
    Err(Problem::new(match facts.read_from {
        ReadFrom::Key(found) if is_key(key, &found) => return Ok(()),
        ReadFrom::Key(_) => Code::WrongUsbKey,
        ReadFrom::Elsewhere if is_there() => Code::LicenseBelongsOnKey,
        ReadFrom::Elsewhere | ReadFrom::PulledKey => Code::UsbKeyMissing,
    }))
}

/// The time in which a license runs; `None` where it does not end.
fn term_of(license: &License) -> Option<Lease> {
    match license.term {
        LicenseTerm::Perpetual => None,
        LicenseTerm::Until(expires_at) => Some(Lease {
            starts: license.not_before,
            expires_at,
            grace_until: expires_at.plus(license.grace),
        }),
    }
}

fn of_term(license: &License, now: Timestamp) -> Standing {
    let running = |state, until| Standing {
        until,
        features: license.features.clone(),
        ..Standing::plain(state)
    };
    let Some(term) = term_of(license) else {
        return running(State::Licensed, None);
    };
    let ended = Problem::new(Code::LicenseEnded).with("until", term.expires_at);
    match term.phase(now) {
        Phase::Running => running(State::Licensed, Some(term.expires_at)),
        Phase::Grace => Standing {
            problem: Some(ended),
            ..running(State::Grace, Some(term.grace_until))
        },
        Phase::Over => Standing {
            until: Some(term.expires_at),
            ..Standing::with_reason(State::Expired, ended)
        },
    }
}

/// Whether a license file may be kept on this computer. `kept` is the file of the same license that is
/// kept already, `newest_seen` the highest sequence number that was ever seen of it; `present` are the
/// components of this device for its vendor and product.
///
/// One that was suspended or revoked is taken like any other: it takes the place of the one before.
///
/// # Errors
/// `license_belongs_on_key` where it is bound to a USB key, `license_superseded`, `wrong_device`.
pub fn may_keep_license(
    license: &License,
    kept: Option<&License>,
    newest_seen: Option<Sequence>,
    present: &Fingerprint,
) -> Result<Acceptance, Refusal> {
    match &license.binding {
        Binding::Usb { .. } => return Err(Refusal::LicenseBelongsOnKey),
        Binding::Device {
            components,
            tolerance,
        } => {
            let found = compare(components, present, *tolerance);
            if !found.within {
                return Err(Refusal::Standing {
                    problem: wrong_device(&found.changed),
                });
            }
        }
        Binding::Unbound => {}
    }
    if kept == Some(license) {
        return Ok(Acceptance::AlreadyApplied);
    }
    if newest_seen.is_some_and(|newest| license.sequence < newest) {
        return Err(Refusal::LicenseSuperseded);
    }
    Ok(Acceptance::Apply)
}

/// What is told first where nothing runs: what its user can mend at once, then what takes the vendor, and
/// last that there is nothing.
const MOST_HELPFUL_FIRST: [Code; 20] = [
    Code::StoreDamaged,
    Code::AwaitingAnswer,
    Code::UsbVolumeMissing,
    Code::UsbKeyMissing,
    Code::ClockBehind,
    Code::LicenseClockBehind,
    Code::LicenseBelongsOnKey,
    Code::LicenseNotYet,
    Code::WrongDevice,
    Code::LeaseEnded,
    Code::LicenseEnded,
    Code::SubscriptionEnded,
    Code::WrongUsbKey,
    Code::LicenseSuperseded,
    Code::Suspended,
    Code::Revoked,
    Code::UntrustedKey,
    Code::Tampered,
    Code::Deactivated,
    Code::NotActivated,
];

/// Which of the standings of one product counts: any that runs before any that does not; of those that run
/// the one in the better state, then the one that lasts longest; of those that do not the one whose
/// reason helps its user most. Of equals the first. `None` where there are none.
pub fn best_standing<'a>(standings: impl IntoIterator<Item = &'a Standing>) -> Option<usize> {
    let ranked = standings.into_iter().enumerate();
    let best = ranked.min_by_key(|(place, standing)| (rank(standing), *place));
    best.map(|(place, _)| place)
}

/// Less is better.
fn rank(standing: &Standing) -> (u8, u64, usize) {
    let state = match standing.state {
        State::Licensed => 0,
        State::Grace => 1,
        State::Emergency => 2,
        State::Unlicensed | State::Expired | State::Stopped | State::Blocked => 3,
    };
    if standing.state.runs() {
        let lasts = standing.until.map_or(u64::MAX, Timestamp::unix);
        return (state, u64::MAX - lasts, 0);
    }
    let helpful = MOST_HELPFUL_FIRST
        .iter()
        .position(|code| standing.reason() == Some(*code));
    (state, 0, helpful.unwrap_or(MOST_HELPFUL_FIRST.len() - 2))
}
