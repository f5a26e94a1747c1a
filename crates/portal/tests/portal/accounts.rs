//! Signing in at the vendor's pages, and what one's role lets one see.

use keyferry_authority::{AccountChange, AccountName, Origin, Permission, Role};
use keyferry_token::{KeyPurpose, Seconds};

use crate::stage::{Browser, PASSWORD, Page, Stage, log};

const LINK_PAGE: &str = "/welcome";

fn invite(stage: &Stage, name: &str, role: Role) -> String {
    let name = AccountName::new(name).unwrap();
    let added = stage.authority.account_add(&name, role, &Origin::Local);
    stage.wait(added).unwrap().link.expose()
}

fn seal(page: &Page) -> String {
    page.values("seal").remove(0)
}

fn sign_in(browser: &Browser<'_>, name: &str, password: &str) -> Page {
    browser.post("/sign-in", &[("name", name), ("password", password)])
}

#[test]
fn a_link_leads_to_a_password_and_in() {
    let stage = Stage::new();
    let link = invite(&stage, "ada", Role::Admin);
    let browser = stage.browser();
    assert_eq!(browser.get(LINK_PAGE).status, 200);
    // As it is pasted, address and all.
    let whole = format!("https://license.acme.example/welcome#{link}");
    let page = browser.post(LINK_PAGE, &[("link", &whole)]);
    assert_eq!(page.heading(), "Set a password");
    assert!(page.text.contains("<bdi>ada</bdi>"));
    let set = |password: &str, again: &str| {
        let fields = [("link", &*link), ("password", password), ("again", again)];
        browser.post("/welcome/password", &fields)
    };
    for (password, again, reference) in [
        ("too short", "too short", "KF-812"),
        ("ada ada ada ada", "ada ada ada ada", "KF-814"),
        (PASSWORD, "four plain words there", "KF-815"),
    ] {
        let page = set(password, again);
        assert_eq!(page.status, 422, "{password}");
        assert!(page.text.contains(reference), "{password}");
        assert!(!page.text.contains(password), "{password}");
    }
    let page = set(PASSWORD, PASSWORD);
    assert_eq!(
        (page.status, page.header("location")),
        (303, Some("/vendor"))
    );
    assert_eq!(browser.get("/vendor/account").heading(), "Your account");
    // It counted once.
    let page = stage.browser().post(LINK_PAGE, &[("link", &link)]);
    assert!(page.text.contains("KF-816"));
    assert!(!page.text.contains(&link));
    assert!(!log().text().contains(&link));
    assert!(!log().text().contains(PASSWORD));
}

#[test]
fn whoever_has_not_signed_in_is_led_there_and_back() {
    let stage = Stage::new();
    stage.member(Role::Admin);
    let browser = stage.browser();
    let page = browser.get("/vendor/people?done=role");
    assert_eq!(page.status, 303);
    let to = page.header("location").unwrap().to_owned();
    assert_eq!(to, "/sign-in?to=/vendor/people%3Fdone%3Drole");
    let page = browser.get(&to);
    assert_eq!(page.heading(), "Sign in");
    let to = page.values("to").remove(0);
    let fields = [("name", "admin"), ("password", PASSWORD), ("to", &*to)];
    let page = browser.post("/sign-in", &fields);
    assert_eq!(page.header("location"), Some("/vendor/people?done=role"));
    // Whoever is in goes on.
    assert_eq!(browser.get("/sign-in").header("location"), Some("/vendor"));
    let elsewhere = browser.post(
        "/sign-in",
        &[
            ("name", "admin"),
            ("password", PASSWORD),
            ("to", "//evil.example"),
        ],
    );
    assert_eq!(elsewhere.header("location"), Some("/vendor"));
}

#[test]
fn a_form_without_a_session_does_nothing_and_leads_nowhere() {
    let stage = Stage::new();
    let page = stage.browser().post("/vendor/people", &[("name", "eve")]);
    assert_eq!(page.status, 403);
    assert!(page.text.contains("KF-805"));
    assert!(stage.wait(stage.authority.accounts()).unwrap().is_empty());
}

