//! The vendor's pages: what is sold, what customers bought, and the computers that hold seats.

use keyferry_authority::{EntitlementKey, EntitlementStatus, Origin, Page as Part, Role};
use keyferry_fixtures::TestDevice;
use keyferry_token::{ActivationCode, HolderSecret, Refresh, Verified};

use crate::stage::{Browser, PRODUCT, Page, Stage, product};

pub(crate) fn seal(page: &Page) -> String {
    page.values("seal").remove(0)
}

/// Fills in the form of a page as it is, but for these fields.
pub(crate) fn send(browser: &Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Page {
    let seal = seal(&browser.get("/vendor"));
    let mut all = vec![("seal", seal.as_str())];
    all.extend(fields);
    browser.post(path, &all)
}

pub(crate) fn led_to(page: &Page) -> &str {
    assert_eq!(page.status, 303, "{}", page.text);
    page.header("location").unwrap()
}

const NEW_PRODUCT: [(&str, &str); 10] = [
    ("code", "com.acme.lab"),
    ("name", "Acme Lab"),
    ("features", "export, render"),
    ("offline", "yes"),
    ("grace", "7d"),
    ("emergency", "3d"),
    ("emergency_uses", "2"),
    ("rebinds", "1"),
    ("moves", "0"),
    ("lost", "3"),
];

/// The fields with another value in one of them.
fn but<'f>(fields: &[(&'f str, &'f str)], name: &str, value: &'f str) -> Vec<(&'f str, &'f str)> {
    let changed =
        |(given, was): &(&'f str, &'f str)| (*given, if *given == name { value } else { *was });
    fields.iter().map(changed).collect()
}

#[test]
fn a_product_is_added_and_changed_as_by_the_command_line() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let page = send(&admin, "/vendor/products/add", &NEW_PRODUCT);
    assert_eq!(led_to(&page), "/vendor/products?done=added");
    let list = admin.get("/vendor/products?done=added");
    assert!(list.text.contains("<bdi>Acme Lab</bdi>"));
    assert!(list.text.contains("2 of 3 days"));
    assert!(list.text.contains("1 / 0 / 3"));
    assert!(list.text.contains("Hand out your vendor profile again"));

    let form = admin.get("/vendor/product/com.acme.lab");
    assert_eq!(form.heading(), "Acme Lab");
    let features = form.between("name=\"features\"", ">");
    assert!(features.contains("export, render"));
    let changed = but(&NEW_PRODUCT[1..], "emergency", "");
    let page = send(&admin, "/vendor/product/com.acme.lab", &changed);
    assert_eq!(led_to(&page), "/vendor/products?done=changed");
    let page = send(&admin, "/vendor/product/com.acme.lab", &changed);
    assert_eq!(led_to(&page), "/vendor/products?done=unchanged");
    let named = but(&changed, "name", "Acme Lab 2");
    let page = send(&admin, "/vendor/product/com.acme.lab", &named);
    assert_eq!(led_to(&page), "/vendor/products?done=renamed");
    let code = keyferry_token::ProductCode::new("com.acme.lab").unwrap();
    let found = stage.wait(stage.authority.product(&code)).unwrap();
    assert_eq!((found.emergency, found.name.as_str()), (None, "Acme Lab 2"));
    assert_eq!(admin.get("/vendor/product/com.acme.none").status, 404);
}

