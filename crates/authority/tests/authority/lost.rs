//! Lost devices: rule A9.

use keyferry_authority::{ActivationStatus, Deactivated, EndReason, NewProduct, Origin, Policy};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{ActivationId, ProductCode, Seconds};

use crate::scene::{Scene, answered, bought, cad, refused};

const ORIGIN: Origin = Origin::Local;

#[tokio::test]
async fn a9_a_released_seat_is_free_at_once_and_its_device_is_blocked() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let mut lost = TestDevice::new("lost");
    let request = scene.request(&mut lost, &sold.code);
    let activation = answered(scene.receive(&request).await).activation;
    let released = scene
        .authority
        .release_lost(activation, &ORIGIN)
        .await
        .unwrap();
    assert!(released.changed && released.activation.device_blocked);
    assert_eq!(released.activation.status, ActivationStatus::Released);
    assert_eq!(released.activation.ended_why, Some(EndReason::Lost));
    assert_eq!(released.activation.ended_at, Some(NOW));
    assert_eq!(scene.seats_used(&sold).await, 0);

    // Neither the lost answer, nor a new request, nor a refresh brings it back.
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(refusal.problem.code.as_str(), "activation_released");
    let refusal = scene.refuse(&mut lost, &sold.code).await;
    assert_eq!(refusal.problem.code.as_str(), "device_blocked");
    assert_eq!(scene.no_refresh(activation).await, "activation_released");
    // The second time is a no-op.
    let before = scene.actions().await;
    let again = scene
        .authority
        .release_lost(activation, &ORIGIN)
        .await
        .unwrap();
    assert!(!again.changed);
    assert_eq!(scene.actions().await, before);
    assert!(before.contains(&"activation_released".to_owned()));
}

#[tokio::test]
async fn a9_a_late_deactivation_of_a_released_device_is_recorded_and_frees_nothing() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut lost = TestDevice::new("lost");
    let grant = scene.granted(&mut lost, &sold.code).await;
    scene
        .authority
        .release_lost(grant.activation, &ORIGIN)
        .await
        .unwrap();
    let mut new = TestDevice::new("new");
    let held = scene.granted(&mut new, &sold.code).await;
    let outcome = scene.deactivate(&mut lost, &grant).await;
    assert!(
        matches!(outcome, Deactivated::Recorded { .. }),
        "{outcome:?}"
    );
    let record = scene.record(held.activation).await.activation;
    assert_eq!(record.status, ActivationStatus::Active);
    let record = scene.record(grant.activation).await.activation;
    assert_eq!(record.status, ActivationStatus::Released);
    let refusal = scene.refuse(&mut lost, &sold.code).await;
    assert_eq!(refusal.problem.code.as_str(), "device_blocked");
}

#[tokio::test]
async fn a9_a_device_that_is_allowed_again_gets_a_free_seat_and_not_its_old_activation() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let other = scene.sell(1).await;
    let mut device = TestDevice::new("found");
    let first = scene.granted(&mut device, &sold.code).await;
    scene
        .authority
        .release_lost(first.activation, &ORIGIN)
        .await
        .unwrap();
    // It is blocked for that entitlement alone.
    let elsewhere = scene.activate(&mut device, &other.code).await;
    assert_ne!(elsewhere.activation, first.activation);

    let allowed = scene
        .authority
        .allow_again(first.activation, &ORIGIN)
        .await
        .unwrap();
    assert!(allowed.changed && !allowed.activation.device_blocked);
    assert!(
        !scene
            .authority
            .allow_again(first.activation, &ORIGIN)
            .await
            .unwrap()
            .changed
    );
    assert_eq!(
        scene.no_refresh(first.activation).await,
        "activation_released"
    );
    let second = scene.granted(&mut device, &sold.code).await;
    assert_ne!(second.activation, first.activation);
    scene.refresh(&device, second.activation).await;
}

#[tokio::test]
async fn a9_releases_are_capped_for_an_entitlement_and_year() {
    let scene = Scene::new().await;
    let sold = scene.sell(3).await;
    let mut activations = Vec::new();
    for name in ["one", "two", "three"] {
        let mut device = TestDevice::new(name);
        activations.push(scene.activate(&mut device, &sold.code).await.activation);
    }
    for activation in &activations[..2] {
        scene
            .authority
            .release_lost(*activation, &ORIGIN)
            .await
            .unwrap();
    }
    // Allowing one again gives no release back.
    scene
        .authority
        .allow_again(activations[0], &ORIGIN)
        .await
        .unwrap();
    let fault = scene
        .authority
        .release_lost(activations[2], &ORIGIN)
        .await
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "release_cap_reached");
    assert_eq!(fault.problem().arg("cap"), Some("2"));
    let held = scene.record(activations[2]).await.activation;
    assert_eq!(held.status, ActivationStatus::Active);
    // Another entitlement has releases of its own, and so has another year.
    let other = scene.sell(1).await;
    let elsewhere = scene
        .activate(&mut TestDevice::new("four"), &other.code)
        .await
        .activation;
    scene
        .authority
        .release_lost(elsewhere, &ORIGIN)
        .await
        .unwrap();
    scene.clock.pass(Seconds::days(365));
    scene
        .authority
        .release_lost(activations[2], &ORIGIN)
        .await
        .unwrap();
}

#[tokio::test]
async fn a9_what_holds_no_seat_cannot_be_released() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    scene.deactivate(&mut device, &grant).await;
    let fault = scene
        .authority
        .release_lost(grant.activation, &ORIGIN)
        .await
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "activation_deactivated");
    let nobody = ActivationId::new([3; 10]);
    let fault = scene
        .authority
        .release_lost(nobody, &ORIGIN)
        .await
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "activation_unknown");
    let fault = scene
        .authority
        .allow_again(nobody, &ORIGIN)
        .await
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "activation_unknown");
}

#[tokio::test]
async fn a_products_policy_says_how_often_seats_change_hands() {
    let scene = Scene::new().await;
    let product = ProductCode::new("com.acme.mill").unwrap();
    let policy = Policy {
        rebinds: 0,
        moves: 4,
        lost: 0,
    };
    let strict = NewProduct {
        code: product.clone(),
        policy,
        ..cad()
    };
    let added = scene
        .authority
        .product_add(strict, &Origin::Local)
        .await
        .unwrap();
    assert_eq!(added.policy, policy);
    assert_eq!(scene.authority.products().await.unwrap()[1].policy, policy);
    let mut new = bought(2);
    new.product = product.clone();
    let sold = scene
        .authority
        .entitlement_add(new, &Origin::Local)
        .await
        .unwrap();
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let request = device.request(to.vendor, &to.key, product.clone(), &sold.code);
    let activation = answered(scene.receive(&request).await).activation;
    // The same machine, set up anew.
    let mut again = TestDevice::new("north");
    let request = again.request(to.vendor, &to.key, product, &sold.code);
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(refusal.problem.code.as_str(), "reactivation_cap_reached");
    let fault = scene
        .authority
        .release_lost(activation, &ORIGIN)
        .await
        .unwrap_err();
    assert_eq!(fault.problem().arg("cap"), Some("0"));
}
