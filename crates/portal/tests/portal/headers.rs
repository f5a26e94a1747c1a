//! What every answer says about itself.

use keyferry_portal::Config;

use crate::stage::{Browser, Page, Stage};

const PAGES: [&str; 9] = [
    "/",
    "/a",
    "/A",
    "/support",
    "/holder",
    "/nothing/here",
    "/holder/release/none",
    "/healthz",
    "/readyz",
];

fn guarded(page: &Page, path: &str) {
    let has = |name: &str, value: &str| {
        assert_eq!(page.header(name), Some(value), "{path}: {name}");
    };
    has("x-content-type-options", "nosniff");
    has("referrer-policy", "no-referrer");
    has("x-frame-options", "DENY");
    has("cross-origin-opener-policy", "same-origin");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self'; "), "{path}");
    assert!(!policy.contains("unsafe"), "{path}");
    for part in [
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{path}: {part}");
    }
}

#[test]
fn every_page_says_what_a_browser_may_do_with_it_and_is_kept_nowhere() {
    let stage = Stage::new();
    let browser = stage.browser();
    for path in PAGES {
        let page = browser.get(path);
        guarded(&page, path);
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(page.header("strict-transport-security"), None, "{path}");
    }
    let refused = browser.ask("DELETE", "/a", None, Vec::new());
    guarded(&refused, "DELETE /a");
}

#[test]
fn only_the_page_that_scans_may_use_the_camera_and_webassembly() {
    let stage = Stage::new();
    let browser = stage.browser();
    let scan = browser.get("/scan");
    assert_eq!(scan.status, 200);
    let policy = scan.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval'; "));
    assert!(!policy.replace("'wasm-unsafe-eval'", "").contains("unsafe"));
    assert!(
        scan.header("permissions-policy")
            .unwrap()
            .contains("camera=(self)")
    );
    let other = browser.get("/");
    assert!(
        !other
            .header("content-security-policy")
            .unwrap()
            .contains("wasm")
    );
    assert!(
        other
            .header("permissions-policy")
            .unwrap()
            .contains("camera=()")
    );
    let wasm = scan.between("data-wasm=\"", "\"");
    assert_eq!(
        browser.get(&wasm).header("content-type"),
        Some("application/wasm")
    );
}

#[test]
fn no_page_has_a_script_or_a_style_written_into_it() {
    let stage = Stage::new();
    let browser = stage.browser();
    for path in PAGES {
        let text = browser.get(path).text.to_lowercase();
        for written in [
            "<script>",
            "<style",
            " style=",
            " onclick=",
            " onload=",
            "javascript:",
        ] {
            assert!(!text.contains(written), "{path}: {written}");
        }
    }
}

#[test]
fn what_the_pages_are_made_of_is_kept_for_good_under_an_address_of_its_own() {
    let stage = Stage::new();
    let browser = stage.browser();
    let page = browser.get("/");
    let style = page.between("<link rel=\"stylesheet\" href=\"", "\"");
    let script = page.between("<script src=\"", "\"");
    let colours = page.between(
        &format!("{style}\">\n<link rel=\"stylesheet\" href=\""),
        "\"",
    );
    for (path, kind) in [
        (style.as_str(), "text/css; charset=utf-8"),
        (script.as_str(), "text/javascript; charset=utf-8"),
        (colours.as_str(), "text/css; charset=utf-8"),
    ] {
        let asset = browser.get(path);
        assert_eq!(asset.status, 200, "{path}");
        assert_eq!(asset.header("content-type"), Some(kind), "{path}");
        let kept = asset.header("cache-control").unwrap();
        assert!(kept.contains("immutable"), "{path}");
        guarded(&asset, path);
    }
    assert!(browser.get(&colours).text.contains("--accent: #"));
    assert_eq!(browser.get("/assets/other/portal.css").status, 404);
}

#[test]
fn the_vendors_face_under_an_address_that_is_not_its_own_is_kept_nowhere() {
    let stage = Stage::new();
    let browser = stage.browser();
    for path in [
        "/brand/0123456789abcdef/colours.css",
        "/brand/other/logo.png",
    ] {
        let found = browser.get(path);
        assert_eq!(found.header("cache-control"), Some("no-store"), "{path}");
    }
    // Beside a portal that knows a newer profile its pages still have colours.
    let colours = browser.get("/brand/0123456789abcdef/colours.css");
    assert!(colours.text.contains("--accent: #"));
}

#[test]
fn what_is_not_there_and_what_is_not_asked_for_is_told_in_words() {
    let stage = Stage::new();
    let browser = stage.browser();
    let unknown = browser.get("/nothing/here");
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.heading(), "There is no page at this address.");
    assert!(unknown.text.contains("Reference KF-801"));
    let wrong = browser.ask("DELETE", "/a", None, Vec::new());
    assert_eq!(wrong.status, 405);
    assert_eq!(wrong.header("allow"), Some("GET,HEAD,POST"));
    assert!(wrong.text.contains("Reference KF-802"));
    let fetched = browser.get("/a/file");
    assert_eq!(fetched.status, 405);
}

#[test]
fn whoever_watches_is_told_that_the_portal_is_there_and_can_work() {
    let stage = Stage::new();
    let browser = stage.browser();
    assert_eq!(browser.get("/healthz").text, "ok\n");
    assert_eq!(browser.get("/readyz").text, "ready\n");
}

fn under_tls(browser: &Browser<'_>) -> bool {
    let page = browser.get("/");
    page.header("strict-transport-security").is_some()
}

#[test]
fn only_a_proxy_that_was_named_says_what_is_under_tls() {
    let stage = Stage::new();
    let forged = stage.browser().saying("x-forwarded-proto", "https");
    assert!(!under_tls(&forged));
    let behind = Stage::with(Config {
        proxies: vec!["127.0.0.1".parse().unwrap()],
        ..Config::default()
    });
    let told = behind.browser().saying("x-forwarded-proto", "https");
    assert!(under_tls(&told));
    let plain = behind.browser().saying("x-forwarded-proto", "http");
    assert!(!under_tls(&plain));
}

#[test]
fn the_address_that_customers_know_is_under_tls() {
    let stage = Stage::new();
    let known = stage.browser().saying("host", "license.acme.example");
    assert!(under_tls(&known));
}
