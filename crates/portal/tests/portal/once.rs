//! Forms that make something: pressed twice, at one portal or at two, they make it once.

use std::{sync::Barrier, thread};

use keyferry_authority::{Origin, Page as Part, Role, WebhookAddress};
use keyferry_token::Seconds;

use crate::stage::{Browser, PRODUCT, Page, Stage};

/// A form that makes something.
struct Making {
    /// The page that shows it, and where it goes.
    page: String,
    action: String,
    fields: Vec<(&'static str, &'static str)>,
    /// Where a second sending leads.
    made: &'static str,
    /// What it says of a secret that was shown.
    advice: &'static str,
}

fn making(
    page: impl Into<String>,
    below: &str,
    fields: &[(&'static str, &'static str)],
    made: &'static str,
    advice: &'static str,
) -> Making {
    let page = page.into();
    Making {
        action: format!("{page}{below}"),
        page,
        fields: fields.to_vec(),
        made,
        advice,
    }
}

const LICENSE: [(&str, &str); 3] = [
    ("product", PRODUCT),
    ("bound", "unbound"),
    ("expires", "2099-12-31"),
];
const SOLD: [(&str, &str); 3] = [
    ("product", PRODUCT),
    ("seats", "5"),
    ("offline_lease", "30d"),
];

/// All of them, with what they are about.
fn all(stage: &Stage, admin: &Browser<'_>) -> Vec<Making> {
    let sold = stage.sell(1).entitlement.id;
    let address = WebhookAddress::new("https://crm.acme.example/hooks").unwrap();
    let added = stage.authority.webhook_add(&address, &[], &Origin::Local);
    let webhook = stage.wait(added).unwrap().webhook.id;
    stage.member(Role::Issuer);
    let accounts = stage.wait(stage.authority.accounts()).unwrap();
    let issuer = accounts
        .iter()
        .find(|one| one.role == Role::Issuer)
        .unwrap()
        .id;
    let made = send(admin, &making("/vendor/licenses/add", "", &LICENSE, "", ""));
    let license = made
        .header("location")
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let product = [
        ("code", "com.acme.lab"),
        ("name", "Acme Lab"),
        ("grace", "0d"),
        ("rebinds", "1"),
        ("moves", "1"),
        ("lost", "1"),
    ];
    let person = format!("/vendor/people/{issuer}");
    let hook = format!("/vendor/webhooks/{webhook}");
    vec![
        making(
            "/vendor/products/add",
            "",
            &product,
            "/vendor/product/com.acme.lab",
            "",
        ),
        making(
            "/vendor/entitlements/add",
            "",
            &SOLD,
            "/vendor/entitlement/",
            "activation code",
        ),
        making(
            format!("/vendor/entitlement/{sold}/secret"),
            "",
            &[],
            "/vendor/entitlement/",
            "holder secret",
        ),
        making("/vendor/licenses/add", "", &LICENSE, "/vendor/license/", ""),
        making(
            format!("{license}/reissue"),
            "",
            &[("bound", "keep"), ("expires", "2099-11-30")],
            "/vendor/license/",
            "",
        ),
        making(
            "/vendor/people",
            "",
            &[("name", "eve"), ("role", "support")],
            "/vendor/people/",
            "The link was shown",
        ),
        making(
            person,
            "/link",
            &[("sure", "yes")],
            "/vendor/people/",
            "The link was shown",
        ),
        making(
            "/vendor/tokens",
            "",
            &[
                ("name", "Web shop"),
                ("scope", "products:read"),
                ("days", "30"),
            ],
            "/vendor/tokens/",
            "Its secret was shown",
        ),
        making(
            "/vendor/webhooks",
            "",
            &[("url", "https://shop.acme.example/hooks")],
            "/vendor/webhooks/",
            "Its secret was shown",
        ),
        making(
            hook,
            "/new-secret",
            &[],
            "/vendor/webhooks/",
            "Its secret was shown",
        ),
    ]
}

/// What the page puts into its form by itself, with the fields.
fn filled<'f>(hidden: &'f [String; 2], fields: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let mut filled = vec![("seal", &*hidden[0]), ("mark", &*hidden[1])];
    filled.extend(fields);
    filled
}

fn hidden(page: &Page) -> [String; 2] {
    assert_eq!(page.status, 200, "{}", page.text);
    ["seal", "mark"].map(|name| page.values(name).remove(0))
}

fn send(browser: &Browser<'_>, form: &Making) -> Page {
    let hidden = hidden(&browser.get(&form.page));
    browser.post(&form.action, &filled(&hidden, &form.fields))
}

/// How much the log tells.
fn told(stage: &Stage) -> usize {
    let entries = stage.wait(stage.authority.audit(Part::first(1000)));
    entries.unwrap().items.len()
}

