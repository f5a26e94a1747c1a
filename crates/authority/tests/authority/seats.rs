//! Who gets a seat: rules A1 to A5.

use keyferry_authority::{
    ActivationFilter, ActivationStatus, AnswerOutcome, EntitlementKey, NewEntitlement, NewProduct,
    Origin, Page,
};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{ComponentKind, DeviceSigningKey, Name, ProductCode, SeatStatus, Seconds};

use crate::scene::{Scene, answered, bought, cad, features, product, refused};

fn new_key(device: &mut TestDevice) {
    device.signing = DeviceSigningKey::make(&mut keyferry_fixtures::rng());
    device.number = keyferry_token::RequestNumber::default();
}

async fn holders(scene: &Scene) -> Vec<String> {
    let filter = ActivationFilter {
        active: true,
        ..ActivationFilter::default()
    };
    let list = scene
        .authority
        .activations(&filter, Page::first(100))
        .await
        .unwrap();
    list.items
        .into_iter()
        .map(|activation| activation.label.to_string())
        .collect()
}

#[tokio::test]
async fn a_request_is_answered_with_a_grant_for_that_device() {
    let scene = Scene::new().await;
    let ends_at = Some(NOW.plus(Seconds::days(400)));
    let sold = scene
        .authority
        .entitlement_add(
            NewEntitlement {
                ends_at,
                features: features(&["render"]),
                ..bought(2)
            },
            &Origin::Local,
        )
        .await
        .unwrap();
    let mut device = TestDevice::new("north");
    let request = scene.request(&mut device, &sold.code);
    let answer = answered(scene.receive(&request).await);
    assert_eq!(answer.outcome, AnswerOutcome::Activated);
    assert_eq!((answer.request, answer.device), (request.id, device.id()));

    let response = scene.read(&device, &answer);
    assert_eq!(response.id(), answer.sealed.id);
    assert_eq!(response.answers, request.id);
    assert_eq!(response.issued_at, NOW);
    assert_eq!(response.product, product());
    let grant = &response.grant;
    assert_eq!(grant.activation, answer.activation);
    assert_eq!(grant.sequence.0, NOW.unix());
    assert_eq!(grant.status, SeatStatus::Active);
    assert_eq!(grant.lease_expires_at, Some(NOW.plus(Seconds::days(30))));
    assert_eq!(grant.grace, Seconds::days(7));
    assert_eq!(grant.subscription_end, ends_at);
    assert_eq!(grant.features, features(&["render"]));
    assert_eq!(grant.holder.as_ref().unwrap().as_str(), "Example Works");
    assert_eq!(grant.enrolled.len(), 6);
    assert_eq!(grant.tolerance, 60);

    let record = scene.authority.activation(answer.activation).await.unwrap();
    assert_eq!(record.activation.label.as_str(), "north");
    assert_eq!(record.activation.status, ActivationStatus::Active);
    assert_eq!(record.activation.enrolled, ComponentKind::ALL);
    assert!(record.history.is_empty());
    let key = EntitlementKey::Id(sold.entitlement.id);
    assert_eq!(
        scene.authority.entitlement(&key).await.unwrap().seats_used,
        1
    );
}

#[tokio::test]
async fn without_features_of_its_own_an_entitlement_grants_all_of_the_products() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let answer = scene.activate(&mut device, &sold.code).await;
    assert_eq!(scene.read(&device, &answer).grant.features, cad().features);
}

