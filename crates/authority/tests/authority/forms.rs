//! Forms that make something once, by their marks.

use keyferry_authority::{FormMark, Origin, SessionSecret};
use keyferry_token::{AccountId, Seconds};
use sqlx::Row as _;

use crate::scene::{Scene, bought};

const FORM: &str = "/vendor/entitlements/add";

fn mark(scene: &Scene) -> FormMark {
    let session = SessionSecret::read(&"A".repeat(52)).unwrap();
    let (seal, now) = (scene.authority.form_seal(&session), scene.authority.now());
    let text = seal.make_mark(FORM, now).unwrap();
    seal.read_mark(FORM, &text, now).unwrap()
}

fn by(mark: FormMark) -> Origin {
    let account = AccountId::new([7; 10]);
    Origin::Form { account, mark }
}

async fn marks(scene: &Scene) -> i64 {
    let count = sqlx::query("SELECT COUNT(*) AS there FROM form_marks");
    let row = count.fetch_one(&mut scene.database().await).await.unwrap();
    row.get("there")
}

#[tokio::test]
async fn a_form_is_used_up_with_what_it_makes_and_not_before() {
    let scene = Scene::new().await;
    let (authority, mark) = (&scene.authority, mark(&scene));
    let mut refused = bought(1);
    refused.trial = true;
    let origin = by(mark);
    let add = |new| authority.entitlement_add(new, &origin);
    let fault = add(refused).await.unwrap_err();
    assert_eq!(fault.code().as_str(), "trial_end_missing");
    assert_eq!(marks(&scene).await, 0);
    authority.form_is_new(&mark).await.unwrap();

    let id = add(bought(1)).await.unwrap().entitlement.id;
    assert_eq!(marks(&scene).await, 1);
    let before = scene.actions().await;
    let fault = add(bought(1)).await.unwrap_err();
    assert_eq!(fault.code().as_str(), "form_sent_before");
    let made = format!("entitlement {id}");
    assert_eq!(fault.problem().arg("made"), Some(made.as_str()));
    assert_eq!(fault.problem().arg("action"), Some("entitlement_added"));
    assert_eq!(scene.actions().await, before);
    // The log names whoever did it, and no form.
    let page = keyferry_authority::Page::first(1000);
    let entry = authority.audit(page).await.unwrap().items.pop().unwrap();
    assert_eq!(entry.actor, format!("account {}", AccountId::new([7; 10])));
}

#[tokio::test]
async fn marks_that_count_no_more_are_forgotten_with_the_next_one() {
    let scene = Scene::new().await;
    for hours in [0, 3, 2] {
        scene.clock.pass(Seconds::new(hours * 3600));
        let origin = by(mark(&scene));
        let added = scene.authority.entitlement_add(bought(1), &origin).await;
        added.unwrap();
    }
    // The first one is five hours old, the second two.
    assert_eq!(marks(&scene).await, 2);
}
