//! Entries that somebody made up and chained behind an export as they should be: whatever they tell, no seat is
//! free by them, none is given, and what they shut out is let in again by hand.

use data_encoding::HEXLOWER;
use keyferry_authority::{
    AccountName, AuditEntry, AuditSeal, Authority, Deactivated, EntitlementKey, EntitlementRenewal,
    EntitlementTerms, IssuedEntitlement, Origin, ProductTerms, Restored, Role, WebhookAddress,
    audit_hash,
};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{ActivationId, Grant, Sealed, SeatStatus, Seconds, Timestamp, TokenId};
use serde_json::{Value, json};

use crate::{
    licenses::plain,
    restore::{Kept, Log, restored_trusting},
    scene::{Scene, answered, features, product, refused},
};

const ORIGIN: Origin = Origin::Local;
/// The activation and the token of somebody who makes entries up.
const MADE_UP: ActivationId = ActivationId::new([7; 10]);

/// An entry that nobody wrote.
fn entry(action: &str, detail: &Value) -> AuditEntry {
    AuditEntry {
        id: 0,
        at: NOW,
        actor: "vendor".to_owned(),
        action: action.to_owned(),
        product: Some(product()),
        entitlement: None,
        activation: None,
        device: None,
        token: Some(TokenId::new([9; 32])),
        license: None,
        key: None,
        address: None,
        epoch: None,
        detail: detail.to_string(),
        seal: None,
    }
}

impl Log {
    /// The export with an entry more, which no head proves.
    fn and(&self, entry: &AuditEntry) -> Self {
        let mut lines = self.lines.clone();
        let text = String::from_utf8(lines.clone()).unwrap();
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        let hash = HEXLOWER.decode(last["hash"].as_str().unwrap().as_bytes());
        let before = AuditSeal {
            position: last["position"].as_u64().unwrap(),
            hash: hash.unwrap().try_into().unwrap(),
        };
        let position = before.position + 1;
        let hash = audit_hash(&before.hash, &entry.encoded(position));
        let hex = |bytes: &[u8]| Value::from(HEXLOWER.encode(bytes));
        let mut line = json!({
            "position": position, "at": entry.at.unix(), "actor": entry.actor,
            "action": entry.action, "detail": entry.detail, "hash": hex(&hash),
        });
        let more = [
            (
                "product",
                entry.product.as_ref().map(|code| code.as_str().into()),
            ),
            (
                "entitlement",
                entry.entitlement.map(|id| hex(id.as_bytes())),
            ),
            ("activation", entry.activation.map(|id| hex(id.as_bytes()))),
            ("device", entry.device.map(|id| hex(id.as_bytes()))),
            ("token", entry.token.map(|id| hex(id.as_bytes()))),
            ("license", entry.license.map(|id| hex(id.as_bytes()))),
            ("epoch", entry.epoch.map(Value::from)),
        ];
        for (name, value) in more {
            if let Some(value) = value {
                line[name] = value;
            }
        }
        lines.extend_from_slice(format!("{line}\n").as_bytes());
        Self {
            lines,
            head: self.head.clone(),
        }
    }
}

async fn back(scene: &Scene, log: &Log) -> (Scene, Restored) {
    let kept = Kept::of(scene).await;
    let head = Some(log.head.clone());
    restored_trusting(scene, kept, (&log.lines, head), false).await
}

/// A seat that somebody has, and all that can be told of it.
struct Victim {
    scene: Scene,
    sold: IssuedEntitlement,
    device: TestDevice,
    grant: Grant,
    asked: Sealed,
}

impl Victim {
    async fn new(seats: u32) -> Self {
        let scene = Scene::new().await;
        let sold = scene.sell(seats).await;
        let mut device = TestDevice::new("victim");
        let asked = scene.request(&mut device, &sold.code);
        let answer = answered(scene.receive(&asked).await);
        let grant = scene.read(&device, &answer).grant.clone();
        Self {
            scene,
            sold,
            device,
            grant,
            asked,
        }
    }

