//! What holds for seats whatever devices ask, in whatever order: a small authority that does what
//! is decided, fed with arbitrary requests.

use std::collections::BTreeMap;

use keyferry_license::{
    Answered, Decision, Entitlement, HeldSeat, OfflineSupport, REBIND_WINDOW, Refusal, SeatRequest,
    Seating, decide,
};
use keyferry_token::{
    ActivationId, DeviceId, Fingerprint, Name, RequestNumber, SeatStatus, Seconds, Timestamp,
    TokenId,
};
use proptest::{collection::vec, prelude::*};

use crate::samples::{NOW, any_machine, device};

/// One thing that happens: time passes, then a device brings a request.
#[derive(Clone, Debug)]
struct Visit {
    after: Seconds,
    device: u8,
    looks: Fingerprint,
    /// Which of its requests it brings: 0 a new one, else so many back.
    back: u64,
}

fn visits() -> impl Strategy<Value = Vec<Visit>> {
    let visit =
        (0..40_u64, 0..5_u8, any_machine(), 0..3_u64).prop_map(|(days, device, looks, back)| {
            Visit {
                after: Seconds::days(days),
                device,
                looks,
                back,
            }
        });
    vec(visit, 1..40)
}

fn token_of(device: u8, number: u64) -> TokenId {
    let mut id = [device; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    TokenId::new(id)
}

/// Keeps what an authority keeps, in memory.
struct Ledger {
    product: Name,
    seats: u32,
    rebind_cap: u32,
    held: Vec<HeldSeat>,
    /// When each activation's seat was rebound, over all that held it.
    rebound_at: BTreeMap<ActivationId, Vec<Timestamp>>,
    superseded: Vec<ActivationId>,
    answered: BTreeMap<DeviceId, Answered>,
    next: u8,
}

impl Ledger {
    fn new(seats: u32, rebind_cap: u32) -> Self {
        Self {
            product: Name::new("Acme CAD").unwrap(),
            seats,
            rebind_cap,
            held: Vec::new(),
            rebound_at: BTreeMap::new(),
            superseded: Vec::new(),
            answered: BTreeMap::new(),
            next: 0,
        }
    }

    fn decide(&self, now: Timestamp, request: &SeatRequest<'_>) -> Result<Decision, Refusal> {
        self.decide_over(now, request, &self.seats_at(now))
    }

    fn decide_over(
        &self,
        now: Timestamp,
        request: &SeatRequest<'_>,
        seats: &[HeldSeat],
    ) -> Result<Decision, Refusal> {
        let entitlement = Entitlement {
            seats: self.seats,
            status: SeatStatus::Active,
            ends: None,
            offline: OfflineSupport {
                product: &self.product,
                enabled: true,
                lease_period: Some(Seconds::days(30)),
            },
            grace: Seconds::days(7),
            emergency: None,
            rebind_cap: self.rebind_cap,
        };
        let answered = self.answered.get(&request.device);
        decide(now, &entitlement, seats, answered, request)
    }

    fn seats_at(&self, now: Timestamp) -> Vec<HeldSeat> {
        let recent = |seat: &HeldSeat| {
            self.rebound_at.get(&seat.activation).map_or(0, |moves| {
                moves
                    .iter()
                    .filter(|at| now.since(**at) < REBIND_WINDOW)
                    .count()
            })
        };
        self.held
            .iter()
            .map(|seat| HeldSeat {
                rebinds: u32::try_from(recent(seat)).unwrap(),
                ..seat.clone()
            })
            .collect()
    }

    fn apply(&mut self, now: Timestamp, request: &SeatRequest<'_>, decision: &Decision) {
        let Decision::Seat {
            seating,
            sequence,
            held_until,
            ..
        } = decision
        else {
            return;
        };
        let activation = match seating {
            Seating::Renewed { activation } => {
                let seat = self
                    .held
                    .iter_mut()
                    .find(|s| s.activation == *activation)
                    .unwrap();
                seat.sequence = *sequence;
                seat.held_until = *held_until;
                *activation
            }
            Seating::Rebound { supersedes, .. } => {
                let mut moves = self.rebound_at.remove(supersedes).unwrap_or_default();
                moves.push(now);
                let activation = self.begin(now, request, decision, Some(*supersedes));
                self.rebound_at.insert(activation, moves);
                activation
            }
            Seating::Taken { supersedes } => self.begin(now, request, decision, Some(*supersedes)),
            Seating::New => self.begin(now, request, decision, None),
        };
        self.answered.insert(
            request.device,
            Answered {
                number: request.number,
                token: request.token,
                activation,
            },
        );
    }

    fn begin(
        &mut self,
        now: Timestamp,
        request: &SeatRequest<'_>,
        decision: &Decision,
        supersedes: Option<ActivationId>,
    ) -> ActivationId {
        let Decision::Seat {
            sequence,
            held_until,
            ..
        } = decision
        else {
            panic!("nothing begins with {decision:?}");
        };
        if let Some(old) = supersedes {
            self.held.retain(|seat| seat.activation != old);
            self.superseded.push(old);
        }
        self.next += 1;
        let activation = ActivationId::new([self.next; 10]);
        self.held.push(HeldSeat {
            activation,
            device: request.device,
            activated_at: now,
            sequence: *sequence,
            held_until: *held_until,
            enrolled: request.fingerprint.clone(),
            tolerance: 60,
            rebinds: 0,
        });
        activation
    }
}

proptest! {
    #[test]
    fn no_order_of_requests_gives_a_seat_twice(
        seats in 0..4_u32,
        rebind_cap in 0..3_u32,
        visits in visits(),
    ) {
        let mut ledger = Ledger::new(seats, rebind_cap);
        let mut numbers = BTreeMap::<u8, u64>::new();
        let mut now = NOW;
        for visit in visits {
            now = now.plus(visit.after);
            let number = numbers.entry(visit.device).or_default();
            if visit.back == 0 || *number < visit.back {
                *number += 1;
            }
            let number = (*number + 1).saturating_sub(visit.back.max(1)).max(1);
            let request = SeatRequest {
                device: device(visit.device),
                number: RequestNumber(number),
                token: token_of(visit.device, number),
                fingerprint: &visit.looks,
            };
            let before = ledger.held.clone();
            let outcome = ledger.decide(now, &request);

            let mut turned = ledger.seats_at(now);
            turned.reverse();
            prop_assert_eq!(
                &ledger.decide_over(now, &request, &turned), &outcome,
                "the order in which seats are read decides"
            );

            match &outcome {
                Ok(decision) => ledger.apply(now, &request, decision),
                Err(Refusal::NoFreeSeat { next_free, .. }) => {
                    prop_assert!(next_free.is_none_or(|free| free > now));
                    prop_assert!(next_free.is_some() || seats == 0);
                }
                Err(_) => {}
            }

            prop_assert!(ledger.held.len() <= usize::try_from(seats).unwrap());
            for seat in &ledger.held {
                let same_device = ledger.held.iter().filter(|s| s.device == seat.device);
                prop_assert_eq!(same_device.count(), 1, "one device, one seat");
                prop_assert!(!ledger.superseded.contains(&seat.activation));
                if let Some(was) = before.iter().find(|s| s.activation == seat.activation) {
                    prop_assert!(seat.sequence >= was.sequence);
                    prop_assert!(seat.held_until >= was.held_until);
                    prop_assert_eq!(&seat.enrolled, &was.enrolled);
                }
            }
            for moves in ledger.rebound_at.values() {
                let recent = moves.iter().filter(|at| now.since(**at) < REBIND_WINDOW).count();
                prop_assert!(recent <= usize::try_from(rebind_cap).unwrap());
            }

            // Whatever was just answered is answered the same again (rule A3).
            if let Ok(decision) = outcome {
                let activation = match decision {
                    Decision::Replay { activation } => activation,
                    Decision::Seat { .. } => ledger.answered[&request.device].activation,
                };
                prop_assert_eq!(
                    ledger.decide(now, &request),
                    Ok(Decision::Replay { activation })
                );
            }
        }
    }

    #[test]
    fn time_alone_frees_a_seat_exactly_when_it_was_said_to(
        ends in vec(1..400_u64, 1..5),
        lowered_by in 0..2_usize,
    ) {
        let mut ledger = Ledger::new(u32::try_from(ends.len() - lowered_by.min(ends.len() - 1)).unwrap(), 0);
        for (name, days) in (1..).zip(&ends) {
            ledger.held.push(HeldSeat {
                activation: ActivationId::new([name; 10]),
                device: device(name),
                activated_at: NOW,
                sequence: keyferry_token::Sequence(1),
                held_until: NOW.plus(Seconds::days(*days)),
                enrolled: Fingerprint::default(),
                tolerance: 60,
                rebinds: 0,
            });
        }
        let looks = crate::samples::machine(99, &keyferry_token::ComponentKind::ALL);
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
