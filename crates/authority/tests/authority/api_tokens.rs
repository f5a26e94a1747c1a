//! API tokens: who is let in, how often, and that no call is carried out twice.

use keyferry_authority::{
    AccountChange, AccountName, ApiRate, ApiToken, ApiTokenSecret, ApiTokenStatus, IssuedApiToken,
    NewApiToken, Once, OnceCall, Origin, Page, Permission, Role,
};
use keyferry_fixtures::NOW;
use keyferry_token::{ApiTokenId, Name, Seconds, Timestamp};

use crate::scene::Scene;

const SCOPES: [Permission; 2] = [Permission::ReadProducts, Permission::WriteEntitlements];

fn wanted(expires_at: Option<Timestamp>) -> NewApiToken {
    NewApiToken {
        name: Name::new("Shop of Mr. Miller").unwrap(),
        scopes: SCOPES.into(),
        expires_at,
    }
}

async fn add(scene: &Scene) -> IssuedApiToken {
    let new = wanted(None);
    let authority = &scene.authority;
    let issued = authority.api_token_add(&new, &Permission::ALL, &Origin::Local);
    issued.await.unwrap()
}

async fn call(scene: &Scene, secret: &ApiTokenSecret) -> Result<u64, &'static str> {
    let called = scene.authority.api_call(secret, ApiRate::default()).await;
    called
        .map(|caller| caller.left)
        .map_err(|fault| fault.code().as_str())
}

#[tokio::test]
async fn a_token_lets_in_with_its_secret_which_is_stored_nowhere() {
    let scene = Scene::new().await;
    let issued = add(&scene).await;
    assert_eq!(issued.token.expires_at, NOW.plus(Seconds::days(90)));
    let rate = ApiRate::default();
    let authority = &scene.authority;
    let caller = authority.api_call(&issued.secret, rate).await.unwrap();
    assert_eq!(caller.token.id, issued.token.id);
    assert_eq!(caller.origin, Origin::ApiToken(issued.token.id));
    assert!(caller.token.may(Permission::ReadProducts));
    assert!(!caller.token.may(Permission::WriteProducts));
    let other = ApiTokenSecret::read(&issued.secret.expose()).unwrap();
    assert!(call(&scene, &other).await.is_ok());

    let stored = String::from_utf8_lossy(&scene.stored().await).into_owned();
    let text = issued.secret.expose();
    assert!(!stored.contains(&text[3..40]));
    let listed = authority.api_tokens(Page::first(10)).await.unwrap().items;
    assert_eq!(listed[0].last_used_at, Some(NOW));
    assert_eq!(listed[0].created_by, "vendor");
}

#[tokio::test]
async fn a_token_is_over_at_its_end_and_when_it_is_taken_back() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let (first, second) = (add(&scene).await, add(&scene).await);
    let revoked = authority.api_token_revoke(first.token.id, &Origin::Local);
    assert!(revoked.await.unwrap().changed);
    let refused = call(&scene, &first.secret).await;
    assert_eq!(refused, Err("api_access_refused"));
    let again = authority.api_token_revoke(first.token.id, &Origin::Local);
    assert!(!again.await.unwrap().changed);

    assert!(call(&scene, &second.secret).await.is_ok());
    scene.clock.set(second.token.expires_at);
    let refused = call(&scene, &second.secret).await;
    assert_eq!(refused, Err("api_access_refused"));
    let now = authority.now();
    let status = authority.api_token(second.token.id).await.unwrap();
    assert_eq!(status.status(now), ApiTokenStatus::Expired);
    let unknown = ApiTokenId::new([9; 10]);
    let fault = authority.api_token_revoke(unknown, &Origin::Local).await;
    assert_eq!(fault.unwrap_err().code().as_str(), "api_token_unknown");
}

