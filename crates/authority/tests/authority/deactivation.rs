//! Giving a seat back: rule A7.

use keyferry_authority::{
    ActivationStatus, AnswerOutcome, Deactivated, EndReason, NewProduct, Origin, Policy,
};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{DeactivationReason, ProductCode, Seconds, seal_for_vendor};

use crate::scene::{Scene, answered, bought, cad, given_back, one, refused};

#[tokio::test]
async fn a7_a_deactivation_frees_the_seat_at_once_and_the_second_time_does_nothing() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let grant = scene.granted(&mut north, &sold.code).await;
    let mut south = TestDevice::new("south");
    // Made is not applied: until then the seat is not free.
    let token = north.deactivate(&scene.vendor(), &grant);
    let refusal = scene.refuse(&mut south, &sold.code).await;
    assert_eq!(refusal.problem.code.as_str(), "no_free_seat");

    let told = given_back(scene.receive(&token).await);
    assert_eq!(told.outcome, Deactivated::Freed);
    assert_eq!(
        (told.activation, told.device),
        (grant.activation, north.id())
    );
    assert_eq!(told.reason, DeactivationReason::Moving);
    assert_eq!(scene.seats_used(&sold).await, 0);
    let record = scene.record(grant.activation).await.activation;
    assert_eq!(record.status, ActivationStatus::Deactivated);
    assert_eq!(record.ended_at, Some(NOW));
    let reason = EndReason::Deactivated(DeactivationReason::Moving);
    assert_eq!(record.ended_why, Some(reason));

    let other = scene.granted(&mut south, &sold.code).await;
    let before = scene.actions().await;
    let again = given_back(scene.receive(&token).await);
    assert_eq!(again.outcome, Deactivated::Repeated);
    assert_eq!(scene.actions().await, before);
    let held = scene.record(other.activation).await.activation;
    assert_eq!(held.status, ActivationStatus::Active);
}

#[tokio::test]
async fn a7_a_deactivation_by_another_device_is_refused_and_frees_nothing() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let grant = scene.granted(&mut north, &sold.code).await;
    let (to, mut south) = (scene.vendor(), TestDevice::new("south"));
    let mut claims = south.next_deactivation(&to, &grant);
    claims.emergency_runs = vec![NOW];
    let forged = south.seal(&claims, &to);
    let refusal = refused(scene.receive(&forged).await);
    assert_eq!(refusal.problem.code.as_str(), "deactivation_of_other");
    assert_eq!(refusal.answer, None);
    let held = scene.record(grant.activation).await;
    assert_eq!(held.activation.status, ActivationStatus::Active);
    // It is written down, and nothing that it tells is.
    assert_eq!(
        scene.actions().await.last().unwrap(),
        "deactivation_refused"
    );
    assert!(held.activation.emergency_runs.is_empty());
    let kept = sqlx::query("SELECT token FROM device_tokens")
        .fetch_all(&mut scene.database().await)
        .await
        .unwrap();
    assert_eq!(kept.len(), 1);
}

#[tokio::test]
async fn a7_a_late_deactivation_after_a_re_activation_does_nothing() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &sold.code).await;
    let late = device.deactivate(&scene.vendor(), &first);
    // The token is still on the courier's stick when the device asks anew.
    let second = scene.granted(&mut device, &sold.code).await;
    assert_eq!(second.activation, first.activation);
    let told = given_back(scene.receive(&late).await);
    assert_eq!(told.outcome, Deactivated::Outdated);
    let held = scene.record(second.activation).await.activation;
    assert_eq!(held.status, ActivationStatus::Active);
    let refreshed = scene.refresh(&device, second.activation).await;
    assert!(refreshed.sequence > second.sequence);
}

