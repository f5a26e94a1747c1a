//! A small authority that does what is decided, in memory: what the properties are tried on.

use std::collections::BTreeMap;

use keyferry_license::{
    Answered, CAP_WINDOW, Deactivated, Decision, Departure, DepartureFacts, DeviceHistory, Ended,
    Entitlement, HeldSeat, LatestToken, OfflineSupport, Policy, Refusal, SeatRequest, Seating,
    decide, decide_deactivation, decide_release,
};
use keyferry_token::{
    ActivationId, DeviceId, Name, RequestNumber, SeatStatus, Seconds, Timestamp, TokenId,
};

/// An activation, and what became of it.
pub(super) struct Record {
    pub(super) seat: HeldSeat,
    /// Which of the seats it holds, or held.
    pub(super) place: u32,
    pub(super) ended: Option<Ended>,
}

impl Record {
    /// Whether nobody else can have its seat.
    pub(super) fn occupies(&self) -> bool {
        self.ended.is_none() || self.seat.leaving
    }
}

pub(super) struct Ledger {
    product: Name,
    pub(super) seats: u32,
    pub(super) policy: Policy,
    pub(super) records: Vec<Record>,
    /// When each place was rebound.
    pub(super) rebound: BTreeMap<u32, Vec<Timestamp>>,
    /// When a deactivation freed each place at once.
    moved: BTreeMap<u32, Vec<Timestamp>>,
    /// Those of them that came before its time was over.
    pub(super) moved_early: BTreeMap<u32, Vec<Timestamp>>,
    pub(super) released: Vec<Timestamp>,
    blocked: Vec<DeviceId>,
    /// The tokens that were answered or applied, by their devices and numbers, with what they were
    /// about.
    counted: BTreeMap<(DeviceId, RequestNumber), (TokenId, ActivationId)>,
    answered: BTreeMap<TokenId, ActivationId>,
}

/// How many of these lie within the window in which they count.
pub(super) fn recent(times: Option<&Vec<Timestamp>>, now: Timestamp) -> u32 {
    let within = |at: &&Timestamp| now.since(**at) < CAP_WINDOW;
    times.map_or(0, |times| {
        u32::try_from(times.iter().filter(within).count()).unwrap()
    })
}

impl Ledger {
    pub(super) fn new(seats: u32, policy: Policy) -> Self {
        Self {
            product: crate::samples::product(),
            seats,
            policy,
            records: Vec::new(),
            rebound: BTreeMap::new(),
            moved: BTreeMap::new(),
            moved_early: BTreeMap::new(),
            released: Vec::new(),
            blocked: Vec::new(),
            counted: BTreeMap::new(),
            answered: BTreeMap::new(),
        }
    }

    pub(super) fn seats_at(&self, now: Timestamp) -> Vec<HeldSeat> {
        let occupying = self.records.iter().filter(|record| record.occupies());
        occupying.map(|record| self.facts(record, now)).collect()
    }

    fn facts(&self, record: &Record, now: Timestamp) -> HeldSeat {
        HeldSeat {
            rebinds: recent(self.rebound.get(&record.place), now),
            moves: recent(self.moved.get(&record.place), now),
            ..record.seat.clone()
        }
    }

    pub(super) fn record(&self, activation: ActivationId) -> &Record {
        let mut records = self.records.iter();
        records.find(|r| r.seat.activation == activation).unwrap()
    }

    fn record_mut(&mut self, activation: ActivationId) -> &mut Record {
        let mut records = self.records.iter_mut();
        records.find(|r| r.seat.activation == activation).unwrap()
    }

    pub(super) fn decide(
        &self,
        now: Timestamp,
        request: &SeatRequest<'_>,
    ) -> Result<Decision, Refusal> {
        self.decide_over(now, request, &self.seats_at(now))
    }

