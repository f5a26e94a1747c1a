//! What the vendor says of itself, and the files that say so.

use std::fs;

use keyferry_authority::{
    EntitlementKey, HolderFault, Logo, Origin, Page, PortalAddress, ProductTerms, VendorTerms,
};
use keyferry_token::{Artefact, Colour, Name, VendorProfile};

use crate::scene::{Scene, product};

/// A PNG of one pixel, which is enough of one.
const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";

fn face() -> VendorTerms {
    VendorTerms {
        name: None,
        support: Some(Some(Name::new("help@acme.example").unwrap())),
        portal: Some(Some(PortalAddress::new("https://acme.example").unwrap())),
        colour: Some(Some(Colour([0x1a, 0x5f, 0xb4]))),
        logo: Some(Some(Logo::new(PIXEL.to_vec()).unwrap())),
    }
}

/// The latest profile that customers are given.
fn handed_out(scene: &Scene) -> VendorProfile {
    let text = fs::read(scene.authority.profile_file()).unwrap();
    match Artefact::read(&text).unwrap().pop().unwrap() {
        Ok(Artefact::Profile(signed)) => signed.verify_whole().unwrap().into_claims(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_the_vendor_says_of_itself_is_signed_and_handed_out() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let change = authority.vendor_change(&face(), &Origin::Local).await;
    let change = change.unwrap();
    assert!(change.changed);
    let wanted = VendorProfile {
        support: Some(Name::new("help@acme.example").unwrap()),
        portal: Some("https://acme.example".to_owned()),
        colour: Some(Colour([0x1a, 0x5f, 0xb4])),
        logo: Some(PIXEL.to_vec()),
        number: scene.profile.number + 1,
        ..scene.profile.clone()
    };
    assert_eq!(change.profile, wanted);
    assert_eq!(authority.profile().await.unwrap(), wanted);
    assert_eq!(handed_out(&scene), wanted);
    assert_eq!(wanted.fingerprint(), scene.profile.fingerprint());

    let again = authority.vendor_change(&face(), &Origin::Local).await;
    assert!(!again.unwrap().changed);
    let entries = authority.audit(Page::first(100)).await.unwrap().items;
    let entry = entries.last().unwrap();
    assert_eq!(entry.action, "vendor_changed");
    assert_eq!(
        entry.detail,
        r##"{"colour":"#1a5fb4","logo":true,"portal":"https://acme.example","support":"help@acme.example"}"##
    );

    let none = VendorTerms {
        name: Some(Name::new("Acme").unwrap()),
        support: Some(None),
        portal: Some(None),
        colour: Some(None),
        logo: Some(None),
    };
    authority
        .vendor_change(&none, &Origin::Local)
        .await
        .unwrap();
    let bare = VendorProfile {
        name: Name::new("Acme").unwrap(),
        number: scene.profile.number + 2,
        ..scene.profile.clone()
    };
    assert_eq!(handed_out(&scene), bare);
}

#[tokio::test]
async fn what_is_left_as_it_is_comes_from_the_profile_and_not_from_the_database() {
    let scene = Scene::new().await;
    sqlx::query("UPDATE vendor SET portal = 'https://evil.example', name = 'Someone else'")
        .execute(&mut scene.database().await)
        .await
        .unwrap();
    let terms = VendorTerms {
        support: face().support,
        ..VendorTerms::default()
    };
    let change = scene.authority.vendor_change(&terms, &Origin::Local).await;
    let profile = change.unwrap().profile;
    assert_eq!(
        (profile.name, profile.portal),
        (scene.profile.name.clone(), None)
    );
}

#[tokio::test]
async fn two_programs_that_change_the_profile_at_once_leave_the_newest_in_the_file() {
    let scene = Scene::new().await;
    let other = scene.reopened().await;
    for round in 0..6 {
        let named = |who| ProductTerms {
            name: Some(Name::new(&format!("CAD {round} by {who}")).unwrap()),
            ..ProductTerms::default()
        };
        let code = product();
        let (one, two) = tokio::join!(
            scene
                .authority
                .product_change(&code, named("one"), &Origin::Local),
            other.product_change(&code, named("two"), &Origin::Local),
        );
        // Both are done, or one of them is told that another was faster; the file is right in any case.
        assert!(one.is_ok() || two.is_ok(), "{one:?} {two:?}");
        assert_eq!(handed_out(&scene), scene.authority.profile().await.unwrap());
    }
}

#[tokio::test]
async fn a_holder_secret_that_was_replaced_lets_nobody_in_and_nobody_stay() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let (sold, other) = (scene.sell(1).await, scene.sell(1).await);
    let enter = |secret| authority.holder_enter(secret, &Origin::Local);
    let (session, _) = enter(&sold.holder_secret).await.unwrap();
    let (untouched, _) = enter(&other.holder_secret).await.unwrap();

    let key = EntitlementKey::Code(sold.code.clone());
    let replaced = authority.holder_secret_replace(&key, &Origin::Local).await;
    let replaced = replaced.unwrap();
    assert_eq!(replaced.entitlement.id, sold.entitlement.id);
    assert_eq!(replaced.sessions_ended, 1);
    assert!(authority.holder_session(&session).await.unwrap().is_none());
    assert!(
        authority
            .holder_session(&untouched)
            .await
            .unwrap()
            .is_some()
    );
    let refused = enter(&sold.holder_secret).await.unwrap_err();
    assert!(matches!(refused, HolderFault::NotAccepted), "{refused:?}");
    let (_, entered) = enter(&replaced.holder_secret).await.unwrap();
    assert_eq!(entered.entitlement, sold.entitlement.id);
    let actions = scene.actions().await;
    assert_eq!(
        actions[actions.len() - 2..],
        ["holder_secret_replaced", "holder_entered"]
    );
    let stored = scene.stored().await;
    let secret = replaced.holder_secret.expose();
    assert!(
        !stored
            .windows(secret.len())
            .any(|part| part == secret.as_bytes())
    );
}

#[tokio::test]
async fn a_stolen_holder_secret_is_replaced_also_after_the_entitlement_was_revoked() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let key = EntitlementKey::Id(sold.entitlement.id);
    let authority = &scene.authority;
    authority
        .entitlement_revoke(&key, &Origin::Local)
        .await
        .unwrap();
    authority
        .holder_secret_replace(&key, &Origin::Local)
        .await
        .unwrap();
}
