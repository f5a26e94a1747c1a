//! The page of the webhooks: added, looked at, given another secret, removed.

use keyferry_authority::Role;

use crate::stage::{Stage, log};

const PAGE: &str = "/vendor/webhooks";

#[test]
fn a_webhook_is_added_with_a_secret_shown_once_and_removed() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let seal = || browser.get(PAGE).values("seal").remove(0);
    let url = "https://shop.example/<b>hooks";
    let add = |url: &str, events: &str| {
        browser.post(PAGE, &[("seal", &seal()), ("url", url), ("events", events)])
    };
    let added = add(url, "activation_granted, entitlement_added");
    assert_eq!(added.status, 200, "{}", added.text);
    assert!(!added.text.contains("<b>hooks"));
    let secret = added.between("spellcheck=\"false\" dir=\"ltr\">", "</textarea>");
    assert!(secret.starts_with("whsec_"));
    let own = added.between("<a class=\"button\" href=\"", "\"");
    stage.sell(1);
    stage.wait(stage.authority.webhooks_spread()).unwrap();
    let page = browser.get(&own);
    assert!(page.text.contains("entitlement_added</th>") && page.text.contains("Waiting"));
    let seal = [("seal", &*page.values("seal").remove(0))];
    let renewed = browser.post(&format!("{own}/new-secret"), &seal);
    assert!(renewed.text.contains("signs beside it until"));
    assert!(!renewed.text.contains(&secret));
    let removed = browser.post(&format!("{own}/remove"), &seal);
    assert_eq!(removed.header("location"), Some(PAGE));
    assert_eq!(browser.get(&own).status, 404);
    assert!(!log().text().contains(&secret));
    for (url, events, reference) in [
        ("http://shop.example/", "", "KF-871"),
        ("https://shop.example/", "everything", "KF-872"),
    ] {
        let page = add(url, events);
        assert_eq!(page.status, 422);
        assert!(
            page.text.contains(reference) && page.text.contains(url),
            "{url}"
        );
    }
}

#[test]
fn an_auditor_looks_at_webhooks_and_changes_none() {
    let stage = Stage::new();
    let auditor = stage.member(Role::Auditor);
    let page = auditor.get(PAGE);
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("Add the webhook"));
    let fields = [("url", "https://shop.example/")];
    assert_eq!(auditor.post(PAGE, &fields).status, 403);
    for role in [Role::Issuer, Role::Support] {
        assert_eq!(stage.member(role).get(PAGE).status, 403, "{role}");
    }
    let foreign = stage.member(Role::Admin).post(PAGE, &fields);
    assert_eq!(foreign.status, 403);
}

#[test]
fn a_person_sends_a_test_message_and_one_again_and_sees_older_ones() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let seal = || browser.get(PAGE).values("seal").remove(0);
    let fields = [
        ("seal", &*seal()),
        ("url", "https://shop.example/"),
        ("events", "entitlement_added"),
    ];
    let added = browser.post(PAGE, &fields);
    let own = added.between("<a class=\"button\" href=\"", "\"");
    for _ in 0..51 {
        stage.sell(1);
    }
    let tested = browser.post(&format!("{own}/test"), &[("seal", &seal())]);
    let shown = format!("{own}?done=test");
    assert_eq!(tested.header("location"), Some(shown.as_str()));
    let page = browser.get(&shown);
    assert!(page.text.contains("The test message is being sent."));
    assert!(page.text.contains("ping</th>"));
    let older = page.between("again\"><a href=\"", "\"");
    let last = browser.get(&older);
    assert!(!last.text.contains("Older messages") && !last.text.contains("ping</th>"));
    assert_eq!(last.values("message").len(), 2);
    assert_eq!(browser.get(&format!("{own}?cursor=51")).status, 422);
    let message = page.values("message").remove(0);
    let again = |seal: &str| {
        let fields = [("seal", seal), ("message", &*message)];
        browser.post(&format!("{own}/again"), &fields)
    };
    assert_eq!(again("").status, 403);
    assert_eq!(again(&seal()).status, 303);
    let refused = again(&seal());
    assert_eq!(refused.status, 429);
    assert!(refused.text.contains("KF-875"));
    let auditor = stage.member(Role::Auditor);
    assert!(!auditor.get(&own).text.contains("Send again"));
    assert_eq!(auditor.post(&format!("{own}/test"), &[]).status, 403);
}
