//! A vendor's no, as it reaches the computer that asked.

use crate::desk::Desk;
use keyferry_catalogue::{Code, Language, Phrase, Problem};
use keyferry_client::{Applied, Carried};
use keyferry_fixtures::{NOW, TestVendor};
use keyferry_token::{
    ActivationRequest, ExchangePublicKey, Seconds, StatusReport, TimeRequest, Timestamp, TokenKind,
    Verified,
};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn later(days: u64) -> Timestamp {
    NOW.plus(Seconds::days(days))
}

fn no_seat() -> Problem {
    Problem::new(Code::NoFreeSeat).with("seats", 3)
}

fn refusal(request: &Carried, now: Timestamp, problem: &Problem) -> Vec<u8> {
    let request = acme().open(&request.bytes);
    refuse(&request, &request.exchange_key, now, problem)
}

fn refuse(
    request: &Verified<ActivationRequest>,
    to: &ExchangePublicKey,
    now: Timestamp,
    problem: &Problem,
) -> Vec<u8> {
    acme().refuse(request, to, now, problem).bytes
}

#[test]
fn support_hears_why_a_request_was_refused_and_not_that_it_waits() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&acme().code());
    let heard = || {
        let product = TestVendor::product();
        let spoken = desk.client().status_code(Some(&product)).unwrap();
        let report = desk.client().status_report(&product).unwrap();
        let report: Verified<StatusReport> = acme().open_as(&report.bytes);
        assert_eq!(report.reason, spoken.code.reason());
        spoken.code.reason()
    };
    assert_eq!(heard(), Some(Code::AwaitingAnswer.number()));
    desk.apply(&refusal(&request, NOW, &no_seat())).unwrap();
    assert_eq!(heard(), Some(Code::NoFreeSeat.number()));
}

#[test]
fn it_is_kept_with_the_request_which_stays_outstanding() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&acme().code());
    let refused = refusal(&request, NOW, &no_seat());
    for _ in 0..2 {
        match desk.apply(&refused).unwrap() {
            Applied::Refused {
                taken,
                request: told,
                problem,
                refused_at,
            } => {
                assert_eq!(taken.kind, TokenKind::Refusal);
                assert_eq!(taken.product, desk.standing());
                assert_eq!(told.id, request.id);
                assert_eq!(problem, no_seat());
                assert_eq!(refused_at, NOW);
            }
            other => panic!("{other:?}"),
        }
    }
    let kept = desk.standing().request.unwrap().refused.unwrap();
    assert_eq!((kept.problem, kept.at), (no_seat(), NOW));
    assert_eq!(desk.reason(), Some(Code::AwaitingAnswer));
    let again = desk.request(&acme().code());
    assert_ne!(again.id, request.id, "another code is another request");
    assert_eq!(desk.client().outstanding_all().unwrap().len(), 2);

    // The seat became free: the same bytes are answered.
    desk.apply(&acme().respond(&request.bytes, later(0)).bytes)
        .unwrap();
    assert!(desk.state().runs());
    assert_eq!(desk.standing().request, None);
}

#[test]
fn a_request_that_no_waiting_helps_gives_way_to_another() {
    let code = acme().code();
    for never in [
        Code::RequestForked,
        Code::RequestSuperseded,
        Code::ActivationSuperseded,
        Code::ActivationReleased,
        Code::ActivationDeactivated,
        Code::FingerprintTooSmall,
    ] {
        let desk = Desk::with_acme("cad-07");
        let refused = desk.request(&code);
        desk.apply(&refusal(&refused, NOW, &Problem::new(never)))
            .unwrap();
        let other = desk.request(&code);
        assert!(!other.again && other.number > refused.number, "{never:?}");
        // How far the state had counted that was lost nobody here knows.
        let of_lost_state = matches!(never, Code::RequestForked | Code::RequestSuperseded);
        let skipped = other.number.0 - refused.number.0 > 1_000_000;
        assert_eq!(skipped, of_lost_state, "{never:?}");
        assert_eq!(desk.request(&code).id, other.id, "asked again it is that");
        desk.apply(&acme().respond(&other.bytes, NOW).bytes)
            .unwrap();
        assert!(desk.state().runs(), "{never:?}");
    }

    let desk = Desk::with_acme("cad-07");
    let waiting = desk.request(&code);
    desk.apply(&refusal(&waiting, NOW, &no_seat())).unwrap();
    assert_eq!(desk.request(&code).id, waiting.id);
}

#[test]
fn a_newer_one_takes_its_place_and_an_older_one_changes_nothing() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&acme().code());
    let suspended = Problem::new(Code::EntitlementSuspended);
    let (older, newer) = (
        refusal(&request, NOW, &no_seat()),
        refusal(&request, NOW.plus(Seconds::HOUR), &suspended),
    );
    desk.apply(&older).unwrap();
    desk.apply(&newer).unwrap();
    let before = desk.seen();
    desk.apply(&older).unwrap();
    assert_eq!(desk.seen(), before);
    let kept = desk.standing().request.unwrap().refused.unwrap();
    assert_eq!(kept.problem, suspended);
}

#[test]
fn one_that_answers_nothing_here_is_told_so() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&acme().code());
    let refused = refusal(&request, NOW, &no_seat());
    desk.apply(&acme().respond(&request.bytes, NOW).bytes)
        .unwrap();
    let before = desk.seen();
    assert_eq!(desk.refused(&refused), Code::AnswersNothingOutstanding);
    assert_eq!(desk.seen(), before);

    let neighbour = Desk::with_acme("cad-08");
    assert_eq!(neighbour.refused(&refused), Code::AnswerForOtherDevice);
    let theirs = neighbour.request(&acme().code());
    let theirs = acme().open(&theirs.bytes);
    let ours = acme().open(&request.bytes);
    let for_other = refuse(&theirs, &ours.exchange_key, NOW, &no_seat());
    assert_eq!(desk.refused(&for_other), Code::AnswerForOtherDevice);
}

#[test]
fn a_time_request_is_refused_like_any_other() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.clock.set(later(100));
    desk.standing();
    desk.clock.set(NOW);
    let asked = desk.client().request_time(None).unwrap();
    let claims = acme().open_as::<TimeRequest>(&asked.bytes);
    let superseded = Problem::new(Code::ActivationSuperseded);
    let refused = acme().refuse(&claims, &claims.exchange_key, NOW, &superseded);
    match desk.apply(&refused.bytes).unwrap() {
        Applied::Refused { request, .. } => assert_eq!(request.id, asked.id),
        other => panic!("{other:?}"),
    }
    let kept = desk.standing().time_request.unwrap().refused.unwrap();
    assert_eq!(kept.problem, superseded);
    desk.apply(&acme().tell_time(&claims, NOW).bytes).unwrap();
    assert!(desk.state().runs(), "and can be answered later");
}

#[test]
fn why_is_shown_before_it_is_kept() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&acme().code());
    let refused = refusal(&request, NOW, &no_seat());
    let shown = desk.client().inspect(&refused).unwrap().remove(0).unwrap();
    let because = shown
        .claims
        .iter()
        .find(|claim| claim.name == Phrase::ClaimRefusedBecause)
        .unwrap();
    assert_eq!(because.value, "no_free_seat");
    assert_eq!(because.detail.as_deref(), Some("KF-203"));
    assert_eq!(because.in_words(Language::En), "KF-203");
}
