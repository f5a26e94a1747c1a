//! What becomes of an entitlement: rule A8.

use keyferry_authority::{
    AnswerOutcome, EntitlementKey, EntitlementRenewal, EntitlementStatus, Origin,
};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::Seconds;

use crate::scene::{Scene, answered, bought, refused};

const ORIGIN: Origin = Origin::Local;

#[tokio::test]
async fn a8_a_suspended_entitlement_activates_nothing_until_it_is_reinstated() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let key = EntitlementKey::Code(sold.code.clone());
    let mut device = TestDevice::new("north");
    let request = scene.request(&mut device, &sold.code);
    answered(scene.receive(&request).await);

    let change = scene
        .authority
        .entitlement_suspend(&key, &ORIGIN)
        .await
        .unwrap();
    assert!(change.changed);
    assert_eq!(change.entitlement.status, EntitlementStatus::Suspended);
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(
        refusal.cause.unwrap().code.as_str(),
        "entitlement_suspended"
    );
    // Whoever has no business with it hears what strangers hear.
    assert_eq!(
        refusal.problem.code.as_str(),
        "activation_code_not_accepted"
    );

    let change = scene
        .authority
        .entitlement_reinstate(&key, &ORIGIN)
        .await
        .unwrap();
    assert_eq!(change.entitlement.status, EntitlementStatus::Active);
    let again = answered(scene.receive(&request).await);
    assert_eq!(again.outcome, AnswerOutcome::Reissued);
    let actions = scene.actions().await;
    for action in ["entitlement_suspended", "entitlement_reinstated"] {
        assert_eq!(actions.iter().filter(|name| *name == action).count(), 1);
    }
}

#[tokio::test]
async fn a8_what_is_so_already_stays_so_and_is_not_written_down_again() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let key = EntitlementKey::Id(sold.entitlement.id);
    let authority = &scene.authority;
    let before = scene.actions().await;
    assert!(
        !authority
            .entitlement_reinstate(&key, &ORIGIN)
            .await
            .unwrap()
            .changed
    );
    assert_eq!(scene.actions().await, before);
    assert!(
        authority
            .entitlement_suspend(&key, &ORIGIN)
            .await
            .unwrap()
            .changed
    );
    assert!(
        !authority
            .entitlement_suspend(&key, &ORIGIN)
            .await
            .unwrap()
            .changed
    );
    assert!(
        authority
            .entitlement_revoke(&key, &ORIGIN)
            .await
            .unwrap()
            .changed
    );
    let again = authority.entitlement_revoke(&key, &ORIGIN).await.unwrap();
    assert!(!again.changed);
    assert_eq!(again.entitlement.status, EntitlementStatus::Revoked);
    assert_eq!(scene.actions().await.len(), before.len() + 2);
}

#[tokio::test]
async fn a8_revoked_is_final() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let key = EntitlementKey::Id(sold.entitlement.id);
    let authority = &scene.authority;
    authority.entitlement_revoke(&key, &ORIGIN).await.unwrap();
    let before = scene.actions().await;
    let renewal = EntitlementRenewal {
        ends_at: NOW.plus(Seconds::days(365)),
        offline_lease: None,
        maintenance_end: None,
    };
    let faults = [
        authority
            .entitlement_suspend(&key, &ORIGIN)
            .await
            .unwrap_err(),
        authority
            .entitlement_reinstate(&key, &ORIGIN)
            .await
            .unwrap_err(),
        authority
            .entitlement_renew(&key, renewal, &ORIGIN)
            .await
            .unwrap_err(),
    ];
    for fault in faults {
        assert_eq!(fault.code().as_str(), "entitlement_revoked");
    }
    assert_eq!(scene.actions().await, before);
    let refusal = scene
        .refuse(&mut TestDevice::new("north"), &sold.code)
        .await;
    assert_eq!(refusal.cause.unwrap().code.as_str(), "entitlement_revoked");
}

#[tokio::test]
async fn a8_a_renewal_brings_back_what_has_ended() {
    let scene = Scene::new().await;
    let ends = NOW.plus(Seconds::days(10));
    let mut new = bought(1);
    new.ends_at = Some(ends);
    let sold = scene
        .authority
        .entitlement_add(new, &Origin::Local)
        .await
        .unwrap();
    let key = EntitlementKey::Id(sold.entitlement.id);
    scene.clock.set(ends);
    let entitlement = scene.authority.entitlement(&key).await.unwrap();
    assert_eq!(entitlement.status, EntitlementStatus::Expired);
    // Reinstating is for what was suspended.
    let reinstated = scene
        .authority
        .entitlement_reinstate(&key, &ORIGIN)
        .await
        .unwrap();
    assert!(!reinstated.changed);

    let renewal = |ends_at| EntitlementRenewal {
        ends_at,
        offline_lease: Some(Seconds::days(5)),
        maintenance_end: None,
    };
    let renew = async |ends_at| {
        let renewal = renewal(ends_at);
        scene
            .authority
            .entitlement_renew(&key, renewal, &ORIGIN)
            .await
    };
    let fault = renew(ends).await.unwrap_err();
    assert_eq!(fault.code().as_str(), "entitlement_ended");
    let until = ends.plus(Seconds::days(365));
    let renewed = renew(until).await.unwrap();
    assert!(renewed.changed);
    assert_eq!(renewed.entitlement.status, EntitlementStatus::Active);
    assert_eq!(renewed.entitlement.ends_at, Some(until));
    assert!(!renew(until).await.unwrap().changed);
    let answer = scene
        .activate(&mut TestDevice::new("north"), &sold.code)
        .await;
    assert_eq!(answer.lease_expires_at, ends.plus(Seconds::days(5)));

    // Renewed while suspended it stays suspended.
    scene
        .authority
        .entitlement_suspend(&key, &ORIGIN)
        .await
        .unwrap();
    let renewed = renew(until.plus(Seconds::DAY)).await.unwrap();
    assert_eq!(renewed.entitlement.status, EntitlementStatus::Suspended);
    assert_eq!(renewed.entitlement.ends_at, Some(until.plus(Seconds::DAY)));
}

#[tokio::test]
async fn a8_what_is_not_there_is_not_changed() {
    let scene = Scene::new().await;
    let key = EntitlementKey::Id(keyferry_token::EntitlementId::new([5; 10]));
    let fault = scene
        .authority
        .entitlement_suspend(&key, &ORIGIN)
        .await
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "entitlement_unknown");
}