#[tokio::test]
async fn a7_a_late_deactivation_frees_its_seat_after_another_code_was_used() {
    let scene = Scene::new().await;
    let (old, new) = (scene.sell(1).await, scene.sell(1).await);
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &old.code).await;
    let late = device.deactivate(&scene.vendor(), &first);
    // The token is still on the courier's stick when the device takes a seat of another code.
    let second = scene.granted(&mut device, &new.code).await;
    assert_ne!(second.activation, first.activation);
    let told = given_back(scene.receive(&late).await);
    assert_eq!(told.outcome, Deactivated::Freed);
    assert_eq!(scene.seats_used(&old).await, 0);
    assert_eq!(
        scene.actions().await.last().unwrap(),
        "activation_deactivated"
    );
    scene
        .granted(&mut TestDevice::new("south"), &old.code)
        .await;
    // The other seat is as it was, and the device's numbers go on from the highest.
    let held = scene.record(second.activation).await.activation;
    assert_eq!(held.status, ActivationStatus::Active);
    let again = given_back(scene.receive(&late).await);
    assert_eq!(again.outcome, Deactivated::Repeated);
    let outcome = scene.deactivate(&mut device, &second).await;
    assert_eq!(outcome, Deactivated::Freed);
}

#[tokio::test]
async fn a7_a_request_refused_at_first_is_not_about_the_seat_that_was_given_back() {
    let scene = Scene::new().await;
    let (old, new) = (scene.sell(1).await, scene.sell(1).await);
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &old.code).await;
    let late = device.deactivate(&scene.vendor(), &first);
    let mut south = TestDevice::new("south");
    let taken = scene.granted(&mut south, &new.code).await;
    let request = scene.request(&mut device, &new.code);
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(refusal.problem.code.as_str(), "no_free_seat");
    scene.deactivate(&mut south, &taken).await;
    answered(scene.receive(&request).await);
    let told = given_back(scene.receive(&late).await);
    assert_eq!(told.outcome, Deactivated::Freed);
}

#[tokio::test]
async fn a7_the_number_of_a_token_about_another_activation_is_a_fork_however_late() {
    let scene = Scene::new().await;
    let (old, new) = (scene.sell(1).await, scene.sell(1).await);
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &old.code).await;
    let number = device.number;
    scene.granted(&mut device, &new.code).await;
    scene.granted(&mut device, &new.code).await;
    device.number = number;
    let forked = device.deactivate(&scene.vendor(), &first);
    let refusal = refused(scene.receive(&forked).await);
    assert_eq!(refusal.problem.code.as_str(), "deactivation_forked");
    let held = scene.record(first.activation).await.activation;
    assert_eq!(held.status, ActivationStatus::Active);
}

#[tokio::test]
async fn a7_tokens_that_decide_nothing_make_no_deactivation_late() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let token = device.deactivate(&to, &grant);
    scene.receive(&device.report(&to, Some(&grant))).await;
    scene.receive(&device.ask_time(&to, grant.activation)).await;
    let other = scene.sell(1).await;
    scene.set_status(other.entitlement.id, "suspended").await;
    scene.refuse(&mut device, &other.code).await;
    let told = given_back(scene.receive(&token).await);
    assert_eq!(told.outcome, Deactivated::Freed);
}

#[tokio::test]
async fn a7_a_deactivation_of_what_holds_no_seat_is_recorded_and_frees_nothing() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let first = scene.granted(&mut north, &sold.code).await;
    scene.clock.pass(Seconds::days(40));
    let mut south = TestDevice::new("south");
    let second = scene.granted(&mut south, &sold.code).await;
    let outcome = scene.deactivate(&mut north, &first).await;
    assert!(
        matches!(outcome, Deactivated::Recorded { .. }),
        "{outcome:?}"
    );
    assert_eq!(
        scene.actions().await.last().unwrap(),
        "deactivation_recorded"
    );
    let record = scene.record(first.activation).await.activation;
    assert_eq!(record.status, ActivationStatus::Superseded);
    let record = scene.record(second.activation).await.activation;
    assert_eq!(record.status, ActivationStatus::Active);
}

#[tokio::test]
async fn a7_another_token_of_the_same_number_is_a_fork() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    // A copy of the device made its own second token: a request, answered.
    let number = device.number;
    scene.granted(&mut device, &sold.code).await;
    device.number = number;
    let forked = device.deactivate(&scene.vendor(), &grant);
    let refusal = refused(scene.receive(&forked).await);
    assert_eq!(refusal.problem.code.as_str(), "deactivation_forked");
    assert_eq!(refusal.answer, None);
    let actions = scene.actions().await;
    assert_eq!(
        actions[actions.len() - 2..],
        ["device_forked", "deactivation_refused"]
    );
    let held = scene.record(grant.activation).await.activation;
    assert_eq!(held.status, ActivationStatus::Active);
}

