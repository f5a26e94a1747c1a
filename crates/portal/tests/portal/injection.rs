//! What a device, a customer or the vendor writes is text on every page, whatever it looks like.

use keyferry_authority::Role;
use keyferry_fixtures::TestDevice;
use keyferry_token::{Label, TokenKind, seal_for_vendor};

use crate::{
    anyone::zipped,
    sold::send,
    stage::{EVIL, Page, Stage, text},
};

/// A request of a device that calls itself, its system and its program something that a page would run.
fn evil_request(stage: &Stage, code: &keyferry_token::ActivationCode) -> String {
    let mut device = TestDevice::new("press-04");
    let to = stage.vendor();
    let mut claims = device.next_claims(to.vendor, &to.key, to.product.clone(), code);
    let label = Label::new(EVIL).unwrap();
    (claims.label, claims.platform, claims.client) = (label.clone(), label.clone(), label);
    let sealed = seal_for_vendor(
        &claims,
        &device.signing,
        &to.key,
        &mut keyferry_fixtures::rng(),
    );
    text(TokenKind::ActivationRequest, &sealed.unwrap())
}

fn harmless(page: &Page, shown: bool) {
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    assert!(!page.text.contains("<b>Tools"), "{}", page.text);
    assert!(!page.text.contains("<i>CAD"), "{}", page.text);
    assert!(!page.text.contains("<b>bold"), "{}", page.text);
    let escaped = "&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;";
    assert_eq!(page.text.contains(escaped), shown, "{}", page.text);
}

#[test]
fn a_name_that_a_page_would_run_is_text_on_every_page() {
    let stage = Stage::new();
    let sold = stage.sell_to(3, EVIL);
    let request = evil_request(&stage, &sold.code);
    let browser = stage.browser();
    harmless(&browser.get("/"), false);
    harmless(&browser.bring("/a", &[("text", &request)], &[]), true);
    harmless(&browser.bring("/a", &[("text", EVIL)], &[]), true);
    harmless(&browser.bring("/support", &[("text", EVIL)], &[]), true);

    let zip = zipped(&[
        ("<b>bold.kft", request.as_bytes()),
        ("x", b"nothing of ours"),
    ]);
    let several = browser.bring("/a", &[], &[("all.zip", &zip)]);
    harmless(&several, true);
    assert!(several.text.contains("&#60;b&#62;bold.kft"));

    browser.post("/holder/enter", &[("secret", &sold.holder_secret.expose())]);
    let seats = browser.get("/holder");
    harmless(&seats, true);
    let activation = seats.between("/holder/release/", "\"");
    harmless(&browser.get(&format!("/holder/release/{activation}")), true);
    harmless(
        &browser.get(&format!("/holder?done={EVIL}").replace(['"', '<', '>', '\''], "x")),
        true,
    );
    let seal = seats.values("seal").remove(0);
    let lease = browser.post(&format!("/holder/refresh/{activation}"), &[("seal", &seal)]);
    harmless(&lease, true);
}

#[test]
fn what_somebody_typed_is_text_on_the_vendors_pages() {
    let stage = Stage::new();
    let sold = stage.sell_to(1, EVIL);
    let browser = stage.browser();
    browser.bring("/a", &[("text", &evil_request(&stage, &sold.code))], &[]);
    let admin = stage.member(Role::Admin);
    for path in ["/vendor", "/vendor/entitlements", "/vendor/activations"] {
        harmless(&admin.get(path), true);
    }
    let id = sold.entitlement.id;
    for what in ["", "/change", "/revoke"] {
        harmless(&admin.get(&format!("/vendor/entitlement/{id}{what}")), true);
    }
    let activation = admin
        .get("/vendor/activations")
        .between("/vendor/activation/", "\"");
    let activation = format!("/vendor/activation/{activation}");
    harmless(&admin.get(&activation), true);
    harmless(&admin.get(&format!("{activation}/release")), true);
    harmless(&send(&admin, &format!("{activation}/refresh"), &[]), true);
    let asked = "%3Cscript%3Ealert%281%29%3C%2Fscript%3E%22%27%26";
    for path in ["entitlements", "activations", "licenses"] {
        harmless(&admin.get(&format!("/vendor/{path}?q={asked}")), true);
        harmless(
            &admin.get(&format!("/vendor/{path}?show={asked}")),
            path != "licenses",
        );
        harmless(
            &admin.get(&format!("/vendor/{path}?product={asked}&done={asked}")),
            path != "licenses",
        );
    }

    // What is wrong is shown again as it was typed.
    let all = |names: &[&'static str]| -> Vec<(&'static str, &'static str)> {
        names.iter().map(|name| (*name, EVIL)).collect()
    };
    let product = all(&[
        "code",
        "name",
        "features",
        "grace",
        "emergency",
        "rebinds",
        "moves",
        "lost",
    ]);
    harmless(&send(&admin, "/vendor/products/add", &product), true);
    let bought = all(&[
        "product",
        "holder",
        "seats",
        "offline_lease",
        "ends",
        "features",
    ]);
    harmless(&send(&admin, "/vendor/entitlements/add", &bought), true);
    let license = all(&[
        "product", "bound", "usb", "device", "expires", "grace", "starts", "features", "edition",
        "holder",
    ]);
    harmless(&send(&admin, "/vendor/licenses/add", &license), true);

    // What is right is kept, and shown wherever it belongs.
    let name = [
        ("name", EVIL),
        ("features", EVIL),
        ("offline", "yes"),
        ("rebinds", "1"),
        ("moves", "1"),
        ("lost", "1"),
    ];
    let changed = send(&admin, "/vendor/product/com.acme.cad", &name);
    assert_eq!(changed.status, 303, "{}", changed.text);
    harmless(&admin.get("/vendor/products"), true);
    harmless(&admin.get("/vendor/product/com.acme.cad"), true);
    let made = send(
        &admin,
        "/vendor/licenses/add",
        &[
            ("product", "com.acme.cad"),
            ("bound", "unbound"),
            ("features", EVIL),
            ("edition", EVIL),
            ("holder", EVIL),
        ],
    );
    let path = made.header("location").unwrap().split('?').next().unwrap();
    harmless(&admin.get("/vendor/licenses"), true);
    for what in ["", "/reissue", "/revoke"] {
        harmless(&admin.get(&format!("{path}{what}")), true);
    }
    let seal = admin.get("/vendor").values("seal").remove(0);
    let quoted = EVIL.replace('"', "\"\"");
    let list = format!("product,usb,reference\ncom.acme.cad,{quoted},\"{quoted}\"\n");
    let files = [("<b>bold.csv", list.as_bytes())];
    let brought = admin.bring("/vendor/licenses/lists", &[("seal", &seal)], &files);
    harmless(&admin.get(brought.header("location").unwrap()), true);
    let lists = admin.get("/vendor/licenses/lists");
    assert!(lists.text.contains("&#60;b&#62;bold.csv"));
    harmless(&lists, false);
}
