//! The vendor's keys and audit log.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use keyferry_authority::{KeyRecord, Role};
use keyferry_fixtures::TestDevice;
use keyferry_token::{KeyPurpose, KeyState};

use crate::stage::{Browser, Page, Stage};

fn seal(page: &Page) -> String {
    page.values("seal").remove(0)
}

fn post(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Page {
    let seal = seal(&browser.get("/vendor/account"));
    let fields: Vec<_> = [("seal", &*seal)].iter().chain(fields).copied().collect();
    browser.post(path, &fields)
}

/// How many requests are being answered.
fn under_way(stage: &Stage) -> u64 {
    let url = format!("http://{}/metrics", stage.metrics);
    let mut counts = ureq::get(&url).call().unwrap();
    let counts = counts.body_mut().read_to_string().unwrap();
    let mut lines = counts.lines();
    let line = lines.find(|line| line.contains("requests_under_way ") && !line.starts_with('#'));
    line.unwrap().rsplit_once(' ').unwrap().1.parse().unwrap()
}

fn keys(stage: &Stage, purpose: KeyPurpose, state: KeyState) -> Vec<KeyRecord> {
    let keys = stage.wait(stage.authority.keys()).unwrap().into_iter();
    keys.filter(|key| key.purpose == purpose && key.state == state)
        .collect()
}

#[test]
fn keys_and_log_are_for_those_who_may_see_them_and_changing_keys_for_admins() {
    let stage = Stage::new();
    for (role, sees, changes) in [
        (Role::Admin, 200, 200),
        (Role::Auditor, 200, 403),
        (Role::Issuer, 403, 403),
        (Role::Support, 403, 403),
    ] {
        let browser = stage.member(role);
        assert_eq!(browser.get("/vendor/keys").status, sees, "{role}");
        assert_eq!(browser.get("/vendor/audit").status, sees, "{role}");
        let links = browser.get("/vendor/account").text.contains("/vendor/keys");
        assert_eq!(links, sees == 200, "{role}");
        let ask = browser.get("/vendor/keys/replace/signing");
        assert_eq!(ask.status, changes, "{role}");
        for path in ["verify", "export", "head"] {
            let page = post(&browser, &format!("/vendor/audit/{path}"), &[]);
            assert_eq!(page.status, sees, "{role} {path}");
        }
        if changes == 403 {
            let page = post(&browser, "/vendor/keys/replace/signing", &[]);
            assert_eq!(page.status, 403, "{role}");
        }
    }
    assert!(keys(&stage, KeyPurpose::Signing, KeyState::Retired).is_empty());
}

#[test]
fn a_key_is_replaced_and_then_retired_with_who_is_left_behind() {
    let stage = Stage::new();
    let sold = stage.sell(1);
    stage.activated(&mut TestDevice::new("press-04"), &sold.code);
    let browser = stage.member(Role::Admin);
    let old = keys(&stage, KeyPurpose::Signing, KeyState::Active)
        .remove(0)
        .id;
    let page = browser.get("/vendor/keys/replace/signing");
    assert_eq!(page.heading(), "Replace the signing key?");
    let key = page.values("key").remove(0);
    let page = post(&browser, "/vendor/keys/replace/signing", &[("key", &key)]);
    assert_eq!(page.header("location"), Some("/vendor/keys?done=replaced"));
    let new = keys(&stage, KeyPurpose::Signing, KeyState::Active)
        .remove(0)
        .id;
    assert_ne!(new, old);
    let page = browser.get("/vendor/keys?done=replaced");
    assert!(page.text.contains("Replaced; what it signed still counts"));
    assert!(page.text.contains(&format!("/vendor/keys/{old}/retire")));
    assert!(!page.text.contains(&format!("/vendor/keys/{new}/retire")));

    let path = format!("/vendor/keys/{old}/retire");
    let page = browser.get(&path);
    assert!(page.text.contains("1 whose latest answer it signed."));
    let unsure = post(&browser, &path, &[]);
    assert_eq!(unsure.status, 422);
    assert!(unsure.text.contains("KF-824"));
    let page = post(&browser, &path, &[("sure", "yes")]);
    assert_eq!(page.header("location"), Some("/vendor/keys?done=retired"));
    let gone = keys(&stage, KeyPurpose::Signing, KeyState::Revoked).remove(0);
    assert_eq!(gone.id, old);

    // The log says who did it.
    let log = browser.get("/vendor/audit?action=key_rotated");
    assert!(log.text.contains("<bdi>admin</bdi>"));
    let in_use = format!("/vendor/keys/{new}/retire");
    let page = post(&browser, &in_use, &[("sure", "yes")]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("KF-281"));
    let unknown = "/vendor/keys/0000000000000000/retire";
    assert_eq!(browser.get(unknown).status, 404);
    assert_eq!(browser.get("/vendor/keys/replace/lookup").status, 404);
}

#[test]
fn a_form_that_is_sent_twice_replaces_one_key() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let path = "/vendor/keys/replace/signing";
    let key = browser.get(path).values("key").remove(0);
    let send = || post(&browser, path, &[("key", &key)]);
    assert_eq!(
        send().header("location"),
        Some("/vendor/keys?done=replaced")
    );
    let again = send().header("location").unwrap().to_owned();
    assert_eq!(again, "/vendor/keys?done=replaced-before");
    let page = browser.get(&again);
    assert!(page.text.contains("nothing was changed now"));
    // At once, from two windows.
    let key = browser.get(path).values("key").remove(0);
    let seal = seal(&browser.get("/vendor/account"));
    std::thread::scope(|threads| {
        for _ in 0..2 {
            let fields = [("seal", &*seal), ("key", &*key)];
            let browser = &browser;
            threads.spawn(move || assert_eq!(browser.post(path, &fields).status, 303));
        }
    });
    assert_eq!(
        keys(&stage, KeyPurpose::Signing, KeyState::Retired).len(),
        2
    );
    let without = post(&browser, path, &[]);
    assert!(without.text.contains("KF-804"), "{}", without.text);
}

