//! Lists of licenses that the portal keeps: one worker at a time, and another one after it.

use keyferry_authority::{
    AccountChange, AccountName, LicenseRow, ListFault, ListId, ListRow, ListState, ListStop,
    ListWork, ListWorker, NewApiToken, NewList, Origin, Page, Permission, Role, RowKey,
};
use keyferry_catalogue::Code;
use keyferry_token::{AccountId, LicenseId, Name, Seconds};

use crate::{licenses::plain, scene::Scene};

fn row(number: u64, refused: bool) -> ListRow {
    ListRow {
        number,
        reference: Some(format!("order-{number}")),
        forecast: if refused { "refused" } else { "ready" },
        outcome: refused.then_some("refused"),
        license: None,
        refused: refused.then(|| ("cell_missing".to_owned(), "Nothing is said.".to_owned())),
    }
}

async fn kept(scene: &Scene) -> ListId {
    kept_with(scene, vec![row(2, false), row(3, true), row(4, false)]).await
}

async fn kept_with(scene: &Scene, rows: Vec<ListRow>) -> ListId {
    add(scene, rows).await.unwrap()
}

async fn add(scene: &Scene, rows: Vec<ListRow>) -> Result<ListId, ListFault> {
    let new = NewList {
        name: "orders.csv".to_owned(),
        sheet: b"product,unbound\n".to_vec(),
        requests: vec![("press-04.kft".to_owned(), vec![0, 1, 2])],
        rows,
    };
    scene.authority.license_list_add(new, &Origin::Local).await
}

async fn begin(scene: &Scene, id: ListId, origin: &Origin) {
    let begun = scene.authority.license_list_begin(id, origin).await;
    assert_eq!(begun.unwrap().state, ListState::Working);
}

async fn state(scene: &Scene, id: ListId) -> ListState {
    scene.authority.license_list(id).await.unwrap().state
}

/// A program that may make licenses.
async fn program(scene: &Scene) -> Origin {
    program_of(scene, Permission::WriteLicenses).await
}

async fn program_of(scene: &Scene, scope: Permission) -> Origin {
    let new = NewApiToken {
        name: Name::new("Shop").unwrap(),
        scopes: [scope].into(),
        expires_at: None,
    };
    let issued = scene
        .authority
        .api_token_add(&new, &Permission::ALL, &Origin::Local);
    Origin::ApiToken(issued.await.unwrap().token.id)
}

/// Somebody who may make licenses.
async fn person(scene: &Scene) -> AccountId {
    let name = AccountName::new("ada").unwrap();
    let added = scene
        .authority
        .account_add(&name, Role::Issuer, &Origin::Local);
    added.await.unwrap().account.id
}

const WHO: Origin = Origin::Local;

async fn take(scene: &Scene, worker: ListWorker) -> Option<ListWork> {
    scene.authority.license_list_take(worker).await.unwrap()
}

/// Makes the license of a row as a worker does.
async fn made(scene: &Scene, id: ListId, number: u64) -> ListRow {
    let asked = LicenseRow {
        key: RowKey::Place {
            list: id.place(),
            row: number,
        },
        license: plain(),
    };
    let made = scene.authority.license_rows_make(&[asked], &WHO).await;
    let file = made.unwrap().remove(0).unwrap();
    ListRow {
        outcome: Some("made"),
        license: Some(file.issued.license.id),
        ..row(number, false)
    }
}

#[tokio::test]
async fn nothing_is_made_of_a_list_before_it_is_begun() {
    let scene = Scene::new().await;
    let id = kept(&scene).await;
    let worker = ListWorker::new().unwrap();
    assert!(take(&scene, worker).await.is_none());
    let list = scene.authority.license_list(id).await.unwrap();
    assert_eq!(list.state, ListState::Checked);
    assert_eq!(
        (list.rows, list.ready, list.done, list.refused),
        (3, 2, 1, 1)
    );
    let refused = scene
        .authority
        .license_list_rows(id, true, Page::first(9))
        .await
        .unwrap();
    assert_eq!(refused.items, [row(3, true)]);

    scene.authority.license_list_drop(id).await.unwrap();
    let gone = scene.authority.license_list_begin(id, &WHO).await;
    assert!(matches!(gone, Err(ListFault::Unknown)));
}