#[tokio::test]
async fn a_token_that_a_token_made_neither_outlives_it_nor_its_revocation() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let add = async |end: Option<u64>, origin: &Origin| {
        let new = wanted(end.map(|days| NOW.plus(Seconds::days(days))));
        authority
            .api_token_add(&new, &Permission::ALL, origin)
            .await
            .map_err(|fault| fault.code().as_str())
    };
    let leaked = add(Some(2), &Origin::Local).await.unwrap();
    let by = Origin::ApiToken(leaked.token.id);
    let (child, shorter) = (add(Some(366), &by).await.unwrap(), add(Some(1), &by).await);
    assert_eq!(child.token.expires_at, leaked.token.expires_at);
    let one_day = NOW.plus(Seconds::days(1));
    assert_eq!(shorter.unwrap().token.expires_at, one_day);
    let by_child = Origin::ApiToken(child.token.id);
    let grandchild = add(None, &by_child).await.unwrap();
    assert_eq!(grandchild.token.expires_at, leaked.token.expires_at);
    let other = add(None, &Origin::Local).await.unwrap();

    let revoked = authority.api_token_revoke(leaked.token.id, &Origin::Local);
    let revoked = revoked.await.unwrap();
    assert!(revoked.changed);
    assert_eq!(revoked.others.len(), 3);
    for gone in [&leaked, &child, &grandchild] {
        let refused = call(&scene, &gone.secret).await;
        assert_eq!(refused, Err("api_access_refused"));
    }
    assert!(call(&scene, &other.secret).await.is_ok());
    // Each is told for itself, so that none comes back with a backup.
    let log = authority.audit(Page::first(100)).await.unwrap().items;
    let told = log
        .iter()
        .filter(|entry| entry.action == "api_token_revoked");
    assert_eq!(told.count(), 4);
    // A call that was let in before it was taken back makes none any more.
    assert_eq!(add(None, &by).await.unwrap_err(), "api_access_refused");
}

#[tokio::test]
async fn nobody_gives_away_more_than_they_have_or_for_longer_than_a_year() {
    let scene = Scene::new().await;
    let issuer: Vec<_> = Role::Support.permissions().collect();
    let new = wanted(None);
    let refused = scene.authority.api_token_add(&new, &issuer, &Origin::Local);
    let fault = refused.await.unwrap_err();
    assert_eq!(fault.code().as_str(), "api_scope_missing");
    assert_eq!(fault.problem().arg("scope"), Some("entitlements:write"));
    let add = async |new: NewApiToken| {
        let authority = &scene.authority;
        let added = authority.api_token_add(&new, &Permission::ALL, &Origin::Local);
        added.await.map_err(|fault| fault.code().as_str())
    };
    for days in [0, 367] {
        let end = NOW.plus(Seconds::days(days));
        let refused = add(wanted(Some(end))).await;
        assert_eq!(refused.unwrap_err(), "api_token_end_refused", "{days}");
    }
    assert!(
        add(wanted(Some(NOW.plus(Seconds::days(366)))))
            .await
            .is_ok()
    );
    let nothing = NewApiToken {
        scopes: Vec::new(),
        ..wanted(None)
    };
    assert_eq!(add(nothing).await.unwrap_err(), "field_missing");
}

#[tokio::test]
async fn the_log_names_a_token_by_its_id_alone() {
    let scene = Scene::new().await;
    let issued = add(&scene).await;
    let by = Origin::ApiToken(issued.token.id);
    let revoked = scene.authority.api_token_revoke(issued.token.id, &by);
    revoked.await.unwrap();
    let log = scene.authority.audit(Page::first(100)).await.unwrap().items;
    let id = issued.token.id.to_string();
    let added = log.iter().find(|entry| entry.action == "api_token_added");
    assert!(added.unwrap().detail.contains(&id));
    let revoked = log.iter().find(|entry| entry.action == "api_token_revoked");
    assert_eq!(revoked.unwrap().actor, format!("api_token {id}"));
    assert!(!format!("{log:?}").contains("Miller"));
}

#[tokio::test]
async fn calls_are_counted_by_the_minute_at_all_portals_together() {
    let scene = Scene::new().await;
    let issued = add(&scene).await;
    let rate = ApiRate { per_minute: 3 };
    let elsewhere = scene.reopened().await;
    for (authority, left) in [
        (&scene.authority, 2),
        (&elsewhere, 1),
        (&scene.authority, 0),
    ] {
        let caller = authority.api_call(&issued.secret, rate).await.unwrap();
        assert_eq!(caller.left, left);
    }
    let fault = elsewhere.api_call(&issued.secret, rate).await.unwrap_err();
    assert_eq!(fault.code().as_str(), "api_too_many_calls");
    let seconds: u64 = fault.problem().arg("seconds").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    // Another token has its own count, and the next minute begins anew.
    let other = add(&scene).await;
    assert!(elsewhere.api_call(&other.secret, rate).await.is_ok());
    scene.clock.pass(Seconds::new(seconds));
    let caller = elsewhere.api_call(&issued.secret, rate).await.unwrap();
    assert_eq!(caller.left, 2);
}

