//! The answer to *may it run?*: state, reason, until when (rules, *Standing*).

use keyferry_catalogue::{Code, Exit, Problem};
use keyferry_token::{
    ActivationResponse, ComponentKind, Feature, Fingerprint, Grant, SeatStatus, Seconds, State,
    Timestamp, Verified, VerifyFault,
};

use crate::{Clock, Lease, Phase, compare};

/// How long before its end the end of a lease is announced.
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

    /// Whether the end of the lease is near enough to be announced: [`END_NOTICE`] before it.
    /// `effective` is [`Clock::effective`].
    pub fn end_is_near(&self, effective: Timestamp) -> bool {
        self.state == State::Licensed
            && self
                .until
                .is_some_and(|until| effective.plus(END_NOTICE) >= until)
    }

    fn with_reason(state: State, reason: impl Into<Problem>) -> Self {
        Self {
            problem: Some(reason.into()),
            ..Self::plain(state)
        }
    }

    fn plain(state: State) -> Self {
        Self {
            state,
            problem: None,
            until: None,
            features: Vec::new(),
            changed: Vec::new(),
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
    /// The components of this device as they are now, for the vendor and the product.
    pub present: &'a Fingerprint,
    /// The clock over the floor.
    pub clock: Clock,
}

/// Where a license stands. The first that applies counts: a damaged store, no grant, a grant that
/// fails its check, suspended or revoked, the clock, the device, the lease. What mends least comes
/// first, so that no reason hides one that is graver.
pub fn standing(facts: &Facts<'_>) -> Standing {
    if facts.store == StoreCondition::Damaged {
        return Standing::with_reason(State::Blocked, Code::StoreDamaged);
    }
    match facts.held {
        Held::Nothing if facts.awaiting_answer => {
            Standing::with_reason(State::Unlicensed, Code::AwaitingAnswer)
        }
        Held::Nothing => Standing::with_reason(State::Unlicensed, Code::NotActivated),
        Held::Refused(fault) => Standing::with_reason(State::Blocked, refused(fault)),
        Held::Grant(held) => of_grant(held, facts),
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

fn of_grant(held: GrantHeld<'_>, facts: &Facts<'_>) -> Standing {
    let GrantHeld { grant, issued_at } = held;
    let stopped = |code| Standing::with_reason(State::Stopped, code);
    let lease = match (grant.status, Lease::of(grant, issued_at)) {
        (SeatStatus::Revoked, _) => return stopped(Code::Revoked),
        (SeatStatus::Suspended, _) => return stopped(Code::Suspended),
        (SeatStatus::Active, Some(lease)) => lease,
        // The format refuses an active grant without a lease.
        (SeatStatus::Active, None) => return Standing::with_reason(State::Blocked, Code::Tampered),
    };
    let now = match facts.clock.with_signed(issued_at).checked() {
        Ok(now) => now,
        Err(refusal) => {
            return Standing {
                lease: Some(lease),
                ..Standing::with_reason(State::Blocked, refusal.problem())
            };
        }
    };
    let device = compare(&grant.enrolled, facts.present, grant.tolerance);
    let of_device = |standing| Standing {
        changed: device.changed.clone(),
        lease: Some(lease),
        ..standing
    };
    if !device.within {
        let wrong = Problem::new(Code::WrongDevice).with("changed", names(&device.changed));
        return of_device(Standing::with_reason(State::Blocked, wrong));
    }
    of_device(of_lease(grant, &lease, now))
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
