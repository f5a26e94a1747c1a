//! Giving a seat back: rule C4, and what C1, C2 and C6 say after it.

use crate::desk::{Desk, label, two_runs};
use keyferry_catalogue::{Code, Language, Phrase};
use keyferry_client::{Action, Applied, Confirmation, Fresh, TimeSource as _};
use keyferry_fixtures::{FakeMachine, NOW, TestVendor};
use keyferry_license::State;
use keyferry_token::{
    ActivationCode, Artefact, CodeTag, ComponentKind, Deactivation, DeactivationReason, Name,
    ProductEntry, SeatStatus, Seconds, TokenId, TokenKind, Verified, sign_profile,
};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

fn open(bytes: &[u8]) -> Verified<Deactivation> {
    acme().open_as(bytes)
}

#[test]
fn c4_the_program_stops_and_the_token_says_whose_seat_is_free() {
    let desk = Desk::with_acme("cad-07");
    let seat = desk.seat(|_| {});
    let made = desk.deactivate();
    let standing = desk.standing();
    assert_eq!(standing.standing.state, State::Unlicensed);
    assert_eq!(standing.standing.reason(), Some(Code::Deactivated));
    assert_eq!(standing.grant, None);
    let claims = open(&made.bytes);
    assert_eq!(claims.activation, seat.grant.activation);
    assert_eq!(claims.sequence, seat.grant.sequence);
    assert_eq!(claims.reason, DeactivationReason::NotNeeded);
    assert_eq!(claims.label, seat.request.label);
    assert_eq!(claims.signing_key, seat.request.signing_key);
    assert!(claims.number > seat.request.number);
    assert_eq!(claims.id(), made.id);
    assert_eq!(made.kind, TokenKind::Deactivation);
    assert_eq!(
        made.file_name,
        format!("keyferry-deactivation-{}.kft", made.reference)
    );
}

#[test]
fn c4_it_is_shown_again_until_its_delivery_is_confirmed_and_after_that_too() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let product = TestVendor::product();
    assert!(desk.client().deactivation(&product).unwrap().is_none());
    let made = desk.deactivate();
    assert!(!made.again);
    let again = desk.deactivate();
    assert_eq!((again.again, &again.bytes), (true, &made.bytes));
    let shown = desk.client().deactivation(&product).unwrap().unwrap();
    assert_eq!((&shown.bytes, shown.delivered), (&made.bytes, None));
    assert!(desk.standing().actions.contains(&Action::Deliver));

    desk.clock.pass(Seconds::HOUR);
    let delivered = desk.client().deactivation_delivered(&product).unwrap();
    assert!(!delivered.again);
    let shown = desk.client().deactivation(&product).unwrap().unwrap();
    assert_eq!(shown.bytes, made.bytes);
    assert_eq!(shown.delivered, Some(NOW.plus(Seconds::HOUR)));
    assert!(!desk.standing().actions.contains(&Action::Deliver));
    let fault = desk
        .client()
        .deactivate(&product, DeactivationReason::Other)
        .unwrap_err();
    assert_eq!(fault.code(), Code::NothingToDeactivate);
}

#[test]
fn c4_delivered_twice_is_a_no_op_and_delivered_without_one_says_so() {
    let desk = Desk::with_acme("cad-07");
    let product = TestVendor::product();
    let none = desk.client().deactivation_delivered(&product).unwrap_err();
    assert_eq!(none.problem().arg("product"), Some("Acme CAD"));
    assert_eq!(none.code(), Code::NoDeactivation);
    desk.activate();
    desk.deactivate();
    desk.client().deactivation_delivered(&product).unwrap();
    let before = desk.seen();
    desk.clock.pass(Seconds::new(5));
    let again = desk.client().deactivation_delivered(&product).unwrap();
    assert_eq!(
        (again.again, again.deactivation.delivered_at),
        (true, Some(NOW))
    );
    desk.clock.set(NOW);
    assert_eq!(desk.seen(), before);
}

#[test]
fn c4_the_plan_says_what_will_happen_and_changes_nothing() {
    let desk = Desk::with_acme("cad-07");
    let seat = desk.seat(|_| {});
    let before = desk.seen();
    let plan = desk.client().deactivation_plan(&TestVendor::product());
    let plan = plan.unwrap();
    assert_eq!(desk.seen(), before);
    let grant = plan.product.grant.clone().unwrap();
    assert_eq!(grant.activation, seat.grant.activation);
    assert_eq!(plan.works_until, Some(NOW.plus(Seconds::days(30))));
    let made = desk.deactivate();
    for claim in &plan.claims {
        let told = made.claims.iter().find(|told| told.name == claim.name);
        assert_eq!(told, Some(claim), "the token says what the plan said");
    }
    let fault = desk.client().deactivation_plan(&TestVendor::product());
    assert_eq!(fault.unwrap_err().code(), Code::NothingToDeactivate);
}

