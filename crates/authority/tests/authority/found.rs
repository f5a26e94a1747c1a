//! Looking through the books, and what needs attention, on any database.

use keyferry_authority::{
    ActivationSearch, ActivationStatus, EntitlementKey, EntitlementSearch, EntitlementStatus,
    KeyDue, LicenseSearch, NewEntitlement, Origin, Page, Rotation,
};
use keyferry_catalogue::Code;
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{KeyPurpose, LicenseTerm, Name, ProductCode, SeatStatus, Seconds};

use crate::{
    licenses::plain,
    scene::{Scene, bought},
};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

async fn holders(scene: &Scene, search: EntitlementSearch) -> Vec<String> {
    let found = scene
        .authority
        .entitlements_found(&search, Page::first(100))
        .await;
    let found = found.unwrap().items.into_iter();
    found.map(|one| one.holder.unwrap().to_string()).collect()
}

fn text(text: &str) -> EntitlementSearch {
    EntitlementSearch {
        text: Some(text.to_owned()),
        ..EntitlementSearch::default()
    }
}

#[tokio::test]
async fn entitlements_are_found_by_what_people_know_of_them() {
    let scene = Scene::new().await;
    let mut sold = Vec::new();
    for holder in ["Example Works", "50% off_Ltd", "Söhne & Co"] {
        scene.clock.pass(Seconds::new(1));
        let new = NewEntitlement {
            holder: Some(name(holder)),
            ..bought(2)
        };
        let added = scene.authority.entitlement_add(new, &Origin::Local).await;
        sold.push(added.unwrap().entitlement);
    }
    let all = ["Söhne & Co", "50% off_Ltd", "Example Works"];
    assert_eq!(holders(&scene, EntitlementSearch::default()).await, all);
    for (typed, found) in [
        ("works", vec!["Example Works"]),
        ("EXAMPLE", vec!["Example Works"]),
        ("söhne", vec!["Söhne & Co"]),
        ("0% off_", vec!["50% off_Ltd"]),
        ("%", vec!["50% off_Ltd"]),
        ("   ", all.to_vec()),
        ("' OR 1=1 --", vec![]),
    ] {
        assert_eq!(holders(&scene, text(typed)).await, found, "{typed}");
    }
    let hint = &sold[0].hint;
    assert_eq!(holders(&scene, text(hint)).await, ["Example Works"]);
    let dots = hint.replace('…', "...").to_lowercase();
    assert_eq!(holders(&scene, text(&dots)).await, ["Example Works"]);
    let id = sold[1].id.to_string();
    assert_eq!(holders(&scene, text(&id)).await, ["50% off_Ltd"]);
    let other = EntitlementSearch {
        product: Some(ProductCode::new("com.acme.other").unwrap()),
        ..EntitlementSearch::default()
    };
    assert!(holders(&scene, other).await.is_empty());

    let first = scene
        .authority
        .entitlements_found(&EntitlementSearch::default(), Page::first(2))
        .await
        .unwrap();
    let after = Page {
        after: first.next,
        limit: 2,
    };
    let second = scene
        .authority
        .entitlements_found(&EntitlementSearch::default(), after)
        .await
        .unwrap();
    assert_eq!((second.items.len(), second.next), (1, None));
    assert_eq!(second.items[0].id, sold[0].id);
}

#[tokio::test]
async fn entitlements_are_found_by_their_state_now() {
    let scene = Scene::new().await;
    let mut sold = Vec::new();
    for (holder, days) in [("soon", 10), ("later", 90), ("never", 0)] {
        let new = NewEntitlement {
            holder: Some(name(holder)),
            ends_at: (days > 0).then(|| NOW.plus(Seconds::days(days))),
            ..bought(1)
        };
        let added = scene.authority.entitlement_add(new, &Origin::Local).await;
        sold.push(added.unwrap());
    }
    let key = EntitlementKey::Id(sold[1].entitlement.id);
    let suspended = scene.authority.entitlement_suspend(&key, &Origin::Local);
    suspended.await.unwrap();
    let of = |status| EntitlementSearch {
        status: Some(status),
        ..EntitlementSearch::default()
    };
    let ending = EntitlementSearch {
        ends_until: Some(NOW.plus(Seconds::days(30))),
        ..EntitlementSearch::default()
    };
    assert_eq!(holders(&scene, ending).await, ["soon"]);
    assert_eq!(
        holders(&scene, of(EntitlementStatus::Suspended)).await,
        ["later"]
    );
    scene.clock.pass(Seconds::days(10));
    assert_eq!(
        holders(&scene, of(EntitlementStatus::Expired)).await,
        ["soon"]
    );
    assert_eq!(
        holders(&scene, of(EntitlementStatus::Active)).await,
        ["never"]
    );

    let full = EntitlementSearch {
        full: true,
        ..EntitlementSearch::default()
    };
    assert!(holders(&scene, full.clone()).await.is_empty());
    scene
        .activate(&mut TestDevice::new("press-04"), &sold[2].code)
        .await;
    assert_eq!(holders(&scene, full).await, ["never"]);
}

