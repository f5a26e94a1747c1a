//! Helping someone: status reports and status codes beside the books.

use keyferry_authority::{
    ActivationStatus, Difference, EntitlementStatus, Origin, Received, StatusRead,
};
use keyferry_catalogue::Code;
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{
    ActivationId, ComponentKind, Grant, Sealed, Seconds, Sequence, State, StatusCode, StatusFacts,
};

use crate::scene::{Scene, one, refused};

async fn read(scene: &Scene, token: &Sealed) -> StatusRead {
    match scene.receive(token).await {
        Received::Status(read) => *read,
        other => panic!("not read: {other:?}"),
    }
}

fn names(read: &StatusRead) -> Vec<&'static str> {
    let differences = read.differences.iter();
    differences.map(|difference| difference.name()).collect()
}

#[tokio::test]
async fn a_report_stands_beside_what_the_books_say() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let before = scene.actions().await;
    let token = device.report(&scene.vendor(), Some(&grant));
    let told = read(&scene, &token).await;
    assert_eq!(told.token, token.id);
    assert_eq!(told.report.state, State::Licensed);
    assert_eq!(told.report.sequence, Some(grant.sequence));
    let record = told.activation.as_ref().unwrap();
    assert_eq!(record.activation.id, grant.activation);
    assert_eq!(told.entitlement, Some(EntitlementStatus::Active));
    assert_eq!(told.differences, []);
    assert_eq!(scene.actions().await, before);
}

#[tokio::test]
async fn reports_of_devices_that_nobody_knows_count_as_attempts_of_their_address() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let address = Origin::Address("192.0.2.7".parse().unwrap());
    let mut other = TestDevice::new("south");
    for _ in 0..60 {
        let mine = device.report(&to, Some(&grant)).bytes;
        let theirs = other.report(&to, Some(&grant)).bytes;
        for token in [mine, theirs] {
            let received = one(scene.authority.receive(&token, &address).await);
            assert!(matches!(received, Received::Status(_)), "{received:?}");
        }
    }
    let token = device.report(&to, Some(&grant));
    let refusal = refused(one(scene.authority.receive(&token.bytes, &address).await));
    assert_eq!(refusal.problem.code.as_str(), "too_many_attempts");
    assert_eq!(refusal.answer, None);
    // At the vendor's own desk nobody is held up.
    assert_eq!(read(&scene, &token).await.token, token.id);
}

#[tokio::test]
async fn what_the_device_does_not_know_yet_is_told() {
    let scene = Scene::new().await;
    let sold = scene.sell(2).await;
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let report = async |device: &mut TestDevice, grant: Option<&Grant>| {
        read(&scene, &device.report(&to, grant)).await
    };

    let lost = report(&mut device, None).await;
    assert_eq!(lost.differences, [Difference::AnswerNotApplied]);
    assert_eq!(
        lost.activation.as_ref().unwrap().activation.id,
        grant.activation
    );
    assert_eq!(lost.reason(), Some(Code::NotActivated));

    let refreshed = scene.refresh(&device, grant.activation).await;
    let older = report(&mut device, Some(&grant)).await;
    let (device_has, books) = (grant.sequence, refreshed.sequence);
    assert_eq!(
        older.differences,
        [Difference::OlderGrant {
            device: device_has,
            books
        }]
    );

    let mut newer = refreshed.clone();
    newer.sequence = Sequence(refreshed.sequence.0 + 5);
    assert_eq!(
        names(&report(&mut device, Some(&newer)).await),
        ["newer_grant"]
    );

    scene.set_status(sold.entitlement.id, "suspended").await;
    let suspended = report(&mut device, Some(&refreshed)).await;
    let difference = Difference::Entitlement(EntitlementStatus::Suspended);
    assert_eq!(suspended.differences, [difference]);
    assert_eq!(
        difference.problem().unwrap().code,
        Code::EntitlementSuspended
    );

    // A device that knows it already says the same as the books.
    let told = scene.refresh(&device, grant.activation).await;
    let mut knows = device.next_status(&to, Some(&told));
    knows.state = State::Stopped;
    assert_eq!(
        read(&scene, &device.seal(&knows, &to)).await.differences,
        []
    );

    scene.set_status(sold.entitlement.id, "active").await;
    let origin = Origin::Local;
    scene
        .authority
        .release_lost(grant.activation, &origin)
        .await
        .unwrap();
    let released = report(&mut device, Some(&told)).await;
    let difference = Difference::SeatEnded(ActivationStatus::Released);
    assert_eq!(released.differences, [difference]);
    assert_eq!(difference.problem().unwrap().code, Code::ActivationReleased);
}

