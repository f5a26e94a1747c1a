//! Emergency runs: allowed in advance by the grant, taken without the vendor (rules, *Emergency
//! runs*).

use keyferry_catalogue::Code;
use keyferry_token::{EmergencyAllowance, Grant, Seconds, State, Timestamp};

use crate::{Lease, Refusal, Standing, lease::capped};

/// How long after grace the runs that a grant allows can still be begun, beside their own length: who
/// was away for two weeks is not stranded.
pub const EMERGENCY_WINDOW: Seconds = Seconds::days(14);

/// What a product says about emergency runs; its grants say until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmergencyTerms {
    /// How long one run lasts.
    pub length: Seconds,
    /// How many runs a grant allows.
    pub uses: u8,
    /// Whether one may be taken when the device no longer fits its fingerprint.
    pub on_wrong_device: bool,
}

/// An emergency run that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmergencyRun {
    /// When, by the time that counts ([`crate::Clock::effective`]).
    pub started: Timestamp,
    /// When it is over.
    pub ends: Timestamp,
}

/// What can be told about the emergency runs of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmergencyFacts {
    /// How long one run lasts.
    pub length: Seconds,
    /// How many can still be taken.
    pub uses_left: u8,
    /// When the last one ends at the latest.
    pub ends_at: Timestamp,
    /// Whether one can be taken now.
    pub available: bool,
    /// When the one that runs now is over.
    pub running_until: Option<Timestamp>,
}

/// The emergency runs that a grant with this lease allows; none where the product has none. The last
/// one ends [`EMERGENCY_WINDOW`] after there was time for all of them, and never later than the
/// subscription.
pub fn emergency_allowance(
    terms: Option<&EmergencyTerms>,
    lease: &Lease,
    subscription_end: Option<Timestamp>,
) -> Option<EmergencyAllowance> {
    let terms = terms.filter(|terms| terms.uses > 0 && terms.length > Seconds::ZERO)?;
    let all = Seconds::new(terms.length.get().saturating_mul(u64::from(terms.uses)));
    Some(EmergencyAllowance {
        length: terms.length,
        uses: terms.uses,
        ends_at: capped(
            lease.grace_until.plus(all).plus(EMERGENCY_WINDOW),
            subscription_end,
        ),
        on_wrong_device: terms.on_wrong_device,
    })
}

/// Whether an emergency run may be taken now, and which. `grant` is the one that the standing rests
/// on, `runs_taken` how many were taken of it: a grant with another sequence number brings its
/// allowance anew. `now` is the time that counts.
///
/// It ends after its length, with the allowance, or with the subscription, whichever is first.
///
/// # Errors
/// `emergency_not_needed` while the program runs; `emergency_not_allowed`, `emergency_used_up`,
/// `emergency_over`. Where something else keeps the program from running, that standing's own code:
/// a run is for the end of the lease, and for another device where the grant says so.
pub fn may_take_emergency(
    standing: &Standing,
    grant: Option<&Grant>,
    runs_taken: u32,
    now: Timestamp,
) -> Result<EmergencyRun, Refusal> {
    let wrong_device = match (standing.state, &standing.problem) {
        (state, _) if state.runs() => {
            return Err(Refusal::EmergencyNotNeeded {
                until: standing.until,
            });
        }
        (State::Expired, Some(problem)) if problem.code == Code::LeaseEnded => false,
        (State::Blocked, Some(problem)) if problem.code == Code::WrongDevice => true,
        (_, Some(problem)) => {
            return Err(Refusal::Standing {
                problem: problem.clone(),
            });
        }
        (_, None) => return Err(Refusal::EmergencyNotAllowed),
    };
    let (grant, allowance) = grant
        .and_then(|grant| Some((grant, allowance_of(grant)?)))
        .filter(|(_, allowance)| allowance.on_wrong_device || !wrong_device)
        .ok_or(Refusal::EmergencyNotAllowed)?;
    if runs_taken >= u32::from(allowance.uses) {
        return Err(Refusal::EmergencyUsedUp {
            uses: allowance.uses,
        });
    }
    let ended = last_end(grant, allowance);
    if ended <= now {
        return Err(Refusal::EmergencyOver { ended });
    }
    Ok(EmergencyRun {
        started: now,
        ends: now.plus(allowance.length).min(ended),
    })
}

/// What can be told about emergency runs; nothing where the grant allows none. Takes what
/// [`may_take_emergency`] takes.
pub fn emergency_facts(
    standing: &Standing,
    grant: Option<&Grant>,
    runs_taken: u32,
    now: Timestamp,
) -> Option<EmergencyFacts> {
    let allowance = allowance_of(grant?)?;
    let taken = u8::try_from(runs_taken).unwrap_or(u8::MAX);
    Some(EmergencyFacts {
        length: allowance.length,
        uses_left: allowance.uses.saturating_sub(taken),
        ends_at: last_end(grant?, allowance),
        available: may_take_emergency(standing, grant, runs_taken, now).is_ok(),
        running_until: standing
            .until
            .filter(|_| standing.state == State::Emergency),
    })
}

impl EmergencyRun {
    /// When this run is over under a grant, if it is on at `now`. What was kept about it counts only
    /// as far as the grant allows it.
    pub(crate) fn running_until(
        self,
        grant: &Grant,
        wrong_device: bool,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let allowance = allowance_of(grant)?;
        let ends = self
            .ends
            .min(self.started.plus(allowance.length))
            .min(last_end(grant, allowance));
        let allowed = allowance.on_wrong_device || !wrong_device;
        (allowed && self.started <= now && now < ends).then_some(ends)
    }
}

/// A grant's allowance, unless it allows nothing.
fn allowance_of(grant: &Grant) -> Option<&EmergencyAllowance> {
    grant
        .emergency
        .as_ref()
        .filter(|allowance| allowance.uses > 0 && allowance.length > Seconds::ZERO)
}

fn last_end(grant: &Grant, allowance: &EmergencyAllowance) -> Timestamp {
    capped(allowance.ends_at, grant.subscription_end)
}
