//! What a device, a customer or the vendor writes is text on every page, whatever it looks like.

use keyferry_fixtures::TestDevice;
use keyferry_token::{Label, TokenKind, seal_for_vendor};

use crate::{
    anyone::zipped,
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
