//! Why a rule says no.

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{Name, Timestamp};

/// Why a rule says no, with the data that its text names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The product answers no offline requests (rule A1).
    #[error("{product} answers no offline requests")]
    OfflineNotEnabled {
        /// The product's name.
        product: Name,
    },
    /// The entitlement has no offline lease period (rule A1).
    #[error("the entitlement has no offline lease period")]
    OfflineLeaseMissing,
    /// Every seat is held (rule A5).
    #[error("all {seats} seats are held")]
    NoFreeSeat {
        /// How many seats there are.
        seats: u32,
        /// When the next one can be taken, if time alone frees one.
        next_free: Option<Timestamp>,
    },
    /// The vendor suspended the entitlement (rule A8).
    #[error("the entitlement is suspended")]
    EntitlementSuspended,
    /// The vendor revoked the entitlement (rule A8).
    #[error("the entitlement is revoked")]
    EntitlementRevoked,
    /// What was bought is over (rule A2).
    #[error("the entitlement ended at {ended}")]
    EntitlementEnded {
        /// When it ended.
        ended: Timestamp,
    },
    /// The seat moved as often as the vendor allows in a year (rules A4, A9).
    #[error("the seat moved {cap} times in a year")]
    ReactivationCapReached {
        /// How often it may move in a year.
        cap: u32,
    },
    /// Another device holds the seat for good (rules A3, A5).
    #[error("another device holds the seat")]
    ActivationSuperseded,
    /// A later request of the device was answered (rule A4).
    #[error("a later request of this device was answered")]
    RequestSuperseded,
    /// Another request of the same number was answered (rule A4).
    #[error("another request of the same number was answered")]
    RequestForked,
    /// Too few components to recognise the device again.
    #[error("too few components to recognise the device again")]
    FingerprintTooSmall,
    /// The license runs (rule C1).
    #[error("the license runs")]
    AlreadyActive {
        /// When its lease ends, if it does.
        until: Option<Timestamp>,
    },
    /// The answer belongs to no request that waits for one (rule C2).
    #[error("no request waits for this answer")]
    AnswersNothingOutstanding,
    /// The answer names another product than its request (rule C2).
    #[error("the answer is for another product than its request")]
    AnswerForOtherProduct,
    /// The clock is far behind a time that was already seen.
    #[error("the clock is behind")]
    ClockBehind,
}

impl Refusal {
    /// The catalogue code.
    pub fn code(&self) -> Code {
        match self {
            Self::OfflineNotEnabled { .. } => Code::OfflineNotEnabled,
            Self::OfflineLeaseMissing => Code::OfflineLeaseMissing,
            Self::NoFreeSeat { .. } => Code::NoFreeSeat,
            Self::EntitlementSuspended => Code::EntitlementSuspended,
            Self::EntitlementRevoked => Code::EntitlementRevoked,
            Self::EntitlementEnded { .. } => Code::EntitlementEnded,
            Self::ReactivationCapReached { .. } => Code::ReactivationCapReached,
            Self::ActivationSuperseded => Code::ActivationSuperseded,
            Self::RequestSuperseded => Code::RequestSuperseded,
            Self::RequestForked => Code::RequestForked,
            Self::FingerprintTooSmall => Code::FingerprintTooSmall,
            Self::AlreadyActive { .. } => Code::AlreadyActive,
            Self::AnswersNothingOutstanding => Code::AnswersNothingOutstanding,
            Self::AnswerForOtherProduct => Code::AnswerForOtherProduct,
            Self::ClockBehind => Code::ClockBehind,
        }
    }

    /// The code with the data that its text names. A time that is not known is left out, and the
    /// text says so.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::OfflineNotEnabled { product } => problem.with("product", product),
            Self::NoFreeSeat { seats, next_free } => {
                with_time(problem.with("seats", seats), "next_free", *next_free)
            }
            Self::EntitlementEnded { ended } => problem.with("ended", ended),
            Self::ReactivationCapReached { cap } => problem.with("cap", cap),
            Self::AlreadyActive { until } => with_time(problem, "until", *until),
            Self::OfflineLeaseMissing
            | Self::EntitlementSuspended
            | Self::EntitlementRevoked
            | Self::ActivationSuperseded
            | Self::RequestSuperseded
            | Self::RequestForked
            | Self::FingerprintTooSmall
            | Self::AnswersNothingOutstanding
            | Self::AnswerForOtherProduct
            | Self::ClockBehind => problem,
        }
    }
}

fn with_time(problem: Problem, name: &'static str, time: Option<Timestamp>) -> Problem {
    match time {
        Some(time) => problem.with(name, time),
        None => problem,
    }
}