#[test]
fn what_is_wrong_stands_beside_its_field_and_the_rest_stays() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    for (field, value, reference) in [
        ("code", "", "KF-830"),
        ("code", "Acme CAD", "KF-419"),
        ("code", PRODUCT, "KF-"),
        ("name", "", "KF-830"),
        ("grace", "soon", "KF-705"),
        ("emergency", "0d", "KF-705"),
        ("emergency_uses", "0", "KF-831"),
        ("emergency_uses", "300", "KF-831"),
        ("moves", "-1", "KF-831"),
    ] {
        let page = send(
            &admin,
            "/vendor/products/add",
            &but(&NEW_PRODUCT, field, value),
        );
        assert_eq!(page.status, 422, "{field}={value}");
        let input = page.between(&format!("<input id=\"{field}\""), ">");
        assert!(input.contains("aria-invalid=\"true\""), "{field}={value}");
        assert!(input.contains(&format!("value=\"{value}\"")), "{field}");
        assert!(page.text.contains(&format!("<a href=\"#{field}\">")));
        assert!(
            page.text.contains(&format!("Reference {reference}")),
            "{}",
            page.text
        );
        assert!(page.text.contains("<title>Error: Add a product"));
        if field != "name" {
            assert!(page.text.contains("value=\"Acme Lab\""), "{field}");
        }
    }
    assert_eq!(stage.wait(stage.authority.products()).unwrap().len(), 1);
}

const NEW_ENTITLEMENT: [(&str, &str); 6] = [
    ("product", PRODUCT),
    ("holder", "Example Works"),
    ("seats", "2"),
    ("offline_lease", "30d"),
    ("ends", "2099-12-31"),
    ("features", ""),
];

#[test]
fn a_trial_and_the_end_of_maintenance_are_kept_by_the_form() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let mut form = NEW_ENTITLEMENT.to_vec();
    form.extend([("trial", "yes"), ("maintenance_end", "2098-06-30")]);
    let endless: Vec<_> = form
        .iter()
        .filter(|(name, _)| *name != "ends")
        .copied()
        .collect();
    let page = send(&issuer, "/vendor/entitlements/add", &endless);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("id=\"ends-wrong\""));
    assert_eq!(send(&issuer, "/vendor/entitlements/add", &form).status, 200);
    let sold = stage
        .wait(stage.authority.entitlements(Part::first(9)))
        .unwrap();
    let sold = sold.items.last().unwrap().clone();
    assert!(sold.trial);
    let until = sold.maintenance_end.unwrap();
    assert_eq!(until.to_string(), "2098-06-30T23:59:59Z");
    let path = format!("/vendor/entitlement/{}/change", sold.id);
    let shown = issuer.get(&path).text;
    assert!(shown.contains("value=\"2098-06-30\"") && shown.contains("value=\"yes\" checked"));
    // Neither is lost when something else is changed.
    form.retain(|(name, _)| *name != "product");
    form.push(("seats", "3"));
    form.retain(|(name, value)| *name != "seats" || *value == "3");
    send(&issuer, &path, &form);
    let key = EntitlementKey::Id(sold.id);
    let changed = stage.wait(stage.authority.entitlement(&key)).unwrap();
    assert_eq!((changed.seats, changed.trial), (3, true));
    assert_eq!(changed.maintenance_end, sold.maintenance_end);
}

#[test]
fn the_code_and_the_secret_of_an_entitlement_are_shown_once() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let page = send(&issuer, "/vendor/entitlements/add", &NEW_ENTITLEMENT);
    assert_eq!(page.status, 200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let mut shown = page.text.split("<code>").skip(1);
    let mut next = || shown.next().unwrap().split("</code>").next().unwrap();
    let (code, secret) = (next().to_owned(), next().to_owned());
    let read = ActivationCode::read(&code).unwrap();
    HolderSecret::read(&secret).unwrap();
    let key = EntitlementKey::Code(read);
    let entitlement = stage.wait(stage.authority.entitlement(&key)).unwrap();
    assert_eq!(entitlement.seats, 2);
    for path in [
        "/vendor/entitlements",
        &format!("/vendor/entitlement/{}", entitlement.id),
    ] {
        let page = issuer.get(path);
        assert!(page.text.contains(&entitlement.hint), "{path}");
        assert!(!page.text.contains(&code), "{path}");
        assert!(!page.text.contains(&secret), "{path}");
    }
    // Another secret is shown once as well, and opens in the place of the first.
    let path = format!("/vendor/entitlement/{}/secret", entitlement.id);
    assert!(issuer.get(&path).text.contains("Make a new secret"));
    let page = send(&issuer, &path, &[]);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let fresh = page.text.split("<code>").nth(1).unwrap();
    let fresh = HolderSecret::read(fresh.split("</code>").next().unwrap()).unwrap();
    assert!(!page.text.contains(&code) && !page.text.contains(&secret));
    let from = Origin::Address([203, 0, 113, 7].into());
    let old = HolderSecret::read(&secret).unwrap();
    assert!(
        stage
            .wait(stage.authority.holder_enter(&old, &from))
            .is_err()
    );
    assert!(
        stage
            .wait(stage.authority.holder_enter(&fresh, &from))
            .is_ok()
    );
    // Pasted whole, a code leads to its entitlement, and never stands in an address.
    let found = send(&issuer, "/vendor/entitlements/find", &[("q", &code)]);
    assert_eq!(
        led_to(&found),
        format!("/vendor/entitlement/{}", entitlement.id)
    );
    let found = send(
        &issuer,
        "/vendor/entitlements/find",
        &[("q", "wörks & co"), ("show", "full")],
    );
    assert_eq!(
        led_to(&found),
        "/vendor/entitlements?q=w%C3%B6rks%20%26%20co&show=full"
    );
}

