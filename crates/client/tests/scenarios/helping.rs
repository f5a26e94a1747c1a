//! Help someone helps me: the status code, the status report, and the report as text.

use std::fs;

use crate::desk::{Desk, two_runs};
use keyferry_catalogue::{Code, Language, Phrase};
use keyferry_client::TimeSource as _;
use keyferry_fixtures::{FakeMachine, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{ComponentKind, Seconds, StatusCode, StatusReport, TokenKind, Verified};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

/// What support reads from the code that this computer would read out.
fn spoken(desk: &Desk) -> StatusCode {
    let spoken = desk.client().status_code(None).unwrap();
    let text = spoken.code.to_string();
    let read = StatusCode::read(&text.to_lowercase().replace('-', " ")).unwrap();
    assert_eq!(read, spoken.code);
    read
}

fn reason(code: StatusCode) -> Option<u16> {
    code.reason()
}

#[test]
fn the_status_code_tells_support_how_a_product_stands() {
    let mut desk = Desk::with_acme("cad-07");
    let seat = desk.seat(|_| {});
    desk.machine = desk.machine.with(ComponentKind::NetworkAdapter, "new");
    let code = spoken(&desk);
    assert_eq!((code.state(), reason(code)), (State::Licensed, None));
    assert_eq!(code.ends_in(), Some(30));
    assert_eq!(code.changed(), [ComponentKind::NetworkAdapter]);
    assert!(code.hints_at(&seat.grant.activation));
    let spoken_of = desk.client().status_code(Some(&TestVendor::product()));
    let spoken_of = spoken_of.unwrap();
    assert_eq!(spoken_of.name.unwrap().as_str(), "Acme CAD");

    desk.machine = FakeMachine::new("cad-99");
    let code = spoken(&desk);
    assert_eq!(code.state(), State::Blocked);
    assert_eq!(reason(code), Some(Code::WrongDevice.number()));
}

#[test]
fn without_a_product_the_one_that_does_not_run_is_told_first() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.trust(TestVendor::other());
    let request = desk.request(&TestVendor::other().code());
    assert!(!request.again);
    let code = spoken(&desk);
    assert_eq!(reason(code), Some(Code::AwaitingAnswer.number()));
}

#[test]
fn a_computer_with_nothing_and_one_with_a_broken_store_have_a_status_code_too() {
    let desk = Desk::new("cad-07");
    assert_eq!(reason(spoken(&desk)), Some(Code::NoVendor.number()));
    assert!(!desk.home().exists());
    desk.trust(acme());
    assert_eq!(reason(spoken(&desk)), Some(Code::NotActivated.number()));
    let unknown = "com.acme.unheard-of".parse().unwrap();
    let fault = desk.client().status_code(Some(&unknown)).unwrap_err();
    assert_eq!(fault.code(), Code::ProductNotHere);

    desk.activate();
    fs::write(desk.home().join("key"), [0; 32]).unwrap();
    let code = spoken(&desk);
    assert_eq!(code.state(), State::Blocked);
    assert_eq!(reason(code), Some(Code::StoreDamaged.number()));
}

