//! Two hundred computers and one USB key.

use std::{fs, time::Instant};

use keyferry_catalogue::Code;
use keyferry_client::{Applied, CollectOutcome};
use keyferry_gap::{Computer, Time, VendorSide, runs};
use keyferry_token::Seconds;

use crate::stick::{Stick, counted};

const COMPUTERS: usize = 200;
const LEAVING: usize = 10;
const SEATS: u32 = 187;

#[test]
fn each_takes_its_own_answer_and_no_other() {
    let time = Time::default();
    let (vendor, other) = (VendorSide::acme(&time), VendorSide::impostor(&time));
    let sold = vendor.sell(SEATS);
    let begun = Instant::now();
    let computers: Vec<Computer> = (0..COMPUTERS)
        .map(|number| Computer::of(&vendor, &format!("pc-{number:03}"), &time))
        .collect();
    let (leaving, coming) = computers.split_at(LEAVING);
    for computer in leaving {
        computer.activate(&vendor, &sold.code);
        computer.deactivate().unwrap();
    }
    for computer in coming {
        computer.request(&sold.code).unwrap();
    }
    let stranger = Computer::of(&other, "of-another-vendor", &time);
    stranger.request(&other.sell(1).code).unwrap();
    let made = begun.elapsed();

    // To each computer once, and, since nobody remembers where the round ended, to each again.
    let stick = Stick::new();
    let begun = Instant::now();
    for (round, outcome) in [
        (1, CollectOutcome::Collected),
        (2, CollectOutcome::AlreadyThere),
    ] {
        for computer in computers.iter().chain([&stranger]) {
            let collected = computer.client().courier_collect(stick.root()).unwrap();
            assert_eq!(collected.len(), 1, "round {round}");
            assert_eq!(collected[0].outcome, outcome, "round {round}");
        }
    }
    let collected = begun.elapsed() / 2;
    let outbox = stick.files("outbox");
    assert_eq!(outbox.len(), COMPUTERS + 1);
    // One file did not make it.
    let unlucky = &coming[0];
    let reference = unlucky.client().outstanding_all().unwrap()[0]
        .reference
        .clone();
    let damaged = stick.file("outbox", &reference);
    fs::write(
        &damaged,
        &outbox[damaged.file_name().unwrap().to_str().unwrap()][..300],
    )
    .unwrap();
    let outbox = stick.files("outbox");

    // To the vendor, twice.
    let begun = Instant::now();
    let round = stick.answer(&vendor);
    let answered = begun.elapsed();
    assert_eq!(counted(&round), (LEAVING + SEATS as usize, 2, 1));
    assert_eq!(round.for_others, 1);
    assert_eq!(vendor.seats_used(&sold), SEATS);
    let inbox = stick.files("inbox");
    assert_eq!(inbox.len(), SEATS as usize + 2, "refusals travel as well");
    time.pass(Seconds::new(3600));
    let again = stick.answer(&vendor);
    assert_eq!(counted(&again), counted(&round));
    assert_eq!(vendor.seats_used(&sold), SEATS);
    let found = stick.files("inbox");
    let same = inbox
        .iter()
        .filter(|(name, bytes)| found.get(*name) == Some(bytes));
    assert_eq!(same.count(), SEATS as usize);
    assert_eq!(
        found.len(),
        inbox.len(),
        "a newer refusal takes the place of the older"
    );
    assert_eq!(
        stick.files("outbox"),
        outbox,
        "the outbox is the computers'"
    );

    // And back to each computer, twice.
    let begun = Instant::now();
    let (mut activated, mut refused) = (Vec::new(), Vec::new());
    for computer in &computers {
        let before = stick.count("inbox");
        let delivered = stick.deliver(computer);
        for one in &delivered {
            assert!(one.removed);
            match &one.result {
                Ok(Applied::Activated(taken)) => {
                    assert!(taken.product.standing.state.runs());
                    activated.push(computer);
                }
                Ok(Applied::Refused { problem, .. }) => {
                    assert_eq!(problem.code, Code::NoFreeSeat);
                    refused.push(computer);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(before - stick.count("inbox"), delivered.len());
    }
    let delivered = begun.elapsed();
    for computer in computers.iter().chain([&stranger]) {
        assert!(stick.deliver(computer).is_empty());
    }
    assert!(stick.files("inbox").is_empty());
    assert_eq!((activated.len(), refused.len()), (SEATS as usize, 2));
    assert!(!runs(leaving[0].state()) && !runs(unlucky.state()) && !runs(stranger.state()));
    // What still waits: a person's word, a seat, another vendor, and a second try.
    assert_eq!(stick.files("outbox").len(), LEAVING + 2 + 1 + 1);

    // The second trip: two seats came free, and the damaged file is mended by its computer.
    for computer in coming
        .iter()
        .filter(|computer| runs(computer.state()))
        .take(3)
    {
        computer.deactivate().unwrap();
        stick.collect(computer);
    }
    for computer in leaving {
        computer
            .client()
            .deactivation_delivered(&computer.product)
            .unwrap();
        assert_eq!(stick.collect(computer), 0);
    }
    stick.collect(unlucky);
    let round = stick.answer(&vendor);
    assert_eq!(counted(&round), (6, 0, 0));
    for computer in refused.into_iter().chain([unlucky]) {
        stick.activates(computer);
        assert!(runs(computer.state()));
    }
    println!(
        "{COMPUTERS} computers made in {made:.1?}, collected in {collected:.1?}, answered in {answered:.1?}, delivered in {delivered:.1?}"
    );
}
