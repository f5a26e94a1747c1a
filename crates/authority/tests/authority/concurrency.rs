//! Many at once: rule A10.

use std::sync::Arc;

use keyferry_authority::{AnswerOutcome, Authority, EntitlementKey, Origin, Received};
use keyferry_fixtures::TestDevice;
use keyferry_token::Sealed;

use crate::scene::{Scene, answered, one};

async fn all_at_once(authorities: &[Arc<Authority>], requests: &[Sealed]) -> Vec<Received> {
    let asked: Vec<_> = requests
        .iter()
        .enumerate()
        .map(|(number, request)| {
            let authority = Arc::clone(&authorities[number % authorities.len()]);
            let bytes = request.bytes.clone();
            tokio::spawn(async move { authority.receive(&bytes, &Origin::Local).await })
        })
        .collect();
    let mut received = Vec::new();
    for task in asked {
        received.push(one(task.await.unwrap()));
    }
    received
}

async fn race_for_the_last_seat(programs: usize) {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let requests: Vec<_> = (0..64)
        .map(|number| {
            let mut device = TestDevice::new(&format!("device {number}"));
            scene.request(&mut device, &sold.code)
        })
        .collect();
    let mut authorities = Vec::new();
    for _ in 0..programs {
        authorities.push(Arc::new(scene.reopened().await));
    }
    let received = all_at_once(&authorities, &requests).await;

    let mut winners = 0;
    for outcome in &received {
        match outcome {
            Received::Answered(answer) => {
                assert_eq!(answer.outcome, AnswerOutcome::Activated);
                winners += 1;
            }
            Received::Refused(refused) => {
                assert_eq!(refused.problem.code.as_str(), "no_free_seat", "{refused:?}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(winners, 1);
    let key = EntitlementKey::Id(sold.entitlement.id);
    assert_eq!(
        scene.authority.entitlement(&key).await.unwrap().seats_used,
        1
    );
    let actions = scene.actions().await;
    let count = |name| actions.iter().filter(|action| *action == name).count();
    assert_eq!(count("activation_granted"), 1);
    assert_eq!(count("request_refused"), 63);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_a10_of_64_for_the_last_seat_exactly_one_wins() {
    race_for_the_last_seat(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_a10_of_64_at_two_programs_exactly_one_wins() {
    race_for_the_last_seat(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_a10_64_devices_get_64_seats() {
    let scene = Scene::new().await;
    let sold = scene.sell(64).await;
    let requests: Vec<_> = (0..64)
        .map(|number| {
            let mut device = TestDevice::new(&format!("device {number}"));
            scene.request(&mut device, &sold.code)
        })
        .collect();
    let authorities = [
        Arc::new(scene.reopened().await),
        Arc::new(scene.reopened().await),
    ];
    for received in all_at_once(&authorities, &requests).await {
        answered(received);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_a3_one_request_brought_many_times_at_once_gets_one_answer() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let request = scene.request(&mut TestDevice::new("north"), &sold.code);
    let authorities = [
        Arc::new(scene.reopened().await),
        Arc::new(scene.reopened().await),
    ];
    let requests = vec![request; 16];
    let answers: Vec<_> = all_at_once(&authorities, &requests)
        .await
        .into_iter()
        .map(answered)
        .collect();
    assert!(
        answers
            .iter()
            .all(|answer| answer.sealed.bytes == answers[0].sealed.bytes)
    );
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.outcome == AnswerOutcome::Activated)
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_a4_all_requests_of_one_device_at_once_share_a_seat() {
    let scene = Scene::new().await;
    let sold = scene.sell(8).await;
    let mut device = TestDevice::new("north");
    let requests: Vec<_> = (0..8)
        .map(|_| scene.request(&mut device, &sold.code))
        .collect();
    let authorities = [
        Arc::new(scene.reopened().await),
        Arc::new(scene.reopened().await),
    ];
    let mut sequences = Vec::new();
    for received in all_at_once(&authorities, &requests).await {
        match received {
            Received::Answered(answer) => {
                let grant = &scene.read(&device, &answer).grant;
                assert_eq!(grant.sequence, answer.sequence);
                sequences.push(grant.sequence);
            }
            Received::Refused(refused) => {
                assert_eq!(refused.problem.code.as_str(), "request_superseded");
            }
            other => panic!("{other:?}"),
        }
    }
    let answered = sequences.len();
    sequences.sort_unstable();
    sequences.dedup();
    assert_eq!(sequences.len(), answered);
    let key = EntitlementKey::Id(sold.entitlement.id);
    let entitlement = scene.authority.entitlement(&key).await.unwrap();
    assert_eq!(entitlement.seats_used, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_caller_who_goes_away_leaves_all_or_nothing() {
    let scene = Scene::new().await;
    let sold = scene.sell(8).await;
    for step in 0..8_u32 {
        let mut device = TestDevice::new(&format!("device {step}"));
        let request = scene.request(&mut device, &sold.code);
        // The answer is waited for a little longer each time, and then the caller is gone.
        let patience = std::time::Duration::from_micros(300 * u64::from(step * step));
        let asked = scene.authority.receive(&request.bytes, &Origin::Local);
        let first = tokio::time::timeout(patience, asked).await.ok();

        let second = answered(scene.receive(&request).await);
        if let Some(first) = first {
            assert_eq!(answered(one(first)).sealed.bytes, second.sealed.bytes);
        }
        assert_eq!(answered(scene.receive(&request).await).sealed.bytes, second.sealed.bytes);
        assert_eq!(scene.read(&device, &second).answers, request.id);
    }
    let key = EntitlementKey::Id(sold.entitlement.id);
    assert_eq!(
        scene.authority.entitlement(&key).await.unwrap().seats_used,
        8
    );
}
