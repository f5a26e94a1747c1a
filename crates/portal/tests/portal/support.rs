//! Looking up what a computer's status means.

use keyferry_authority::{AccountChange, AccountName, Origin, Role};
use keyferry_catalogue::Code;
use keyferry_fixtures::TestDevice;
use keyferry_token::{Seconds, State, StatusCode, StatusFacts, Timestamp, TokenKind};

use crate::stage::{Browser, Stage, text};

#[test]
fn a_status_code_becomes_a_sentence_and_the_likely_fix() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let grant = stage.activated(&mut TestDevice::new("press-04"), &sold.code);
    let now = keyferry_fixtures::NOW;
    let code = StatusCode::of(&StatusFacts {
        state: State::Expired,
        reason: Some(Code::LeaseEnded),
        now,
        ends_at: Some(now.minus(Seconds::days(3))),
        changed: &[],
        activation: Some(&grant.activation),
    });
    let browser = stage.browser();
    let typed = code.to_string().to_lowercase().replace('-', " ");
    let page = browser.bring("/support", &[("text", &typed)], &[]);
    assert_eq!(page.status, 200);
    assert_eq!(
        page.heading(),
        "The lease of this computer ended on 20 November 2026."
    );
    assert!(page.text.contains("The likely fix"));
    assert!(page.text.contains("ended 3 days before"));
    // Which computers it may be about is for the vendor to know.
    assert!(!page.text.contains("press-04"));
    assert!(!page.text.contains(&grant.activation.to_string()));
}

#[test]
fn who_has_signed_in_is_told_which_activations_a_code_may_be_about_and_no_stranger_is() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let grant = stage.activated(&mut TestDevice::new("press-04"), &sold.code);
    let now = keyferry_fixtures::NOW;
    let ends_at = grant.lease_expires_at;
    let code = |activation, day: Timestamp| {
        StatusCode::of(&StatusFacts {
            state: State::Licensed,
            reason: None,
            now: day,
            ends_at,
            changed: &[],
            activation,
        })
        .to_string()
    };
    let own = code(Some(&grant.activation), now);
    let path = format!("/vendor/activation/{}", grant.activation);
    let ask = |browser: &Browser<'_>, code: &str| browser.bring("/support", &[("text", code)], &[]);
    let support = stage.member(Role::Support);
    for role in Role::ALL {
        let browser = stage.member(role);
        let page = ask(&browser, &own);
        assert!(page.text.contains(&path), "{role}: {}", page.text);
        assert!(page.text.contains("press-04"), "{role}");
        assert_eq!(browser.get(&path).status, 200, "{role}");
    }
    let none = ask(&support, &code(None, now));
    assert!(none.text.contains("The computer holds no activation."));
    let other = keyferry_token::ActivationId::new([0x5a; 10]);
    let other = ask(&support, &code(Some(&other), now));
    assert!(other.text.contains("No activation in the books fits it."));

    // Neither somebody who never signed in, nor somebody who was shut out meanwhile.
    let account = AccountName::new("support").unwrap();
    let account = stage.wait(stage.authority.account_named(&account)).unwrap();
    let change = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    let off = stage
        .authority
        .account_change(account.id, change, &Origin::Local);
    stage.wait(off).unwrap();
    for browser in [stage.browser(), support] {
        let page = ask(&browser, &own);
        assert_eq!(page.status, 200);
        assert!(!page.text.contains("press-04"));
        assert!(!page.text.contains("may be about"));
    }
}

#[test]
fn a_mistyped_code_is_told_beside_the_box_and_stays_in_it() {
    let stage = Stage::new();
    let page = stage
        .browser()
        .bring("/support", &[("text", "AB3D-9KX2-7QR")], &[]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("<title>Error: "));
    assert!(
        page.text
            .contains("The status code has 11 of 12 characters.")
    );
    assert!(page.text.contains("aria-invalid=\"true\""));
    assert!(page.text.contains(">AB3D-9KX2-7QR</textarea>"));
}

#[test]
fn a_status_message_is_read_and_answers_nothing() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let mut device = TestDevice::new("press-04");
    let grant = stage.activated(&mut device, &sold.code);
    let report = device.report(&stage.vendor(), Some(&grant));
    let message = text(TokenKind::Status, &report);
    let page = stage
        .browser()
        .bring("/support", &[("text", &message)], &[]);
    assert_eq!(page.heading(), "The status of press-04");
    assert!(page.text.contains("Licensed"));
    assert!(!page.text.contains("Download"));
}

#[test]
fn what_is_no_status_message_is_sent_on_and_not_answered_here() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    let mut device = TestDevice::new("press-04");
    let request = text(
        TokenKind::ActivationRequest,
        &stage.request(&mut device, &sold.code),
    );
    let browser = stage.browser();
    for page in [
        browser.bring("/support", &[("text", &request)], &[]),
        browser.bring("/support", &[], &[("request.kft", request.as_bytes())]),
    ] {
        assert_eq!(page.status, 422);
        assert!(page.text.contains("Reference KF-411"), "{}", page.text);
    }
    let key = keyferry_authority::EntitlementKey::Id(sold.entitlement.id);
    let entitlement = stage.wait(stage.authority.entitlement(&key)).unwrap();
    assert_eq!(entitlement.seats_used, 0);
}
