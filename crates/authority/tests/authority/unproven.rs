//! What a restoration believes of a log behind the entries that the backup or a head proves: whoever can
//! write to an export can go on with its chain.

use std::num::NonZeroU32;

use keyferry_authority::{
    Account, AccountChange, AccountName, Authority, EntitlementKey, EntitlementRenewal,
    EntitlementTerms, IssuedEntitlement, Origin, ProductTerms, Role,
};
use keyferry_fixtures::{NOW, TestDevice};
use keyferry_token::{ActivationId, LicenseId, Seconds};

use crate::{
    licenses::plain,
    restore::{Kept, Log, restored_trusting},
    scene::{Scene, product},
};

const ORIGIN: Origin = Origin::Local;

/// What can be given to somebody who writes entries.
struct Books {
    scene: Scene,
    sold: IssuedEntitlement,
    suspended: IssuedEntitlement,
    person: Account,
    off: Account,
    license: LicenseId,
    released: ActivationId,
    device: TestDevice,
}

fn key(sold: &IssuedEntitlement) -> EntitlementKey {
    EntitlementKey::Id(sold.entitlement.id)
}

fn seats(seats: u32) -> EntitlementTerms {
    EntitlementTerms {
        seats: NonZeroU32::new(seats),
        ..EntitlementTerms::default()
    }
}

fn grace(days: u64) -> ProductTerms {
    ProductTerms {
        grace: Some(Seconds::days(days)),
        ..ProductTerms::default()
    }
}

fn renewal(days: u64, lease: u64) -> EntitlementRenewal {
    EntitlementRenewal {
        ends_at: NOW.plus(Seconds::days(days)),
        offline_lease: Some(Seconds::days(lease)),
        maintenance_end: None,
    }
}

async fn person(authority: &Authority, name: &str) -> Account {
    let name = AccountName::new(name).unwrap();
    let added = authority.account_add(&name, Role::Support, &ORIGIN).await;
    added.unwrap().account
}

fn off(disabled: bool) -> AccountChange {
    AccountChange {
        role: None,
        disabled: Some(disabled),
    }
}

fn role(role: Role) -> AccountChange {
    AccountChange {
        role: Some(role),
        disabled: None,
    }
}

impl Books {
    async fn new() -> Self {
        let scene = Scene::new().await;
        let authority = &scene.authority;
        let sold = scene.sell(2).await;
        authority
            .entitlement_renew(&key(&sold), renewal(50, 10), &ORIGIN)
            .await
            .unwrap();
        let suspended = scene.sell(1).await;
        authority
            .entitlement_suspend(&key(&suspended), &ORIGIN)
            .await
            .unwrap();
        let off_now = person(authority, "kim").await;
        authority
            .account_change(off_now.id, off(true), &ORIGIN)
            .await
            .unwrap();
        let made = authority.license_make(&plain(), &ORIGIN).await.unwrap();
        let license = made.issued.license.id;
        let mut device = TestDevice::new("pc");
        let released = scene.granted(&mut device, &sold.code).await;
        let released = released.activation;
        authority.release_lost(released, &ORIGIN).await.unwrap();
        scene.clock.pass(Seconds::new(5));
        authority.license_suspend(license, &ORIGIN).await.unwrap();
        Self {
            person: person(authority, "robin").await,
            off: off_now,
            sold,
            suspended,
            license,
            released,
            device,
            scene,
        }
    }

    /// All that gives something.
    async fn give(&self) {
        let authority = &self.scene.authority;
        authority
            .entitlement_change(&key(&self.sold), &seats(9), &ORIGIN)
            .await
            .unwrap();
        authority
            .entitlement_renew(&key(&self.sold), renewal(400, 40), &ORIGIN)
            .await
            .unwrap();
        authority
            .entitlement_reinstate(&key(&self.suspended), &ORIGIN)
            .await
            .unwrap();
        for (account, change) in [(&self.person, role(Role::Admin)), (&self.off, off(false))] {
            authority
                .account_change(account.id, change, &ORIGIN)
                .await
                .unwrap();
        }
        let product = product();
        authority
            .product_change(&product, grace(30), &ORIGIN)
            .await
            .unwrap();
        authority.allow_again(self.released, &ORIGIN).await.unwrap();
        self.scene.clock.pass(Seconds::new(5));
        authority
            .license_reinstate(self.license, &ORIGIN)
            .await
            .unwrap();
    }

