//! Lost devices: rule A9.

use keyferry_license::{Ended, Policy, Refusal, decide_release};

const POLICY: Policy = Policy {
    rebinds: 3,
    moves: 6,
    lost: 2,
};

#[test]
fn a9_a_seat_is_released_as_often_in_a_year_as_the_vendor_allows() {
    assert_eq!(decide_release(None, 0, POLICY), Ok(()));
    assert_eq!(decide_release(None, 1, POLICY), Ok(()));
    let refused = Err(Refusal::ReleaseCapReached { cap: 2 });
    assert_eq!(decide_release(None, 2, POLICY), refused);
    assert_eq!(decide_release(None, 9, POLICY), refused);
}

#[test]
fn a9_what_holds_no_seat_is_not_released_and_the_reason_is_told_before_the_cap() {
    for (ended, refusal) in [
        (Ended::Superseded, Refusal::ActivationSuperseded),
        (Ended::Released, Refusal::ActivationReleased),
        (Ended::Deactivated, Refusal::ActivationDeactivated),
    ] {
        assert_eq!(decide_release(Some(ended), 9, POLICY), Err(refusal));
    }
}

#[test]
fn a_vendor_who_says_nothing_allows_three_rebinds_six_moves_and_two_lost_devices() {
    assert_eq!(Policy::default(), POLICY);
}
