//! Standings: each reason, their order, and what holds whatever the facts are.

use keyferry_token::{
    ActivationId,
    ComponentKind::{BoardSerial, Cpu, FirmwareUuid, MachineId, NetworkAdapter, SystemDisk},
    KeyId, ParseFault, Sequence, VerifyFault,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::{CLOCK_LEEWAY, Floor, Reading};

mod emergency;
mod over_time;

const NOW: Timestamp = Timestamp::from_unix(1_795_406_400);

fn in_days(days: u64) -> Timestamp {
    NOW.plus(Seconds::days(days))
}

fn this_device() -> Fingerprint {
    Fingerprint::from_digests(ComponentKind::ALL.map(|kind| (kind, [1; 8])))
}

/// This device with other parts in these places.
fn changed(kinds: &[ComponentKind]) -> Fingerprint {
    Fingerprint::from_digests(this_device().iter().map(|(kind, digest)| {
        (
            kind,
            if kinds.contains(&kind) {
                [2; 8]
            } else {
                *digest
            },
        )
    }))
}

/// Granted now for 30 days and 7 of grace.
fn grant() -> Grant {
    Grant {
        activation: ActivationId::new([1; 10]),
        sequence: Sequence(NOW.unix()),
        status: SeatStatus::Active,
        lease_expires_at: Some(in_days(30)),
        grace: Seconds::days(7),
        subscription_end: None,
        features: vec![
            Feature::new("draw").unwrap(),
            Feature::new("print").unwrap(),
        ],
        edition: None,
        holder: None,
        enrolled: this_device(),
        tolerance: 60,
        emergency: None,
        trial: false,
        maintenance_end: None,
    }
}

fn with_status(status: SeatStatus) -> Grant {
    Grant {
        status,
        lease_expires_at: None,
        ..grant()
    }
}

/// What a test changes about an intact store, this device, and a clock that shows `now`.
struct Scene {
    store: StoreCondition,
    awaiting_answer: bool,
    deactivated: bool,
    emergency: Option<EmergencyRun>,
    present: Fingerprint,
    clock: Clock,
}

/// A clock over a floor, on a machine that does not tell how long it is on.
fn clock(now: Timestamp, floor: Floor) -> Clock {
    Clock::read(Reading { now, uptime: None }, floor)
}

impl Scene {
    fn at(now: Timestamp) -> Self {
        Self {
            store: StoreCondition::Intact,
            awaiting_answer: false,
            deactivated: false,
            emergency: None,
            present: this_device(),
            clock: clock(now, Floor::at(NOW)),
        }
    }

    fn standing(&self, held: Held<'_>) -> Standing {
        standing(&Facts {
            store: self.store,
            held,
            awaiting_answer: self.awaiting_answer,
            deactivated: self.deactivated,
            emergency: self.emergency,
            present: &self.present,
            clock: self.clock,
        })
    }

    fn with(&self, grant: &Grant) -> Standing {
        let issued_at = NOW;
        self.standing(Held::Grant(GrantHeld { grant, issued_at }))
    }
}

fn behind() -> Clock {
    clock(NOW.minus(Seconds::days(2)), Floor::at(NOW))
}

#[test]
fn a_lease_that_runs_is_licensed_until_its_end() {
    let standing = Scene::at(in_days(3)).with(&grant());
    assert_eq!(standing.state, State::Licensed);
    assert_eq!(standing.reason(), None);
    assert_eq!(standing.until, Some(in_days(30)));
    assert_eq!(standing.features, grant().features);
    assert_eq!(standing.changed, []);
    assert_eq!(standing.lease, Lease::of(&grant(), NOW));
    assert_eq!(standing.exit(), Exit::Runs);
}

#[test]
fn a_lease_that_is_over_runs_on_in_grace_and_says_until_when() {
    let standing = Scene::at(in_days(30)).with(&grant());
    assert_eq!(standing.state, State::Grace);
    assert_eq!(standing.until, Some(in_days(37)));
    assert_eq!(standing.features, grant().features);
    let lease_ended = Problem::new(Code::LeaseEnded).with("until", in_days(30));
    assert_eq!(standing.problem, Some(lease_ended));
    assert_eq!(standing.exit(), Exit::Runs);
}

#[test]
fn after_grace_it_is_expired_and_says_when_the_lease_ended() {
    let standing = Scene::at(in_days(37)).with(&grant());
    assert_eq!(standing.state, State::Expired);
    assert_eq!(standing.reason(), Some(Code::LeaseEnded));
    assert_eq!(standing.until, Some(in_days(30)));
    assert_eq!(standing.features, []);
    assert_eq!(standing.exit(), Exit::Expired);
}

#[test]
fn a_subscription_that_is_over_is_named_as_the_reason() {
    let ending = Grant {
        subscription_end: Some(in_days(33)),
        ..grant()
    };
    assert_eq!(Scene::at(in_days(32)).with(&ending).state, State::Grace);
    let standing = Scene::at(in_days(33)).with(&ending);
    assert_eq!(standing.state, State::Expired);
    assert_eq!(standing.reason(), Some(Code::SubscriptionEnded));
    assert_eq!(standing.until, Some(in_days(33)));
}

#[test]
fn a_lease_that_ended_before_the_subscription_is_named_as_long_as_that_runs() {
    let ending = Grant {
        subscription_end: Some(in_days(90)),
        ..grant()
    };
    let standing = Scene::at(in_days(40)).with(&ending);
    assert_eq!(standing.reason(), Some(Code::LeaseEnded));
}

#[test]
fn nothing_here_is_unlicensed() {
    let standing = Scene::at(NOW).standing(Held::Nothing);
    assert_eq!(standing.state, State::Unlicensed);
    assert_eq!(standing.reason(), Some(Code::NotActivated));
    assert_eq!(standing.exit(), Exit::NotLicensed);
}

#[test]
fn a_request_on_its_way_is_awaiting_its_answer() {
    let scene = Scene {
        awaiting_answer: true,
        ..Scene::at(NOW)
    };
    let standing = scene.standing(Held::Nothing);
    assert_eq!(standing.state, State::Unlicensed);
    assert_eq!(standing.reason(), Some(Code::AwaitingAnswer));
    assert_eq!(standing.exit(), Exit::AwaitingAnswer);
}

#[test]
fn what_was_deactivated_here_is_told_until_it_is_asked_for_again() {
    let scene = Scene {
        deactivated: true,
        ..Scene::at(NOW)
    };
    let standing = scene.standing(Held::Nothing);
    assert_eq!(standing.state, State::Unlicensed);
    assert_eq!(standing.reason(), Some(Code::Deactivated));
    assert_eq!(standing.exit(), Exit::NotLicensed);
    let asked_again = Scene {
        awaiting_answer: true,
        ..scene
    };
    let standing = asked_again.standing(Held::Nothing);
    assert_eq!(standing.reason(), Some(Code::AwaitingAnswer));
    assert_eq!(asked_again.with(&grant()).state, State::Licensed);
}

#[test]
fn a_request_on_its_way_hides_nothing_about_a_grant_that_is_here() {
    let scene = Scene {
        awaiting_answer: true,
        ..Scene::at(in_days(31))
    };
    assert_eq!(scene.with(&grant()), Scene::at(in_days(31)).with(&grant()));
}

#[test]
fn what_the_vendor_stopped_does_not_run() {
    for (status, reason) in [
        (SeatStatus::Suspended, Code::Suspended),
        (SeatStatus::Revoked, Code::Revoked),
    ] {
        let standing = Scene::at(in_days(3)).with(&with_status(status));
        assert_eq!(standing.state, State::Stopped);
        assert_eq!(standing.reason(), Some(reason));
        assert_eq!(standing.exit(), Exit::Stopped);
    }
}

#[test]
fn a_stopped_seat_is_stopped_even_if_its_grant_still_names_a_lease() {
    let stopped = Grant {
        status: SeatStatus::Revoked,
        ..grant()
    };
    assert_eq!(Scene::at(in_days(3)).with(&stopped).state, State::Stopped);
}

#[test]
fn an_active_grant_without_a_lease_grants_nothing() {
    let standing = Scene::at(NOW).with(&with_status(SeatStatus::Active));
    assert_eq!(standing.state, State::Blocked);
    assert_eq!(standing.reason(), Some(Code::Tampered));
}

#[test]
fn a_change_within_tolerance_is_told_while_it_runs() {
    let scene = Scene {
        present: changed(&[NetworkAdapter]),
        ..Scene::at(in_days(3))
    };
    let standing = scene.with(&grant());
    assert_eq!(standing.state, State::Licensed);
    assert_eq!(standing.changed, [NetworkAdapter]);
}

#[test]
fn another_device_is_blocked_and_says_what_differs() {
    let scene = Scene {
        present: changed(&[BoardSerial, SystemDisk, NetworkAdapter]),
        ..Scene::at(in_days(3))
    };
    let standing = scene.with(&grant());
    assert_eq!(standing.state, State::Blocked);
    assert_eq!(standing.changed, [BoardSerial, SystemDisk, NetworkAdapter]);
    assert!(standing.other_device);
    let names = "board_serial,system_disk,network_adapter";
    let wrong = Problem::new(Code::WrongDevice).with("changed", names);
    assert_eq!(standing.problem, Some(wrong));
    assert_eq!(standing.features, []);
    assert_eq!(standing.exit(), Exit::WrongDevice);
}

#[test]
fn another_device_is_told_behind_a_graver_reason_too() {
    let elsewhere = Scene {
        present: changed(&[BoardSerial, SystemDisk, NetworkAdapter]),
        clock: behind(),
        ..Scene::at(NOW)
    };
    for standing in [
        elsewhere.with(&grant()),
        elsewhere.with(&with_status(SeatStatus::Suspended)),
    ] {
        assert!(standing.other_device, "{standing:?}");
        assert_eq!(standing.changed, [BoardSerial, SystemDisk, NetworkAdapter]);
    }
    assert!(!Scene::at(NOW).with(&grant()).other_device);
}

#[test]
fn a_grant_tolerates_what_it_says() {
    let scene = Scene {
        present: changed(&[BoardSerial, SystemDisk, NetworkAdapter]),
        ..Scene::at(in_days(3))
    };
    let tolerant = Grant {
        tolerance: 50,
        ..grant()
    };
    assert_eq!(scene.with(&tolerant).state, State::Licensed);
    let strict = Grant {
        tolerance: 100,
        ..grant()
    };
    let one_changed = Scene {
        present: changed(&[NetworkAdapter]),
        ..scene
    };
    assert_eq!(one_changed.with(&strict).reason(), Some(Code::WrongDevice));
}

#[test]
fn a_clock_far_behind_blocks_until_it_is_right_again() {
    let scene = Scene {
        clock: behind(),
        ..Scene::at(NOW)
    };
    let standing = scene.with(&grant());
    assert_eq!(standing.state, State::Blocked);
    assert_eq!(standing.reason(), Some(Code::ClockBehind));
    assert_eq!(standing.lease, Lease::of(&grant(), NOW));
    assert_eq!(standing.exit(), Exit::Clock);
    let right_again = Scene {
        clock: clock(in_days(1), behind().floor()),
        ..Scene::at(NOW)
    };
    assert_eq!(right_again.with(&grant()).state, State::Licensed);
}

#[test]
fn the_time_that_the_vendor_signed_counts_without_a_floor() {
    let lost_floor = |now| Scene {
        clock: clock(now, Floor::default()),
        ..Scene::at(NOW)
    };
    let early = lost_floor(NOW.minus(CLOCK_LEEWAY)).with(&grant());
    assert_eq!(early.state, State::Licensed);
    let too_early = lost_floor(NOW.minus(Seconds::days(2))).with(&grant());
    assert_eq!(too_early.reason(), Some(Code::ClockBehind));
}

#[test]
fn a_key_that_is_no_longer_trusted_is_named() {
    let key = KeyId::new([7; 8]);
    let standing = Scene::at(NOW).standing(Held::Refused(&VerifyFault::UntrustedKey { key }));
    assert_eq!(standing.state, State::Blocked);
    let untrusted = Problem::new(Code::UntrustedKey).with("kid", key);
    assert_eq!(standing.problem, Some(untrusted));
    assert_eq!(standing.exit(), Exit::Untrusted);
}

#[test]
fn a_grant_that_fails_its_check_was_tampered_with() {
    for fault in [
        VerifyFault::Signature,
        VerifyFault::OtherRecipient,
        VerifyFault::OtherVendor,
        VerifyFault::Content(ParseFault::Empty),
    ] {
        let standing = Scene::at(NOW).standing(Held::Refused(&fault));
        assert_eq!(standing.state, State::Blocked, "{fault}");
        assert_eq!(standing.reason(), Some(Code::Tampered), "{fault}");
    }
}

#[test]
fn a_damaged_store_never_runs() {
    let scene = Scene {
        store: StoreCondition::Damaged,
        ..Scene::at(in_days(3))
    };
    for standing in [
        scene.with(&grant()),
        scene.standing(Held::Nothing),
        scene.standing(Held::Refused(&VerifyFault::Signature)),
    ] {
        assert_eq!(standing.state, State::Blocked);
        assert_eq!(standing.reason(), Some(Code::StoreDamaged));
    }
}

/// Every reason at once, then one less each time: the order of precedence.
#[test]
fn the_gravest_reason_is_told_first() {
    let mut scene = Scene {
        store: StoreCondition::Damaged,
        awaiting_answer: true,
        present: changed(&[MachineId, FirmwareUuid, Cpu]),
        clock: clock(NOW.minus(Seconds::days(2)), Floor::at(in_days(90))),
        deactivated: true,
        emergency: None,
    };
    let over = Grant {
        subscription_end: Some(in_days(60)),
        ..grant()
    };
    let reason = |standing: Standing| standing.reason().unwrap();
    let revoked = with_status(SeatStatus::Revoked);

    assert_eq!(reason(scene.with(&revoked)), Code::StoreDamaged);
    scene.store = StoreCondition::Intact;
    assert_eq!(reason(scene.standing(Held::Nothing)), Code::AwaitingAnswer);
    let refused = VerifyFault::Signature;
    assert_eq!(
        reason(scene.standing(Held::Refused(&refused))),
        Code::Tampered
    );
    assert_eq!(reason(scene.with(&revoked)), Code::Revoked);
    assert_eq!(reason(scene.with(&over)), Code::ClockBehind);
    scene.clock = clock(in_days(90), Floor::at(in_days(90)));
    assert_eq!(reason(scene.with(&over)), Code::WrongDevice);
    scene.present = this_device();
    assert_eq!(reason(scene.with(&over)), Code::SubscriptionEnded);
}

#[test]
fn the_end_is_announced_from_fourteen_days_before() {
    let standing = Scene::at(in_days(3)).with(&grant());
    assert!(!standing.end_is_near(in_days(16).minus(Seconds::new(1))));
    assert!(standing.end_is_near(in_days(16)));
    let grace = Scene::at(in_days(31)).with(&grant());
    assert!(grace.end_is_near(in_days(31)), "of grace");
    let long_grace = Grant {
        grace: Seconds::days(40),
        ..grant()
    };
    let grace = Scene::at(in_days(31)).with(&long_grace);
    assert!(!grace.end_is_near(in_days(31)));
    let over = Scene::at(in_days(40)).with(&grant());
    assert!(!over.end_is_near(in_days(40)));
}

#[test]
fn a_subscription_that_ends_soon_is_announced_like_any_end() {
    let ending = Grant {
        subscription_end: Some(in_days(12)),
        ..grant()
    };
    let standing = Scene::at(in_days(1)).with(&ending);
    assert!(standing.end_is_near(in_days(1)));
    assert_eq!(standing.days_left(in_days(1)), Some(11));
}

#[test]
fn the_days_that_are_left_are_whole_ones() {
    let standing = Scene::at(in_days(3)).with(&grant());
    assert_eq!(standing.days_left(in_days(3)), Some(27));
    let a_second = Seconds::new(1);
    assert_eq!(standing.days_left(in_days(3).plus(a_second)), Some(26));
    assert_eq!(standing.days_left(in_days(30).minus(a_second)), Some(0));
    let over = Scene::at(in_days(40)).with(&grant());
    assert_eq!(over.days_left(in_days(40)), None);
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    // Around the lease of the grant, so that every phase comes up.
    (0..100 * 86_400_u64).prop_map(|after| NOW.minus(Seconds::days(30)).plus(Seconds::new(after)))
}

fn any_device() -> impl Strategy<Value = Fingerprint> {
    vec(0..6_usize, 0..4).prop_map(|parts| {
        changed(
            &parts
                .iter()
                .map(|at| ComponentKind::ALL[*at])
                .collect::<Vec<_>>(),
        )
    })
}

proptest! {
    #[test]
    fn it_runs_only_when_nothing_speaks_against_it(
        damaged in prop::bool::weighted(0.2),
        status in select(vec![SeatStatus::Active, SeatStatus::Suspended, SeatStatus::Revoked]),
        present in any_device(),
        now in any_time(),
        floor in any_time(),
        subscription_end in option::of(any_time()),
        awaiting_answer: bool,
    ) {
        let lease_expires_at = (status == SeatStatus::Active).then_some(in_days(30));
        let grant = Grant { status, lease_expires_at, subscription_end, ..grant() };
        let scene = Scene {
            store: if damaged { StoreCondition::Damaged } else { StoreCondition::Intact },
            awaiting_answer,
            present,
            clock: clock(now, Floor::at(floor)),
            ..Scene::at(NOW)
        };
        let standing = scene.with(&grant);

        let effective = now.max(floor).max(NOW);
        let end = subscription_end.map_or(in_days(37), |end| end.min(in_days(37)));
        let runs = !damaged
            && status == SeatStatus::Active
            && effective.since(now) <= CLOCK_LEEWAY
            && compare(&grant.enrolled, &scene.present, 60).within
            && effective < end;
        prop_assert_eq!(standing.state.runs(), runs);
        prop_assert_eq!(standing.problem.is_none(), standing.state == State::Licensed);
        prop_assert_eq!(standing.features.is_empty(), !runs);
        prop_assert_eq!(standing.exit() == Exit::Runs, runs);
        if runs {
            prop_assert!(standing.until.is_some_and(|until| effective < until && until <= end));
        }
        prop_assert!(standing.state != State::Emergency, "without a run");
        prop_assert_eq!(
            standing.other_device,
            !damaged && !compare(&grant.enrolled, &scene.present, 60).within
        );
        if let Some(problem) = standing.problem {
            let takes: Vec<_> = problem.code.placeholders().iter().map(|p| p.name).collect();
            let brings: Vec<_> = problem.args.iter().map(|(name, _)| *name).collect();
            prop_assert_eq!(brings, takes);
        }
    }

    #[test]
    fn once_over_no_clock_makes_it_run_again(shown in vec(any_time(), 1..60)) {
        let grant = grant();
        let mut floor = Floor::default();
        let mut over = false;
        for now in shown {
            let clock = clock(now, floor);
            let standing = Scene { clock, ..Scene::at(NOW) }.with(&grant);
            prop_assert!(!(over && standing.state.runs()), "ran again at {now}");
            over |= standing.state == State::Expired;
            floor = clock.floor();
        }
    }
}
