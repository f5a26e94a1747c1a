//! Rows of lists: many in one transaction, none twice, on any database (rule A10).

use std::{num::NonZeroU32, slice};

use keyferry_authority::{
    Draw, EntitlementRow, EntitlementRowOutcome, EntitlementTerms, LicenseRow, Origin, Page, RowKey,
};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{Name, Refresh, Seconds, Verified};

use crate::{
    licenses::plain,
    scene::{Scene, product},
};

fn rows(count: usize) -> Vec<LicenseRow> {
    (0..count)
        .map(|row| LicenseRow {
            key: RowKey::Reference(Name::new(&format!("order-{row}")).unwrap()),
            license: plain(),
        })
        .collect()
}

#[tokio::test]
async fn a10_two_programs_at_the_same_rows_make_one_license_for_each() {
    let scene = Scene::new().await;
    let other = scene.reopened().await;
    let rows = rows(24);
    let (first, second) = tokio::join!(
        scene.authority.license_rows_make(&rows, &Origin::Local),
        other.license_rows_make(&rows, &Origin::Local),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    let mut made = 0;
    for (first, second) in first.into_iter().zip(second) {
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(first.bytes, second.bytes);
        assert!(first.changed != second.changed);
        made += 1;
    }
    let books = scene
        .authority
        .licenses(None, Page::first(100))
        .await
        .unwrap();
    assert_eq!((made, books.items.len()), (24, 24));
}

#[tokio::test]
async fn a_row_that_is_refused_leaves_the_others_alone() {
    let scene = Scene::new().await;
    let mut rows = rows(3);
    rows[1].license.grace = Some(Seconds::days(3));
    rows[1].license.features = crate::scene::features(&["exprot"]);
    rows[2].key = rows[0].key.clone();
    let made = scene
        .authority
        .license_rows_make(&rows, &Origin::Local)
        .await
        .unwrap();
    let told: Vec<_> = made
        .iter()
        .map(|made| {
            made.as_ref()
                .map(|made| made.changed)
                .map_err(|fault| fault.code().as_str())
        })
        .collect();
    // The third is the first once more.
    assert_eq!(told, [Ok(true), Err("feature_unknown"), Ok(false)]);
}

#[tokio::test]
async fn of_several_refreshes_none_is_made_twice_since_the_work_began() {
    let scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let first = scene.granted(&mut device, &sold.code).await;
    let ids = [first.activation];
    scene.clock.pass(Seconds::DAY);
    let began = NOW.plus(Seconds::DAY);
    let refresh = async || {
        let rows = scene
            .authority
            .refresh_rows(&ids, began, &Origin::Local)
            .await;
        rows.unwrap().remove(0).unwrap()
    };
    let made = refresh().await;
    let told: Verified<Refresh> = scene.open(&device, &made.refreshed.sealed);
    assert_eq!(
        told.grant.lease_expires_at,
        Some(began.plus(Seconds::days(30)))
    );
    scene.clock.pass(Seconds::HOUR);
    let again = refresh().await;
    assert!(made.made && !again.made);
    assert_eq!(again.refreshed, made.refreshed);
    assert_eq!(scene.record(first.activation).await.grants.len(), 2);
}

#[tokio::test]
async fn an_entitlement_is_added_once_for_its_reference_and_changed_by_it_later() {
    let scene = Scene::new().await;
    let row = |seats| EntitlementRow {
        reference: Name::new("A-1").unwrap(),
        product: product(),
        terms: EntitlementTerms {
            seats: NonZeroU32::new(seats),
            offline_lease: Some(Some(Seconds::days(30))),
            ..EntitlementTerms::default()
        },
    };
    let write = async |row: EntitlementRow| {
        let drafts = scene
            .authority
            .entitlement_rows_draft(slice::from_ref(&row), Draw::AtRandom)
            .await;
        let draft = drafts.unwrap().remove(0).unwrap().ok();
        let rows = [(row, draft)];
        let done = scene
            .authority
            .entitlement_rows_write(&rows, &Origin::Local)
            .await;
        let [(_, draft)] = rows;
        (done.unwrap().remove(0).unwrap(), draft)
    };
    let (added, draft) = write(row(1)).await;
    assert_eq!(added.outcome, EntitlementRowOutcome::Added);
    let mut device = TestDevice::new("north");
    scene.activate(&mut device, &draft.unwrap().code).await;
    let (same, draft) = write(row(1)).await;
    assert_eq!(
        (same.outcome, draft.is_none()),
        (EntitlementRowOutcome::Unchanged, true)
    );
    let (more, _) = write(row(4)).await;
    assert_eq!(
        (more.outcome, more.entitlement.seats),
        (EntitlementRowOutcome::Changed, 4)
    );
    assert_eq!(more.entitlement.id, added.entitlement.id);
    assert_eq!(scene.actions().await.last().unwrap(), "entitlement_changed");
}
