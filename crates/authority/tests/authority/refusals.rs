//! Refusals that travel home with the device.

use keyferry_authority::{AnswerOutcome, Origin, Received, Refused};
use keyferry_fixtures::{TestDevice, TestVendor};
use keyferry_token::{
    ActivationCode, ExchangeSecretKey, SealedToken, TokenKind, VendorRefusal, Verified,
};

use crate::scene::{Scene, answered, one, refused};

/// What the device reads of it.
fn read(scene: &Scene, device: &TestDevice, refusal: &Refused) -> Verified<VendorRefusal> {
    let sealed = refusal.answer.as_ref().unwrap();
    assert_eq!(sealed.kind, TokenKind::Refusal);
    scene.open(device, sealed)
}

#[tokio::test]
async fn a_refused_device_is_told_why_in_words_that_are_signed() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    scene
        .activate(&mut TestDevice::new("north"), &sold.code)
        .await;
    let mut device = TestDevice::new("south");
    let request = scene.request(&mut device, &sold.code);
    let refusal = refused(scene.receive(&request).await);
    let told = read(&scene, &device, &refusal);
    assert_eq!((told.answers, told.recipient), (request.id, device.id()));
    assert_eq!(told.product, crate::scene::product());
    assert_eq!(told.reason.name(), "no_free_seat");
    let mut expected = refusal.problem.args.clone();
    let mut args = told.reason.problem().args;
    expected.sort();
    args.sort();
    assert_eq!(args, expected);
}

#[tokio::test]
async fn a13_a_refusal_tells_a_stranger_nothing_about_codes() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let tag = scene.profile.products[0].tag;
    let unknown = ActivationCode::from_random(tag, [9; 20]);
    let unknown = scene.refuse(&mut device, &unknown).await;
    scene.set_status(sold.entitlement.id, "suspended").await;
    let suspended = scene.refuse(&mut device, &sold.code).await;
    assert_ne!(unknown.cause, suspended.cause);
    for refusal in [unknown, suspended] {
        let told = read(&scene, &device, &refusal);
        assert_eq!(told.reason.name(), "activation_code_not_accepted");
        assert!(told.reason.problem().args.is_empty());
    }
}

#[tokio::test]
async fn a13_beyond_the_limit_nothing_is_signed() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    scene.set_status(sold.entitlement.id, "suspended").await;
    let mut device = TestDevice::new("north");
    for _ in 0..10 {
        assert!(scene.refuse(&mut device, &sold.code).await.answer.is_some());
    }
    let refusal = scene.refuse(&mut device, &sold.code).await;
    assert_eq!(refusal.problem.code.as_str(), "too_many_attempts");
    assert_eq!(refusal.answer, None);
}

#[tokio::test]
async fn what_is_not_believed_gets_no_refusal() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let other = TestVendor::make("Other", scene.profile.products[0].tag);
    let resealed = device.request(
        other.id(),
        scene.exchange_key(),
        crate::scene::product(),
        &sold.code,
    );
    let request = scene.request(&mut device, &sold.code);
    let mut changed = request.bytes;
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    for bytes in [resealed.bytes, changed, b"nothing".to_vec()] {
        let refusal = refused(one(scene.authority.receive(&bytes, &Origin::Local).await));
        assert_eq!((refusal.answer, refusal.token), (None, None));
    }
}

#[tokio::test]
async fn a_refusal_is_for_the_device_that_asked_and_for_no_other() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    scene
        .activate(&mut TestDevice::new("north"), &sold.code)
        .await;
    let mut device = TestDevice::new("south");
    let refusal = scene.refuse(&mut device, &sold.code).await;
    let sealed = SealedToken::parse(&refusal.answer.unwrap().bytes).unwrap();
    let other = ExchangeSecretKey::make(&mut keyferry_fixtures::rng());
    assert_eq!(
        sealed.open(&other).unwrap_err().code().as_str(),
        "cannot_be_opened"
    );
    let opened = sealed.open(&device.exchange).unwrap();
    let keys = scene.profile.signing_keys();
    let stranger = TestDevice::new("east").id();
    let fault = opened
        .signed()
        .verify_from_vendor::<VendorRefusal>(&keys, &stranger)
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "answer_for_other_device");
}

#[tokio::test]
async fn a_refused_request_can_be_brought_again_once_the_reason_is_gone() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let grant = scene.granted(&mut north, &sold.code).await;
    let mut south = TestDevice::new("south");
    let request = scene.request(&mut south, &sold.code);
    refused(scene.receive(&request).await);
    scene.deactivate(&mut north, &grant).await;
    assert!(matches!(
        scene.receive(&request).await,
        Received::Answered(_)
    ));
}

#[tokio::test]
async fn a3_a_request_that_was_refused_first_is_answered_once_for_all_later() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let grant = scene.granted(&mut north, &sold.code).await;
    scene.deactivate(&mut north, &grant).await;
    let mut south = TestDevice::new("south");
    let held = scene.granted(&mut south, &sold.code).await;
    // From a device that the books know, so that the token is seen before it counts.
    let request = scene.request(&mut north, &sold.code);
    refused(scene.receive(&request).await);
    scene.deactivate(&mut south, &held).await;
    let first = answered(scene.receive(&request).await);
    let again = answered(scene.receive(&request).await);
    assert_eq!(again.outcome, AnswerOutcome::Reissued);
    assert_eq!(again.sealed, first.sealed);
}