#[test]
fn what_is_wrong_is_told_alike_and_typed_passwords_are_not_written_back() {
    let stage = Stage::new();
    stage.member(Role::Admin);
    let mut shown = Vec::new();
    for name in ["admin", "nobody"] {
        let page = sign_in(&stage.browser(), name, "not the password");
        assert_eq!(page.status, 403);
        assert!(!page.text.contains("not the password"));
        assert_eq!(page.text.matches("aria-invalid").count(), 3);
        assert_eq!(page.header("set-cookie"), None);
        shown.push(page.text.replace(&format!("value=\"{name}\""), ""));
    }
    assert_eq!(shown[0], shown[1]);
}

#[test]
fn after_too_many_slips_the_page_says_how_long_to_wait() {
    let stage = Stage::new();
    stage.member(Role::Admin);
    for _ in 0..5 {
        sign_in(&stage.browser(), "admin", "wrong");
    }
    let page = sign_in(&stage.browser(), "admin", PASSWORD);
    assert_eq!((page.status, page.header("retry-after")), (429, Some("60")));
    // What waits, for how long, what helps; and the name stays.
    for told in [
        "KF-825",
        "for 1 min",
        "with this name or from this network",
        "have a link made",
        "keyferry-authority account invite",
        "value=\"admin\"",
    ] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    assert!(!page.text.contains("KF-107"));
    // Nothing that was filled in is called wrong, which is not known.
    assert!(!page.text.contains("aria-invalid") && !page.text.contains("name-wrong"));
}

#[test]
fn the_cookie_is_the_vendors_own_and_a_new_one_with_each_sign_in() {
    let stage = Stage::new();
    stage.member(Role::Admin);
    let browser = stage.browser();
    let first = sign_in(&browser, "admin", PASSWORD);
    let first = first.header("set-cookie").unwrap();
    assert!(first.starts_with("keyferry-vendor="));
    assert!(first.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"));
    let before = browser.cookie.lock().unwrap().clone();
    let second = sign_in(&browser, "admin", PASSWORD);
    assert_ne!(second.header("set-cookie").unwrap(), first);
    // The session before is over.
    *browser.cookie.lock().unwrap() = before;
    assert_eq!(browser.get("/vendor/account").status, 303);
    let tls = stage.browser().saying("host", "license.acme.example");
    let page = sign_in(&tls, "admin", PASSWORD);
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-keyferry-vendor="));
    assert!(cookie.ends_with("; Secure"));
}

#[test]
fn another_site_can_neither_sign_somebody_in_nor_send_their_forms() {
    let stage = Stage::new();
    stage.member(Role::Admin);
    let evil = stage.browser().saying("sec-fetch-site", "cross-site");
    assert_eq!(sign_in(&evil, "admin", PASSWORD).status, 403);
    let own = stage.member(Role::Admin);
    let own_page = own.get("/vendor/account");
    let other = stage.member(Role::Admin);
    for path in [
        "/vendor/account/password",
        "/vendor/account/app",
        "/vendor/account/app/confirm",
        "/vendor/account/app/remove",
        "/vendor/account/recovery-codes",
        "/vendor/account/others",
        "/vendor/people",
        "/sign-out",
    ] {
        for fields in [vec![], vec![("seal", seal(&own_page))]] {
            let fields: Vec<_> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let page = other.post(path, &fields);
            assert_eq!(page.status, 403, "{path}");
            assert!(page.text.contains("KF-805"), "{path}");
        }
    }
}

#[test]
fn signing_out_ends_the_session() {
    let stage = Stage::new();
    let browser = stage.member(Role::Support);
    let cookie = browser.cookie.lock().unwrap().clone();
    let page = browser.get("/vendor/account");
    let page = browser.post("/sign-out", &[("seal", &seal(&page))]);
    assert_eq!(page.header("location"), Some("/sign-in?out=yes"));
    assert!(
        browser
            .get("/sign-in?out=yes")
            .text
            .contains("You are signed out.")
    );
    *browser.cookie.lock().unwrap() = cookie;
    assert_eq!(browser.get("/vendor/account").status, 303);
}

#[test]
fn a_session_that_rested_too_long_is_over() {
    let stage = Stage::new();
    let browser = stage.member(Role::Support);
    stage.clock.pass(Seconds::new(31 * 60));
    assert_eq!(browser.get("/vendor/account").status, 303);
}

#[test]
fn with_another_role_there_are_other_pages_at_once() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    stage.member(Role::Admin);
    assert!(
        browser
            .get("/vendor/account")
            .text
            .contains("/vendor/people")
    );
    let first = AccountName::new("admin").unwrap();
    let account = stage.wait(stage.authority.account_named(&first)).unwrap();
    let support = AccountChange {
        role: Some(Role::Support),
        ..AccountChange::default()
    };
    let changed = stage
        .authority
        .account_change(account.id, support, &Origin::Local);
    stage.wait(changed).unwrap();
    assert!(
        !browser
            .get("/vendor/account")
            .text
            .contains("/vendor/people")
    );
    let page = browser.get("/vendor/people");
    assert_eq!(page.status, 403);
    assert!(page.text.contains("KF-818"));
    // What stands around it is still theirs.
    assert!(page.text.contains("Sign out"));
}

