//! The vendor profile at the portal: who sees it, how a change is looked at, and when it counts.

use data_encoding::BASE64;
use keyferry_authority::Role;
use keyferry_token::Seconds;

use crate::{
    sold::{led_to, seal},
    stage::{Browser, PASSWORD, Page, Stage},
};

const PREVIEW: &str = "/vendor/profile/preview";
const CHANGE: &str = "/vendor/profile/change";

/// A picture of one red pixel.
const LOGO: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

const FIELDS: [(&str, &str); 4] = [
    ("name", "Acme Tools & Söhne"),
    ("support", "help@acme.example"),
    ("portal", "https://license.acme.example"),
    ("colour", "#ffee00"),
];

fn look(browser: &Browser<'_>, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Page {
    let seal = seal(&browser.get("/vendor"));
    let fields: Vec<_> = [("seal", &*seal)].iter().chain(fields).copied().collect();
    browser.bring(PREVIEW, &fields, files)
}

/// Presses the button of a page that shows how it will look.
fn press(browser: &Browser<'_>, shown: &Page, path: &str, more: &[(&str, &str)]) -> Page {
    let names = ["name", "support", "portal", "colour", "logo", "number"];
    let fields = names.map(|name| (name, shown.values(name).pop().unwrap()));
    let seal = seal(shown);
    let mut all = vec![("seal", seal.as_str())];
    all.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
    all.extend(more);
    browser.bring(path, &all, &[])
}

#[test]
fn a_change_is_looked_at_made_and_shown_at_once() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let before = stage.wait(stage.authority.profile()).unwrap();
    let logo = BASE64.decode(LOGO.as_bytes()).unwrap();
    let shown = look(&admin, &FIELDS, &[("acme.png", &logo)]);
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert_eq!(shown.heading(), "How it will look");
    let picture = format!("<img src=\"data:image/png;base64,{LOGO}\"");
    let escaped = picture.replace('+', "&#43;");
    assert!(
        shown.text.contains(&picture) || shown.text.contains(&escaped),
        "{}",
        shown.text
    );
    let policy = shown.header("content-security-policy").unwrap();
    assert!(policy.contains("img-src 'self' data:"));
    assert!(!policy.contains("unsafe"));
    // Yellow cannot be read on white: what is shown in its place is said.
    assert!(shown.text.contains("On light pages that is #"));
    let style = admin.get("/vendor/profile/face.css?colour=ffee00");
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
    assert!(style.text.contains(".face-light { --accent: #"));
    let same = stage.wait(stage.authority.profile()).unwrap();
    assert_eq!(same, before);

    let page = press(&admin, &shown, CHANGE, &[]);
    assert_eq!(led_to(&page), "/vendor/profile?done=changed");
    let after = stage.wait(stage.authority.profile()).unwrap();
    assert_eq!(after.number, before.number + 1);
    assert_eq!(after.name.as_str(), "Acme Tools & Söhne");
    assert_eq!(after.logo, Some(logo));
    let page = admin.get("/vendor/profile?done=changed");
    let header = page.between("<header", "</header>");
    assert!(header.contains("Acme Tools & Söhne") && header.contains("/logo.png"));
    assert!(page.text.contains("help@acme.example"));
    assert!(page.text.contains(&after.fingerprint().to_string()));
    let file = admin.get("/vendor/profile/vendor.kfv");
    let written = std::fs::read(stage.authority.profile_file()).unwrap();
    assert_eq!(file.bytes, written);

    // Sent once more, nothing changes; taken away, it is gone.
    let page = press(&admin, &shown, CHANGE, &[]);
    assert_eq!(led_to(&page), "/vendor/profile?done=unchanged");
    let without = [("name", "Acme"), ("no_logo", "yes")];
    let shown = look(&admin, &without, &[]);
    led_to(&press(&admin, &shown, CHANGE, &[]));
    let after = stage.wait(stage.authority.profile()).unwrap();
    assert_eq!(
        (after.support, after.portal, after.colour, after.logo),
        (None, None, None, None)
    );
}

