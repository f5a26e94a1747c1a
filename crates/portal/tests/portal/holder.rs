//! A holder's seats.

use keyferry_authority::{EntitlementKey, Origin};
use keyferry_fixtures::TestDevice;
use keyferry_token::{ActivationId, HolderSecret, Refresh, Seconds, Verified};

use crate::stage::{Browser, Page, Stage};

/// A holder with one activated computer.
struct Scene {
    stage: Stage,
    device: TestDevice,
    activation: ActivationId,
    sold: keyferry_authority::IssuedEntitlement,
}

impl Scene {
    fn new() -> Self {
        let stage = Stage::new();
        let sold = stage.sell(2);
        let mut device = TestDevice::new("press-04");
        let activation = stage.activated(&mut device, &sold.code).activation;
        Self {
            stage,
            device,
            activation,
            sold,
        }
    }

    /// A browser in which the holder has entered.
    fn entered(&self) -> Browser<'_> {
        let browser = self.stage.browser();
        let secret = self.sold.holder_secret.expose();
        let page = browser.post("/holder/enter", &[("secret", &secret)]);
        assert_eq!(page.status, 303);
        assert_eq!(page.header("location"), Some("/holder"));
        browser
    }

    fn of(&self, what: &str) -> String {
        format!("/holder/{what}/{}", self.activation)
    }

    fn used(&self) -> u32 {
        let key = EntitlementKey::Id(self.sold.entitlement.id);
        let found = self.stage.wait(self.stage.authority.entitlement(&key));
        found.unwrap().seats_used
    }
}

fn seal(page: &Page) -> String {
    page.values("seal").remove(0)
}

#[test]
fn with_the_holder_secret_one_sees_which_computer_holds_which_seat() {
    let scene = Scene::new();
    let browser = scene.entered();
    let page = browser.get("/holder");
    assert_eq!(page.heading(), "Acme <i>CAD</i>: 1 of 2 seats is held");
    assert!(page.text.contains("<bdi>press-04</bdi>"));
    assert!(page.text.contains("<bdi>Example Works</bdi>"));
    // The code is told by its hint, and the secret not at all.
    assert!(!page.text.contains(&scene.sold.code.expose()));
    assert!(!page.text.contains(&scene.sold.holder_secret.expose()));
}

#[test]
fn the_secret_is_forgiven_its_spaces_and_capitals() {
    let scene = Scene::new();
    let typed = scene
        .sold
        .holder_secret
        .expose()
        .to_lowercase()
        .replace('-', " ");
    let page = scene
        .stage
        .browser()
        .post("/holder/enter", &[("secret", &typed)]);
    assert_eq!(page.status, 303);
}

#[test]
fn the_cookie_is_kept_from_scripts_and_other_sites_and_under_tls_from_other_hosts() {
    let scene = Scene::new();
    let secret = scene.sold.holder_secret.expose();
    let plain = scene
        .stage
        .browser()
        .post("/holder/enter", &[("secret", &secret)]);
    let cookie = plain.header("set-cookie").unwrap();
    assert!(cookie.starts_with("keyferry-holder="));
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=1800"));
    let tls = scene.stage.browser().saying("host", "license.acme.example");
    let page = tls.post("/holder/enter", &[("secret", &secret)]);
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-keyferry-holder="));
    assert!(cookie.ends_with("; Secure"));
    assert!(!cookie.contains(&secret));
}

#[test]
fn what_is_no_holder_secret_is_told_and_never_written_back() {
    let scene = Scene::new();
    let code = scene.sold.code.expose();
    let stranger = HolderSecret::from_random([7; 29]).expose();
    let mut mistyped = scene.sold.holder_secret.expose().clone();
    let last = mistyped.pop();
    mistyped.push(if last == Some('3') { '4' } else { '3' });
    for (typed, status, reference) in [
        ("", 422, "KF-401"),
        ("AB3D9-KX27Q", 422, "KF-111"),
        (mistyped.as_str(), 422, "KF-110"),
        (code.as_str(), 422, "KF-112"),
        (stranger.as_str(), 403, "KF-113"),
    ] {
        let page = scene
            .stage
            .browser()
            .post("/holder/enter", &[("secret", typed)]);
        assert_eq!(page.status, status, "{reference}");
        assert!(
            page.text.contains(&format!("Reference {reference}")),
            "{}",
            page.text
        );
        assert!(typed.is_empty() || !page.text.contains(typed));
        assert!(page.header("set-cookie").is_none());
    }
}