#[test]
fn entitlements_are_found_and_what_is_wrong_in_their_form_is_told() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    stage.sell_to(1, "Example Works");
    stage.sell_to(2, "Other Works");
    let names = |path: &str| {
        let page = issuer.get(path).text;
        ["Example Works", "Other Works"].map(|name| page.contains(name))
    };
    assert_eq!(names("/vendor/entitlements"), [true, true]);
    assert_eq!(names("/vendor/entitlements?q=OTHER"), [false, true]);
    assert_eq!(names("/vendor/entitlements?show=active"), [true, true]);
    assert_eq!(names("/vendor/entitlements?show=revoked"), [false, false]);
    assert_eq!(
        names("/vendor/entitlements?product=com.acme.none"),
        [false, false]
    );
    assert_eq!(issuer.get("/vendor/entitlements?after=nothing").status, 404);
    assert_eq!(issuer.get("/vendor/entitlement/0000").status, 404);

    for (field, value, reference) in [
        ("product", "", "KF-830"),
        ("seats", "many", "KF-831"),
        ("seats", "0", "KF-831"),
        ("offline_lease", "0d", "KF-705"),
        ("ends", "31.12.2027", "KF-704"),
        ("features", "ren\u{202e}der", "KF-417"),
    ] {
        let fields = but(&NEW_ENTITLEMENT, field, value);
        let page = send(&issuer, "/vendor/entitlements/add", &fields);
        assert_eq!(page.status, 422, "{field}={value}");
        assert!(
            page.text.contains(&format!("id=\"{field}-wrong\"")),
            "{field}"
        );
        assert!(
            page.text.contains(&format!("Reference {reference}")),
            "{field}"
        );
        assert!(page.text.contains("value=\"Example Works\""), "{field}");
    }
}