#[test]
fn people_are_for_those_alone_who_may_manage_access() {
    let stage = Stage::new();
    for role in Role::ALL {
        let browser = stage.member(role);
        let status = if role.may(Permission::ManageAccess) {
            200
        } else {
            403
        };
        assert_eq!(browser.get("/vendor/people").status, status, "{role}");
        let own = browser.get("/vendor/account");
        let fields = [("seal", &*seal(&own)), ("name", "eve"), ("role", "admin")];
        assert_eq!(
            browser.post("/vendor/people", &fields).status,
            status,
            "{role}"
        );
    }
}

#[test]
fn an_admin_adds_somebody_and_the_link_is_shown_once() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let page = browser.get("/vendor/people");
    let seal = seal(&page);
    let add = |name: &str| {
        let fields = [("seal", &*seal), ("name", name), ("role", "issuer")];
        browser.post("/vendor/people", &fields)
    };
    let page = add("Bob");
    assert_eq!(page.heading(), "A link for bob");
    let code = page.between("<p class=\"key\"><code dir=\"ltr\">", "</code>");
    assert!(
        page.text
            .contains(&format!("https://license.acme.example/welcome#{code}"))
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(!browser.get("/vendor/people").text.contains(&code));
    for (name, reference) in [("bob", "KF-820"), ("<b>bob</b>", "KF-821")] {
        let page = add(name);
        assert_eq!(page.status, 422, "{name}");
        assert!(page.text.contains(reference), "{name}");
    }
    let page = stage.browser().post(LINK_PAGE, &[("link", &code)]);
    assert_eq!(page.heading(), "Set a password");
}

#[test]
fn an_admin_gives_roles_and_shuts_out_and_the_last_one_stays() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let bob = stage.member(Role::Issuer);
    let page = browser.get("/vendor/people");
    let id = |name: &str| {
        let mut rows = page.text.split("/vendor/people/").skip(1);
        let row = rows.find(|row| row.contains(name)).unwrap();
        row.split('"').next().unwrap().to_owned()
    };
    let (own, other) = (id("<bdi>admin<"), id("<bdi>issuer<"));
    let seal = seal(&page);
    let send = |id: &str, what: &str, role: &str| {
        let fields = [("seal", &*seal), ("role", role), ("sure", "yes")];
        browser.post(&format!("/vendor/people/{id}/{what}"), &fields)
    };
    for (what, role) in [("role", "support"), ("disable", "")] {
        let page = send(&own, what, role);
        assert_eq!(page.status, 422);
        assert!(page.text.contains("KF-823"));
    }
    let page = send(&other, "role", "auditor");
    let to = page.header("location").unwrap().to_owned();
    assert!(
        browser
            .get(&to)
            .text
            .contains("The role is another one now")
    );
    assert_eq!(bob.get("/vendor/account").status, 200);
    assert_eq!(send(&other, "disable", "").status, 303);
    assert_eq!(bob.get("/vendor/account").status, 303);
    assert_eq!(send(&other, "link", "").status, 422);
    assert_eq!(send(&other, "enable", "").status, 303);
    assert_eq!(send(&other, "link", "").status, 200);
    assert_eq!(send("0000-0000-0000-0000", "disable", "").status, 404);
    assert_eq!(send("nobody", "disable", "").status, 404);
}

