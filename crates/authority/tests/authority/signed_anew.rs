//! What a revoked key signed is not given again as it left: the same is signed anew.

use keyferry_authority::{AnswerOutcome, LicenseRow, Origin, Received, Rotation, RowKey};
use keyferry_fixtures::TestDevice;
use keyferry_token::{
    ActivationResponse, KeyId, Name, Refresh, Seconds, SignedLicense, TimeAnswer, Verified,
};

use crate::{
    licenses::{ORIGIN, plain},
    scene::{Scene, answered},
};

impl Scene {
    /// Puts a new signing key in the place of the one in use; the old one.
    async fn rotate_signing(&mut self) -> KeyId {
        self.clock.pass(Seconds::new(60));
        let rotated = self
            .authority
            .rotate_key(Rotation::Signing, &Origin::Local)
            .await
            .unwrap();
        self.clock.pass(Seconds::new(60));
        self.learn().await;
        rotated.replaces
    }

    /// The same, and nothing that the old one signed counts any more.
    async fn revoke_signing(&mut self) {
        let old = self.rotate_signing().await;
        self.authority
            .retire_key(old, &Origin::Local)
            .await
            .unwrap();
        self.learn().await;
    }

    /// Customers open the newest profile.
    async fn learn(&mut self) {
        self.profile = self.authority.profile().await.unwrap();
    }

    /// As an earlier version kept it, which did not write down who signed.
    async fn forget_signers(&self) {
        for statement in [
            "UPDATE grants SET kid = NULL",
            "UPDATE times_told SET kid = NULL",
        ] {
            sqlx::query(statement)
                .execute(&mut self.database().await)
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn a3_an_answer_by_a_revoked_key_is_the_same_grant_by_a_key_that_counts() {
    for forgotten in [false, true] {
        let mut scene = Scene::new().await;
        let sold = scene.sell(1).await;
        let mut device = TestDevice::new("north");
        let request = scene.request(&mut device, &sold.code);
        let first = answered(scene.receive(&request).await);
        let before: Verified<ActivationResponse> = scene.open(&device, &first.sealed);
        if forgotten {
            scene.forget_signers().await;
        }
        // A key that was replaced still counts: the same bytes.
        let old = scene.rotate_signing().await;
        let again = answered(scene.receive(&request).await);
        assert_eq!(again.sealed.bytes, first.sealed.bytes);
        scene
            .authority
            .retire_key(old, &Origin::Local)
            .await
            .unwrap();
        scene.learn().await;

        let actions = scene.actions().await;
        let anew = answered(scene.receive(&request).await);
        assert_eq!(anew.outcome, AnswerOutcome::Reissued);
        let after: Verified<ActivationResponse> = scene.open(&device, &anew.sealed);
        assert_ne!(before.key(), after.key());
        assert_eq!(*after, *before);
        assert_eq!(anew.lease_expires_at, first.lease_expires_at);
        // From now on these are the bytes that it gets.
        let again = answered(scene.receive(&request).await);
        assert_eq!(again.sealed.bytes, anew.sealed.bytes);
        assert_eq!(scene.actions().await, actions);
        assert_eq!(scene.seats_used(&sold).await, 1);
    }
}

#[tokio::test]
async fn a_time_by_a_revoked_key_is_the_same_time_by_a_key_that_counts() {
    let mut scene = Scene::new().await;
    let sold = scene.sell(1).await;
    let mut device = TestDevice::new("north");
    let grant = scene.granted(&mut device, &sold.code).await;
    let to = scene.vendor();
    let claims = device.next_time_request(&to, grant.activation);
    let request = device.seal(&claims, &to);
    let told = |received| match received {
        Received::TimeTold(told) => *told,
        other => panic!("not told: {other:?}"),
    };
    let first = told(scene.receive(&request).await);
    scene.revoke_signing().await;
    let anew = told(scene.receive(&request).await);
    assert!(anew.reissued && anew.time == first.time);
    let read: Verified<TimeAnswer> = scene.open(&device, &anew.sealed);
    assert_eq!(
        (read.issued_at, read.challenge),
        (first.time, claims.challenge)
    );
    assert_eq!(
        told(scene.receive(&request).await).sealed.bytes,
        anew.sealed.bytes
    );
}

#[tokio::test]
async fn a6_refreshes_that_were_cut_off_before_the_key_was_replaced_are_made_by_the_new_one() {
    for forgotten in [false, true] {
        let mut scene = Scene::new().await;
        let sold = scene.sell(1).await;
        let mut device = TestDevice::new("north");
        let activation = scene.granted(&mut device, &sold.code).await.activation;
        let since = keyferry_authority::Clock::now(&scene.clock);
        let made = async |scene: &Scene| {
            let authority = &scene.authority;
            let rows = authority
                .refresh_rows(&[activation], since, &Origin::Local)
                .await;
            rows.unwrap().remove(0).unwrap()
        };
        assert!(made(&scene).await.made);
        if forgotten {
            scene.forget_signers().await;
        }
        assert!(!made(&scene).await.made);
        let old = scene.rotate_signing().await;
        let anew = made(&scene).await;
        assert!(anew.made);
        let refresh: Verified<Refresh> = scene.open(&device, &anew.refreshed.sealed);
        assert_ne!(refresh.key(), Some(old));
        let again = made(&scene).await;
        assert!(!again.made && again.refreshed.sealed.bytes == anew.refreshed.sealed.bytes);
    }
}

#[tokio::test]
async fn a_license_by_a_revoked_key_is_given_again_by_a_key_that_counts() {
    let mut scene = Scene::new().await;
    let rows = [LicenseRow {
        key: RowKey::Reference(Name::new("order-1").unwrap()),
        license: plain(),
    }];
    let known = async |scene: &Scene| {
        let made = scene.authority.license_rows_make(&rows, &Origin::Local);
        made.await.unwrap().remove(0).unwrap()
    };
    let row = known(&scene).await;
    let single = scene.make(plain()).await;
    let old = scene.rotate_signing().await;
    assert_eq!(known(&scene).await.bytes, row.bytes);
    scene
        .authority
        .retire_key(old, &Origin::Local)
        .await
        .unwrap();
    scene.learn().await;

    let anew = known(&scene).await;
    let id = single.issued.license.id;
    let again = scene
        .authority
        .license_reinstate(id, &ORIGIN)
        .await
        .unwrap();
    for (before, after) in [(row, &anew), (single, &again)] {
        assert!(!after.changed && after.bytes != before.bytes);
        let signed = SignedLicense::parse(&after.bytes).unwrap();
        let read = signed.verify(&scene.profile.signing_keys()).unwrap();
        assert_eq!(*read, before.issued.license);
        assert_eq!(after.issued.files, before.issued.files);
    }
    assert_eq!(known(&scene).await.bytes, anew.bytes);
}