#[tokio::test]
async fn rule_a1_offline_activation_needs_the_products_support_and_a_lease_period() {
    let scene = Scene::new().await;
    let online = NewProduct {
        code: ProductCode::new("com.acme.cloud").unwrap(),
        name: Name::new("Acme Cloud").unwrap(),
        offline: false,
        ..cad()
    };
    scene
        .authority
        .product_add(online.clone(), &Origin::Local)
        .await
        .unwrap();
    let sell = async |new| {
        scene
            .authority
            .entitlement_add(new, &Origin::Local)
            .await
            .unwrap()
            .code
    };
    let without_support = sell(NewEntitlement {
        product: online.code.clone(),
        ..bought(1)
    })
    .await;
    let without_lease = sell(NewEntitlement {
        offline_lease: None,
        ..bought(1)
    })
    .await;

    let mut device = TestDevice::new("north");
    let request = device.request(
        scene.profile.vendor,
        scene.exchange_key(),
        online.code,
        &without_support,
    );
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(refusal.problem.code.as_str(), "offline_not_enabled");
    assert_eq!(refusal.problem.arg("product"), Some("Acme Cloud"));
    let refusal = scene.refuse(&mut device, &without_lease).await;
    assert_eq!(refusal.problem.code.as_str(), "offline_lease_missing");
}

#[tokio::test]
async fn rule_a2_a_lease_ends_with_the_subscription() {
    let scene = Scene::new().await;
    let ends = NOW.plus(Seconds::days(33));
    let sold = scene
        .authority
        .entitlement_add(
            NewEntitlement {
                ends_at: Some(ends),
                ..bought(1)
            },
            &Origin::Local,
        )
        .await
        .unwrap();
    let mut device = TestDevice::new("north");
    let answer = scene.activate(&mut device, &sold.code).await;
    let activation = scene
        .authority
        .activation(answer.activation)
        .await
        .unwrap()
        .activation;
    assert_eq!(activation.lease_expires_at, NOW.plus(Seconds::days(30)));
    assert_eq!(activation.grace_until, ends);

    scene.clock.pass(Seconds::days(10));
    assert_eq!(
        scene
            .activate(&mut device, &sold.code)
            .await
            .lease_expires_at,
        ends
    );
    scene.clock.set(ends);
    let refusal = scene.refuse(&mut device, &sold.code).await;
    assert_eq!(refusal.problem.code.as_str(), "entitlement_ended");
}

#[tokio::test]
async fn rule_a3_a_lost_reply_is_reissued_without_a_second_seat() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let mut device = TestDevice::new("north");
    let request = scene.request(&mut device, &sold.code);
    let first = answered(scene.receive(&request).await);

    scene.clock.pass(Seconds::days(3));
    let second = answered(scene.receive(&request).await);
    assert_eq!(second.outcome, AnswerOutcome::Reissued);
    assert_eq!(second.sealed.bytes, first.sealed.bytes);

    let other = scene.reopened().await;
    let third = other
        .receive(&request.bytes, &keyferry_authority::Origin::Local)
        .await;
    assert_eq!(
        answered(crate::scene::one(third)).sealed.bytes,
        first.sealed.bytes
    );
    assert_eq!(holders(&scene).await, ["north"]);
}

#[tokio::test]
async fn rule_a3_an_answer_is_not_reissued_for_a_seat_that_is_lost() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut first = TestDevice::new("north");
    let request = scene.request(&mut first, &sold.code);
    answered(scene.receive(&request).await);
    scene.set_status(sold.entitlement.id, "suspended").await;
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(
        refusal.cause.unwrap().code.as_str(),
        "entitlement_suspended"
    );
    scene.set_status(sold.entitlement.id, "active").await;
    assert_eq!(
        answered(scene.receive(&request).await).outcome,
        AnswerOutcome::Reissued
    );

    scene.clock.pass(Seconds::days(37));
    scene
        .activate(&mut TestDevice::new("south"), &sold.code)
        .await;
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(refusal.problem.code.as_str(), "activation_superseded");
}

#[tokio::test]
async fn rule_a4_the_same_device_within_tolerance_keeps_its_activation() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first_request = scene.request(&mut device, &sold.code);
    let first = answered(scene.receive(&first_request).await);
    let enrolled = scene.read(&device, &first).grant.enrolled.clone();

    device.machine = device
        .machine
        .with(ComponentKind::NetworkAdapter, "another adapter");
    let second = scene.activate(&mut device, &sold.code).await;
    assert_eq!(second.activation, first.activation);
    assert_eq!(second.sequence.0, first.sequence.0 + 1);
    assert_eq!(scene.read(&device, &second).grant.enrolled, enrolled);

    let older = refused(scene.receive(&first_request).await);
    assert_eq!(older.problem.code.as_str(), "request_superseded");
    assert_eq!(
        scene.actions().await[3..],
        [
            "activation_granted",
            "activation_renewed",
            "request_refused"
        ]
    );
}

