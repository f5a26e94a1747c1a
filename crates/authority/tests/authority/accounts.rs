//! Accounts: who gets in, who does not, and what ends it.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use keyferry_authority::{
    Account, AccountChange, AccountFault, AccountName, AccountSession, LinkSecret, Origin, Page,
    Permission, Role, SessionSecret, SignIn, TypedPassword,
};
use keyferry_token::Seconds;
use totp_rs::{Builder, Secret};

use crate::{
    restore::{Kept, Log, restored},
    scene::Scene,
};

const PASSWORD: &str = "four plain words here";

fn address(last: u8) -> Origin {
    Origin::Address(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last)))
}

fn name(text: &str) -> AccountName {
    AccountName::new(text).unwrap()
}

fn typed(name: &str, password: &str, code: &str) -> SignIn {
    SignIn {
        name: name.to_owned(),
        password: TypedPassword::new(password),
        code: code.to_owned(),
    }
}

type Session = (SessionSecret, AccountSession);

impl Scene {
    /// Adds somebody, who sets the password of all of them.
    async fn person(&self, called: &str, role: Role) -> Session {
        let invitation = self
            .authority
            .account_add(&name(called), role, &Origin::Local)
            .await
            .unwrap();
        self.accept(&invitation.link).await.unwrap()
    }

    async fn accept(&self, link: &LinkSecret) -> Result<Session, AccountFault> {
        let password = TypedPassword::new(PASSWORD);
        self.authority
            .account_accept(link, &password, &address(1))
            .await
    }

    async fn try_in(&self, name: &str, password: &str, code: &str) -> &'static str {
        outcome(self.sign_in_from(1, name, password, code).await)
    }

    async fn sign_in_from(
        &self,
        last: u8,
        name: &str,
        password: &str,
        code: &str,
    ) -> Result<Session, AccountFault> {
        let typed = typed(name, password, code);
        self.authority.sign_in(&typed, &address(last)).await
    }

    async fn is_in(&self, secret: &SessionSecret) -> Option<AccountSession> {
        self.authority.account_session(secret).await.unwrap()
    }

    async fn change(&self, account: &Account, change: AccountChange) -> &'static str {
        let changed = self
            .authority
            .account_change(account.id, change, &Origin::Local)
            .await;
        match changed {
            Ok(done) if done.changed => "changed",
            Ok(_) => "unchanged",
            Err(fault) => fault.code().as_str(),
        }
    }

    /// What the log says of accounts: who, what, detail.
    async fn told(&self) -> Vec<(String, String, String)> {
        let log = self.authority.audit(Page::first(500)).await.unwrap().items;
        log.into_iter()
            .filter(|entry| entry.action.starts_with("account_"))
            .map(|entry| (entry.who(), entry.action, entry.detail))
            .collect()
    }

    /// Sets up an app, and gives what it makes its codes of.
    async fn app(&self, session: &AccountSession) -> (App, Vec<String>) {
        let password = TypedPassword::new(PASSWORD);
        let secret = self.authority.app_begin(session, &password).await.unwrap();
        let app = App(secret.text().replace(' ', ""));
        let codes = self
            .authority
            .app_confirm(session, &app.code(self, 0))
            .await
            .unwrap();
        (app, codes.iter().map(str::to_owned).collect())
    }
}

fn outcome(entered: Result<Session, AccountFault>) -> &'static str {
    match entered {
        Ok(_) => "in",
        Err(fault) => fault.code().as_str(),
    }
}

/// An app that shows codes, on a phone whose clock is some steps off.
struct App(String);

impl App {
    fn code(&self, scene: &Scene, steps: i64) -> String {
        let secret = Secret::try_from_base32(&self.0).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        let at = scene.authority.now().unix().strict_add_signed(steps * 30);
        totp.generate(at).to_string()
    }
}

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
    let second = scene
        .authority
        .account_invite(id, &Origin::Local)
        .await
        .unwrap();
    assert_eq!(
        outcome(scene.accept(&first.link).await),
        "link_not_accepted"
    );
    scene.clock.pass(Seconds::DAY);
    assert_eq!(
        outcome(scene.accept(&second.link).await),
        "link_not_accepted"
    );
    let third = scene
        .authority
        .account_invite(id, &Origin::Local)
        .await
        .unwrap();
    scene.clock.pass(Seconds::new(Seconds::DAY.get() - 1));
    assert_eq!(outcome(scene.accept(&third.link).await), "in");
}

#[tokio::test]
async fn a_new_link_begins_anew_and_locks_nobody_out_before_it_is_used() {
    let scene = Scene::new().await;
    let (secret, session) = scene.person("ada", Role::Admin).await;
    scene.app(&session).await;
    let invitation = scene
        .authority
        .account_invite(session.account.id, &Origin::Local)
        .await
        .unwrap();
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
    let invitation = scene
        .authority
        .account_invite(id, &Origin::Local)
        .await
        .unwrap();
    assert_eq!(outcome(scene.accept(&invitation.link).await), "in");
    assert_eq!(scene.try_in("ada", PASSWORD, "").await, "in");
}

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
    let invitation = scene.authority.account_invite(id, &Origin::Local).await;
    let begun = scene.accept(&invitation.unwrap().link).await;
    let (_, session) = begun.unwrap();
    let begun = scene.authority.app_begin(&session, &right).await;
    begun.unwrap();
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

#[tokio::test]
async fn nothing_that_lets_somebody_in_is_in_the_database() {
    let scene = Scene::new().await;
    let (secret, session) = scene.person("ada", Role::Admin).await;
    let (app, codes) = scene.app(&session).await;
    let id = session.account.id;
    let invitation = scene
        .authority
        .account_invite(id, &Origin::Local)
        .await
        .unwrap();
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
    let invitation = back
        .authority
        .account_invite(ada.account.id, &Origin::Local)
        .await
        .unwrap();
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

#[tokio::test]
async fn a_link_is_over_with_another_password_and_when_it_is_taken_back() {
    let scene = Scene::new().await;
    let (_, session) = scene.person("ada", Role::Admin).await;
    let id = session.account.id;
    let invite = || scene.authority.account_invite(id, &Origin::Local);
    let link = invite().await.unwrap().link;
    let new = TypedPassword::new("other words than before");
    let old = TypedPassword::new(PASSWORD);
    let changed = scene.authority.password_change(&session, &old, &new);
    changed.await.unwrap();
    assert_eq!(outcome(scene.accept(&link).await), "link_not_accepted");
    let link = invite().await.unwrap().link;
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
