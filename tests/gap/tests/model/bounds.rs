//! What has to hold at every moment, whatever happened before.

use std::collections::{BTreeMap, BTreeSet};

use keyferry_authority::{Activation, ActivationStatus, Policy};
use keyferry_gap::{Computer, Terms};
use keyferry_token::{ActivationId, Seconds, State, Timestamp};

use crate::{
    tally::Tally,
    world::{Broken, Seen, World},
};

/// A machine that runs, and on what.
struct Running {
    hardware: usize,
    activation: ActivationId,
    /// An emergency run on a device that the grant was not made for.
    elsewhere: bool,
}

impl World<'_> {
    /// Looks at both sides, and at what they are together.
    pub(crate) fn holds(&mut self) -> Result<(), Broken> {
        let running = self.running()?;
        let mut books: BTreeMap<ActivationId, Activation> = BTreeMap::new();
        for sold in &self.sold {
            let all = self.acme.activations(sold.entitlement.id);
            let held = all.iter().filter(|one| holds_a_seat(one)).count();
            let seats = usize::try_from(sold.entitlement.seats).unwrap_or(usize::MAX);
            if held > seats {
                return Err(format!("{held} of {seats} seats are held"));
            }
            books.extend(all.into_iter().map(|one| (one.id, one)));
        }
        self.are_bounded(&running, &books)
    }

    /// What runs now. Each program is asked anew where anything may have changed.
    fn running(&mut self) -> Result<Vec<Running>, Broken> {
        let mut running = Vec::new();
        for desk in &mut self.desks {
            let seen = match desk.seen {
                Some(seen) => seen,
                None => look(&desk.computer, self.tally)?,
            };
            desk.seen = Some(seen);
            if seen.state.runs() {
                running.push(Running {
                    hardware: desk.hardware,
                    activation: seen.activation.ok_or("a program runs on no grant")?,
                    elsewhere: seen.elsewhere,
                });
            }
        }
        Ok(running)
    }

    fn are_bounded(
        &self,
        running: &[Running],
        books: &BTreeMap<ActivationId, Activation>,
    ) -> Result<(), Broken> {
        let policy = self.policy();
        let mut live: BTreeMap<ActivationId, BTreeSet<usize>> = BTreeMap::new();
        let mut ended: BTreeMap<(u32, &str, Vec<u8>), BTreeSet<usize>> = BTreeMap::new();
        for one in running {
            let activation = one.activation;
            let entry = books
                .get(&activation)
                .ok_or("a program runs on what the books do not know")?;
            let until = self.held_until(activation);
            if self.time.now() >= until {
                return Err(format!(
                    "{activation} runs beyond its grants' end at {until}"
                ));
            }
            if one.elsewhere {
                if !self.strict {
                    return Err("an emergency run on another device".into());
                }
                self.tally.count("ran elsewhere in an emergency");
            } else if holds_a_seat(entry) {
                live.entry(activation).or_default().insert(one.hardware);
            } else {
                self.tally
                    .count(format!("ran on after its seat was {}", entry.status.name()));
                let entitlement = entry.entitlement.as_bytes().to_vec();
                let seat = match entry.status {
                    ActivationStatus::Released => 0,
                    _ => entry.seat,
                };
                ended
                    .entry((seat, entry.status.name(), entitlement))
                    .or_default()
                    .insert(one.hardware);
            }
        }
        if let Some((activation, machines)) = live.iter().find(|(_, machines)| machines.len() > 1) {
            return Err(format!("{activation} runs on {} machines", machines.len()));
        }
        for ((seat, how, _), machines) in &ended {
            let cap = match *how {
                "released" => policy.lost,
                "deactivated" => policy.moves,
                _ => policy.rebinds,
            };
            if machines.len() > usize::try_from(cap).unwrap_or(usize::MAX) {
                return Err(format!(
                    "{} machines run on after seat {seat} was {how}: the cap is {cap}",
                    machines.len()
                ));
            }
        }
        Ok(())
    }

    fn policy(&self) -> Policy {
        if self.strict {
            Policy {
                rebinds: 1,
                moves: 1,
                lost: 1,
            }
        } else {
            Policy::default()
        }
    }

    /// The latest end of all grants for an activation: lease, grace, and the time in which emergency runs
    /// can be begun and end.
    fn held_until(&self, activation: ActivationId) -> Timestamp {
        let beyond_the_lease = Seconds::new(Terms::HELD.get() - Terms::LEASE.get());
        let grants = self.acme.record(activation).grants;
        let ends = grants
            .into_iter()
            .filter_map(|grant| grant.lease_expires_at);
        ends.map(|end| end.plus(beyond_the_lease))
            .max()
            .unwrap_or_default()
    }
}

fn holds_a_seat(activation: &Activation) -> bool {
    matches!(
        activation.status,
        ActivationStatus::Active | ActivationStatus::Leaving
    )
}

/// Asks a program how it stands.
fn look(computer: &Computer, tally: &Tally) -> Result<Seen, Broken> {
    let seen = match computer.client().standing(&computer.product) {
        Ok(found) => {
            if let Some(problem) = &found.standing.problem {
                tally.refused("standing", problem)?;
            }
            Seen {
                state: found.standing.state,
                activation: found.grant.map(|grant| grant.activation),
                elsewhere: found.standing.other_device,
            }
        }
        Err(fault) => {
            tally.refused("standing", &fault.problem())?;
            Seen {
                state: State::Unlicensed,
                activation: None,
                elsewhere: false,
            }
        }
    };
    tally.count(format!("standing: {}", seen.state.name()));
    Ok(seen)
}
