//! What devices tell beside what they ask: emergency runs, and numbers that show copies.

use keyferry_authority::{
    AuditEntry, Deactivated, EmergencyTerms, NewProduct, Origin, Page, Received,
};
use keyferry_fixtures::{Addressee, NOW, TestDevice};
use keyferry_token::{ProductCode, Seconds, Timestamp};

use crate::scene::{Scene, answered, bought, cad, given_back, refused};

async fn last_entry(scene: &Scene) -> AuditEntry {
    let page = Page::first(1000);
    scene
        .authority
        .audit(page)
        .await
        .unwrap()
        .items
        .pop()
        .unwrap()
}

async fn count(scene: &Scene, action: &str) -> usize {
    let actions = scene.actions().await;
    actions.iter().filter(|name| *name == action).count()
}

#[tokio::test]
async fn an_emergency_allowance_goes_with_every_lease_and_holds_the_seat_so_long() {
    let scene = Scene::new().await;
    let product = ProductCode::new("com.acme.mill").unwrap();
    let terms = EmergencyTerms {
        length: Seconds::days(3),
        uses: 2,
        on_wrong_device: true,
    };
    let mill = NewProduct {
        code: product.clone(),
        emergency: Some(terms),
        ..cad()
    };
    let added = scene
        .authority
        .product_add(mill, &Origin::Local)
        .await
        .unwrap();
    assert_eq!(added.emergency, Some(terms));
    assert_eq!(
        scene.authority.products().await.unwrap()[1].emergency,
        Some(terms)
    );
    let mut new = bought(1);
    new.product = product.clone();
    let sold = scene
        .authority
        .entitlement_add(new, &Origin::Local)
        .await
        .unwrap();
    let to = Addressee {
        product: product.clone(),
        ..scene.vendor()
    };
    let mut north = TestDevice::new("north");
    let request = north.request(to.vendor, &to.key, product.clone(), &sold.code);
    let answer = answered(scene.receive(&request).await);
    let grant = scene.read(&north, &answer).grant.clone();
    let allowed = grant.emergency.unwrap();
    assert_eq!((allowed.length, allowed.uses), (terms.length, 2));
    assert!(allowed.on_wrong_device);
    // Lease and grace, both runs, and two weeks in which to notice.
    assert_eq!(allowed.ends_at, NOW.plus(Seconds::days(30 + 7 + 6 + 14)));
    let refreshed = scene.refresh(&north, grant.activation).await;
    assert_eq!(refreshed.emergency, Some(allowed));

    scene.clock.pass(Seconds::days(40));
    let mut south = TestDevice::new("south");
    let request = south.request(to.vendor, &to.key, product, &sold.code);
    let refusal = refused(scene.receive(&request).await);
    assert_eq!(refusal.problem.code.as_str(), "no_free_seat");
    scene.clock.set(allowed.ends_at);
    answered(scene.receive(&request).await);
}

#[tokio::test]
async fn emergency_runs_are_written_down_once_whichever_token_tells_them() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let runs = [1, 2, 3, 4].map(|day| NOW.plus(Seconds::days(40 + day)));

    let mut request = device.next_claims(to.vendor, &to.key, to.product.clone(), &sold.code);
    request.emergency_runs = runs[..1].to_vec();
    let answer = answered(scene.receive(&device.seal(&request, &to)).await);
    assert_eq!(answer.emergency_runs, &runs[..1]);
    let mut time = device.next_time_request(&to, grant.activation);
    time.emergency_runs = runs[..2].to_vec();
    scene.receive(&device.seal(&time, &to)).await;
    let mut status = device.next_status(&to, Some(&grant));
    status.emergency_runs = runs[..3].to_vec();
    scene.receive(&device.seal(&status, &to)).await;
    let mut leaving = device.next_deactivation(&to, &grant);
    leaving.emergency_runs = runs.to_vec();
    let told = given_back(scene.receive(&device.seal(&leaving, &to)).await);
    assert_eq!(told.emergency_runs, runs);

    let record = scene.record(grant.activation).await.activation;
    assert_eq!(record.emergency_runs, runs);
    let page = Page::first(1000);
    let entries = scene.authority.audit(page).await.unwrap().items;
    let told: Vec<_> = entries
        .iter()
        .filter(|entry| entry.action == "emergency_told")
        .map(|entry| (entry.activation, entry.detail.clone()))
        .collect();
    let expected = runs.map(|run| {
        let detail = format!(r#"{{"started_at":[{}]}}"#, run.unix());
        (Some(grant.activation), detail)
    });
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_snapshot_that_was_put_back_is_seen_at_the_next_contact() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let snapshot = device.number;
    assert_eq!(
        scene.deactivate(&mut device, &grant).await,
        Deactivated::Freed
    );
    assert_eq!(count(&scene, "device_forked").await, 0);

    // The state before is put back: the device believes that it is activated, and counts anew.
    device.number = snapshot;
    let status = device.report(&to, Some(&grant));
    let Received::Status(read) = scene.receive(&status).await else {
        panic!("not read");
    };
    let names: Vec<_> = read.differences.iter().map(|found| found.name()).collect();
    assert_eq!(names, ["seat_ended"]);
    let entry = last_entry(&scene).await;
    assert_eq!(entry.action, "device_forked");
    assert_eq!(
        (entry.activation, entry.device),
        (Some(grant.activation), Some(device.id()))
    );
    // The same token once more is the same news.
    scene.receive(&status).await;
    assert_eq!(count(&scene, "device_forked").await, 1);
    // It gets nothing: no time, no refresh, and its next request is a new activation.
    let time = refused(scene.receive(&device.ask_time(&to, grant.activation)).await);
    assert_eq!(time.problem.code.as_str(), "activation_deactivated");
    assert_eq!(
        scene.no_refresh(grant.activation).await,
        "activation_deactivated"
    );
}