    /// What there is of all that in books that were brought back.
    async fn given_in(&mut self, back: &Scene) -> [bool; 8] {
        let authority = &back.authority;
        let sold = authority.entitlement(&key(&self.sold)).await.unwrap();
        let suspended = authority.entitlement(&key(&self.suspended)).await.unwrap();
        let person = authority.account(self.person.id).await.unwrap();
        let off = authority.account(self.off.id).await.unwrap();
        let products = authority.products().await.unwrap();
        let license = authority.license(self.license).await.unwrap();
        let blocked = back
            .receive(&back.request(&mut self.device, &self.sold.code))
            .await;
        let blocked = matches!(blocked, keyferry_authority::Received::Refused(_));
        [
            sold.seats == 9,
            sold.ends_at == Some(renewal(400, 40).ends_at)
                && sold.offline_lease == renewal(400, 40).offline_lease,
            suspended.status.name() == "active",
            person.role == Role::Admin,
            !off.disabled,
            products[0].grace == Seconds::days(30),
            !blocked,
            license.issued.license.status.name() == "active",
        ]
    }
}

#[tokio::test]
async fn a14_what_nothing_proves_gives_nothing_and_is_told() {
    for with_head in [true, false] {
        let mut books = Books::new().await;
        // A copy of a server's database proves what was sealed in it, and that need not be all of it.
        books.scene.authority.seal_audit().await.unwrap();
        let kept = Kept::of(&books.scene).await;
        // Taken before what somebody wrote behind it.
        let head = Log::of(&books.scene.authority).await.head;
        let head = with_head.then_some(head);
        books.give().await;
        let log = Log::of(&books.scene.authority).await;
        books.scene.clock.pass(Seconds::new(5));
        let (back, told) = restored_trusting(&books.scene, kept, (&log.lines, head), false).await;
        let not_done: Vec<_> = told.not_done.iter().map(|entry| &*entry.action).collect();
        assert_eq!(
            not_done,
            [
                "entitlement_changed",
                "entitlement_renewed",
                "entitlement_reinstated",
                "account_changed",
                "account_changed",
                "product_changed",
                "device_allowed",
                "license_reinstated",
            ]
        );
        assert_eq!(told.not_done[0].position, told.proven + 1);
        assert_eq!(
            told.not_done[0].about,
            books.sold.entitlement.id.to_string()
        );
        assert_eq!(books.given_in(&back).await, [false; 8]);
        back.authority.verify_audit(None).await.unwrap();
    }
}

#[tokio::test]
async fn a14_what_a_head_proves_or_somebody_vouches_for_is_done_again() {
    for unproven in [false, true] {
        let mut books = Books::new().await;
        let kept = Kept::of(&books.scene).await;
        books.give().await;
        let log = Log::of(&books.scene.authority).await;
        books.scene.clock.pass(Seconds::new(5));
        let head = (!unproven).then_some(log.head);
        let (back, told) =
            restored_trusting(&books.scene, kept, (&log.lines, head), unproven).await;
        assert!(told.not_done.is_empty(), "{:?}", told.not_done);
        assert_eq!(books.given_in(&back).await, [true; 8]);
    }
}

#[tokio::test]
async fn a14_what_takes_away_is_done_again_without_a_proof() {
    let books = Books::new().await;
    let authority = &books.scene.authority;
    let fewer = EntitlementTerms {
        ends_at: Some(Some(renewal(49, 5).ends_at)),
        offline_lease: Some(renewal(49, 5).offline_lease),
        ..seats(1)
    };
    let kept = Kept::of(&books.scene).await;
    authority
        .entitlement_change(&key(&books.sold), &fewer, &ORIGIN)
        .await
        .unwrap();
    authority
        .account_change(books.person.id, off(true), &ORIGIN)
        .await
        .unwrap();
    authority
        .product_change(&product(), grace(1), &ORIGIN)
        .await
        .unwrap();
    let log = Log::of(authority).await;
    books.scene.clock.pass(Seconds::new(5));
    let (back, told) = restored_trusting(&books.scene, kept, (&log.lines, None), false).await;
    assert!(told.not_done.is_empty(), "{:?}", told.not_done);
    let sold = back.authority.entitlement(&key(&books.sold)).await.unwrap();
    assert_eq!(sold.seats, 1);
    assert_eq!(sold.ends_at, fewer.ends_at.flatten());
    assert_eq!(sold.offline_lease, Some(Seconds::days(5)));
    assert!(
        back.authority
            .account(books.person.id)
            .await
            .unwrap()
            .disabled
    );
    let products = back.authority.products().await.unwrap();
    assert_eq!(products[0].grace, Seconds::days(1));
}
