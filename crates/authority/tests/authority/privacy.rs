//! Personal data: how long addresses are kept, and what is removed when somebody asks for it.

use std::net::{IpAddr, Ipv4Addr};

use keyferry_authority::{AuditEntry, Authority, EntitlementKey, Origin, Page};
use keyferry_fixtures::TestDevice;
use keyferry_token::{ActivationId, Seconds};

use crate::{
    restore::{Kept, Log, restored},
    scene::{Scene, answered, one},
};

const HERE: Origin = Origin::Local;
const CALLER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
const ADDRESS: &str = "203.0.113.9";

async fn entries(authority: &Authority) -> Vec<AuditEntry> {
    authority.audit(Page::first(500)).await.unwrap().items
}

/// Who did what, for people.
async fn callers(authority: &Authority) -> Vec<String> {
    let entries = entries(authority).await.into_iter();
    entries
        .filter(|entry| entry.action == "activation_granted")
        .map(|entry| entry.who())
        .collect()
}

/// A device comes over the network.
async fn comes(scene: &Scene, name: &str, code: &keyferry_token::ActivationCode) -> ActivationId {
    let mut device = TestDevice::new(name);
    let request = scene.request(&mut device, code);
    let from = Origin::Address(CALLER);
    let received = scene.authority.receive(&request.bytes, &from).await;
    answered(one(received)).activation
}

async fn stores(scene: &Scene, text: &str) -> bool {
    let stored = scene.stored().await;
    stored
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn an_address_is_shown_as_long_as_it_is_kept_and_the_log_proves_without_it() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let authority = &scene.authority;
    assert_eq!(
        authority.addresses_kept().await.unwrap(),
        Some(Seconds::days(90))
    );
    comes(&scene, "pc", &sold.code).await;
    assert_eq!(callers(authority).await, [format!("address {ADDRESS}")]);
    let head = authority.export_head().await.unwrap().head;
    let log = Log::of(authority).await;
    assert!(!String::from_utf8(log.lines).unwrap().contains(ADDRESS));

    scene.clock.pass(Seconds::days(60));
    comes(&scene, "other", &sold.code).await;
    assert_eq!(authority.forget_addresses().await.unwrap(), 0);
    scene.clock.pass(Seconds::days(31));
    // Whoever opens the books next removes what is over.
    let later = scene.reopened().await;
    assert_eq!(
        callers(&later).await,
        ["address".to_owned(), format!("address {ADDRESS}")]
    );
    assert!(
        later
            .keep_addresses(Some(Seconds::days(30)), &HERE)
            .await
            .unwrap()
    );
    assert_eq!(callers(&later).await, ["address", "address"]);
    assert!(
        !later
            .keep_addresses(Some(Seconds::days(30)), &HERE)
            .await
            .unwrap()
    );
    later.verify_audit(Some(&head)).await.unwrap();
    assert_eq!(
        entries(&later).await.pop().unwrap().action,
        "retention_changed"
    );
}

#[tokio::test]
async fn two_entries_of_one_address_have_nothing_in_common() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    comes(&scene, "pc", &sold.code).await;
    comes(&scene, "other", &sold.code).await;
    let entries = entries(&scene.authority).await.into_iter();
    let digests: Vec<_> = entries
        .filter_map(|entry| Some(entry.address?.digest))
        .collect();
    assert_eq!(digests.len(), 2);
    assert_ne!(digests[0], digests[1]);
}

#[tokio::test]
async fn what_is_erased_is_in_no_table_and_the_license_goes_on() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let authority = &scene.authority;
    let activation = comes(&scene, "Robins-PC", &sold.code).await;
    comes(&scene, "other", &sold.code).await;
    let head = authority.export_head().await.unwrap().head;
    let key = EntitlementKey::Id(sold.entitlement.id);

    let erased = authority.erase_activation(activation, &HERE).await.unwrap();
    assert_eq!(
        (erased.labels, erased.addresses, erased.holder),
        (1, 1, false)
    );
    assert_eq!(
        callers(authority).await,
        ["address".to_owned(), format!("address {ADDRESS}")]
    );
    let erased = authority.erase_entitlement(&key, &HERE).await.unwrap();
    assert_eq!(
        (erased.labels, erased.addresses, erased.holder),
        (1, 1, true)
    );
    assert!(
        !authority
            .erase_entitlement(&key, &HERE)
            .await
            .unwrap()
            .is_something()
    );
    assert!(authority.entitlement(&key).await.unwrap().holder.is_none());
    let record = scene.record(activation).await.activation;
    assert_eq!(record.label.as_str(), "(erased)");
    authority.verify_audit(Some(&head)).await.unwrap();
    let refreshed = authority.refresh(activation, &HERE).await.unwrap();
    assert_eq!(refreshed.activation, activation);
    // A page of a file may hold what was deleted from it until it is written again.
    if scene.server.is_some() {
        for text in [ADDRESS, "Example Works", "Robins-PC"] {
            assert!(!stores(&scene, text).await, "{text}");
        }
    }
    let actions = scene.actions().await;
    let erasures = actions
        .iter()
        .filter(|action| *action == "personal_data_erased");
    assert_eq!(erasures.count(), 2);
}

#[tokio::test]
async fn a_backup_does_not_bring_back_what_was_erased_since() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let activation = comes(&scene, "Robins-PC", &sold.code).await;
    let one = comes(&scene, "Kims-PC", &sold.code).await;
    let kept = Kept::of(&scene).await;
    let key = EntitlementKey::Id(sold.entitlement.id);
    let authority = &scene.authority;
    authority.erase_activation(activation, &HERE).await.unwrap();
    authority.keep_addresses(None, &HERE).await.unwrap();
    let log = Log::of(authority).await;
    let (back, _) = restored(&scene, kept, &log).await;
    let label = |id| {
        let back = &back;
        async move { back.record(id).await.activation.label.as_str().to_owned() }
    };
    assert_eq!(label(activation).await, "(erased)");
    assert_ne!(label(one).await, "(erased)");
    assert_eq!(back.authority.addresses_kept().await.unwrap(), None);
    assert!(
        back.authority
            .entitlement(&key)
            .await
            .unwrap()
            .holder
            .is_some()
    );
    back.authority.verify_audit(None).await.unwrap();
}
