//! How long an activation may run offline: rule A2, and what a grant says about it.

use keyferry_token::{EmergencyAllowance, Grant, Seconds, Timestamp};

/// What an entitlement says about the length of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long a device may work without asking again.
    pub offline_lease_period: Seconds,
    /// How long the program runs on after the lease.
    pub grace: Seconds,
    /// When what the customer bought ends, if it does.
    pub subscription_end: Option<Timestamp>,
}

/// A stretch of time in which an activation runs. Ends are exclusive: at `expires_at` the lease is
/// over, as at the `exp` of RFC 8392 §3.1.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// When it was given.
    pub starts: Timestamp,
    /// When it is over.
    pub expires_at: Timestamp,
    /// When the grace that follows it is over; without grace the same as `expires_at`.
    pub grace_until: Timestamp,
}

/// Where a point in time lies in a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Before the end of the lease.
    Running,
    /// The lease is over, its grace is not.
    Grace,
    /// Both are over.
    Over,
}

/// The lease that is given at `now` (rule A2): it ends after the offline lease period or with the
/// subscription, whichever comes first; grace follows it and never passes the subscription's end.
///
/// When the subscription ended before `now`, so did the lease; [`crate::decide`] refuses earlier.
pub fn lease(now: Timestamp, terms: &Terms) -> Lease {
    Lease::until(
        now,
        now.plus(terms.offline_lease_period),
        terms.grace,
        terms.subscription_end,
    )
}

impl Lease {
    /// The lease that a grant gives; `None` when its seat is suspended or revoked. `issued_at` is
    /// when the token that carries the grant was made.
    pub fn of(grant: &Grant, issued_at: Timestamp) -> Option<Self> {
        grant
            .lease_expires_at
            .map(|end| Self::until(issued_at, end, grant.grace, grant.subscription_end))
    }

    /// Where `at` lies in it.
    pub fn phase(&self, at: Timestamp) -> Phase {
        if at < self.expires_at {
            Phase::Running
        } else if at < self.grace_until {
            Phase::Grace
        } else {
            Phase::Over
        }
    }

    /// Until when a device can run on this lease at the latest: lease, grace, and an emergency run
    /// granted with it (rule A5). Before then its seat cannot be taken by another device.
    pub fn held_until(
        &self,
        emergency: Option<&EmergencyAllowance>,
        subscription_end: Option<Timestamp>,
    ) -> Timestamp {
        let run = emergency
            .filter(|allowance| allowance.uses > 0 && allowance.length > Seconds::ZERO)
            .map(|allowance| capped(allowance.ends_at, subscription_end));
        run.map_or(self.grace_until, |end| end.max(self.grace_until))
    }

    fn until(
        starts: Timestamp,
        end: Timestamp,
        grace: Seconds,
        subscription_end: Option<Timestamp>,
    ) -> Self {
        let expires_at = capped(end, subscription_end);
        Self {
            starts,
            expires_at,
            grace_until: capped(expires_at.plus(grace), subscription_end),
        }
    }
}

pub(crate) fn capped(end: Timestamp, subscription_end: Option<Timestamp>) -> Timestamp {
    subscription_end.map_or(end, |cap| end.min(cap))
}
