//! Emergency runs: when one may be taken, what it lifts, and when it is over.

use keyferry_token::EmergencyAllowance;

use super::*;
use crate::{
    EMERGENCY_WINDOW, EmergencyFacts, EmergencyTerms, Refusal, Terms, emergency_allowance,
    emergency_facts, lease, may_take_emergency,
};

/// Two runs of three days, up to the sixtieth day.
fn allowing(on_wrong_device: bool) -> Grant {
    Grant {
        emergency: Some(EmergencyAllowance {
            length: Seconds::days(3),
            uses: 2,
            ends_at: in_days(60),
            on_wrong_device,
        }),
        ..grant()
    }
}

fn run(from: u64) -> EmergencyRun {
    EmergencyRun {
        started: in_days(from),
        ends: in_days(from + 3),
    }
}

/// The scene on this day, while this run was taken last.
fn taken(day: u64, run: EmergencyRun) -> Scene {
    Scene {
        emergency: Some(run),
        ..Scene::at(in_days(day))
    }
}

fn elsewhere(mut scene: Scene) -> Scene {
    scene.present = changed(&[BoardSerial, SystemDisk, NetworkAdapter]);
    scene
}

fn may_take(scene: &Scene, grant: &Grant, taken: u32) -> Result<EmergencyRun, Refusal> {
    let now = scene.clock.effective();
    may_take_emergency(&scene.with(grant), Some(grant), taken, now)
}

#[test]
fn once_grace_is_over_a_run_can_be_taken_as_often_as_was_allowed() {
    let scene = Scene::at(in_days(40));
    assert_eq!(may_take(&scene, &allowing(false), 0), Ok(run(40)));
    assert_eq!(may_take(&scene, &allowing(false), 1), Ok(run(40)));
    let used_up = Err(Refusal::EmergencyUsedUp { uses: 2 });
    assert_eq!(may_take(&scene, &allowing(false), 2), used_up);
    assert_eq!(may_take(&scene, &allowing(false), 9), used_up);
}

#[test]
fn while_it_runs_none_is_needed() {
    for (scene, until) in [
        (Scene::at(in_days(3)), in_days(30)),
        (Scene::at(in_days(31)), in_days(37)),
        (taken(41, run(40)), in_days(43)),
    ] {
        let not_needed = Err(Refusal::EmergencyNotNeeded { until: Some(until) });
        assert_eq!(may_take(&scene, &allowing(true), 0), not_needed);
    }
}

#[test]
fn without_an_allowance_none_can_be_taken() {
    let not_allowed = Err(Refusal::EmergencyNotAllowed);
    let scene = Scene::at(in_days(40));
    assert_eq!(may_take(&scene, &grant(), 0), not_allowed);
    let allowance = allowing(true).emergency.unwrap();
    for nothing in [
        EmergencyAllowance {
            uses: 0,
            ..allowance
        },
        EmergencyAllowance {
            length: Seconds::ZERO,
            ..allowance
        },
    ] {
        let empty = Grant {
            emergency: Some(nothing),
            ..grant()
        };
        assert_eq!(may_take(&scene, &empty, 0), not_allowed);
        let standing = scene.with(&empty);
        assert_eq!(emergency_facts(&standing, Some(&empty), 0, NOW), None);
    }
}

#[test]
fn on_another_device_one_can_be_taken_where_the_grant_says_so() {
    let scene = elsewhere(Scene::at(in_days(3)));
    assert_eq!(may_take(&scene, &allowing(true), 0), Ok(run(3)));
    let not_allowed = Err(Refusal::EmergencyNotAllowed);
    assert_eq!(may_take(&scene, &allowing(false), 0), not_allowed);
}

