//! A new grant for the activation that is here: rule C3.

use crate::desk::{Desk, Seat, two_runs};
use keyferry_catalogue::{Code, Language, Phrase};
use keyferry_client::{Applied, Change, Signer, TimeSource as _};
use keyferry_fixtures::{NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{ArtefactKind, Feature, SeatStatus, Seconds, Timestamp, TokenKind, armor};

fn later(days: u64) -> Timestamp {
    NOW.plus(Seconds::days(days))
}

fn refreshed(desk: &Desk, refresh: &[u8]) -> Vec<Change> {
    match desk.apply(refresh).unwrap() {
        Applied::Refreshed { taken, changes } => {
            assert_eq!(taken.kind, TokenKind::Refresh);
            assert_eq!(taken.product, desk.standing());
            changes
        }
        other => panic!("{other:?}"),
    }
}

fn told(changes: &[Change], name: Phrase) -> (Option<String>, Option<String>) {
    let change = changes.iter().find(|change| change.name == name).unwrap();
    let words = |claim: &Option<keyferry_client::Claim>| {
        claim.as_ref().map(|claim| claim.in_words(Language::En))
    };
    (words(&change.before), words(&change.after))
}

#[test]
fn c3_a_higher_number_renews_the_lease_and_says_what_changed() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    desk.clock.pass(Seconds::days(20));
    let refresh = seat.refresh(desk.clock.now(), |grant| {
        grant.features.push(Feature::new("render").unwrap());
        grant.emergency = Some(two_runs(later(50)));
    });
    let changes = refreshed(&desk, &refresh);
    assert_eq!(
        told(&changes, Phrase::ClaimWorksUntil),
        (
            Some("23 December 2026, 04:00 UTC".into()),
            Some("12 January 2027, 04:00 UTC".into())
        )
    );
    assert_eq!(
        told(&changes, Phrase::ClaimFeatures),
        (
            Some("cam, export".into()),
            Some("cam, export, render".into())
        )
    );
    assert_eq!(told(&changes, Phrase::ClaimEmergency).0, None);
    assert!(!changes.iter().any(|c| c.name == Phrase::ClaimHolder));
    let grant = desk.standing().grant.unwrap();
    assert_eq!(grant.kind, TokenKind::Refresh);
    assert_eq!(grant.sequence, seat.grant.sequence);
    assert_eq!(grant.label, seat.request.label);
    assert_eq!(grant.answers, seat.request.id());
    assert_eq!(desk.standing().standing.until, Some(later(50)));
}

#[test]
fn c3_it_is_taken_in_grace_after_the_end_and_after_a_suspension() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    for (days, state) in [(31, State::Grace), (70, State::Expired)] {
        desk.clock.set(later(days));
        assert_eq!(desk.state(), state);
        let refresh = seat.refresh(later(days), |_| {});
        refreshed(&desk, &refresh);
        assert_eq!(desk.state(), State::Licensed);
    }
    let suspended = seat.refresh(later(71), |grant| {
        grant.status = SeatStatus::Suspended;
        grant.lease_expires_at = None;
    });
    let changes = refreshed(&desk, &suspended);
    assert_eq!(
        told(&changes, Phrase::ClaimStatus),
        (Some("active".into()), Some("suspended".into()))
    );
    assert_eq!(told(&changes, Phrase::ClaimWorksUntil).1, None);
    assert_eq!(desk.reason(), Some(Code::Suspended));
    let reinstated = seat.refresh(later(72), |grant| grant.status = SeatStatus::Active);
    refreshed(&desk, &reinstated);
    desk.clock.set(later(72));
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn c3_twice_is_a_friendly_no_op_also_after_a_newer_one() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    let first = seat.refresh(later(1), |_| {});
    let second = seat.refresh(later(2), |_| {});
    refreshed(&desk, &first);
    let before = desk.seen();
    assert!(matches!(desk.apply(&first), Ok(Applied::AlreadyApplied(_))));
    assert_eq!(desk.seen(), before);
    refreshed(&desk, &second);
    let before = desk.seen();
    assert!(matches!(desk.apply(&first), Ok(Applied::AlreadyApplied(_))));
    assert_eq!(desk.seen(), before);
}

#[test]
fn c3_an_older_one_never_replaces_a_newer_one() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    let older = seat.refresh(later(1), |_| {});
    let revoked = seat.refresh(later(2), |grant| {
        grant.status = SeatStatus::Revoked;
        grant.lease_expires_at = None;
    });
    refreshed(&desk, &revoked);
    desk.clock.set(later(2));
    let before = desk.seen();
    assert_eq!(desk.refused(&older), Code::RefreshOlder);
    assert_eq!(desk.seen(), before);
    assert_eq!(desk.reason(), Some(Code::Revoked));
}