#[tokio::test]
async fn an_activation_of_another_device_is_not_told_about() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let mut stranger = TestDevice::new("south");
    let told = read(&scene, &stranger.report(&scene.vendor(), Some(&grant))).await;
    assert_eq!(told.differences, [Difference::ActivationUnknown]);
    assert_eq!((told.activation, told.entitlement), (None, None));
    assert!(scene.record(grant.activation).await.tokens.len() == 1);
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_and_a_report_that_was_long_on_its_way_is_not() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let to = scene.vendor();
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let year = Seconds::days(365);
    for (issued_at, clock_floor, off) in [
        (NOW.minus(year), NOW.minus(year), false),
        (NOW.plus(year), NOW.plus(year), true),
        (NOW, NOW.plus(year), true),
        (NOW.minus(year), NOW.minus(Seconds::days(360)), true),
    ] {
        let mut claims = device.next_status(&to, Some(&grant));
        (claims.issued_at, claims.clock_floor) = (issued_at, clock_floor);
        let told = read(&scene, &device.seal(&claims, &to)).await;
        assert_eq!(names(&told), if off { vec!["clock"] } else { vec![] });
    }
}

fn code(state: State, grant: Option<&Grant>) -> StatusCode {
    StatusCode::of(&StatusFacts {
        state,
        reason: (state == State::Expired).then_some(Code::LeaseEnded),
        now: NOW.plus(Seconds::days(3)),
        ends_at: grant.and_then(|grant| grant.lease_expires_at),
        changed: &[ComponentKind::Cpu],
        activation: grant.map(|grant| &grant.activation),
    })
}

#[tokio::test]
async fn a_status_code_is_explained_with_the_activations_that_it_may_be_about() {
    let scene = Scene::new().await;
    let sold = scene.sell(3).await;
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    scene
        .granted(&mut TestDevice::new("south"), &sold.code)
        .await;

    let typed = code(State::Licensed, Some(&grant)).to_string();
    let typed = StatusCode::read(&typed.to_lowercase()).unwrap();
    let explained = scene.authority.explain_status_code(&typed).await.unwrap();
    assert_eq!((explained.state, explained.reason), (State::Licensed, None));
    assert_eq!(explained.problem(), None);
    let midnight = |at: keyferry_token::Timestamp| at.unix() - at.unix() % 86_400;
    assert_eq!(explained.day.unix(), midnight(NOW.plus(Seconds::days(3))));
    assert_eq!(explained.ends_in, Some(27));
    let ends_on = explained.ends_on.unwrap();
    assert_eq!(ends_on.unix(), midnight(grant.lease_expires_at.unwrap()));
    assert_eq!(explained.changed, [ComponentKind::Cpu]);
    assert_eq!(explained.candidates[0].id, grant.activation);

    let expired = code(State::Expired, Some(&grant));
    let explained = scene.authority.explain_status_code(&expired).await.unwrap();
    assert_eq!(explained.reason, Some(Code::LeaseEnded));
    let told = explained.problem().unwrap();
    // The code knows the day alone: its end is told, which reads as the day.
    let end_of_day = ends_on.plus(Seconds::new(86_399)).to_string();
    assert_eq!(told.arg("until"), Some(end_of_day.as_str()));
    let nothing = code(State::Unlicensed, None);
    let explained = scene.authority.explain_status_code(&nothing).await.unwrap();
    assert!(explained.candidates.is_empty());
    assert_eq!((explained.ends_in, explained.ends_on), (None, None));
}

#[tokio::test]
async fn of_activations_that_a_status_code_hints_at_the_likeliest_come_first() {
    let scene = Scene::new().await;
    let sold = scene.sell(8).await;
    let mut grants = Vec::new();
    for number in 0..7 {
        let mut device = TestDevice::new(&format!("device {number}"));
        grants.push(scene.granted(&mut device, &sold.code).await);
        scene.clock.pass(Seconds::days(5));
    }
    // The hint is for one in a thousand: here it is for all of them.
    let wanted = code(State::Licensed, Some(&grants[2]));
    sqlx::query("UPDATE activations SET hint = $1")
        .bind(i64::from(wanted.hint().unwrap()))
        .execute(&mut scene.database().await)
        .await
        .unwrap();
    let explained = scene.authority.explain_status_code(&wanted).await.unwrap();
    let ids: Vec<ActivationId> = explained.candidates.iter().map(|found| found.id).collect();
    let expected = [2, 6, 5, 4, 3].map(|number: usize| grants[number].activation);
    assert_eq!(ids, expected);
}