#[tokio::test]
async fn whoever_holds_what_it_gave_back_was_put_back_whatever_its_number() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    // A deactivation that came too late gave nothing back, and what comes after it is in order.
    let late = device.deactivate(&to, &grant);
    let grant = scene.granted(&mut device, &sold.code).await;
    scene.receive(&late).await;
    scene.receive(&device.report(&to, Some(&grant))).await;
    assert_eq!(count(&scene, "device_state_restored").await, 0);

    scene.deactivate(&mut device, &grant).await;
    let without = device.report(&to, None);
    scene.receive(&without).await;
    assert_eq!(count(&scene, "device_state_restored").await, 0);
    let tokens = [
        device.report(&to, Some(&grant)),
        device.ask_time(&to, grant.activation),
        device.deactivate(&to, &grant),
    ];
    for (seen, token) in (1..).zip(&tokens) {
        for _ in 0..2 {
            scene.receive(token).await;
            assert_eq!(count(&scene, "device_state_restored").await, seen);
        }
    }
    assert_eq!(count(&scene, "device_forked").await, 0);
}

#[tokio::test]
async fn a_lower_number_that_was_made_later_comes_from_a_state_that_was_put_back() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let report = |device: &mut TestDevice, number, days| {
        let mut claims = device.next_status(&to, Some(&grant));
        claims.number = keyferry_token::RequestNumber(number);
        claims.issued_at = NOW.plus(Seconds::days(days));
        device.seal(&claims, &to)
    };
    scene.receive(&report(&mut device, 9, 9)).await;
    // Merely late: made before the one that is known.
    scene.receive(&report(&mut device, 5, 5)).await;
    assert_eq!(count(&scene, "device_state_restored").await, 0);
    scene.receive(&report(&mut device, 6, 20)).await;
    assert_eq!(count(&scene, "device_state_restored").await, 1);
    let detail = last_entry(&scene).await.detail;
    assert!(
        detail.contains(r#""number":6"#) && detail.contains(r#""known_number":9"#),
        "{detail}"
    );
    assert_eq!(count(&scene, "device_forked").await, 0);
}

#[tokio::test]
async fn a_clone_shows_by_a_number_that_was_used_before() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    scene.granted(&mut device, &sold.code).await;
    let mut clone = TestDevice::new("north");
    clone.signing = device.signing.clone();
    clone.exchange = device.exchange.clone();
    clone.number = device.number;
    scene.granted(&mut device, &sold.code).await;
    let to = scene.vendor();
    let mut request = clone.next_claims(to.vendor, &to.key, to.product.clone(), &sold.code);
    request.issued_at = NOW.plus(Seconds::HOUR);
    let refusal = refused(scene.receive(&clone.seal(&request, &to)).await);
    assert_eq!(refusal.problem.code.as_str(), "request_forked");
    assert!(refusal.answer.is_some());
    assert_eq!(count(&scene, "device_forked").await, 1);
    assert_eq!(scene.seats_used(&sold).await, 1);
}

#[tokio::test]
async fn strangers_leave_no_tokens_behind() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    scene.granted(&mut device, &sold.code).await;
    let mut stranger = TestDevice::new("south");
    scene.refuse(&mut stranger, &sold.code).await;
    scene.receive(&stranger.report(&scene.vendor(), None)).await;
    let kept = sqlx::query("SELECT device FROM device_tokens")
        .fetch_all(&mut scene.database().await)
        .await
        .unwrap();
    assert_eq!(kept.len(), 1);
}

#[tokio::test]
async fn of_tokens_that_decide_nothing_the_latest_are_kept() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    for day in 0..105 {
        let mut claims = device.next_status(&to, Some(&grant));
        claims.issued_at = Timestamp::from_unix(NOW.unix() + day);
        scene.receive(&device.seal(&claims, &to)).await;
    }
    let tokens = scene.record(grant.activation).await.tokens;
    assert_eq!(tokens[0].number, device.number);
    assert_eq!(
        tokens.iter().filter(|token| token.kind == "status").count(),
        101
    );
    // What decided something stays.
    assert_eq!(tokens.last().unwrap().kind, "activation_request");
}
