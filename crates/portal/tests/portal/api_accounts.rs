//! Accounts of people by calls: who there is, and shutting out whoever leaves.

use keyferry_authority::{Permission, Role};
use serde_json::{Value, json};

use crate::{
    api::Program,
    api_page::make,
    stage::{Browser, Stage},
};

/// The account with this role, as the API lists it.
fn with(program: &Program<'_>, role: &str) -> Value {
    let listed = program.get("/accounts").json();
    let accounts = listed["accounts"].as_array().unwrap().clone();
    let mut accounts = accounts.into_iter();
    accounts.find(|account| account["role"] == role).unwrap()
}

fn path(account: &Value) -> String {
    format!("/accounts/{}", account["account_id"].as_str().unwrap())
}

fn is_in(browser: &Browser<'_>) -> bool {
    browser.get("/vendor").status == 200
}

#[test]
fn whoever_leaves_is_switched_off_by_a_call_with_all_that_lets_them_in() {
    let stage = Stage::new();
    let (admin, issuer) = (stage.member(Role::Admin), stage.member(Role::Issuer));
    let program = stage.program(&[Permission::ManageAccess]);
    let account = with(&program, "issuer");
    assert_eq!(program.get(&path(&account)).json(), account);
    assert!(is_in(&issuer));

    let off = program.post(&format!("{}/disable", path(&account)), &json!(null));
    assert_eq!(off.status, 200, "{}", off.text);
    let off = off.json();
    assert_eq!(
        (&off["outcome"], &off["disabled"]),
        (&json!("changed"), &json!(true))
    );
    assert_eq!(off["api_tokens_revoked"], json!([]));
    assert!(!is_in(&issuer) && is_in(&admin));
    let again = program.post(&format!("{}/disable", path(&account)), &json!(null));
    assert_eq!(again.json()["outcome"], "unchanged");
}

#[test]
fn an_account_that_is_switched_off_by_a_call_takes_the_token_along_that_called() {
    let stage = Stage::new();
    let (_admin, bob) = (stage.member(Role::Admin), stage.member(Role::Admin));
    let made = make(&bob, &[("name", "Offboarding"), ("scope", "access:manage")]);
    let secret = made.between("spellcheck=\"false\" dir=\"ltr\">", "</textarea>");
    let own = stage.program_with(&secret);
    let listed = own.get("/accounts").json();
    let account = &listed["accounts"][1];
    assert_eq!(account["name"], "admin-1");
    let off = own
        .post(&format!("{}/disable", path(account)), &json!(null))
        .json();
    assert_eq!(off["outcome"], "changed");
    assert_eq!(off["api_tokens_revoked"].as_array().unwrap().len(), 1);
    assert_eq!(own.get("/accounts").status, 401);
}

#[test]
fn the_last_admin_stays_and_who_is_not_there_is_told() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let program = stage.program(&[Permission::ManageAccess]);
    let account = with(&program, "admin");
    let off = program.post(&format!("{}/disable", path(&account)), &json!(null));
    assert_eq!(off.problem(), (409, "last_admin".to_owned()));
    assert!(is_in(&admin));
    for call in ["", "/disable"] {
        let nobody = format!("/accounts/0000-0000-0000-0000-0000-0000-00{call}");
        let refused = match call {
            "" => program.get(&nobody),
            _ => program.post(&nobody, &json!(null)),
        };
        assert_eq!(refused.status, 404, "{}", refused.text);
    }
}

#[test]
fn no_call_lets_anybody_in_and_only_who_manages_access_sees_who_there_is() {
    let stage = Stage::new();
    stage.member(Role::Admin);
    let program = stage.program(&[Permission::ReadAudit, Permission::WriteKeys]);
    assert_eq!(
        program.get("/accounts").problem(),
        (403, "api_scope_missing".to_owned())
    );
    let manager = stage.program_of_all();
    let account = with(&manager, "admin");
    assert_eq!(program.get(&path(&account)).problem().0, 403);
    let refused = program.post(&format!("{}/disable", path(&account)), &json!(null));
    assert_eq!(refused.problem().0, 403);
    // What would let somebody in is not offered.
    let new = json!({"name": "eve", "role": "admin"});
    assert_eq!(manager.post("/accounts", &new).status, 405);
    for what in ["enable", "link", "role", "invite"] {
        let asked = manager.post(&format!("{}/{what}", path(&account)), &new);
        assert_eq!(asked.status, 404, "{what}");
    }
}
