//! What is refused is told with everything that its text names.

use keyferry_catalogue::Language;
use keyferry_license::Refusal;
use keyferry_token::Name;

use crate::samples::NOW;

#[test]
fn every_refusal_brings_what_its_text_names() {
    let refusals = [
        Refusal::OfflineNotEnabled {
            product: Name::new("Acme CAD").unwrap(),
        },
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
