//! Many computers, one vendor, and the letters between them.

use keyferry_authority::{Deactivated, IssuedEntitlement, Received};
use keyferry_client::Applied;
use keyferry_fixtures::FakeMachine;
use keyferry_gap::{Computer, Snapshot, Time, VendorSide, cad, lab};
use keyferry_token::{ActivationCode, ActivationId, ProductCode, Seconds, State};

use crate::{
    ops::{LAST, Life, Op},
    tally::Tally,
};

/// Most computers, and most letters that lie around.
pub(crate) const MOST: usize = 6;
const MOST_LETTERS: usize = 12;

/// What went wrong.
pub(crate) type Broken = String;

/// A computer, and what somebody keeps of it.
pub(crate) struct Desk {
    pub(crate) computer: Computer,
    /// Which hardware it is: copies with the identity of their original are one machine to any program.
    pub(crate) hardware: usize,
    pub(crate) snapshots: Vec<Snapshot>,
    /// What its program said last, as long as nothing could change that.
    pub(crate) seen: Option<Seen>,
}

/// What a program says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) state: State,
    /// On what it rests.
    pub(crate) activation: Option<ActivationId>,
    /// Whether its device is one that the grant was not made for.
    pub(crate) elsewhere: bool,
}

/// A token on its way.
#[derive(Clone)]
pub(crate) struct Letter {
    /// The computer that it came from, or that it is for.
    desk: usize,
    pub(crate) to_vendor: bool,
    bytes: Vec<u8>,
}

pub(crate) struct World<'a> {
    pub(crate) time: Time,
    pub(crate) acme: VendorSide,
    pub(crate) sold: [IssuedEntitlement; 2],
    pub(crate) product: ProductCode,
    pub(crate) strict: bool,
    pub(crate) desks: Vec<Desk>,
    pub(crate) tally: &'a Tally,
    pub(crate) letters: Vec<Letter>,
    machines: usize,
    flags: [usize; FLAGS.len()],
}

/// What the audit log flags.
const FLAGS: [&str; 3] = ["device_forked", "device_state_restored", "emergency_told"];

impl<'a> World<'a> {
    pub(crate) fn new(life: &Life, tally: &'a Tally) -> Self {
        let time = Time::default();
        let acme = VendorSide::acme(&time);
        let product = if life.strict { lab() } else { cad() };
        let sold = [life.seats, 1].map(|seats| acme.sell_of(product.clone(), seats, None));
        let mut world = Self {
            time,
            acme,
            sold,
            product,
            strict: life.strict,
            desks: Vec::new(),
            tally,
            letters: Vec::new(),
            machines: 0,
            flags: [0; FLAGS.len()],
        };
        for _ in 0..3 {
            let hardware = world.new_hardware();
            let machine = FakeMachine::new(&format!("pc-{hardware}"));
            let computer = Computer::on(machine, &world.time).with(world.product.clone());
            computer.trust(&world.acme);
            world.add(computer, hardware);
        }
        world
    }

    pub(crate) fn new_hardware(&mut self) -> usize {
        self.machines += 1;
        self.machines
    }

    pub(crate) fn add(&mut self, computer: Computer, hardware: usize) {
        self.desks.push(Desk {
            computer,
            hardware,
            snapshots: Vec::new(),
            seen: None,
        });
    }

    pub(crate) fn desk(&self, desk: usize) -> usize {
        if desk == LAST {
            self.desks.len() - 1
        } else {
            desk % self.desks.len()
        }
    }

    pub(crate) fn at(&self, desk: usize) -> &Computer {
        &self.desks[self.desk(desk)].computer
    }

    pub(crate) fn code(&self, code: usize) -> &ActivationCode {
        &self.sold[code % 2].code
    }

    /// Something happens.
    pub(crate) fn happens(&mut self, op: Op) -> Result<(), Broken> {
        match op {
            Op::Request { desk, code, anew } => self.request(desk, code, anew).map(drop),
            Op::Activate { desk, code } => self.activate(desk, code),
            Op::Carry { letter, keep } => self.carry(letter, keep),
            Op::CarryAll => self.carry_all(),
            Op::Lose { letter } => {
                self.take(letter, false);
                Ok(())
            }
            Op::Misdeliver { letter, desk } => match self.take(letter, true) {
                Some(letter) => self.bring(desk, &letter.bytes),
                None => Ok(()),
            },
            Op::Refresh { activation } => match self.activation(activation) {
                Some(activation) => self.refresh(activation),
                None => Ok(()),
            },
            Op::RefreshOf { desk } => match self.held(desk) {
                Some(activation) => self.refresh(activation),
                None => Ok(()),
            },
            Op::Deactivate { desk } => self.deactivate(desk),
            Op::Confirm { desk } => {
                let client = self.at(desk).client();
                match client.deactivation_delivered(&self.product) {
                    Ok(_) => Ok(()),
                    Err(fault) => self.tally.refused("client", &fault.problem()),
                }
            }
            Op::Move { from, to } => self.give_away(from, to),
            Op::ReleaseLost { activation } => match self.activation(activation) {
                Some(activation) => self.release(activation),
                None => Ok(()),
            },
            Op::ReleaseOf { desk } => match self.held(desk) {
                Some(activation) => self.release(activation),
                None => Ok(()),
            },
            Op::AllowAgain { activation } => {
                if let Some(activation) = self.activation(activation) {
                    self.acme.allow_again(activation);
                }
                Ok(())
            }
            Op::Suspend { code } => {
                self.acme.suspend(&self.sold[code % 2]);
                Ok(())
            }
            Op::Reinstate { code } => {
                self.acme.reinstate(&self.sold[code % 2]);
                Ok(())
            }
            Op::Pass { hours } => {
                self.time.pass(Seconds::new(hours * 3600));
                self.look_anew();
                Ok(())
            }
            Op::Emergency { desk } => self.emergency(desk),
            Op::AskTime { desk } => self.ask_time(desk),
            Op::Status { desk } => self.status(desk),
            Op::SetClock { .. }
            | Op::Reboot { .. }
            | Op::Damage { .. }
            | Op::SetUpAnew { .. }
            | Op::SwapPart { .. }
            | Op::TakeSnapshot { .. }
            | Op::Restore { .. }
            | Op::Clone { .. }
            | Op::Reset { .. } => self.befalls(op),
            Op::Plot { .. } => op.steps().into_iter().try_for_each(|op| self.happens(op)),
        }
    }

