//! The page of the API tokens: made, shown once, taken back.

use keyferry_authority::Role;

use crate::stage::{Browser, EVIL, Page, Stage, log};

const PAGE: &str = "/vendor/tokens";

pub(crate) fn make(browser: &Browser<'_>, fields: &[(&str, &str)]) -> Page {
    let seal = browser.get(PAGE).values("seal").remove(0);
    let mut all = vec![("seal", &*seal), ("days", "90")];
    all.extend_from_slice(fields);
    browser.post(PAGE, &all)
}

#[test]
fn a_key_is_shown_once_lets_a_program_in_and_is_taken_back() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let made = make(&browser, &[("name", EVIL), ("scope", "products:read")]);
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert!(!made.text.contains("<script>alert"));
    let secret = made.between("spellcheck=\"false\" dir=\"ltr\">", "</textarea>");
    let ask = || {
        let program = stage.browser();
        let program = program.saying("authorization", &format!("Bearer {secret}"));
        program.get("/api/v1/products").status
    };
    assert_eq!(ask(), 200);
    let list = browser.get(PAGE);
    // The vendor's keys are others.
    assert_eq!(list.heading(), "API tokens");
    assert!(!list.text.contains("API key"));
    assert!(!list.text.contains(&secret));
    let own = list.between("<th scope=\"row\"><a href=\"", "\"");
    let page = browser.get(&own);
    assert!(page.text.contains("products:read") && !page.text.contains(&secret));
    let seal = page.values("seal").remove(0);
    let revoked = browser.post(&format!("{own}/revoke"), &[("seal", &seal)]);
    assert_eq!(revoked.status, 303);
    assert_eq!(ask(), 401);
    let page = browser.get(revoked.header("location").unwrap());
    assert!(page.text.contains("Taken back on") && !page.text.contains("Take the token back"));
    assert!(!log().text().contains(&secret));
}

#[test]
fn a_key_needs_a_name_and_a_permission_and_what_was_typed_is_kept() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let page = make(&browser, &[("name", "Shop")]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("KF-830") && page.text.contains("value=\"Shop\""));
    let page = make(&browser, &[("name", " "), ("scope", "audit:read")]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("value=\"audit:read\" checked"));
    let page = make(&browser, &[("name", "Shop"), ("scope", "everything")]);
    assert_eq!(page.status, 400);
}

#[test]
fn only_whoever_manages_access_sees_and_makes_keys() {
    let stage = Stage::new();
    let issued = stage.api_token(&[keyferry_authority::Permission::ReadAudit]);
    let one = format!("{PAGE}/{}", issued.token.id);
    for role in [Role::Issuer, Role::Support, Role::Auditor] {
        let browser = stage.member(role);
        for path in [PAGE, &*one] {
            assert_eq!(browser.get(path).status, 403, "{role} {path}");
        }
        let fields = [("name", "x"), ("scope", "audit:read")];
        assert_eq!(browser.post(PAGE, &fields).status, 403, "{role}");
        let revoke = browser.post(&format!("{one}/revoke"), &[]);
        assert_eq!(revoke.status, 403, "{role}");
    }
    let foreign = stage.member(Role::Admin).post(PAGE, &[("name", "x")]);
    assert_eq!(foreign.status, 403);
    assert_eq!(stage.browser().get(PAGE).status, 303);
}
