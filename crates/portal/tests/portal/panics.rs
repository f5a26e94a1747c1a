//! What panics takes nothing else with it. It is the clock that panics here.

use keyferry_authority::{Origin, Page as Part, Permission, Role};
use keyferry_token::Seconds;
use serde_json::json;
use tokio::sync::oneshot;

use crate::{
    clock::TestClock,
    made::brought,
    sold::{led_to, send},
    stage::{PRODUCT, Page, Stage, until},
};

/// The most questions to the clock that a call or a form is tried with.
const MOST: usize = 40;

fn is_told_as_trouble(told: &Page) {
    assert_eq!(told.problem(), (500, "portal_trouble".to_owned()));
    assert!(!told.text.contains("clock"), "{}", told.text);
}

/// How many entitlements there are.
fn sold(stage: &Stage) -> usize {
    let entries = stage.wait(stage.authority.audit(Part::first(1000)));
    let entries = entries.unwrap().items.into_iter();
    let sold = entries.filter(|entry| entry.action == "entitlement_added");
    sold.count()
}

#[test]
fn who_meets_a_panic_is_told_so_and_all_others_are_answered() {
    let stage = Stage::idle();
    let program = stage.program_of_all();
    let admin = stage.member(Role::Admin);
    stage.clock.is_broken(true);
    let lab = json!({ "code": "com.acme.lab", "name": "Lab" });
    is_told_as_trouble(&program.get("/products"));
    is_told_as_trouble(&program.post("/products", &lab));
    let page = admin.get("/vendor");
    assert_eq!(page.status, 500);
    assert!(page.text.contains("Reference KF-806"), "{}", page.text);
    assert!(page.header("content-security-policy").is_some());
    assert_eq!(stage.browser().get("/a").status, 200);

    stage.clock.is_mended();
    assert_eq!(program.get("/products").status, 200);
    assert_eq!(admin.get("/vendor").status, 200);
}

/// The clock breaks at the first question of a call, at the second, and so on: before the call is begun, and
/// within what carries it out.
#[test]
fn a_call_that_a_panic_cut_off_is_not_carried_out_again_by_its_key() {
    let stage = Stage::idle();
    let secret = stage.api_token(&Permission::ALL).secret.expose();
    let order = json!({"product": PRODUCT, "seats": 1, "offline_lease": "30d"});
    let mut cut_off = 0;
    for question in 0..=MOST {
        assert!(question < MOST, "the clock is asked without an end");
        let key = format!("order-{question}");
        let program = stage.program_with(&secret).saying("idempotency-key", &key);
        let (before, panics) = (sold(&stage), stage.clock.panics());
        stage.clock.breaks_after(question);
        let first = program.post("/entitlements", &order);
        stage.clock.is_mended();
        if stage.clock.panics() == panics {
            assert_eq!(first.status, 201, "{}", first.text);
            break;
        }
        is_told_as_trouble(&first);
        let second = program.post("/entitlements", &order);
        if second.status == 201 {
            // It had not been begun.
            assert_eq!(sold(&stage), before + 1);
            continue;
        }
        let in_use = (409, "idempotency_key_in_use".to_owned());
        assert_eq!(second.problem(), in_use);
        assert_eq!(second.header("retry-after"), Some("2"));
        stage.clock.pass(Seconds::new(5 * 60));
        let third = program.post("/entitlements", &order);
        assert_eq!(third.problem(), (409, "outcome_unknown".to_owned()));
        assert!(sold(&stage) <= before + 1);
        cut_off += 1;
    }
    assert!(
        cut_off > 0,
        "no question is asked by what carries the call out"
    );
}

#[test]
fn a_form_that_a_panic_cut_off_makes_one_however_often_it_is_sent() {
    let stage = Stage::idle();
    let admin = stage.member(Role::Admin);
    let mut cut_off = 0;
    for question in 0..=MOST {
        assert!(question < MOST, "the clock is asked without an end");
        let path = "/vendor/entitlements/add";
        let form = admin.get(path);
        let [seal, mark] = ["seal", "mark"].map(|name| form.values(name).remove(0));
        let fields = [
            ("seal", seal.as_str()),
            ("mark", &mark),
            ("product", PRODUCT),
            ("seats", "1"),
            ("offline_lease", "30d"),
        ];
        let (before, panics) = (sold(&stage), stage.clock.panics());
        stage.clock.breaks_after(question);
        let first = admin.post(path, &fields);
        stage.clock.is_mended();
        if stage.clock.panics() == panics {
            assert_eq!(first.status, 200, "{}", first.text);
            break;
        }
        assert_eq!(first.status, 500, "{}", first.text);
        assert!(first.text.contains("Reference KF-806"), "{}", first.text);
        cut_off += 1;
        let second = admin.post(path, &fields).status;
        assert!([200, 409].contains(&second), "{second}");
        assert_eq!(sold(&stage), before + 1);
    }
    // More than who sends it asks.
    assert!(cut_off > 1);
}

#[test]
fn a_list_that_panics_says_so_and_goes_on_later() {
    let stage = Stage::idle();
    let issuer = stage.member(Role::Issuer);
    let list = format!("product,unbound\n{PRODUCT},yes\n");
    let path = led_to(&brought(&issuer, &[("orders.csv", list.as_bytes())])).to_owned();
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let begun = stage.authority.license_list_begin(id, &Origin::Local);
    stage.wait(begun).unwrap();
    // Taking the list is the first question.
    stage.clock.breaks_after(1);
    stage.work();
    until("a panic", || stage.clock.panics() == 1);
    until("the list says so", || {
        let list = stage.wait(stage.authority.license_list(id)).unwrap();
        list.trouble.is_some()
    });
    let page = issuer.get(&path);
    let said = "and is tried again by itself. The portal could not do this";
    assert!(page.text.contains(said), "{}", page.text);
    // As long as it was held.
    stage.clock.pass(Seconds::new(60));
    until("the list is done", || {
        !issuer.get(&path).text.contains("<progress")
    });
    let page = issuer.get(&path);
    assert!(page.text.contains("<b>1</b> license made"), "{}", page.text);
}

#[test]
fn what_a_portal_does_by_itself_outlasts_a_panic() {
    let stage = Stage::idle();
    let issuer = stage.member(Role::Issuer);
    for part in ["lists", "webhooks"] {
        let clock = TestClock::new();
        let portal = stage.portal_by(&clock);
        let window = issuer.beside(stage.served_by(&portal));
        clock.is_broken(true);
        let (stop, stopped) = oneshot::channel::<()>();
        let end = async {
            let _ = stopped.await;
        };
        let work = stage.spawn(async move {
            match part {
                "lists" => portal.work(end).await,
                _ => portal.tell_webhooks(end).await,
            }
        });
        until("a panic", || clock.panics() > 0);
        if part == "lists" {
            clock.is_mended();
            let list = format!("product,unbound\n{PRODUCT},yes\n");
            let path = led_to(&brought(&window, &[("orders.csv", list.as_bytes())])).to_owned();
            led_to(&send(&window, &format!("{path}/begin"), &[]));
            until("the list is done", || {
                !window.get(&path).text.contains("<progress")
            });
        } else {
            // The next round.
            until("another panic", || clock.panics() > 1);
        }
        stop.send(()).unwrap();
        let ended = stage.wait(work);
        assert!(ended.is_ok(), "{part}: {ended:?}");
    }
}