#[tokio::test]
async fn a7_two_requests_answered_one_applied_deactivated_leave_nothing_for_the_other() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let requests = [
        scene.request(&mut device, &sold.code),
        scene.request(&mut device, &sold.code),
    ];
    let mut grants = Vec::new();
    for request in &requests {
        let answer = answered(scene.receive(request).await);
        grants.push(scene.read(&device, &answer).grant.clone());
    }
    // The first answer is applied and deactivated; the second one lies in a drawer.
    assert_eq!(
        scene.deactivate(&mut device, &grants[0]).await,
        Deactivated::Freed
    );
    for request in &requests {
        let refusal = refused(scene.receive(request).await);
        assert_eq!(refusal.problem.code.as_str(), "activation_deactivated");
    }
    // Applied all the same, it is an activation that gets nothing any more.
    assert_eq!(grants[1].activation, grants[0].activation);
    let activation = grants[1].activation;
    assert_eq!(scene.no_refresh(activation).await, "activation_deactivated");
    let again = scene.deactivate(&mut device, &grants[1]).await;
    assert!(matches!(again, Deactivated::Recorded { .. }), "{again:?}");
    scene
        .granted(&mut TestDevice::new("south"), &sold.code)
        .await;
    assert_eq!(scene.seats_used(&sold).await, 1);
}

#[tokio::test]
async fn a4_a_device_that_was_deactivated_gets_a_seat_again_as_a_new_activation() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &sold.code).await;
    scene.deactivate(&mut device, &first).await;
    let second = scene.granted(&mut device, &sold.code).await;
    assert_ne!(second.activation, first.activation);
    assert_eq!(scene.seats_used(&sold).await, 1);
    assert_eq!(
        scene.no_refresh(first.activation).await,
        "activation_deactivated"
    );
    scene.refresh(&device, second.activation).await;
}

/// A product whose seats may move once in a year.
async fn moving_once(scene: &Scene) -> (ProductCode, keyferry_authority::IssuedEntitlement) {
    let code = ProductCode::new("com.acme.mill").unwrap();
    let mill = NewProduct {
        code: code.clone(),
        policy: Policy {
            moves: 1,
            ..Policy::default()
        },
        ..cad()
    };
    scene
        .authority
        .product_add(mill, &Origin::Local)
        .await
        .unwrap();
    let mut new = bought(1);
    new.product = code.clone();
    (
        code,
        scene
            .authority
            .entitlement_add(new, &Origin::Local)
            .await
            .unwrap(),
    )
}

#[tokio::test]
async fn a7_beyond_the_cap_of_moves_the_seat_frees_when_its_latest_grant_ends() {
    let scene = Scene::new().await;
    let (code, sold) = moving_once(&scene).await;
    let to = keyferry_fixtures::Addressee {
        product: code.clone(),
        ..scene.vendor()
    };
    let activate = async |device: &mut TestDevice| {
        let request = device.request(to.vendor, &to.key, code.clone(), &sold.code);
        scene.receive(&request).await
    };
    let mut north = TestDevice::new("north");
    let first = answered(activate(&mut north).await);
    let grant = scene.read(&north, &first).grant.clone();
    let freed = given_back(scene.receive(&north.deactivate(&to, &grant)).await);
    assert_eq!(freed.outcome, Deactivated::Freed);

    let mut south = TestDevice::new("south");
    let second = answered(activate(&mut south).await);
    let grant = scene.read(&south, &second).grant.clone();
    let leaving = given_back(scene.receive(&south.deactivate(&to, &grant)).await);
    let frees_at = NOW.plus(Seconds::days(37));
    assert_eq!(leaving.outcome, Deactivated::FreesLater { frees_at });
    let told = leaving.outcome.problem().unwrap();
    assert_eq!(told.code.as_str(), "seat_frees_later");
    let record = scene.record(grant.activation).await;
    assert_eq!(record.activation.status, ActivationStatus::Leaving);
    assert_eq!(record.activation.frees_at, Some(frees_at));
    assert_eq!(record.moves, 1);
    assert_eq!(scene.seats_used(&sold).await, 1);
    assert_eq!(
        scene.no_refresh(grant.activation).await,
        "activation_deactivated"
    );

    // Not for others before then, for the device itself at any time.
    let refusal = refused(activate(&mut TestDevice::new("east")).await);
    assert_eq!(refusal.problem.code.as_str(), "no_free_seat");
    let back = answered(activate(&mut south).await);
    assert_eq!(back.outcome, AnswerOutcome::Moved);
    assert_ne!(back.activation, grant.activation);
    assert_eq!(scene.actions().await.last().unwrap(), "seat_returned");
    let old = scene.record(grant.activation).await.activation;
    assert_eq!(old.status, ActivationStatus::Deactivated);
    assert_eq!(
        scene.record(back.activation).await.history[0].id,
        grant.activation
    );

    let grant = scene.read(&south, &back).grant.clone();
    given_back(scene.receive(&south.deactivate(&to, &grant)).await);
    scene.clock.set(frees_at);
    answered(activate(&mut TestDevice::new("east")).await);
    let old = scene.record(grant.activation).await.activation;
    assert_eq!(old.status, ActivationStatus::Deactivated);
    assert!(old.superseded_at.is_some());
}