#[tokio::test]
async fn activations_and_licenses_are_found_too() {
    let scene = Scene::new().await;
    let sold = scene.sell(3).await;
    let mut ids = Vec::new();
    for label in ["press-04", "mill-11"] {
        let mut device = TestDevice::new(label);
        ids.push(scene.activate(&mut device, &sold.code).await.activation);
    }
    let released = scene.authority.release_lost(ids[1], &Origin::Local).await;
    let device = released.unwrap().activation.device;
    let labels = async |search: ActivationSearch| {
        let found = scene
            .authority
            .activations_found(&search, Page::first(9))
            .await;
        let found = found.unwrap().items.into_iter();
        found.map(|one| one.label.to_string()).collect::<Vec<_>>()
    };
    let typed = |text: String| ActivationSearch {
        text: Some(text),
        ..ActivationSearch::default()
    };
    assert_eq!(labels(typed("PRESS".into())).await, ["press-04"]);
    assert_eq!(labels(typed(ids[1].to_string())).await, ["mill-11"]);
    assert_eq!(labels(typed(device.to_string())).await, ["mill-11"]);
    let entitlement = sold.entitlement.id.to_string();
    assert_eq!(labels(typed(entitlement)).await.len(), 2);
    let gone = ActivationSearch {
        status: Some(ActivationStatus::Released),
        ..ActivationSearch::default()
    };
    assert_eq!(labels(gone).await, ["mill-11"]);

    let mut license = plain();
    license.holder = Some(name("Example Works"));
    license.term = LicenseTerm::Until(NOW.plus(Seconds::days(30)));
    let made = scene.authority.license_make(&license, &Origin::Local).await;
    let made = made.unwrap();
    let id = made.issued.license.id;
    let plain = scene.authority.license_make(&plain(), &Origin::Local).await;
    plain.unwrap();
    let found = async |search: LicenseSearch| {
        let found = scene.authority.licenses_found(&search, Page::first(9));
        let found = found.await.unwrap().items.into_iter();
        found.map(|one| one.license.id).collect::<Vec<_>>()
    };
    let typed = |text: &str| LicenseSearch {
        text: Some(text.to_owned()),
        ..LicenseSearch::default()
    };
    assert_eq!(found(LicenseSearch::default()).await.len(), 2);
    assert_eq!(found(typed("works")).await, [id]);
    assert_eq!(found(typed(&id.to_string())).await, [id]);
    let suspended = LicenseSearch {
        status: Some(SeatStatus::Suspended),
        ..LicenseSearch::default()
    };
    assert!(found(suspended.clone()).await.is_empty());
    let file = scene.authority.license_suspend(id, &Origin::Local).await;
    assert_eq!(found(suspended).await, [id]);
    let latest = scene.authority.license_file(id).await.unwrap();
    assert_eq!(latest.bytes, file.unwrap().bytes);
}

#[tokio::test]
async fn the_overview_tells_what_ends_what_is_full_and_what_was_refused() {
    let scene = Scene::new().await;
    let empty = scene.authority.overview(5).await.unwrap();
    assert_eq!((empty.products, empty.entitlements, empty.seats), (1, 0, 0));
    let soon = NewEntitlement {
        ends_at: Some(NOW.plus(Seconds::days(30))),
        ..bought(1)
    };
    let soon = scene.authority.entitlement_add(soon, &Origin::Local).await;
    let soon = soon.unwrap();
    scene.sell(4).await;
    scene
        .activate(&mut TestDevice::new("press-04"), &soon.code)
        .await;
    scene
        .refuse(&mut TestDevice::new("press-05"), &soon.code)
        .await;
    let told = scene.authority.overview(5).await.unwrap();
    assert_eq!((told.entitlements, told.seats, told.seats_used), (2, 5, 1));
    assert_eq!((told.ending, told.full, told.refused), (1, 1, 1));
    assert_eq!(told.ending_next[0].id, soon.entitlement.id);
    assert_eq!(told.full_newest[0].id, soon.entitlement.id);
    let refused = &told.refused_latest[0];
    assert_eq!(refused.code, Some(Code::NoFreeSeat));
    assert_eq!(refused.entitlement, Some(soon.entitlement.id));

    scene.clock.pass(Seconds::days(7));
    assert_eq!(scene.authority.overview(5).await.unwrap().refused, 0);
    scene.clock.pass(Seconds::days(23));
    let told = scene.authority.overview(5).await.unwrap();
    assert_eq!((told.entitlements, told.ending, told.full), (1, 0, 0));
}

#[tokio::test]
async fn keys_are_due_with_age_and_where_one_of_two_was_replaced() {
    let scene = Scene::new().await;
    let due = async || {
        let told = scene.authority.overview(5).await.unwrap();
        let due = told.keys.into_iter();
        due.map(|(key, why)| (key.purpose, why)).collect::<Vec<_>>()
    };
    assert!(due().await.is_empty());
    scene.clock.pass(Seconds::days(1));
    let rotated = scene
        .authority
        .rotate_key(Rotation::Signing, &Origin::Local)
        .await;
    rotated.unwrap();
    assert_eq!(due().await, [(KeyPurpose::Exchange, KeyDue::BehindSigning)]);
    scene.clock.pass(Seconds::days(2 * 365));
    assert_eq!(due().await.len(), 3);
}
