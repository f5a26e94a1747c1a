//! Accounts: how they begin, who may do what, and what ends a session.

use keyferry_authority::{AccountChange, Origin, Permission, Role, TypedPassword};
use keyferry_token::Seconds;

use crate::{
    people::{PASSWORD, address, name, outcome},
    scene::Scene,
};

#[tokio::test]
async fn whoever_has_the_link_sets_a_password_once_and_is_in() {
    let scene = Scene::new().await;
    let invitation = scene
        .authority
        .account_add(&name("Ada"), Role::Admin, &Origin::Local)
        .await
        .unwrap();
    assert_eq!(
        scene.try_in("ada", PASSWORD, "").await,
        "sign_in_not_accepted"
    );
    let (secret, session) = scene.accept(&invitation.link).await.unwrap();
    assert!(session.may(Permission::ManageAccess));
    assert_eq!(scene.is_in(&secret).await.unwrap(), session);
    assert_eq!(scene.try_in("ADA ", PASSWORD, "").await, "in");
    assert_eq!(
        outcome(scene.accept(&invitation.link).await),
        "link_not_accepted"
    );
}

#[tokio::test]
async fn a_link_is_over_after_a_day_and_when_there_is_a_newer_one() {
    let scene = Scene::new().await;
    let first = scene
        .authority
        .account_add(&name("ada"), Role::Admin, &Origin::Local)
        .await
        .unwrap();
    let id = first.account.id;
    let second = scene.link(id).await;
    assert_eq!(
        outcome(scene.accept(&first.link).await),
        "link_not_accepted"
    );
    scene.clock.pass(Seconds::DAY);
    assert_eq!(
        outcome(scene.accept(&second.link).await),
        "link_not_accepted"
    );
    let third = scene.link(id).await;
    scene.clock.pass(Seconds::new(Seconds::DAY.get() - 1));
    assert_eq!(outcome(scene.accept(&third.link).await), "in");
}

#[tokio::test]
async fn a_new_link_begins_anew_and_locks_nobody_out_before_it_is_used() {
    let scene = Scene::new().await;
    let (secret, session) = scene.person("ada", Role::Admin).await;
    scene.app(&session).await;
    let invitation = scene.link(session.account.id).await;
    assert!(scene.is_in(&secret).await.is_some());
    let again = TypedPassword::new("other words than before");
    let (_, anew) = scene
        .authority
        .account_accept(&invitation.link, &again, &address(1))
        .await
        .unwrap();
    assert!(scene.is_in(&secret).await.is_none());
    assert!(!anew.account.has_app);
    assert_eq!(anew.account.recovery_codes, 0);
    assert_eq!(
        scene.try_in("ada", PASSWORD, "").await,
        "sign_in_not_accepted"
    );
    assert_eq!(
        scene.try_in("ada", "other words than before", "").await,
        "in"
    );
}

#[tokio::test]
async fn a_session_ends_by_rest_by_its_age_and_by_hand() {
    let scene = Scene::new().await;
    let (rest, _) = scene.person("ada", Role::Admin).await;
    scene.clock.pass(Seconds::new(30 * 60));
    assert!(scene.is_in(&rest).await.is_none());

    let (age, _) = scene.sign_in_from(1, "ada", PASSWORD, "").await.unwrap();
    for _ in 0..35 {
        scene.clock.pass(Seconds::new(20 * 60));
        assert!(scene.is_in(&age).await.is_some());
    }
    scene.clock.pass(Seconds::new(20 * 60));
    assert!(scene.is_in(&age).await.is_none());

    let (hand, _) = scene.sign_in_from(1, "ada", PASSWORD, "").await.unwrap();
    scene.authority.sign_out(&hand).await.unwrap();
    assert!(scene.is_in(&hand).await.is_none());
}

#[tokio::test]
async fn another_password_ends_all_other_sessions_and_takes_the_one_before() {
    let scene = Scene::new().await;
    let (other, _) = scene.person("ada", Role::Admin).await;
    let (own, session) = scene.sign_in_from(1, "ada", PASSWORD, "").await.unwrap();
    let change = async |current: &str, new: &str| {
        let (current, new) = (TypedPassword::new(current), TypedPassword::new(new));
        let changed = scene
            .authority
            .password_change(&session, &current, &new)
            .await;
        changed.map_err(|fault| fault.code().as_str())
    };
    assert_eq!(
        change(PASSWORD, "too short").await,
        Err("password_too_short")
    );
    assert_eq!(
        change(PASSWORD, "Acme Engineering 1").await,
        Err("password_too_easy")
    );
    assert_eq!(
        change("wrong", "words of another kind").await,
        Err("password_not_accepted")
    );
    assert_eq!(scene.authority.other_sessions(&session).await.unwrap(), 1);
    assert_eq!(change(PASSWORD, "words of another kind").await, Ok(()));
    assert!(scene.is_in(&own).await.is_some());
    assert!(scene.is_in(&other).await.is_none());
    assert_eq!(
        scene.try_in("ada", PASSWORD, "").await,
        "sign_in_not_accepted"
    );
}

#[tokio::test]
async fn another_role_counts_at_once_and_being_switched_off_does() {
    let scene = Scene::new().await;
    scene.person("ada", Role::Admin).await;
    let (secret, session) = scene.person("bob", Role::Admin).await;
    let role = AccountChange {
        role: Some(Role::Auditor),
        ..AccountChange::default()
    };
    assert_eq!(scene.change(&session.account, role).await, "changed");
    assert_eq!(scene.change(&session.account, role).await, "unchanged");
    let now = scene.is_in(&secret).await.unwrap();
    assert!(now.may(Permission::ReadAudit) && !now.may(Permission::WriteKeys));
    let off = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    assert_eq!(scene.change(&session.account, off).await, "changed");
    assert!(scene.is_in(&secret).await.is_none());
    let invited = scene
        .authority
        .account_invite(session.account.id, &Origin::Local)
        .await;
    assert_eq!(invited.unwrap_err().code().as_str(), "account_disabled");
    let on = AccountChange {
        disabled: Some(false),
        ..AccountChange::default()
    };
    assert_eq!(scene.change(&session.account, on).await, "changed");
    assert!(scene.is_in(&secret).await.is_none());
    assert_eq!(scene.try_in("bob", PASSWORD, "").await, "in");
}