#[test]
fn a13_holder_secrets_cannot_be_guessed() {
    let scene = Scene::new();
    let browser = scene.stage.browser();
    for n in 0..60_u8 {
        let mut random = [n; 29];
        // Each of the sixty is another one: five bits of each byte count.
        random[0] = n / 32;
        let guess = HolderSecret::from_random(random).expose();
        assert_eq!(
            browser.post("/holder/enter", &[("secret", &guess)]).status,
            403
        );
    }
    let right = scene.sold.holder_secret.expose();
    let page = browser.post("/holder/enter", &[("secret", &right)]);
    assert_eq!(page.status, 429);
    assert_eq!(page.header("retry-after"), Some("3600"));
}

#[test]
fn a_new_lease_is_made_and_its_computer_opens_it() {
    let scene = Scene::new();
    let browser = scene.entered();
    let seal = seal(&browser.get("/holder"));
    scene
        .stage
        .clock
        .pass(Seconds::days(0).max(Seconds::new(600)));
    let page = browser.post(&scene.of("refresh"), &[("seal", &seal)]);
    assert_eq!(page.status, 200);
    assert_eq!(page.heading(), "A new lease for press-04 is ready");
    let answer = &page.values("answer")[0];
    let read = keyferry_token::Artefact::read(answer.as_bytes())
        .unwrap()
        .remove(0);
    let Ok(keyferry_token::Artefact::Token(token)) = read else {
        panic!("no token");
    };
    let refresh: Verified<Refresh> = scene.stage.opened(&scene.device, &token);
    assert_eq!(refresh.grant.activation, scene.activation);
}

#[test]
fn a_lost_computer_is_released_after_a_question_and_can_be_allowed_again() {
    let scene = Scene::new();
    let browser = scene.entered();
    let asked = browser.get(&scene.of("release"));
    assert_eq!(asked.heading(), "Release the seat of press-04?");
    assert!(
        asked
            .text
            .contains("You can release 2 within a year; 2 are left.")
    );
    assert_eq!(scene.used(), 1);

    let seal = seal(&asked);
    let done = browser.post(&scene.of("release"), &[("seal", &seal)]);
    assert_eq!(done.status, 303);
    let seats = browser.get(done.header("location").unwrap());
    assert!(seats.text.contains("The seat is free."));
    assert!(seats.text.contains("Was released as lost"));
    assert_eq!(scene.used(), 0);
    let again = browser.post(&scene.of("release"), &[("seal", &seal)]);
    assert_eq!(
        again.header("location"),
        Some("/holder?all=yes&done=released-before")
    );

    let allowed = browser.post(&scene.of("allow"), &[("seal", &seal)]);
    assert_eq!(
        allowed.header("location"),
        Some("/holder?all=yes&done=allowed")
    );
    let entries = scene.stage.wait(
        scene
            .stage
            .authority
            .audit(keyferry_authority::Page::first(100)),
    );
    let entries = entries.unwrap().items;
    let of = |action: &str| entries.iter().find(|entry| entry.action == action).unwrap();
    for action in ["holder_entered", "activation_released", "device_allowed"] {
        assert_eq!(of(action).who(), "address 127.0.0.1", "{action}");
    }
}

#[test]
fn a9_beyond_the_cap_nothing_is_released() {
    let stage = Stage::new();
    let sold = stage.sell(3);
    let activations: Vec<_> = ["one", "two", "three"]
        .into_iter()
        .map(|name| {
            stage
                .activated(&mut TestDevice::new(name), &sold.code)
                .activation
        })
        .collect();
    let browser = stage.browser();
    browser.post("/holder/enter", &[("secret", &sold.holder_secret.expose())]);
    let seal = seal(&browser.get("/holder"));
    let release =
        |id: ActivationId| browser.post(&format!("/holder/release/{id}"), &[("seal", &seal)]);
    assert_eq!(release(activations[0]).status, 303);
    assert_eq!(release(activations[1]).status, 303);
    let refused = release(activations[2]);
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Reference KF-214"));
    assert!(refused.text.contains("href=\"/holder\">Go to your seats"));
}

