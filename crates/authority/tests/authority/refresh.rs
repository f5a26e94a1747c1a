//! One-way refresh: rule A6, and what it means for A2, A3, A5 and A8.

use keyferry_authority::{AnswerOutcome, EntitlementRenewal, Origin};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_license::may_refresh;
use keyferry_token::{ActivationId, DeviceSigningKey, ExchangeSecretKey, SeatStatus, Seconds};

use crate::scene::{Scene, answered, bought, refused};

#[tokio::test]
async fn a6_a_refresh_gives_a_new_lease_from_now_to_the_same_device_and_enrolment() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &sold.code).await;

    scene.clock.pass(Seconds::days(20));
    let now = NOW.plus(Seconds::days(20));
    let second = scene.refresh(&device, first.activation).await;
    assert_eq!(second.activation, first.activation);
    assert_eq!(second.sequence.0, now.unix());
    assert_eq!(second.status, SeatStatus::Active);
    assert_eq!(second.lease_expires_at, Some(now.plus(Seconds::days(30))));
    assert_eq!(
        (second.enrolled.clone(), second.tolerance),
        (first.enrolled.clone(), 60)
    );
    assert!(may_refresh(Some(&first), &second).is_ok());

    let record = scene.record(first.activation).await;
    assert_eq!(
        record.activation.lease_expires_at,
        now.plus(Seconds::days(30))
    );
    assert_eq!(record.activation.sequence, second.sequence);
    let sequences: Vec<_> = record.grants.iter().map(|grant| grant.sequence).collect();
    assert_eq!(sequences, [second.sequence, first.sequence]);
    assert!(record.grants[0].request.is_none() && record.grants[1].request.is_some());
    assert_eq!(
        scene.actions().await.last().unwrap(),
        "activation_refreshed"
    );
    assert_eq!(scene.seats_used(&sold).await, 1);
}

#[tokio::test]
async fn a6_two_refreshes_in_one_second_have_two_sequence_numbers() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &sold.code).await;
    let second = scene.refresh(&device, first.activation).await;
    let third = scene.refresh(&device, first.activation).await;
    assert_eq!(second.sequence.0, first.sequence.0 + 1);
    assert_eq!(third.sequence.0, first.sequence.0 + 2);
}

#[tokio::test]
async fn a6_a_refresh_can_be_had_after_the_lease_as_long_as_the_seat_is_held() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &sold.code).await;
    scene.clock.pass(Seconds::days(300));
    let late = scene.refresh(&device, first.activation).await;
    let ends = NOW.plus(Seconds::days(330));
    assert_eq!(late.lease_expires_at, Some(ends));
    // Until then nobody takes the seat, which was over a moment ago (rule A5).
    let refusal = scene
        .refuse(&mut TestDevice::new("south"), &sold.code)
        .await;
    assert_eq!(refusal.problem.code.as_str(), "no_free_seat");
    let free = ends.plus(Seconds::days(7)).to_string();
    assert_eq!(refusal.problem.arg("next_free"), Some(free.as_str()));
}

#[tokio::test]
async fn a6_superseded_deactivated_released_and_unknown_are_refused_with_the_reason() {
    let scene = Scene::new().await;
    let sold = scene.sell(3).await;
    let mut north = TestDevice::new("north");
    let superseded = scene.granted(&mut north, &sold.code).await.activation;
    north.signing = DeviceSigningKey::make(&mut keyferry_fixtures::rng());
    scene.granted(&mut north, &sold.code).await;
    let mut south = TestDevice::new("south");
    let given_back = scene.granted(&mut south, &sold.code).await;
    scene.deactivate(&mut south, &given_back).await;
    let mut east = TestDevice::new("east");
    let lost = scene.granted(&mut east, &sold.code).await.activation;
    let origin = Origin::Local;
    scene.authority.release_lost(lost, &origin).await.unwrap();

    let before = scene.actions().await;
    assert_eq!(scene.no_refresh(superseded).await, "activation_superseded");
    let given_back = given_back.activation;
    assert_eq!(scene.no_refresh(given_back).await, "activation_deactivated");
    assert_eq!(scene.no_refresh(lost).await, "activation_released");
    let nobody = ActivationId::new([7; 10]);
    assert_eq!(scene.no_refresh(nobody).await, "activation_unknown");
    assert_eq!(scene.actions().await, before);
}

