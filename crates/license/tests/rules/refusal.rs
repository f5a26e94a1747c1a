//! What is refused is told with everything that its text names.

use keyferry_catalogue::{Code, Language, Problem};
use keyferry_license::Refusal;

use crate::samples::{NOW, product};

#[test]
fn every_refusal_brings_what_its_text_names() {
    let refusals = [
        Refusal::OfflineNotEnabled { product: product() },
        Refusal::OfflineLeaseMissing,
        Refusal::NoFreeSeat {
            seats: 3,
            next_free: Some(NOW),
        },
        Refusal::EntitlementSuspended,
        Refusal::EntitlementRevoked,
        Refusal::EntitlementEnded { ended: NOW },
        Refusal::ReactivationCapReached { cap: 3 },
        Refusal::ActivationSuperseded,
        Refusal::RequestSuperseded,
        Refusal::RequestForked,
        Refusal::FingerprintTooSmall,
        Refusal::AlreadyActive { until: Some(NOW) },
        Refusal::AnswersNothingOutstanding,
        Refusal::AnswerForOtherProduct,
        Refusal::ClockBehind,
        Refusal::ActivationReleased,
        Refusal::ActivationDeactivated,
        Refusal::DeviceBlocked,
        Refusal::ReleaseCapReached { cap: 2 },
        Refusal::DeactivationOfOther,
        Refusal::DeactivationForked,
        Refusal::RefreshOlder,
        Refusal::RefreshForOtherActivation,
        Refusal::NothingToDeactivate { product: product() },
        Refusal::ClockNotBehind,
        Refusal::TimeNotAskedFor,
        Refusal::EmergencyNotAllowed,
        Refusal::EmergencyNotNeeded { until: Some(NOW) },
        Refusal::EmergencyUsedUp { uses: 2 },
        Refusal::EmergencyOver { ended: NOW },
        Refusal::Standing {
            problem: Problem::new(Code::WrongDevice).with("changed", "cpu"),
        },
    ];
    for refusal in refusals {
        let problem = refusal.problem();
        assert_eq!(problem.code, refusal.code());
        let takes: Vec<_> = problem.code.placeholders().iter().map(|p| p.name).collect();
        let brings: Vec<_> = problem.args.iter().map(|(name, _)| *name).collect();
        assert_eq!(brings, takes, "{refusal}");
    }
}

#[test]
fn a_time_that_is_not_known_is_said_to_be_not_known() {
    let refusal = Refusal::NoFreeSeat {
        seats: 0,
        next_free: None,
    };
    let cause = refusal.problem().cause(Language::En);
    assert!(cause.ends_with("Next free seat: (not known)."), "{cause}");
}
