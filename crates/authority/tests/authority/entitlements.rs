//! Products and entitlements.

use std::fs;

use keyferry_authority::{
    EntitlementKey, EntitlementStatus, NewEntitlement, NewProduct, Origin, Page,
};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{ActivationCode, HolderSecret, Name, ProductCode, Seconds, SignedProfile};

use crate::scene::{Scene, bought, cad, features, product};

fn cam() -> NewProduct {
    NewProduct {
        code: ProductCode::new("com.acme.cam").unwrap(),
        name: Name::new("Acme CAM").unwrap(),
        features: Vec::new(),
        ..cad()
    }
}

#[tokio::test]
async fn a_new_product_is_in_the_next_profile() {
    let scene = Scene::new().await;
    let added = scene
        .authority
        .product_add(cam(), &Origin::Local)
        .await
        .unwrap();
    let profile = scene.authority.profile().await.unwrap();
    assert_eq!(profile.number, scene.profile.number + 1);
    assert_eq!(profile.product_of(added.tag).unwrap().code, added.code);
    assert_ne!(added.tag, profile.product(&product()).unwrap().tag);
    assert_eq!(scene.authority.products().await.unwrap().len(), 2);

    let text = fs::read_to_string(scene.authority.profile_file()).unwrap();
    let binary = keyferry_token::Armored::find_all(&text)
        .remove(0)
        .unwrap()
        .bytes;
    let signed = SignedProfile::parse(&binary).unwrap();
    let successor = signed.verify_successor(&scene.profile).unwrap();
    assert_eq!(successor.into_claims(), profile);
}

#[tokio::test]
async fn a_product_code_is_given_once() {
    let scene = Scene::new().await;
    let fault = scene
        .authority
        .product_add(cad(), &Origin::Local)
        .await
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "product_exists");
    assert_eq!(fault.problem().arg("product"), Some("com.acme.cad"));
    assert_eq!(scene.authority.profile().await.unwrap(), scene.profile);
}

#[tokio::test]
async fn an_entitlement_is_found_by_its_id_and_by_its_code() {
    let scene = Scene::new().await;
    let sold = scene.sell(3).await;
    assert_eq!(sold.entitlement.seats, 3);
    assert_eq!(sold.entitlement.seats_used, 0);
    assert_eq!(sold.entitlement.hint, sold.code.hint());
    assert_eq!(
        sold.code.tag(),
        scene.profile.product(&product()).unwrap().tag
    );
    for key in [
        sold.entitlement.id.to_string(),
        sold.code.expose().to_lowercase(),
    ] {
        let key = EntitlementKey::read(&key).unwrap();
        assert_eq!(
            scene.authority.entitlement(&key).await.unwrap(),
            sold.entitlement
        );
    }
    let stranger = ActivationCode::from_random(sold.code.tag(), [3; 20]);
    let fault = scene
        .authority
        .entitlement(&EntitlementKey::Code(stranger))
        .await
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "entitlement_unknown");
    assert!(HolderSecret::read(&sold.holder_secret.expose()).is_ok());
}

#[tokio::test]
async fn the_customers_secrets_are_not_in_the_database() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    scene.activate(&mut device, &sold.code).await;
    scene.reopened().await.close().await.unwrap();

    let stored = scene.stored().await;
    let code = sold.code.expose();
    for secret in [
        code.as_bytes(),
        code.replace('-', "").as_bytes(),
        sold.code.secret().expose(),
        sold.holder_secret.expose().as_bytes(),
    ] {
        assert!(!stored.windows(secret.len()).any(|window| window == secret));
        let hex = data_encoding::HEXLOWER.encode(secret).into_bytes();
        assert!(!stored.windows(hex.len()).any(|window| window == hex));
    }
    let hint = sold.code.hint();
    assert!(
        stored
            .windows(hint.len())
            .any(|window| window == hint.as_bytes())
    );
}