#[test]
fn an_entitlement_is_changed_suspended_and_revoked_after_a_question() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let sold = stage.sell(2);
    let id = sold.entitlement.id;
    let of = |what: &str| format!("/vendor/entitlement/{id}/{what}");
    let now = || {
        let key = EntitlementKey::Id(id);
        stage.wait(stage.authority.entitlement(&key)).unwrap()
    };
    let fields = &NEW_ENTITLEMENT[1..];
    let page = send(&issuer, &of("change"), &but(fields, "seats", "7"));
    assert_eq!(
        led_to(&page),
        format!("/vendor/entitlement/{id}?done=changed")
    );
    assert_eq!(now().seats, 7);
    let form = issuer.get(&of("change"));
    assert!(
        form.between("<input id=\"ends\"", ">")
            .contains("value=\"2099-12-31\"")
    );

    stage.activated(&mut TestDevice::new("press-04"), &sold.code);
    stage.activated(&mut TestDevice::new("press-05"), &sold.code);
    let fewer = send(&issuer, &of("change"), &but(fields, "seats", "1"));
    assert_eq!(fewer.status, 422);
    assert!(fewer.text.contains("id=\"seats-wrong\""));

    led_to(&send(&issuer, &of("suspend"), &[]));
    assert_eq!(now().status, EntitlementStatus::Suspended);
    let page = issuer.get(&format!("/vendor/entitlement/{id}?done=suspended"));
    assert!(page.text.contains("Put in force again"));
    assert!(!page.text.contains(">Suspend<"));
    led_to(&send(&issuer, &of("reinstate"), &[]));
    assert_eq!(now().status, EntitlementStatus::Active);

    let asked = issuer.get(&of("revoke"));
    assert!(asked.heading().starts_with("Revoke "));
    assert!(asked.text.contains("2 computers hold a seat."));
    assert_eq!(now().status, EntitlementStatus::Active);
    led_to(&send(&issuer, &of("revoke"), &[]));
    assert_eq!(now().status, EntitlementStatus::Revoked);
    let page = issuer.get(&format!("/vendor/entitlement/{id}"));
    assert!(!page.text.contains("Change or renew"));
    let late = send(&issuer, &of("reinstate"), &[]);
    assert_eq!(late.status, 422);
}

#[test]
fn an_activation_shows_what_it_got_and_sent_and_can_be_released() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let sold = stage.sell(2);
    let mut device = TestDevice::new("press-04");
    let id = stage.activated(&mut device, &sold.code).activation;
    let list = issuer.get("/vendor/activations?q=PRESS");
    assert!(list.text.contains("<bdi>press-04</bdi>"));
    assert!(
        !issuer
            .get("/vendor/activations?show=released")
            .text
            .contains("press-04")
    );
    let path = format!("/vendor/activation/{id}");
    let page = issuer.get(&path);
    assert_eq!(page.heading(), "press-04");
    assert!(page.text.contains("Answered a request"));
    assert!(page.text.contains("Activation request"));

    stage.clock.pass(keyferry_token::Seconds::new(600));
    let lease = send(&issuer, &format!("{path}/refresh"), &[]);
    assert_eq!(lease.heading(), "A new lease for press-04 is ready");
    assert!(lease.text.contains("/sign-out"));
    let text = lease.values("answer").remove(0);
    let read = keyferry_token::Artefact::read(text.as_bytes())
        .unwrap()
        .remove(0);
    let Ok(keyferry_token::Artefact::Token(token)) = read else {
        panic!("no token");
    };
    let refresh: Verified<Refresh> = stage.opened(&device, &token);
    assert_eq!(refresh.grant.activation, id);

    let asked = issuer.get(&format!("{path}/release"));
    assert_eq!(asked.heading(), "Release the seat of press-04?");
    let released = send(&issuer, &format!("{path}/release"), &[]);
    assert_eq!(led_to(&released), format!("{path}?done=released"));
    let page = issuer.get(&path);
    assert!(page.text.contains("Allow it again"));
    assert!(!page.text.contains("Make a new lease"));
    let again = send(&issuer, &format!("{path}/release"), &[]);
    assert_eq!(led_to(&again), format!("{path}?done=unchanged"));
    let allowed = send(&issuer, &format!("{path}/allow"), &[]);
    assert_eq!(led_to(&allowed), format!("{path}?done=allowed"));

    let entries = stage.wait(stage.authority.audit(keyferry_authority::Page::first(100)));
    let entries = entries.unwrap().items;
    for action in [
        "activation_refreshed",
        "activation_released",
        "device_allowed",
    ] {
        let entry = entries.iter().find(|entry| entry.action == action).unwrap();
        assert!(entry.actor.starts_with("account "), "{action}");
    }
}