#[tokio::test]
async fn a2_a_refresh_ends_with_the_subscription_and_there_is_none_after_it() {
    let scene = Scene::new().await;
    let ends = NOW.plus(Seconds::days(40));
    let mut new = bought(1);
    new.ends_at = Some(ends);
    let sold = scene
        .authority
        .entitlement_add(new, &Origin::Local)
        .await
        .unwrap();
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &sold.code).await;
    scene.clock.pass(Seconds::days(20));
    let second = scene.refresh(&device, first.activation).await;
    assert_eq!(second.lease_expires_at, Some(ends));

    scene.clock.set(ends);
    assert_eq!(
        scene.no_refresh(first.activation).await,
        "entitlement_ended"
    );
    let renewal = EntitlementRenewal {
        ends_at: ends.plus(Seconds::days(365)),
        offline_lease: Some(Seconds::days(90)),
        maintenance_end: None,
    };
    let key = keyferry_authority::EntitlementKey::Id(sold.entitlement.id);
    let origin = Origin::Local;
    let renewed = scene
        .authority
        .entitlement_renew(&key, renewal, &origin)
        .await;
    assert!(renewed.unwrap().changed);
    let third = scene.refresh(&device, first.activation).await;
    assert_eq!(third.lease_expires_at, Some(ends.plus(Seconds::days(90))));
    assert_eq!(third.subscription_end, Some(renewal.ends_at));
}

#[tokio::test]
async fn a6_a_suspended_entitlement_is_told_by_a_grant_without_a_lease() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &sold.code).await;
    let held_before = scene.record(first.activation).await.activation;

    scene.set_status(sold.entitlement.id, "suspended").await;
    let told = scene.refresh(&device, first.activation).await;
    assert_eq!(told.status, SeatStatus::Suspended);
    assert_eq!((told.lease_expires_at, told.emergency), (None, None));
    assert!(told.sequence > first.sequence);
    // The device may never be told: its seat stays held until the lease that it has is over.
    let held = scene.record(first.activation).await;
    assert_eq!(
        held.activation.lease_expires_at,
        held_before.lease_expires_at
    );
    assert_eq!(held.grants[0].status, SeatStatus::Suspended);

    scene.set_status(sold.entitlement.id, "active").await;
    let again = scene.refresh(&device, first.activation).await;
    assert_eq!(again.status, SeatStatus::Active);
    assert!(again.sequence > told.sequence);
    scene.set_status(sold.entitlement.id, "revoked").await;
    let last = scene.refresh(&device, first.activation).await;
    assert_eq!(
        (last.status, last.lease_expires_at),
        (SeatStatus::Revoked, None)
    );
}

#[tokio::test]
async fn a3_a_lost_answer_is_the_same_after_a_refresh() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let request = scene.request(&mut device, &sold.code);
    let first = answered(scene.receive(&request).await);
    scene.clock.pass(Seconds::days(3));
    let refreshed = scene.refresh(&device, first.activation).await;
    let again = answered(scene.receive(&request).await);
    assert_eq!(again.outcome, AnswerOutcome::Reissued);
    assert_eq!(again.sealed, first.sealed);
    assert!(again.sequence < refreshed.sequence);
    let books = scene.record(first.activation).await.activation;
    assert_eq!(books.sequence, refreshed.sequence);
}

#[tokio::test]
async fn a5_a_seat_that_was_taken_over_is_never_refreshed_or_answered_again() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let request = scene.request(&mut north, &sold.code);
    let first = answered(scene.receive(&request).await).activation;
    scene.clock.pass(Seconds::days(37));
    let mut south = TestDevice::new("south");
    let second = scene.activate(&mut south, &sold.code).await.activation;
    assert_eq!(scene.no_refresh(first).await, "activation_superseded");
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(refusal.problem.code.as_str(), "activation_superseded");
    let record = scene.record(second).await;
    assert_eq!(record.history[0].id, first);
    assert!(record.history[0].superseded_at.is_some());
}

#[tokio::test]
async fn a_refresh_is_sealed_to_the_key_that_the_device_named_last() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &sold.code).await;
    device.exchange = ExchangeSecretKey::make(&mut keyferry_fixtures::rng());
    let second = scene.granted(&mut device, &sold.code).await;
    assert_eq!(second.activation, first.activation);
    let refreshed = scene.refresh(&device, first.activation).await;
    assert!(refreshed.sequence > second.sequence);
}
