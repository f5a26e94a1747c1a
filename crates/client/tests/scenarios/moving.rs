//! Moving a license to another computer in one trip.

use crate::desk::Desk;
use keyferry_catalogue::Code;
use keyferry_client::MoveFault;
use keyferry_fixtures::{NOW, TestVendor};
use keyferry_token::{Artefact, ArtefactKind, Deactivation, DeactivationReason, TokenKind, armor};

fn acme() -> &'static TestVendor {
    TestVendor::acme()
}

/// What is in a text, in its order.
fn kinds(text: &str) -> Vec<ArtefactKind> {
    let artefacts = Artefact::read(text.as_bytes()).unwrap().into_iter();
    artefacts.map(|one| one.unwrap().kind()).collect()
}

const BOTH: [ArtefactKind; 2] = [
    ArtefactKind::Token(TokenKind::Deactivation),
    ArtefactKind::Token(TokenKind::ActivationRequest),
];

#[test]
fn both_travel_in_one_text_the_deactivation_first() {
    let (old, new) = (Desk::with_acme("cad-07"), Desk::with_acme("cad-08"));
    old.activate();
    let request = new.request(&acme().code());
    let client = old.client();
    let brought = client
        .read_move_request(request.armored.as_bytes())
        .unwrap();
    assert_eq!(brought.vendor.id(), acme().id());
    assert_eq!(brought.recipient, acme().exchange.public().id());
    let moved = client
        .move_away(&TestVendor::product(), Some(&brought))
        .unwrap();
    assert_eq!(kinds(&moved.armored), BOTH);
    assert_eq!(moved.companion.as_deref(), Some(&request.bytes[..]));
    assert_eq!(moved.reason, Some(DeactivationReason::Moving));
    assert_eq!(
        moved.file_name,
        format!("keyferry-move-{}.kft", moved.reference)
    );
    let claims = acme().open_as::<Deactivation>(&moved.bytes);
    assert_eq!(claims.reason, DeactivationReason::Moving);

    let again = old.client().deactivation(&TestVendor::product()).unwrap();
    assert_eq!(
        again.unwrap().armored,
        moved.armored,
        "also after a restart"
    );
    let answer = acme().respond(&request.bytes, NOW).bytes;
    new.apply(&answer).unwrap();
    assert!(new.state().runs() && !old.state().runs());
}

#[test]
fn without_a_request_only_the_deactivation_travels_and_the_request_can_join_later() {
    let (old, new) = (Desk::with_acme("cad-07"), Desk::with_acme("cad-08"));
    old.activate();
    let product = TestVendor::product();
    let alone = old.client().move_away(&product, None).unwrap();
    assert_eq!(kinds(&alone.armored), BOTH[..1]);
    let request = new.request(&acme().code());
    let brought = old.client().read_move_request(&request.bytes).unwrap();
    let both = old.client().move_away(&product, Some(&brought)).unwrap();
    assert!(both.again);
    assert_eq!(both.bytes, alone.bytes, "the same deactivation");
    assert_eq!(kinds(&both.armored), BOTH);
    let before = old.seen();
    old.client().move_away(&product, Some(&brought)).unwrap();
    old.client().move_away(&product, None).unwrap();
    assert_eq!(old.seen(), before);
}

#[test]
fn what_is_no_request_of_a_new_computer_is_named_before_anything_is_given_up() {
    let (old, new) = (Desk::with_acme("cad-07"), Desk::with_acme("cad-08"));
    let own = old.request(&acme().code());
    let answer = acme().respond(&own.bytes, NOW).bytes;
    old.apply(&answer).unwrap();
    let before = old.seen();
    let told = |bytes: &[u8]| {
        let fault = old.client().read_move_request(bytes).unwrap_err();
        assert_eq!(fault.code(), fault.problem().code);
        fault.code()
    };
    assert_eq!(told(&own.bytes), Code::MoveOwnRequest);
    assert_eq!(told(&answer), Code::MoveNeedsRequest);
    assert_eq!(told(&acme().signed_profile()), Code::MoveNeedsRequest);
    assert_eq!(told(b"hello"), Code::Unrecognised);
    assert_eq!(told(b""), Code::NothingRead);
    let request = new.request(&acme().code());
    let cut = &request.armored.as_bytes()[..300];
    assert_eq!(told(cut), Code::ArmorUnfinished);
    let stranger = Desk::new("cad-09");
    stranger.trust(TestVendor::other());
    let foreign = stranger.request(&TestVendor::other().code());
    assert_eq!(told(&foreign.bytes), Code::MoveOtherVendor);
    assert_eq!(old.seen(), before);
}

#[test]
fn a_request_for_another_trusted_vendor_does_not_move_this_product() {
    let desk = Desk::with_acme("cad-07");
    desk.activate();
    desk.trust(TestVendor::other());
    let new = Desk::new("cad-08");
    new.trust(TestVendor::other());
    let request = new.request(&TestVendor::other().code());
    let client = desk.client();
    let brought = client.read_move_request(&request.bytes).unwrap();
    let before = desk.seen();
    let fault = client.move_away(&TestVendor::product(), Some(&brought));
    assert_eq!(fault.unwrap_err(), MoveFault::OtherVendor.into());
    assert_eq!(desk.seen(), before);
    assert!(desk.state().runs());
    let given_up = desk.deactivate();
    let before = desk.seen();
    let fault = client.move_away(&TestVendor::product(), Some(&brought));
    assert_eq!(fault.unwrap_err(), MoveFault::OtherVendor.into());
    assert_eq!(desk.seen(), before, "nor joins {}", given_up.reference);
}

#[test]
fn ones_own_request_beside_the_new_computers_is_passed_over() {
    let (old, new) = (Desk::with_acme("cad-07"), Desk::with_acme("cad-08"));
    let own = old.request(&acme().code());
    let theirs = new.request(&acme().code());
    let paste = format!("{}\nand\n{}", own.armored, theirs.armored);
    let brought = old.client().read_move_request(paste.as_bytes()).unwrap();
    assert_eq!(brought.bytes, theirs.bytes);
    let text = armor(BOTH[1], &brought.bytes);
    assert_eq!(text, theirs.armored);
}