#[tokio::test]
async fn rule_a4_two_requests_of_one_number_are_told_apart() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let mut device = TestDevice::new("north");
    scene.activate(&mut device, &sold.code).await;
    device.number = keyferry_token::RequestNumber::default();
    device.machine = device.machine.with(ComponentKind::Cpu, "another processor");
    let refusal = scene.refuse(&mut device, &sold.code).await;
    assert_eq!(refusal.problem.code.as_str(), "request_forked");
}

#[tokio::test]
async fn rule_a4_the_same_key_on_another_machine_takes_its_seat_along() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first = scene.activate(&mut device, &sold.code).await;
    device.machine = TestDevice::new("elsewhere").machine;
    let second = scene.activate(&mut device, &sold.code).await;
    assert_ne!(second.activation, first.activation);
    assert_eq!(second.outcome, AnswerOutcome::Moved);

    let record = scene.authority.activation(second.activation).await.unwrap();
    assert_eq!(record.history.len(), 1);
    assert_eq!(record.history[0].id, first.activation);
    assert_eq!(record.history[0].status, ActivationStatus::Superseded);
    assert_eq!(record.history[0].seat, record.activation.seat);
    assert_eq!(holders(&scene).await, ["elsewhere"]);
    assert_eq!(scene.actions().await.last().unwrap(), "activation_rebound");
}

#[tokio::test]
async fn rule_a4_a_machine_set_up_anew_gets_its_seat_back() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let mut device = TestDevice::new("north");
    let first = scene.activate(&mut device, &sold.code).await;
    new_key(&mut device);
    let second = scene.activate(&mut device, &sold.code).await;
    assert_ne!(second.activation, first.activation);
    assert_eq!(holders(&scene).await, ["north"]);
    assert_eq!(scene.actions().await.last().unwrap(), "activation_rebound");
}

#[tokio::test]
async fn rule_a4_another_machine_takes_another_seat() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let first = scene
        .activate(&mut TestDevice::new("north"), &sold.code)
        .await;
    let second = scene
        .activate(&mut TestDevice::new("south"), &sold.code)
        .await;
    assert_ne!(first.activation, second.activation);
    let seat = async |id| {
        scene
            .authority
            .activation(id)
            .await
            .unwrap()
            .activation
            .seat
    };
    assert_eq!(
        (seat(first.activation).await, seat(second.activation).await),
        (1, 2)
    );
}

#[tokio::test]
async fn rule_a4_a_seat_is_rebound_three_times_a_year() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    scene.activate(&mut device, &sold.code).await;
    for _ in 0..3 {
        new_key(&mut device);
        scene.activate(&mut device, &sold.code).await;
    }
    new_key(&mut device);
    let page = Page::first(10);
    let list = scene
        .authority
        .activations(&ActivationFilter::default(), page)
        .await
        .unwrap();
    let holder = list
        .items
        .iter()
        .find(|one| one.status == ActivationStatus::Active)
        .unwrap();
    let record = scene.authority.activation(holder.id).await.unwrap();
    assert_eq!(record.history.len(), 3);

    let refusal = scene.refuse(&mut device, &sold.code).await;
    assert_eq!(refusal.problem.code.as_str(), "reactivation_cap_reached");
    assert_eq!(refusal.problem.arg("cap"), Some("3"));
}

