//! Webhooks: everything that is entered in the audit log is told once, in order, until it arrives.

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use keyferry_authority::{
    DeliveryStatus, DueDelivery, IssuedWebhook, Origin, Page, Told, WebhookAddress, WebhookSecret,
};
use keyferry_fixtures::TestDevice;
use keyferry_token::{Seconds, WebhookId};

use crate::scene::Scene;

const ADDRESS: &str = "https://shop.example/hooks";

async fn add(scene: &Scene, events: &[&str]) -> IssuedWebhook {
    let address = WebhookAddress::new(ADDRESS).unwrap();
    let events: Vec<String> = events.iter().map(ToString::to_string).collect();
    let adding = scene
        .authority
        .webhook_add(&address, &events, &Origin::Local);
    adding.await.unwrap()
}

async fn due(scene: &Scene) -> Vec<DueDelivery> {
    scene.authority.webhooks_spread().await.unwrap();
    scene.authority.webhooks_take(100).await.unwrap()
}

fn events(due: &[DueDelivery]) -> Vec<String> {
    let read = |one: &DueDelivery| {
        let body: serde_json::Value = serde_json::from_str(&one.body).unwrap();
        body["type"].as_str().unwrap().to_owned()
    };
    due.iter().map(read).collect()
}

fn signature(secret: &WebhookSecret, due: &DueDelivery) -> String {
    let text = secret.expose();
    let key = BASE64.decode(&text.as_bytes()["whsec_".len()..]).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signed = format!("{}.{}.{}", due.message, due.at.unix(), due.body);
    format!(
        "v1,{}",
        BASE64.encode(hmac::sign(&key, signed.as_bytes()).as_ref())
    )
}

#[tokio::test]
async fn what_is_entered_in_the_log_is_told_from_then_on_in_order_and_once() {
    let scene = Scene::new().await;
    let before = scene.sell(1).await;
    let webhook = add(&scene, &[]).await;
    let sold = scene.sell(1).await;
    scene
        .activate(&mut TestDevice::new("one"), &sold.code)
        .await;
    let told = due(&scene).await;
    assert_eq!(
        events(&told),
        ["webhook_added", "entitlement_added", "activation_granted"]
    );
    let all: String = told.iter().map(|one| one.body.as_str()).collect();
    assert!(all.contains(&sold.entitlement.id.to_string()));
    assert!(!all.contains(&before.entitlement.id.to_string()));
    // Neither codes nor where it leads.
    assert!(!all.contains(&sold.code.expose()) && !all.contains("shop.example"));
    // What one portal took, no other does.
    let elsewhere = scene.reopened().await;
    elsewhere.webhooks_spread().await.unwrap();
    assert!(elsewhere.webhooks_take(100).await.unwrap().is_empty());
    for one in &told {
        assert_eq!(one.signature, signature(&webhook.secret, one));
        elsewhere
            .webhooks_note(one, &Told::Answered(204))
            .await
            .unwrap();
    }
    scene.clock.pass(Seconds::days(1));
    assert!(due(&scene).await.is_empty());
}

#[tokio::test]
async fn a_webhook_hears_the_events_that_were_chosen() {
    let scene = Scene::new().await;
    add(&scene, &["entitlement_suspended"]).await;
    let sold = scene.sell(1).await;
    let key = keyferry_authority::EntitlementKey::Id(sold.entitlement.id);
    let authority = &scene.authority;
    authority
        .entitlement_suspend(&key, &Origin::Local)
        .await
        .unwrap();
    assert_eq!(events(&due(&scene).await), ["entitlement_suspended"]);
    let address = WebhookAddress::new(ADDRESS).unwrap();
    let unknown = ["entitlement_sold".to_owned()];
    let fault = authority
        .webhook_add(&address, &unknown, &Origin::Local)
        .await;
    assert_eq!(fault.unwrap_err().code().as_str(), "webhook_event_unknown");
}

#[tokio::test]
async fn what_does_not_arrive_is_tried_again_later_and_later_and_then_given_up() {
    let scene = Scene::new().await;
    let webhook = add(&scene, &["entitlement_added"]).await.webhook;
    scene.sell(1).await;
    let (mut attempts, mut message) = (0, None);
    let began = scene.authority.now();
    loop {
        let told = due(&scene).await;
        let Some(one) = told.first() else {
            let page = Page::first(10);
            let deliveries = scene.authority.webhook_deliveries(webhook.id, page).await;
            let delivery = deliveries.unwrap().items.remove(0);
            if delivery.status == DeliveryStatus::Failed {
                assert_eq!(
                    (delivery.attempts, delivery.answered),
                    (attempts, Some(500))
                );
                break;
            }
            assert!(delivery.next_at.unwrap() > scene.authority.now());
            scene.clock.set(delivery.next_at.unwrap());
            continue;
        };
        attempts += 1;
        // The same message, signed anew.
        let id = message.get_or_insert_with(|| one.message.clone());
        assert_eq!(*id, one.message);
        assert_eq!(one.at, scene.authority.now());
        scene
            .authority
            .webhooks_note(one, &Told::Answered(500))
            .await
            .unwrap();
    }
    assert_eq!(attempts, 10);
    let took = scene.authority.now().since(began);
    assert!(took > Seconds::days(2) && took < Seconds::days(3), "{took}");
}

#[tokio::test]
async fn a_delivery_whose_portal_died_is_taken_by_another() {
    let scene = Scene::new().await;
    add(&scene, &["entitlement_added"]).await;
    scene.sell(1).await;
    let lost = due(&scene).await;
    assert_eq!(lost.len(), 1);
    scene.clock.pass(Seconds::new(121));
    let again = due(&scene).await;
    assert_eq!(again[0].message, lost[0].message);
    let authority = &scene.authority;
    authority
        .webhooks_note(&again[0], &Told::Answered(200))
        .await
        .unwrap();
    // The one that was thought dead comes too late to change that.
    let late = Told::Trouble("no answer in time".to_owned());
    authority.webhooks_note(&lost[0], &late).await.unwrap();
    scene.clock.pass(Seconds::days(1));
    assert!(due(&scene).await.is_empty());
}

