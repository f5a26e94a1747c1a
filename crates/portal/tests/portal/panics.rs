//! What panics takes nothing else with it. It is the clock that panics here.

use keyferry_authority::Role;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::stage::{Stage, TestClock};

#[test]
fn who_meets_a_panic_is_told_so_and_all_others_are_answered() {
    let stage = Stage::new();
    let program = stage.program_of_all();
    let admin = stage.member(Role::Admin);
    stage.clock.is_broken(true);
    for told in [
        program.get("/products"),
        program.post(
            "/products",
            &json!({ "code": "com.acme.lab", "name": "Lab" }),
        ),
    ] {
        assert_eq!(told.status, 500);
        assert_eq!(
            told.header("content-type"),
            Some("application/problem+json")
        );
        let problem: Value = serde_json::from_str(&told.text).unwrap();
        assert_eq!(problem["code"], "portal_trouble");
        assert!(!told.text.contains("clock"), "{}", told.text);
    }
    let page = admin.get("/vendor");
    assert_eq!(page.status, 500);
    assert!(page.text.contains("Reference KF-806"), "{}", page.text);
    assert!(page.header("content-security-policy").is_some());
    assert_eq!(stage.browser().get("/a").status, 200);

    stage.clock.is_broken(false);
    assert_eq!(program.get("/products").status, 200);
    assert_eq!(admin.get("/vendor").status, 200);
}

#[test]
fn what_a_portal_does_by_itself_outlasts_a_panic() {
    let stage = Stage::new();
    let clock = TestClock::new();
    for part in ["lists", "webhooks"] {
        let portal = stage.portal_by(&clock);
        let before = clock.panics();
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
        stage.wait(async {
            while clock.panics() == before {
                tokio::task::yield_now().await;
            }
        });
        clock.is_broken(false);
        stop.send(()).unwrap();
        let ended = stage.wait(work);
        assert!(ended.is_ok(), "{part}: {ended:?}");
    }
}
