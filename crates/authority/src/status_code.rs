//! What a customer reads out on the phone, explained.

use keyferry_catalogue::{Code, Holds, Language, Phrase, Problem};
use keyferry_token::{ComponentKind, Seconds, State, StatusCode, Timestamp};

use crate::{Activation, Authority, DatabaseFault, register};

/// Activations that are told at most.
const MOST: u32 = 5;

/// What a status code says, and which activations it may be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusExplained {
    /// What the license is to its program.
    pub state: State,
    /// Why; `None` where it is simply licensed, and where the program that made the code is newer
    /// and gives a reason that this one does not know.
    pub reason: Option<Code>,
    /// The reason's number, known or not.
    pub reason_number: Option<u16>,
    /// The day on the device's clock: its first second in UTC.
    pub day: Timestamp,
    /// Days from then to the day on which the lease ends; below zero when it is over, −511 and 511
    /// for that many or more.
    pub ends_in: Option<i16>,
    /// The day on which the lease ends, where it is near enough to be told.
    pub ends_on: Option<Timestamp>,
    /// The components that changed since enrolment.
    pub changed: Vec<ComponentKind>,
    /// Activations that it may be about, the most likely first; at most five.
    pub candidates: Vec<Activation>,
}

impl StatusExplained {
    /// The reason with the data that its text names, as far as the code tells it: its next step is
    /// the likely fix. An end is told as a day, since the code knows no more.
    pub fn problem(&self) -> Option<Problem> {
        let problem = Problem::new(self.reason?);
        let names: Vec<&str> = self.changed.iter().map(|kind| kind.name()).collect();
        let takes = |name| {
            let mut placeholders = problem.code.placeholders().iter();
            placeholders.any(|placeholder| placeholder.name == name)
        };
        let (until, changed) = (self.ends_on.filter(|_| takes("until")), takes("changed"));
        let problem = match until {
            Some(end) => problem.with("until", whole_day(end)),
            None => problem,
        };
        Some(if changed {
            problem.with("changed", names.join(","))
        } else {
            problem
        })
    }

    /// One sentence to read out.
    pub fn sentence(&self, language: Language) -> String {
        let state = Holds::State.in_words(self.state.name(), language);
        let reason = self.problem().map(|problem| problem.message(language));
        match (self.state, reason) {
            (State::Licensed, None) => match self.ends_on {
                Some(end) => {
                    let until = whole_day(end).to_string();
                    Phrase::StandingLicensedUntil.fill(language, &[("until", &until)])
                }
                None => format!("{state}."),
            },
            (State::Licensed | State::Grace | State::Emergency, Some(reason)) => {
                format!("{state}. {reason}")
            }
            (_, Some(reason)) => reason,
            (_, None) => match self.reason_number {
                Some(number) => format!("{state} (KF-{number})."),
                None => format!("{state}."),
            },
        }
    }

    /// The day on the device's clock, to be shown as a day.
    pub fn whole_day(&self) -> Timestamp {
        whole_day(self.day)
    }
}

/// The last second of a day, which reads as the day alone.
fn whole_day(day: Timestamp) -> Timestamp {
    day.plus(Seconds::new(Seconds::DAY.get() - 1))
}

/// The code with this number; a newer program has some that this one does not know.
pub(crate) fn known_code(number: u16) -> Option<Code> {
    let mut all = Code::ALL.iter().copied();
    all.find(|code| code.number() == number)
}

impl Authority {
    /// Explains a status code. It proves nothing, and tells two activations apart only most of the
    /// time: what is found in the books is what it may be about.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn explain_status_code(
        &self,
        code: &StatusCode,
    ) -> Result<StatusExplained, DatabaseFault> {
        let told = |days: i16| (days.abs() < 511).then_some(days);
        let ends_on = code.ends_in().and_then(told).map(|days| {
            let length = Seconds::days(days.unsigned_abs().into());
            if days < 0 {
                code.day().minus(length)
            } else {
                code.day().plus(length)
            }
        });
        let candidates = match code.hint() {
            Some(hint) => {
                let mut transaction = self.database.read().await?;
                register::hinted_at(&mut transaction, hint, ends_on, MOST).await?
            }
            None => Vec::new(),
        };
        Ok(StatusExplained {
            state: code.state(),
            reason: code.reason().and_then(known_code),
            reason_number: code.reason(),
            day: code.day(),
            ends_in: code.ends_in(),
            ends_on,
            changed: code.changed(),
            candidates,
        })
    }
}
