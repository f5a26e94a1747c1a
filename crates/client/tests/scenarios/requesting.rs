//! Asking for a seat: rule C1, and what is shown before anything is sent.

use crate::desk::{Desk, label};
use keyferry_catalogue::{Code, Language, Phrase};
use keyferry_client::Fresh;
use keyferry_fixtures::{FakeMachine, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{ActivationCode, Artefact, CodeTag, ComponentKind, Seconds};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

#[test]
fn c1_asked_again_it_is_the_same_bytes_also_after_a_restart() {
    let desk = Desk::with_acme("cad-07");
    let code = acme().code();
    let first = desk.request(&code);
    assert_eq!(desk.request(&code).bytes, first.bytes);
    let found = desk
        .client()
        .outstanding(&TestVendor::product())
        .unwrap()
        .unwrap();
    assert_eq!(found.bytes, first.bytes);
    assert_eq!(found.claims, first.claims);
    assert_eq!(
        desk.standing().standing.reason(),
        Some(Code::AwaitingAnswer)
    );
    assert_eq!(desk.standing().request.unwrap().reference, first.reference);
}

#[test]
fn a_request_is_dated_by_what_the_clock_shows() {
    let desk = Desk::with_acme("cad-07");
    desk.clock.pass(Seconds::HOUR);
    desk.standing();
    desk.clock.set(NOW);
    assert_eq!(desk.request(&acme().code()).made_at, NOW);
}

#[test]
fn c1_another_one_can_be_made_and_has_a_higher_number() {
    let desk = Desk::with_acme("cad-07");
    let code = acme().code();
    let first = desk.request(&code);
    let second = desk
        .client()
        .request_activation(&code, &label(), Fresh::Yes)
        .unwrap();
    assert_ne!(first.bytes, second.bytes);
    assert_eq!((first.number.0, second.number.0), (1, 2));
    let newest = desk
        .client()
        .outstanding(&TestVendor::product())
        .unwrap()
        .unwrap();
    assert_eq!(newest.id, second.id);
    assert_eq!(desk.request(&code).id, second.id);
}

#[test]
fn c1_another_code_for_the_same_product_makes_another_request() {
    let desk = Desk::with_acme("cad-07");
    let first = desk.request(&acme().code());
    let second = desk.request(&acme().code());
    assert_ne!(first.id, second.id);
    let device = |bytes: &[u8]| acme().open(bytes).signing_key.device_id();
    assert_eq!(device(&first.bytes), device(&second.bytes));
}

#[test]
fn c1_while_the_license_is_active_no_request_is_made() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let before = desk.seen();
    let fault = desk
        .client()
        .request_activation(&acme().code(), &label(), Fresh::Yes);
    let problem = fault.unwrap_err().problem();
    assert_eq!(problem.code, Code::AlreadyActive);
    assert_eq!(problem.arg("until"), Some("2026-12-23T04:00:00Z"));
    assert_eq!(desk.seen(), before);
}

#[test]
fn c1_in_grace_after_expiry_and_on_another_machine_it_can_be_asked_again() {
    let mut desk = Desk::with_acme("cad-07");
    desk.activate();
    for (days, state) in [(31, State::Grace), (40, State::Expired)] {
        desk.clock.set(NOW.plus(Seconds::days(days)));
        assert_eq!(desk.standing().standing.state, state);
        desk.request(&acme().code());
    }
    desk.clock.set(NOW.plus(Seconds::days(40)));
    desk.machine = FakeMachine::new("another");
    assert_eq!(desk.standing().standing.reason(), Some(Code::WrongDevice));
    desk.request(&acme().code());
}