#[test]
fn what_somebody_else_changed_meanwhile_is_shown_before_it_is_overwritten() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let other = stage.member(Role::Admin);
    let form = admin.get(CHANGE);
    let number = form.values("number").pop().unwrap();
    let shown = look(&admin, &FIELDS, &[]);
    let theirs = [("name", "Acme"), ("support", "theirs@acme.example")];
    led_to(&press(&other, &look(&other, &theirs, &[]), CHANGE, &[]));
    let before = stage.wait(stage.authority.profile()).unwrap();

    // Also where only the form was opened before.
    let fields: Vec<_> = FIELDS.into_iter().chain([("number", &*number)]).collect();
    let late = look(&admin, &fields, &[]);
    let again = press(&admin, &shown, CHANGE, &[]);
    for page in [&late, &again] {
        assert_eq!((page.status, &*page.heading()), (409, "How it will look"));
        assert!(page.text.contains("was changed meanwhile"));
        assert!(page.text.contains("theirs@acme.example"), "{}", page.text);
    }
    let now = stage.wait(stage.authority.profile()).unwrap();
    assert_eq!(now, before);
    let page = press(&admin, &again, CHANGE, &[]);
    assert_eq!(led_to(&page), "/vendor/profile?done=changed");
}

#[test]
fn what_was_typed_and_chosen_comes_back_to_the_form() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let logo = BASE64.decode(LOGO.as_bytes()).unwrap();
    let shown = look(&admin, &FIELDS, &[("acme.png", &logo)]);
    let form = press(&admin, &shown, PREVIEW, &[("edit", "yes")]);
    assert_eq!(form.heading(), "Change the vendor profile");
    assert!(form.text.contains("help@acme.example"));
    assert!(form.text.contains("The one that you chose is kept"));
    assert_eq!(form.values("logo").len(), 1);

    for (field, value, at, reference) in [
        ("name", "", "name", "KF-830"),
        ("portal", "http://acme.example", "portal", "KF-"),
        ("colour", "blue", "colour", "KF-"),
        ("logo", "bm8gcGljdHVyZQ==", "picture", "KF-"),
        ("logo", "?", "picture", "KF-"),
    ] {
        let mut fields: Vec<_> = FIELDS
            .into_iter()
            .filter(|(name, _)| *name != field)
            .collect();
        fields.push((field, value));
        for path in [PREVIEW, CHANGE] {
            let seal = seal(&admin.get("/vendor"));
            let mut all = vec![("seal", seal.as_str())];
            all.extend(&fields);
            let page = admin.bring(path, &all, &[]);
            assert_eq!(page.status, 422, "{path} {field}={value}");
            assert!(page.text.contains(&format!("id=\"{at}-wrong\"")), "{field}");
            assert!(page.text.contains(&format!("Reference {reference}")));
            assert!(page.text.contains("<title>Error: "));
        }
    }
    assert_eq!(admin.get("/vendor/profile/face.css?colour=}*{").status, 404);
}

#[test]
fn the_profile_is_seen_by_those_who_may_and_changed_by_admins_with_their_password() {
    let stage = Stage::new();
    for (role, sees, changes) in [
        (Role::Admin, 200, 200),
        (Role::Auditor, 200, 403),
        (Role::Issuer, 403, 403),
        (Role::Support, 403, 403),
    ] {
        let browser = stage.member(role);
        let page = browser.get("/vendor/profile");
        assert_eq!(page.status, sees, "{role}");
        assert_eq!(page.text.contains(CHANGE), changes == 200, "{role}");
        let nav = browser.get("/vendor").text.contains("/vendor/profile");
        assert_eq!(nav, sees == 200, "{role}");
        for path in ["/vendor/profile/vendor.kfv", "/vendor/profile/face.css"] {
            assert_eq!(browser.get(path).status, sees, "{role} {path}");
        }
        assert_eq!(browser.get(CHANGE).status, changes, "{role}");
        if changes == 403 {
            assert_eq!(look(&browser, &FIELDS, &[]).status, 403, "{role}");
        }
    }
    let admin = stage.member(Role::Admin);
    let shown = look(&admin, &FIELDS, &[]);
    stage.clock.pass(Seconds::new(11 * 60));
    let asked = press(&admin, &shown, CHANGE, &[]);
    assert_eq!(asked.status, 403);
    assert_eq!(asked.heading(), "Your password once more");
    assert!(asked.text.contains("help@acme.example"));
    let before = stage.wait(stage.authority.profile()).unwrap();
    assert_eq!(before.support, None);
    let page = press(&admin, &asked, CHANGE, &[("password", PASSWORD)]);
    assert_eq!(led_to(&page), "/vendor/profile?done=changed");
}

#[test]
fn without_the_profile_key_the_profile_is_changed_at_the_machine() {
    let stage = Stage::without_the_profile_key();
    let admin = stage.member(Role::Admin);
    let page = admin.get("/vendor/profile");
    assert!(page.text.contains("--profile-key FILE vendor change"));
    assert!(!page.text.contains(CHANGE));
    let shown = look(&admin, &FIELDS, &[]);
    let page = press(&admin, &shown, CHANGE, &[]);
    assert_eq!(page.status, 422);
    assert!(page.text.contains("KF-282"), "{}", page.text);
}
