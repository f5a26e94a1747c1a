//! Signing in: a wrong try tells nothing, and makes the next one wait.

use std::time::{Duration, Instant};

use keyferry_authority::{AccountChange, AccountFault, Role, TypedPassword};
use keyferry_token::Seconds;

use crate::{
    people::{PASSWORD, address, outcome, typed},
    scene::Scene,
};

#[tokio::test]
async fn whatever_is_at_fault_the_answer_is_the_same() {
    let scene = Scene::new().await;
    let (_, ada) = scene.person("ada", Role::Admin).await;
    scene.app(&ada).await;
    let (_, off) = scene.person("off", Role::Support).await;
    let disabled = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    assert_eq!(scene.change(&off.account, disabled).await, "changed");
    let mut told = Vec::new();
    for (name, password, code) in [
        ("nobody", PASSWORD, ""),
        ("not a name at all", PASSWORD, ""),
        ("off", PASSWORD, ""),
        ("ada", "another password", ""),
        ("ada", PASSWORD, ""),
        ("ada", PASSWORD, "000000"),
        ("ada", "", ""),
    ] {
        // Nobody is kept waiting yet.
        scene.clock.pass(Seconds::DAY);
        let fault = scene.sign_in_from(1, name, password, code).await;
        told.push(fault.unwrap_err().problem());
    }
    assert_eq!(told[0].code.as_str(), "sign_in_not_accepted");
    assert!(told.iter().all(|problem| *problem == told[0]));
}

/// Working a password out takes tens of milliseconds, finding that there is no such name next to none: a
/// quarter of the one is still far more than the other, however busy the machine is.
#[tokio::test]
async fn a_name_that_there_is_not_takes_the_same_work() {
    let scene = Scene::new().await;
    scene.person("ada", Role::Admin).await;
    let mut took = [Duration::MAX; 2];
    for round in 0..5 {
        for (place, name) in ["ada", "nobody"].into_iter().enumerate() {
            let begun = Instant::now();
            let fault = scene
                .sign_in_from(round, name, "not the password", "")
                .await;
            assert_eq!(outcome(fault), "sign_in_not_accepted");
            took[place] = took[place].min(begun.elapsed());
        }
    }
    assert!(took[1] > took[0] / 4, "{took:?}");
}

#[tokio::test]
async fn after_a_few_slips_each_one_doubles_the_wait() {
    let scene = Scene::new().await;
    scene.person("ada", Role::Admin).await;
    for name in ["ada", "nobody"] {
        for _ in 0..5 {
            assert_eq!(
                scene.try_in(name, "wrong", "").await,
                "sign_in_not_accepted"
            );
        }
        // The right one is not looked at either, and asking meanwhile makes it no longer.
        for _ in 0..3 {
            assert_eq!(scene.try_in(name, PASSWORD, "").await, "sign_in_locked");
        }
        scene.clock.pass(Seconds::new(60));
        assert_eq!(
            scene.try_in(name, "wrong", "").await,
            "sign_in_not_accepted"
        );
        scene.clock.pass(Seconds::new(60));
        let fault = scene.sign_in_from(1, name, PASSWORD, "").await.unwrap_err();
        assert!(matches!(
            fault,
            AccountFault::TooManyAttempts { minutes: 1 }
        ));
        scene.clock.pass(Seconds::new(60));
    }
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "in");
    // Afterwards slips are free again.
    assert_eq!(
        scene.try_in("ada", "wrong", "").await,
        "sign_in_not_accepted"
    );
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "in");
}

#[tokio::test]
async fn guessing_at_a_name_keeps_nobody_out_who_is_elsewhere() {
    let scene = Scene::new().await;
    let (_, session) = scene.person("ada", Role::Admin).await;
    let right = TypedPassword::new(PASSWORD);
    // As often as it is looked at, and again as soon as each wait is over.
    for _ in 0..40 {
        scene.try_in("ada", "wrong", "").await;
        scene.clock.pass(Seconds::new(60));
        assert_eq!(
            outcome(scene.sign_in_from(9, "ada", PASSWORD, "").await),
            "in"
        );
    }
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "sign_in_locked");
    // And whoever is in may change how they sign in.
    assert!(scene.authority.app_begin(&session, &right).await.is_ok());
}