#[test]
fn the_request_opens_at_the_vendor_and_says_what_was_shown() {
    let desk = Desk::with_acme("cad-07");
    let code = acme().code();
    let preview = desk.client().preview(&code, &label()).unwrap();
    assert!(
        desk.client().device().unwrap().ids.is_empty(),
        "a preview makes no keys"
    );
    assert!(desk.client().outstanding_all().unwrap().is_empty());

    let request = desk.request(&code);
    let opened = acme().open(&request.bytes);
    assert_eq!(opened.secret, code.secret());
    assert_eq!(opened.fingerprint.len(), 6);
    assert_eq!(opened.id(), request.id);
    for claim in &preview {
        let made = request
            .claims
            .iter()
            .find(|made| made.name == claim.name)
            .unwrap();
        assert_eq!((&made.value, &made.detail), (&claim.value, &claim.detail));
    }
    let said = |name: Phrase| {
        let claim = request
            .claims
            .iter()
            .find(|claim| claim.name == name)
            .unwrap();
        claim.in_words(Language::En)
    };
    assert_eq!(said(Phrase::ClaimProduct), "Acme CAD");
    assert_eq!(said(Phrase::ClaimComputerName), "cad-07");
    assert_eq!(said(Phrase::ClaimRecipient), "Acme");
    assert_eq!(said(Phrase::ClaimMadeAt), "23 November 2026, 04:00 UTC");
    assert!(
        said(Phrase::ClaimFingerprint).ends_with("network adapter"),
        "names, not values"
    );
    assert_eq!(said(Phrase::ClaimReference), request.reference);
    let everything = format!("{:?}", request.claims);
    assert!(
        !everything.contains(&code.expose()[6..]),
        "the code's secret part is not shown"
    );
}

#[test]
fn file_text_and_qr_carry_the_same_bytes() {
    let desk = Desk::with_acme("cad-07");
    let request = desk.request(&acme().code());
    for form in [
        &request.bytes[..],
        request.armored.as_bytes(),
        request.qr_text.as_bytes(),
    ] {
        let artefact = Artefact::read(form).unwrap().remove(0).unwrap();
        assert_eq!(artefact.bytes(), request.bytes);
    }
    assert!(
        request
            .url
            .unwrap()
            .starts_with("HTTPS://LICENSE.ACME.EXAMPLE/A#")
    );
    assert_eq!(
        request.file_name,
        format!("keyferry-request-{}.kft", request.reference)
    );
}

#[test]
fn a_machine_that_shows_too_little_of_itself_makes_no_request() {
    let mut desk = Desk::with_acme("cad-07");
    for kind in ComponentKind::ALL.into_iter().skip(1) {
        desk.machine = desk.machine.without(kind);
    }
    let fault = desk
        .client()
        .request_activation(&acme().code(), &label(), Fresh::No);
    assert_eq!(fault.unwrap_err().code(), Code::FingerprintTooSmall);
    assert!(desk.client().device().unwrap().ids.is_empty());
}

#[test]
fn a_code_is_read_as_people_type_it() {
    let desk = Desk::with_acme("cad-07");
    let code = acme().code();
    let typed = code.expose().to_lowercase().replace('-', " \u{200b}");
    let found = desk.client().code(&typed).unwrap();
    assert_eq!(found.code, code);
    assert_eq!(found.product.code, TestVendor::product());
    assert_eq!(found.vendor.id(), acme().id());
    assert_eq!(found.label.as_str(), "cad-07");
}

#[test]
fn a_code_that_leads_nowhere_says_why() {
    let code = acme().code();
    let text = code.expose();
    let mistyped = text.replace(&text[28..], if text.ends_with('0') { "1" } else { "0" });
    let unknown = ActivationCode::from_random(CodeTag::from_random([31, 31, 31, 31]), [7; 20]);
    let desk = Desk::new("cad-07");
    let told = |text: &str| desk.client().code(text).unwrap_err().code();
    assert_eq!(told(&text), Code::NoVendor);
    desk.trust(acme());
    assert_eq!(told(""), Code::NothingRead);
    assert_eq!(told(&text[..27]), Code::ActivationCodeIncomplete);
    assert_eq!(told(&mistyped), Code::ActivationCodeMistyped);
    assert_eq!(told(&unknown.expose()), Code::ActivationCodeUnknownVendor);
    let short = desk.client().code(&text[..27]).unwrap_err().problem();
    assert_eq!(
        (short.arg("have"), short.arg("want")),
        (Some("23"), Some("25"))
    );
}

#[test]
fn a_code_that_two_vendors_claim_is_ambiguous() {
    let desk = Desk::with_acme("cad-07");
    let other = TestVendor::make("Globex", acme().profile.products[0].tag);
    desk.trust(&other);
    let fault = desk.client().code(&acme().code().expose()).unwrap_err();
    assert_eq!(fault.code(), Code::ActivationCodeAmbiguous);
}