    fn about(&self, action: &str, detail: &Value) -> AuditEntry {
        AuditEntry {
            entitlement: Some(self.sold.entitlement.id),
            activation: Some(self.grant.activation),
            device: Some(self.device.id()),
            ..entry(action, detail)
        }
    }

    fn by(&self, device: &TestDevice, action: &str, detail: &Value) -> AuditEntry {
        AuditEntry {
            activation: Some(MADE_UP),
            device: Some(device.id()),
            ..self.about(action, detail)
        }
    }
}

fn never() -> u64 {
    i64::MAX.unsigned_abs()
}

#[tokio::test]
async fn a14_no_entry_that_nothing_proves_frees_a_seat_or_takes_it_from_its_device() {
    let mut victim = Victim::new(1).await;
    let log = Log::of(&victim.scene.authority).await;
    let old = victim.grant.activation.to_string();
    let lease = NOW.plus(Seconds::days(9)).unix();
    let taking = json!({"lease_expires_at": lease, "sequence": 1, "number": 1, "supersedes": old});
    let leaving = json!({"number": 5, "reason": "other", "sequence": 1});
    let mut thief = TestDevice::new("thief");
    let itself = &victim.device;
    let forged = [
        (victim.about("activation_deactivated", &leaving), true),
        (
            victim.about(
                "activation_deactivated",
                &json!({"reason": "none of these"}),
            ),
            true,
        ),
        (
            victim.about("deactivation_recorded", &json!({"number": never()})),
            false,
        ),
        (
            victim.about(
                "activation_refreshed",
                &json!({"lease_expires_at": 1, "sequence": 1}),
            ),
            false,
        ),
        (
            victim.about("activation_refreshed", &json!({"sequence": never()})),
            true,
        ),
        (
            victim.about(
                "activation_renewed",
                &json!({"number": never(), "sequence": 1}),
            ),
            false,
        ),
        (victim.by(&thief, "activation_granted", &taking), true),
        (victim.by(&thief, "activation_rebound", &taking), true),
        (victim.by(&thief, "seat_taken", &taking), true),
        (victim.by(&thief, "seat_returned", &taking), true),
        (victim.by(itself, "seat_returned", &taking), true),
        (victim.by(itself, "activation_rebound", &taking), true),
    ];
    for (forged, is_told) in forged {
        let (back, told) = back(&victim.scene, &log.and(&forged)).await;
        let what = (&forged.action, &forged.detail);
        assert_eq!(told.not_done.len(), usize::from(is_told), "{what:?}");
        let record = back.record(victim.grant.activation).await.activation;
        assert_eq!(record.status.name(), "active", "{what:?}");
        assert!(record.lease_expires_at >= victim.grant.lease_expires_at.unwrap());
        // Nobody else gets in, whoever asks with the code.
        for stranger in [&mut thief, &mut TestDevice::new("stranger")] {
            let refusal = back.refuse(stranger, &victim.sold.code).await;
            assert_eq!(refusal.problem.code.as_str(), "no_free_seat", "{what:?}");
        }
        // It goes on, and its own deactivation counts.
        let device = &mut victim.device;
        let grant = back.refresh(device, victim.grant.activation).await;
        let freed = back.deactivate(device, &grant).await;
        assert_eq!(freed, Deactivated::Freed, "{what:?}");
    }
}

#[tokio::test]
async fn a14_a_release_that_nothing_proves_shuts_its_device_out_and_frees_no_seat() {
    let mut victim = Victim::new(1).await;
    let log = Log::of(&victim.scene.authority).await;
    let forged = victim.about("activation_released", &json!({}));
    let (back, told) = back(&victim.scene, &log.and(&forged)).await;
    assert_eq!(told.not_done[0].about, victim.grant.activation.to_string());
    let activation = victim.grant.activation;
    assert_eq!(back.no_refresh(activation).await, "activation_released");
    let code = &victim.sold.code;
    let refusal = back.refuse(&mut victim.device, code).await;
    assert_eq!(refusal.problem.code.as_str(), "device_blocked");
    let refusal = refused(back.receive(&victim.asked).await);
    assert_eq!(refusal.problem.code.as_str(), "device_blocked");
    let refusal = back.refuse(&mut TestDevice::new("stranger"), code).await;
    assert_eq!(refusal.problem.code.as_str(), "no_free_seat");
    // A person knows whether it is true, and can do either.
    let authority = &back.authority;
    authority.allow_again(activation, &ORIGIN).await.unwrap();
    back.refresh(&victim.device, activation).await;
    authority.release_lost(activation, &ORIGIN).await.unwrap();
    back.granted(&mut TestDevice::new("stranger"), code).await;
}

