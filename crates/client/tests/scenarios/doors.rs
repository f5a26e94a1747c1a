//! Rule C5 for every kind there is: at this door it is taken, or told which way it travels.

use crate::desk::Desk;
use keyferry_catalogue::Code;
use keyferry_client::Applied;
use keyferry_fixtures::{NOW, TestDevice, TestVendor, rng};
use keyferry_token::{
    Artefact, SealedToken, Seconds, TimeRequest, TokenKind, seal_for_device, seal_for_vendor,
};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

/// A token of every kind that another computer made, or that was made for it.
fn of_a_neighbour() -> Vec<(TokenKind, Vec<u8>)> {
    let mut device = TestDevice::new("cad-08");
    let request = device.request_to(acme(), &acme().code());
    let opened = acme().open(&request.bytes);
    let grant = TestVendor::grant(&opened, NOW);
    let to = acme().addressee();
    let time = device.ask_time(&to, grant.activation);
    let asked = acme().open_as::<TimeRequest>(&time.bytes);
    let key = &opened.exchange_key;
    let tokens = vec![
        acme().respond(&request.bytes, NOW).bytes,
        acme().refresh(&opened, NOW, grant.clone()).bytes,
        acme().tell_time(&asked, NOW).bytes,
        acme()
            .refuse(&opened, key, NOW, &Code::NoFreeSeat.into())
            .bytes,
        device.deactivate(&to, &grant).bytes,
        device.report(&to, Some(&grant)).bytes,
        time.bytes,
        request.bytes,
    ];
    let kind = |bytes: &[u8]| SealedToken::parse(bytes).unwrap().kind();
    tokens
        .into_iter()
        .map(|bytes| (kind(&bytes), bytes))
        .collect()
}

#[test]
fn c5_every_kind_of_another_computer_is_recognised_and_changes_nothing() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let before = desk.seen();
    let all = of_a_neighbour();
    for kind in TokenKind::ALL {
        let (_, bytes) = all.iter().find(|(made, _)| *made == kind).unwrap();
        let told = desk.refused(bytes);
        let expected = if kind.from_device() {
            Code::WrongKind
        } else {
            Code::AnswerForOtherDevice
        };
        assert_eq!(told, expected, "{}", kind.name());
        let shown = desk.client().inspect(bytes).unwrap().remove(0).unwrap();
        assert!(shown.claims.is_empty() && !shown.trusted);
        assert_eq!(shown.problem.unwrap().code, expected);
    }
    assert_eq!(desk.seen(), before);
}

#[test]
fn c5_every_kind_that_was_made_here_is_known_as_ones_own() {
    let desk = Desk::with_acme("cad-07");
    let product = TestVendor::product();
    let request = desk.request(&acme().code());
    desk.apply(&acme().respond(&request.bytes, NOW).bytes)
        .unwrap();
    let status = desk.client().status_report(&product).unwrap();
    desk.clock.set(NOW.minus(Seconds::days(3)));
    let time = desk.client().request_time(None).unwrap();
    assert_eq!(desk.refused(&time.bytes), Code::OwnToken);
    let deactivation = desk.deactivate();
    assert_eq!(desk.refused(&request.bytes), Code::OwnRequest);
    assert_eq!(desk.refused(&status.bytes), Code::OwnToken);
    assert_eq!(desk.refused(&deactivation.bytes), Code::OwnToken);
    for made in [request, status, deactivation] {
        let shown = desk.client().inspect(&made.bytes).unwrap().remove(0);
        assert_eq!(shown.unwrap().claims, made.claims);
    }
}

#[test]
fn c6_whatever_is_brought_damaged_changes_nothing() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    let refresh = seat.refresh(NOW, |_| {});
    let before = desk.seen();
    for at in (0..refresh.len()).step_by(11) {
        let mut damaged = refresh.clone();
        damaged[at] ^= 0x10;
        desk.refused(&damaged);
    }
    for length in (0..refresh.len()).step_by(40) {
        desk.refused(&refresh[..length]);
    }
    assert_eq!(desk.seen(), before);
    assert!(matches!(
        desk.apply(&refresh),
        Ok(Applied::Refreshed { .. })
    ));
}

#[test]
fn a_vendor_of_the_same_name_signs_nothing_for_another() {
    // An attacker's own authority: the same names, a trusted profile of its own, and the device's
    // exchange key, which every request shows to the vendor it is for.
    let desk = Desk::with_acme("cad-07");
    let seat = desk.seat(|_| {});
    desk.trust(TestVendor::other());
    let before = desk.seen();
    let key = &seat.request.exchange_key;
    let renewed = TestVendor::renewed(&seat.grant, NOW);
    let mut forged = keyferry_token::Refresh {
        issued_at: NOW,
        vendor: acme().id(),
        product: TestVendor::product(),
        recipient: seat.request.signing_key.device_id(),
        grant: renewed,
    };
    let attacker = &TestVendor::other().signing_pair;
    let sealed = seal_for_device(&forged, attacker, key, &mut rng()).unwrap();
    assert_eq!(desk.refused(&sealed.bytes), Code::UntrustedKey);
    forged.vendor = TestVendor::other().id();
    let sealed = seal_for_device(&forged, attacker, key, &mut rng()).unwrap();
    assert_eq!(desk.refused(&sealed.bytes), Code::UntrustedKey);
    assert_eq!(desk.seen(), before);
}

#[test]
fn a_token_that_another_computer_sealed_to_this_one_is_no_vendors() {
    let desk = Desk::with_acme("cad-07");
    let seat = desk.seat(|_| {});
    let mut device = TestDevice::new("cad-08");
    let claims = device.next_deactivation(&acme().addressee(), &seat.grant);
    let sealed = seal_for_vendor(
        &claims,
        &device.signing,
        &seat.request.exchange_key,
        &mut rng(),
    );
    let bytes = sealed.unwrap().bytes;
    let before = desk.seen();
    assert_eq!(desk.refused(&bytes), Code::WrongKind);
    assert_eq!(desk.seen(), before);
    assert!(Artefact::read(&bytes).unwrap()[0].is_ok());
}