#[test]
fn c4_whatever_the_trusted_grant_allows_it_can_be_given_back() {
    type Case = (&'static str, u64, SeatStatus, Option<Code>);
    let cases: [Case; 4] = [
        ("licensed", 0, SeatStatus::Active, None),
        ("grace", 31, SeatStatus::Active, Some(Code::LeaseEnded)),
        ("expired", 40, SeatStatus::Active, Some(Code::LeaseEnded)),
        ("stopped", 0, SeatStatus::Suspended, Some(Code::Suspended)),
    ];
    for (name, days, status, reason) in cases {
        let desk = Desk::with_acme("cad-07");
        desk.seat(|grant| {
            grant.status = status;
            if status != SeatStatus::Active {
                grant.lease_expires_at = None;
            }
        });
        desk.clock.pass(Seconds::days(days));
        assert_eq!(desk.reason(), reason, "{name}");
        desk.deactivate();
        assert_eq!(desk.reason(), Some(Code::Deactivated), "{name}");
    }
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.clock.set(NOW.minus(Seconds::days(2)));
    assert_eq!(desk.reason(), Some(Code::ClockBehind));
    desk.deactivate();

    let desk = Desk::with_acme("cad-07");
    desk.seat(|grant| grant.emergency = Some(two_runs(NOW)));
    desk.clock.pass(Seconds::days(40));
    desk.client()
        .take_emergency(&TestVendor::product())
        .unwrap();
    assert_eq!(desk.state(), State::Emergency);
    let made = desk.deactivate();
    assert_eq!(
        desk.reason(),
        Some(Code::Deactivated),
        "an emergency run ends with it"
    );
    assert_eq!(open(&made.bytes).emergency_runs, [desk.clock.now()]);
}

#[test]
fn c4_on_another_machine_and_in_a_damaged_store_it_is_refused_and_nothing_changes() {
    let mut desk = Desk::with_acme("cad-07");
    desk.activate();
    let refused = |desk: &Desk| {
        let product = TestVendor::product();
        let fault = desk
            .client()
            .deactivate(&product, DeactivationReason::Other);
        fault.unwrap_err().code()
    };
    desk.machine = FakeMachine::new("cad-99");
    let before = desk.seen();
    assert_eq!(refused(&desk), Code::WrongDevice);
    assert_eq!(desk.seen(), before);
    desk.machine = FakeMachine::new("cad-07");
    std::fs::write(desk.home().join("state"), b"damaged").unwrap();
    assert_eq!(refused(&desk), Code::StoreDamaged);
    let empty = Desk::with_acme("cad-08");
    assert_eq!(refused(&empty), Code::NothingToDeactivate);
    let stranger = Desk::new("cad-09");
    assert_eq!(refused(&stranger), Code::ProductNotHere);
}

#[test]
fn c2_it_withdraws_every_outstanding_request_and_takes_no_answer_any_more() {
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    desk.clock.pass(Seconds::days(31));
    let now = desk.clock.now();
    let waiting = desk.request(&acme().code());
    let refresh = seat.refresh(now, |_| {});
    let late = acme().respond(&waiting.bytes, now).bytes;
    desk.deactivate();
    assert!(desk.client().outstanding_all().unwrap().is_empty());
    let before = desk.seen();
    assert_eq!(desk.refused(&late), Code::AnswersNothingOutstanding);
    assert_eq!(
        desk.refused(&seat.response),
        Code::AnswersNothingOutstanding
    );
    assert_eq!(desk.refused(&refresh), Code::RefreshForOtherActivation);
    assert_eq!(desk.seen(), before);
}

#[test]
fn c1_after_it_the_same_computer_asks_with_the_same_device_key_and_a_new_exchange_key() {
    let desk = Desk::with_acme("cad-07");
    let seat = desk.seat(|_| {});
    let made = desk.deactivate();
    let request = desk.request(&acme().code());
    let asked = acme().open(&request.bytes);
    assert_eq!(asked.signing_key, seat.request.signing_key);
    assert_ne!(asked.exchange_key, seat.request.exchange_key);
    assert!(asked.number > open(&made.bytes).number);
    assert_eq!(desk.reason(), Some(Code::AwaitingAnswer));
    let shown = desk.client().deactivation(&TestVendor::product()).unwrap();
    assert_eq!(shown.unwrap().bytes, made.bytes, "both can go on one trip");
    // The vendor does not know of the deactivation yet, and renews the activation.
    let renewed = TestVendor::renewed(&seat.grant, NOW);
    let answer = acme().respond_with(&asked, NOW, renewed);
    desk.apply(&answer.bytes).unwrap();
    assert_eq!(desk.state(), State::Licensed);
    assert!(
        shown_now(&desk).is_none(),
        "the seat is this computer's again"
    );
    assert_eq!(desk.standing().deactivation, None);
    assert!(!desk.standing().actions.contains(&Action::Deliver));
}

/// What a face shows of the deactivations: the id, and whether it was delivered.
fn shown_now(desk: &Desk) -> Option<(TokenId, bool)> {
    let shown = desk.client().deactivation(&TestVendor::product()).unwrap();
    let told = desk.standing().deactivation;
    assert_eq!(told.map(|told| told.id), shown.as_ref().map(|made| made.id));
    shown.map(|made| (made.id, made.delivered.is_some()))
}

fn deliver(desk: &Desk) -> TokenId {
    let product = TestVendor::product();
    let delivered = desk.client().deactivation_delivered(&product).unwrap();
    delivered.deactivation.id
}

#[test]
fn c4_activated_with_another_code_the_old_seat_can_still_be_given_back() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let made = desk.deactivate();
    desk.activate();
    assert_eq!(desk.state(), State::Licensed);
    assert_eq!(shown_now(&desk), Some((made.id, false)));
    let kept = desk.client().carried(&made.id).unwrap().unwrap();
    assert_eq!(kept.bytes, made.bytes);
    assert!(desk.standing().actions.contains(&Action::Deliver));
    let in_use = desk.client().remove_vendor(&acme().id()).unwrap_err();
    assert_eq!(in_use.code(), Code::VendorInUse);

    assert_eq!(deliver(&desk), made.id);
    assert_eq!(shown_now(&desk), Some((made.id, true)));
    assert_eq!(desk.state(), State::Licensed);
    assert!(!desk.standing().actions.contains(&Action::Deliver));
}

