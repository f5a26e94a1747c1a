//! The answer to *may it run?*: state, reason, until when (rules, *Standing*).

use keyferry_catalogue::{Code, Exit, Problem};
use keyferry_token::{
    ActivationResponse, ComponentKind, Feature, Fingerprint, Grant, Refresh, SeatStatus, Seconds,
    State, Timestamp, Verified, VerifyFault,
};

use crate::{Clock, EmergencyRun, Lease, Match, Phase, compare};

/// How long before it stops the end of what runs is announced.
pub const END_NOTICE: Seconds = Seconds::days(14);

/// Where a program's license stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What it is.
    pub state: State,
    /// Why, unless it is simply licensed: the code with the data of its texts. The next step is the
    /// one of this code.
    pub problem: Option<Problem>,
    /// While it runs: when this state ends. When it is over: when that which the reason names
    /// ended.
    pub until: Option<Timestamp>,
    /// What the program may do; nothing while it does not run.
    pub features: Vec<Feature>,
    /// The components that changed since enrolment, within tolerance or not.
    pub changed: Vec<ComponentKind>,
    /// Whether they are too many for the device that the grant enrols, whatever the reason above is.
    pub other_device: bool,
    /// The lease of the grant, where a trusted one is here.
    pub lease: Option<Lease>,
}

impl Standing {
    /// The code of the reason.
    pub fn reason(&self) -> Option<Code> {
        self.problem.as_ref().map(|problem| problem.code)
    }

    /// With what a command ends that was asked for this standing.
    pub fn exit(&self) -> Exit {
        match self.reason() {
            Some(code) if !self.state.runs() => code.exit(),
            _ => Exit::Runs,
        }
    }

    /// Whether it runs and its end is near enough to be announced: within [`END_NOTICE`], be it that
    /// of the lease, of grace or of an emergency run, each no later than the subscription's.
    /// `effective` is [`Clock::effective`].
    pub fn end_is_near(&self, effective: Timestamp) -> bool {
        self.state.runs()
            && self
                .until
                .is_some_and(|until| effective.plus(END_NOTICE) >= until)
    }

    /// How many whole days it still runs as it stands: 0 on the last one. `None` when it does not
    /// run. `effective` is [`Clock::effective`].
    pub fn days_left(&self, effective: Timestamp) -> Option<u64> {
        let until = self.until.filter(|_| self.state.runs())?;
        Some(until.since(effective).get() / Seconds::DAY.get())
    }

    pub(crate) fn with_reason(state: State, reason: impl Into<Problem>) -> Self {
        Self {
            problem: Some(reason.into()),
            ..Self::plain(state)
        }
    }

    pub(crate) fn plain(state: State) -> Self {
        Self {
            state,
            problem: None,
            until: None,
            features: Vec::new(),
            changed: Vec::new(),
            other_device: false,
            lease: None,
        }
    }
}

/// A grant whose signature was checked, and when the vendor signed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantHeld<'a> {
    grant: &'a Grant,
    issued_at: Timestamp,
}

impl<'a> From<&'a Verified<ActivationResponse>> for GrantHeld<'a> {
    fn from(response: &'a Verified<ActivationResponse>) -> Self {
        Self {
            grant: &response.grant,
            issued_at: response.issued_at,
        }
    }
}

impl<'a> From<&'a Verified<Refresh>> for GrantHeld<'a> {
    fn from(refresh: &'a Verified<Refresh>) -> Self {
        Self {
            grant: &refresh.grant,
            issued_at: refresh.issued_at,
        }
    }
}

impl<'a> GrantHeld<'a> {
    /// The grant.
    pub const fn grant(self) -> &'a Grant {
        self.grant
    }

    /// When the vendor signed it.
    pub const fn issued_at(self) -> Timestamp {
        self.issued_at
    }
}

/// What the store holds for a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held<'a> {
    /// No grant.
    Nothing,
    /// A grant that the vendor signed for this device.
    Grant(GrantHeld<'a>),
    /// Something in the place of a grant that does not stand up to the check.
    Refused(&'a VerifyFault),
}

/// In what state the store was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreCondition {
    /// As it was written.
    Intact,
    /// Damaged, or fallen back to its previous generation.
    Damaged,
}

/// Everything that a standing rests on.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The store's condition.
    pub store: StoreCondition,
    /// What it holds for the product.
    pub held: Held<'a>,
    /// Whether a request for the product waits for its answer.
    pub awaiting_answer: bool,
    /// Whether the product was deactivated here, and nothing was granted since.
    pub deactivated: bool,
    /// The emergency run that was taken last of the grant that is held.
    pub emergency: Option<EmergencyRun>,
    /// The components of this device as they are now, for the vendor and the product.
    pub present: &'a Fingerprint,
    /// The clock over the floor.
    pub clock: Clock,
}

