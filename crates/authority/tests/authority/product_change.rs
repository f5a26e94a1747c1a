//! What the vendor changes about a product that is sold already.

use keyferry_authority::{
    AnswerOutcome, Deactivated, EmergencyOffer, EmergencyTerms, Origin, Page, ProductChange,
    ProductTerms,
};
use keyferry_fixtures::TestDevice;
use keyferry_token::{Name, ProductCode, Seconds};
use serde_json::{Value, json};

use crate::scene::{Scene, answered, product, refused};

async fn change(scene: &Scene, terms: ProductTerms) -> ProductChange {
    let (code, origin) = (product(), Origin::Local);
    let changed = scene.authority.product_change(&code, terms, &origin);
    changed.await.unwrap()
}

/// What the last entry of the audit log tells of a change.
async fn told(scene: &Scene) -> Value {
    let entries = scene.authority.audit(Page::first(1000)).await.unwrap();
    let last = entries.items.last().unwrap().clone();
    assert_eq!(last.action, "product_changed");
    assert_eq!(last.product, Some(product()));
    serde_json::from_str(&last.detail).unwrap()
}

#[tokio::test]
async fn a_cap_that_is_raised_lets_through_what_it_refused() {
    let scene = Scene::new().await;
    let none = ProductTerms {
        rebinds: Some(0),
        moves: Some(0),
        lost: Some(0),
        ..ProductTerms::default()
    };
    assert!(change(&scene, none).await.changed);
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first = scene.activate(&mut device, &sold.code).await.activation;
    // The same machine, set up anew.
    let mut again = TestDevice::new("north");
    let request = scene.request(&mut again, &sold.code);
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(refusal.problem.code.as_str(), "reactivation_cap_reached");
    let fault = scene.authority.release_lost(first, &Origin::Local).await;
    assert_eq!(fault.unwrap_err().code().as_str(), "release_cap_reached");

    let once = ProductTerms {
        rebinds: Some(1),
        moves: Some(1),
        lost: Some(1),
        ..ProductTerms::default()
    };
    change(&scene, once).await;
    // The very bytes that were refused.
    let moved = answered(scene.receive(&request).await);
    assert_eq!(moved.outcome, AnswerOutcome::Moved);
    let grant = scene.read(&again, &moved).grant.clone();
    let outcome = scene.deactivate(&mut again, &grant).await;
    assert_eq!(outcome, Deactivated::Freed);
    let last = scene.granted(&mut again, &sold.code).await.activation;
    let released = scene.authority.release_lost(last, &Origin::Local).await;
    assert!(released.unwrap().changed);
}

#[tokio::test]
async fn what_is_not_named_stays_and_what_changed_is_in_the_log() {
    let scene = Scene::new().await;
    let before = scene.authority.products().await.unwrap().remove(0);
    let moves = ProductTerms {
        moves: Some(8),
        lost: Some(before.policy.lost),
        ..ProductTerms::default()
    };
    let changed = change(&scene, moves.clone()).await;
    assert!(changed.changed && !changed.renamed);
    let mut expected = before.clone();
    expected.policy.moves = 8;
    assert_eq!(changed.product, expected);
    assert_eq!(scene.authority.products().await.unwrap()[0], expected);
    assert_eq!(told(&scene).await, json!({"moves": 8}));
    assert_eq!(scene.authority.profile().await.unwrap(), scene.profile);

    let entries = scene.actions().await.len();
    for nothing in [moves, ProductTerms::default()] {
        let unchanged = change(&scene, nothing).await;
        assert!(!unchanged.changed && !unchanged.renamed);
    }
    assert_eq!(scene.actions().await.len(), entries);

    let run = EmergencyTerms {
        length: Seconds::days(3),
        uses: 2,
        on_wrong_device: true,
    };
    let more = ProductTerms {
        offline: Some(false),
        grace: Some(Seconds::days(1)),
        emergency: Some(EmergencyOffer::Allowed(run)),
        rebinds: Some(0),
        lost: Some(0),
        ..ProductTerms::default()
    };
    let changed = change(&scene, more).await.product;
    assert_eq!(scene.authority.products().await.unwrap()[0], changed);
    assert_eq!(changed.emergency, Some(run));
    assert_eq!(
        told(&scene).await,
        json!({"offline": false, "grace": 86_400, "emergency": 259_200, "emergency_uses": 2,
            "emergency_on_other_device": true, "rebinds": 0, "lost": 0})
    );
    let none = ProductTerms {
        emergency: Some(EmergencyOffer::NotAllowed),
        ..ProductTerms::default()
    };
    assert_eq!(change(&scene, none).await.product.emergency, None);
    assert_eq!(told(&scene).await, json!({"emergency": null}));
}

#[tokio::test]
async fn another_name_is_in_the_next_profile() {
    let scene = Scene::new().await;
    let name = Name::new("Acme CAD 2").unwrap();
    let terms = ProductTerms {
        name: Some(name.clone()),
        ..ProductTerms::default()
    };
    assert!(change(&scene, terms.clone()).await.renamed);
    assert_eq!(told(&scene).await, json!({"name": "Acme CAD 2"}));
    let profile = scene.authority.profile().await.unwrap();
    assert_eq!(profile.number, scene.profile.number + 1);
    assert_eq!(profile.product(&product()).unwrap().name, name);
    let published = std::fs::read_to_string(scene.authority.profile_file()).unwrap();
    assert!(!change(&scene, terms).await.changed);
    let again = std::fs::read_to_string(scene.authority.profile_file()).unwrap();
    assert_eq!(again, published);
    assert_eq!(scene.authority.profile().await.unwrap(), profile);
}

#[tokio::test]
async fn what_leases_allow_reaches_a_device_with_its_next_one() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &sold.code).await;
    let grace = Seconds::days(20);
    let longer = ProductTerms {
        grace: Some(grace),
        ..ProductTerms::default()
    };
    change(&scene, longer).await;
    let refreshed = scene.refresh(&device, first.activation).await;
    assert_ne!(first.grace, grace);
    assert_eq!(refreshed.grace, grace);
}

#[tokio::test]
async fn a_product_that_is_not_there_is_not_changed() {
    let scene = Scene::new().await;
    let before = scene.actions().await;
    let code = ProductCode::new("com.acme.lab").unwrap();
    let terms = ProductTerms {
        moves: Some(1),
        ..ProductTerms::default()
    };
    let fault = scene
        .authority
        .product_change(&code, terms, &Origin::Local)
        .await
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "product_unknown");
    assert_eq!(fault.problem().arg("product"), Some("com.acme.lab"));
    assert_eq!(scene.actions().await, before);
}