#[tokio::test]
async fn a_new_secret_signs_beside_the_old_one_for_a_day_and_both_are_sealed() {
    let scene = Scene::new().await;
    let old = add(&scene, &["entitlement_added"]).await;
    let id = old.webhook.id;
    let new = scene.authority.webhook_new_secret(id, &Origin::Local);
    let new = new.await.unwrap();
    scene.sell(1).await;
    let told = due(&scene).await.remove(0);
    let both = format!(
        "{} {}",
        signature(&new.secret, &told),
        signature(&old.secret, &told)
    );
    assert_eq!(told.signature, both);
    scene
        .authority
        .webhooks_note(&told, &Told::Answered(200))
        .await
        .unwrap();
    scene.clock.pass(Seconds::days(1));
    scene.sell(1).await;
    let told = due(&scene).await.remove(0);
    assert_eq!(told.signature, signature(&new.secret, &told));
    let stored = scene.stored().await;
    for secret in [&old.secret, &new.secret] {
        let text = secret.expose();
        let bytes = BASE64.decode(&text.as_bytes()[6..]).unwrap();
        assert!(!stored.windows(32).any(|window| window == bytes));
        assert!(
            !stored
                .windows(20)
                .any(|window| window == &text.as_bytes()[6..26])
        );
    }
}

#[tokio::test]
async fn a_webhook_that_was_removed_is_told_nothing_more() {
    let scene = Scene::new().await;
    let webhook = add(&scene, &[]).await.webhook;
    scene.authority.webhooks_spread().await.unwrap();
    let authority = &scene.authority;
    authority
        .webhook_remove(webhook.id, &Origin::Local)
        .await
        .unwrap();
    scene.sell(1).await;
    assert!(due(&scene).await.is_empty());
    for id in [webhook.id, WebhookId::new([9; 10])] {
        let fault = authority.webhook_remove(id, &Origin::Local).await;
        assert_eq!(fault.unwrap_err().code().as_str(), "webhook_unknown");
    }
    assert!(
        scene
            .actions()
            .await
            .contains(&"webhook_removed".to_owned())
    );
}

#[tokio::test]
async fn a_test_message_is_told_to_the_one_that_was_asked_for_it() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let [tested, hears_all, other] = [
        add(&scene, &["entitlement_added"]).await,
        add(&scene, &[]).await,
        add(&scene, &["license_made"]).await,
    ];
    let sent = authority
        .webhook_test(tested.webhook.id, &Origin::Local)
        .await;
    let sent = sent.unwrap();
    assert_eq!(
        (sent.event.as_str(), sent.status),
        ("ping", DeliveryStatus::Waiting)
    );
    let told = due(&scene).await;
    let ping = told.iter().find(|one| one.id == sent.id).unwrap();
    assert_eq!(ping.signature, signature(&tested.secret, ping));
    assert_eq!(events(std::slice::from_ref(ping)), ["ping"]);
    let page = |id| authority.webhook_deliveries(id, Page::first(9));
    let seen = page(hears_all.webhook.id).await.unwrap().items;
    let seen: Vec<_> = seen.iter().map(|one| &*one.event).collect();
    assert_eq!(seen, ["webhook_tested", "webhook_added", "webhook_added"]);
    assert!(page(other.webhook.id).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_message_is_sent_again_with_its_id_and_not_while_it_is_under_way() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let webhook = add(&scene, &["entitlement_added"]).await.webhook.id;
    scene.sell(1).await;
    let first = due(&scene).await.remove(0);
    let again = || authority.webhook_send_again(webhook, first.id, &Origin::Local);
    let code = |fault: keyferry_authority::WebhookFault| fault.code().as_str();
    assert_eq!(code(again().await.unwrap_err()), "webhook_too_often");
    authority
        .webhooks_note(&first, &Told::Answered(200))
        .await
        .unwrap();
    scene.clock.pass(Seconds::days(2));
    assert!(due(&scene).await.is_empty());
    let waiting = again().await.unwrap();
    assert_eq!(
        (waiting.id, waiting.status),
        (first.id, DeliveryStatus::Waiting)
    );
    let second = due(&scene).await.remove(0);
    assert_eq!(
        (&second.message, &second.body),
        (&first.message, &first.body)
    );
    assert_ne!(second.at, first.at);
    authority
        .webhooks_note(&second, &Told::Answered(500))
        .await
        .unwrap();
    assert_eq!(code(again().await.unwrap_err()), "webhook_too_often");
    // A person need not wait for the next attempt.
    scene.clock.pass(Seconds::new(60));
    again().await.unwrap();
    let other = add(&scene, &[]).await.webhook.id;
    let of_other = authority.webhook_send_again(other, first.id, &Origin::Local);
    assert_eq!(
        code(of_other.await.unwrap_err()),
        "webhook_delivery_unknown"
    );
    let log = scene.actions().await;
    let asked = log.iter().filter(|one| *one == "webhook_sent_again");
    assert_eq!(asked.count(), 2);
}

#[tokio::test]
async fn nobody_is_flooded_by_what_people_ask_for() {
    let scene = Scene::new().await;
    let mut asked = 0;
    for _ in 0..25 {
        let webhook = add(&scene, &["license_made"]).await.webhook.id;
        let sent = scene.authority.webhook_test(webhook, &Origin::Local).await;
        asked += u32::from(sent.is_ok());
    }
    assert_eq!(asked, 20);
}
