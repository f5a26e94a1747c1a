//! What comes after activating: leaving, moving, refreshing, and being told no.

use keyferry_catalogue::{Code, Problem};
use keyferry_client::{SystemClock, TimeSource as _};
use keyferry_fixtures::TestVendor;
use keyferry_token::{
    ActivationRequest, Artefact, ArtefactKind, Deactivation, Grant, Name, TokenKind, Verified,
    armor,
};

use super::pretend::Pretend;
use crate::views::{ActionView, CarriedView, OutcomeView};

const PRODUCT: &str = TestVendor::PRODUCT;

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

/// The binary forms in a text, in their order.
fn tokens(armored: &str) -> Vec<Vec<u8>> {
    let read = Artefact::read(armored.as_bytes()).unwrap();
    read.into_iter()
        .map(|artefact| match artefact {
            Ok(Artefact::Token(token)) => token.bytes().to_vec(),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn opened(request: &CarriedView) -> Verified<ActivationRequest> {
    acme().open(&tokens(&request.armored)[0])
}

fn bring(pretend: &Pretend, kind: TokenKind, token: &[u8]) -> OutcomeView {
    let text = armor(ArtefactKind::Token(kind), token);
    let mut brought = pretend.wizard.bring_text(&text).unwrap();
    assert_eq!(brought.len(), 1);
    brought.remove(0).outcome
}

/// A computer with an activation, the request that led to it, and what it holds.
struct Activated {
    pretend: Pretend,
    request: Verified<ActivationRequest>,
    grant: Grant,
    secret: String,
}

fn activated() -> Activated {
    let pretend = Pretend::with_vendor();
    let secret = acme().code().expose();
    let request = opened(&pretend.wizard.make_request(&secret, "Lab 3").unwrap());
    let now = SystemClock.now();
    let grant = TestVendor::grant(&request, now);
    let response = acme().respond_with(&request, now, grant.clone());
    let outcome = bring(&pretend, TokenKind::ActivationResponse, &response.bytes);
    assert!(
        matches!(outcome, OutcomeView::Activated { .. }),
        "{outcome:?}"
    );
    Activated {
        pretend,
        request,
        grant,
        secret,
    }
}

fn actions(pretend: &Pretend) -> Vec<ActionView> {
    pretend.wizard.home().unwrap().products[0].actions.clone()
}

#[test]
fn a_deactivation_waits_through_a_restart_until_a_person_says_that_it_arrived() {
    let pretend = activated().pretend;
    let made = pretend.wizard.deactivate(PRODUCT, "not_needed").unwrap();
    assert_eq!(
        (made.kind.as_str(), made.delivered_at.as_deref()),
        ("deactivation", None)
    );
    let claims = acme().open_as::<Deactivation>(&tokens(&made.armored)[0]);
    assert_eq!(claims.reason.name(), "not_needed");

    let pretend = pretend.restarted();
    let home = pretend.wizard.home().unwrap();
    assert_eq!(
        home.products[0].standing.reason.as_deref(),
        Some("deactivated")
    );
    assert!(actions(&pretend).contains(&ActionView::Deliver));
    let again = pretend.wizard.deactivation(PRODUCT).unwrap();
    assert_eq!(again.unwrap(), made, "the same bytes");

    let unknown = pretend.wizard.confirm_delivery("none").unwrap_err();
    assert_eq!(unknown.code, "nothing_outstanding");
    pretend.wizard.confirm_delivery(&made.token_id).unwrap();
    assert!(!actions(&pretend).contains(&ActionView::Deliver));
    let kept = pretend.wizard.deactivation(PRODUCT).unwrap().unwrap();
    assert!(kept.delivered_at.is_some());
}

#[test]
fn a_plan_and_an_unknown_reason_make_nothing() {
    let Activated { pretend, grant, .. } = activated();
    let before = pretend.wizard.home().unwrap();
    let plan = pretend.wizard.plan_deactivation(PRODUCT).unwrap();
    assert_eq!(
        (plan.label.as_str(), plan.activation_id),
        ("Lab 3", grant.activation.to_string())
    );
    assert!(!plan.claims.is_empty());
    let problem = pretend.wizard.deactivate(PRODUCT, "boredom").unwrap_err();
    assert_eq!(problem.field.as_deref(), Some("reason"));
    assert_eq!(pretend.wizard.deactivation(PRODUCT).unwrap(), None);
    assert_eq!(pretend.wizard.home().unwrap(), before);
}

#[test]
fn a_move_carries_the_new_computers_request_along_and_has_no_code_to_scan() {
    let here = activated().pretend;
    let old = &here.wizard;
    let new = Pretend::with_vendor();
    let request = new
        .wizard
        .make_request(&acme().code().expose(), "Lab 4")
        .unwrap();

    let brought = old.move_request_text(&request.armored).unwrap();
    assert_eq!(brought.vendor.name, "Acme");
    let carried = old.move_away(PRODUCT, Some(&brought.handle)).unwrap();
    assert_eq!(carried.qr, None);
    assert_eq!(carried.url, None);
    let [deactivation, companion] = tokens(&carried.armored).try_into().unwrap();
    let claims = acme().open_as::<Deactivation>(&deactivation);
    assert_eq!(claims.reason.name(), "moving");
    assert_eq!(vec![companion], tokens(&request.armored));
    assert_eq!(
        old.carried_file(&carried.token_id).unwrap().content,
        carried.armored.into_bytes(),
        "the file has both"
    );
}

#[test]
fn a_move_takes_no_request_of_its_own_computer_and_no_handle_that_is_gone() {
    let pretend = Pretend::with_vendor();
    let own = pretend
        .wizard
        .make_request(&acme().code().expose(), "Lab 3")
        .unwrap();
    let problem = pretend.wizard.move_request_text(&own.armored).unwrap_err();
    assert_eq!(
        (problem.code.as_str(), problem.field.as_deref()),
        ("move_own_request", Some("text"))
    );

    let pretend = activated().pretend;
    let problem = pretend.wizard.move_away(PRODUCT, Some("7")).unwrap_err();
    assert_eq!(problem.code, "move_needs_request");
    assert_eq!(
        pretend.wizard.home().unwrap().products[0].standing.state,
        "licensed"
    );
}

#[test]
fn a_refresh_is_told_with_what_it_changed() {
    let Activated {
        pretend,
        request,
        grant,
        ..
    } = activated();
    let now = SystemClock.now();
    let newer = Grant {
        holder: Some(Name::new("Works North").unwrap()),
        ..TestVendor::renewed(&grant, now)
    };
    let refresh = acme().refresh(&request, now, newer);
    let outcome = bring(&pretend, TokenKind::Refresh, &refresh.bytes);
    let OutcomeView::Refreshed { done, changes } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(done.standing.state, "licensed");
    let holder = changes
        .iter()
        .find(|change| change.after.as_deref() == Some("Works North"));
    assert_eq!(
        holder.and_then(|change| change.before.as_deref()),
        Some("Works South")
    );
}

#[test]
fn a_refusal_is_told_kept_with_its_request_and_known_to_be_for_good() {
    for (problem, for_good) in [
        (Problem::new(Code::NoFreeSeat).with("seats", 3), false),
        (Problem::new(Code::RequestForked), true),
    ] {
        let pretend = Pretend::with_vendor();
        let code = acme().code().expose();
        let made = pretend.wizard.make_request(&code, "Lab 3").unwrap();
        let request = opened(&made);
        let now = SystemClock.now();
        let refused = acme().refuse(&request, &request.exchange_key, now, &problem);
        let outcome = bring(&pretend, TokenKind::Refusal, &refused.bytes);
        let OutcomeView::Refused { refusal } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(refusal.problem.code, problem.code.as_str());
        assert_eq!(
            (&refusal.reference, refusal.for_good),
            (&made.reference, for_good)
        );

        let pretend = pretend.restarted();
        let summary = pretend.wizard.home().unwrap().products[0].request.clone();
        let kept = summary.and_then(|summary| summary.refused).unwrap();
        assert_eq!((kept.problem, kept.for_good), (refusal.problem, for_good));

        let next = pretend.wizard.make_request(&code, "Lab 3").unwrap();
        assert_eq!(next.token_id != made.token_id, for_good);
    }
}

#[test]
fn whoever_helps_is_told_a_short_code_and_a_report_without_the_activation_code() {
    let Activated {
        pretend, secret, ..
    } = activated();
    let status = pretend.wizard.status_code(Some(PRODUCT)).unwrap();
    assert_eq!(status.spoken.len(), 3);
    assert!(
        status.spoken.iter().all(|group| group.len() == 4),
        "{status:?}"
    );
    assert_eq!(status.spoken.join("-"), status.code);

    let report = pretend.wizard.report();
    assert!(report.text.contains("Acme CAD"), "{}", report.text);
    assert!(
        secret
            .split('-')
            .skip(1)
            .all(|group| !report.text.contains(group)),
        "{}",
        report.text
    );
    let file = pretend.wizard.report_file();
    assert_eq!(file.name, report.file_name);
}

#[test]
fn a_clock_that_is_right_asks_for_no_time() {
    let pretend = activated().pretend;
    let clock = pretend.wizard.clock_state().unwrap();
    assert!(!clock.behind);
    let problem = pretend.wizard.request_time(PRODUCT).unwrap_err();
    assert_eq!(problem.code, "clock_not_behind");
    assert_eq!(pretend.wizard.time_request(PRODUCT).unwrap(), None);
}

#[test]
fn what_is_saved_has_its_own_name_and_what_is_not_there_is_a_problem() {
    let pretend = activated().pretend;
    let status = pretend.wizard.status_token(PRODUCT).unwrap();
    let made = pretend.wizard.deactivate(PRODUCT, "other").unwrap();
    let file = pretend.wizard.carried_file(&made.token_id).unwrap();
    assert_eq!(
        (file.name, file.content),
        (made.file_name.clone(), made.armored.clone().into_bytes())
    );
    assert!(made.file_name.contains(&made.reference));
    assert_ne!(status.file_name, made.file_name);

    for unknown in ["", "not an id", &"0".repeat(made.token_id.len())] {
        let problem = pretend.wizard.carried_file(unknown).err().unwrap();
        assert_eq!(problem.code, "nothing_outstanding", "{unknown:?}");
    }
    let problem = pretend
        .wizard
        .plan_deactivation("com.acme.unknown")
        .unwrap_err();
    assert_eq!(problem.code, "product_not_here");
    assert!(pretend.wizard.status_token("").is_err());
}