    /// A computer whose program may say something else from now on.
    pub(crate) fn touched(&mut self, desk: usize) -> &mut Desk {
        let at = self.desk(desk);
        let desk = &mut self.desks[at];
        desk.seen = None;
        desk
    }

    pub(crate) fn look_anew(&mut self) {
        for desk in &mut self.desks {
            desk.seen = None;
        }
    }

    pub(crate) fn put(&mut self, desk: usize, to_vendor: bool, bytes: Vec<u8>) {
        if self.letters.len() >= MOST_LETTERS {
            self.letters.remove(0);
        }
        self.letters.push(Letter {
            desk: self.desk(desk),
            to_vendor,
            bytes,
        });
    }

    /// A letter, counted from the newest.
    fn take(&mut self, letter: usize, keep: bool) -> Option<Letter> {
        let last = self.letters.len().checked_sub(1)?;
        let at = last - letter % self.letters.len();
        Some(if keep {
            self.letters[at].clone()
        } else {
            self.letters.remove(at)
        })
    }

    pub(crate) fn carry(&mut self, letter: usize, keep: bool) -> Result<(), Broken> {
        let Some(letter) = self.take(letter, keep) else {
            return Ok(());
        };
        if letter.to_vendor {
            let received = self.acme.receive_all(&letter.bytes);
            received
                .into_iter()
                .try_for_each(|one| self.received(letter.desk, one))
        } else {
            self.bring(letter.desk, &letter.bytes)
        }
    }

    /// One delivery, as a courier makes it: the vendor takes it in its own order.
    fn carry_all(&mut self) -> Result<(), Broken> {
        let (to_vendor, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.letters)
            .into_iter()
            .partition(|letter| letter.to_vendor);
        self.letters = others;
        let files: Vec<_> = to_vendor.iter().map(|letter| &letter.bytes).collect();
        let received = self.acme.receive_files(&files);
        for (letter, received) in to_vendor.iter().zip(received) {
            for one in received {
                self.received(letter.desk, one)?;
            }
        }
        Ok(())
    }

    /// The vendor's program says what became of a token of this computer.
    fn received(&mut self, desk: usize, received: Received) -> Result<(), Broken> {
        match received {
            Received::Answered(answer) => {
                let outcome = answer.outcome.name();
                self.tally.count(format!("vendor: answered, {outcome}"));
                self.put(desk, false, answer.sealed.bytes);
            }
            Received::Deactivated(given_back) => {
                self.tally.count(match given_back.outcome {
                    Deactivated::Freed => "vendor: freed",
                    Deactivated::FreesLater { .. } => "vendor: frees later",
                    Deactivated::Recorded { .. } => "vendor: recorded",
                    Deactivated::Repeated => "vendor: repeated",
                    Deactivated::Outdated => "vendor: outdated",
                });
                if let Some(problem) = given_back.outcome.problem() {
                    self.tally.refused("vendor", &problem)?;
                }
            }
            Received::TimeTold(told) => {
                self.tally.count("vendor: time told");
                self.put(desk, false, told.sealed.bytes);
            }
            Received::Status(_) => self.tally.count("vendor: status read"),
            Received::Refused(refused) => {
                self.tally.refused("vendor", &refused.problem)?;
                if let Some(cause) = &refused.cause {
                    self.tally.refused("vendor, precisely", cause)?;
                }
                if let Some(refusal) = refused.answer {
                    self.put(desk, false, refusal.bytes);
                }
            }
        }
        let log = self.acme.log();
        for (flag, seen) in FLAGS.iter().zip(&mut self.flags) {
            let logged = log.iter().filter(|entry| entry.action == *flag).count();
            if logged > *seen {
                self.tally.count(format!("audit log: {flag}"));
                *seen = logged;
            }
        }
        Ok(())
    }

    /// Something is brought to a computer.
    fn bring(&mut self, desk: usize, bytes: &[u8]) -> Result<(), Broken> {
        let tally = self.tally;
        for applied in self.touched(desk).computer.client().apply(bytes) {
            match applied {
                Ok(Applied::Activated(_)) => tally.count("client: activated"),
                Ok(Applied::Refreshed { .. }) => tally.count("client: refreshed"),
                Ok(Applied::ClockMended(_)) => tally.count("client: clock mended"),
                Ok(Applied::AlreadyApplied(_)) => tally.count("client: already applied"),
                Ok(Applied::LicenseAdded(_)) => tally.count("client: license added"),
                Ok(Applied::VendorFound(_)) => tally.count("client: vendor found"),
                Ok(Applied::Refused { problem, .. }) => tally.refused("client, kept", &problem)?,
                Err(fault) => tally.refused("client", &fault.problem())?,
            }
        }
        Ok(())
    }
}
