//! Telling a device the time (rules, *The clock*).

use keyferry_authority::{Origin, Received, TimeTold};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{DeviceSigningKey, Seconds, TimeAnswer, VendorRefusal, Verified};

use crate::scene::{Scene, refused};

fn told(received: Received) -> TimeTold {
    match received {
        Received::TimeTold(told) => *told,
        other => panic!("not told: {other:?}"),
    }
}

#[tokio::test]
async fn a_time_request_is_answered_with_the_authoritys_time_and_its_challenge() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    scene.clock.pass(Seconds::days(50));
    let mut claims = device.next_time_request(&to, grant.activation);
    claims.issued_at = NOW.plus(Seconds::days(3650));
    let request = device.seal(&claims, &to);
    let answer = told(scene.receive(&request).await);
    let now = NOW.plus(Seconds::days(50));
    assert_eq!((answer.time, answer.device_time), (now, claims.issued_at));
    let read: Verified<TimeAnswer> = scene.open(&device, &answer.sealed);
    assert_eq!((read.issued_at, read.challenge), (now, claims.challenge));
    assert_eq!((read.answers, read.recipient), (request.id, device.id()));
    assert_eq!(scene.actions().await.last().unwrap(), "time_told");

    // Brought again later, the same answer: its challenge counts once anyway.
    scene.clock.pass(Seconds::days(1));
    let before = scene.actions().await;
    let again = told(scene.receive(&request).await);
    assert!(again.reissued && !answer.reissued);
    assert_eq!((again.sealed, again.time), (answer.sealed, now));
    assert_eq!(scene.actions().await, before);
}

#[tokio::test]
async fn whoever_holds_no_seat_is_not_told_the_time_but_why() {
    let scene = Scene::new().await;
    let sold = scene.sell(3).await;
    let to = scene.vendor();
    let mut north = TestDevice::new("north");
    let superseded = scene.granted(&mut north, &sold.code).await.activation;
    let mut again = TestDevice::new("north");
    again.signing = DeviceSigningKey::make(&mut keyferry_fixtures::rng());
    scene.granted(&mut again, &sold.code).await;
    let mut south = TestDevice::new("south");
    let grant = scene.granted(&mut south, &sold.code).await;
    let told_before = south.ask_time(&to, grant.activation);
    told(scene.receive(&told_before).await);
    scene.deactivate(&mut south, &grant).await;
    let mut east = TestDevice::new("east");
    let lost = scene.granted(&mut east, &sold.code).await.activation;
    scene
        .authority
        .release_lost(lost, &Origin::Local)
        .await
        .unwrap();

    for (device, activation, reason) in [
        (&mut north, superseded, "activation_superseded"),
        (&mut south, grant.activation, "activation_deactivated"),
        (&mut east, lost, "activation_released"),
    ] {
        let refusal = refused(scene.receive(&device.ask_time(&to, activation)).await);
        assert_eq!(refusal.problem.code.as_str(), reason);
        let read: Verified<VendorRefusal> = scene.open(device, &refusal.answer.unwrap());
        assert_eq!(read.reason.name(), reason);
        assert_eq!(scene.actions().await.last().unwrap(), "time_refused");
    }
    // Neither is what was answered while the seat was held.
    let refusal = refused(scene.receive(&told_before).await);
    assert_eq!(refusal.problem.code.as_str(), "activation_deactivated");
}

#[tokio::test]
async fn whoever_held_a_seat_is_told_the_time_once_nothing_runs_on_it_any_more() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    scene
        .authority
        .release_lost(grant.activation, &Origin::Local)
        .await
        .unwrap();
    let request = device.ask_time(&to, grant.activation);
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(refusal.problem.code.as_str(), "activation_released");

    scene.clock.pass(Seconds::days(3650));
    let answer = told(scene.receive(&request).await);
    assert_eq!(answer.time, NOW.plus(Seconds::days(3650)));
    assert_eq!(scene.actions().await.last().unwrap(), "time_told");
}

#[tokio::test]
async fn another_devices_activation_is_none_to_ask_for() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let mut stranger = TestDevice::new("south");
    let before = scene.actions().await;
    let request = stranger.ask_time(&scene.vendor(), grant.activation);
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(refusal.problem.code.as_str(), "activation_unknown");
    assert_eq!(scene.actions().await, before);
}

#[tokio::test]
async fn the_time_is_told_while_the_entitlement_is_suspended() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    scene.set_status(sold.entitlement.id, "suspended").await;
    told(
        scene
            .receive(&device.ask_time(&scene.vendor(), grant.activation))
            .await,
    );
}
