//! How long a program can run at all, whatever the clock does (rules, *The clock*): a device is
//! played through arbitrary clocks, boots, requests for the time and emergency runs.

use keyferry_token::EmergencyAllowance;
use proptest::collection::vec;

use super::*;
use crate::{BootId, Uptime, may_take_emergency};

const LEASE: u64 = 30;
const GRACE: u64 = 7;
const RUN: u64 = 3;
const LAST_END: u64 = 80;

/// What a device does, and what its clock does meanwhile.
#[derive(Clone, Debug)]
enum Step {
    /// So many seconds pass while it is on; then it is checked.
    Runs(u64),
    /// It is off for so many seconds.
    Off(u64),
    /// The clock is set to this many seconds after the beginning, or before it.
    Sets(i64),
    /// The clock stands still from now on, or goes on.
    Freezes(bool),
    /// The system does or does not tell how long it is on.
    Tells(bool),
    /// The vendor is asked for the time, and answers.
    AsksTime,
    /// The oldest answer that waits is applied.
    AppliesTime,
    /// An emergency run is taken.
    TakesRun,
    /// The device is another, or itself again.
    Elsewhere(bool),
}

fn day(days: u64) -> u64 {
    days * 86_400
}

/// Any course of events; `tells` says whether the system may stop telling how long it is on.
fn any_steps(tells: bool) -> impl Strategy<Value = Vec<Step>> {
    let clock = prop_oneof![
        // Around the ends that matter, around the leeway, and far away.
        (-3..100_i64).prop_map(|days| Step::Sets(days * 86_400)),
        (-200_000..200_000_i64).prop_map(Step::Sets),
        Just(Step::Sets(i64::from(u32::MAX))),
        Just(Step::Sets(-1_700_000_000)),
    ];
    let step = prop_oneof![
        8 => (0..day(4)).prop_map(Step::Runs),
        4 => (0..300_u64).prop_map(Step::Runs),
        2 => (0..day(9)).prop_map(Step::Off),
        3 => clock,
        1 => any::<bool>().prop_map(Step::Freezes),
        1 => any::<bool>().prop_map(move |on| if tells { Step::Tells(true) } else { Step::Tells(on) }),
        2 => Just(Step::AsksTime),
        2 => Just(Step::AppliesTime),
        3 => Just(Step::TakesRun),
        1 => any::<bool>().prop_map(Step::Elsewhere),
    ];
    vec(step, 1..80)
}

/// A device and its store, which nobody tampers with.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that may be so or not"
)]
struct Device {
    /// The time that really passed since the grant was given.
    real: u64,
    /// What its clock shows: behind or ahead of the real time by so much, or standing still.
    offset: i64,
    frozen_at: Option<i64>,
    boot: u8,
    on_since: u64,
    tells: bool,
    floor: Floor,
    written: Floor,
    /// Whether the floor is written as often as the rules say, or at every check.
    sparing: bool,
    run: Option<EmergencyRun>,
    runs_taken: u32,
    asked: bool,
    answer: Option<Timestamp>,
    elsewhere: bool,
    /// How long it ran: in all, and by emergency runs, between checks of one boot.
    ran: u64,
    ran_by_run: u64,
    boots: u64,
    /// Whether, and in which state, it ran at the check before this one in the same boot.
    before: Option<(State, u64)>,
}

impl Device {
    fn new(sparing: bool) -> Self {
        Self {
            real: 0,
            offset: 0,
            frozen_at: None,
            boot: 0,
            on_since: 0,
            tells: true,
            floor: Floor::default(),
            written: Floor::default(),
            sparing,
            run: None,
            runs_taken: 0,
            asked: false,
            answer: None,
            elsewhere: false,
            ran: 0,
            ran_by_run: 0,
            boots: 1,
            before: None,
        }
    }

    fn shows(&self) -> Timestamp {
        let after = self.frozen_at.unwrap_or_else(|| {
            i64::try_from(self.real)
                .unwrap()
                .saturating_add(self.offset)
        });
        let now = i64::try_from(NOW.unix()).unwrap().saturating_add(after);
        Timestamp::from_unix(u64::try_from(now).unwrap_or(0))
    }

    fn clock(&self) -> Clock {
        let uptime = self.tells.then_some(Uptime {
            boot: BootId([self.boot; 16]),
            since_boot: Seconds::new(self.real - self.on_since),
        });
        let now = self.shows();
        Clock::read(Reading { now, uptime }, self.floor).with_signed(NOW)
    }