#[tokio::test]
async fn a14_a_release_of_a_device_that_got_no_seat_back_is_told_and_stops_nothing() {
    let victim = Victim::new(1).await;
    let device = TestDevice::new("never seen");
    let forged = victim.by(&device, "activation_released", &json!({}));
    let log = Log::of(&victim.scene.authority).await.and(&forged);
    let (back, told) = back(&victim.scene, &log).await;
    let [not_done] = told.not_done.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(not_done.about, MADE_UP.to_string());
    back.refresh(&victim.device, victim.grant.activation).await;
}

#[tokio::test]
async fn a14_made_up_devices_get_no_more_seats_than_were_sold_and_hold_them_no_longer_than_a_lease()
{
    let victim = Victim::new(2).await;
    let mut log = Log::of(&victim.scene.authority).await;
    let mut thieves = ["one", "two", "three"].map(TestDevice::new);
    for (at, thief) in (10..).zip(&thieves) {
        let told = json!({"lease_expires_at": never(), "sequence": 1});
        log = log.and(&AuditEntry {
            activation: Some(ActivationId::new([at; 10])),
            at: Timestamp::MAX,
            ..victim.by(thief, "activation_granted", &told)
        });
    }
    let (back, told) = back(&victim.scene, &log).await;
    assert_eq!((told.devices.len(), told.not_done.len()), (1, 2));
    let (_, _, held_until) = told.devices[0];
    assert_eq!(held_until, NOW.plus(Seconds::days(30 + 7)));
    let code = &victim.sold.code;
    let mut got = 0;
    for thief in &mut thieves {
        let asked = back.request(thief, code);
        let received = back.receive(&asked).await;
        got += u32::from(matches!(
            received,
            keyferry_authority::Received::Answered(_)
        ));
    }
    assert_eq!(got, 1);
    assert_eq!(back.seats_used(&victim.sold).await, 2);
}

#[tokio::test]
async fn a14_what_is_final_needs_a_proof() {
    let scene = Scene::new().await;
    let sold = scene.sell(3).await;
    let key = EntitlementKey::Id(sold.entitlement.id);
    let less = EntitlementTerms {
        features: Some(features(&["export"])),
        ..EntitlementTerms::default()
    };
    let authority = &scene.authority;
    authority
        .entitlement_change(&key, &less, &ORIGIN)
        .await
        .unwrap();
    let license = authority.license_make(&plain(), &ORIGIN).await.unwrap();
    let license = license.issued.license.id;
    scene.clock.pass(Seconds::new(5));
    let of = |action, detail: &Value| AuditEntry {
        entitlement: Some(sold.entitlement.id),
        ..entry(action, detail)
    };
    let log = Log::of(authority)
        .await
        .and(&of("entitlement_changed", &json!({"seats": 0})))
        .and(&of("entitlement_changed", &json!({"features": []})))
        .and(&of("entitlement_revoked", &json!({})))
        .and(&AuditEntry {
            license: Some(license),
            ..entry("license_revoked", &json!({}))
        })
        .and(&AuditEntry {
            product: None,
            ..entry("retention_changed", &json!({"addresses": 1}))
        });
    let kept_before = authority.addresses_kept().await.unwrap();
    let (back, told) = back(&scene, &log).await;
    assert_eq!(told.not_done.len(), 5, "{:?}", told.not_done);
    let found = back.authority.entitlement(&key).await.unwrap();
    assert_eq!(found.seats, 3);
    assert_eq!(found.features, features(&["export"]));
    assert_eq!(found.status.name(), "suspended");
    let record = back.authority.license(license).await.unwrap();
    assert_eq!(record.issued.license.status, SeatStatus::Suspended);
    assert_eq!(back.authority.addresses_kept().await.unwrap(), kept_before);
    back.authority
        .entitlement_reinstate(&key, &ORIGIN)
        .await
        .unwrap();
    back.authority
        .license_reinstate(license, &ORIGIN)
        .await
        .unwrap();
}