#[test]
fn another_holders_computers_are_unknown_here() {
    let scene = Scene::new();
    let other = scene.stage.sell(1);
    let mut device = TestDevice::new("elsewhere");
    let theirs = scene.stage.activated(&mut device, &other.code).activation;
    let browser = scene.entered();
    let seal = seal(&browser.get("/holder"));
    for what in ["refresh", "release", "allow"] {
        let page = browser.post(&format!("/holder/{what}/{theirs}"), &[("seal", &seal)]);
        assert_eq!(page.status, 422, "{what}");
        assert!(page.text.contains("Reference KF-210"), "{what}");
    }
    let page = browser.get(&format!("/holder/release/{theirs}"));
    assert!(page.text.contains("Reference KF-210"));
    assert!(!page.text.contains("elsewhere"));
    let record = scene
        .stage
        .wait(scene.stage.authority.activation(theirs))
        .unwrap();
    assert_eq!(record.activation.status.name(), "active");
}

#[test]
fn a_form_without_the_seal_of_its_session_changes_nothing() {
    let scene = Scene::new();
    let browser = scene.entered();
    let foreign = {
        let other = scene.entered();
        seal(&other.get("/holder"))
    };
    for given in ["", "AAAA", foreign.as_str()] {
        for what in ["refresh", "release", "allow"] {
            let page = browser.post(&scene.of(what), &[("seal", given)]);
            assert_eq!(page.status, 403, "{what}");
            assert!(page.text.contains("Reference KF-805"));
        }
        assert_eq!(
            browser.post("/holder/leave", &[("seal", given)]).status,
            403
        );
    }
    assert_eq!(scene.used(), 1);
    assert_eq!(browser.get("/holder").values("seal").len(), 2);
}

#[test]
fn a_form_that_another_site_sends_is_not_taken() {
    let scene = Scene::new();
    let secret = scene.sold.holder_secret.expose();
    for site in ["cross-site", "same-site"] {
        let page = scene
            .stage
            .browser()
            .saying("sec-fetch-site", site)
            .post("/holder/enter", &[("secret", &secret)]);
        assert_eq!(page.status, 403, "{site}");
        assert!(page.header("set-cookie").is_none());
    }
    let own = scene
        .stage
        .browser()
        .saying("sec-fetch-site", "same-origin");
    assert_eq!(
        own.post("/holder/enter", &[("secret", &secret)]).status,
        303
    );
}

#[test]
fn a_session_ends_by_leaving_and_after_half_an_hour() {
    let scene = Scene::new();
    let browser = scene.entered();
    let cookie = browser.cookie.lock().unwrap().clone();
    let seal = seal(&browser.get("/holder"));
    let left = browser.post("/holder/leave", &[("seal", &seal)]);
    assert!(left.header("set-cookie").unwrap().contains("Max-Age=0"));
    // Whoever kept the cookie has nothing of it.
    *browser.cookie.lock().unwrap() = cookie;
    assert_eq!(browser.get("/holder").heading(), "Your seats");
    assert_eq!(
        browser
            .post(&scene.of("release"), &[("seal", &seal)])
            .status,
        403
    );

    let browser = scene.entered();
    scene.stage.clock.pass(Seconds::new(30 * 60 - 1));
    assert!(browser.get("/holder").text.contains("press-04"));
    scene.stage.clock.pass(Seconds::new(1));
    assert_eq!(browser.get("/holder").heading(), "Your seats");
    assert_eq!(scene.used(), 1);
}

#[test]
fn a_suspended_entitlement_says_so_and_its_lease_tells_the_computer() {
    let scene = Scene::new();
    let key = EntitlementKey::Id(scene.sold.entitlement.id);
    let suspended = scene
        .stage
        .authority
        .entitlement_suspend(&key, &Origin::Local);
    scene.stage.wait(suspended).unwrap();
    let browser = scene.entered();
    let page = browser.get("/holder");
    assert!(page.text.contains("The vendor has suspended it"));
    let lease = browser.post(&scene.of("refresh"), &[("seal", &seal(&page))]);
    assert!(lease.text.contains("the vendor has stopped the license"));
}