#[test]
fn whatever_else_keeps_it_from_running_is_told_instead() {
    let suspended = with_status(SeatStatus::Suspended);
    let behind = Scene {
        clock: behind(),
        ..Scene::at(NOW)
    };
    let damaged = Scene {
        store: StoreCondition::Damaged,
        ..Scene::at(in_days(40))
    };
    let subscription = Grant {
        subscription_end: Some(in_days(33)),
        ..allowing(true)
    };
    for (scene, grant, reason) in [
        (&Scene::at(in_days(40)), &suspended, Code::Suspended),
        (&behind, &allowing(true), Code::ClockBehind),
        (&damaged, &allowing(true), Code::StoreDamaged),
        (
            &Scene::at(in_days(40)),
            &subscription,
            Code::SubscriptionEnded,
        ),
    ] {
        let refusal = may_take(scene, grant, 0).unwrap_err();
        assert_eq!(refusal.code(), reason);
    }
    for deactivated in [false, true] {
        let scene = Scene {
            deactivated,
            ..Scene::at(NOW)
        };
        let nothing = scene.standing(Held::Nothing);
        let refusal = may_take_emergency(&nothing, None, 0, NOW).unwrap_err();
        assert_eq!(Some(refusal.code()), nothing.reason());
    }
}

#[test]
fn it_ends_after_its_length_with_the_allowance_or_with_the_subscription() {
    let late = Scene::at(in_days(58));
    let cut = EmergencyRun {
        started: in_days(58),
        ends: in_days(60),
    };
    assert_eq!(may_take(&late, &allowing(false), 0), Ok(cut));
    let ending = Grant {
        subscription_end: Some(in_days(59)),
        ..allowing(true)
    };
    let cut_sooner = EmergencyRun {
        ends: in_days(59),
        ..cut
    };
    assert_eq!(may_take(&late, &ending, 0), Ok(cut_sooner));
    let over = |ended| Err(Refusal::EmergencyOver { ended });
    assert_eq!(
        may_take(&Scene::at(in_days(60)), &allowing(false), 0),
        over(in_days(60))
    );
    let elsewhere = elsewhere(Scene::at(in_days(59)));
    assert_eq!(may_take(&elsewhere, &ending, 0), over(in_days(59)));
}

#[test]
fn a_run_lifts_the_end_of_the_lease_and_says_until_when() {
    let standing = taken(42, run(40)).with(&allowing(false));
    assert_eq!(standing.state, State::Emergency);
    assert_eq!(standing.reason(), Some(Code::LeaseEnded));
    assert_eq!(standing.until, Some(in_days(43)));
    assert_eq!(standing.features, grant().features);
    assert_eq!(standing.exit(), Exit::Runs);
    assert!(standing.end_is_near(in_days(42)));
    assert_eq!(standing.days_left(in_days(42)), Some(1));
    let over = taken(43, run(40)).with(&allowing(false));
    assert_eq!(over, Scene::at(in_days(43)).with(&allowing(false)));
    assert_eq!(over.state, State::Expired);
}

#[test]
fn a_run_lifts_another_device_where_the_grant_says_so() {
    let scene = elsewhere(taken(4, run(3)));
    let standing = scene.with(&allowing(true));
    assert_eq!(standing.state, State::Emergency);
    assert_eq!(standing.reason(), Some(Code::WrongDevice));
    assert_eq!(standing.until, Some(in_days(6)));
    assert!(standing.other_device);
    assert_eq!(scene.with(&allowing(false)).state, State::Blocked);
    assert_eq!(
        elsewhere(taken(6, run(3))).with(&allowing(true)).state,
        State::Blocked
    );
}

#[test]
fn a_run_lifts_nothing_else() {
    let run = run(3);
    let suspended = Grant {
        status: SeatStatus::Suspended,
        lease_expires_at: None,
        ..allowing(true)
    };
    assert_eq!(taken(4, run).with(&suspended).state, State::Stopped);
    let behind = Scene {
        clock: clock(NOW.minus(Seconds::days(2)), Floor::at(in_days(4))),
        ..taken(4, run)
    };
    let standing = behind.with(&allowing(true));
    assert_eq!(standing.reason(), Some(Code::ClockBehind));
    let damaged = Scene {
        store: StoreCondition::Damaged,
        ..taken(4, run)
    };
    assert_eq!(damaged.with(&allowing(true)).state, State::Blocked);
    let nothing = taken(4, run).standing(Held::Nothing);
    assert_eq!(nothing.state, State::Unlicensed);
}

#[test]
fn a_run_is_not_needed_while_the_lease_lasts() {
    let standing = taken(4, run(3)).with(&allowing(true));
    assert_eq!(standing, Scene::at(in_days(4)).with(&allowing(true)));
    assert_eq!(standing.state, State::Licensed);
}

