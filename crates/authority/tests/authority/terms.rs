//! Trials, and until when new versions are covered: what grants say of both.

use keyferry_authority::{
    Answer, EntitlementFault, EntitlementKey, EntitlementTerms, IssuedEntitlement, NewEntitlement,
    Origin,
};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{Seconds, Timestamp};

use crate::scene::{Scene, bought};

const ORIGIN: Origin = Origin::Local;

fn trial() -> NewEntitlement {
    NewEntitlement {
        ends_at: Some(NOW.plus(Seconds::days(20))),
        trial: true,
        ..bought(2)
    }
}

async fn sell(scene: &Scene, new: NewEntitlement) -> IssuedEntitlement {
    scene.authority.entitlement_add(new, &ORIGIN).await.unwrap()
}

async fn trial_used(scene: &Scene, device: &mut TestDevice, sold: &IssuedEntitlement) {
    let refusal = scene.refuse(device, &sold.code).await;
    assert_eq!(refusal.problem.code.as_str(), "trial_used");
}

#[tokio::test]
async fn a15_a_device_gets_one_trial_of_a_product_and_what_is_bought_as_well() {
    let scene = Scene::new().await;
    let (first, second) = (sell(&scene, trial()).await, sell(&scene, trial()).await);
    let mut device = TestDevice::new("pc");
    let grant = scene.granted(&mut device, &first.code).await;
    assert!(grant.trial);
    // Its own trial stays its own.
    let answer: Answer = scene.activate(&mut device, &first.code).await;
    assert_eq!(answer.activation, grant.activation);
    assert!(scene.refresh(&device, grant.activation).await.trial);
    trial_used(&scene, &mut device, &second).await;
    // Neither giving it back, nor a store that starts anew, nor the end of the first makes it another one.
    let grant = scene.granted(&mut device, &first.code).await;
    scene.deactivate(&mut device, &grant).await;
    trial_used(&scene, &mut device, &second).await;
    trial_used(&scene, &mut TestDevice::new("pc"), &second).await;
    scene.clock.pass(Seconds::days(19));
    trial_used(&scene, &mut device, &second).await;
    // Others have theirs, and this one gets what it buys.
    scene
        .granted(&mut TestDevice::new("other"), &second.code)
        .await;
    let sold = scene.sell(1).await;
    assert!(!scene.granted(&mut device, &sold.code).await.trial);
}

#[tokio::test]
async fn a15_a_trial_has_an_end_whoever_makes_or_changes_it() {
    let scene = Scene::new().await;
    let endless = NewEntitlement {
        ends_at: None,
        ..trial()
    };
    let refused = scene.authority.entitlement_add(endless, &ORIGIN).await;
    assert!(matches!(refused, Err(EntitlementFault::TrialWithoutEnd)));
    let key = EntitlementKey::Id(sell(&scene, trial()).await.entitlement.id);
    let terms = |trial, ends_at: Option<Option<Timestamp>>| EntitlementTerms {
        trial,
        ends_at,
        ..EntitlementTerms::default()
    };
    let change = |terms| {
        let (authority, key) = (&scene.authority, &key);
        async move { authority.entitlement_change(key, &terms, &ORIGIN).await }
    };
    let refused = change(terms(None, Some(None))).await;
    assert!(matches!(refused, Err(EntitlementFault::TrialWithoutEnd)));
    // What was tried and is bought then may have none.
    let bought = change(terms(Some(false), Some(None))).await.unwrap();
    assert!(!bought.entitlement.trial && bought.entitlement.ends_at.is_none());
}

#[tokio::test]
async fn the_end_of_maintenance_is_in_the_grant_and_moves_with_a_renewal() {
    let scene = Scene::new().await;
    let end = NOW.plus(Seconds::days(300));
    let new = NewEntitlement {
        maintenance_end: Some(end),
        ..bought(1)
    };
    let sold = sell(&scene, new).await;
    let mut device = TestDevice::new("pc");
    let grant = scene.granted(&mut device, &sold.code).await;
    assert_eq!(grant.maintenance_end, Some(end));
    let later = end.plus(Seconds::days(365));
    let renewal = keyferry_authority::EntitlementRenewal {
        ends_at: later,
        offline_lease: None,
        maintenance_end: Some(later),
    };
    let key = EntitlementKey::Id(sold.entitlement.id);
    let renew = || scene.authority.entitlement_renew(&key, renewal, &ORIGIN);
    assert!(renew().await.unwrap().changed);
    assert!(!renew().await.unwrap().changed);
    let refreshed = scene.refresh(&device, grant.activation).await;
    assert_eq!(refreshed.maintenance_end, Some(later));
}