#[test]
fn c3_an_answer_that_was_kept_back_takes_no_newer_grant_away() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    desk.clock.set(later(31));
    let request = desk.request(&TestVendor::acme().code());
    let request = TestVendor::acme().open(&request.bytes);
    let renewed = TestVendor::renewed(&seat.grant, later(31));
    let kept_back = TestVendor::acme().respond_with(&request, later(31), renewed);
    let revoked = seat.refresh(later(32), |grant| {
        grant.status = SeatStatus::Revoked;
        grant.lease_expires_at = None;
    });
    refreshed(&desk, &revoked);
    desk.clock.set(later(32));
    let before = desk.seen();
    assert_eq!(desk.refused(&kept_back.bytes), Code::RefreshOlder);
    assert_eq!(desk.seen(), before);
}

#[test]
fn c3_one_for_another_activation_or_for_none_is_refused() {
    let desk = Desk::with_acme("cad-07");
    let mut old = desk.seat(|_| {});
    let mut stranded = desk.seat_after_expiry();
    let for_old = old.refresh(later(60), |_| {});
    let before = desk.seen();
    assert_eq!(desk.refused(&for_old), Code::RefreshForOtherActivation);
    assert_eq!(desk.seen(), before);
    let good = stranded.refresh(later(60), |_| {});
    refreshed(&desk, &good);

    let neighbour = Desk::with_acme("cad-08");
    assert_eq!(neighbour.refused(&good), Code::AnswerForOtherDevice);
}

#[test]
fn c5_a_refresh_that_stands_before_its_response_is_taken_after_it() {
    let desk = Desk::with_acme("cad-07");
    let request = TestVendor::acme().open(&desk.request(&TestVendor::acme().code()).bytes);
    let grant = TestVendor::grant(&request, NOW);
    let response = TestVendor::acme().respond_with(&request, NOW, grant.clone());
    let mut seat = Seat {
        request,
        grant,
        response: response.bytes,
    };
    let refresh = seat.refresh(later(1), |_| {});
    let text = [
        armor(ArtefactKind::Token(TokenKind::Refresh), &refresh),
        armor(
            ArtefactKind::Token(TokenKind::ActivationResponse),
            &seat.response,
        ),
    ];
    let done = desk.client().apply(text.join("\n").as_bytes());
    assert!(
        matches!(
            done[..],
            [Ok(Applied::Refreshed { .. }), Ok(Applied::Activated(_))]
        ),
        "told of in the order in which they stand: {done:?}"
    );
    let grant = desk.standing().grant.unwrap();
    assert_eq!(grant.sequence, seat.grant.sequence);
}

#[test]
fn c3_a_computer_that_was_only_asked_for_takes_no_refresh() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&TestVendor::acme().code());
    let request = TestVendor::acme().open(&request.bytes);
    let grant = TestVendor::grant(&request, NOW);
    let refresh = TestVendor::acme().refresh(&request, NOW, grant);
    assert_eq!(
        desk.refused(&refresh.bytes),
        Code::RefreshForOtherActivation
    );
    assert_eq!(desk.reason(), Some(Code::AwaitingAnswer));
}

#[test]
fn a_refresh_raises_the_floor_to_the_time_that_the_vendor_signed() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    let refresh = seat.refresh(later(3), |_| {});
    refreshed(&desk, &refresh);
    assert_eq!(desk.reason(), Some(Code::ClockBehind));
    desk.clock.set(later(3));
    assert_eq!(desk.state(), State::Licensed);
}

#[test]
fn a_refresh_is_shown_in_plain_words_before_it_is_applied() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    let refresh = seat.refresh(later(1), |_| {});
    let before = desk.seen();
    let shown = desk.client().inspect(&refresh).unwrap().remove(0).unwrap();
    assert_eq!(desk.seen(), before);
    assert!(shown.trusted && shown.problem.is_none());
    assert!(matches!(shown.signer, Signer::VendorKey { .. }));
    let said = |name| {
        let claim = shown.claims.iter().find(|claim| claim.name == name);
        claim.unwrap().in_words(Language::En)
    };
    assert_eq!(said(Phrase::ClaimKind), "refresh");
    assert_eq!(said(Phrase::ClaimWorksUntil), "24 December 2026, 04:00 UTC");
}

#[test]
fn the_end_is_announced_from_fourteen_days_before() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    for (days, near, left) in [
        (15, false, Some(15)),
        (16, true, Some(14)),
        (30, true, Some(7)),
    ] {
        desk.clock.set(later(days));
        let standing = desk.standing();
        assert_eq!(
            (standing.end_is_near, standing.days_left),
            (near, left),
            "day {days}"
        );
    }
    desk.clock.set(later(37));
    assert_eq!(
        (desk.standing().end_is_near, desk.standing().days_left),
        (false, None)
    );
}
