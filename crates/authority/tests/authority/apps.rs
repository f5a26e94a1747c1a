//! Signing in with the codes of an app, and with recovery codes.

use keyferry_authority::{AccountFault, Role, TypedPassword};
use keyferry_token::Seconds;

use crate::{
    people::{App, PASSWORD},
    restore::{Kept, Log, restored},
    scene::Scene,
};

#[tokio::test]
async fn with_an_app_a_code_is_asked_for_and_counts_once() {
    let scene = Scene::new().await;
    let (_, session) = scene.person("ada", Role::Admin).await;
    let (app, _) = scene.app(&session).await;
    // The code that confirmed it has counted, and those before it.
    for steps in [-1, 0] {
        let code = app.code(&scene, steps);
        assert_eq!(
            scene.try_in("ada", PASSWORD, &code).await,
            "sign_in_not_accepted"
        );
    }
    // A phone whose clock is half a minute ahead.
    let ahead = app.code(&scene, 1);
    let (start, end) = ahead.split_at(3);
    let spaced = format!("{start} {end}");
    assert_eq!(scene.try_in("ada", PASSWORD, &spaced).await, "in");
    assert_eq!(
        scene.try_in("ada", PASSWORD, &ahead).await,
        "sign_in_not_accepted"
    );
    scene.clock.pass(Seconds::new(60));
    let late = app.code(&scene, -2);
    assert_eq!(
        scene.try_in("ada", PASSWORD, &late).await,
        "sign_in_not_accepted"
    );
    let code = app.code(&scene, 0);
    assert_eq!(scene.try_in("ada", PASSWORD, &code).await, "in");
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_the_app_once() {
    let scene = Scene::new().await;
    let (_, session) = scene.person("ada", Role::Admin).await;
    let (_, codes) = scene.app(&session).await;
    assert_eq!(codes.len(), 10);
    let (_, other) = scene.person("bob", Role::Admin).await;
    let (_, bobs) = scene.app(&other).await;
    assert_eq!(
        scene.try_in("ada", PASSWORD, &bobs[0]).await,
        "sign_in_not_accepted"
    );
    let sloppy = codes[0].to_lowercase().replace('-', " ");
    assert_eq!(scene.try_in("ada", PASSWORD, &sloppy).await, "in");
    assert_eq!(
        scene.try_in("ada", PASSWORD, &codes[0]).await,
        "sign_in_not_accepted"
    );
    let session = scene.authority.account(session.account.id).await.unwrap();
    assert_eq!(session.recovery_codes, 9);
}

#[tokio::test]
async fn an_app_counts_from_its_first_code_on_and_ends_other_sessions() {
    let scene = Scene::new().await;
    let (first, _) = scene.person("ada", Role::Admin).await;
    let (second, session) = scene.sign_in_from(1, "ada", PASSWORD, "").await.unwrap();
    let password = TypedPassword::new(PASSWORD);
    let authority = &scene.authority;
    let wrong = TypedPassword::new("not the password");
    let refused = authority.app_begin(&session, &wrong).await;
    assert_eq!(
        refused.unwrap_err().code().as_str(),
        "password_not_accepted"
    );
    let secret = authority.app_begin(&session, &password).await.unwrap();
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "in");
    let app = App(secret.text().replace(' ', ""));
    let refused = authority.app_confirm(&session, "000000").await;
    assert_eq!(
        refused.unwrap_err().code().as_str(),
        "app_code_not_accepted"
    );
    let waiting = authority.app_waiting(&session).await.unwrap();
    assert_eq!(waiting.address(), secret.address());
    authority
        .app_confirm(&session, &app.code(&scene, 0))
        .await
        .unwrap();
    assert!(scene.is_in(&second).await.unwrap().account.has_app);
    assert!(scene.is_in(&first).await.is_none());
    authority.app_remove(&session, &password).await.unwrap();
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "in");
}

#[tokio::test]
async fn a14_apps_and_recovery_codes_that_others_took_the_place_of_count_no_more() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let password = TypedPassword::new(PASSWORD);
    let (_, ada) = scene.person("ada", Role::Admin).await;
    let (stolen, printed) = scene.app(&ada).await;
    let (_, robin) = scene.person("robin", Role::Issuer).await;
    let (_, kim) = scene.person("kim", Role::Support).await;
    let (_, codes) = scene.app(&kim).await;
    let (_, lou) = scene.person("lou", Role::Support).await;
    let (_, old) = scene.app(&lou).await;
    let kept = Kept::of(&scene).await;

    // Ada's phone is stolen, and she sets up another app; Robin sets up a first one; Kim prints new codes.
    authority.app_remove(&ada, &password).await.unwrap();
    scene.app(&ada).await;
    scene.app(&robin).await;
    authority.recovery_codes(&kim, &password).await.unwrap();
    assert_eq!(scene.try_in("lou", PASSWORD, &old[0]).await, "in");
    let log = Log::of(authority).await;

    let (back, told) = restored(&scene, kept, &log).await;
    back.clock.pass(Seconds::new(60));
    for (name, code) in [
        ("ada", stolen.code(&back, 0)),
        ("ada", printed[0].clone()),
        ("robin", String::new()),
        ("kim", codes[0].clone()),
        ("lou", old[0].clone()),
        ("lou", old[1].clone()),
    ] {
        let entered = back.try_in(name, PASSWORD, &code).await;
        assert_eq!(entered, "sign_in_not_accepted", "{name}");
    }
    let mut begin_anew = [&ada, &robin, &kim].map(|session| session.account.id);
    begin_anew.sort();
    assert_eq!(told.accounts, begin_anew);
    let account = back.authority.account(lou.account.id).await.unwrap();
    assert!(account.has_app && account.has_password);
    assert_eq!(account.recovery_codes, 0);
    let invitation = back.link(ada.account.id).await;
    back.accept(&invitation.link).await.unwrap();
    assert_eq!(back.try_in("ada", PASSWORD, "").await, "in");
}

#[tokio::test]
async fn an_app_is_set_up_in_the_session_and_the_minutes_in_which_it_was_begun() {
    let scene = Scene::new().await;
    let (_, session) = scene.person("ada", Role::Admin).await;
    let (_, other) = scene.sign_in_from(1, "ada", PASSWORD, "").await.unwrap();
    let password = TypedPassword::new(PASSWORD);
    let code = |fault: AccountFault| fault.code().as_str();
    let begin = || scene.authority.app_begin(&session, &password);
    let app = App(begin().await.unwrap().text().replace(' ', ""));
    // Another session neither sees the secret nor makes it count.
    let seen = scene.authority.app_waiting(&other).await;
    assert_eq!(code(seen.unwrap_err()), "app_code_not_accepted");
    let confirmed = scene
        .authority
        .app_confirm(&other, &app.code(&scene, 0))
        .await;
    assert_eq!(code(confirmed.unwrap_err()), "app_code_not_accepted");
    assert!(scene.authority.app_waiting(&session).await.is_ok());
    scene.clock.pass(Seconds::new(10 * 60));
    let confirmed = scene
        .authority
        .app_confirm(&session, &app.code(&scene, 0))
        .await;
    assert_eq!(code(confirmed.unwrap_err()), "app_code_not_accepted");
    // It ends with the password with which it was begun.
    begin().await.unwrap();
    let new = TypedPassword::new("other words than before");
    let changed = scene.authority.password_change(&session, &password, &new);
    changed.await.unwrap();
    let seen = scene.authority.app_waiting(&session).await;
    assert_eq!(code(seen.unwrap_err()), "app_code_not_accepted");
}
