//! Codes that open nothing, and how often they may be tried: rule A13.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use keyferry_authority::{Origin, Page, Refused};
use keyferry_fixtures::TestDevice;
use keyferry_token::{ActivationCode, CodeTag, Seconds};

use crate::scene::{Scene, one, refused};

fn made_up(scene: &Scene, number: u8) -> ActivationCode {
    let tag: CodeTag = scene.profile.products[0].tag;
    // Symbols have five bits.
    let mut random = [number % 32; 20];
    random[0] = number / 32;
    ActivationCode::from_random(tag, random)
}

async fn try_from(scene: &Scene, code: &ActivationCode, origin: Origin) -> Refused {
    let request = scene.request(&mut TestDevice::new("north"), code);
    refused(one(scene.authority.receive(&request.bytes, &origin).await))
}

#[tokio::test]
async fn rule_a13_unknown_and_refused_codes_read_alike() {
    let scene = Scene::new().await;
    let suspended = scene.sell(1).await;
    let revoked = scene.sell(1).await;
    scene
        .set_status(suspended.entitlement.id, "suspended")
        .await;
    scene.set_status(revoked.entitlement.id, "revoked").await;
    let mut problems = Vec::new();
    for (code, cause) in [
        (&made_up(&scene, 1), "entitlement_unknown"),
        (&suspended.code, "entitlement_suspended"),
        (&revoked.code, "entitlement_revoked"),
    ] {
        let refusal = try_from(&scene, code, Origin::Local).await;
        assert_eq!(refusal.cause.unwrap().code.as_str(), cause);
        problems.push(refusal.problem);
    }
    assert_eq!(problems[0].code.as_str(), "activation_code_not_accepted");
    assert!(problems.iter().all(|problem| *problem == problems[0]));

    let log = scene.authority.audit(Page::first(100)).await.unwrap().items;
    let details: Vec<_> = log
        .iter()
        .filter(|entry| entry.action == "request_refused")
        .map(|entry| entry.detail.as_str())
        .collect();
    assert_eq!(
        details,
        [
            r#"{"code":"entitlement_unknown"}"#,
            r#"{"code":"entitlement_suspended"}"#,
            r#"{"code":"entitlement_revoked"}"#
        ]
    );
}

#[tokio::test]
async fn rule_a13_a_code_for_another_product_reads_like_an_unknown_one() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let other = keyferry_token::ProductCode::new("com.acme.other").unwrap();
    let request = device.request(
        scene.profile.vendor,
        scene.exchange_key(),
        other,
        &sold.code,
    );
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(
        refusal.problem.code.as_str(),
        "activation_code_not_accepted"
    );
}

#[tokio::test]
async fn rule_a13_attempts_with_one_code_are_limited_for_an_hour() {
    let scene = Scene::new().await;
    let code = made_up(&scene, 1);
    for _ in 0..10 {
        let refusal = try_from(&scene, &code, Origin::Local).await;
        assert_eq!(
            refusal.problem.code.as_str(),
            "activation_code_not_accepted"
        );
    }
    scene.clock.pass(Seconds::new(600));
    let refusal = try_from(&scene, &code, Origin::Local).await;
    assert_eq!(refusal.problem.code.as_str(), "too_many_attempts");
    assert_eq!(refusal.problem.arg("minutes"), Some("50"));

    let another = try_from(&scene, &made_up(&scene, 2), Origin::Local).await;
    assert_eq!(
        another.problem.code.as_str(),
        "activation_code_not_accepted"
    );
    scene.clock.pass(Seconds::new(3_000));
    let refusal = try_from(&scene, &code, Origin::Local).await;
    assert_eq!(
        refusal.problem.code.as_str(),
        "activation_code_not_accepted"
    );
}

#[tokio::test]
async fn rule_a13_attempts_from_one_address_are_limited_whatever_the_codes() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let address = |last| {
        let [a, b, c, d, ..] = [0x2001, 0xdb8, 0, 7];
        Origin::Address(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, last)))
    };
    for number in 0..60 {
        // Asked again, a code tells no more than before.
        for _ in 0..if number < 59 { 2 } else { 1 } {
            let refusal = try_from(&scene, &made_up(&scene, number), address(number.into())).await;
            let told = refusal.problem.code.as_str();
            assert_eq!(told, "activation_code_not_accepted", "{number}");
        }
    }
    let refusal = try_from(&scene, &made_up(&scene, 60), address(999)).await;
    assert_eq!(refusal.problem.code.as_str(), "too_many_attempts");
    let refusal = try_from(&scene, &sold.code, address(999)).await;
    assert_eq!(refusal.problem.code.as_str(), "too_many_attempts");

    let elsewhere = Origin::Address(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));
    let request = scene.request(&mut TestDevice::new("north"), &sold.code);
    let received = one(scene.authority.receive(&request.bytes, &elsewhere).await);
    crate::scene::answered(received);
}

#[tokio::test]
async fn a_good_code_is_not_shut_out_by_a_full_house() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    scene
        .activate(&mut TestDevice::new("north"), &sold.code)
        .await;
    for number in 0..15 {
        let mut device = TestDevice::new(&format!("other {number}"));
        let refusal = scene.refuse(&mut device, &sold.code).await;
        assert_eq!(refusal.problem.code.as_str(), "no_free_seat");
    }
}

#[tokio::test]
async fn a_company_behind_one_address_is_not_shut_out_by_a_full_house() {
    let scene = Scene::new().await;
    let full = scene.sell(1).await;
    scene
        .activate(&mut TestDevice::new("north"), &full.code)
        .await;
    let office = Origin::Address(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));
    for number in 0..70 {
        let mut device = TestDevice::new(&format!("other {number}"));
        let request = scene.request(&mut device, &full.code);
        let refusal = refused(one(scene.authority.receive(&request.bytes, &office).await));
        assert_eq!(refusal.problem.code.as_str(), "no_free_seat", "{number}");
    }
    // Nor by a code that was suspended, however often it is tried.
    let suspended = scene.sell(1).await;
    scene
        .set_status(suspended.entitlement.id, "suspended")
        .await;
    for _ in 0..70 {
        try_from(&scene, &suspended.code, office).await;
    }
    let other = scene.sell(1).await;
    let request = scene.request(&mut TestDevice::new("south"), &other.code);
    crate::scene::answered(one(scene.authority.receive(&request.bytes, &office).await));
    // And whoever guesses from there is still stopped.
    let mut guesses = 0;
    for number in 0..70 {
        let refusal = try_from(&scene, &made_up(&scene, number), office).await;
        guesses += u32::from(refusal.problem.code.as_str() == "activation_code_not_accepted");
    }
    assert_eq!(guesses, 59);
}
