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
    /// The seat was released without its device (rule A9).
    #[error("the activation was released")]
    ActivationReleased,
    /// The device gave its seat back (rule A7).
    #[error("the activation was deactivated")]
    ActivationDeactivated,
    /// The device had a trial of the product before (rule A15).
    #[error("the device had a trial of the product")]
    TrialUsed,
    /// The device was reported lost, and not allowed again (rule A9).
    #[error("the device is blocked for the entitlement")]
    DeviceBlocked,
    /// As many seats were released as the vendor allows in a year (rule A9).
    #[error("{cap} seats were released in a year")]
    ReleaseCapReached {
        /// How many may be released in a year.
        cap: u32,
    },
    /// Another device signed the deactivation (rule A7).
    #[error("another device signed the deactivation")]
    DeactivationOfOther,
    /// Another token of the same number was answered or applied (rule A7).
    #[error("another token of the deactivation's number was received")]
    DeactivationForked,
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
    /// The refresh is not newer than the grant that is here (rule C3).
    #[error("the refresh is not newer than the grant")]
    RefreshOlder,
    /// The refresh is for an activation that is not here (rule C3).
    #[error("the refresh is for an activation that is not here")]
    RefreshForOtherActivation,
    /// There is no activation to give back (rule C4).
    #[error("{product} is not activated here")]
    NothingToDeactivate {
        /// The product's name.
        product: Name,
    },
    /// The clock is far behind a time that was already seen.
    #[error("the clock is behind")]
    ClockBehind,
    /// The clock is not behind: there is nothing to ask for.
    #[error("the clock is not behind")]
    ClockNotBehind,
    /// The clock is behind for a license file, for which no time can be asked.
    #[error("the clock is behind for a license file")]
    LicenseClockBehind,
    /// No time request waits for this answer.
    #[error("no time request waits for this answer")]
    TimeNotAskedFor,
    /// The grant allows no emergency run, or not for what has happened.
    #[error("the grant allows no emergency run for this")]
    EmergencyNotAllowed,
    /// The program runs.
    #[error("the program runs")]
    EmergencyNotNeeded {
        /// Until when, as it stands.
        until: Option<Timestamp>,
    },
    /// All emergency runs of the grant were taken.
    #[error("all {uses} emergency runs were taken")]
    EmergencyUsedUp {
        /// How many there were.
        uses: u8,
    },
    /// The time for emergency runs is over.
    #[error("the time for emergency runs ended at {ended}")]
    EmergencyOver {
        /// When it ended.
        ended: Timestamp,
    },
    /// A license file that is bound to a USB key counts there only.
    #[error("the license is bound to a USB key")]
    LicenseBelongsOnKey,
    /// A newer file of the license was seen.
    #[error("a newer file of the license was seen")]
    LicenseSuperseded,
    /// The standing itself speaks against it.
    #[error("the standing is {}", problem.code)]
    Standing {
        /// What keeps the program from running.
        problem: Problem,
    },
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
            Self::ActivationReleased => Code::ActivationReleased,
            Self::ActivationDeactivated => Code::ActivationDeactivated,
            Self::TrialUsed => Code::TrialUsed,
            Self::DeviceBlocked => Code::DeviceBlocked,
            Self::ReleaseCapReached { .. } => Code::ReleaseCapReached,
            Self::DeactivationOfOther => Code::DeactivationOfOther,
            Self::DeactivationForked => Code::DeactivationForked,
            Self::RequestSuperseded => Code::RequestSuperseded,
            Self::RequestForked => Code::RequestForked,
            Self::FingerprintTooSmall => Code::FingerprintTooSmall,
            Self::AlreadyActive { .. } => Code::AlreadyActive,
            Self::AnswersNothingOutstanding => Code::AnswersNothingOutstanding,
            Self::AnswerForOtherProduct => Code::AnswerForOtherProduct,
            Self::RefreshOlder => Code::RefreshOlder,
            Self::RefreshForOtherActivation => Code::RefreshForOtherActivation,
            Self::NothingToDeactivate { .. } => Code::NothingToDeactivate,
            Self::ClockBehind => Code::ClockBehind,
            Self::ClockNotBehind => Code::ClockNotBehind,
            Self::LicenseClockBehind => Code::LicenseClockBehind,
            Self::TimeNotAskedFor => Code::TimeNotAskedFor,
            Self::EmergencyNotAllowed => Code::EmergencyNotAllowed,
            Self::EmergencyNotNeeded { .. } => Code::EmergencyNotNeeded,
            Self::EmergencyUsedUp { .. } => Code::EmergencyUsedUp,
            Self::EmergencyOver { .. } => Code::EmergencyOver,
            Self::LicenseBelongsOnKey => Code::LicenseBelongsOnKey,
            Self::LicenseSuperseded => Code::LicenseSuperseded,
            Self::Standing { problem } => problem.code,
        }
    }

    /// The code with the data that its text names. A time that is not known is left out, and the
    /// text says so.
    pub fn problem(&self) -> Problem {
        let problem = Problem::new(self.code());
        match self {
            Self::OfflineNotEnabled { product } | Self::NothingToDeactivate { product } => {
                problem.with("product", product)
            }
            Self::NoFreeSeat { seats, next_free } => {
                with_time(problem.with("seats", seats), "next_free", *next_free)
            }
            Self::EntitlementEnded { ended } | Self::EmergencyOver { ended } => {
                problem.with("ended", ended)
            }
            Self::ReactivationCapReached { cap } | Self::ReleaseCapReached { cap } => {
                problem.with("cap", cap)
            }
            Self::AlreadyActive { until } | Self::EmergencyNotNeeded { until } => {
                with_time(problem, "until", *until)
            }
            Self::EmergencyUsedUp { uses } => problem.with("uses", uses),
            Self::Standing { problem } => problem.clone(),
            Self::OfflineLeaseMissing
            | Self::EntitlementSuspended
            | Self::EntitlementRevoked
            | Self::ActivationSuperseded
            | Self::ActivationReleased
            | Self::ActivationDeactivated
            | Self::TrialUsed
            | Self::DeviceBlocked
            | Self::DeactivationOfOther
            | Self::DeactivationForked
            | Self::RequestSuperseded
            | Self::RequestForked
            | Self::FingerprintTooSmall
            | Self::AnswersNothingOutstanding
            | Self::AnswerForOtherProduct
            | Self::RefreshOlder
            | Self::RefreshForOtherActivation
            | Self::ClockBehind
            | Self::ClockNotBehind
            | Self::LicenseClockBehind
            | Self::TimeNotAskedFor
            | Self::EmergencyNotAllowed
            | Self::LicenseBelongsOnKey
            | Self::LicenseSuperseded => problem,
        }
    }
}

fn with_time(problem: Problem, name: &'static str, time: Option<Timestamp>) -> Problem {
    match time {
        Some(time) => problem.with(name, time),
        None => problem,
    }
}
