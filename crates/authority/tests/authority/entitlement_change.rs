//! What the vendor changes about an entitlement.

use std::num::NonZeroU32;

use keyferry_authority::{
    EntitlementFault, EntitlementKey, EntitlementStatus, EntitlementTerms, Origin, Page,
};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{AccountId, Name, Seconds};

use crate::scene::{Scene, features};

const WHO: Origin = Origin::Account(AccountId::new([7; 10]));

fn seats(seats: u32) -> EntitlementTerms {
    EntitlementTerms {
        seats: NonZeroU32::new(seats),
        ..EntitlementTerms::default()
    }
}

#[tokio::test]
async fn what_is_named_changes_and_the_rest_stays() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await.entitlement;
    let key = EntitlementKey::Id(sold.id);
    let end = NOW.plus(Seconds::days(90));
    let terms = EntitlementTerms {
        ends_at: Some(Some(end)),
        features: Some(features(&["export"])),
        holder: Some(Some(Name::new("Example Works").unwrap())),
        ..seats(5)
    };
    let change = |terms| {
        let (authority, key) = (&scene.authority, &key);
        async move { authority.entitlement_change(key, &terms, &WHO).await }
    };
    let changed = change(terms.clone()).await.unwrap();
    assert!(changed.changed);
    assert_eq!(changed.entitlement.seats, 5);
    assert_eq!(changed.entitlement.offline_lease, sold.offline_lease);
    assert_eq!(
        scene.authority.entitlement(&key).await.unwrap(),
        changed.entitlement
    );
    assert!(!change(terms).await.unwrap().changed);

    let endless = EntitlementTerms {
        ends_at: Some(None),
        offline_lease: Some(None),
        ..EntitlementTerms::default()
    };
    let endless = change(endless).await.unwrap().entitlement;
    assert_eq!((endless.ends_at, endless.offline_lease), (None, None));
    let log = scene.authority.audit(Page::first(100)).await.unwrap().items;
    let told: Vec<_> = log
        .iter()
        .filter(|entry| entry.action == "entitlement_changed")
        .collect();
    assert_eq!(told.len(), 2);
    assert!(told[0].actor.starts_with("account "));
    // The log forgets nothing, so that it has no names.
    assert!(log.iter().all(|entry| !entry.detail.contains("Example")));
}

#[tokio::test]
async fn what_a_rule_says_no_to_changes_nothing() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let key = EntitlementKey::Id(sold.entitlement.id);
    for label in ["press-04", "press-05"] {
        scene
            .activate(&mut TestDevice::new(label), &sold.code)
            .await;
    }
    let change = |terms| {
        let (authority, key) = (&scene.authority, &key);
        async move { authority.entitlement_change(key, &terms, &WHO).await }
    };
    let fewer = change(seats(1)).await.unwrap_err();
    assert!(matches!(fewer, EntitlementFault::SeatsInUse { held: 2 }));
    let over = EntitlementTerms {
        ends_at: Some(Some(NOW)),
        ..EntitlementTerms::default()
    };
    let over = change(over).await.unwrap_err();
    assert!(matches!(over, EntitlementFault::Ended { .. }));
    let unlisted = EntitlementTerms {
        features: Some(features(&["exprot"])),
        ..EntitlementTerms::default()
    };
    let unlisted = change(unlisted).await.unwrap_err();
    assert!(matches!(unlisted, EntitlementFault::FeatureUnknown { .. }));
    let now = scene.authority.entitlement(&key).await.unwrap();
    assert_eq!((now.seats, now.ends_at), (2, None));
    let revoked = scene.authority.entitlement_revoke(&key, &WHO).await;
    assert_eq!(
        revoked.unwrap().entitlement.status,
        EntitlementStatus::Revoked
    );
    let more = change(seats(9)).await.unwrap_err();
    assert!(matches!(more, EntitlementFault::Revoked));
}