#[test]
fn a_password_is_changed_by_whoever_knows_it() {
    let stage = Stage::new();
    let browser = stage.member(Role::Support);
    let seal = seal(&browser.get("/vendor/account"));
    let change = |current: &str, new: &str, again: &str| {
        let fields = [
            ("seal", &*seal),
            ("current", current),
            ("new", new),
            ("again", again),
        ];
        browser.post("/vendor/account/password", &fields)
    };
    let other = "words of another kind";
    for (current, new, again, reference) in [
        ("wrong", other, other, "KF-811"),
        (PASSWORD, "short", "short", "KF-812"),
        (PASSWORD, other, "something else", "KF-815"),
    ] {
        let page = change(current, new, again);
        assert_eq!(page.status, 422, "{reference}");
        assert!(page.text.contains(reference), "{reference}");
    }
    assert_eq!(change(PASSWORD, other, other).status, 303);
    assert_eq!(sign_in(&stage.browser(), "support", PASSWORD).status, 403);
    assert_eq!(sign_in(&stage.browser(), "support", other).status, 303);
}

#[test]
fn the_app_and_the_recovery_codes_are_shown_once() {
    let stage = Stage::new();
    let browser = stage.member(Role::Support);
    let seal = seal(&browser.get("/vendor/account"));
    let post = |path: &str, more: (&str, &str)| {
        browser.post(
            &format!("/vendor/account/{path}"),
            &[("seal", &*seal), more],
        )
    };
    assert_eq!(post("app", ("password", "wrong")).status, 422);
    let page = post("app", ("password", PASSWORD));
    assert_eq!(page.heading(), "Set up an app");
    assert!(page.text.contains("otpauth://totp/Acme%20%3Cb%3ETools"));
    let secret = page.between("<p class=\"key\"><code dir=\"ltr\">", "</code>");
    let wrong = post("app/confirm", ("code", "000000"));
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains(&secret));
    let code = stage.app_code(&secret);
    let page = post("app/confirm", ("code", &code));
    assert_eq!(page.heading(), "Your recovery codes");
    assert_eq!(page.text.matches("<li><code>").count(), 10);
    let recovery = page.between("<li><code>", "</code>");
    let own = browser.get("/vendor/account");
    assert!(own.text.contains("Recovery codes left: 10."));
    assert!(!own.text.contains(&secret) && !own.text.contains(&recovery));
    assert_eq!(sign_in(&stage.browser(), "support", PASSWORD).status, 403);
    let fields = [
        ("name", "support"),
        ("password", PASSWORD),
        ("code", &*recovery),
    ];
    assert_eq!(stage.browser().post("/sign-in", &fields).status, 303);
}

#[test]
fn no_page_of_the_vendors_is_kept_by_a_browser_or_shown_to_others() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    for path in ["/vendor/account", "/vendor/people"] {
        let page = browser.get(path);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(stage.browser().get(path).status, 303, "{path}");
    }
}