fn once<'a>(issued: &'a IssuedApiToken, key: &'a str, request: u8) -> OnceCall<'a> {
    OnceCall {
        token: issued.token.id,
        secret: &issued.secret,
        key,
        request: [request; 32],
    }
}

async fn begun(scene: &Scene, call: &OnceCall<'_>) -> Result<Option<Vec<u8>>, &'static str> {
    match scene.authority.api_once(call).await {
        Ok(Once::Begun) => Ok(None),
        Ok(Once::Answered(answer)) => Ok(Some(answer.to_vec())),
        Err(fault) => Err(fault.code().as_str()),
    }
}

#[tokio::test]
async fn a_call_with_a_key_is_carried_out_once_and_answered_alike() {
    let scene = Scene::new().await;
    let issued = add(&scene).await;
    let call = once(&issued, "order-1", 1);
    assert_eq!(begun(&scene, &call).await, Ok(None));
    assert_eq!(begun(&scene, &call).await, Err("idempotency_key_in_use"));
    let answer = b"activation_code=SECRET-OF-THE-CUSTOMER";
    scene
        .authority
        .api_once_answered(&call, answer)
        .await
        .unwrap();
    assert_eq!(begun(&scene, &call).await, Ok(Some(answer.to_vec())));
    let changed = once(&issued, "order-1", 2);
    assert_eq!(begun(&scene, &changed).await, Err("idempotency_key_reused"));
    // Another program's keys are its own.
    let other = add(&scene).await;
    assert_eq!(begun(&scene, &once(&other, "order-1", 2)).await, Ok(None));
    // A day later it is a new call.
    scene.clock.pass(Seconds::DAY);
    assert_eq!(begun(&scene, &changed).await, Ok(None));
}

#[tokio::test]
async fn a_kept_answer_is_sealed_to_the_tokens_secret() {
    let scene = Scene::new().await;
    let issued = add(&scene).await;
    let call = once(&issued, "order-1", 1);
    begun(&scene, &call).await.unwrap();
    let answer = b"activation_code=SECRET-OF-THE-CUSTOMER";
    scene
        .authority
        .api_once_answered(&call, answer)
        .await
        .unwrap();
    let stored = scene.stored().await;
    let clear = |part: &[u8]| stored.windows(part.len()).any(|window| window == part);
    assert!(!clear(b"SECRET-OF") && !clear(b"order-1"));
    let other = add(&scene).await;
    let stolen = OnceCall {
        secret: &other.secret,
        ..call
    };
    assert_eq!(begun(&scene, &stolen).await, Err("system_failure"));
    let revoked = scene
        .authority
        .api_token_revoke(issued.token.id, &Origin::Local);
    revoked.await.unwrap();
    assert_eq!(begun(&scene, &call).await, Ok(None));
}

#[tokio::test]
async fn a_call_that_was_cut_off_is_not_carried_out_again() {
    let scene = Scene::new().await;
    let issued = add(&scene).await;
    let call = once(&issued, "order-1", 1);
    begun(&scene, &call).await.unwrap();
    scene.clock.pass(Seconds::new(10 * 60));
    assert_eq!(begun(&scene, &call).await, Err("outcome_unknown"));
    // One of which nothing was carried out may be made again.
    let call = once(&issued, "order-2", 1);
    begun(&scene, &call).await.unwrap();
    scene.authority.api_once_forget(&call).await.unwrap();
    assert_eq!(begun(&scene, &call).await, Ok(None));
}

#[tokio::test]
async fn a_cursor_counts_for_its_own_list_and_cannot_be_changed() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let cursor = authority.cursor("licenses?product=a", b"next").unwrap();
    let read = |list: &str, text: &str| authority.read_cursor(list, text);
    let elsewhere = scene.reopened().await;
    let next = elsewhere.read_cursor("licenses?product=a", &cursor);
    assert_eq!(next.as_deref(), Some(b"next".as_slice()));
    assert_eq!(read("licenses?product=b", &cursor), None);
    assert_eq!(read("licenses?product=a", &cursor[1..]), None);
    assert_eq!(read("licenses?product=a", &"A".repeat(600)), None);
    assert_eq!(read("licenses?product=a", ""), None);
}