#[tokio::test]
async fn an_entitlement_grants_only_what_its_product_lists() {
    let scene = Scene::new().await;
    let with = |product: &ProductCode, codes: &[&str]| NewEntitlement {
        product: product.clone(),
        features: features(codes),
        ..bought(1)
    };
    let fault = scene
        .authority
        .entitlement_add(with(&product(), &["exprot"]), &Origin::Local)
        .await
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "feature_unknown");
    assert_eq!(fault.problem().arg("feature"), Some("exprot"));

    scene
        .authority
        .product_add(cam(), &Origin::Local)
        .await
        .unwrap();
    scene
        .authority
        .entitlement_add(with(&cam().code, &["anything"]), &Origin::Local)
        .await
        .unwrap();

    let nowhere = ProductCode::new("com.acme.none").unwrap();
    let fault = scene
        .authority
        .entitlement_add(with(&nowhere, &[]), &Origin::Local)
        .await
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "product_unknown");
}

#[tokio::test]
async fn long_lists_are_read_a_page_at_a_time() {
    let scene = Scene::new().await;
    let mut sold = Vec::new();
    for day in 0..5 {
        scene.clock.set(NOW.plus(Seconds::days(day / 2)));
        sold.push(scene.sell(1).await.entitlement.id);
    }
    let mut listed = Vec::new();
    let mut page = Page::first(2);
    loop {
        let part = scene.authority.entitlements(page).await.unwrap();
        assert!(part.items.len() <= 2);
        listed.extend(part.items.into_iter().map(|entitlement| entitlement.id));
        match part.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    // Those of one second are in the order of their ids.
    sold[..2].sort_unstable();
    sold[2..4].sort_unstable();
    assert_eq!(listed, sold);
}

#[tokio::test]
async fn the_state_shown_is_that_of_now() {
    let scene = Scene::new().await;
    let ends_at = Some(NOW.plus(Seconds::days(10)));
    let sold = scene
        .authority
        .entitlement_add(
            NewEntitlement {
                ends_at,
                ..bought(1)
            },
            &Origin::Local,
        )
        .await
        .unwrap();
    let key = EntitlementKey::Id(sold.entitlement.id);
    let status = async || scene.authority.entitlement(&key).await.unwrap().status;
    assert_eq!(status().await, EntitlementStatus::Active);
    scene.clock.pass(Seconds::days(10));
    assert_eq!(status().await, EntitlementStatus::Expired);
    scene.set_status(sold.entitlement.id, "suspended").await;
    assert_eq!(status().await, EntitlementStatus::Suspended);
}

#[tokio::test]
async fn more_features_than_a_grant_can_name_are_refused() {
    let scene = Scene::new().await;
    let names: Vec<_> = (0..65).map(|number| format!("f{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let many = NewEntitlement {
        features: features(&names),
        ..bought(1)
    };
    let fault = scene
        .authority
        .entitlement_add(many, &Origin::Local)
        .await
        .unwrap_err();
    assert_eq!(fault.code().as_str(), "text_refused");
    let many = NewProduct {
        features: features(&names),
        ..cam()
    };
    let fault = scene
        .authority
        .product_add(many, &Origin::Local)
        .await
        .unwrap_err();
    assert_eq!(fault.problem().arg("field"), Some("features"));

    let most = NewProduct {
        features: features(&names[..64]),
        ..cam()
    };
    scene
        .authority
        .product_add(most, &Origin::Local)
        .await
        .unwrap();
    let sold = NewEntitlement {
        product: cam().code,
        ..bought(1)
    };
    let sold = scene
        .authority
        .entitlement_add(sold, &Origin::Local)
        .await
        .unwrap();
    let mut device = TestDevice::new("north");
    let request = device.request(
        scene.profile.vendor,
        scene.exchange_key(),
        cam().code,
        &sold.code,
    );
    let answer = crate::scene::answered(scene.receive(&request).await);
    assert_eq!(scene.read(&device, &answer).grant.features.len(), 64);
}