#[tokio::test]
async fn a14_a_license_whose_revocation_is_proven_stays_revoked_whatever_comes_behind_it() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let license = authority.license_make(&plain(), &ORIGIN).await.unwrap();
    let license = license.issued.license.id;
    let kept = Kept::of(&scene).await;
    scene.clock.pass(Seconds::new(5));
    authority.license_revoke(license, &ORIGIN).await.unwrap();
    scene.clock.pass(Seconds::new(5));
    let log = Log::of(authority).await.and(&AuditEntry {
        license: Some(license),
        ..entry("license_suspended", &json!({}))
    });
    let head = Some(log.head.clone());
    let (back, told) = restored_trusting(&scene, kept, (&log.lines, head), false).await;
    assert_eq!(told.licenses_made_anew, [license]);
    let record = back.authority.license(license).await.unwrap();
    assert_eq!(record.issued.license.status, SeatStatus::Revoked);
}

#[tokio::test]
async fn a14_features_of_a_product_that_nothing_proves_are_no_more_than_it_lists() {
    let scene = Scene::new().await;
    let listed = ProductTerms {
        features: Some(features(&["export", "print"])),
        ..ProductTerms::default()
    };
    let code = product();
    let authority = &scene.authority;
    authority
        .product_change(&code, listed, &ORIGIN)
        .await
        .unwrap();
    let log = Log::of(authority).await;
    for (told, left) in [
        // None listed stands for all.
        (json!([]), &["export", "print"] as &[_]),
        (json!(["export", "scan"]), &["export", "print"]),
        (json!(["export"]), &["export"]),
    ] {
        let forged = entry("product_changed", &json!({"features": told}));
        let (back, _) = back(&scene, &log.and(&forged)).await;
        let products = back.authority.products().await.unwrap();
        assert_eq!(products[0].features, features(left), "{told}");
    }
}

/// Whoever restores twice has a head that was taken in between, over all that the first time took up.
#[tokio::test]
async fn a14_what_a_restoration_did_not_believe_is_proven_by_no_head_after_it() {
    for believed in [false, true] {
        let scene = Scene::new().await;
        let sold = scene.sell(1).await;
        let key = EntitlementKey::Id(sold.entitlement.id);
        let (kept, older) = (Kept::of(&scene).await, Kept::of(&scene).await);
        let forged = AuditEntry {
            entitlement: Some(sold.entitlement.id),
            ..entry("entitlement_changed", &json!({"seats": 9}))
        };
        // One that denies its own doubts is in doubt itself.
        let denied = json!({"entries": 1, "proven": 0, "unproven": true});
        let log = Log::of(&scene.authority).await.and(&forged);
        let log = log.and(&AuditEntry {
            product: None,
            ..entry("authority_restored", &denied)
        });
        let head = Some(log.head.clone());
        let (first, told) = restored_trusting(&scene, kept, (&log.lines, head), believed).await;
        let not_done = told.not_done;
        assert_eq!(not_done.len(), usize::from(!believed));
        // What is true since is believed.
        first
            .authority
            .entitlement_renew(
                &key,
                EntitlementRenewal {
                    ends_at: NOW.plus(Seconds::days(400)),
                    offline_lease: None,
                    maintenance_end: None,
                },
                &ORIGIN,
            )
            .await
            .unwrap();
        let log = Log::of(&first.authority).await;
        let head = Some(log.head.clone());
        let (second, told) = restored_trusting(&first, older, (&log.lines, head), false).await;
        assert_eq!(told.not_done, not_done);
        let found = second.authority.entitlement(&key).await.unwrap();
        assert_eq!(found.seats, if believed { 9 } else { 1 });
        assert_eq!(found.ends_at, Some(NOW.plus(Seconds::days(400))));
    }
}