#[tokio::test]
async fn a_list_is_one_workers_until_it_is_silent_for_a_minute() {
    let scene = Scene::new().await;
    let id = kept(&scene).await;
    let list = scene.authority.license_list_begin(id, &WHO).await.unwrap();
    assert_eq!(list.state, ListState::Working);
    let (first, second) = (ListWorker::new().unwrap(), ListWorker::new().unwrap());
    let work = take(&scene, first).await.unwrap();
    assert_eq!(work.left, [2, 4]);
    assert_eq!(work.origin, WHO);
    assert_eq!(work.sheet, b"product,unbound\n");
    assert_eq!(work.requests, [("press-04.kft".to_owned(), vec![0, 1, 2])]);
    assert!(take(&scene, second).await.is_none());
    let dropped = scene.authority.license_list_drop(id).await;
    assert!(matches!(dropped, Err(ListFault::Working)));

    // The first one makes a license and is killed before it can say so.
    let by_first = made(&scene, id, 2).await;
    scene.clock.pass(Seconds::new(59));
    assert!(take(&scene, second).await.is_none());
    scene.clock.pass(Seconds::new(1));
    let work = take(&scene, second).await.unwrap();
    assert_eq!(work.left, [2, 4]);
    let rows = [made(&scene, id, 2).await, made(&scene, id, 4).await];
    assert_eq!(rows[0].license, by_first.license);
    let note = |worker, rows| scene.authority.license_list_note(id, worker, rows);
    // It was only slow, comes back, and writes nothing any more.
    assert!(!note(first, &rows[..1]).await.unwrap());
    assert!(note(second, &rows).await.unwrap());
    let list = scene.authority.license_list(id).await.unwrap();
    assert_eq!(list.state, ListState::Done);
    assert_eq!((list.done, list.made, list.refused), (3, 2, 1));
    let books = scene.authority.licenses(None, Page::first(9)).await;
    assert_eq!(books.unwrap().items.len(), 2);
    assert!(take(&scene, first).await.is_none());
}

#[tokio::test]
async fn a_list_of_which_every_row_was_refused_is_done_at_once_and_keeps_none_behind_it_waiting() {
    let scene = Scene::new().await;
    let refused = kept_with(&scene, vec![row(2, true)]).await;
    let begun = scene.authority.license_list_begin(refused, &WHO).await;
    let begun = begun.unwrap();
    assert_eq!(begun.state, ListState::Done);
    assert!(begun.begun_at.is_some() && begun.ended_at.is_some());
    scene.clock.pass(Seconds::new(1));
    let behind = kept(&scene).await;
    let next = scene.authority.license_list_begin(behind, &WHO).await;
    assert_eq!(next.unwrap().state, ListState::Working);
    let work = take(&scene, ListWorker::new().unwrap()).await.unwrap();
    assert_eq!(work.list.id, behind);
    // Begun again, it ends no later.
    let again = scene.authority.license_list_begin(refused, &WHO).await;
    assert_eq!(again.unwrap(), begun);
    scene.authority.license_list_drop(refused).await.unwrap();
}