#[test]
fn the_status_report_tells_what_support_needs() {
    let mut desk = Desk::with_acme("cad-07");
    let seat = desk.seat(|grant| grant.emergency = Some(two_runs(NOW)));
    desk.clock.pass(Seconds::days(40));
    desk.client()
        .take_emergency(&TestVendor::product())
        .unwrap();
    desk.machine = desk.machine.without(ComponentKind::SystemDisk);
    let made = desk.client().status_report(&TestVendor::product()).unwrap();
    assert_eq!(made.kind, TokenKind::Status);
    let told: Verified<StatusReport> = acme().open_as(&made.bytes);
    assert_eq!(told.state, State::Emergency);
    assert_eq!(told.reason, Some(Code::LeaseEnded.number()));
    assert_eq!(told.activation, Some(seat.grant.activation));
    assert_eq!(told.sequence, Some(seat.grant.sequence));
    assert_eq!(told.lease_expires_at, Some(NOW.plus(Seconds::days(30))));
    assert_eq!(told.until, Some(NOW.plus(Seconds::days(43))));
    assert_eq!(told.clock_floor, desk.clock.now());
    assert_eq!(told.changed, [ComponentKind::SystemDisk]);
    assert_eq!(told.emergency_runs, [desk.clock.now()]);
    assert!(!told.store_repaired);
    assert!(told.number > seat.request.number);

    let shown = desk
        .client()
        .inspect(&made.bytes)
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!(shown.claims, made.claims);
    let said = |name: Phrase| {
        let claim = made.claims.iter().find(|claim| claim.name == name);
        claim.unwrap().in_words(Language::En)
    };
    assert_eq!(said(Phrase::ClaimStanding), "Emergency run");
    assert_eq!(said(Phrase::ClaimChanged), "system disk");
    let told = desk.apply(&made.bytes).unwrap_err().problem();
    assert_eq!(
        (told.code, told.arg("kind")),
        (Code::OwnToken, Some("status"))
    );
}

#[test]
fn a_repaired_store_says_so_and_a_computer_never_activated_can_tell_its_status() {
    let desk = Desk::with_acme("cad-07");
    let made = desk.client().status_report(&TestVendor::product()).unwrap();
    let told: Verified<StatusReport> = acme().open_as(&made.bytes);
    assert_eq!(told.reason, Some(Code::NotActivated.number()));
    assert!(told.exchange_key.is_none() && told.activation.is_none());
    desk.activate();
    fs::write(desk.home().join("state"), b"damaged").unwrap();
    let fault = desk.client().status_report(&TestVendor::product());
    assert_eq!(fault.unwrap_err().code(), Code::StoreDamaged);
    desk.request(&acme().code());
    let made = desk.client().status_report(&TestVendor::product()).unwrap();
    let told: Verified<StatusReport> = acme().open_as(&made.bytes);
    assert!(told.store_repaired);
}

#[test]
fn a_token_made_here_is_found_again_by_its_id() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&acme().code());
    let status = desk.client().status_report(&TestVendor::product()).unwrap();
    for made in [request, status] {
        let found = desk.client().carried(&made.id).unwrap().unwrap();
        assert_eq!((found.kind, &found.bytes), (made.kind, &made.bytes));
        assert_eq!(found.claims, made.claims);
    }
    let nobody = keyferry_token::TokenId::of_claims(b"nothing");
    assert!(desk.client().carried(&nobody).unwrap().is_none());
}

#[test]
fn the_report_says_how_everything_stands() {
    let desk = Desk::with_acme("cad-07");
    let seat = desk.seat(|_| {});
    desk.clock.pass(Seconds::days(31));
    let request = desk.request(&acme().code());
    let report = desk.client().report(Language::En);
    assert_eq!(report.file_name, "keyferry-report-2026-12-24.txt");
    for said in [
        "Acme CAD (com.acme.cad)",
        "cad-07",
        "Debian GNU/Linux 12, x86_64",
        "Grace period",
        "(KF-503)",
        "30 December 2026, 04:00 UTC",
        &seat.grant.activation.to_string(),
        &request.reference,
        "network adapter",
    ] {
        assert!(report.text.contains(said), "{said} in:\n{}", report.text);
    }
    assert!(report.text.lines().all(|line| line.len() < 400));
}

#[test]
fn the_report_tells_of_a_store_that_cannot_be_read() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    fs::write(desk.home().join("key"), [0; 32]).unwrap();
    let report = desk.client().report(Language::En);
    assert!(report.text.contains("(KF-611)"), "{}", report.text);
    let empty = Desk::new("cad-08").client().report(Language::En);
    assert!(empty.text.contains("cad-08"));
}