#[test]
fn a_form_that_is_sent_twice_makes_one_and_leads_to_it() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    for form in all(&stage, &admin) {
        let hidden = hidden(&admin.get(&form.page));
        let fields = filled(&hidden, &form.fields);
        let first = admin.post(&form.action, &fields);
        assert!(
            [200, 303].contains(&first.status),
            "{}: {}",
            form.action,
            first.text
        );
        let before = told(&stage);
        let second = admin.post(&form.action, &fields);
        assert_eq!(second.status, 409, "{}: {}", form.action, second.text);
        assert_eq!(told(&stage), before, "{}", form.action);
        assert!(second.text.contains("KF-808"), "{}", form.action);
        assert!(
            second.text.contains(form.advice),
            "{}: {}",
            form.action,
            second.text
        );
        let link = second.between("<p class=\"acts\"><a class=\"button\" href=\"", "\"");
        assert!(link.starts_with(form.made), "{}: {link}", form.action);
        assert_eq!(admin.get(&link).status, 200, "{link}");
        // What was shown once is not shown again.
        for secret in ["class=\"big\"", "class=\"key\"", "class=\"secret\""] {
            assert!(!second.text.contains(secret), "{}", form.action);
        }
    }
}

#[test]
fn a_list_that_is_brought_twice_is_kept_once() {
    let stage = Stage::new();
    let issuer = stage.member(Role::Issuer);
    let page = "/vendor/licenses/lists";
    let hidden = hidden(&issuer.get(page));
    let list = format!("product;unbound\n{PRODUCT};yes\n");
    let files: [(&str, &[u8]); 1] = [("orders.csv", list.as_bytes())];
    let first = issuer.bring(page, &filled(&hidden, &[]), &files);
    assert_eq!(first.status, 303);
    let second = issuer.bring(page, &filled(&hidden, &[]), &files);
    assert_eq!(second.status, 409);
    assert!(second.text.contains(first.header("location").unwrap()));
    let lists = stage.wait(stage.authority.license_lists(Part::first(9)));
    assert_eq!(lists.unwrap().items.len(), 1);
}

#[test]
fn the_same_form_at_two_portals_at_once_makes_one() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let second = stage.another_portal();
    let product = ["com.acme.lab", "com.acme.pen"];
    for (round, code) in product.into_iter().enumerate() {
        let new = [
            ("code", code),
            ("name", "Acme Lab"),
            ("grace", "0d"),
            ("rebinds", "1"),
            ("moves", "1"),
            ("lost", "1"),
        ];
        for (path, fields) in [
            ("/vendor/entitlements/add", SOLD.as_slice()),
            ("/vendor/licenses/add", &LICENSE),
            ("/vendor/products/add", &new),
        ] {
            let hidden = hidden(&admin.get(path));
            let fields = filled(&hidden, fields);
            let before = told(&stage);
            let begin = Barrier::new(6);
            let statuses: Vec<u16> = thread::scope(|scope| {
                let windows = (0..6).map(|number| {
                    let address = if number % 2 == 0 {
                        stage.address
                    } else {
                        second
                    };
                    let (window, fields, begin) = (admin.beside(address), &fields, &begin);
                    scope.spawn(move || {
                        begin.wait();
                        window.post(path, fields).status
                    })
                });
                let windows: Vec<_> = windows.collect();
                windows.into_iter().map(|one| one.join().unwrap()).collect()
            });
            let refused = statuses.iter().filter(|status| **status == 409).count();
            assert_eq!(refused, 5, "{path}, round {round}: {statuses:?}");
            assert_eq!(told(&stage), before + 1, "{path}");
        }
    }
}

#[test]
fn a_form_that_was_open_for_too_long_keeps_what_was_filled_in() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let forms = all(&stage, &admin);
    let pages: Vec<_> = forms
        .iter()
        .map(|form| hidden(&admin.get(&form.page)))
        .collect();
    // Somebody is at work meanwhile: the session goes on.
    for _ in 0..9 {
        stage.clock.pass(Seconds::new(27 * 60));
        assert_eq!(admin.get("/vendor").status, 200);
    }
    let before = told(&stage);
    for (form, hidden) in forms.iter().zip(&pages) {
        let mut fields = filled(hidden, &form.fields);
        fields.push(("password", crate::stage::PASSWORD));
        let page = admin.post(&form.action, &fields);
        assert_eq!(page.status, 422, "{}", form.action);
        assert!(
            page.text.contains("KF-809"),
            "{}: {}",
            form.action,
            page.text
        );
        for (name, value) in &form.fields {
            let typed = [
                ("seats", "5"),
                ("expires", "2099-12-31"),
                ("name", "Acme Lab"),
                ("name", "eve"),
                ("name", "Web shop"),
            ];
            if typed.contains(&(name, value)) {
                assert!(
                    page.text.contains(&format!("value=\"{value}\"")),
                    "{}: {name}",
                    form.action
                );
            }
        }
        assert_eq!(told(&stage), before, "{}", form.action);
        // What is shown again has another mark.
        assert_ne!(page.values("mark").remove(0), hidden[1]);
    }
    assert_eq!(send(&admin, &forms[0]).status, 303);
}

#[test]
fn a_mark_counts_for_its_own_form_alone() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let other = hidden(&admin.get("/vendor/products/add"));
    let page = admin.post("/vendor/entitlements/add", &filled(&other, &SOLD));
    assert_eq!(page.status, 422);
    assert!(page.text.contains("KF-809"));
    assert!(page.text.contains("value=\"5\""));
}