#[tokio::test]
async fn tokens_beyond_a_lower_role_end_with_the_higher_one() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let name = AccountName::new("ada").unwrap();
    let added = authority.account_add(&name, Role::Admin, &Origin::Local);
    let id = added.await.unwrap().account.id;
    let add = async |scopes: &[Permission], origin: &Origin| {
        let new = NewApiToken {
            scopes: scopes.to_vec(),
            ..wanted(None)
        };
        let issued = authority.api_token_add(&new, &Permission::ALL, origin);
        issued.await
    };
    let by = Origin::Account(id);
    let (read, write) = (Permission::ReadLicenses, Permission::WriteLicenses);
    let kept = add(&[read], &by).await.unwrap();
    let wide = add(&[read, write, Permission::ManageAccess], &by)
        .await
        .unwrap();
    // Of a secret that whoever has it may have made: they go with the one that made them.
    let by_wide = Origin::ApiToken(wide.token.id);
    let child = add(&[read], &by_wide).await.unwrap();
    let wide_child = add(&[write], &by_wide).await.unwrap();
    let other = add(&[write], &Origin::Local).await.unwrap();

    let role = AccountChange {
        role: Some(Role::Auditor),
        ..AccountChange::default()
    };
    let done = authority
        .account_change(id, role, &Origin::Local)
        .await
        .unwrap();
    let ended: Vec<_> = done.tokens.iter().map(|token| token.id).collect();
    assert_eq!(ended.len(), 3);
    for gone in [&wide, &child, &wide_child] {
        assert!(ended.contains(&gone.token.id));
        let refused = call(&scene, &gone.secret).await;
        assert_eq!(refused, Err("api_access_refused"));
    }
    for stays in [&kept, &other] {
        assert!(call(&scene, &stays.secret).await.is_ok());
    }
    let told = scene.actions().await;
    let told = told.iter().filter(|action| *action == "api_token_revoked");
    assert_eq!(told.count(), 3);
    // A request that was under way meanwhile gives away no more than the new role has.
    let late = add(&[write], &by).await.unwrap_err();
    assert_eq!(late.code().as_str(), "api_scope_missing");
    assert!(add(&[read], &by).await.is_ok());
}

#[tokio::test]
async fn a_token_ends_with_the_account_that_made_it() {
    let scene = Scene::new().await;
    let authority = &scene.authority;
    let name = AccountName::new("ada").unwrap();
    let added = authority.account_add(&name, Role::Issuer, &Origin::Local);
    let id = added.await.unwrap().account.id;
    let add = async |origin: &Origin| {
        let new = wanted(None);
        let issued = authority.api_token_add(&new, &Permission::ALL, origin);
        issued.await
    };
    let own = add(&Origin::Account(id)).await.unwrap();
    let child = add(&Origin::ApiToken(own.token.id)).await.unwrap();
    let other = add(&Origin::Local).await.unwrap();
    let over = add(&Origin::Account(id)).await.unwrap();
    let revoked = authority.api_token_revoke(over.token.id, &Origin::Local);
    revoked.await.unwrap();

    // Known before it is done, and done with it.
    let ids = |tokens: Vec<ApiToken>| {
        let mut ids: Vec<_> = tokens.into_iter().map(|token| token.id).collect();
        ids.sort_by_key(ToString::to_string);
        ids
    };
    let mut ends = vec![own.token.id, child.token.id];
    ends.sort_by_key(ToString::to_string);
    assert_eq!(ids(authority.api_tokens_of(id).await.unwrap()), ends);
    let off = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    let by = Origin::Local;
    let done = authority.account_change(id, off, &by).await.unwrap();
    assert_eq!(ids(done.tokens), ends);
    for gone in [&own, &child] {
        let refused = call(&scene, &gone.secret).await;
        assert_eq!(refused, Err("api_access_refused"));
    }
    assert!(call(&scene, &other.secret).await.is_ok());
    let told = scene.actions().await;
    let told = told.iter().filter(|action| *action == "api_token_revoked");
    assert_eq!(told.count(), 3);

    // A request that was under way meanwhile makes none.
    let late = add(&Origin::Account(id)).await.unwrap_err();
    assert_eq!(late.code().as_str(), "api_access_refused");
    // Switched on again, the account makes others; those stay what they are.
    let on = AccountChange {
        disabled: Some(false),
        ..AccountChange::default()
    };
    let done = authority.account_change(id, on, &by).await.unwrap();
    assert!(done.changed && done.tokens.is_empty());
    assert_eq!(call(&scene, &own.secret).await, Err("api_access_refused"));
    assert!(add(&Origin::Account(id)).await.is_ok());
}
