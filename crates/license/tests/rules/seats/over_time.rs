//! What holds for seats whatever devices ask and give back, in whatever order their tokens arrive,
//! and whatever is released in between.

use std::collections::BTreeMap;

use keyferry_license::{
    Deactivated, Decision, Departure, Ended, HeldSeat, Policy, Refusal, SeatRequest, Seating,
};
use keyferry_token::{
    ActivationId, ComponentKind, DeviceId, Fingerprint, RequestNumber, Seconds, Sequence,
    Timestamp, TokenId,
};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::ledger::{Ledger, Record, recent};
use crate::samples::{NOW, any_machine, device, machine};

/// What comes to the authority after some days.
#[derive(Clone, Debug)]
enum Visit {
    /// A device makes a request and brings it.
    Asks { device: u8, looks: Fingerprint },
    /// A device gives back what it was answered with last.
    Leaves { device: u8 },
    /// Some token that was made before comes once more, or for the first time.
    Again(Index),
    /// A device makes a deactivation that is not brought yet.
    Packs { device: u8 },
    /// An activation is reported lost.
    Lost(Index),
    /// A device is allowed again.
    Found { device: u8 },
}

fn visits() -> impl Strategy<Value = Vec<(u64, Visit)>> {
    let visit = prop_oneof![
        5 => (0..5_u8, any_machine()).prop_map(|(device, looks)| Visit::Asks { device, looks }),
        3 => (0..5_u8).prop_map(|device| Visit::Leaves { device }),
        3 => any::<Index>().prop_map(Visit::Again),
        1 => (0..5_u8).prop_map(|device| Visit::Packs { device }),
        1 => any::<Index>().prop_map(Visit::Lost),
        1 => (0..5_u8).prop_map(|device| Visit::Found { device }),
    ];
    vec((0..40_u64, visit), 1..50)
}

/// A token that a device made.
#[derive(Clone, Debug)]
enum Made {
    Request {
        looks: Fingerprint,
    },
    /// Of this activation.
    Departure(ActivationId),
}