#[tokio::test]
async fn a14_what_entries_that_nothing_proves_take_away_is_told() {
    let victim = Victim::new(1).await;
    let name = AccountName::new("ada").unwrap();
    let authority = &victim.scene.authority;
    let added = authority.account_add(&name, Role::Issuer, &Origin::Local);
    let ada = added.await.unwrap().account.id;
    let of = |action, detail: &Value| AuditEntry {
        entitlement: Some(victim.sold.entitlement.id),
        ..entry(action, detail)
    };
    let log = Log::of(authority)
        .await
        .and(&of("holder_secret_replaced", &json!({"hint": "ABCD"})))
        .and(&of("personal_data_erased", &json!({"holder": true})))
        .and(&victim.about("personal_data_erased", &json!({"labels": 1})))
        .and(&of("entitlement_suspended", &json!({})))
        // Taken up as a change, since there is such a product.
        .and(&entry("product_added", &json!({"grace": 0})))
        .and(&AuditEntry {
            actor: format!("account {ada}"),
            product: None,
            ..entry("account_signed_in", &json!({"with": "recovery_code"}))
        })
        // Nothing is left of these.
        .and(&of("entitlement_changed", &json!({"seats": 9})))
        .and(&victim.about("holder_entered", &json!({})));
    let (back, told) = back(&victim.scene, &log).await;
    let taken = told.taken_away.iter();
    let taken: Vec<_> = taken
        .map(|entry| (&*entry.action, entry.about.clone()))
        .collect();
    let (sold, activation) = (
        victim.sold.entitlement.id.to_string(),
        victim.grant.activation.to_string(),
    );
    assert_eq!(
        taken,
        [
            ("holder_secret_replaced", sold.clone()),
            ("personal_data_erased", sold.clone()),
            ("personal_data_erased", activation),
            ("entitlement_suspended", sold),
            ("product_added", product().to_string()),
            ("account_signed_in", ada.to_string()),
        ]
    );
    assert_eq!(told.not_done.len(), 1);
    let record = back.record(victim.grant.activation).await.activation;
    assert_eq!(record.label.as_str(), "(erased)");
}

#[tokio::test]
async fn a14_an_epoch_that_leaps_is_not_believed() {
    let scene = Scene::new().await;
    let of = |epoch| AuditEntry {
        product: None,
        epoch: Some(epoch),
        ..entry("authority_restored", &json!({}))
    };
    let log = Log::of(&scene.authority).await;
    for leap in [never(), never() - 1, 3] {
        let (back, told) = back(&scene, &log.and(&of(leap))).await;
        assert_eq!(told.epoch, 2, "{leap}");
        back.authority.verify_audit(None).await.unwrap();
        // There is room for as many restorations as anyone will need.
        let own = Log::of(&back.authority).await;
        let (_, told) = self::back(&back, &own).await;
        assert_eq!(told.epoch, 3);
    }
    let (_, told) = back(&scene, &log.and(&of(2)).and(&of(3))).await;
    assert_eq!(told.epoch, 4);
}

#[tokio::test]
async fn a14_webhooks_are_told_nothing_that_the_log_brought_back() {
    let scene = Scene::new().await;
    let add = async |authority: &Authority| {
        let address = WebhookAddress::new("https://shop.example/hooks").unwrap();
        let added = authority.webhook_add(&address, &[], &ORIGIN).await;
        added.unwrap().webhook.id
    };
    let (stays, goes) = (add(&scene.authority).await, add(&scene.authority).await);
    let log = Log::of(&scene.authority).await.and(&AuditEntry {
        product: None,
        ..entry("webhook_removed", &json!({"webhook": goes.to_string()}))
    });
    let (back, told) = back(&scene, &log).await;
    assert_eq!(told.taken_away[0].about, goes.to_string());
    let authority = &back.authority;
    let left = authority.webhooks().await.unwrap();
    assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [stays]);
    authority.webhooks_spread().await.unwrap();
    let page = keyferry_authority::Page::first(9);
    let told = authority.webhook_deliveries(stays, page).await.unwrap();
    let told: Vec<_> = told.items.iter().map(|one| &*one.event).collect();
    assert_eq!(told, ["authority_restored"]);
}
