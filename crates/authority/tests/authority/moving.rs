//! Moving in one trip: rule A7, and what comes first of what is brought together.

use keyferry_authority::{Deactivated, Origin, Received};
use keyferry_fixtures::TestDevice;
use keyferry_token::{ArtefactKind, TokenKind, armor};

use crate::scene::{Scene, answered, given_back, one, refused};

#[tokio::test]
async fn a_move_is_done_in_one_trip_whatever_lies_on_top() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut old = TestDevice::new("old");
    let grant = scene.granted(&mut old, &sold.code).await;
    let mut new = TestDevice::new("new");
    let request = scene.request(&mut new, &sold.code);
    let deactivation = old.deactivate(&scene.vendor(), &grant);
    let armored =
        |kind, token: &keyferry_token::Sealed| armor(ArtefactKind::Token(kind), &token.bytes);
    let paste = armored(TokenKind::ActivationRequest, &request)
        + &armored(TokenKind::Deactivation, &deactivation);
    let received = scene
        .authority
        .receive(paste.as_bytes(), &Origin::Local)
        .await;
    let [Received::Answered(answer), Received::Deactivated(told)] = &received[..] else {
        panic!("{received:?}");
    };
    assert_eq!(answer.device, new.id());
    assert_eq!(told.outcome, Deactivated::Freed);
    assert_eq!(scene.seats_used(&sold).await, 1);
}

#[tokio::test]
async fn several_files_are_told_in_their_order_and_deactivations_come_first_in_all() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut old = TestDevice::new("old");
    let grant = scene.granted(&mut old, &sold.code).await;
    let request = scene.request(&mut TestDevice::new("new"), &sold.code);
    let deactivation = old.deactivate(&scene.vendor(), &grant);
    let files: [&[u8]; 4] = [&request.bytes, b"no token", b"", &deactivation.bytes];
    let mut received = scene.authority.receive_all(&files, &Origin::Local).await;
    assert_eq!(received.len(), 4);
    given_back(one(received.remove(3)));
    let code = |received| refused(one(received)).problem.code.as_str();
    assert_eq!(code(received.remove(2)), "nothing_read");
    assert_eq!(code(received.remove(1)), "unrecognised");
    answered(one(received.remove(0)));
}

#[tokio::test]
async fn a_device_that_leaves_and_comes_back_in_one_delivery_holds_one_seat() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let mut device = TestDevice::new("north");
    let early = scene.request(&mut device, &sold.code);
    let grant = scene.granted(&mut device, &sold.code).await;
    let deactivation = device.deactivate(&scene.vendor(), &grant);
    let later = scene.request(&mut device, &sold.code);
    let files = [&later.bytes, &early.bytes, &deactivation.bytes];
    let mut received = scene.authority.receive_all(&files, &Origin::Local).await;
    assert_eq!(
        given_back(one(received.remove(2))).outcome,
        Deactivated::Freed
    );
    // Made before the device left: it asks for nothing any more.
    let refusal = refused(one(received.remove(1)));
    assert_eq!(refusal.problem.code.as_str(), "request_superseded");
    let answer = answered(one(received.remove(0)));
    assert_ne!(answer.activation, grant.activation);
    assert_eq!(scene.seats_used(&sold).await, 1);
}