    pub(super) fn decide_over(
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
            policy: self.policy,
        };
        let answered = |token| {
            let activation = *self.answered.get(token)?;
            let ended = self.record(activation).ended;
            Some(Answered { activation, ended })
        };
        let history = DeviceHistory {
            latest: self.latest(request.device),
            answered: answered(&request.token),
            blocked: self.blocked.contains(&request.device),
        };
        decide(now, &entitlement, seats, &history, request)
    }

    /// Does what was decided about a request; the activation that it was answered with.
    pub(super) fn apply(
        &mut self,
        now: Timestamp,
        request: &SeatRequest<'_>,
        decision: &Decision,
    ) -> ActivationId {
        let (seating, sequence, held_until) = match decision {
            Decision::Replay { activation } => return *activation,
            Decision::Seat {
                seating,
                sequence,
                held_until,
                ..
            } => (seating, *sequence, *held_until),
        };
        let supersedes = match seating {
            Seating::Renewed { activation } => {
                let seat = &mut self.record_mut(*activation).seat;
                seat.sequence = sequence;
                seat.held_until = held_until;
                self.keep_answer(request, *activation);
                return *activation;
            }
            Seating::Rebound { supersedes, .. } => {
                let place = self.record(*supersedes).place;
                self.rebound.entry(place).or_default().push(now);
                Some(*supersedes)
            }
            Seating::Returned { supersedes, .. } | Seating::Taken { supersedes } => {
                Some(*supersedes)
            }
            Seating::New => None,
        };
        let place = if let Some(old) = supersedes {
            let record = self.record_mut(old);
            record.ended = record.ended.or(Some(Ended::Superseded));
            record.seat.leaving = false;
            record.place
        } else {
            self.free_place()
        };
        let mut id = [0; 10];
        id[..8].copy_from_slice(&(self.records.len() as u64).to_be_bytes());
        let activation = ActivationId::new(id);
        self.records.push(Record {
            seat: HeldSeat {
                activation,
                device: request.device,
                activated_at: now,
                sequence,
                held_until,
                enrolled: request.fingerprint.clone(),
                tolerance: 60,
                rebinds: 0,
                moves: 0,
                leaving: false,
            },
            place,
            ended: None,
        });
        self.keep_answer(request, activation);
        activation
    }

    /// The lowest that nobody holds.
    fn free_place(&self) -> u32 {
        let taken = |place| {
            let mut occupying = self.records.iter().filter(|r| r.occupies());
            occupying.any(|r| r.place == place)
        };
        (1..=self.seats).find(|place| !taken(*place)).unwrap()
    }

    fn keep_answer(&mut self, request: &SeatRequest<'_>, activation: ActivationId) {
        self.answered.insert(request.token, activation);
        self.count(request.device, request.number, request.token, activation);
    }

    /// Numbers are unique: the database takes none twice.
    fn count(
        &mut self,
        device: DeviceId,
        number: RequestNumber,
        token: TokenId,
        about: ActivationId,
    ) {
        let other = self.counted.insert((device, number), (token, about));
        assert_eq!(other, None, "{number:?} of {device:?}");
    }

    fn latest(&self, device: DeviceId) -> Option<LatestToken> {
        let own = |((of, number), (token, _)): (&(DeviceId, RequestNumber), &(TokenId, _))| {
            let (number, token) = (*number, *token);
            (*of == device).then_some(LatestToken { number, token })
        };
        self.counted.iter().rev().find_map(own)
    }

    fn latest_about(&self, activation: ActivationId) -> Option<RequestNumber> {
        let about = self.counted.iter().filter(|(_, (_, of))| *of == activation);
        about.map(|((_, number), _)| *number).max()
    }

    /// Takes a deactivation: decides, and does it.
    pub(super) fn depart(
        &mut self,
        now: Timestamp,
        activation: ActivationId,
        departure: &Departure,
    ) -> Result<Deactivated, Refusal> {
        let record = self.record(activation);
        let (place, seat) = (record.place, self.facts(record, now));
        let facts = DepartureFacts {
            seat: &seat,
            ended: record.ended,
            latest: self.latest_about(activation),
            same_number: self
                .counted
                .get(&(departure.device, departure.number))
                .map(|(token, _)| *token),
            policy: self.policy,
        };
        let outcome = decide_deactivation(now, &facts, departure)?;
        let record = self.record_mut(activation);
        match outcome {
            Deactivated::Repeated | Deactivated::Outdated => return Ok(outcome),
            Deactivated::Recorded { .. } => {}
            Deactivated::Freed => {
                record.ended = Some(Ended::Deactivated);
                self.moved.entry(place).or_default().push(now);
                if seat.held_until > now {
                    self.moved_early.entry(place).or_default().push(now);
                }
            }
            Deactivated::FreesLater { .. } => {
                record.ended = Some(Ended::Deactivated);
                record.seat.leaving = true;
            }
        }
        self.count(
            departure.device,
            departure.number,
            departure.token,
            activation,
        );
        Ok(outcome)
    }

    /// Releases a seat without its device, if that may be.
    pub(super) fn release(
        &mut self,
        now: Timestamp,
        activation: ActivationId,
    ) -> Result<(), Refusal> {
        let releases = recent(Some(&self.released), now);
        decide_release(self.record(activation).ended, releases, self.policy)?;
        let record = self.record_mut(activation);
        record.ended = Some(Ended::Released);
        let device = record.seat.device;
        self.released.push(now);
        self.blocked.push(device);
        Ok(())
    }

    pub(super) fn is_blocked(&self, device: DeviceId) -> bool {
        self.blocked.contains(&device)
    }

    pub(super) fn allow_again(&mut self, device: DeviceId) {
        self.blocked.retain(|blocked| *blocked != device);
    }
}