#[test]
fn a_run_that_was_taken_on_another_device_hides_no_grace_on_its_own() {
    let standing = taken(31, run(30)).with(&allowing(true));
    assert_eq!(standing, Scene::at(in_days(31)).with(&allowing(true)));
    assert_eq!(standing.state, State::Grace);
}

#[test]
fn what_was_kept_about_a_run_counts_as_far_as_the_grant_allows_it() {
    let forged = EmergencyRun {
        started: in_days(40),
        ends: in_days(3_650),
    };
    let granted = allowing(false);
    assert_eq!(taken(42, forged).with(&granted).until, Some(in_days(43)));
    assert_eq!(taken(43, forged).with(&granted).state, State::Expired);
    let near_the_end = EmergencyRun {
        started: in_days(58),
        ends: in_days(61),
    };
    let standing = taken(59, near_the_end).with(&granted);
    assert_eq!(standing.until, Some(in_days(60)));
    assert_eq!(taken(42, run(40)).with(&grant()).state, State::Expired);
    let not_begun = taken(39, run(40)).with(&granted);
    assert_eq!(not_begun.state, State::Expired);
}

#[test]
fn a_run_ends_with_a_subscription_that_ends_in_it() {
    let ending = Grant {
        subscription_end: Some(in_days(42)),
        ..allowing(true)
    };
    let standing = taken(41, run(40)).with(&ending);
    assert_eq!(standing.until, Some(in_days(42)));
    let over = taken(42, run(40)).with(&ending);
    assert_eq!(over.reason(), Some(Code::SubscriptionEnded));
}

#[test]
fn what_can_be_told_about_runs_follows_from_the_grant() {
    let granted = allowing(false);
    let facts = |scene: &Scene, taken| {
        let now = scene.clock.effective();
        emergency_facts(&scene.with(&granted), Some(&granted), taken, now)
    };
    let told = EmergencyFacts {
        length: Seconds::days(3),
        uses_left: 2,
        ends_at: in_days(60),
        available: false,
        running_until: None,
    };
    assert_eq!(facts(&Scene::at(in_days(3)), 0), Some(told));
    let expired = EmergencyFacts {
        available: true,
        ..told
    };
    assert_eq!(facts(&Scene::at(in_days(40)), 0), Some(expired));
    let running = EmergencyFacts {
        uses_left: 1,
        running_until: Some(in_days(43)),
        ..told
    };
    assert_eq!(facts(&taken(41, run(40)), 1), Some(running));
    let used_up = EmergencyFacts {
        uses_left: 0,
        ..told
    };
    assert_eq!(facts(&Scene::at(in_days(50)), 3), Some(used_up));
    let standing = Scene::at(NOW).with(&grant());
    assert_eq!(emergency_facts(&standing, None, 0, NOW), None);
    assert_eq!(emergency_facts(&standing, Some(&grant()), 0, NOW), None);
}

#[test]
fn a_grant_allows_runs_for_two_weeks_longer_than_they_take_and_never_past_the_subscription() {
    assert_eq!(EMERGENCY_WINDOW, Seconds::days(14));
    let terms = EmergencyTerms {
        length: Seconds::days(3),
        uses: 2,
        on_wrong_device: true,
    };
    let given = lease(
        NOW,
        &Terms {
            offline_lease_period: Seconds::days(30),
            grace: Seconds::days(7),
            subscription_end: None,
        },
    );
    let allowed = emergency_allowance(Some(&terms), &given, None).unwrap();
    assert_eq!((allowed.length, allowed.uses), (terms.length, 2));
    assert!(allowed.on_wrong_device);
    assert_eq!(allowed.ends_at, in_days(30 + 7 + 2 * 3 + 14));
    let ending = emergency_allowance(Some(&terms), &given, Some(in_days(44))).unwrap();
    assert_eq!(ending.ends_at, in_days(44));
    assert_eq!(emergency_allowance(None, &given, None), None);
    for nothing in [
        EmergencyTerms { uses: 0, ..terms },
        EmergencyTerms {
            length: Seconds::ZERO,
            ..terms
        },
    ] {
        assert_eq!(emergency_allowance(Some(&nothing), &given, None), None);
    }
}