    fn standing(&self, grant: &Grant) -> Standing {
        let scene = Scene {
            emergency: self.run,
            clock: self.clock(),
            ..Scene::at(NOW)
        };
        let present = if self.elsewhere {
            changed(&[BoardSerial, SystemDisk, NetworkAdapter])
        } else {
            this_device()
        };
        Scene { present, ..scene }.with(grant)
    }

    /// What the client does at every check: the standing, the floor, and the time request that is
    /// withdrawn once the clock is right again.
    fn checks(&mut self, grant: &Grant) -> Standing {
        let clock = self.clock();
        let standing = self.standing(grant);
        if !clock.is_behind() {
            self.asked = false;
        }
        self.keeps(clock.floor());
        if let Some((state, at)) = self.before.filter(|_| standing.state.runs()) {
            self.ran += self.real - at;
            if state == State::Emergency && standing.state == State::Emergency {
                self.ran_by_run += self.real - at;
            }
        }
        self.before = standing.state.runs().then_some((standing.state, self.real));
        standing
    }

    /// A program that ends forgets what was not worth writing.
    fn keeps(&mut self, floor: Floor) {
        if !self.sparing || floor.is_worth_writing(self.written) {
            self.written = floor;
        }
        self.floor = self.written;
    }

    fn goes_on(&mut self, step: &Step, grant: &Grant) {
        match *step {
            Step::Runs(seconds) => {
                self.real += seconds;
                self.checks(grant);
            }
            Step::Off(seconds) => {
                self.real += seconds;
                self.boot = self.boot.wrapping_add(1);
                self.boots += 1;
                self.on_since = self.real;
                self.before = None;
            }
            Step::Sets(after) => {
                self.offset = after.saturating_sub(i64::try_from(self.real).unwrap());
                self.frozen_at = self.frozen_at.map(|_| after);
            }
            Step::Freezes(freezes) => {
                let shows = i64::try_from(self.shows().unix()).unwrap();
                let after = shows - i64::try_from(NOW.unix()).unwrap();
                self.offset = after.saturating_sub(i64::try_from(self.real).unwrap());
                self.frozen_at = freezes.then_some(after);
            }
            Step::Tells(tells) => {
                self.tells = tells;
                self.before = self.before.filter(|_| tells);
            }
            Step::AsksTime => {
                if self.standing(grant).reason() == Some(Code::ClockBehind) {
                    self.asked = true;
                    self.answer = Some(NOW.plus(Seconds::new(self.real)));
                }
            }
            Step::AppliesTime => {
                let clock = self.clock();
                if let Some(time) = self.answer.filter(|_| self.asked && clock.is_behind()) {
                    self.keeps(clock.mended(time, Some(NOW)).floor());
                    self.run = None;
                    self.before = None;
                    self.asked = false;
                }
            }
            Step::TakesRun => {
                let now = self.clock().effective();
                let standing = self.standing(grant);
                let taken = may_take_emergency(&standing, Some(grant), self.runs_taken, now);
                if let Ok(run) = taken {
                    self.run = Some(run);
                    self.runs_taken += 1;
                    self.keeps(self.clock().floor());
                }
            }
            Step::Elsewhere(elsewhere) => self.elsewhere = elsewhere,
        }
    }
}

fn allowing(uses: u8) -> Grant {
    Grant {
        emergency: Some(EmergencyAllowance {
            length: Seconds::days(RUN),
            uses,
            ends_at: in_days(LAST_END),
            on_wrong_device: true,
        }),
        ..grant()
    }
}

impl Device {
    /// Sets the clock to the beginning of a day.
    fn is_set_to(&mut self, days: u64, grant: &Grant) {
        self.goes_on(&Step::Sets(i64::try_from(day(days)).unwrap()), grant);
        self.goes_on(&Step::Runs(0), grant);
    }

    /// So many days pass, with a check every six hours.
    fn is_used_for(&mut self, days: u64, grant: &Grant) {
        for _ in 0..4 * days {
            self.goes_on(&Step::Runs(day(1) / 4), grant);
        }
    }
}