/// What decides over people and keys, with what its form brings.
fn grave(stage: &Stage, other: &str) -> Vec<(String, Vec<(&'static str, String)>)> {
    let keys = stage.wait(stage.authority.keys()).unwrap();
    let signing = keys.iter().find(|key| key.purpose == KeyPurpose::Signing);
    let key = signing.unwrap().id.to_string();
    let yes = || ("sure", "yes".to_owned());
    let role = || ("role", "auditor".to_owned());
    let person = |what: &str| format!("/vendor/people/{other}/{what}");
    vec![
        (
            "/vendor/people".to_owned(),
            vec![("name", "eve".to_owned()), role()],
        ),
        (person("role"), vec![role()]),
        (person("enable"), vec![]),
        (person("link"), vec![yes()]),
        (
            "/vendor/keys/replace/signing".to_owned(),
            vec![("key", key.clone())],
        ),
        (format!("/vendor/keys/{key}/retire"), vec![yes()]),
        (
            "/vendor/tokens".to_owned(),
            vec![
                ("name", "Shop".to_owned()),
                ("scope", "products:read".to_owned()),
                ("scope", "licenses:read".to_owned()),
            ],
        ),
    ]
}

#[test]
fn an_open_screen_alone_decides_over_neither_people_nor_keys() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    stage.member(Role::Issuer);
    let issuer = AccountName::new("issuer").unwrap();
    let issuer = stage.wait(stage.authority.account_named(&issuer)).unwrap();
    let seal = seal(&browser.get("/vendor/account"));
    let before = stage.wait(stage.authority.accounts()).unwrap();
    stage.clock.pass(Seconds::new(10 * 60));
    let forms = grave(&stage, &issuer.id.to_string());
    for (index, (path, fields)) in forms.iter().enumerate() {
        let send = |password: &[(&'static str, &str)]| {
            let mut all = vec![("seal", &*seal)];
            all.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
            all.extend_from_slice(password);
            browser.post(path, &all)
        };
        let page = send(&[]);
        assert_eq!(page.status, 403, "{path}");
        assert_eq!(page.heading(), "Your password once more", "{path}");
        assert!(page.text.contains(&format!("action=\"{path}\"")), "{path}");
        for (name, value) in fields {
            assert!(page.values(name).contains(value), "{path} {name}");
        }
        // More slips would have to wait.
        if index >= 3 {
            continue;
        }
        let page = send(&[("password", "not the password")]);
        assert_eq!(page.status, 422, "{path}");
        assert!(page.text.contains("KF-811"), "{path}");
        assert!(!page.text.contains("not the password"), "{path}");
    }
    assert_eq!(stage.wait(stage.authority.accounts()).unwrap(), before);
    // With it each goes on, and for a while without it.
    let (path, fields) = &forms[1];
    let send = |more: &[(&'static str, &str)]| {
        let mut all = vec![("seal", &*seal), (fields[0].0, &*fields[0].1)];
        all.extend_from_slice(more);
        browser.post(path, &all).status
    };
    assert_eq!(send(&[("password", PASSWORD)]), 303);
    stage.clock.pass(Seconds::new(10 * 60 - 1));
    assert_eq!(send(&[]), 303);
    stage.clock.pass(Seconds::new(1));
    assert_eq!(send(&[]), 403);
}

#[test]
fn nobody_makes_a_link_for_their_own_account() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let name = AccountName::new("admin").unwrap();
    let own = stage.wait(stage.authority.account_named(&name)).unwrap().id;
    let page = browser.get(&format!("/vendor/people/{own}"));
    assert!(!page.text.contains("Make a new link"));
    let fields = [("seal", &*seal(&page)), ("sure", "yes")];
    let page = browser.post(&format!("/vendor/people/{own}/link"), &fields);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("KF-818"));
}

#[test]
fn shutting_out_and_new_links_are_confirmed_and_a_link_is_taken_back() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let bob = stage.member(Role::Issuer);
    let name = AccountName::new("issuer").unwrap();
    let id = stage.wait(stage.authority.account_named(&name)).unwrap().id;
    let path = format!("/vendor/people/{id}");
    let seal = seal(&browser.get(&path));
    let send = |what: &str, sure: &str| {
        let fields = [("seal", &*seal), ("sure", sure)];
        browser.post(&format!("{path}/{what}"), &fields)
    };
    for what in ["disable", "link"] {
        let page = send(what, "");
        assert_eq!(page.status, 422, "{what}");
        assert!(page.text.contains("KF-824"), "{what}");
        let box_of_it =
            format!("id=\"{what}-sure\" name=\"sure\" value=\"yes\" required aria-invalid");
        assert!(page.text.contains(&box_of_it), "{what}");
    }
    assert_eq!(bob.get("/vendor/account").status, 200);
    assert!(!browser.get(&path).text.contains("Take the link back"));
    let link = send("link", "yes");
    let code = link.between("<p class=\"key\"><code dir=\"ltr\">", "</code>");
    assert!(browser.get(&path).text.contains("Take the link back"));
    assert_eq!(send("link/drop", "").status, 303);
    assert_eq!(
        send("link/drop", "").header("location"),
        Some(&*format!("{path}?done=unchanged"))
    );
    let page = stage.browser().post(LINK_PAGE, &[("link", &code)]);
    assert!(page.text.contains("KF-816"));
    // Of one's own account it says what that means.
    let name = AccountName::new("admin").unwrap();
    let own = stage.wait(stage.authority.account_named(&name)).unwrap().id;
    let page = browser.get(&format!("/vendor/people/{own}"));
    assert!(page.text.contains("I mean to shut myself out."));
}