#[test]
fn c4_of_several_that_wait_the_oldest_is_delivered_first() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let first = desk.deactivate();
    let seat = desk.seat(|_| {});
    let second = desk.deactivate();
    assert_ne!(second.id, first.id);
    assert!(!second.again);
    assert_eq!(open(&second.bytes).activation, seat.grant.activation);
    let again = desk.deactivate();
    assert_eq!((again.again, again.id), (true, second.id));
    assert_eq!(desk.reason(), Some(Code::Deactivated));

    let reset = |desk: &Desk| desk.client().reset_before_imaging();
    for waiting in [first.id, second.id] {
        assert_eq!(shown_now(&desk), Some((waiting, false)));
        let fault = reset(&desk).unwrap_err();
        assert_eq!(fault.code(), Code::DeactivationUndelivered);
        assert_eq!(deliver(&desk), waiting);
    }
    assert_eq!(shown_now(&desk), Some((second.id, true)));
    assert_eq!(deliver(&desk), second.id, "confirmed again, it is the same");
    reset(&desk).unwrap();
}

#[test]
fn c4_the_deactivation_that_was_shown_is_the_one_that_is_confirmed() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let first = desk.deactivate();
    desk.activate();
    let second = desk.deactivate();
    let client = desk.client();
    let delivered = client.token_delivered(&second.id).unwrap();
    assert_eq!(
        (delivered.deactivation.id, delivered.again),
        (second.id, false)
    );
    assert!(client.token_delivered(&second.id).unwrap().again);
    assert_eq!(
        shown_now(&desk),
        Some((first.id, false)),
        "the other one still waits"
    );
    let unknown = client
        .token_delivered(&TokenId::of_claims(b"none"))
        .unwrap_err();
    assert_eq!(unknown.code(), Code::NothingOutstanding);
}

#[test]
fn c4_what_was_delivered_is_history_once_the_product_is_activated_again() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.deactivate();
    deliver(&desk);
    desk.activate();
    assert_eq!(shown_now(&desk), None);
}

#[test]
fn c1_a_repair_does_not_take_an_older_deactivation_for_the_last_word() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let made = desk.deactivate();
    desk.activate();
    desk.clock.pass(Seconds::HOUR);
    desk.standing();
    std::fs::write(desk.home().join("state"), b"damaged").unwrap();
    desk.trust(TestVendor::other());
    assert_eq!(desk.reason(), Some(Code::StoreDamaged), "not: deactivated");
    assert_eq!(shown_now(&desk), Some((made.id, false)));
}

