//! Many at once: rule A10.

use std::sync::Arc;

use keyferry_authority::{
    ActivationStatus, AnswerOutcome, Authority, Deactivated, EntitlementKey, Origin, Page, Received,
};
use keyferry_fixtures::TestDevice;
use keyferry_token::{Refresh, Sealed, SeatStatus, Sequence, Verified};

use crate::scene::{Scene, answered, bought, given_back, one};

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
async fn a10_a_deactivation_and_requests_for_its_seat_at_once_leave_one_holder() {
    for round in 0..6 {
        let scene = Scene::new().await;
        let sold = scene.sell(1).await;
        let mut old = TestDevice::new("old");
        let grant = scene.granted(&mut old, &sold.code).await;
        let mut tokens = vec![old.deactivate(&scene.vendor(), &grant)];
        for number in 0..7 {
            let mut device = TestDevice::new(&format!("device {number}"));
            tokens.push(scene.request(&mut device, &sold.code));
        }
        // The deactivation is first, last or in the middle.
        tokens.rotate_left(round % 3 * 3);
        let authorities = [
            Arc::new(scene.reopened().await),
            Arc::new(scene.reopened().await),
        ];
        let received = all_at_once(&authorities, &tokens).await;
        let mut winners = 0;
        for outcome in &received {
            match outcome {
                Received::Answered(_) => winners += 1,
                Received::Deactivated(told) => assert_eq!(told.outcome, Deactivated::Freed),
                Received::Refused(refused) => {
                    assert_eq!(refused.problem.code.as_str(), "no_free_seat");
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(winners <= 1);
        assert_eq!(scene.seats_used(&sold).await, winners);
        // Nobody is shut out: whoever was too early asks again.
        let mut again = 0;
        for token in &tokens {
            again += u32::from(matches!(scene.receive(token).await, Received::Answered(_)));
        }
        assert_eq!((again, scene.seats_used(&sold).await), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a10_refreshes_at_once_never_have_the_same_sequence_number() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let authorities = [
        Arc::new(scene.reopened().await),
        Arc::new(scene.reopened().await),
    ];
    let asked: Vec<_> = (0..12)
        .map(|number| {
            let authority = Arc::clone(&authorities[number % 2]);
            tokio::spawn(async move { authority.refresh(grant.activation, &Origin::Local).await })
        })
        .collect();
    let mut sequences = vec![grant.sequence];
    for task in asked {
        let refreshed = task.await.unwrap().unwrap();
        let read: Verified<Refresh> = scene.open(&device, &refreshed.sealed);
        assert_eq!(read.grant.sequence, refreshed.sequence);
        sequences.push(refreshed.sequence);
    }
    sequences.sort_unstable();
    let first = sequences[0].0;
    let expected: Vec<_> = (first..first + 13).map(Sequence).collect();
    assert_eq!(sequences, expected);
    let books = scene.record(grant.activation).await;
    assert_eq!(books.activation.sequence, *sequences.last().unwrap());
    assert_eq!(books.grants.len(), 13);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a10_a_release_and_a_deactivation_at_once_end_in_one_of_the_two() {
    for round in 0..6 {
        let scene = Scene::new().await;
        let sold = scene.sell(1).await;
        let mut device = TestDevice::new("north");
        let grant = scene.granted(&mut device, &sold.code).await;
        let token = device.deactivate(&scene.vendor(), &grant);
        let (first, second) = (scene.reopened().await, scene.reopened().await);
        let activation = grant.activation;
        let releasing = async { first.release_lost(activation, &Origin::Local).await };
        let leaving = async { second.receive(&token.bytes, &Origin::Local).await };
        let (released, left) = if round % 2 == 0 {
            tokio::join!(releasing, leaving)
        } else {
            let (left, released) = tokio::join!(leaving, releasing);
            (released, left)
        };
        let outcome = given_back(one(left)).outcome;
        let record = scene.record(activation).await.activation;
        match released {
            Ok(change) => {
                assert!(change.changed);
                assert!(matches!(outcome, Deactivated::Recorded { .. }));
                assert_eq!(record.status, ActivationStatus::Released);
            }
            Err(fault) => {
                assert_eq!(fault.code().as_str(), "activation_deactivated");
                assert_eq!(outcome, Deactivated::Freed);
                assert_eq!(record.status, ActivationStatus::Deactivated);
            }
        }
        assert_eq!(scene.seats_used(&sold).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a10_one_deactivation_brought_many_times_at_once_frees_one_seat_once() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let mut north = TestDevice::new("north");
    let grant = scene.granted(&mut north, &sold.code).await;
    scene
        .granted(&mut TestDevice::new("south"), &sold.code)
        .await;
    let tokens = vec![north.deactivate(&scene.vendor(), &grant); 12];
    let authorities = [
        Arc::new(scene.reopened().await),
        Arc::new(scene.reopened().await),
    ];
    let outcomes: Vec<_> = all_at_once(&authorities, &tokens)
        .await
        .into_iter()
        .map(|received| given_back(received).outcome)
        .collect();
    let freed = outcomes
        .iter()
        .filter(|told| **told == Deactivated::Freed)
        .count();
    let repeated = outcomes
        .iter()
        .filter(|told| **told == Deactivated::Repeated)
        .count();
    assert_eq!((freed, repeated), (1, 11));
    assert_eq!(scene.seats_used(&sold).await, 1);
    assert_eq!(scene.record(grant.activation).await.moves, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a10_a_suspension_and_a_refresh_at_once_leave_no_lease_after_the_suspension() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let key = EntitlementKey::Id(sold.entitlement.id);
    let other = scene.reopened().await;
    let origin = &Origin::Local;
    let suspend = scene.authority.entitlement_suspend(&key, origin);
    let (_, refreshed) = tokio::join!(suspend, other.refresh(grant.activation, origin));
    refreshed.unwrap();
    let entries = scene.actions().await;
    let suspended = entries
        .iter()
        .rposition(|action| action == "entitlement_suspended");
    let refreshed = entries
        .iter()
        .rposition(|action| action == "activation_refreshed");
    let last = &scene.record(grant.activation).await.grants[0];
    let told = last.status == SeatStatus::Suspended;
    assert_eq!(told, refreshed > suspended);
    assert_eq!(last.lease_expires_at.is_none(), told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a11_two_programs_that_seal_at_once_while_others_write_make_one_chain() {
    let scene = Scene::new().await;
    let programs = [
        Arc::new(scene.reopened().await),
        Arc::new(scene.reopened().await),
    ];
    let mut work = Vec::new();
    for turn in 0..32 {
        let authority = Arc::clone(&programs[turn % 2]);
        work.push(tokio::spawn(async move {
            if turn % 4 < 2 {
                authority
                    .entitlement_add(bought(1), &Origin::Local)
                    .await
                    .unwrap();
            } else {
                authority.seal_audit().await.unwrap();
            }
        }));
    }
    for task in work {
        task.await.unwrap();
    }
    let (first, second) = tokio::join!(
        programs[0].verify_audit(None),
        programs[1].verify_audit(None)
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first, second);
    let entries = scene.authority.audit(Page::first(100)).await.unwrap().items;
    assert_eq!(first.entries, entries.len() as u64);
    // Every entry has one place, and every place one entry.
    let places: Vec<_> = entries
        .iter()
        .map(|entry| entry.seal.unwrap().position)
        .collect();
    assert_eq!(places, (1..=first.entries).collect::<Vec<_>>());
    let sold = entries
        .iter()
        .filter(|entry| entry.action == "entitlement_added");
    assert_eq!(sold.count(), 16);
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
        assert_eq!(
            answered(scene.receive(&request).await).sealed.bytes,
            second.sealed.bytes
        );
        assert_eq!(scene.read(&device, &second).answers, request.id);
    }
    let key = EntitlementKey::Id(sold.entitlement.id);
    assert_eq!(
        scene.authority.entitlement(&key).await.unwrap().seats_used,
        8
    );
}
