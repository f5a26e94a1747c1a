//! What else may come in through the one door.

use keyferry_authority::{Origin, Received};
use keyferry_fixtures::{TestDevice, TestVendor};
use keyferry_token::{ArtefactKind, RequestNumber, TokenKind, armor, seal_for_vendor};

use crate::scene::{Scene, answered, one, refused};

async fn code_of(scene: &Scene, bytes: &[u8]) -> &'static str {
    let refusal = refused(one(scene.authority.receive(bytes, &Origin::Local).await));
    assert_eq!(refusal.token, None);
    refusal.problem.code.as_str()
}

#[tokio::test]
async fn a_request_is_read_in_every_form() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let request = scene.request(&mut TestDevice::new("north"), &sold.code);
    let text = armor(
        ArtefactKind::Token(TokenKind::ActivationRequest),
        &request.bytes,
    );
    let quoted = format!("Please answer:\r\n> {}", text.replace('\n', "\r\n> "));
    let first = answered(scene.receive(&request).await);
    for form in [text.as_bytes(), quoted.as_bytes()] {
        let again = answered(one(scene.authority.receive(form, &Origin::Local).await));
        assert_eq!(again.sealed.bytes, first.sealed.bytes);
    }
}

#[tokio::test]
async fn several_requests_at_once_are_each_judged_alone() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let kind = ArtefactKind::Token(TokenKind::ActivationRequest);
    let mut paste = String::new();
    for name in ["north", "south"] {
        let request = scene.request(&mut TestDevice::new(name), &sold.code);
        paste += &armor(kind, &request.bytes);
    }
    let received = scene
        .authority
        .receive(paste.as_bytes(), &Origin::Local)
        .await;
    assert!(matches!(
        received[..],
        [Received::Answered(_), Received::Refused(_)]
    ));
}

#[tokio::test]
async fn what_is_no_request_is_named() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let answer = scene.activate(&mut device, &sold.code).await;
    assert_eq!(
        code_of(&scene, &answer.sealed.bytes).await,
        "answer_brought_to_vendor"
    );
    let profile = std::fs::read(scene.authority.profile_file()).unwrap();
    assert_eq!(code_of(&scene, &profile).await, "wrong_kind");
    assert_eq!(code_of(&scene, b"").await, "nothing_read");
    assert_eq!(code_of(&scene, b"\x00\xff garbage").await, "unrecognised");
    assert_eq!(code_of(&scene, &vec![0xd8; 20 << 20]).await, "too_large");
    let cut = &answer.sealed.bytes[..answer.sealed.bytes.len() / 2];
    assert_eq!(code_of(&scene, cut).await, "malformed");
}

#[tokio::test]
async fn a_request_for_another_vendor_is_not_answered() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let other = TestVendor::make("Other", scene.profile.products[0].tag);
    let request = device.request_to(&other, &sold.code);
    assert_eq!(
        code_of(&scene, &request.bytes).await,
        "token_for_other_vendor"
    );

    // For this vendor's key, whose id was damaged on the way.
    let key = scene.exchange_key().clone();
    let request = scene.request(&mut device, &sold.code);
    let kid = *key.id().as_bytes();
    let mut damaged = request.bytes.clone();
    let at = damaged.windows(8).position(|bytes| bytes == kid).unwrap();
    damaged[at] ^= 1;
    assert_eq!(code_of(&scene, &damaged).await, "cannot_be_opened");

    // Sealed to this vendor, but made in another one's name.
    let request = device.request(other.id(), &key, crate::scene::product(), &sold.code);
    assert_eq!(
        code_of(&scene, &request.bytes).await,
        "token_for_other_vendor"
    );

    // Made for another key and sealed anew to this vendor.
    let mut claims = device.next_claims(
        scene.profile.vendor,
        &key,
        crate::scene::product(),
        &sold.code,
    );
    claims.recipient = other.exchange.public().id();
    let rng = &mut keyferry_fixtures::rng();
    let resealed = seal_for_vendor(&claims, &device.signing, &key, rng).unwrap();
    assert_eq!(
        code_of(&scene, &resealed.bytes).await,
        "token_for_other_vendor"
    );
    assert_eq!(scene.actions().await.last().unwrap(), "entitlement_added");
}

#[tokio::test]
async fn a_request_that_was_changed_is_not_answered() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let request = scene.request(&mut TestDevice::new("north"), &sold.code);
    let mut changed = request.bytes.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    assert_eq!(code_of(&scene, &changed).await, "signature_mismatch");
}

#[tokio::test]
async fn a_number_beyond_all_counting_is_refused() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    device.number = RequestNumber(u64::MAX - 1);
    let request = scene.request(&mut device, &sold.code);
    assert_eq!(code_of(&scene, &request.bytes).await, "malformed");
}

#[tokio::test]
async fn a_database_that_is_gone_is_no_answer() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let request = scene.request(&mut TestDevice::new("north"), &sold.code);
    let mut other = scene.database().await;
    sqlx::query("DROP TABLE grants")
        .execute(&mut other)
        .await
        .unwrap();
    assert_eq!(code_of(&scene, &request.bytes).await, "system_failure");
}