#[tokio::test]
async fn an_account_that_is_off_has_no_session_whoever_switched_it_off() {
    let scene = Scene::new().await;
    let (secret, _) = scene.person("ada", Role::Admin).await;
    let mut database = scene.database().await;
    sqlx::query("UPDATE accounts SET disabled = TRUE")
        .execute(&mut database)
        .await
        .unwrap();
    assert!(scene.is_in(&secret).await.is_none());
}

#[tokio::test]
async fn the_last_admin_who_can_sign_in_stays_one() {
    let scene = Scene::new().await;
    let (_, ada) = scene.person("ada", Role::Admin).await;
    let off = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    let role = AccountChange {
        role: Some(Role::Issuer),
        ..AccountChange::default()
    };
    // Somebody who was only invited cannot take over.
    let invited = scene
        .authority
        .account_add(&name("bob"), Role::Admin, &Origin::Local)
        .await
        .unwrap();
    for change in [off, role] {
        assert_eq!(scene.change(&ada.account, change).await, "last_admin");
    }
    scene.accept(&invited.link).await.unwrap();
    assert_eq!(scene.change(&ada.account, off).await, "changed");
    assert_eq!(scene.change(&invited.account, role).await, "last_admin");
}

#[tokio::test]
async fn a_name_belongs_to_one_person_whatever_its_capitals() {
    let scene = Scene::new().await;
    scene.person("ada", Role::Admin).await;
    let again = scene
        .authority
        .account_add(&name("ADA"), Role::Support, &Origin::Local)
        .await;
    let problem = again.unwrap_err().problem();
    assert_eq!(problem.code.as_str(), "account_exists");
    assert_eq!(problem.arg("name"), Some("ada"));
}

#[tokio::test]
async fn the_log_tells_who_got_in_and_who_did_not_by_id_alone() {
    let scene = Scene::new().await;
    let (_, session) = scene.person("ada.lovelace", Role::Admin).await;
    scene.try_in("ada.lovelace", PASSWORD, "").await;
    scene.try_in("ada.lovelace", "wrong", "").await;
    scene.try_in("strangers-fill-no-log", "wrong", "").await;
    let id = session.account.id.to_string();
    let own = format!("account {id}");
    let of = |more: &str| format!("{{\"account\":\"{id}\"{more}}}");
    let from = |with: &str| format!("{{\"with\":\"{with}\"}}");
    let there = format!("{own} from 203.0.113.1");
    let told = scene.told().await;
    let told: Vec<_> = told
        .iter()
        .map(|(actor, action, detail)| (actor.as_str(), action.as_str(), detail.clone()))
        .collect();
    assert_eq!(
        told,
        [
            ("vendor", "account_added", of(",\"role\":\"admin\"")),
            (own.as_str(), "account_changed", of(",\"password\":true")),
            (there.as_str(), "account_signed_in", from("link")),
            (there.as_str(), "account_signed_in", from("password")),
            ("address 203.0.113.1", "account_sign_in_refused", of("")),
        ]
    );
}

#[tokio::test]
async fn nothing_that_lets_somebody_in_is_in_the_database() {
    let scene = Scene::new().await;
    let (secret, session) = scene.person("ada", Role::Admin).await;
    let (app, codes) = scene.app(&session).await;
    let id = session.account.id;
    let invitation = scene.link(id).await;
    let stored = scene.stored().await;
    let bytes = |text: &str| {
        data_encoding::BASE32_NOPAD
            .decode(text.replace('-', "").as_bytes())
            .unwrap()
    };
    let link = invitation.link.expose();
    let mut secrets: Vec<Vec<u8>> = [bytes(&secret.expose()), bytes(&app.0), bytes(&link)].into();
    for text in [PASSWORD, &secret.expose(), &app.0, &link] {
        secrets.push(text.as_bytes().to_vec());
    }
    for code in &codes {
        secrets.push(code.as_bytes().to_vec());
        secrets.push(code.replace('-', "").into_bytes());
    }
    for secret in secrets {
        let hex = data_encoding::HEXLOWER.encode(&secret);
        for form in [secret.as_slice(), hex.as_bytes()] {
            assert!(!stored.windows(form.len()).any(|window| window == form));
        }
    }
}

#[tokio::test]
async fn a_link_is_over_with_another_password_and_when_it_is_taken_back() {
    let scene = Scene::new().await;
    let (_, session) = scene.person("ada", Role::Admin).await;
    let id = session.account.id;
    let link = scene.link(id).await.link;
    let new = TypedPassword::new("other words than before");
    let old = TypedPassword::new(PASSWORD);
    let changed = scene.authority.password_change(&session, &old, &new);
    changed.await.unwrap();
    assert_eq!(outcome(scene.accept(&link).await), "link_not_accepted");
    let link = scene.link(id).await.link;
    let drop = || scene.authority.account_link_drop(id, &Origin::Local);
    assert!(drop().await.unwrap());
    assert!(!drop().await.unwrap());
    assert_eq!(outcome(scene.accept(&link).await), "link_not_accepted");
    let own = scene
        .authority
        .account_invite(id, &Origin::Account(id))
        .await;
    assert_eq!(own.unwrap_err().code().as_str(), "permission_missing");
}
