//! The states of an entitlement: rule A8.

use keyferry_license::{
    EntitlementStatus::{self, Active, Expired, Revoked, Suspended},
    Refusal, change_status,
};
use keyferry_token::SeatStatus;

use crate::samples::{NOW, days_ago, in_days};

#[test]
fn a8_suspended_is_reinstated_expired_is_renewed_and_anything_can_be_revoked() {
    for (from, to) in [
        (Active, Suspended),
        (Suspended, Active),
        (Active, Expired),
        (Expired, Active),
        (Expired, Suspended),
        (Active, Revoked),
        (Suspended, Revoked),
        (Expired, Revoked),
    ] {
        assert_eq!(change_status(from, to), Ok(()), "{from:?} {to:?}");
    }
}

#[test]
fn a8_revoked_is_for_good() {
    for to in [Active, Expired, Suspended] {
        let refused = Err(Refusal::EntitlementRevoked);
        assert_eq!(change_status(Revoked, to), refused, "{to:?}");
    }
}

#[test]
fn a8_what_is_suspended_is_reinstated_before_anything_else_becomes_of_it() {
    let refused = Err(Refusal::EntitlementSuspended);
    assert_eq!(change_status(Suspended, Expired), refused);
}

#[test]
fn a8_what_is_so_already_may_stay_so() {
    for status in EntitlementStatus::ALL {
        assert_eq!(change_status(status, status), Ok(()), "{status:?}");
    }
}

#[test]
fn a8_it_has_expired_from_its_end_on_unless_the_vendor_decided_otherwise() {
    assert_eq!(Active.at(NOW, None), Active);
    assert_eq!(Active.at(NOW, Some(in_days(1))), Active);
    assert_eq!(Active.at(NOW, Some(NOW)), Expired);
    for decided in [Suspended, Revoked] {
        assert_eq!(decided.at(NOW, Some(days_ago(1))), decided);
    }
    assert_eq!(Expired.at(NOW, Some(in_days(1))), Active, "renewed");
}

#[test]
fn a_grant_says_what_the_vendor_decided() {
    assert_eq!(
        EntitlementStatus::ALL.map(EntitlementStatus::of_seats),
        [
            SeatStatus::Active,
            SeatStatus::Active,
            SeatStatus::Suspended,
            SeatStatus::Revoked
        ]
    );
    assert_eq!(
        EntitlementStatus::ALL.map(EntitlementStatus::name),
        ["active", "expired", "suspended", "revoked"]
    );
}