#[test]
fn a_change_goes_on_to_its_end_when_the_browser_goes_away() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let path = "/vendor/keys/replace/signing";
    let page = browser.get(path);
    let (seal, key) = (seal(&page), page.values("key").remove(0));
    let cookie = browser.cookie.lock().unwrap().clone().unwrap();
    let body = format!("seal={seal}&key={key}");
    let mut connection = stage.connect();
    write!(
        connection,
        "POST {path} HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    // Gone once the new key is being made, which takes a while.
    let began = Instant::now();
    while under_way(&stage) == 0 {
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::yield_now();
    }
    drop(connection);
    while keys(&stage, KeyPurpose::Signing, KeyState::Retired).is_empty() {
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "it was left undone"
        );
        std::thread::yield_now();
    }
}

#[test]
fn what_is_to_be_handed_out_is_taken_along_there() {
    let stage = Stage::new();
    let browser = stage.member(Role::Auditor);
    for (name, file) in [
        ("vendor.kfv", stage.authority.profile_file()),
        ("public.pem", stage.authority.public_key_file()),
    ] {
        let path = format!("/vendor/keys/{name}");
        let page = browser.get(&path);
        assert_eq!(page.bytes, std::fs::read(file).unwrap(), "{name}");
        let named = format!("attachment; filename=\"{name}\"");
        assert_eq!(page.header("content-disposition"), Some(&*named));
        assert_eq!(stage.member(Role::Support).get(&path).status, 403);
    }
}

#[test]
fn the_page_of_keys_has_the_words_that_customers_compare() {
    let stage = Stage::new();
    let browser = stage.member(Role::Auditor);
    let words = stage.profile.fingerprint().to_string();
    assert!(browser.get("/vendor/keys").text.contains(&words));
}