#[test]
fn an_answer_that_was_kept_back_mends_no_clock_that_was_right_in_between() {
    let grant = allowing(0);
    let mut device = Device::new(true);
    device.is_set_to(2, &grant);
    device.is_set_to(0, &grant);
    device.goes_on(&Step::AsksTime, &grant);
    assert!(device.asked);
    device.is_set_to(2, &grant);
    device.is_used_for(35, &grant);
    assert_eq!(
        device.ran,
        day(35) - day(1) / 4,
        "to the last check before the end"
    );
    device.is_set_to(0, &grant);
    device.goes_on(&Step::AppliesTime, &grant);
    device.is_used_for(35, &grant);
    assert_eq!(device.ran, day(35) - day(1) / 4);
}

#[test]
fn a_run_that_was_on_when_the_clock_was_mended_does_not_begin_once_more() {
    let grant = allowing(1);
    let mut device = Device::new(true);
    device.goes_on(&Step::Off(day(40)), &grant);
    device.is_set_to(50, &grant);
    device.goes_on(&Step::TakesRun, &grant);
    device.is_used_for(2, &grant);
    assert_eq!(device.checks(&grant).state, State::Emergency);
    device.is_set_to(42, &grant);
    device.goes_on(&Step::AsksTime, &grant);
    device.goes_on(&Step::AppliesTime, &grant);
    assert_eq!(device.checks(&grant).reason(), Some(Code::LeaseEnded));
    device.goes_on(&Step::Off(day(8)), &grant);
    device.is_used_for(3, &grant);
    assert!(device.ran_by_run <= day(RUN), "{}", device.ran_by_run);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_course_of_clocks_adds_up_to_more_than_lease_grace_and_emergency(
        steps in any_steps(true),
        uses in 0..4_u8,
        sparing: bool,
    ) {
        let grant = allowing(uses);
        let mut device = Device::new(sparing);
        // What rose by less than a minute before the machine was switched off is not kept.
        let lost = |device: &Device| if sparing { 60 * device.boots } else { 0 };
        for step in steps {
            device.goes_on(&step, &grant);
            let runs = u64::from(uses) * RUN;
            prop_assert!(device.ran <= day(LEASE + GRACE + runs) + lost(&device));
            prop_assert!(device.ran_by_run <= day(runs) + lost(&device));
            prop_assert!(device.runs_taken <= u32::from(uses));
        }
    }

    #[test]
    fn no_course_of_clocks_runs_past_the_last_end_by_the_time_that_counts(
        steps in any_steps(false),
        uses in 0..4_u8,
        subscription_end in proptest::option::of(1..100_u64),
    ) {
        let grant = Grant {
            subscription_end: subscription_end.map(in_days),
            ..allowing(uses)
        };
        let last = in_days(LAST_END.min(subscription_end.unwrap_or(LAST_END)));
        let mut device = Device::new(true);
        for step in steps {
            device.goes_on(&step, &grant);
            let standing = device.standing(&grant);
            let counts = device.clock().effective();
            if standing.state.runs() {
                prop_assert!(counts < last);
                prop_assert!(standing.until.is_some_and(|until| counts < until && until <= last));
            }
            if standing.state == State::Emergency {
                let run = device.run.unwrap();
                prop_assert!(run.started <= counts && counts < run.started.plus(Seconds::days(RUN)));
            }
        }
    }

    #[test]
    fn a_clock_once_far_ahead_is_mended_and_what_is_left_of_the_lease_runs_on(
        after in 0..day(LEASE) - 1,
        ahead in 200_000..4_000_000_000_u64,
    ) {
        let grant = allowing(0);
        let mut device = Device::new(true);
        device.goes_on(&Step::Runs(after), &grant);
        device.goes_on(&Step::Sets(i64::try_from(after + ahead).unwrap()), &grant);
        device.goes_on(&Step::Runs(0), &grant);
        device.goes_on(&Step::Sets(i64::try_from(after).unwrap()), &grant);
        prop_assert_eq!(device.checks(&grant).reason(), Some(Code::ClockBehind));
        device.goes_on(&Step::AsksTime, &grant);
        device.goes_on(&Step::AppliesTime, &grant);
        let standing = device.checks(&grant);
        prop_assert_eq!(standing.state, State::Licensed);
        prop_assert_eq!(standing.until, Some(in_days(LEASE)));
        prop_assert_eq!(device.clock().effective(), NOW.plus(Seconds::new(after)));
    }
}