#[tokio::test]
async fn a7_moves_are_forgotten_after_a_year() {
    let scene = Scene::new().await;
    let (code, sold) = moving_once(&scene).await;
    let to = keyferry_fixtures::Addressee {
        product: code.clone(),
        ..scene.vendor()
    };
    for year in 0..2 {
        let mut device = TestDevice::new(&format!("device {year}"));
        let request = device.request(to.vendor, &to.key, code.clone(), &sold.code);
        let answer = answered(scene.receive(&request).await);
        let grant = scene.read(&device, &answer).grant.clone();
        let told = given_back(scene.receive(&device.deactivate(&to, &grant)).await);
        assert_eq!(told.outcome, Deactivated::Freed, "year {year}");
        scene.clock.pass(Seconds::days(365));
    }
}

#[tokio::test]
async fn a_deactivation_of_nothing_that_is_known_is_refused_without_a_trace() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let mut grant = scene.granted(&mut device, &sold.code).await;
    let before = scene.actions().await;
    // Of the right activation, and another product.
    let mut claims = device.next_deactivation(&scene.vendor(), &grant);
    claims.product = ProductCode::new("com.acme.other").unwrap();
    let to = scene.vendor();
    let rng = &mut keyferry_fixtures::rng();
    let other_product = seal_for_vendor(&claims, &device.signing, &to.key, rng).unwrap();
    grant.activation = keyferry_token::ActivationId::new([9; 10]);
    let unknown = device.deactivate(&to, &grant);
    for token in [other_product, unknown] {
        let refusal = refused(scene.receive(&token).await);
        assert_eq!(refusal.problem.code.as_str(), "activation_unknown");
        assert_eq!(refusal.answer, None);
    }
    assert_eq!(scene.actions().await, before);
}

#[tokio::test]
async fn whoever_tries_activations_from_one_address_is_stopped_and_gets_nothing_signed() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let stranger = Origin::Address("192.0.2.7".parse().unwrap());
    let mut other = TestDevice::new("south");
    let mut nobody = grant.clone();
    nobody.activation = keyferry_token::ActivationId::new([9; 10]);
    for _ in 0..30 {
        let time = other.ask_time(&scene.vendor(), grant.activation);
        let left = other.deactivate(&scene.vendor(), &nobody);
        for (token, answered) in [(time, true), (left, false)] {
            let refusal = refused(one(scene.authority.receive(&token.bytes, &stranger).await));
            assert_eq!(refusal.problem.code.as_str(), "activation_unknown");
            assert_eq!(refusal.answer.is_some(), answered);
        }
    }
    let token = device.deactivate(&scene.vendor(), &grant);
    let refusal = refused(one(scene.authority.receive(&token.bytes, &stranger).await));
    assert_eq!(refusal.problem.code.as_str(), "too_many_attempts");
    let token = other.ask_time(&scene.vendor(), grant.activation);
    let refusal = refused(one(scene.authority.receive(&token.bytes, &stranger).await));
    assert_eq!(refusal.problem.code.as_str(), "too_many_attempts");
    assert_eq!(refusal.answer, None);
    // Elsewhere nobody is held up.
    assert_eq!(
        scene.deactivate(&mut device, &grant).await,
        Deactivated::Freed
    );
}