#[test]
fn the_overview_leads_to_what_needs_attention() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let sold = stage.sell_to(1, "Example Works");
    assert!(admin.get("/vendor").text.contains("without a passphrase"));
    stage.activated(&mut TestDevice::new("press-04"), &sold.code);
    let mut late = TestDevice::new("press-05");
    let request = stage.request(&mut late, &sold.code);
    stage.wait(
        stage
            .authority
            .receive(&request.bytes, &keyferry_authority::Origin::Local),
    );
    let page = admin.get("/vendor");
    assert!(page.text.contains("1 entitlement has no free seat"));
    assert!(page.text.contains("1 message was refused within 7 days"));
    assert!(
        page.text
            .contains(&format!("/vendor/entitlement/{}", sold.entitlement.id))
    );
    // Keys are not everybody's matter.
    let support = stage.member(Role::Support);
    assert!(!support.get("/vendor").text.contains("without a passphrase"));
}

/// Every page and form that changes something, by its address.
fn changing(stage: &Stage) -> Vec<(String, bool)> {
    let sold = stage.sell(2);
    let activation = stage
        .activated(&mut TestDevice::new("press-04"), &sold.code)
        .activation;
    let (entitlement, product) = (sold.entitlement.id, product());
    let mut all: Vec<(String, bool)> = [
        "/vendor/products/add",
        "/vendor/entitlements/add",
        &format!("/vendor/entitlement/{entitlement}/change"),
        &format!("/vendor/entitlement/{entitlement}/revoke"),
        &format!("/vendor/activation/{activation}/release"),
        "/vendor/licenses/add",
        "/vendor/licenses/lists",
        "/vendor/products/import",
        "/vendor/entitlements/import",
    ]
    .map(|path| (path.to_owned(), true))
    .into();
    all.extend(
        [
            format!("/vendor/product/{product}"),
            format!("/vendor/entitlement/{entitlement}/suspend"),
            format!("/vendor/entitlement/{entitlement}/reinstate"),
            format!("/vendor/activation/{activation}/refresh"),
            format!("/vendor/activation/{activation}/allow"),
            "/vendor/products/import/do".to_owned(),
            "/vendor/entitlements/import/do".to_owned(),
            "/vendor/entitlements/import/results".to_owned(),
        ]
        .map(|path| (path, false)),
    );
    all
}

#[test]
fn who_may_only_look_is_shown_nothing_to_change_and_changes_nothing() {
    let stage = Stage::new();
    let changing = changing(&stage);
    for role in [Role::Support, Role::Auditor] {
        let browser = stage.member(role);
        let seal = seal(&browser.get("/vendor"));
        for (path, asks) in &changing {
            if *asks {
                let page = browser.get(path);
                assert_eq!(page.status, 403, "{role} {path}");
            }
            let page = browser.post(path, &[("seal", &seal)]);
            assert_eq!(page.status, 403, "{role} {path}");
        }
        for path in [
            "/vendor",
            "/vendor/products",
            &format!("/vendor/product/{PRODUCT}"),
            "/vendor/entitlements",
            "/vendor/activations",
            "/vendor/licenses",
        ] {
            let page = browser.get(path);
            assert_eq!(page.status, 200, "{role} {path}");
            for word in ["Add a", "Add an", "Make a", "Change the"] {
                assert!(
                    !page.text.contains(&format!(">{word}")),
                    "{role} {path} {word}"
                );
            }
        }
    }
    // Issuers sell, and leave products alone.
    let issuer = stage.member(Role::Issuer);
    assert_eq!(issuer.get("/vendor/products/add").status, 403);
    assert_eq!(issuer.get("/vendor/entitlements/add").status, 200);
}

#[test]
fn a_form_without_the_seal_of_its_session_changes_nothing_here_either() {
    let stage = Stage::new();
    let changing = changing(&stage);
    let admin = stage.member(Role::Admin);
    for (path, _) in changing {
        for given in ["", "AAAA"] {
            let page = admin.post(&path, &[("seal", given)]);
            assert_eq!(page.status, 403, "{path}");
            assert!(page.text.contains("Reference KF-805"), "{path}");
        }
    }
}