#[tokio::test]
async fn many_addresses_do_not_get_one_name_guessed_faster() {
    let scene = Scene::new().await;
    scene.person("ada", Role::Admin).await;
    let mut looked_at = 0;
    for last in 10..110 {
        let entered = scene.sign_in_from(last, "ada", "wrong", "").await;
        looked_at += u32::from(outcome(entered) == "sign_in_not_accepted");
    }
    assert_eq!(looked_at, 50);
    // Somebody elsewhere waits as well, but minutes only.
    scene.clock.pass(Seconds::new(5 * 60));
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "in");
}

#[tokio::test]
async fn one_address_cannot_try_one_name_after_the_other() {
    let scene = Scene::new().await;
    scene.person("ada", Role::Admin).await;
    for number in 0..20 {
        let name = format!("somebody-{number}");
        assert_eq!(
            scene.try_in(&name, "wrong", "").await,
            "sign_in_not_accepted"
        );
    }
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "sign_in_locked");
    assert_eq!(
        outcome(scene.sign_in_from(2, "ada", PASSWORD, "").await),
        "in"
    );
    scene.clock.pass(Seconds::new(60));
    // Signing in with an account of one's own does not wipe the slate.
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "in");
    assert_eq!(
        scene.try_in("somebody-21", "wrong", "").await,
        "sign_in_not_accepted"
    );
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "sign_in_locked");
}

#[tokio::test]
async fn many_attempts_at_once_are_no_more_than_one_after_the_other() {
    let scene = Scene::new().await;
    scene.person("ada", Role::Admin).await;
    let typed = typed("ada", "wrong", "");
    let origin = address(1);
    let attempts = (0..12).map(|_| scene.authority.sign_in(&typed, &origin));
    let outcomes = futures_util::future::join_all(attempts).await;
    let looked_at = outcomes
        .into_iter()
        .filter(|entered| matches!(entered, Err(AccountFault::NotAccepted)));
    assert_eq!(looked_at.count(), 5);
}

#[tokio::test]
async fn a_new_link_opens_also_while_the_name_has_to_wait() {
    let scene = Scene::new().await;
    let (_, session) = scene.person("ada", Role::Admin).await;
    for _ in 0..6 {
        scene.try_in("ada", "wrong", "").await;
    }
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "sign_in_locked");
    let id = session.account.id;
    let invitation = scene.link(id).await;
    assert_eq!(outcome(scene.accept(&invitation.link).await), "in");
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "in");
}

#[tokio::test]
async fn an_open_screen_is_no_place_to_guess_a_password_either() {
    let scene = Scene::new().await;
    let (_, session) = scene.person("ada", Role::Admin).await;
    let wrong = TypedPassword::new("wrong");
    for _ in 0..5 {
        let refused = scene.authority.app_begin(&session, &wrong).await;
        assert_eq!(
            refused.unwrap_err().code().as_str(),
            "password_not_accepted"
        );
    }
    let right = TypedPassword::new(PASSWORD);
    let refused = scene.authority.app_begin(&session, &right).await;
    // Whoever is in is not told of signing in, which nothing waits for.
    assert_eq!(refused.unwrap_err().code().as_str(), "too_many_attempts");
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "in");

    // A new link ends that wait as well.
    let id = session.account.id;
    let begun = scene.accept(&scene.link(id).await.link).await;
    let (_, session) = begun.unwrap();
    let begun = scene.authority.app_begin(&session, &right).await;
    begun.unwrap();
}

#[tokio::test]
async fn strangers_cannot_fill_the_log_with_a_name_that_they_know() {
    let scene = Scene::new().await;
    scene.person("ada", Role::Admin).await;
    for last in 0..120 {
        let _ = scene.sign_in_from(last, "ada", "wrong", "").await;
    }
    let told = scene.told().await;
    let refused = told
        .iter()
        .filter(|(_, action, _)| action == "account_sign_in_refused");
    assert_eq!(refused.count(), 50);
}