#[test]
fn an_exchange_key_opens_for_as_many_days_as_are_given() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let path = "/vendor/keys/replace/exchange";
    let page = browser.get(path);
    assert_eq!(page.values("days").len(), 0);
    let key = page.values("key").remove(0);
    for days in ["", "0", "-3", "36501", "two", "1e3"] {
        let page = post(&browser, path, &[("key", &key), ("days", days)]);
        assert_eq!(page.status, 422, "{days}");
        assert!(page.text.contains("KF-831"), "{days}");
    }
    let fields = [("key", &*key), ("days", "10")];
    assert_eq!(post(&browser, path, &fields).status, 303);
    let old = keys(&stage, KeyPurpose::Exchange, KeyState::Retired).remove(0);
    let left = old.opens_until.unwrap().unix() - stage.authority.now().unix();
    assert_eq!(left, 10 * 24 * 60 * 60);
}

#[test]
fn without_the_profile_key_the_page_says_what_to_do_at_the_machine() {
    let stage = Stage::without_the_profile_key();
    let browser = stage.member(Role::Admin);
    let page = browser.get("/vendor/keys");
    assert!(page.text.contains("--profile-key FILE key rotate signing"));
    assert!(!page.text.contains("/vendor/keys/replace/"));
    let key = keys(&stage, KeyPurpose::Signing, KeyState::Active).remove(0);
    let key = key.id.to_string();
    let page = post(&browser, "/vendor/keys/replace/signing", &[("key", &key)]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("KF-282"));
    let page = browser.get("/vendor/keys/replace/profile");
    assert_eq!(page.status, 422);
    assert!(page.text.contains("KF-289"));
}

#[test]
fn the_log_is_looked_through_by_what_was_done_and_to_what() {
    let stage = Stage::new();
    let browser = stage.member(Role::Auditor);
    let sold: Vec<_> = (0..60).map(|_| stage.sell(1)).collect();
    let entries = |page: &Page| page.text.matches("<tr><th scope=\"row\">").count();
    let page = browser.get("/vendor/audit?action=entitlement_added");
    assert_eq!(entries(&page), 50);
    let older = page.between("<p class=\"again\"><a href=\"", "\"");
    let page = browser.get(&older);
    assert_eq!(entries(&page), 10);
    assert!(!page.text.contains("Older entries"));

    let one = sold[7].entitlement.id.to_string();
    let page = browser.get(&format!("/vendor/audit?of={one}"));
    assert_eq!(entries(&page), 1);
    assert!(page.text.contains(&one));
    for nothing in [
        "0000-0000-0000-0000",
        "%25",
        "%3Cscript%3E",
        "com.acme.other",
    ] {
        let page = browser.get(&format!("/vendor/audit?of={nothing}&action="));
        assert_eq!(entries(&page), 0, "{nothing}");
        assert!(page.text.contains("There is no such entry."));
    }
}

#[test]
fn the_log_is_checked_alone_and_against_a_head() {
    let stage = Stage::new();
    let browser = stage.member(Role::Auditor);
    let page = post(&browser, "/vendor/audit/verify", &[]);
    assert_eq!(page.heading(), "The audit log is whole");
    assert!(page.text.contains("What this does not show"));
    let head = post(&browser, "/vendor/audit/head", &[]);
    let named = "attachment; filename=\"keyferry-audit.head\"";
    assert_eq!(head.header("content-disposition"), Some(named));
    assert!(head.text.contains("BEGIN KEYFERRY AUDIT HEAD"));
    let seal = seal(&browser.get("/vendor/account"));
    let check = |file: &[u8]| {
        let files = [("audit.head", file)];
        browser.bring("/vendor/audit/verify", &[("seal", &seal)], &files)
    };
    let page = check(&head.bytes);
    assert!(page.text.contains("It is the log whose head was taken on"));
    let page = check(b"no head at all");
    assert_eq!(page.status, 422);
    assert!(page.text.contains("KF-248"));
}

#[test]
fn the_whole_log_is_taken_along_as_the_command_line_writes_it() {
    let stage = Stage::new();
    let browser = stage.member(Role::Auditor);
    // More than is read at a time.
    for _ in 0..600 {
        stage.sell(1);
    }
    let page = post(&browser, "/vendor/audit/export", &[]);
    assert_eq!(page.status, 200);
    let mut written = Vec::new();
    stage
        .wait(stage.authority.export_audit(&mut written))
        .unwrap();
    assert!(page.bytes == written);
    assert!(page.text.lines().count() > 600);
}