#[tokio::test]
async fn two_workers_at_once_never_have_the_same_list() {
    let scene = Scene::new().await;
    let other = scene.reopened().await;
    let id = kept(&scene).await;
    scene.authority.license_list_begin(id, &WHO).await.unwrap();
    let (first, second) = tokio::join!(
        scene
            .authority
            .license_list_take(ListWorker::new().unwrap()),
        other.license_list_take(ListWorker::new().unwrap()),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_ne!(first.is_some(), second.is_some());
}

#[tokio::test]
async fn what_holds_a_list_up_is_told_until_it_goes_on() {
    let scene = Scene::new().await;
    let id = kept(&scene).await;
    scene.authority.license_list_begin(id, &WHO).await.unwrap();
    let worker = ListWorker::new().unwrap();
    take(&scene, worker).await.unwrap();
    let trouble = scene
        .authority
        .license_list_trouble(id, worker, Code::KeyDeviceMissing);
    trouble.await.unwrap();
    let list = scene.authority.license_list(id).await.unwrap();
    assert_eq!(list.trouble, Some(Code::KeyDeviceMissing));
    let rows = [made(&scene, id, 2).await];
    let noted = scene.authority.license_list_note(id, worker, &rows).await;
    assert!(noted.unwrap());
    let list = scene.authority.license_list(id).await.unwrap();
    assert_eq!((list.trouble, list.done), (None, 2));
    scene
        .authority
        .license_list_leave(id, worker)
        .await
        .unwrap();
    let next = take(&scene, ListWorker::new().unwrap()).await.unwrap();
    assert_eq!(next.left, [4]);
}

#[tokio::test]
async fn lists_go_after_a_month_and_their_licenses_stay() {
    let scene = Scene::new().await;
    let id = kept(&scene).await;
    scene.authority.license_list_begin(id, &WHO).await.unwrap();
    let worker = ListWorker::new().unwrap();
    take(&scene, worker).await.unwrap();
    let rows = [made(&scene, id, 2).await, made(&scene, id, 4).await];
    let noted = scene.authority.license_list_note(id, worker, &rows).await;
    assert!(noted.unwrap());
    scene.clock.pass(Seconds::days(31));
    let next = kept(&scene).await;
    let lists = scene.authority.license_lists(Page::first(9)).await.unwrap();
    let lists: Vec<_> = lists.items.into_iter().map(|list| list.id).collect();
    assert_eq!(lists, [next]);
    assert_eq!(next.to_string().parse::<ListId>().unwrap(), next);
    let license: LicenseId = rows[0].license.unwrap();
    assert!(scene.authority.license_file(license).await.is_ok());
}

#[tokio::test]
async fn a_list_ends_with_the_token_that_began_it_and_what_was_made_stays() {
    let scene = Scene::new().await;
    let program = program(&scene).await;
    let (id, waiting) = (kept(&scene).await, kept(&scene).await);
    begin(&scene, id, &program).await;
    scene.clock.pass(Seconds::new(1));
    begin(&scene, waiting, &program).await;
    let behind = kept(&scene).await;
    scene.clock.pass(Seconds::new(1));
    begin(&scene, behind, &WHO).await;
    let worker = ListWorker::new().unwrap();
    assert_eq!(take(&scene, worker).await.unwrap().list.id, id);
    let Origin::ApiToken(token) = program else {
        panic!("no token");
    };
    let revoked = scene.authority.api_token_revoke(token, &Origin::Local);
    revoked.await.unwrap();

    // What its worker has made by now is written down, and nothing else is made of it.
    let rows = [made(&scene, id, 2).await];
    let noted = scene.authority.license_list_note(id, worker, &rows).await;
    assert!(!noted.unwrap());
    let list = scene.authority.license_list(id).await.unwrap();
    assert_eq!(list.state, ListState::Stopped(ListStop::AccessEnded));
    assert_eq!((list.done, list.made), (2, 1));
    assert!(list.ended_at.is_some());
    // One that nobody had begun to work on holds up none that others began.
    assert_eq!(take(&scene, worker).await.unwrap().list.id, behind);
    let stopped = ListState::Stopped(ListStop::AccessEnded);
    assert_eq!(state(&scene, waiting).await, stopped);

    // Somebody else stands for the rest.
    begin(&scene, id, &WHO).await;
    let work = take(&scene, ListWorker::new().unwrap()).await.unwrap();
    assert_eq!((work.list.id, work.left), (id, vec![4]));
    assert_eq!(work.origin, WHO);
    scene.authority.license_list_drop(waiting).await.unwrap();
}

#[tokio::test]
async fn a_list_ends_when_the_time_of_the_token_that_began_it_is_over() {
    let scene = Scene::new().await;
    let Origin::ApiToken(token) = program(&scene).await else {
        panic!("no token");
    };
    let id = kept(&scene).await;
    begin(&scene, id, &Origin::ApiToken(token)).await;
    let worker = ListWorker::new().unwrap();
    let work = take(&scene, worker).await.unwrap();
    let note = |rows| scene.authority.license_list_note(id, worker, rows);
    assert!(note(&[]).await.unwrap());
    let ends = scene.authority.api_token(token).await.unwrap().expires_at;
    scene.clock.set(ends);
    assert!(!note(&[]).await.unwrap());
    let stopped = ListState::Stopped(ListStop::AccessEnded);
    assert_eq!(state(&scene, work.list.id).await, stopped);
}

#[tokio::test]
async fn nothing_is_made_for_who_may_make_no_licenses() {
    let scene = Scene::new().await;
    let worker = ListWorker::new().unwrap();
    let reader = program_of(&scene, Permission::ReadLicenses).await;
    let nobody = Origin::Account(AccountId::new([7; 10]));
    let address = Origin::Address("203.0.113.7".parse().unwrap());
    for origin in [reader, nobody, address] {
        let id = kept(&scene).await;
        begin(&scene, id, &origin).await;
        assert!(take(&scene, worker).await.is_none());
        let stopped = ListState::Stopped(ListStop::AccessEnded);
        assert_eq!(state(&scene, id).await, stopped);
    }
}

#[tokio::test]
async fn a_list_ends_with_the_account_that_began_it_or_with_its_role() {
    let scene = Scene::new().await;
    let account = person(&scene).await;
    let origin = Origin::Account(account);
    let worker = ListWorker::new().unwrap();
    let change = async |role, disabled| {
        let change = AccountChange {
            role: Some(role),
            disabled: Some(disabled),
        };
        let changed = scene
            .authority
            .account_change(account, change, &Origin::Local);
        changed.await.unwrap();
    };
    let id = kept(&scene).await;
    for (role, disabled) in [(Role::Auditor, false), (Role::Issuer, true)] {
        begin(&scene, id, &origin).await;
        change(role, disabled).await;
        assert!(take(&scene, worker).await.is_none());
        let stopped = ListState::Stopped(ListStop::AccessEnded);
        assert_eq!(state(&scene, id).await, stopped);
        change(Role::Issuer, false).await;
    }
    begin(&scene, id, &origin).await;
    assert_eq!(take(&scene, worker).await.unwrap().origin, origin);
}

#[tokio::test]
async fn a_list_is_stopped_by_hand_and_its_worker_still_says_what_it_made() {
    let scene = Scene::new().await;
    let id = kept(&scene).await;
    let checked = scene
        .authority
        .license_list_stop(id, &Origin::Local)
        .await
        .unwrap();
    assert_eq!(checked.state, ListState::Checked);
    begin(&scene, id, &WHO).await;
    let worker = ListWorker::new().unwrap();
    take(&scene, worker).await.unwrap();
    let rows = [made(&scene, id, 2).await, made(&scene, id, 4).await];
    let ada = AccountId::new([3; 10]);
    let hand = Origin::Account(ada);
    let stopped = scene.authority.license_list_stop(id, &hand).await.unwrap();
    assert_eq!(stopped.state, ListState::Stopped(ListStop::ByHand));
    assert!(take(&scene, ListWorker::new().unwrap()).await.is_none());
    let note = |rows| scene.authority.license_list_note(id, worker, rows);
    assert!(!note(&rows[..1]).await.unwrap());
    let list = scene.authority.license_list(id).await.unwrap();
    assert_eq!((list.state, list.made), (stopped.state, 1));

    // Begun again, it is for whoever takes it next, and no longer for who was at work before.
    begin(&scene, id, &WHO).await;
    assert!(!note(&rows[1..]).await.unwrap());
    let work = take(&scene, ListWorker::new().unwrap()).await.unwrap();
    assert_eq!(work.left, [4]);

    // The log says who began it and who stopped it, once for each time that they did.
    let log = scene.authority.audit(Page::first(500)).await.unwrap().items;
    let told = log
        .iter()
        .filter(|entry| entry.action.starts_with("license_list_"));
    let told: Vec<_> = told
        .map(|entry| (&*entry.action, entry.actor.clone()))
        .collect();
    let begun = ("license_list_begun", "vendor".to_owned());
    let stopped = ("license_list_stopped", format!("account {ada}"));
    assert_eq!(told, [begun.clone(), stopped, begun]);
}

#[tokio::test]
async fn only_so_many_lists_are_kept_and_old_ones_make_room() {
    let scene = Scene::new().await;
    let first = kept(&scene).await;
    begin(&scene, first, &WHO).await;
    scene.clock.pass(Seconds::new(1));
    for _ in 1..200 {
        kept_with(&scene, vec![row(2, false)]).await;
    }
    let refused = add(&scene, vec![row(2, false)]).await.unwrap_err();
    assert_eq!(refused.code(), Code::ListTooMany);
    assert_eq!(refused.problem().arg("most"), Some("200"));
    let lists = scene.authority.license_lists(Page::first(2)).await.unwrap();
    let shown: Vec<_> = lists.items.iter().map(|list| list.rows).collect();
    assert_eq!(shown, [1, 1]);
    scene.clock.pass(Seconds::days(31));
    kept(&scene).await;
    let lists = scene.authority.license_lists(Page::first(9)).await.unwrap();
    assert_eq!(lists.items.len(), 2);
    assert_eq!(lists.items[1].id, first);
    assert_eq!((lists.items[1].ready, lists.items[1].refused), (2, 1));
}