/// Where a license stands. The first that applies counts: a damaged store, no grant, a grant that
/// fails its check, suspended or revoked, the clock, the device, the lease. What mends least comes
/// first, so that no reason hides one that is graver. An emergency run lifts the end of the lease,
/// and another device where the grant says so; nothing else.
pub fn standing(facts: &Facts<'_>) -> Standing {
    if facts.store == StoreCondition::Damaged {
        return Standing::with_reason(State::Blocked, Code::StoreDamaged);
    }
    match facts.held {
        Held::Nothing if facts.awaiting_answer => {
            Standing::with_reason(State::Unlicensed, Code::AwaitingAnswer)
        }
        Held::Nothing if facts.deactivated => {
            Standing::with_reason(State::Unlicensed, Code::Deactivated)
        }
        Held::Nothing => Standing::with_reason(State::Unlicensed, Code::NotActivated),
        Held::Refused(fault) => Standing::with_reason(State::Blocked, refused(fault)),
        Held::Grant(held) => {
            let device = compare(&held.grant.enrolled, facts.present, held.grant.tolerance);
            Standing {
                other_device: !device.within,
                changed: device.changed.clone(),
                ..of_grant(held, facts, &device)
            }
        }
    }
}

/// A key that is no longer trusted can be mended by a newer profile; anything else that fails the
/// check was not there when the response was applied.
fn refused(fault: &VerifyFault) -> Problem {
    match fault {
        VerifyFault::UntrustedKey { .. } => fault.problem(),
        VerifyFault::Signature
        | VerifyFault::OtherRecipient
        | VerifyFault::OtherVendor
        | VerifyFault::Content(_) => Problem::new(Code::Tampered),
    }
}

fn of_grant(held: GrantHeld<'_>, facts: &Facts<'_>, device: &Match) -> Standing {
    let GrantHeld { grant, issued_at } = held;
    let stopped = |code| Standing::with_reason(State::Stopped, code);
    let lease = match (grant.status, Lease::of(grant, issued_at)) {
        (SeatStatus::Revoked, _) => return stopped(Code::Revoked),
        (SeatStatus::Suspended, _) => return stopped(Code::Suspended),
        (SeatStatus::Active, Some(lease)) => lease,
        // The format refuses an active grant without a lease.
        (SeatStatus::Active, None) => return Standing::with_reason(State::Blocked, Code::Tampered),
    };
    let with_lease = |standing| Standing {
        lease: Some(lease),
        ..standing
    };
    let now = match facts.clock.with_signed(issued_at).checked() {
        Ok(now) => now,
        Err(refusal) => {
            return with_lease(Standing::with_reason(State::Blocked, refusal.problem()));
        }
    };
    let found = if device.within {
        of_lease(grant, &lease, now)
    } else {
        Standing::with_reason(State::Blocked, wrong_device(&device.changed))
    };
    // No run passes the end of the subscription, so what is lifted is the lease or the device.
    let lifted = facts
        .emergency
        .filter(|_| !found.state.runs())
        .and_then(|run| run.running_until(grant, !device.within, now));
    with_lease(match lifted {
        Some(ends) => Standing {
            state: State::Emergency,
            until: Some(ends),
            features: grant.features.clone(),
            ..found
        },
        None => found,
    })
}

pub(crate) fn wrong_device(changed: &[ComponentKind]) -> Problem {
    Problem::new(Code::WrongDevice).with("changed", names(changed))
}

fn of_lease(grant: &Grant, lease: &Lease, now: Timestamp) -> Standing {
    let lease_ended = || Problem::new(Code::LeaseEnded).with("until", lease.expires_at);
    match lease.phase(now) {
        Phase::Running => Standing {
            until: Some(lease.expires_at),
            features: grant.features.clone(),
            ..Standing::plain(State::Licensed)
        },
        Phase::Grace => Standing {
            until: Some(lease.grace_until),
            features: grant.features.clone(),
            ..Standing::with_reason(State::Grace, lease_ended())
        },
        Phase::Over => match grant.subscription_end.filter(|end| *end <= now) {
            Some(end) => Standing {
                until: Some(end),
                ..Standing::with_reason(
                    State::Expired,
                    Problem::new(Code::SubscriptionEnded).with("until", end),
                )
            },
            None => Standing {
                until: Some(lease.expires_at),
                ..Standing::with_reason(State::Expired, lease_ended())
            },
        },
    }
}

fn names(kinds: &[ComponentKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(",")
}

#[cfg(test)]
mod tests;