#[tokio::test]
async fn rule_a5_without_a_free_seat_the_next_one_is_named() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    scene
        .activate(&mut TestDevice::new("north"), &sold.code)
        .await;
    let refusal = scene
        .refuse(&mut TestDevice::new("south"), &sold.code)
        .await;
    assert_eq!(refusal.problem.code.as_str(), "no_free_seat");
    assert_eq!(refusal.problem.arg("seats"), Some("1"));
    let free = NOW.plus(Seconds::days(37));
    assert_eq!(
        refusal.problem.arg("next_free"),
        Some(free.to_string().as_str())
    );
    assert_eq!(refusal.cause, None);
    assert_eq!(refusal.label.unwrap().as_str(), "south");
}

#[tokio::test]
async fn rule_a5_a_seat_whose_time_is_over_can_be_taken() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut north = TestDevice::new("north");
    let mut south = TestDevice::new("south");
    let first = scene.activate(&mut north, &sold.code).await;

    scene
        .clock
        .set(NOW.plus(Seconds::days(37)).minus(Seconds::new(1)));
    scene.refuse(&mut south, &sold.code).await;
    scene.clock.pass(Seconds::new(1));
    let key = EntitlementKey::Id(sold.entitlement.id);
    assert_eq!(
        scene.authority.entitlement(&key).await.unwrap().seats_used,
        0
    );
    let second = scene.activate(&mut south, &sold.code).await;
    let record = scene.authority.activation(second.activation).await.unwrap();
    assert_eq!(record.history[0].id, first.activation);
    assert_eq!(scene.actions().await.last().unwrap(), "seat_taken");

    let refusal = scene.refuse(&mut north, &sold.code).await;
    assert_eq!(refusal.problem.code.as_str(), "no_free_seat");
}

#[tokio::test]
async fn two_products_on_one_device_do_not_void_each_others_requests() {
    let scene = Scene::new().await;
    let cam = NewProduct {
        code: ProductCode::new("com.acme.cam").unwrap(),
        ..cad()
    };
    scene
        .authority
        .product_add(cam.clone(), &Origin::Local)
        .await
        .unwrap();
    let first = scene.sell(1).await;
    let second = scene
        .authority
        .entitlement_add(
            NewEntitlement {
                product: cam.code.clone(),
                ..bought(1)
            },
            &Origin::Local,
        )
        .await
        .unwrap();
    let mut device = TestDevice::new("north");
    let for_cad = scene.request(&mut device, &first.code);
    let for_cam = device.request(
        scene.profile.vendor,
        scene.exchange_key(),
        cam.code,
        &second.code,
    );
    answered(scene.receive(&for_cam).await);
    answered(scene.receive(&for_cad).await);
}

#[tokio::test]
async fn an_activation_that_is_not_there_is_named_as_such() {
    let scene = Scene::new().await;
    let id = keyferry_token::ActivationId::new([1; 10]);
    let fault = scene.authority.activation(id).await.unwrap_err();
    assert_eq!(fault.code().as_str(), "activation_unknown");
}

#[tokio::test]
async fn activations_are_listed_by_product_and_by_entitlement() {
    let scene = Scene::new().await;
    let (one, other) = (scene.sell(1).await, scene.sell(1).await);
    scene
        .activate(&mut TestDevice::new("north"), &one.code)
        .await;
    scene
        .activate(&mut TestDevice::new("south"), &other.code)
        .await;
    let labels = async |filter| {
        let list = scene
            .authority
            .activations(&filter, Page::first(9))
            .await
            .unwrap();
        let mut labels: Vec<_> = list.items.iter().map(|one| one.label.to_string()).collect();
        labels.sort_unstable();
        labels
    };
    let of_product = |product| ActivationFilter {
        product: Some(product),
        ..ActivationFilter::default()
    };
    assert_eq!(labels(of_product(product())).await, ["north", "south"]);
    let nothing = of_product(ProductCode::new("com.acme.none").unwrap());
    assert!(labels(nothing).await.is_empty());
    let of_entitlement = ActivationFilter {
        entitlement: Some(other.entitlement.id),
        ..ActivationFilter::default()
    };
    assert_eq!(labels(of_entitlement).await, ["south"]);
}
