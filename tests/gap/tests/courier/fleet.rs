//! Two hundred computers and one USB key.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use keyferry_authority::IssuedEntitlement;
use keyferry_catalogue::Code;
use keyferry_client::{Applied, CollectOutcome};
use keyferry_gap::{Computer, Time, VendorSide, runs};
use keyferry_token::Seconds;

use crate::stick::{Stick, counted};

const COMPUTERS: usize = 200;
const LEAVING: usize = 10;
const SEATS: usize = 187;

/// A plant: ten computers that give their license back, and more that want one than there are seats.
struct Plant {
    time: Time,
    vendor: VendorSide,
    sold: IssuedEntitlement,
    computers: Vec<Computer>,
    /// A computer with a program of somebody else.
    stranger: Computer,
    stick: Stick,
}

impl Plant {
    fn new() -> Self {
        let time = Time::default();
        let (vendor, other) = (VendorSide::acme(&time), VendorSide::impostor(&time));
        let sold = vendor.sell(u32::try_from(SEATS).unwrap());
        let numbers: Vec<usize> = (0..COMPUTERS).collect();
        let computers = at_once(&numbers, |number| {
            let computer = Computer::of(&vendor, &format!("pc-{number:03}"), &time);
            if *number < LEAVING {
                computer.activate(&vendor, &sold.code);
                computer.deactivate().unwrap();
            } else {
                computer.request(&sold.code).unwrap();
            }
            computer
        });
        let stranger = Computer::of(&other, "of-another-vendor", &time);
        stranger.request(&other.sell(1).code).unwrap();
        Self {
            time,
            vendor,
            sold,
            computers,
            stranger,
            stick: Stick::new(),
        }
    }

    fn leaving(&self) -> &[Computer] {
        &self.computers[..LEAVING]
    }

    fn coming(&self) -> &[Computer] {
        &self.computers[LEAVING..]
    }

    /// To each computer; how long it took.
    fn collect(&self, expected: CollectOutcome) -> Duration {
        let begun = Instant::now();
        for computer in self.computers.iter().chain([&self.stranger]) {
            let client = computer.client();
            let collected = client.courier_collect(self.stick.root()).unwrap();
            assert_eq!(collected.len(), 1);
            assert_eq!(collected[0].outcome, expected);
        }
        begun.elapsed()
    }

    /// One file is damaged on the way: whose.
    fn damage(&self) -> &Computer {
        let unlucky = &self.coming()[0];
        let request = unlucky.client().outstanding_all().unwrap().remove(0);
        let file = self.stick.file("outbox", &request.reference);
        fs::write(&file, &fs::read(&file).unwrap()[..300]).unwrap();
        unlucky
    }

    /// To the vendor, twice; how long the first took.
    fn answer(&self) -> Duration {
        let outbox = self.stick.files("outbox");
        let begun = Instant::now();
        let round = self.stick.answer(&self.vendor);
        let took = begun.elapsed();
        assert_eq!(counted(&round), (LEAVING + SEATS, 2, 1));
        assert_eq!(round.for_others, 1);
        let inbox = self.stick.files("inbox");
        assert_eq!(inbox.len(), SEATS + 2, "refusals travel as well");

        self.time.pass(Seconds::new(3600));
        let again = self.stick.answer(&self.vendor);
        assert_eq!(counted(&again), counted(&round));
        let found = self.stick.files("inbox");
        let same = inbox
            .iter()
            .filter(|(name, bytes)| found.get(*name) == Some(bytes));
        assert_eq!(same.count(), SEATS);
        assert_eq!(found.len(), inbox.len(), "a newer refusal for each older");
        assert_eq!(self.stick.files("outbox"), outbox, "it is the computers'");
        let seats = usize::try_from(self.vendor.seats_used(&self.sold)).unwrap();
        assert_eq!(seats, SEATS);
        took
    }

    /// Back to each computer, twice: who runs now, who was refused, how long the first took.
    fn deliver(&self) -> (Vec<&Computer>, Vec<&Computer>, Duration) {
        let begun = Instant::now();
        let delivered = at_once(&self.computers, |computer| self.stick.deliver(computer));
        let took = begun.elapsed();
        let again = at_once(&self.computers, |computer| self.stick.deliver(computer));
        assert!(again.iter().all(Vec::is_empty));
        assert!(self.stick.deliver(&self.stranger).is_empty());

        let (mut activated, mut refused) = (Vec::new(), Vec::new());
        for (computer, delivered) in self.computers.iter().zip(&delivered) {
            let own = computer.client().suggested_label();
            for one in delivered {
                assert!(one.removed);
                match &one.result {
                    Ok(Applied::Activated(taken)) => {
                        assert!(taken.product.standing.state.runs());
                        let grant = taken.product.grant.as_ref().unwrap();
                        assert_eq!(grant.label, own);
                        activated.push(computer);
                    }
                    Ok(Applied::Refused {
                        problem, request, ..
                    }) => {
                        assert_eq!(problem.code, Code::NoFreeSeat);
                        assert_eq!(request.label, own);
                        refused.push(computer);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        (activated, refused, took)
    }
}

/// The same on every one of these, four at a time, as where the courier is a folder on a server.
fn at_once<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let share = all.len().div_ceil(4);
    thread::scope(|scope| {
        let hands: Vec<_> = all
            .chunks(share)
            .map(|part| scope.spawn(|| part.iter().map(&work).collect::<Vec<R>>()))
            .collect();
        let done = hands.into_iter().flat_map(|hand| hand.join().unwrap());
        done.collect()
    })
}

#[test]
fn each_takes_its_own_answer_and_no_other() {
    let begun = Instant::now();
    let plant = Plant::new();
    let (stick, made) = (&plant.stick, begun.elapsed());
    let collected = plant.collect(CollectOutcome::Collected);
    // Nobody remembers where the round ended: to each again.
    plant.collect(CollectOutcome::AlreadyThere);
    assert_eq!(stick.count("outbox"), COMPUTERS + 1);
    let unlucky = plant.damage();
    let answered = plant.answer();
    let (activated, refused, delivered) = plant.deliver();
    assert_eq!((activated.len(), refused.len()), (SEATS, 2));
    let idle = [&plant.leaving()[0], unlucky, &plant.stranger];
    assert!(idle.iter().all(|computer| !runs(computer.state())));
    assert_eq!(stick.count("inbox"), 0);
    // What still waits: a person's word, a seat, a second try, and another vendor.
    assert_eq!(stick.count("outbox"), LEAVING + 2 + 1 + 1);

    // The second trip: three seats come free, and the damaged file is mended by its computer.
    for computer in &activated[..3] {
        computer.deactivate().unwrap();
        stick.collect(computer);
    }
    for computer in plant.leaving() {
        let client = computer.client();
        client.deactivation_delivered(&computer.product).unwrap();
        assert_eq!(stick.collect(computer), 0);
    }
    stick.collect(unlucky);
    let round = stick.answer(&plant.vendor);
    assert_eq!(counted(&round), (6, 0, 0));
    for computer in refused.into_iter().chain([unlucky]) {
        stick.activates(computer);
    }
    println!(
        "{COMPUTERS} computers: made in {made:.1?}, collected in {collected:.1?}, answered in {answered:.1?}, delivered in {delivered:.1?}"
    );
}