#[test]
fn recovery_codes_are_replaced_by_whoever_means_it() {
    let stage = Stage::new();
    let browser = stage.member(Role::Support);
    let seal = seal(&browser.get("/vendor/account"));
    let post = |path: &str, more: &[(&'static str, &str)]| {
        let mut fields = vec![("seal", &*seal), ("password", PASSWORD)];
        fields.extend_from_slice(more);
        browser.post(&format!("/vendor/account/{path}"), &fields)
    };
    let page = post("app", &[]);
    let secret = page.between("<p class=\"key\"><code dir=\"ltr\">", "</code>");
    let code = stage.app_code(&secret);
    let page = post("app/confirm", &[("code", &code)]);
    let recovery = page.between("<li><code>", "</code>");
    // Each button is the only one of its form: Enter presses no other.
    let page = browser.get("/vendor/account");
    assert!(!page.text.contains("formaction"));
    for form in page.text.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap();
        assert_eq!(form.matches("type=\"submit\"").count(), 1, "{form}");
    }
    let page = post("recovery-codes", &[]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("KF-824"));
    let fields = [
        ("name", "support"),
        ("password", PASSWORD),
        ("code", &*recovery),
    ];
    assert_eq!(stage.browser().post("/sign-in", &fields).status, 303);
    let page = post("recovery-codes", &[("sure", "yes")]);
    assert_eq!(page.heading(), "Your recovery codes");
}

#[test]
fn what_ends_with_an_account_is_named_before_it_is_switched_off() {
    let stage = Stage::new();
    let browser = stage.member(Role::Admin);
    let bob = stage.member(Role::Admin);
    let fields = [
        ("seal", &*seal(&bob.get("/vendor/account"))),
        ("name", "Web <b>shop</b>"),
        ("scope", "products:read"),
        ("days", "30"),
    ];
    assert_eq!(bob.post("/vendor/tokens", &fields).status, 200);
    let accounts = stage.wait(stage.authority.accounts()).unwrap();
    let id = accounts
        .iter()
        .find(|one| one.name.as_str() != "admin")
        .unwrap()
        .id;
    let path = format!("/vendor/people/{id}");
    let page = browser.get(&path);
    assert!(
        page.text.contains("1 API token that it made is taken back"),
        "{}",
        page.text
    );
    assert!(page.text.contains("Web &#60;b&#62;shop&#60;/b&#62;"));
    // A role that allows what it does leaves it.
    assert!(page.text.contains("allow more than the new role"));
    let role = [("seal", &*seal(&page)), ("role", "support")];
    let done = browser.post(&format!("{path}/role"), &role);
    let done = done.header("location").unwrap();
    assert!(done.ends_with("?done=role"), "{done}");
    let fields = [("seal", &*seal(&page)), ("sure", "yes")];
    let done = browser.post(&format!("{path}/disable"), &fields);
    let shown = browser.get(done.header("location").unwrap());
    assert!(
        shown
            .text
            .contains("API tokens that it made are taken back.")
    );
    assert!(!shown.text.contains("Web &#60;b&#62;"));
    let tokens = browser.get("/vendor/tokens");
    assert!(tokens.text.contains("Taken back on"));
}
