//! Lists of licenses that the portal keeps: one worker at a time, and another one after it.

use keyferry_authority::{
    LicenseRow, ListFault, ListId, ListRow, ListState, ListWork, ListWorker, NewList, Origin, Page,
    RowKey,
};
use keyferry_catalogue::Code;
use keyferry_token::{AccountId, LicenseId, Seconds};

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

const WHO: Origin = Origin::Account(AccountId::new([7; 10]));

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
async fn only_so_many_lists_are_kept_and_old_ones_make_room() {
    let scene = Scene::new().await;
    let first = kept(&scene).await;
    let begun = scene.authority.license_list_begin(first, &WHO);
    begun.await.unwrap();
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