#[test]
fn a_neighbouring_product_of_the_same_vendor_keeps_its_key() {
    // Two products of one vendor share a device key and an exchange key.
    let desk = Desk::with_acme("cad-07");
    let mut seat = desk.seat(|_| {});
    let mut profile = acme().profile.clone();
    profile.number += 1;
    profile.products.push(ProductEntry {
        code: "com.acme.cam".parse().unwrap(),
        name: Name::new("Acme CAM").unwrap(),
        tag: CodeTag::from_random([7; 4]),
    });
    let signed = sign_profile(&profile, &acme().profile_pair).unwrap();
    let client = desk.client();
    let pending = client.read_profile(&signed).unwrap();
    client.trust(&pending, Confirmation::Nothing).unwrap();
    let code = ActivationCode::from_random(CodeTag::from_random([7; 4]), [9; 20]);
    let cam = "com.acme.cam".parse().unwrap();
    let request = desk.request(&code);
    desk.apply(&acme().respond(&request.bytes, NOW).bytes)
        .unwrap();
    client.deactivate(&cam, DeactivationReason::Other).unwrap();
    let refresh = seat.refresh(NOW.plus(Seconds::DAY), |_| {});
    assert!(matches!(
        desk.apply(&refresh),
        Ok(Applied::Refreshed { .. })
    ));
}

#[test]
fn c5_ones_own_deactivation_travels_to_the_vendor() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let made = desk.deactivate();
    let before = desk.seen();
    for form in [
        &made.bytes[..],
        made.armored.as_bytes(),
        made.qr_text.as_bytes(),
    ] {
        let fault = desk.apply(form).unwrap_err().problem();
        assert_eq!(fault.code, Code::OwnToken);
        assert_eq!(fault.arg("kind"), Some("deactivation"));
        let artefact = Artefact::read(form).unwrap().remove(0).unwrap();
        assert_eq!(artefact.bytes(), made.bytes);
    }
    let neighbour = Desk::with_acme("cad-08");
    assert_eq!(neighbour.refused(&made.bytes), Code::WrongKind);
    assert_eq!(desk.seen(), before);
    let shown = desk.client().inspect(&made.bytes).unwrap().remove(0);
    let shown = shown.unwrap();
    assert_eq!(shown.claims, made.claims);
    let reason = shown.claims.iter().find(|c| c.name == Phrase::ClaimReason);
    assert_eq!(
        reason.unwrap().in_words(Language::En),
        "The program is not needed here any more."
    );
}

#[test]
fn a_vendor_stays_while_its_deactivation_is_to_be_delivered() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.deactivate();
    let client = desk.client();
    let fault = client.remove_vendor(&acme().id()).unwrap_err();
    assert_eq!(fault.code(), Code::VendorInUse);
    client
        .deactivation_delivered(&TestVendor::product())
        .unwrap();
    client.remove_vendor(&acme().id()).unwrap();
}

#[test]
fn c4_a_repair_keeps_the_deactivation_and_says_so() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let made = desk.deactivate();
    let product = TestVendor::product();
    desk.client().deactivation_delivered(&product).unwrap();
    std::fs::write(desk.home().join("state"), b"damaged").unwrap();
    let standing = desk.standing();
    assert_eq!(standing.standing.reason(), Some(Code::StoreDamaged));
    let kept = standing.deactivation.unwrap();
    assert_eq!(kept.id, made.id);
    // Trusting a vendor anew is a repair, too.
    desk.trust(TestVendor::other());
    assert_eq!(desk.reason(), Some(Code::Deactivated));
    let shown = desk.client().deactivation(&product).unwrap().unwrap();
    assert_eq!(shown.bytes, made.bytes);
}

#[test]
fn of_two_vendors_with_one_product_code_the_right_one_gets_it() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    let made = desk.deactivate();
    desk.trust(TestVendor::other());
    desk.request(&TestVendor::other().code());
    let again = desk.deactivate();
    assert_eq!((again.id, again.vendor.id()), (made.id, acme().id()));
    let shown = desk.client().carried(&made.id).unwrap().unwrap();
    assert_eq!(shown.vendor.id(), acme().id());
}

#[test]
fn what_changed_on_the_machine_within_tolerance_does_not_matter() {
    let mut desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.machine = desk.machine.with(ComponentKind::NetworkAdapter, "new");
    desk.deactivate();
    assert_eq!(desk.reason(), Some(Code::Deactivated));
}

#[test]
fn a_second_request_can_wait_while_the_deactivation_does() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.deactivate();
    let code = acme().code();
    desk.request(&code);
    let again = desk.client().request_activation(&code, &label(), Fresh::No);
    assert!(again.unwrap().again);
    let shown = desk.deactivate();
    assert!(shown.again, "asked again it is still the same");
}
