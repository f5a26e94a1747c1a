//! Every accident at every step, with one seat: the computer runs again, and holds that seat.

use keyferry_authority::IssuedEntitlement;
use keyferry_catalogue::Code;
use keyferry_client::Applied;
use keyferry_gap::{Computer, Rescue, Rescued, Snapshot, Terms, Time, VendorSide, runs};
use keyferry_token::{ComponentKind, Seconds};

/// How far a computer had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Nothing,
    Requested,
    Answered,
    Activated,
    Refreshed,
    RefreshApplied,
    LeaseOver,
    Deactivated,
    Delivered,
}

const STEPS: [Step; 9] = [
    Step::Nothing,
    Step::Requested,
    Step::Answered,
    Step::Activated,
    Step::Refreshed,
    Step::RefreshApplied,
    Step::LeaseOver,
    Step::Deactivated,
    Step::Delivered,
];

/// What happens then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accident {
    /// What was on its way is lost.
    MailLost,
    /// A bad sector in the newest state.
    StateDamaged,
    /// Both generations of the state are gone.
    StoreDamaged,
    /// The key of the store is gone.
    KeyLost,
    /// The computer is set up anew.
    SetUpAnew,
    /// Its disk is replaced, and the system on it is a new one.
    DiskReplaced,
    /// A backup from before all this is restored.
    BackupRestored,
    /// Its clock jumps ten years ahead, and is set right.
    ClockJumped,
}

const ACCIDENTS: [Accident; 8] = [
    Accident::MailLost,
    Accident::StateDamaged,
    Accident::StoreDamaged,
    Accident::KeyLost,
    Accident::SetUpAnew,
    Accident::DiskReplaced,
    Accident::BackupRestored,
    Accident::ClockJumped,
];

struct Story {
    time: Time,
    acme: VendorSide,
    sold: IssuedEntitlement,
    computer: Computer,
    backup: Snapshot,
}

/// A computer that came as far as this step; what came back from the vendor last was not applied yet.
fn up_to(step: Step) -> Story {
    let time = Time::default();
    let acme = VendorSide::acme(&time);
    let sold = acme.sell(1);
    let computer = Computer::of(&acme, "cad-01", &time);
    let story = Story {
        backup: computer.snapshot(),
        time,
        acme,
        sold,
        computer,
    };
    for at in STEPS {
        story.take(at);
        if at == step {
            break;
        }
    }
    story
}

impl Story {
    fn take(&self, step: Step) {
        let Self { computer, acme, .. } = self;
        match step {
            Step::Nothing => {}
            Step::Requested => {
                computer.request(&self.sold.code).unwrap();
            }
            Step::Answered => {
                acme.answer(&computer.request(&self.sold.code).unwrap().bytes);
            }
            Step::Activated => computer.activate(acme, &self.sold.code),
            Step::Refreshed => {
                self.time.pass(Seconds::days(20));
                acme.refresh(self.held()).unwrap();
            }
            Step::RefreshApplied => {
                computer.apply(&acme.refresh(self.held()).unwrap()).unwrap();
            }
            Step::LeaseOver => {
                self.time.pass(Terms::MOST);
                computer.activate(acme, &self.sold.code);
            }
            Step::Deactivated => {
                computer.deactivate().unwrap();
            }
            Step::Delivered => {
                acme.take_back(&computer.deactivate().unwrap().bytes);
            }
        }
    }

    fn held(&self) -> keyferry_token::ActivationId {
        self.computer.standing().grant.unwrap().activation
    }

    fn befall(&mut self, accident: Accident) {
        let computer = &mut self.computer;
        match accident {
            Accident::MailLost => {}
            Accident::StateDamaged => computer.damage("state"),
            Accident::StoreDamaged => {
                computer.damage("state");
                computer.damage("state.previous");
            }
            Accident::KeyLost => std::fs::remove_file(computer.home().join("key")).unwrap(),
            Accident::SetUpAnew => computer.wipe(),
            Accident::DiskReplaced => {
                computer.wipe();
                let machine = computer.machine.clone();
                computer.machine = machine
                    .with(ComponentKind::SystemDisk, "NEW-DISK-5T4R")
                    .with(ComponentKind::MachineId, "0123456789abcdef0123456789abcdef");
            }
            Accident::BackupRestored => computer.restore(&self.backup),
            Accident::ClockJumped => {
                computer
                    .watch
                    .set(self.time.now().plus(Seconds::days(3650)));
                let _ = computer.client().clock_state();
                computer.watch.set_right();
            }
        }
    }

    fn rescue(&self) -> Result<Rescued, Rescued> {
        let rescue = Rescue {
            vendor: &self.acme,
            sold: &self.sold,
            time: &self.time,
        };
        rescue.of(&self.computer)
    }
}

#[test]
fn every_accident_at_every_step_ends_with_the_computer_running_on_its_one_seat() {
    for step in STEPS {
        for accident in ACCIDENTS {
            let mut story = up_to(step);
            story.befall(accident);
            let rescued = story.rescue();
            let Ok(rescued) = rescued else {
                panic!("{accident:?} at {step:?}: {rescued:?}");
            };
            assert!(rescued.trips <= 3, "{accident:?} at {step:?}: {rescued:?}");
            assert_eq!(rescued.waited, Seconds::ZERO, "{accident:?} at {step:?}");
            assert_eq!(story.acme.seats_used(&story.sold), 1);
            // And from there on everything is as it should be.
            let refresh = story.acme.refresh(story.held()).unwrap();
            let taken = story.computer.apply(&refresh);
            assert!(matches!(taken, Ok(Applied::Refreshed { .. })), "{taken:?}");
            story
                .acme
                .take_back(&story.computer.deactivate().unwrap().bytes);
            assert_eq!(story.acme.seats_used(&story.sold), 0);
        }
    }
}

#[test]
fn two_accidents_in_a_row_end_with_the_computer_running_on_its_one_seat() {
    for step in [Step::Answered, Step::RefreshApplied, Step::Deactivated] {
        for first in ACCIDENTS {
            let second = ACCIDENTS[(first as usize + 3) % ACCIDENTS.len()];
            let mut story = up_to(step);
            story.befall(first);
            // The second one comes while the first is being mended.
            let half_way = story.computer.request(&story.sold.code);
            if let Ok(asked) = half_way {
                story.acme.receive(&asked.bytes);
            }
            story.befall(second);
            let rescued = story.rescue();
            let Ok(rescued) = rescued else {
                panic!("{first:?}, {second:?} at {step:?}: {rescued:?}");
            };
            assert!(rescued.trips <= 4, "{first:?}, {second:?}: {rescued:?}");
            assert_eq!(story.acme.seats_used(&story.sold), 1);
        }
    }
}

#[test]
fn a_backup_from_long_ago_costs_one_trip_more_whatever_was_sent_since() {
    let story = up_to(Step::Activated);
    let backup = story.computer.snapshot();
    for _ in 0..12 {
        story.time.pass(Terms::MOST);
        story.computer.activate(&story.acme, &story.sold.code);
    }
    story.computer.restore(&backup);
    assert!(!runs(story.computer.state()));
    let rescued = story.rescue().unwrap();
    assert_eq!(rescued.told.last(), Some(&Code::LeaseEnded));
    assert_eq!(rescued.trips, 2, "{rescued:?}");
    assert_eq!(story.acme.seats_used(&story.sold), 1);
}