fn token_of(device: u8, number: u64) -> TokenId {
    let mut id = [device; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    TokenId::new(id)
}

#[derive(Default)]
struct Devices {
    made: Vec<(u8, u64, Made)>,
    numbers: BTreeMap<u8, u64>,
    /// What each was answered with last.
    has: BTreeMap<u8, ActivationId>,
}

impl Devices {
    fn make(&mut self, device: u8, made: Made) -> (u8, u64, Made) {
        let number = self.numbers.entry(device).or_default();
        *number += 1;
        self.made.push((device, *number, made));
        self.made.last().unwrap().clone()
    }

    fn departure(&mut self, device: u8) -> Option<(u8, u64, Made)> {
        let has = *self.has.get(&device)?;
        Some(self.make(device, Made::Departure(has)))
    }
}

struct Scene {
    ledger: Ledger,
    devices: Devices,
    now: Timestamp,
}

impl Scene {
    fn goes_on(&mut self, visit: Visit) -> Result<(), TestCaseError> {
        let brought = match visit {
            Visit::Asks { device, looks } => {
                Some(self.devices.make(device, Made::Request { looks }))
            }
            Visit::Leaves { device } => self.devices.departure(device),
            Visit::Packs { device } => {
                self.devices.departure(device);
                None
            }
            Visit::Again(index) if !self.devices.made.is_empty() => {
                Some(index.get(&self.devices.made).clone())
            }
            Visit::Lost(index) if !self.ledger.records.is_empty() => {
                let lost = index.get(&self.ledger.records).seat.activation;
                return self.is_lost(lost);
            }
            Visit::Again(_) | Visit::Lost(_) => None,
            Visit::Found { device: name } => {
                self.ledger.allow_again(device(name));
                None
            }
        };
        match brought {
            Some((name, number, Made::Request { looks })) => self.asks(name, number, &looks),
            Some((name, number, Made::Departure(of))) => self.leaves(name, number, of),
            None => Ok(()),
        }
    }

    fn asks(&mut self, name: u8, number: u64, looks: &Fingerprint) -> Result<(), TestCaseError> {
        let (ledger, now) = (&mut self.ledger, self.now);
        let request = SeatRequest {
            device: device(name),
            number: RequestNumber(number),
            token: token_of(name, number),
            fingerprint: looks,
        };
        let outcome = ledger.decide(now, &request);
        let mut turned = ledger.seats_at(now);
        turned.reverse();
        prop_assert_eq!(
            &ledger.decide_over(now, &request, &turned),
            &outcome,
            "the order in which seats are read decides"
        );
        match &outcome {
            Ok(decision) => {
                if let Decision::Seat { seating, .. } = decision {
                    prop_assert!(!ledger.is_blocked(request.device));
                    check_seating(ledger, now, &request, seating)?;
                }
                let activation = ledger.apply(now, &request, decision);
                self.devices.has.insert(name, activation);
                // Whatever was just answered is answered the same again (rule A3).
                prop_assert_eq!(
                    ledger.decide(now, &request),
                    Ok(Decision::Replay { activation })
                );
            }
            Err(Refusal::NoFreeSeat { next_free, .. }) => {
                prop_assert!(next_free.is_none_or(|free| free > now));
                prop_assert!(next_free.is_some() || ledger.seats == 0);
            }
            Err(_) => {}
        }
        Ok(())
    }

    fn leaves(&mut self, name: u8, number: u64, of: ActivationId) -> Result<(), TestCaseError> {
        let (ledger, now) = (&mut self.ledger, self.now);
        let departure = Departure {
            device: device(name),
            number: RequestNumber(number),
            token: token_of(name, number),
        };
        let before = (ledger.seats_at(now), ledger.record(of).ended);
        let outcome = ledger.depart(now, of, &departure);
        let after = ledger.seats_at(now);
        match outcome {
            Ok(Deactivated::Freed) => prop_assert_eq!(after.len() + 1, before.0.len()),
            Ok(Deactivated::FreesLater { frees_at }) => {
                prop_assert_eq!(after.len(), before.0.len());
                prop_assert!(frees_at > now);
            }
            Ok(Deactivated::Recorded { ended }) => {
                prop_assert_eq!(Some(ended), before.1);
                prop_assert_eq!(after, before.0);
            }
            Ok(Deactivated::Repeated | Deactivated::Outdated) | Err(_) => {
                prop_assert_eq!((after, ledger.record(of).ended), before);
            }
        }
        if outcome != Ok(Deactivated::Outdated) {
            let again = ledger.depart(now, of, &departure);
            prop_assert_eq!(again, Ok(Deactivated::Repeated), "the second time");
        }
        Ok(())
    }

    fn is_lost(&mut self, lost: ActivationId) -> Result<(), TestCaseError> {
        let (ledger, now) = (&mut self.ledger, self.now);
        let before = ledger.seats_at(now);
        let freed = usize::from(ledger.release(now, lost).is_ok());
        let after = ledger.seats_at(now);
        prop_assert_eq!(after.len() + freed, before.len());
        prop_assert!(after.iter().all(|seat| before.contains(seat)));
        Ok(())
    }

    fn holds(&self) -> Result<(), TestCaseError> {
        let Ledger {
            seats,
            policy,
            records,
            rebound,
            moved_early,
            released,
            ..
        } = &self.ledger;
        let occupying: Vec<&Record> = records.iter().filter(|r| r.occupies()).collect();
        prop_assert!(occupying.len() <= usize::try_from(*seats).unwrap());
        for record in &occupying {
            let same = |other: &&&Record| {
                other.seat.device == record.seat.device || other.place == record.place
            };
            prop_assert_eq!(
                occupying.iter().filter(same).count(),
                1,
                "one device, one seat"
            );
        }
        for (times, cap) in [(rebound, policy.rebinds), (moved_early, policy.moves)] {
            for times in times.values() {
                prop_assert!(recent(Some(times), self.now) <= cap);
            }
        }
        prop_assert!(recent(Some(released), self.now) <= policy.lost);

        // Devices that could go on without holding a seat, by a snapshot or because they are lost.
        let beyond = |record: &&Record| !record.occupies() && record.seat.held_until > self.now;
        let beyond = records.iter().filter(beyond).count();
        let bound = seats * (policy.rebinds + policy.moves) + policy.lost;
        prop_assert!(beyond <= usize::try_from(bound).unwrap() + self.returned());
        Ok(())
    }

    /// Activations that their own device took over again: their time goes on as that of the new one.
    fn returned(&self) -> usize {
        let records = &self.ledger.records;
        let goes_on = |old: &&Record| {
            old.ended == Some(Ended::Deactivated)
                && !old.occupies()
                && records.iter().any(|new| {
                    new.place == old.place
                        && new.seat.activated_at >= old.seat.activated_at
                        && new.seat.activation != old.seat.activation
                        && new.seat.held_until >= old.seat.held_until
                })
        };
        records.iter().filter(goes_on).count()
    }
}

fn check_seating(
    ledger: &Ledger,
    now: Timestamp,
    request: &SeatRequest<'_>,
    seating: &Seating,
) -> Result<(), TestCaseError> {
    let given = match seating {
        Seating::Renewed { activation } => ledger.record(*activation),
        Seating::Rebound { supersedes, .. }
        | Seating::Returned { supersedes, .. }
        | Seating::Taken { supersedes } => ledger.record(*supersedes),
        Seating::New => return Ok(()),
    };
    prop_assert!(given.occupies(), "what has ended does not begin again");
    match seating {
        Seating::Renewed { .. } => {
            prop_assert!(given.seat.device == request.device && given.ended.is_none());
        }
        Seating::Returned { .. } => prop_assert!(given.seat.leaving),
        Seating::Taken { .. } => prop_assert!(given.seat.held_until <= now),
        Seating::Rebound { .. } | Seating::New => {}
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_order_of_tokens_gives_a_seat_twice_or_passes_a_cap(
        seats in 0..4_u32,
        rebinds in 0..3_u32,
        moves in 0..3_u32,
        lost in 0..2_u32,
        visits in visits(),
    ) {
        let policy = Policy { rebinds, moves, lost };
        let mut scene = Scene {
            ledger: Ledger::new(seats, policy),
            devices: Devices::default(),
            now: NOW,
        };
        for (days, visit) in visits {
            scene.now = scene.now.plus(Seconds::days(days));
            scene.goes_on(visit)?;
            scene.holds()?;
        }
    }

    #[test]
    fn time_alone_frees_a_seat_exactly_when_it_was_said_to(
        ends in vec((1..400_u64, any::<bool>()), 1..5),
        lowered_by in 0..2_usize,
    ) {
        let seats = u32::try_from(ends.len() - lowered_by.min(ends.len() - 1)).unwrap();
        let mut ledger = Ledger::new(seats, Policy::default());
        for (place, (days, leaving)) in (1..).zip(&ends) {
            ledger.records.push(held(place, NOW.plus(Seconds::days(*days)), *leaving));
        }
        let looks = machine(99, &ComponentKind::ALL);
        let request = SeatRequest {
            device: device(99),
            number: RequestNumber(1),
            token: token_of(99, 1),
            fingerprint: &looks,
        };
        let Err(Refusal::NoFreeSeat { next_free: Some(free), .. }) = ledger.decide(NOW, &request)
        else {
            return Err(TestCaseError::fail("a seat was free"));
        };
        let a_second_earlier = ledger.decide(free.minus(Seconds::new(1)), &request);
        prop_assert!(
            matches!(a_second_earlier, Err(Refusal::NoFreeSeat { .. })),
            "given too early"
        );
        let Ok(Decision::Seat { seating, .. }) = ledger.decide(free, &request) else {
            return Err(TestCaseError::fail("not given when it was said to be"));
        };
        let taken = matches!(seating, Seating::Taken { .. });
        prop_assert!(taken, "{:?}", seating);
    }
}

fn held(place: u8, held_until: Timestamp, leaving: bool) -> Record {
    Record {
        seat: HeldSeat {
            activation: ActivationId::new([place; 10]),
            device: DeviceId::new([place; 16]),
            activated_at: NOW,
            sequence: Sequence(1),
            held_until,
            enrolled: Fingerprint::default(),
            tolerance: 60,
            rebinds: 0,
            moves: 0,
            leaving,
        },
        place: u32::from(place),
        ended: leaving.then_some(Ended::Deactivated),
    }
}
